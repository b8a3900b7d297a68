"""What a run assumes, one sentence each, with numbers worked out on paper (docs/explanation/conventions.md)."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from tests.unit.backtests.made import at, bars, exits, fills, flat, run, signals

from algotrendy.backtests.spec import Costs
from algotrendy.errors import InvalidSignal
from algotrendy.model.instrument import Instrument
from algotrendy.model.signals import Signals
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget
from algotrendy.model.symbol import Symbol

# open, high, low, close: every price of a bar is another one, so a fill tells where it came from
STEPS = [(10, 13, 9, 12), (20, 23, 19, 22), (30, 33, 29, 32), (40, 43, 39, 42), (50, 53, 49, 52)]


class TestDecisionsAndFills:
    @pytest.mark.parametrize(
        ("fill", "entry", "leave"),
        [
            ("next_open", (2, 1.0, 30.0), (3, -1.0, 40.0)),
            ("this_close", (1, 1.0, 22.0), (2, -1.0, 32.0)),
            ("next_close", (2, 1.0, 32.0), (3, -1.0, 42.0)),
        ],
    )
    def test_a_decision_fills_where_its_mode_says(
        self, fill: str, entry: tuple, leave: tuple
    ) -> None:
        result = run(bars(STEPS), [False, True, False, False, False], fill=fill, size=Quantity(1))
        assert fills(result) == [entry, leave]

    @pytest.mark.parametrize(
        ("fill", "pending"), [("next_open", 1.0), ("next_close", 1.0), ("this_close", None)]
    )
    def test_the_last_bars_decision_is_pending_where_its_fill_lies_beyond(
        self, fill: str, pending: float | None
    ) -> None:
        result = run(bars(STEPS), [False, False, False, False, True], fill=fill)
        assert (result.pending.target if result.pending else None) == pending
        assert result.n_trades == (pending is None)

    def test_a_pending_float_target_is_reported(self) -> None:
        result = run(bars(STEPS), [0.0, 0.5, 0.5, 0.5, -0.25], size=Quantity(1))
        assert result.pending is not None
        assert (result.pending.bar, result.pending.target) == (4, -0.25)

    def test_a_decision_of_the_first_bar_is_one(self) -> None:
        assert fills(run(bars(STEPS), [True] * 5, size=Quantity(1))) == [(1, 1.0, 20.0)]

    def test_warm_up_may_be_nan_in_a_float_target(self) -> None:
        result = run(bars(STEPS), [np.nan, np.nan, 1.0, 1.0, 0.0], size=Quantity(1))
        assert fills(result) == [(3, 1.0, 40.0)]
        assert run(bars(STEPS), [np.nan] * 5).n_trades == 0

    def test_a_reversal_is_an_exit_and_an_entry_at_one_price(self) -> None:
        result = run(bars(STEPS), [1.0, 1.0, -1.0, -1.0, -1.0], size=Quantity(2))
        assert fills(result) == [(1, 2.0, 20.0), (3, -2.0, 40.0), (3, -2.0, 40.0)]

    def test_a_contradiction_changes_nothing_and_is_told(self) -> None:
        result = run(
            bars(STEPS),
            Signals(entries=at(5, 0), exits=at(5, 2), short_entries=at(5, 2)),
            size=Quantity(1),
        )
        assert fills(result) == [(1, 1.0, 20.0), (3, -1.0, 40.0), (3, -1.0, 40.0)]
        result = run(bars(STEPS), Signals(entries=at(5, 0, 2), exits=at(5, 2)), size=Quantity(1))
        assert fills(result) == [(1, 1.0, 20.0)]
        assert result.warnings == ("1 bars had contradictory signals, they changed nothing",)

    def test_both_entries_at_once_are_a_contradiction(self) -> None:
        both = Signals(entries=at(5, 0, 1), exits=at(5), short_entries=at(5, 0))
        result = run(bars(STEPS), both, size=Quantity(1))
        assert fills(result) == [(2, 1.0, 30.0)]
        assert "1 bars had contradictory signals" in result.warnings[0]

    def test_a_target_beyond_one_is_refused_with_its_bar(self) -> None:
        with pytest.raises(InvalidSignal, match="at bar 1 was 1.5"):
            run(bars(STEPS), [0.0, 1.5, 0.0, 0.0, 0.0])

    def test_a_held_position_is_not_pending_whatever_signals_repeat(self) -> None:
        assert run(bars(STEPS), signals(5, [0, 4]), size=Quantity(1)).pending is None
        assert run(bars(STEPS), signals(5, [4]), size=Quantity(1)).pending.target == 1.0
        assert run(bars(STEPS), signals(5, [0], [4]), size=Quantity(1)).pending.target == 0.0
        short = Signals(entries=at(5, 0), exits=at(5), short_entries=at(5, 4))
        assert run(bars(STEPS), short, size=Quantity(1)).pending.target == -1.0

    def test_a_signal_after_a_stop_is_pending_again(self) -> None:
        result = run(bars(STEPS), signals(5, [0, 4]), size=Quantity(1), take_profit=0.1)
        assert (exits(result), result.pending.target) == ([("take_profit", 1, 22.0)], 1.0)

    def test_an_exit_closes_a_position_of_its_own_side_only(self) -> None:
        long = Signals(entries=at(5, 0), exits=at(5), short_exits=at(5, 1))
        assert fills(run(bars(STEPS), long, size=Quantity(1))) == [(1, 1.0, 20.0)]
        short = Signals(entries=at(5), exits=at(5, 1), short_entries=at(5, 0), short_exits=at(5, 2))
        assert fills(run(bars(STEPS), short, size=Quantity(1))) == [(1, -1.0, 20.0), (3, 1.0, 40.0)]

    def test_an_exit_before_any_entry_is_nothing(self) -> None:
        result = run(bars(STEPS), signals(5, [2], [0, 1]), size=Quantity(1))
        assert fills(result) == [(3, 1.0, 40.0)]


class TestCosts:
    @pytest.mark.parametrize("side", [1.0, -1.0])
    def test_slippage_and_half_the_spread_worsen_both_sides(self, side: float) -> None:
        costs = Costs(slippage=0.01, spread=0.02)
        result = run(bars(STEPS), [side, side, 0.0, 0.0, 0.0], fees=costs, size=Quantity(1))
        assert fills(result) == [
            (1, side, round(20 * (1 + 0.02 * side), 9)),
            (3, -side, round(40 * (1 - 0.02 * side), 9)),
        ]
        assert result.costs["slippage"] == pytest.approx(0.01 * 60)
        assert result.costs["spread"] == pytest.approx(0.01 * 60)

    @pytest.mark.parametrize(
        ("costs", "entry", "leave"),
        [
            (Costs(fee_rate=0.01), 0.4, 0.8),
            (Costs(fee_rate=0.01, fee_fixed=0.5), 0.9, 1.3),
            (Costs(fee_rate=0.01, fee_fixed=0.5, fee_minimum=1.0), 1.0, 1.3),
            (Costs(fee_minimum=1.0), 1.0, 1.0),
        ],
    )
    @pytest.mark.parametrize("target", [1.0, 0.5], ids=["units", "scaled"])
    def test_a_fee_is_rate_and_fixed_part_and_at_least_the_minimum(
        self, costs: Costs, entry: float, leave: float, target: float
    ) -> None:
        wanted = [target, target, 0.0, 0.0, 0.0]
        result = run(bars(STEPS), wanted, fees=costs, size=Quantity(2 / target))
        trades = result.trades_columns
        assert (trades.entry_fee[0], trades.exit_fee[0]) == pytest.approx((entry, leave))
        assert trades.pnl[0] == pytest.approx(40 - entry - leave)
        assert result.equity_curve == pytest.approx(
            [1000, 1000 - entry + 4, 1024 - entry, *[1040 - entry - leave] * 2]
        )
        assert result.final_equity == pytest.approx(1040 - entry - leave)
        assert trades.return_fraction[0] == pytest.approx((40 - entry - leave) / 40)

    def test_a_price_shift_of_the_whole_price_is_refused(self) -> None:
        with pytest.raises(ValueError, match="slippage \\+ costs.spread / 2 was 1"):
            Costs(slippage=0.6, spread=0.8)
        with pytest.raises(ValueError, match="fee_fixed was -1"):
            Costs(fee_fixed=-1)


class TestProtectiveExits:
    """Entry at the open of bar 1, price 100."""

    @staticmethod
    def ends(*rows: tuple, **options: object) -> list[tuple[str, int, float]]:
        history = bars([(100, 100, 100, 100), *rows])
        return exits(run(history, signals(len(history), [0]), size=Quantity(1), **options))

    QUIET = (100, 101, 99, 100)

    def test_a_stop_fills_at_its_trigger(self) -> None:
        assert self.ends(self.QUIET, (100, 101, 94, 96), stop_loss=0.05) == [("stop_loss", 2, 95.0)]

    def test_a_stop_is_met_by_a_touch(self) -> None:
        assert self.ends(self.QUIET, (100, 101, 95, 96), stop_loss=0.05) == [("stop_loss", 2, 95.0)]
        assert self.ends(self.QUIET, (100, 101, 95.01, 96), stop_loss=0.05) == [("open", 2, 96.0)]

    def test_a_gap_beyond_a_stop_fills_at_the_open(self) -> None:
        assert self.ends(self.QUIET, (90, 101, 89, 96), stop_loss=0.05) == [("stop_loss", 2, 90.0)]

    def test_a_target_fills_at_its_limit_and_a_gap_beyond_it_at_the_open(self) -> None:
        assert self.ends(self.QUIET, (100, 111, 99, 100), take_profit=0.1) == [
            ("take_profit", 2, 110.0)
        ]
        # a touch is enough, to the last digit: 100 x 1.1 is 110.00000000000001 in float64, 125 is 125
        assert self.ends(self.QUIET, (100, 125, 99, 100), take_profit=0.25) == [
            ("take_profit", 2, 125.0)
        ]
        assert self.ends(self.QUIET, (120, 121, 99, 100), take_profit=0.1) == [
            ("take_profit", 2, 120.0)
        ]

    @pytest.mark.parametrize("target", [1.0, 0.5], ids=["units", "scaled"])
    def test_neither_does_a_target_slip_where_positions_are_resized(self, target: float) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (100, 120, 90, 100)])
        for options, price in (
            ({"take_profit": 0.1}, 101 * 1.1),
            ({"stop_loss": 0.05}, 101 * 0.95 * 0.99),
        ):
            result = run(history, [target] * 3, size=Quantity(1 / target), slippage=0.01, **options)
            assert result.trades.exit_price[0] == pytest.approx(price)

    def test_a_stop_slips_and_a_target_does_not(self) -> None:
        stopped = self.ends(self.QUIET, (100, 101, 90, 96), stop_loss=0.05, slippage=0.01)
        assert stopped == [("stop_loss", 2, round(101 * 0.95 * 0.99, 9))]
        reached = self.ends(self.QUIET, (100, 120, 99, 100), take_profit=0.1, slippage=0.01)
        assert reached == [("take_profit", 2, round(101 * 1.1, 9))]

    def test_the_entry_bar_is_searched_where_it_is_entered_at_its_open(self) -> None:
        row = (100, 101, 90, 96)
        assert self.ends(row, self.QUIET, stop_loss=0.05) == [("stop_loss", 1, 95.0)]

    @pytest.mark.parametrize(("fill", "entry"), [("this_close", 0), ("next_close", 1)])
    def test_the_entry_bar_is_over_where_it_is_entered_at_its_close(
        self, fill: str, entry: int
    ) -> None:
        history = bars(
            [(100, 130, 70, 100), (100, 130, 70, 100), (100, 101, 99, 100), (100, 104, 94, 97)]
        )
        result = run(history, signals(4, [0]), size=Quantity(1), fill=fill, stop_loss=0.05)
        first = 1 if fill == "this_close" else 3
        assert result.trades_columns.entry_bar[0] == entry
        assert exits(result) == [("stop_loss", first, 95.0)]

    def test_the_bar_of_an_exit_at_its_open_is_not_searched(self) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (100, 101, 90, 96)])
        result = run(history, signals(3, [0], [1]), size=Quantity(1), stop_loss=0.05)
        assert exits(result) == [("signal", 2, 100.0)]

    def test_nothing_is_searched_beyond_the_bars_a_position_is_held(self) -> None:
        rows = [(100, 100, 100, 100), *[self.QUIET] * 18, (100, 101, 90, 96), self.QUIET]
        held = np.arange(21) < 18  # out at the open of bar 19, in which the stop would be met
        assert exits(run(bars(rows), held, size=Quantity(1), stop_loss=0.05)) == [
            ("signal", 19, 100.0)
        ]
        assert exits(run(bars(rows), held, size=Quantity(1), trailing=0.05)) == [
            ("signal", 19, 100.0)
        ]
        # beside a longer leg, which the search takes in the same windows
        beside = np.concatenate([held, np.ones(40, dtype=bool)])
        wider = run(bars([*rows, *[self.QUIET] * 40]), beside, size=Quantity(1), trailing=0.05)
        assert exits(wider) == [("signal", 19, 100.0), ("open", 60, 100.0)]
        longer = np.arange(21) < 19
        found = run(bars(rows), longer, size=Quantity(1), stop_loss=0.05)
        assert exits(found) == [("stop_loss", 19, 95.0)]

    @pytest.mark.parametrize("bar", [2, 16, 17, 18, 80, 81, 82, 83, 340])
    def test_a_stop_is_found_wherever_it_is_and_the_best_price_is_carried_there(
        self, bar: int
    ) -> None:
        rows = [(100, 100, 100, 100), (100, 110, 100, 100), *[self.QUIET] * 400]
        rows[bar] = (100, 101, 98, 100)
        history, once = bars(rows), signals(len(rows), [0])
        assert exits(run(history, once, size=Quantity(1), stop_loss=0.015)) == [
            ("stop_loss", bar, 98.5)
        ]
        assert exits(run(history, once, size=Quantity(1), trailing=0.105)) == [
            ("trailing", bar, 98.45)
        ]

    def test_the_bar_of_an_exit_at_its_close_is_searched(self) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (100, 101, 90, 96), (96, 97, 95.5, 96)])
        result = run(
            history, signals(4, [0], [1]), size=Quantity(1), fill="next_close", stop_loss=0.05
        )
        assert exits(result) == [("stop_loss", 2, 95.0)]

    def test_stop_and_target_in_one_bar_read_as_the_stop_and_give_bounds(self) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (100, 111, 94, 100)])
        options = {"size": Quantity(1), "stop_loss": 0.05, "take_profit": 0.1, "slippage": 0.001}
        result = run(history, signals(3, [0]), **options)
        entry, stop, target = 100.1, 100.1 * 0.95 * 0.999, 100.1 * 1.1
        assert exits(result) == [("stop_loss", 2, round(stop, 9))]
        assert result.n_ambiguous == 1
        assert result.equity_bounds == pytest.approx((1000 + stop - entry, 1000 + target - entry))

    def test_a_gap_decides_which_of_two_came_first(self) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (112, 113, 90, 100)])
        result = run(history, signals(3, [0]), size=Quantity(1), stop_loss=0.05, take_profit=0.1)
        assert (exits(result), result.n_ambiguous) == ([("take_profit", 2, 112.0)], 0)
        assert result.equity_bounds == (1012.0, 1012.0)

    def test_a_trailing_stop_follows_completed_bars_only(self) -> None:
        rows = [(100, 110, 99, 105), (105, 120, 100, 101), (101, 102, 100, 101)]
        # the best of bar 1 is 110, so 104.5 is tested in bar 2; its own 120 comes too late
        assert self.ends(*rows, trailing=0.05) == [("trailing", 2, 104.5)]

    def test_a_trailing_stop_starts_at_the_entry_price(self) -> None:
        assert self.ends((100, 101, 94, 96), trailing=0.05) == [("trailing", 1, 95.0)]

    def test_of_two_stops_the_nearer_acts_and_a_tie_is_the_stop_loss(self) -> None:
        rows = [(100, 110, 99, 105), (105, 106, 90, 101)]
        assert self.ends(*rows, trailing=0.05, stop_loss=0.02) == [("trailing", 2, 104.5)]
        assert self.ends((100, 101, 90, 96), trailing=0.05, stop_loss=0.05) == [
            ("stop_loss", 1, 95.0)
        ]
        assert self.ends((100, 101, 90, 96), trailing=0.05, stop_loss=0.02) == [
            ("stop_loss", 1, 98.0)
        ]

    def test_a_short_sees_the_world_upside_down(self) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (100, 106, 89, 100)])
        short = Signals(entries=at(3), exits=at(3), short_entries=at(3, 0))
        for options, expected in (
            ({"stop_loss": 0.05}, ("stop_loss", 2, 105.0)),
            ({"take_profit": 0.1}, ("take_profit", 2, 90.0)),
            ({"trailing": 0.06}, ("trailing", 2, 104.94)),  # the best is bar 1's low of 99
        ):
            assert exits(run(history, short, size=Quantity(1), **options)) == [expected]

    @pytest.mark.parametrize(
        ("fill", "expected"),
        [
            ("next_open", ("max_bars", 3, 40.0)),
            ("this_close", ("max_bars", 2, 32.0)),
            ("next_close", ("max_bars", 3, 42.0)),
        ],
    )
    def test_max_bars_leaves_so_many_bars_after_the_entry_bar(
        self, fill: str, expected: tuple
    ) -> None:
        result = run(bars(STEPS), signals(5, [0]), size=Quantity(1), fill=fill, max_bars=2)
        assert exits(result) == [expected]

    def test_an_exit_signal_at_the_due_bar_is_a_signal(self) -> None:
        result = run(bars(STEPS), signals(5, [0], [2]), size=Quantity(1), max_bars=2)
        assert exits(result) == [("signal", 3, 40.0)]

    def test_signals_enter_again_after_an_exit_and_a_held_target_does_not(self) -> None:
        history = bars([(100, 100, 100, 100), (100, 101, 90, 96), *[self.QUIET] * 3])
        again = run(history, signals(5, [0, 1, 2]), size=Quantity(1), stop_loss=0.05)
        assert fills(again) == [(1, 1.0, 100.0), (1, -1.0, 95.0), (2, 1.0, 100.0)]
        held = run(history, [True] * 5, size=Quantity(1), stop_loss=0.05)
        assert fills(held) == [(1, 1.0, 100.0), (1, -1.0, 95.0)]
        renewed = run(history, [True, True, False, True, True], size=Quantity(1), stop_loss=0.05)
        assert fills(renewed)[2:] == [(4, 1.0, 100.0)]

    def test_an_entry_at_the_close_of_the_bar_of_a_stop_is_made(self) -> None:
        history = bars([(100, 100, 100, 100), (100, 101, 90, 96), self.QUIET])
        result = run(
            history, signals(3, [0, 1]), size=Quantity(1), fill="this_close", stop_loss=0.05
        )
        assert fills(result) == [(0, 1.0, 100.0), (1, -1.0, 95.0), (1, 1.0, 96.0)]

    def test_after_a_timed_exit_the_next_entry_is_a_bar_later(self) -> None:
        history = flat([100.0] * 6)
        result = run(history, signals(6, range(6)), size=Quantity(1), fill="this_close", max_bars=2)
        assert [(t[0], t[1]) for t in fills(result)] == [(0, 1.0), (2, -1.0), (3, 1.0), (5, -1.0)]

    def test_distances_of_signals_win_and_nan_is_none(self) -> None:
        history = bars([(100, 100, 100, 100), self.QUIET, (100, 101, 90, 96), (96, 97, 80, 81)])
        own = signals(4, [0], stop_loss=np.array([np.nan, 0.5, 0.5, 0.5]))
        assert exits(run(history, own, size=Quantity(1), stop_loss=0.05)) == [("open", 3, 81.0)]
        own = signals(4, [0], [2], stop_loss=np.array([0.5, 7.0, 0.0, -1.0]))  # read at bar 0 only
        assert exits(run(history, own, size=Quantity(1), stop_loss=0.05)) == [("signal", 3, 96.0)]
        with pytest.raises(InvalidSignal, match="at bar 0 was 0"):
            run(history, signals(4, [0], stop_loss=np.array([0.0, 0.1, 0.1, 0.1])))
        own = signals(4, [0], stop_loss=0.08, take_profit=np.float32(0.5))
        assert exits(run(history, own, size=Quantity(1), stop_loss=0.05)) == [
            ("stop_loss", 2, 92.0)
        ]


class TestSizes:
    PRICES = (100.0, 100.0, 110.0, 121.0)

    @pytest.mark.parametrize(
        ("size", "options", "units"),
        [
            (Quantity(3), {}, 3.0),
            (Notional(500), {}, 5.0),
            (EquityFraction(0.5), {}, 5.0),
            (1.0, {}, 10.0),
            (1.0, {"fees": 0.01}, 1000 / 101),
            (0.5, {"fees": 0.01}, 500 / 101),
            (1.0, {"fees": Costs(fee_fixed=10.0)}, 9.9),
            (1.0, {"fees": Costs(fee_minimum=20.0)}, 9.8),
            (1.0, {"slippage": 0.25}, 8.0),
            (EquityFraction(2.0), {"leverage": 2.0}, 20.0),
            (EquityFraction(2.0), {"leverage": 2.0, "fees": 0.01}, 2000 / (100 * 1.02)),
            (RiskFraction(0.01), {"stop_loss": 0.05}, 2.0),
            (RiskFraction(0.01), {"trailing": 0.1}, 1.0),
            (RiskFraction(0.5), {"stop_loss": 0.05}, 10.0),  # capped by cash
            (RiskFraction(0.5), {"stop_loss": 0.05, "leverage": 3.0}, 30.0),
        ],
    )
    def test_a_size_buys_what_it_says(self, size: object, options: dict, units: float) -> None:
        result = run(flat([*self.PRICES, 121.0]), [1.0, 1.0, 1.0, 0.0, 0.0], size=size, **options)
        assert result.trades_columns.quantity[0] == pytest.approx(units, rel=1e-12)

    @pytest.mark.parametrize(
        ("size", "options", "units"),
        [
            (Quantity(3), {}, 1.5),
            (Notional(500), {}, 2.5),
            (1.0, {}, 5.0),
            (1.0, {"fees": 0.01}, 500 / 101),
            (RiskFraction(0.01), {"stop_loss": 0.05}, 1.0),
            (
                RiskFraction(0.01),
                {"stop_loss": 0.05, "trailing": 0.01},
                1.0,
            ),  # the stop loss, if any
            (RiskFraction(0.01), {"trailing": 0.1}, 0.5),
            (EquityFraction(2.0), {"leverage": 2.0}, 10.0),
        ],
    )
    def test_half_a_target_is_half_a_size(self, size: object, options: dict, units: float) -> None:
        result = run(flat([*self.PRICES, 121.0]), [0.5, 0.5, 0.5, 0.0, 0.0], size=size, **options)
        assert result.trades_columns.quantity[0] == pytest.approx(units, rel=1e-12)

    def test_a_volatility_target_divides_by_the_volatility_of_the_last_bars(self) -> None:
        history = flat([100.0, 101.0, 99.0, 100.0, 100.0])
        result = run(history, at(5, 2), size=VolTarget(0.5, lookback=2))
        closes = history.close[:3]
        annual = np.std(closes[1:] / closes[:-1] - 1, ddof=1) * np.sqrt(365 * 24)
        assert fills(result)[0] == (3, round(0.5 / annual * 1000 / 99.0, 9), 99.0)

    def test_a_share_that_grows_compounds(self) -> None:
        result = run(
            flat([100.0, 100.0, 110.0, 110.0, 121.0, 121.0]), [True, True, False, True, True, False]
        )
        assert result.final_equity == pytest.approx(1000 * 1.1 * 1.1)

    @pytest.mark.parametrize(
        ("policy", "units"), [("resize", 10.0), ("refuse", None)], ids=["resize", "refuse"]
    )
    def test_a_fixed_size_that_cash_cannot_pay_is_resized_or_refused(
        self, policy: str, units: float | None
    ) -> None:
        result = run(flat([100.0] * 4), [True] * 4, size=Quantity(11), on_insufficient=policy)
        assert [t[1] for t in fills(result)] == ([] if units is None else [units])
        row = result.refused.iloc[0]
        assert (row.reason, row.wanted, row.filled, row.cash) == (
            "insufficient_cash",
            11,
            units or 0,
            1000,
        )
        scaled = run(flat([100.0] * 4), [0.5] * 4, size=Quantity(22), on_insufficient=policy)
        assert [t[1] for t in fills(scaled)] == ([] if units is None else [units])
        assert scaled.refused.reason.tolist() == ["insufficient_cash"]

    def test_what_a_trade_will_earn_cannot_pay_for_it(self) -> None:
        history = flat([100.0, 100.0, 200.0, 200.0, 200.0])
        result = run(history, [True, True, False, False, False], size=Quantity(11))
        assert [t[1] for t in fills(result)] == [10.0, -10.0]

    def test_a_wiped_out_account_enters_nothing_more(self) -> None:
        history = flat([100.0, 100.0, 250.0, 250.0, 500.0, 500.0])
        result = run(history, [-1.0, -1.0, 1.0, 1.0, 1.0, 1.0])
        assert [t[1] for t in fills(result)] == [-10.0, 10.0]
        assert result.final_equity == pytest.approx(1000 - 10 * 150)
        assert result.refused.reason.tolist() == ["no_equity"]

    def test_a_size_the_account_can_just_pay_is_no_refusal(self) -> None:
        result = run(flat([100.0] * 4), [True] * 4, size=Quantity(10))
        assert len(result.refused_columns) == 0

    def test_a_refused_entry_is_not_tried_again(self) -> None:
        result = run(
            flat([100.0, 100.0, 50.0, 50.0]),
            [True] * 4,
            size=Quantity(15),
            on_insufficient="refuse",
        )
        assert (result.n_trades, len(result.refused_columns)) == (0, 1)

    @pytest.mark.parametrize("weight", [1.0, 0.5], ids=["units", "scaled"])
    def test_nothing_is_entered_without_equity_and_negative_equity_is_shown(
        self, weight: float
    ) -> None:
        wanted = np.array([-1.0, -1.0, 0.0, 1.0, 1.0]) * weight
        history = flat([100.0, 100.0, 250.0, 250.0, 250.0])
        result = run(history, wanted, size=Quantity(10 / weight))
        assert result.final_equity == pytest.approx(1000 - 10 * 150)
        assert result.refused.reason.tolist() == ["no_equity"]

    @pytest.mark.parametrize("weight", [1.0, 0.5], ids=["units", "scaled"])
    def test_a_fee_larger_than_the_account_refuses_the_entry(self, weight: float) -> None:
        result = run(flat([100.0] * 3), [weight] * 3, fees=Costs(fee_fixed=2000.0))
        assert result.n_trades == 0
        assert result.refused.reason.tolist() == ["insufficient_cash"]
        assert result.final_equity == 1000.0

    @pytest.mark.parametrize("weight", [1.0, 0.5], ids=["units", "scaled"])
    @pytest.mark.parametrize("costs", [Costs(), Costs(fee_fixed=1.0)], ids=["product", "loop"])
    def test_an_unknown_size_is_a_refusal(self, weight: float, costs: Costs) -> None:
        wanted = np.array([1.0, 0.0, 1.0, 1.0, 1.0]) * weight
        result = run(
            flat([100.0, 101.0, 99.0, 98.0, 99.0]),
            wanted,
            size=VolTarget(0.2, lookback=2),
            fees=costs,
        )
        assert result.refused.reason.tolist() == ["size_unknown"]
        assert result.n_trades == 1
        assert result.warnings == ("1 entries were refused and 0 made smaller",)

    def test_a_risk_size_of_signals_reads_their_own_stop_and_nan_is_refused(self) -> None:
        own = signals(5, [0, 2], [1], stop_loss=np.array([0.1, 0.1, np.nan, 0.1, 0.1]))
        result = run(flat([100.0] * 5), own, size=RiskFraction(0.01))
        assert [t[1] for t in fills(result)] == [1.0, -1.0]
        assert result.refused.reason.tolist() == ["size_unknown"]


def _rules(**limits: str) -> Instrument:
    values = {name: Decimal(value) for name, value in limits.items()}
    return Instrument(
        symbol=Symbol.parse("X/USDT:USDT"), tick=Decimal("0.01"), **{"step": Decimal(1), **values}
    )


class TestInstruments:
    @pytest.mark.parametrize("weight", [1.0, 0.5], ids=["units", "scaled"])
    @pytest.mark.parametrize(
        ("rules", "size", "units", "reasons"),
        [
            (_rules(), Quantity(3.9), 3.0, []),
            (_rules(max_quantity="2"), Quantity(3.9), 2.0, []),
            (_rules(min_quantity="4"), Quantity(3.9), None, ["below_minimum"]),
            (_rules(min_notional="400"), Quantity(3.9), None, ["below_minimum"]),
            (_rules(), Quantity(0.9), None, ["below_minimum"]),
            (_rules(), Quantity(10.5), 10.0, []),  # rounded first: ten can be paid
            (_rules(), Quantity(12), 10.0, ["insufficient_cash"]),
            (_rules(step="3"), Quantity(12), 9.0, ["insufficient_cash"]),
            (_rules(step="12"), Quantity(12), None, ["below_minimum"]),
        ],
    )
    def test_quantities_are_rounded_down_and_refused_below_a_minimum(
        self,
        rules: Instrument,
        size: Quantity,
        units: float | None,
        reasons: list[str],
        weight: float,
    ) -> None:
        result = run(
            flat([100.0] * 3), [weight] * 3, size=Quantity(size.units / weight), instrument=rules
        )
        assert [t[1] for t in fills(result)] == ([] if units is None else [units])
        assert result.refused.reason.tolist() == reasons

    def test_a_target_that_falls_below_the_minimum_closes_the_position(self) -> None:
        result = run(
            flat([100.0] * 5),
            [1.0, 1.0, 0.1, 0.1, 0.1],
            size=Quantity(4),
            instrument=_rules(min_quantity="2"),
        )
        assert fills(result) == [(1, 4.0, 100.0), (3, -4.0, 100.0)]
        assert result.refused.reason.tolist() == ["below_minimum"]

    def test_a_share_cut_by_a_fixed_fee_is_rounded_again(self) -> None:
        result = run(
            flat([100.0] * 3), [True] * 3, instrument=_rules(step="10"), fees=Costs(fee_fixed=1.0)
        )
        assert result.n_trades == 0
        assert result.refused.reason.tolist() == ["below_minimum"]


class TestTheEnd:
    def test_an_open_position_is_marked_to_the_last_close_without_exit_costs(self) -> None:
        costs = Costs(fee_rate=0.01, slippage=0.01)
        result = run(bars(STEPS), [True] * 5, size=Quantity(1), fees=costs)
        assert exits(result) == [("open", 4, 52.0)]
        paid = 20 * 1.01
        assert result.final_equity == pytest.approx(1000 - paid * 1.01 + 52)
        assert result.equity_curve[-1] == pytest.approx(result.final_equity)
        assert result.trades_columns.exit_fee.tolist() == [0.0]

    def test_it_pays_no_fixed_exit_fee_either(self) -> None:
        for target in (1.0, 0.5):
            result = run(
                bars(STEPS), [target] * 5, size=Quantity(1 / target), fees=Costs(fee_fixed=3.0)
            )
            assert result.trades_columns.exit_fee.tolist() == [0.0]
            assert result.final_equity == pytest.approx(1000 - 20 - 3 + 52)

    @pytest.mark.parametrize("target", [1.0, 0.5], ids=["units", "scaled"])
    def test_close_at_end_sells_it_there_with_costs(self, target: float) -> None:
        costs = Costs(fee_rate=0.01, slippage=0.01)
        result = run(
            bars(STEPS), [target] * 5, size=Quantity(1 / target), fees=costs, close_at_end=True
        )
        assert exits(result) == [("end", 4, 51.48)]
        assert result.final_equity == pytest.approx(1000 - 20.2 * 1.01 + 51.48 * 0.99)
        assert result.equity_curve[-1] == pytest.approx(result.final_equity)

    def test_the_equity_before_the_first_fill_is_the_cash(self) -> None:
        result = run(bars(STEPS), [False, False, True, True, True], size=Quantity(2))
        assert result.equity_curve.tolist() == [1000, 1000, 1000, 1004, 1024]
        assert result.exposed_bars == 2
        assert run(bars(STEPS), [False] * 5).equity_curve.tolist() == [1000.0] * 5
        assert run(bars(STEPS), [False] * 5).exposed_bars == 0


class TestFloatTargets:
    def test_a_position_grows_and_shrinks_at_its_target(self) -> None:
        wanted = [0.5, 1.0, 0.25, 0.25, -0.5, -0.5]
        history = flat([100.0, 100.0, 110.0, 120.0, 130.0, 130.0])
        result = run(history, wanted, size=Quantity(4))
        assert fills(result) == [
            (1, 2.0, 100.0), (2, 2.0, 100.0), (3, -3.0, 110.0), (5, -1.0, 130.0), (5, -2.0, 130.0),
        ]  # fmt: skip
        assert result.n_trades == 2
        first = result.trades.iloc[0]
        assert (first.quantity, first.entry_price, first.exit_price) == (4, 100, 115)
        assert first.pnl == pytest.approx(3 * 10 + 30)
        assert result.equity_curve.tolist() == [1000, 1000, 1040, 1050, 1060, 1060]

    def test_a_held_target_is_not_restored(self) -> None:
        result = run(flat([100.0, 100.0, 200.0, 300.0]), [0.5] * 4)
        assert fills(result) == [(1, 5.0, 100.0)]

    def test_stops_hang_on_the_average_entry_price(self) -> None:
        history = bars(
            [
                (100, 100, 100, 100),
                (100, 100, 100, 100),
                (120, 120, 110, 112),
                (112, 112, 100, 101),
                (101, 102, 101, 101),
            ]
        )
        result = run(history, [0.5, 1.0, 1.0, 1.0, 1.0], size=Quantity(2), stop_loss=0.05)
        # half at 100, half at 120: 110 less 5 %
        assert exits(result) == [("stop_loss", 3, 104.5)]

    def test_a_growth_at_the_average_price_leaves_it_as_it_is(self) -> None:
        history = bars([*[(99.0, 99.0, 99.0, 99.0)] * 3, (99.0, 99.0, 90.0, 90.0)])
        options = {"stop_loss": 0.02, "trailing": 0.02, "slippage": 0.011}
        for part in np.arange(1, 100) / 100:  # a digit lost would make the tie a trailing stop
            result = run(history, [part, 1.0, 1.0, 1.0], **options)
            assert result.exits_by_reason == {"stop_loss": 1}, part

    def test_a_growth_limited_by_cash_stops_there(self) -> None:
        result = run(flat([100.0] * 4), [0.5, 1.0, 1.0, 1.0], size=Quantity(16))
        assert [t[1] for t in fills(result)] == [8.0, 2.0]
        assert result.refused.filled.tolist() == [2.0]

    def test_a_trailing_stop_remembers_the_best_price_over_a_resize(self) -> None:
        history = bars(
            [
                (100, 100, 100, 100),
                (100, 120, 100, 110),
                (110, 112, 109, 110),
                (110, 111, 105, 106),
                (106, 106, 106, 106),
            ]
        )
        # best 120 of bar 1 holds after the growth in bar 2: 108 is met in bar 3
        result = run(history, [0.5, 1.0, 1.0, 1.0, 1.0], size=Quantity(2), trailing=0.1)
        assert exits(result) == [("trailing", 3, 108.0)]

    def test_a_change_that_rounds_to_the_same_quantity_is_no_order(self) -> None:
        result = run(
            flat([100.0] * 4), [0.5, 0.55, 0.55, 0.0], size=Quantity(4), instrument=_rules()
        )
        assert fills(result) == [(1, 2.0, 100.0)]

    def test_max_bars_counts_from_the_first_entry(self) -> None:
        history = flat([100.0] * 7)
        result = run(history, [0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0], size=Quantity(2), max_bars=4)
        assert exits(result) == [("max_bars", 5, 100.0)]

    def test_an_ambiguous_bar_gives_bounds_too(self) -> None:
        history = bars([(100, 100, 100, 100), (100, 101, 99, 100), (100, 111, 94, 100)])
        result = run(history, [0.5] * 3, size=Quantity(2), stop_loss=0.05, take_profit=0.1)
        assert exits(result) == [("stop_loss", 2, 95.0)]
        assert result.equity_bounds == pytest.approx((995.0, 1010.0))
