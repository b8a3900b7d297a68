from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shared_data import shared_path
from tests.unit.model.made_bars import MINUTE, START, columns, made

from algotrendy.errors import InvalidValue, Unsupported
from algotrendy.model.bars import Bars
from algotrendy.model.timeframe import Calendar, Timeframe


def naive_groups(bars: Bars, timeframe: Timeframe, keep: str) -> dict[int, list[int]]:
    """Return the rows of each group that stays, by its open time, the slow obvious way."""
    groups: dict[int, list[int]] = {}
    for row, opened in enumerate(timeframe.floor(bars.open_ns).tolist()):
        groups.setdefault(opened, []).append(row)
    kept = {}
    for opened, rows in groups.items():
        end = int(timeframe.following(np.array([opened]))[0])
        full = (end - opened) // bars.timeframe.ns
        is_first, is_last = opened == min(groups), opened == max(groups)
        starts = bars.open_ns[rows[0]] == opened
        ends = bars.open_ns[rows[-1]] + bars.timeframe.ns == end
        inner = (starts or not is_first) and (ends or not is_last)
        if {"complete": len(rows) == full, "inner": inner, "all": True}[keep]:
            kept[opened] = rows
    return kept


@given(
    st.sets(st.integers(0, 40)),
    st.sampled_from(["2m", "5m", "1h"]),
    st.sampled_from(["complete", "inner", "all"]),
)
def test_groups_are_those_of_the_slow_obvious_way(present, text, keep):
    rows = sorted(present)
    full = made(41, quote_volume=np.arange(41.0), trades_count=np.arange(41) - 1)
    bars = Bars(
        "BTC/USDT",
        "1m",
        open_ns=START + 57 * MINUTE + np.array(rows, np.int64) * MINUTE,
        **{name: column[rows] for name, column in full.columns().items()},
        quote_volume=full.quote_volume[rows],
        trades_count=full.trades_count[rows],
    )
    groups = naive_groups(bars, Timeframe.parse(text), keep)
    coarse = bars.resample(text, keep=keep)
    assert coarse.open_ns.tolist() == list(groups)
    for row, members in enumerate(groups.values()):
        assert coarse.open[row] == bars.open[members[0]]
        assert coarse.close[row] == bars.close[members[-1]]
        assert coarse.high[row] == bars.high[members].max()
        assert coarse.low[row] == bars.low[members].min()
        assert coarse.volume[row] == bars.volume[members].sum()
        assert coarse.quote_volume[row] == bars.quote_volume[members].sum()
        counts = bars.trades_count[members]
        assert coarse.trades_count[row] == (-1 if (counts < 0).any() else counts.sum())


@pytest.mark.parametrize(
    "file", ["binance_AVAXUSDT_1m_2023-02_full", "binance_BTCUSDT_1m_2023-03-16_2023-05-01"]
)
@pytest.mark.parametrize("text", ["5m", "1h", "1d"])
def test_real_minutes_resample_as_pandas_does_where_groups_are_complete(file, text):
    bars = Bars.from_parquet(shared_path(f"data/candles/{file}.parquet"))
    coarse = bars.resample(text)
    grouped = bars.to_pandas().resample(pd.Timedelta(Timeframe.parse(text).seconds, "s"))
    expected = grouped.agg(
        {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    )
    expected = expected[grouped.size() == Timeframe.parse(text).seconds // 60]
    assert np.array_equal(coarse.open_ns, expected.index.as_unit("ns").asi8)
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(coarse, name), expected[name])
    np.testing.assert_allclose(coarse.volume, expected["volume"], rtol=1e-12)
    if file.endswith("05-01"):
        stood_still = coarse.between("2023-03-24T12:00Z", "2023-03-24T14:00Z")
        assert len(stood_still) == {"5m": 8, "1h": 0, "1d": 0}[text]


@pytest.mark.parametrize(
    "file", ["binance_LINKUSDT_1m_2023-02_full", "binance_ETHUSDT_1m_2023-03-16_2023-05-01"]
)
def test_two_steps_of_real_minutes_agree_with_one(file):
    bars = Bars.from_parquet(shared_path(f"data/candles/{file}.parquet"))
    direct, by_steps = bars.resample("1h"), bars.resample("5m").resample("1h")
    assert np.array_equal(direct.open_ns, by_steps.open_ns)
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(direct, name), getattr(by_steps, name))
    np.testing.assert_allclose(direct.volume, by_steps.volume, rtol=1e-12)
    if bars.has_trades_count:
        assert np.array_equal(direct.trades_count, by_steps.trades_count)
        np.testing.assert_allclose(direct.quote_volume, by_steps.quote_volume, rtol=1e-12)


def test_a_bar_is_final_only_when_its_group_is_full():
    for n in range(1, 12):
        assert len(made(n).resample("5m")) == n // 5


def test_weeks_and_months_follow_the_calendar():
    days = Bars(
        "BTC/USDT", "1d", open_ns=np.arange(19_700, 19_800) * 86_400 * 10**9, **columns(100)
    )
    months = days.resample("1M")
    assert [str(time)[:10] for time in months.times] == ["2024-01-01", "2024-02-01"]
    weeks = days.resample("1w")
    assert all(time.astype("datetime64[D]").item().weekday() == 0 for time in weeks.times)
    assert len(days.resample("1M", keep="all")) == 4
    assert months.resample("2M").volume[0] == months.volume.sum()
    assert made(5).resample("1m") == made(5)


@pytest.mark.parametrize(
    ("fine", "coarse"),
    [
        ("5m", "1m"),
        ("5m", "7m"),
        ("1w", "1M"),
        ("3d", "3w"),
        ("1M", "1w"),
        ("2M", "3M"),
        ("7h", "1M"),
        ("1w", "14d"),
    ],
)
def test_a_timeframe_that_does_not_fit_is_refused(fine, coarse):
    bars = Bars("BTC/USDT", fine, open_ns=[], **columns(0))
    with pytest.raises(
        InvalidValue, match=f"timeframe was '{coarse}', its bars must be made of whole {fine} bars"
    ):
        bars.resample(coarse)


def test_another_way_of_keeping_is_refused():
    with pytest.raises(InvalidValue, match="complete, inner or all"):
        made(5).resample("5m", keep="some")


def test_no_bars_stay_no_bars():
    assert len(made(5)[:0].resample("5m")) == 0
    assert len(made(3).resample("5m")) == 0
    many = Bars(
        ["A/B", "C/D"],
        "1m",
        open_ns=[],
        **{name: values.reshape(0, 2) for name, values in columns(0).items()},
    )
    assert many.resample("1h").close.shape == (0, 2)


def test_sessions_are_never_known_to_be_complete():
    minutes = START + (np.arange(390) + 870) * MINUTE
    session = Bars("AAPL", "1m", open_ns=minutes, **columns(390))
    assert len(session.resample("5m")) == 78
    with pytest.raises(Unsupported, match="US_EQUITY.*keep='inner'"):
        session.resample("1d")
    assert len(session.resample("1d", keep="all")) == 1
    assert len(session[:0].resample("1d")) == 0


def test_inner_keeps_groups_with_holes_but_not_those_the_ends_cut():
    bars = made(20)
    holed = Bars.concat([bars[2:7], bars[8:18]])
    assert [str(t)[14:16] for t in holed.resample("5m").times] == ["10"]
    assert [str(t)[14:16] for t in holed.resample("5m", keep="inner").times] == ["05", "10"]
    assert [str(t)[14:16] for t in holed.resample("5m", keep="all").times] == [
        "00",
        "05",
        "10",
        "15",
    ]


@given(
    st.lists(st.booleans(), min_size=20, max_size=20),
    st.lists(st.booleans(), min_size=20, max_size=20),
    st.sampled_from(["complete", "all"]),
)
def test_each_of_many_symbols_is_resampled_as_if_alone(one, other, keep):
    full = {
        "A/B": made(20, trades_count=np.arange(20) - 1, quote_volume=np.arange(20.0)),
        "C/D": made(20, seed=2, trades_count=np.arange(20)),
    }
    parts = {}
    for name, present in zip(full, (one, other), strict=True):
        rows = np.flatnonzero(present)
        bars = full[name]
        parts[name] = Bars(
            name,
            "1m",
            open_ns=bars.open_ns[rows],
            **{column: values[rows] for column, values in bars.columns().items()},
            trades_count=bars.trades_count[rows],
            quote_volume=bars.quote_volume[rows],
        )
    together = Bars.from_many(parts).resample("5m", keep=keep)
    for name, bars in parts.items():
        alone, picked = bars.resample("5m", keep=keep), together[name]
        assert picked == alone
        assert np.array_equal(picked.trades_count, alone.trades_count)
        assert np.array_equal(picked.quote_volume, alone.quote_volume, equal_nan=True)


def test_a_group_of_several_sources_says_so():
    bars = made(10, source=[0] * 5 + [0, 1, 1, 1, 1], sources=("a", "b"))
    coarse = bars.resample("5m")
    assert [coarse.sources[code] for code in coarse.source] == ["a", "mixed"]
    pairs = made(10, source=[0] * 5 + [1] * 5, sources=("a", "b")).resample("2m")
    assert [pairs.sources[code] for code in pairs.source] == ["a", "a", "mixed", "b", "b"]
    fours = pairs.resample("4m", keep="all")
    assert [fours.sources[code] for code in fours.source] == ["a", "mixed", "b"]
    assert fours.sources == ("a", "b", "mixed")
    pure = made(10, source=[0] * 5 + [1] * 5, sources=("a", "b")).resample("5m")
    assert (pure.source.tolist(), pure.sources) == ([0, 1], ("a", "b"))


def test_sources_of_many_symbols_are_judged_cell_by_cell():
    part = made(10, source=[0] * 5 + [0, 1, 1, 1, 1], sources=("a", "b"))
    many = Bars.from_many({"A/B": part[:5], "C/D": part})
    coarse = many.resample("5m")
    assert [coarse.sources[code] for code in coarse["A/B"].source] == ["a"]
    assert [coarse.sources[code] for code in coarse["C/D"].source] == ["a", "mixed"]


def test_the_calendar_and_symbol_stay():
    bars = made(10, calendar=Calendar.FOREX, symbol="EUR/USD")
    assert bars.resample("5m").calendar is Calendar.FOREX
    assert str(bars.resample("5m").symbol) == "EUR/USD"
