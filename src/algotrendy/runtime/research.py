"""The front door of research: `backtest`, `sweep` and `walk_forward`.

Laws: plain numbers in, typed specs inside; what is not said has one stated default.
Used by: users, the command line, notebooks.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from algotrendy.backtest.result import BacktestResult
from algotrendy.backtest.spec import (
    BacktestSpec,
    Costs,
    Exits,
    FillMode,
    GapPolicy,
    OnInsufficient,
)
from algotrendy.backtest.strategy import Strategy
from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals, Target
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, Size, VolTarget

if TYPE_CHECKING:
    from algotrendy.model.instrument import Instrument
    from algotrendy.protocols.engine import BacktestEngine

__all__ = ["backtest", "make_spec"]

_Choice = TypeVar("_Choice", bound=enum.StrEnum)
AnyStrategy = Strategy | Callable[..., Target | Signals]


def backtest(  # noqa: PLR0913
    strategy: AnyStrategy,
    bars: Bars,
    *,
    params: Mapping[str, object] | None = None,
    cash: float = 10_000.0,
    fees: float | Costs = 0.0,
    slippage: float = 0.0,
    size: float | Size = 1.0,
    stop_loss: float | None = None,
    take_profit: float | None = None,
    trailing: float | None = None,
    max_bars: int | None = None,
    fill: str | FillMode = FillMode.NEXT_OPEN,
    leverage: float = 1.0,
    allow_short: bool | None = None,
    instrument: Instrument | None = None,
    on_insufficient: str | OnInsufficient = OnInsufficient.RESIZE,
    gaps: str | GapPolicy = GapPolicy.MARK,
    close_at_end: bool = False,
    engine: str | BacktestEngine = "vector",
) -> BacktestResult:
    """Run a strategy over bars and say what would have come of it.

    Parameters
    ----------
    strategy : made by `@at.strategy`, or a plain function of bars
    bars : one symbol's bars
    params : values for the strategy's parameters; its defaults hold for the rest
    cash : starting cash in quote units
    fees : fee rate per side as a fraction (0.001 is 10 bp), or `Costs` for all of it
    slippage : fraction by which fills are worse than quoted
    size : fraction of equity per entry, or a typed size
    stop_loss, take_profit : distance from the entry price as a fraction
    trailing : distance from the best price since entry as a fraction
    max_bars : leave after so many bars
    fill : `next_open` (default), `this_close` or `next_close`
    leverage : how many times its equity the account may hold, 1 or more
    allow_short : None allows shorts where the symbol is a contract
    instrument : quantities are rounded down to its step and refused below its minimums
    on_insufficient : `resize` or `refuse` an entry of fixed size that cash cannot pay
    gaps : what to do about missing bars: `mark`, `skip` or `error`
    close_at_end : sell what is open at the last close; by default it is marked and reported open
    engine : a name, or an engine

    Returns
    -------
    BacktestResult
        Trades and final equity at once; equity curve and statistics when asked for.

    Raises
    ------
    InvalidValue, UnknownName, InvalidSignal, NoData, GapFound, Unsupported
        Each names the place, the value, the rule and what to do.

    Examples
    --------
    >>> import algotrendy as at
    >>> bars = at.sample.load("MSFT")
    >>> @at.strategy
    ... def cross(bars, fast=20, slow=50):
    ...     return at.sma(bars.close, fast) > at.sma(bars.close, slow)
    >>> result = at.backtest(cross, bars, fees=0.001)
    >>> result.n_trades > 10
    True
    """
    spec = make_spec(
        strategy,
        bars,
        params=params,
        cash=cash,
        costs=_costs(fees, slippage),
        size=_size(size),
        exits=Exits(
            stop_loss=stop_loss, take_profit=take_profit, trailing=trailing, max_bars=max_bars
        ),
        fill=_choice(FillMode, fill, "fill"),
        leverage=leverage,
        allow_short=allow_short,
        instrument=instrument,
        on_insufficient=_choice(OnInsufficient, on_insufficient, "on_insufficient"),
        gaps=_choice(GapPolicy, gaps, "gaps"),
        close_at_end=close_at_end,
    )
    return _engine(engine).run(spec)


def make_spec(strategy: AnyStrategy, bars: Bars, *, params: Mapping[str, object] | None = None, **rest: object) -> BacktestSpec:
    """Complete the parameters by the strategy's defaults and put everything into one value."""
    if not isinstance(bars, Bars):
        raise InvalidValue(
            "bars", value=type(bars).__name__, rule="Bars are expected",
            hint="make them with Bars.from_pandas(frame), Bars.from_csv(path), …",
        )
    known = strategy if isinstance(strategy, Strategy) else Strategy(strategy)
    return BacktestSpec(strategy=known, bars=bars, params=known.resolve(params or {}), **rest)  # type: ignore[arg-type]


def _costs(fees: float | Costs, slippage: float) -> Costs:
    if isinstance(fees, Costs):
        if slippage:
            raise InvalidValue(
                "slippage", value=slippage, rule="it is part of Costs already",
                hint="write fees=Costs(..., slippage=...)",
            )
        return fees
    return Costs(fee_rate=fees, slippage=slippage)


def _size(size: float | Size) -> Size:
    if isinstance(size, Quantity | Notional | EquityFraction | RiskFraction | VolTarget):
        return size
    if isinstance(size, bool) or not isinstance(size, int | float):
        raise InvalidValue(
            "size", value=size, rule="a fraction of equity or a typed size is expected",
            hint="pass 0.5, Quantity(10), Notional(1000), RiskFraction(0.01) or VolTarget(0.2)",
        )
    return EquityFraction(float(size))


def _choice(kind: type[_Choice], value: str | _Choice, field: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise UnknownName(field, str(value), known=tuple(member.value for member in kind)) from None


def _engine(engine: str | BacktestEngine) -> BacktestEngine:
    if not isinstance(engine, str):
        return engine
    from algotrendy.runtime.registry import Registry

    return cast("BacktestEngine", Registry().load("engines", engine)())  # type: ignore[operator]
