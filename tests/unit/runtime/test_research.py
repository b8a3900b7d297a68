"""The front doors: what comes back, and what a wrong call is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from algotrendy.backtests.spec import Costs, FillMode
from algotrendy.backtests.strategy import strategy
from algotrendy.errors import (
    GapFound,
    InvalidSignal,
    InvalidValue,
    NoData,
    RunFailed,
    UnknownName,
    Unsupported,
)
from algotrendy.indicators.rolling import sma
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals
from algotrendy.model.sizes import Quantity, RiskFraction
from algotrendy.runtime.research import backtest, sweep, walk_forward
from algotrendy.sample import random_walk
from algotrendy.strategies.sma_cross import sma_cross

BARS = random_walk(600, seed=5, symbol="BTC/USDT")


@strategy
def own(bars: Bars, fast: int = 5, slow: int = 20) -> np.ndarray:
    return sma(bars.close, fast) > sma(bars.close, slow)


def _returning(make: Callable[[Bars], object]) -> Callable[[Bars], object]:
    def returns(bars: Bars) -> object:
        return make(bars)

    return returns


def test_a_plain_function_is_a_strategy() -> None:
    result = backtest(own.function, BARS, params={"fast": 3}, fees=0.001)
    assert result.spec.params == {"fast": 3, "slow": 20}
    assert result.n_trades == len(result.trades)


def test_the_same_call_gives_the_same_hash_and_numbers() -> None:
    one, two = (backtest(own, BARS, fees=0.001) for _ in range(2))
    assert one.hash == two.hash
    assert one.final_equity == two.final_equity
    assert one.hash != backtest(own, BARS, fees=0.002).hash
    assert one.hash != backtest(own, BARS[:-1], fees=0.001).hash


def test_fees_slippage_and_spread_are_told_apart() -> None:
    result = backtest(own, BARS, fees=Costs(fee_rate=0.001, slippage=0.002, spread=0.002))
    assert result.costs["slippage"] == pytest.approx(2 * result.costs["spread"])
    assert result.costs["fees"] == pytest.approx(
        result.trades[["entry_fee", "exit_fee"]].sum().sum()
    )


def test_a_result_survives_pickle() -> None:
    result = pickle.loads(pickle.dumps(backtest(own, BARS)))
    assert result.metrics.sharpe == backtest(own, BARS).metrics.sharpe


@pytest.mark.parametrize(
    ("keywords", "error", "words"),
    [
        ({"cash": 0}, InvalidValue, "cash was 0"),
        ({"cash": float("nan")}, InvalidValue, "cash"),
        ({"size": 1.5}, InvalidValue, "leverage=1.5, or Quantity"),
        ({"size": True}, InvalidValue, "typed size"),
        ({"size": -1.0}, InvalidValue, "above zero"),
        ({"size": RiskFraction(0.01)}, InvalidValue, "needs a stop"),
        ({"fees": 10}, InvalidValue, "10 basis points are 0.001"),
        ({"fees": Costs(fee_rate=0.1), "slippage": 0.1}, InvalidValue, "part of Costs"),
        ({"stop_loss": 0}, InvalidValue, "None means none"),
        ({"stop_loss": 1.2}, InvalidValue, "stop_loss"),
        ({"max_bars": 0}, InvalidValue, "max_bars"),
        ({"leverage": 0.5}, InvalidValue, "leverage"),
        ({"fill": "next_opn"}, UnknownName, "did you mean 'next_open'"),
        ({"gaps": "ignore"}, UnknownName, "known: error, skip, mark"),
        ({"engine": "vektor"}, UnknownName, "did you mean 'vector'"),
        ({"params": {"fsat": 3}}, UnknownName, "did you mean 'fast'"),
    ],
)
def test_a_wrong_argument_is_named(
    keywords: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=".*") as caught:
        backtest(own, BARS, **keywords)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda b: np.zeros(len(b) + 1, dtype=bool), "one value for every bar"),
        (lambda b: np.zeros(len(b) - 50), "do not drop warm-up rows"),
        (lambda b: np.zeros((len(b), 2)), "shape"),
        (lambda b: None, "must be returned"),
        (lambda b: "long", "must be returned"),
        (lambda b: np.full(len(b), 1.5), "at bar 0 was 1.5"),
        (lambda b: np.where(np.arange(len(b)) == 70, np.nan, 1.0), "at bar 70 was nan"),
        (lambda b: np.full(len(b), np.inf), "must lie in [-1, 1]"),
        (lambda b: np.full(len(b), -1.0), "cannot be sold short"),
        (
            lambda b: Signals(entries=np.zeros(len(b)), exits=np.zeros(len(b), dtype=bool)),
            "must be bool",
        ),
        (
            lambda b: Signals(entries=np.zeros(3, dtype=bool), exits=np.zeros(len(b), dtype=bool)),
            "entries",
        ),
        (
            lambda b: Signals(
                entries=np.ones(len(b), dtype=bool),
                exits=np.zeros(len(b), dtype=bool),
                stop_loss=2.0,
            ),
            "stop_loss must be a fraction",
        ),
    ],
)
def test_what_cannot_be_traded_is_refused_with_its_place(
    make: Callable[[Bars], object], words: str
) -> None:
    with pytest.raises(InvalidSignal) as caught:
        backtest(_returning(make), BARS)
    assert words in str(caught.value)
    assert "returns" in str(caught.value)


def test_an_error_in_the_strategy_names_it_and_its_parameters() -> None:
    def broken(bars: Bars, window: int = 3) -> np.ndarray:
        return bars.close[:, window] > 0

    with pytest.raises(
        RunFailed, match="strategy 'broken' raised IndexError with window=3"
    ) as caught:
        backtest(broken, BARS)
    assert isinstance(caught.value.__cause__, IndexError)


def test_bars_must_be_bars_of_one_symbol_and_not_empty() -> None:
    with pytest.raises(InvalidValue, match="Bars are expected"):
        backtest(own, [[1, 2, 3]])  # type: ignore[arg-type]
    with pytest.raises(NoData):
        backtest(own, BARS[:0])
    many = Bars.from_many({"A/USDT": BARS[:50], "B/USDT": BARS[:50]})
    with pytest.raises(Unsupported, match="pick one"):
        backtest(own, many)


def test_missing_bars_are_counted_refused_or_passed_over_as_asked() -> None:
    holed = Bars.concat([BARS[:100], BARS[110:]])
    assert "10 bars are missing" in backtest(own, holed).warnings[0]
    assert backtest(own, holed, gaps="skip").warnings == ()
    with pytest.raises(GapFound, match="10 bars of 1h are missing"):
        backtest(own, holed, gaps="error")


def test_the_last_decision_is_pending_not_filled() -> None:
    def late(bars: Bars) -> np.ndarray:
        return np.arange(len(bars)) == len(bars) - 1

    result = backtest(late, BARS)
    assert result.n_trades == 0
    assert result.pending is not None
    assert (result.pending.bar, result.pending.target) == (len(BARS) - 1, 1.0)
    assert backtest(late, BARS, fill=FillMode.THIS_CLOSE).n_trades == 1


def test_a_refused_entry_is_in_the_result() -> None:
    result = backtest(own, BARS, size=Quantity(1e6), on_insufficient="refuse")
    assert result.n_trades == 0
    assert set(result.refused["reason"]) == {"insufficient_cash"}
    assert "were refused" in result.warnings[0]


def test_a_sweep_ranks_and_tells_its_trials() -> None:
    found = sweep(
        own,
        BARS,
        fees=0.001,
        where=lambda fast, slow: fast < slow,
        fast=range(2, 12),
        slow=[5, 10, 20],
    )
    assert found.n_trials + found.n_left_out == 30
    top = found.top(3)
    assert top["sharpe"].is_monotonic_decreasing
    assert 0 <= found.best.deflated_sharpe <= 1
    assert found.best.n_trials == found.n_trials
    assert "deflated Sharpe" in repr(found)
    again = backtest(own, BARS, fees=0.001, params=found.best.params)
    assert again.total_return == pytest.approx(found.best.metrics["total_return"], rel=1e-9)
    assert again.metrics.sharpe == pytest.approx(found.best.metrics["sharpe"], rel=1e-8)


@pytest.mark.parametrize(
    "more", [{}, {"stop_loss": 0.03}, {"size": 0.5}, {"metrics": ["max_drawdown"]}]
)
def test_every_way_through_a_sweep_gives_what_single_runs_give(more: dict[str, object]) -> None:
    ranges = {"fast": [3, 5, 8], "slow": [13, 21]}
    found = sweep(sma_cross, BARS, fees=0.001, **more, **ranges)
    more = {k: v for k, v in more.items() if k != "metrics"}
    for row in range(found.n_trials):
        single = backtest(sma_cross, BARS, fees=0.001, params=found.params_of(row), **more)
        assert found.metrics["total_return"][row] == pytest.approx(single.total_return, rel=1e-9)
        assert found.metrics["n_trades"][row] == single.n_trades
        assert found.run(row).final_equity == single.final_equity


def test_any_executor_gives_the_same_table() -> None:
    ranges = {"fast": range(2, 10), "slow": range(12, 40, 4)}
    plain = sweep(own, BARS, **ranges).scores
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2) as processes:
        np.testing.assert_array_equal(sweep(own, BARS, executor=threads, **ranges).scores, plain)
        np.testing.assert_array_equal(sweep(own, BARS, executor=processes, **ranges).scores, plain)


@pytest.mark.parametrize(
    ("ranges", "error", "words"),
    [
        ({}, InvalidValue, "at least one parameter"),
        ({"fast": range(5, 5)}, InvalidValue, "at least one value"),
        ({"fats": [1]}, UnknownName, "did you mean 'fast'"),
        ({"fast": [50], "slow": [20]}, InvalidValue, "not one of these combinations"),
        ({"fast": [5], "metric": "sharp"}, UnknownName, "did you mean 'sharpe'"),
        ({"fast": [0], "slow": [5]}, InvalidValue, "window"),
    ],
)
def test_a_wrong_sweep_is_told_so(
    ranges: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        sweep(sma_cross, BARS, **ranges)
    assert words in str(caught.value)


def test_a_forbidden_combination_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue, match="sma_cross"):
        backtest(sma_cross, BARS, params={"fast": 50, "slow": 20})


def test_where_may_be_written_for_single_values() -> None:
    def rule(fast: int, slow: int) -> bool:
        return fast < slow and fast in (3, 4)

    assert sweep(own, BARS, where=rule, fast=range(2, 9), slow=[10, 20]).n_trials == 4


def test_walk_forward_trades_later_bars_only_and_ends_every_fold_flat() -> None:
    walked = walk_forward(
        own,
        BARS,
        ranges={"fast": [3, 5], "slow": [10, 20]},
        train=200,
        test=60,
        purge=5,
        embargo=3,
        fees=0.001,
    )
    for fold in walked.folds:
        assert fold.window.train_stop + 5 == fold.window.test_start
        assert fold.train_end_ns < fold.test_start_ns
        assert not fold.result.trades_columns.is_open.any()
        assert fold.n_trials == 4
    starts = [f.window.test_start for f in walked.folds]
    assert all(b - a == 63 for a, b in zip(starts, starts[1:], strict=False))
    growth = np.prod([1 + fold.test_return for fold in walked.folds])
    assert walked.total_return == pytest.approx(growth - 1)
    assert len(walked.equity) == len(walked.equity_curve) == len(walked.rows)
    assert walked.metrics.total_return == pytest.approx(walked.total_return)
    assert len(walked.frame) == len(walked.folds)


def test_a_walk_forward_fold_sees_nothing_of_later_bars() -> None:
    settings = {"ranges": {"fast": [3, 5], "slow": [10, 20]}, "train": 200, "test": 60}
    whole = walk_forward(own, BARS, **settings)
    cut = walk_forward(own, BARS[:320], **settings)
    for early, late in zip(cut.folds, whole.folds, strict=False):
        assert early.params == late.params
        assert early.test_return == late.test_return


def test_walk_forward_needs_room_for_a_fold() -> None:
    with pytest.raises(InvalidValue, match="there are 600 bars"):
        walk_forward(own, BARS, ranges={"fast": [3]}, train=590, test=60)
    with pytest.raises(InvalidValue, match="train was 1"):
        walk_forward(own, BARS, ranges={"fast": [3]}, train=1, test=60)


def test_noise_is_called_overfitting_and_the_best_is_among_the_trials_checked() -> None:
    found = sweep(own, BARS, fees=0.001, fast=range(2, 12), slow=range(15, 60, 5))
    checked = found.overfitting(splits=8, max_trials=20)
    assert 20 <= checked.trials <= 21
    assert 0.0 <= found.pbo <= 1.0
    assert np.isnan(sweep(own, BARS[:20], fast=[2, 3], slow=[5]).pbo)


def test_a_sweep_refuses_what_a_backtest_refuses_before_it_starts() -> None:
    calls: list[int] = []

    def counted(bars: Bars, k: int = 1) -> np.ndarray:
        calls.append(k)
        return bars.close > k

    holed = Bars.concat([BARS[:100], BARS[110:]])
    many = Bars.from_many({"A/USDT": BARS[:50], "B/USDT": BARS[:50]})
    with pytest.raises(GapFound):
        sweep(counted, holed, gaps="error", k=[1, 2])
    with pytest.raises(Unsupported, match="pick one"):
        sweep(counted, many, k=[1, 2])
    with pytest.raises(NoData):
        sweep(counted, BARS[:0], k=[1, 2])
    assert calls == []
