"""What a result tells, and what travels to reports and tables; bounds, bars asked for, other engines."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.unit.backtests.made import at, flat, run, signals

import algotrendy as at_
from algotrendy.backtests.decisions import decide, flips
from algotrendy.backtests.grid import make_grid
from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.spec import BacktestSpec
from algotrendy.backtests.strategy import Strategy, strategy
from algotrendy.backtests.sweep import SweepPlan
from algotrendy.backtests.walkforward import cut_signal, windows
from algotrendy.engines.vector.engine import VectorEngine
from algotrendy.errors import InvalidSignal, InvalidValue, StorageError, UnknownName
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Above, Signals
from algotrendy.model.sizes import Quantity
from algotrendy.runtime.research import backtest, sweep, walk_forward
from algotrendy.sample import random_walk

BARS = random_walk(400, seed=11, symbol="BTC/USDT")


@strategy
def rising(bars: Bars, lag: int = 3, above: float = 0.0) -> np.ndarray:
    before = np.roll(bars.close, lag)
    before[:lag] = np.inf
    return bars.close > before * (1 + above)


class TestResult:
    def test_traded_value_and_exposure_add_up(self) -> None:
        result = run(flat([10.0, 10.0, 20.0, 20.0]), [True, True, False, False], size=Quantity(2))
        assert (result.traded_value, result.exposed_bars) == (60.0, 2)
        assert result.total_return == pytest.approx(0.02)
        assert result.exits_by_reason == {"signal": 1}
        assert result.trades_columns.bars_held.tolist() == [2]
        assert len(result.trades_columns.columns()) == 13

    def test_the_tables_carry_times_and_words(self) -> None:
        result = run(flat([10.0] * 4), [True, True, False, False], size=Quantity(200))
        assert result.equity.index[0] == pd.Timestamp("1970-01-01", tz="UTC")
        assert result.equity.tolist() == result.equity_curve.tolist()
        trade, refused = result.trades.iloc[0], result.refused.iloc[0]
        assert (trade.entry_time, trade.exit_reason) == (result.equity.index[1], "signal")
        assert (refused.time, refused.reason) == (result.equity.index[1], "insufficient_cash")

    def test_it_shows_itself_in_text_and_in_a_notebook_and_writes_a_report(
        self, tmp_path: Path
    ) -> None:
        result = backtest(rising, BARS)
        assert repr(result).startswith("BacktestResult(rising on BTC/USDT 1h: ")
        assert "rising" in result._repr_html_()
        assert result.report(tmp_path / "report.html").stat().st_size > 10_000

    def test_a_figure_is_drawn_where_plotly_is(self) -> None:
        pytest.importorskip("plotly")
        assert hasattr(backtest(rising, BARS).plot(), "to_html")

    def test_progress_is_told_once(self) -> None:
        told: list[tuple[int, int]] = []
        spec = backtest(rising, BARS).spec
        VectorEngine().run(spec, on_progress=lambda done, of: told.append((done, of)))
        assert told == [(1, 1)]

    def test_the_top_level_name_is_the_front_door(self) -> None:
        assert at_.backtest is backtest


class TestDecisions:
    def test_no_bars_give_no_decisions(self) -> None:
        assert len(flips(np.zeros(0, dtype=np.bool_))) == 0
        assert len(decide(np.zeros(0), BARS[:0], name="s").bar) == 0

    def test_a_pandas_series_is_as_good_as_an_array(self) -> None:
        wanted = rising(BARS)
        expected = backtest(lambda _: wanted, BARS).final_equity
        assert backtest(lambda _: pd.Series(wanted), BARS).final_equity == expected
        assert backtest(lambda _: pd.Series(wanted.astype(float)), BARS).final_equity == expected

    def test_a_pandas_series_with_holes_of_its_own_is_refused(self) -> None:
        wanted = pd.Series(rising(BARS)).astype(object)
        with pytest.raises(InvalidSignal, match="object"):
            backtest(lambda _: wanted, BARS)

    def test_a_comparison_not_made_yet_is_checked_like_any_other(self) -> None:
        with pytest.raises(InvalidSignal, match="right side of above"):
            backtest(lambda bars: Above(bars.close, bars.close[1:]), BARS)


class TestGrid:
    def test_ranges_may_be_arrays_or_single_values(self) -> None:
        grid = make_grid(rising, {"lag": np.arange(2, 5), "above": 0.01}, None)
        assert grid.values == {"lag": (2, 3, 4), "above": (0.01,)}
        assert [type(v) for v in grid.values["lag"]] == [int] * 3
        assert make_grid(rising, {"lag": "text"}, None).values["lag"] == ("text",)

    def test_a_rule_about_a_parameter_that_is_not_there_is_told_so(self) -> None:
        with pytest.raises(UnknownName, match="parameter in where 'lags' is unknown"):
            make_grid(rising, {"lag": [1]}, lambda lags: lags > 1)

    def test_a_rule_may_ask_for_a_parameter_that_is_not_swept(self) -> None:
        assert len(make_grid(rising, {"lag": [1, 2, 3]}, lambda lag, above: lag > above + 1)) == 2

    def test_a_rule_that_means_something_else_for_arrays_is_asked_one_by_one(self) -> None:
        grid = make_grid(rising, {"lag": [1, 2, 3, 4]}, lambda lag: lag >= np.mean(lag))
        assert len(grid) == 4

    def test_where_nothing_is_left_the_rule_is_in_the_hint(self) -> None:
        with pytest.raises(InvalidValue, match="loosen where"):
            make_grid(rising, {"lag": [1]}, lambda lag: lag > 5)
        picky = Strategy(rising.function, where=lambda lag: lag > 5)
        with pytest.raises(InvalidValue, match=r"where\(lag\) must hold"):
            make_grid(picky, {"lag": [1]}, None)


class OtherEngine:
    """An engine of somebody else: every run gives its own number of trades."""

    name = "other"
    capabilities = VectorEngine.capabilities

    def __init__(self) -> None:
        self.ran = 0

    def run(self, spec: BacktestSpec, /, *, on_progress: object = None) -> BacktestResult:
        self.ran += 1
        return VectorEngine().run(spec)


class TestSweep:
    def test_another_engine_gives_its_own_scores(self) -> None:
        engine = OtherEngine()
        found = sweep(rising, BARS, engine=engine, lag=[2, 3, 4])
        assert engine.ran == 3
        np.testing.assert_allclose(
            found.scores, sweep(rising, BARS, lag=[2, 3, 4]).scores, rtol=1e-8
        )

    def test_a_journal_of_one_engine_is_not_resumed_by_another(self, tmp_path: Path) -> None:
        journal = tmp_path / "sweep.journal"
        sweep(rising, BARS, journal=journal, lag=[2, 3, 4])
        with pytest.raises(StorageError, match="is the journal of sweep"):
            sweep(rising, BARS, journal=journal, engine=OtherEngine(), lag=[2, 3, 4])

    def test_float_targets_and_signals_are_run_in_full_beside_the_rest(self) -> None:
        def mixed(bars: Bars, kind: int = 0, lag: int = 3) -> object:
            wanted = rising(bars, lag=lag)
            if kind == 1:
                return wanted.astype(float) / 2
            if kind == 2:
                return Signals(entries=wanted, exits=~wanted)
            if kind == 3:
                return Above(wanted.astype(float), np.zeros(len(bars)))
            return wanted

        found = sweep(mixed, BARS, fees=0.001, kind=[0, 1, 2, 3], lag=[2, 5])
        for row in range(found.n_trials):
            alone = backtest(mixed, BARS, fees=0.001, params=found.params_of(row))
            assert found.metrics["total_return"][row] == pytest.approx(alone.total_return, rel=1e-9)
            assert found.metrics["n_trades"][row] == alone.n_trades

    def test_a_comparison_of_the_wrong_length_is_refused_in_a_sweep_too(self) -> None:
        with pytest.raises(InvalidSignal, match="left side of above"):
            sweep(lambda bars, lag=1: Above(bars.close[lag:], bars.close), BARS, lag=[1, 2])

    def test_comparisons_beyond_one_batch_are_all_scored(self) -> None:
        def against(bars: Bars, level: int = 0) -> Above:
            return Above(bars.close, LEVELS[level])

        found = sweep(against, BARS[:40], level=range(len(LEVELS)))
        assert np.isfinite(found.metrics["total_return"]).all()
        for row in (0, 2047, 2048, len(LEVELS) - 1):
            assert found.metrics["total_return"][row] == pytest.approx(found.run(row).total_return)

    def test_rows_count_from_both_ends_and_no_further(self) -> None:
        found = sweep(rising, BARS, lag=[2, 3, 4])
        assert found.run(-1).spec.params["lag"] == 4
        for row in (3, -4):
            with pytest.raises(InvalidValue, match="0 to 2 is allowed"):
                found.run(row)

    def test_indicators_that_do_not_fit_are_run_in_tiles(self) -> None:
        spec = backtest(rising, BARS).spec
        ranges = {"lag": range(1, 9), "above": np.linspace(0, 1, 8)}
        grid = make_grid(rising, ranges, None)
        small = 8 * 2 * 8 * len(BARS)  # half of it holds 8 rows, so 4 values of each parameter
        plan = SweepPlan(spec=spec, grid=grid, metrics=("sharpe",), max_bytes=small)
        order = plan.order()
        assert sorted(order.tolist()) == list(range(64))
        tiles = [
            (int(grid.places["lag"][i]) // 4, int(grid.places["above"][i]) // 4) for i in order
        ]
        assert [tiles[i : i + 16].count(tiles[i]) for i in range(0, 64, 16)] == [16] * 4
        roomy = SweepPlan(spec=spec, grid=grid, metrics=("sharpe",), max_bytes=2**30)
        assert roomy.order().tolist() == list(range(64))

    def test_chunks_cover_every_combination_once_and_give_each_worker_some(self) -> None:
        spec = backtest(rising, BARS).spec
        grid = make_grid(rising, {"lag": range(1, 38)}, None)
        plan = SweepPlan(spec=spec, grid=grid, metrics=("sharpe",), max_bytes=2**30)
        assert plan.chunks(1) == [(0, 37)]
        cut = plan.chunks(2)
        assert [row for start, stop in cut for row in range(start, stop)] == list(range(37))
        assert len(cut) == 8

    def test_it_shows_itself_and_writes_a_report(self, tmp_path: Path) -> None:
        found = sweep(rising, BARS, lag=[2, 3, 4], above=[0.0, 0.01])
        assert repr(found).startswith("SweepResult(rising: 6 combinations, best sharpe ")
        assert "Sweep of rising" in found._repr_html_()
        assert found.report(tmp_path / "sweep.html").stat().st_size > 10_000
        assert found.frame.shape == (6, 5)

    def test_the_best_of_one_or_of_nothing_that_trades_is_still_told(self) -> None:
        one = sweep(rising, BARS, lag=[3])
        assert one.best.n_trials == 1
        idle = sweep(rising, BARS, lag=[3], above=[9.0])
        assert np.isnan(idle.best.metrics["sharpe"])
        assert np.isnan(idle.best.deflated_sharpe)
        assert np.isnan(idle.pbo)


LEVELS = [np.full(40, level) for level in np.linspace(50.0, 200.0, 2050)]


class TestWalkForward:
    def test_signals_and_comparisons_are_cut_like_arrays(self) -> None:
        pair = cut_signal(Above(np.arange(5.0), np.zeros(5)), 1, 3)
        assert (pair.left.tolist(), pair.right.tolist()) == ([1.0, 2.0], [0.0, 0.0])
        part = cut_signal(
            signals(5, [1, 4], [3], stop_loss=np.arange(5) / 10, take_profit=0.5), 1, 4
        )
        assert (part.entries.tolist(), part.exits.tolist()) == (
            [True, False, False],
            [False, False, True],
        )
        assert (part.stop_loss.tolist(), part.take_profit) == ([0.1, 0.2, 0.3], 0.5)
        assert part.short_entries is None
        assert cut_signal(at(5, 2), 2, 4).tolist() == [True, False]

    @pytest.mark.parametrize("kind", ["bool", "signals", "above"])
    def test_a_fold_trades_the_part_of_the_signal_that_speaks_of_its_bars(self, kind: str) -> None:
        def wanted(bars: Bars, lag: int = 3) -> object:
            flags = rising(bars, lag=lag)
            if kind == "signals":
                return Signals(entries=flags, exits=~flags)
            return Above(flags.astype(float), np.zeros(len(bars))) if kind == "above" else flags

        walked = walk_forward(
            wanted, BARS, ranges={"lag": [2, 5]}, train=150, test=100, anchored=True
        )
        assert [f.window.train_start for f in walked.folds] == [0, 0, 0]
        for fold in walked.folds:
            flags = rising(BARS, lag=fold.params["lag"])[
                fold.window.test_start : fold.window.test_stop
            ]
            part = BARS[fold.window.test_start : fold.window.test_stop]
            alone = backtest(lambda _, flags=flags: flags, part, close_at_end=True)
            assert fold.test_return == pytest.approx(alone.total_return)

    def test_it_tells_times_trials_and_efficiency(self, tmp_path: Path) -> None:
        walked = walk_forward(
            rising, BARS, ranges={"lag": [2, 5]}, train=150, test=100, metric="total_return"
        )
        assert walked.open_ns.tolist() == BARS.open_ns[150:].tolist()
        assert walked.n_trials == 6
        tests, trains = (
            [getattr(f, f"{side}_metric") for f in walked.folds] for side in ("test", "train")
        )
        assert walked.efficiency == pytest.approx(np.mean(tests) / np.mean(trains))
        assert repr(walked).startswith("WalkForwardResult(rising: 3 folds, out of sample ")
        assert "Walk-forward" in walked._repr_html_()
        assert walked.report(tmp_path / "walk.html").stat().st_size > 10_000
        assert walked.frame["n_trials"].tolist() == [2, 2, 2]

    def test_windows_follow_one_another_with_their_gaps(self) -> None:
        made = windows(100, train=30, test=20, purge=5, embargo=10)
        assert [(w.train_start, w.train_stop, w.test_start, w.test_stop) for w in made] == [
            (0, 30, 35, 55),
            (30, 60, 65, 85),
            (60, 90, 95, 100),
        ]
        assert [w.train_start for w in windows(100, train=30, test=20, anchored=True)] == [0] * 4
        assert windows(50, train=30, test=20)[0].test_stop == 50
        with pytest.raises(InvalidValue, match="purge was True"):
            windows(100, train=30, test=20, purge=True)
        with pytest.raises(InvalidValue, match="there are 49 bars"):
            windows(49, train=30, test=20)

    def test_folds_may_be_trained_by_workers(self) -> None:
        options = {"ranges": {"lag": [2, 5]}, "train": 150, "test": 100}
        with ProcessPoolExecutor(1) as processes:
            spread = walk_forward(rising, BARS, executor=processes, **options)
        assert spread.total_return == walk_forward(rising, BARS, **options).total_return
