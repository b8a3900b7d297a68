from __future__ import annotations

import numpy as np
import pytest
from tests.unit.plotting.made import HOUR_NS, START_NS, make_bars, make_trades

from algotrendy.model.bars import Bars
from algotrendy.plotting.display import display_note, drawdown, slots, trade_marks


def test_few_bars_keep_their_own_candles():
    bars = make_bars(300)
    places = slots(bars)
    assert places.per_candle == 1
    assert places.label == "1h"
    np.testing.assert_array_equal(places.last(bars.close), bars.close)
    assert display_note(places, None, bars=300) == ""


@pytest.mark.parametrize("n", [4_001, 9_000, 50_000])
def test_merged_candles_keep_extremes_first_last_and_volume(n):
    bars = make_bars(n)
    places = slots(bars)
    assert len(places.time_s) <= 4_000
    step = places.time_s[1] - places.time_s[0]
    assert (np.diff(places.time_s) == step).all()
    assert (places.time_s % step == 0).all()
    group = bars.open_ns // 1_000_000_000 // step
    for slot in (0, 1, len(places.first) // 2, len(places.first) - 1):
        rows = np.flatnonzero(group == places.time_s[slot] // step)
        assert places.opening(bars.open)[slot] == bars.open[rows[0]]
        assert places.last(bars.close)[slot] == bars.close[rows[-1]]
        assert places.highest(bars.high)[slot] == bars.high[rows].max()
        assert places.lowest(bars.low)[slot] == bars.low[rows].min()
    assert places.total(bars.volume).sum() == pytest.approx(bars.volume.sum())
    assert f"{n:,} bars are drawn as {len(places.first):,} candles" in display_note(
        places, None, bars=n
    )


def test_every_row_is_found_in_its_slot():
    bars = make_bars(9_000, missing=tuple(range(1_000, 1_500)))
    places = slots(bars)
    rows = np.arange(len(bars))
    step = places.time_s[1] - places.time_s[0]
    found = places.time_s[places.of_rows(rows)]
    inside = bars.open_ns // 1_000_000_000 - found
    assert ((inside >= 0) & (inside < step)).all()


def test_missing_bars_leave_empty_places_where_the_market_never_closes():
    bars = make_bars(300, missing=(10, 11, 50))
    places = slots(bars)
    assert np.flatnonzero(~places.is_bar).tolist() == [10, 11, 50]
    assert np.isnan(places.last(bars.close)[10])
    assert "3 places without any bar" in display_note(places, None, bars=297)


def test_an_equity_market_has_no_empty_places():
    days = START_NS + 24 * HOUR_NS * np.array([0, 1, 4, 5])
    price = np.full(4, 10.0)
    bars = Bars(
        "AAPL", "1d", open_ns=days, open=price, high=price, low=price, close=price, volume=price
    )
    assert slots(bars).is_bar.all()


def test_a_hole_longer_than_the_chart_is_not_drawn():
    price = np.full(3, 10.0)
    hours = START_NS + HOUR_NS * np.array([0, 1, 90_000])
    bars = Bars(
        "BTC/USDT",
        "1h",
        open_ns=hours,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=price,
    )
    assert len(slots(bars).time_s) == 3


def test_all_trades_are_marked_until_there_are_too_many():
    bars = make_bars(600)
    trades = make_trades(bars, every=10)
    places = slots(bars)
    whole = trade_marks(trades, places)
    assert len(whole.row) == len(trades)
    assert whole.left_out == 0
    some = trade_marks(trades, places, most=7)
    assert len(some.row) == 7
    assert some.left_out == len(trades) - 7
    assert (np.diff(some.row) > 0).all()
    left = np.setdiff1d(whole.row, some.row)
    assert np.abs(trades.pnl[some.row]).min() >= np.abs(trades.pnl[left]).max()
    assert "7 trades are drawn" in display_note(places, some, bars=600)


def test_drawdown_counts_the_starting_cash_as_the_first_peak():
    np.testing.assert_allclose(
        drawdown(np.array([90.0, 120.0, 60.0]), initial=100.0), [-0.1, 0.0, -0.5]
    )


def test_months_fall_back_to_groups_of_bars():
    n = 250
    months = (
        (np.datetime64("2000-01", "M") + np.arange(n)).astype("datetime64[ns]").astype(np.int64)
    )
    price = 10.0 + np.arange(n)
    bars = Bars(
        "BTC/USDT",
        "1M",
        open_ns=months,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=price,
    )
    places = slots(bars, most=100)
    assert places.label == "3 bars"
    assert len(places.time_s) == 84
    assert places.highest(bars.high)[0] == 12.0
