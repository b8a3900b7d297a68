from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model.made_bars import START, made
from tests.unit.model.test_bars import two_symbols

from algotrendy.errors import InvalidBars, InvalidValue
from algotrendy.model.bars import Bars
from algotrendy.model.bars_columns import Repairs
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar


@given(st.lists(st.integers(0, 30), max_size=4))
def test_parts_joined_are_the_whole(cuts):
    bars = made(
        30,
        quote_volume=np.arange(30.0),
        trades_count=np.arange(30),
        source=[0, 1] * 15,
        sources=("a", "b"),
    )
    edges = [0, *sorted(cuts), 30]
    parts = [bars[begin:end] for begin, end in zip(edges[:-1], edges[1:], strict=True)]
    whole = Bars.concat(parts)
    assert whole == bars
    assert np.array_equal(whole.quote_volume, bars.quote_volume)
    assert np.array_equal(whole.trades_count, bars.trades_count)
    assert np.array_equal(whole.source, bars.source)


def test_sources_are_kept_row_by_row():
    bars = made(6)
    first = Bars(
        "BTC/USDT", "1m", open_ns=bars.open_ns[:3], **bars[:3].columns(), sources=("binance",)
    )
    then = Bars(
        "BTC/USDT",
        "1m",
        open_ns=bars.open_ns[3:],
        **bars[3:].columns(),
        source=[1, 0, 1],
        sources=("okx", "binance"),
        trades_count=[1, 2, 3],
    )
    whole = Bars.concat([first, then])
    assert [whole.sources[code] for code in whole.source] == ["binance"] * 4 + ["okx", "binance"]
    assert whole.trades_count.tolist() == [-1, -1, -1, 1, 2, 3]
    assert not whole.has_quote_volume


def test_many_symbols_are_joined_too():
    many = two_symbols(8)
    assert Bars.concat([many[:3], many[3:]]) == many


def test_a_gap_between_parts_stays_a_gap():
    bars = made(10)
    assert Bars.concat([bars[:3], bars[5:]]).n_missing == 2


def test_parts_that_overlap_are_refused():
    bars = made(10)
    with pytest.raises(
        InvalidBars,
        match="open_ns was '2024-01-01T00:04:00Z', a part must start after .*00:05:00Z.*between",
    ):
        Bars.concat([bars[:6], bars[:0], bars[4:]])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (made(3, symbol="ETH/USDT"), r"parts\[1\].symbols"),
        (made(3, timeframe="1s"), r"parts\[1\].timeframe was '1s'.*1m"),
        (made(3, calendar=Calendar.FOREX), r"parts\[1\].calendar"),
    ],
)
def test_parts_are_of_one_kind(other, message):
    with pytest.raises(InvalidValue, match=message):
        Bars.concat([made(3), other])


def test_no_parts_are_refused():
    with pytest.raises(InvalidValue, match="one or more bars"):
        Bars.concat([])


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=4))
def test_side_by_side_each_symbol_keeps_its_bars(presences):
    parts = {}
    for at, rows in enumerate(presences):
        full = made(
            13,
            seed=at,
            trades_count=np.arange(13) if at % 2 else None,
            quote_volume=np.ones(13) if at == 1 else None,
        )
        index = sorted(rows)
        parts[f"S{at}"] = Bars(
            f"S{at}/USDT",
            "1m",
            open_ns=full.open_ns[index],
            **{name: column[index] for name, column in full.columns().items()},
            trades_count=full.trades_count[index] if full.has_trades_count else None,
            quote_volume=full.quote_volume[index] if full.has_quote_volume else None,
            source=np.zeros(len(index)),
            sources=(f"venue{at % 2}",),
        )
    many = Bars.from_many(parts)
    assert len(many) == len(set().union(*presences))
    for name, bars in parts.items():
        one = many[name]
        assert np.array_equal(one.open_ns, bars.open_ns)
        assert np.array_equal(one.close, bars.close)
        assert np.array_equal(one.trades_count, bars.trades_count)
        assert np.array_equal(one.quote_volume, bars.quote_volume, equal_nan=True)
        assert {one.sources[code] for code in one.source} == {bars.sources[0]}


def test_the_key_names_the_column():
    many = Bars.from_many({Symbol("ETH", "EUR"): made(3), Symbol("BTC", "EUR"): made(3, seed=2)})
    assert [str(symbol) for symbol in many.symbols] == ["ETH/EUR", "BTC/EUR"]
    assert Bars.from_many({"btc/usdt": made(3)}).is_many


def test_repairs_are_added_up():
    rows = [[START // 10**6 + at * 60_000, 1, 1, 1, 1, 1] for at in (1, 0)]
    part = Bars.from_ccxt(rows, "BTC/USDT", "1m", sort=True)
    assert Bars.from_many({"A/B": part, "C/D": part}).repairs == Repairs(moved=4)
    assert Bars.concat([part]).repairs == Repairs(moved=2)


@pytest.mark.parametrize(
    ("bars_of", "message"),
    [
        ({}, "one or more symbols"),
        ({"BTC/USDT": made(3), "btc/usdt": made(3)}, "each symbol once"),
        (
            {"BTC/USDT": made(3), "ETH/USDT": made(3, timeframe="1s")},
            "ETH/USDT'].timeframe was '1s'.*resample",
        ),
        (
            {"BTC/USDT": made(3), "AAPL": made(3, symbol="AAPL")},
            "AAPL'].calendar was 'US_EQUITY'.*pass calendar=",
        ),
        ({"BTC/USDT": two_symbols()}, "bars of one symbol"),
    ],
)
def test_symbols_side_by_side_are_of_one_kind(bars_of, message):
    with pytest.raises(InvalidValue, match=message):
        Bars.from_many(bars_of)


def test_different_calendars_need_a_choice():
    mixed = {"BTC/USDT": made(3), "AAPL": made(3, symbol="AAPL")}
    assert Bars.from_many(mixed, calendar=Calendar.CRYPTO).calendar is Calendar.CRYPTO


def test_one_symbol_side_by_side_is_one_column():
    assert Bars.from_many({"A/B": made(3)}).close.shape == (3, 1)
