from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from tests.shared_data import shared_path
from tests.unit.model.made_bars import MINUTE, START, columns, made

from algotrendy.errors import InvalidBars, InvalidValue
from algotrendy.model.bars import Bars
from algotrendy.model.bars_columns import Repairs


def candles(n: int = 5) -> list[list[object]]:
    """Return made bars as ccxt rows."""
    table = columns(n)
    rows = zip(
        *(table[name].tolist() for name in ("open", "high", "low", "close", "volume")), strict=True
    )
    return [[(START + at * MINUTE) // 10**6, *row] for at, row in enumerate(rows)]


def klines(n: int = 5) -> list[list[object]]:
    """Return made bars as Binance sends them: prices are texts."""
    return [
        [row[0], *map(str, row[1:]), row[0] + 59_999, "12.5", 7, "1", "2", "0"]
        for row in candles(n)
    ]


def test_ccxt_candles_are_bars():
    bars = Bars.from_ccxt(candles(), "BTC/USDT", "1m", source="binance")
    assert bars == made(5)
    assert bars.sources == ("binance",)
    assert not bars.has_quote_volume


def test_numbers_may_be_texts_or_decimals():
    rows = [[row[0], *map(str, row[1:4]), Decimal(repr(row[4])), row[5]] for row in candles()]
    assert Bars.from_ccxt(rows, "BTC/USDT", "1m") == made(5)
    assert Bars.from_ccxt(np.array(candles()), "BTC/USDT", "1m") == made(5)


def test_klines_bring_quote_volume_and_trades():
    bars = Bars.from_klines(klines(), "BTC/USDT", "1m")
    assert bars == made(5)
    assert bars.quote_volume.tolist() == [12.5] * 5
    assert bars.trades_count.tolist() == [7] * 5


def test_short_klines_have_no_trades():
    bars = Bars.from_klines([row[:8] for row in klines()], "BTC/USDT", "1m")
    assert bars.has_quote_volume
    assert not bars.has_trades_count


def test_klines_may_be_in_microseconds():
    rows = [[row[0] * 1000, *row[1:]] for row in klines()]
    assert Bars.from_klines(rows, "BTC/USDT", "1m", time_unit="us") == made(5)
    with pytest.raises(
        InvalidBars, match="row 0, column open_time .*outside the years.*time_unit='us'"
    ):
        Bars.from_klines(rows, "BTC/USDT", "1m")


def test_the_open_candle_is_left_out_by_the_time_the_venue_was_asked():
    bars = Bars.from_ccxt(candles(), "BTC/USDT", "1m", as_of="2024-01-01T00:04:30Z")
    assert bars == made(5)[:4]
    assert bars.repairs == Repairs(unfinished=1)
    assert Bars.from_klines(klines(), "BTC/USDT", "1m", as_of="2024-01-01T00:05Z") == made(5)
    with pytest.raises(InvalidValue, match="as_of was .*without a zone"):
        Bars.from_ccxt(candles(), "BTC/USDT", "1m", as_of="2024-01-01T00:05")


def test_rows_newest_first_are_sorted_when_asked():
    with pytest.raises(InvalidBars, match="row 1, column open_ns .*sort=True"):
        Bars.from_klines(klines()[::-1], "BTC/USDT", "1m")
    bars = Bars.from_klines(klines()[::-1], "BTC/USDT", "1m", sort=True)
    assert bars == made(5)
    assert bars.quote_volume.tolist() == [12.5] * 5


def test_pages_that_overlap_are_joined_when_asked():
    pages = candles()[:3] + candles()[2:]
    assert Bars.from_ccxt(pages, "BTC/USDT", "1m", drop_repeats=True) == made(5)


@pytest.mark.parametrize(
    ("at", "row", "message"),
    [
        (
            2,
            [1, 2, 3],
            r"row 2, column row was '\[1, 2, 3\]', 6 values are expected, the same in every row: time, open",
        ),
        (0, [1, 2, 3], r"row 0, column row was '\[1, 2, 3\]'"),
        (1, None, "row 1, column row was 'None'"),
        (1, "abcdef", "row 1, column row was .*abcdef"),
        (
            2,
            [START // 10**6 + 120_000, 1, "x", 1, 1, 1],
            "row 2, column high was 'x', a number is expected",
        ),
        (
            2,
            [START // 10**6 + 120_000, 1, {}, 1, 1, 1],
            "row 2, column high was {}, a number is expected",
        ),
        (2, [START // 10**6 + 120_000, 1, None, 1, 1, 1], "row 2, column high was nan"),
        (
            2,
            [START // 10**6 + 120_000, "1", "2", "one", 1, 1],
            "row 2, column low was 'one', a number is expected",
        ),
        (3, [START // 10**6 + 180_000, "1", "0.5", "1", "1", "1"], "row 3, column high was 0.5"),
        (3, [START // 10**6 + 180_000.5, 1, 1, 1, 1, 1], "row 3, column open_time .*whole ms"),
    ],
)
def test_a_row_that_is_odd_is_named(at, row, message):
    rows = candles()
    rows[at] = row
    with pytest.raises(InvalidBars, match=message):
        Bars.from_ccxt(rows, "BTC/USDT", "1m")


def test_a_number_too_large_for_a_float_is_refused():
    rows = candles()
    rows[1][5] = 10**400
    with pytest.raises(InvalidBars, match="rows of numbers that fit float64"):
        Bars.from_ccxt(rows, "BTC/USDT", "1m")


def test_what_is_no_row_at_all_is_refused():
    with pytest.raises(InvalidBars, match="row 0"):
        Bars.from_ccxt([1, 2, 3], "BTC/USDT", "1m")


def test_no_rows_are_no_bars():
    assert len(Bars.from_ccxt([], "BTC/USDT", "1m")) == 0
    assert len(Bars.from_klines([], "BTC/USDT", "1m")) == 0


def test_the_kline_of_the_venue_documentation_is_read():
    with shared_path("wire/binance/rest_examples_spot_exchangedata.jsonl").open() as lines:
        answers = [json.loads(line) for line in lines]
    rows = next(answer["response"] for answer in answers if answer["path"] == "/api/v3/klines")
    bars = Bars.from_klines(rows, "ETH/BTC", "1w")
    assert repr(bars) == "Bars(ETH/BTC 1w, 1 bars, 2017-07-03T00:00 to 2017-07-03T00:00 UTC)"
    assert bars.trades_count.tolist() == [308]
    assert bars.quote_volume.tolist() == [2434.19055334]
