"""The vector engine: one symbol, one strategy, numpy on events; the default of `at.backtest`.

Laws: synchronous and picklable; the numbers are the kernel's, this file only asks and tells.
Used by: `runtime.research`, users who pick engines by name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, final

import numpy as np

from algotrendy.backtests.decisions import Decisions, decide
from algotrendy.backtests.kernel import run_units
from algotrendy.backtests.result import BacktestResult, Pending
from algotrendy.backtests.scaled import run_scaled
from algotrendy.backtests.spec import BacktestSpec, FillMode, GapPolicy
from algotrendy.errors import GapFound, InvalidSignal, InvalidValue, NoData, Unsupported
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals, Target
from algotrendy.model.sizes import RiskFraction
from algotrendy.protocols.engine import EngineCapabilities

if TYPE_CHECKING:
    from algotrendy.protocols.engine import Progress

__all__ = ["VectorEngine", "check_bars", "check_decisions", "run_signal"]


@final
class VectorEngine:
    """Backtests of signal strategies on one symbol, at the speed of a compiled loop.

    Examples
    --------
    >>> VectorEngine().name
    'vector'
    """

    name = "vector"
    capabilities: EngineCapabilities = EngineCapabilities(
        fills=frozenset(FillMode), exits=True, trailing=True, shorts=True, leverage=True
    )

    def run(self, spec: BacktestSpec, /, *, on_progress: Progress | None = None) -> BacktestResult:
        """Run one backtest.

        Raises
        ------
        Unsupported
            For bars of many symbols.
        NoData
            For no bars.
        InvalidSignal
            If the strategy returned something that cannot be traded.
        GapFound
            If bars are missing and the spec's policy is `error`.
        """
        result = run_signal(spec, spec.strategy(spec.bars, **spec.params))
        if on_progress is not None:
            on_progress(1, 1)
        return result


def run_signal(spec: BacktestSpec, returned: Target | Signals) -> BacktestResult:
    """Run what the spec's strategy returned, or a part of it over the same part of the bars."""
    warnings = check_bars(spec.bars, spec.gaps)
    decisions = decide(returned, spec.bars, name=spec.strategy.name)
    check_decisions(spec, decisions)
    if decisions.contradictory:
        warnings += (
            f"{decisions.contradictory} bars had contradictory signals, they changed nothing",
        )
    if decisions.is_unit:
        outcome = run_units(spec, decisions)
        booked, bright, fills = outcome.booked, outcome.optimistic, None
        trades, refused, final = booked.trades, booked.refused, booked.final_equity
        optimistic, pending = (None if bright is None else bright.trades), outcome.pending
    else:
        scaled = run_scaled(spec, decisions)
        trades, refused, final = scaled.trades, scaled.refused, scaled.final_equity
        fills, pending, optimistic = scaled.fills, scaled.pending, None
        if trades.ambiguous.any():
            optimistic = run_scaled(spec, decisions, optimistic=True).trades
    if len(refused):
        cut = int(np.count_nonzero(refused.filled))
        warnings += (f"{len(refused) - cut} entries were refused and {cut} made smaller",)
    return BacktestResult(
        spec=spec,
        engine=VectorEngine.name,
        trades_columns=trades,
        refused_columns=refused,
        final_equity=final,
        pending=_pending(decisions, pending),
        warnings=warnings,
        optimistic=optimistic,
        scaled_fills=fills,
        versions=_versions(),
    )


def check_bars(bars: Bars, policy: GapPolicy) -> tuple[str, ...]:
    """Refuse bars the engine cannot run on; return what a person should know about them."""
    if bars.is_many:
        raise Unsupported(
            f"the engine 'vector' runs one symbol at a time, the bars hold {len(bars.symbols)}",
            hint=f"pick one: bars[{str(bars.symbols[0])!r}]",
        )
    if not len(bars):
        raise NoData("the bars are empty, a backtest needs at least one", hint="load another range")
    missing = bars.n_missing
    if not missing or policy is GapPolicy.SKIP:
        return ()
    if policy is GapPolicy.ERROR:
        raise GapFound(
            f"{missing} bars of {bars.timeframe} are missing between the first and the last",
            hint="see bars.gaps(); back-fill them, or pass gaps='mark'",
        )
    return (f"{missing} bars are missing; the next bar that exists was taken as the next bar",)


def check_decisions(spec: BacktestSpec, decisions: Decisions) -> None:
    """Refuse shorts where they are not allowed, and a risk size without a stop."""
    if not decisions.alternating and not spec.shorts_allowed and len(decisions.target):
        at = int(np.argmin(decisions.target))
        if decisions.target[at] < 0:
            raise InvalidSignal(
                spec.strategy.name,
                bar=int(decisions.bar[at]),
                value=float(decisions.target[at]),
                rule=f"{spec.bars.symbol} is not a contract, so it cannot be sold short",
                hint="pass allow_short=True, or use a contract such as 'BTC/USDT:USDT'",
            )
    stops = (
        spec.exits.stop_loss,
        spec.exits.trailing,
        decisions.stop_loss,
        decisions.trailing,
    )
    if isinstance(spec.size, RiskFraction) and all(stop is None for stop in stops):
        raise InvalidValue(
            "size", value=spec.size, rule="a risk fraction needs a stop", hint="pass stop_loss=0.02"
        )


def _pending(decisions: Decisions, index: int) -> Pending | None:
    if index < 0:
        return None
    return Pending(bar=int(decisions.bar[index]), target=float(decisions.target[index]))


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    import algotrendy

    return {"algotrendy": algotrendy.__version__, "numpy": np.__version__}
