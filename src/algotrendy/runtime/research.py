"""The front door of research: `backtest`, `sweep` and `walk_forward`.

Laws: plain numbers in, typed specs inside; what is not said has one stated default.
Used by: users, the command line, notebooks.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from algotrendy.analytics.summary import Metrics
from algotrendy.backtests.decisions import decide
from algotrendy.backtests.grid import make_grid
from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.scoring import SCORES
from algotrendy.backtests.spec import (
    BacktestSpec,
    Costs,
    Exits,
    FillMode,
    GapPolicy,
    OnInsufficient,
)
from algotrendy.backtests.strategy import Strategy
from algotrendy.backtests.sweep import SweepPlan, SweepResult
from algotrendy.backtests.walkforward import Fold, WalkForwardResult, Window, cut_signal, windows
from algotrendy.engines.vector.engine import VectorEngine, check_bars, run_signal
from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals, Target
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, Size, VolTarget
from algotrendy.runtime.sweeping import drive

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from algotrendy.model.instrument import Instrument
    from algotrendy.protocols.engine import BacktestEngine

__all__ = ["backtest", "make_spec", "sweep", "walk_forward"]

_OWN_SCORES = ("total_return", "n_trades", "n_refused", "n_ambiguous", "final_equity")

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


def sweep(  # noqa: PLR0913
    strategy: AnyStrategy,
    bars: Bars,
    *,
    where: Callable[..., bool] | None = None,
    executor: Executor | None = None,
    max_bytes: int = 512 * 2**20,
    journal: str | Path | None = None,
    metric: str = "sharpe",
    metrics: Sequence[str] = (),
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
    **ranges: object,
) -> SweepResult:
    """Run a strategy for every combination of parameters.

    Parameters
    ----------
    where : which combinations to try, by parameter names: ``lambda fast, slow: fast < slow``
    executor : any `concurrent.futures.Executor`; None works in this process
    max_bytes : bound of what is kept of indicators, in each worker
    journal : a file that keeps finished chunks; run the same sweep again to go on after a crash
    metric : the score that ranks; larger is better
    metrics : more scores, by their names in `Metrics`; these need a full run of each combination
    params : fixed values for parameters that are not swept
    **ranges : values for each swept parameter: ``fast=range(5, 50, 5), slow=[50, 100]``

    The rest is as in `backtest`. A strategy parameter that is called like one of these cannot be
    swept; rename it.

    Returns
    -------
    SweepResult
        Scores of all combinations; `best` comes with its trial count and deflated Sharpe ratio.

    Raises
    ------
    InvalidValue, UnknownName, InvalidSignal, NoData, GapFound, Unsupported
        Each names the place, the value, the rule and what to do.
    StorageError
        If the journal belongs to another sweep.

    Examples
    --------
    >>> import algotrendy as at
    >>> from algotrendy.strategies.sma_cross import sma_cross
    >>> found = at.sweep(sma_cross, at.sample.load("MSFT"), fast=range(5, 30, 5), slow=[50, 100])
    >>> found.n_trials
    10
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
    runner = _engine(engine)
    plan = SweepPlan(
        spec=spec,
        grid=make_grid(spec.strategy, ranges, where),
        metrics=_scores(metric, metrics),
        max_bytes=max_bytes,
        engine=runner.name,
    )
    if isinstance(runner, VectorEngine):
        check_bars(bars, spec.gaps)  # scores read off flips do not ask
    scores = drive(plan, runner, executor=executor, journal=journal)
    return SweepResult(plan=plan, engine=runner, scores=scores, metric=metric)


def walk_forward(  # noqa: PLR0913
    strategy: AnyStrategy,
    bars: Bars,
    *,
    ranges: Mapping[str, object],
    train: int,
    test: int,
    purge: int = 0,
    embargo: int = 0,
    anchored: bool = False,
    metric: str = "sharpe",
    where: Callable[..., bool] | None = None,
    executor: Executor | None = None,
    max_bytes: int = 512 * 2**20,
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
) -> WalkForwardResult:
    """Choose parameters on past bars and trade them on the bars that follow, fold after fold.

    Parameters
    ----------
    ranges : values for each parameter, as in `sweep`
    train, test : bars to choose on, bars to trade the choice on
    purge : bars left out between the two
    embargo : bars left out after each test
    anchored : train from the first bar on, growing, instead of on a moving window
    metric : the score that chooses; larger is better

    The rest is as in `sweep`. Every fold ends flat: what is open at its last close is sold there,
    with costs.

    Returns
    -------
    WalkForwardResult
        Folds, and the out-of-sample equity curve and statistics.

    Raises
    ------
    InvalidValue, UnknownName, InvalidSignal, NoData, GapFound, Unsupported
        Each names the place, the value, the rule and what to do.

    Examples
    --------
    >>> import algotrendy as at
    >>> from algotrendy.strategies.sma_cross import sma_cross
    >>> bars = at.sample.load("MSFT")
    >>> ranges = {"fast": [5, 10], "slow": [50, 100]}
    >>> len(at.walk_forward(sma_cross, bars, ranges=ranges, train=1000, test=500).folds) > 2
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
    )
    check_bars(bars, spec.gaps)
    runner = VectorEngine()
    folds: list[Fold] = []
    for window in windows(
        len(bars), train=train, test=test, purge=purge, embargo=embargo, anchored=anchored
    ):
        past = replace(spec, bars=bars[window.train_start : window.train_stop])
        plan = SweepPlan(
            spec=past,
            grid=make_grid(spec.strategy, ranges, where),
            metrics=_scores(metric, ()),
            max_bytes=max_bytes,
        )
        scores = drive(plan, runner, executor=executor, journal=None, quiet=True)
        found = SweepResult(plan=plan, engine=runner, scores=scores, metric=metric)
        folds.append(_tested(spec, window, found))
    return WalkForwardResult(
        strategy_name=spec.strategy.name, bars=bars, cash=cash, folds=tuple(folds)
    )


def _tested(spec: BacktestSpec, window: Window, found: SweepResult) -> Fold:
    """Trade the chosen parameters on the test bars; the signal may look back, never ahead."""
    best, bars = found.best, spec.bars
    params = {**spec.params, **best.params}
    seen = bars[: window.test_stop]
    returned = spec.strategy(seen, **params)
    decide(
        returned, seen, name=spec.strategy.name
    )  # checked whole: a part could hide a wrong length
    part = replace(
        spec, bars=bars[window.test_start : window.test_stop], params=params, close_at_end=True
    )
    result = run_signal(part, cut_signal(returned, window.test_start, window.test_stop))
    times = bars.open_ns
    own = {"total_return": result.total_return, "n_trades": float(result.n_trades)}
    score = own[found.metric] if found.metric in own else getattr(result.metrics, found.metric)
    return Fold(
        window=window,
        train_start_ns=int(times[window.train_start]),
        train_end_ns=int(times[window.train_stop - 1]),
        test_start_ns=int(times[window.test_start]),
        test_end_ns=int(times[window.test_stop - 1]),
        params=best.params,
        metric=found.metric,
        train_metric=best.metrics[found.metric],
        test_metric=float(score),
        test_return=result.total_return,
        n_trials=best.n_trials,
        deflated_sharpe=best.deflated_sharpe,
        result=result,
    )


def _scores(metric: str, more: Sequence[str]) -> tuple[str, ...]:
    known = (*_OWN_SCORES, *(f.name for f in fields(Metrics) if f.name not in _OWN_SCORES))
    for name in (metric, *more):
        if name not in known:
            raise UnknownName("metric", name, known=known)
    return tuple(dict.fromkeys((*SCORES, metric, *more)))


def make_spec(
    strategy: AnyStrategy, bars: Bars, *, params: Mapping[str, object] | None = None, **rest: object
) -> BacktestSpec:
    """Complete the parameters by the strategy's defaults and put everything into one value."""
    if not isinstance(bars, Bars):
        raise InvalidValue(
            "bars",
            value=type(bars).__name__,
            rule="Bars are expected",
            hint="make them with Bars.from_pandas(frame), Bars.from_csv(path), …",
        )
    known = strategy if isinstance(strategy, Strategy) else Strategy(strategy)
    return BacktestSpec(strategy=known, bars=bars, params=known.resolve(params or {}), **rest)  # type: ignore[arg-type]


def _costs(fees: float | Costs, slippage: float) -> Costs:
    if isinstance(fees, Costs):
        if slippage:
            raise InvalidValue(
                "slippage",
                value=slippage,
                rule="it is part of Costs already",
                hint="write fees=Costs(..., slippage=...)",
            )
        return fees
    return Costs(fee_rate=fees, slippage=slippage)


def _size(size: float | Size) -> Size:
    if isinstance(size, Quantity | Notional | EquityFraction | RiskFraction | VolTarget):
        return size
    if isinstance(size, bool) or not isinstance(size, int | float):
        raise InvalidValue(
            "size",
            value=size,
            rule="a fraction of equity or a typed size is expected",
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
