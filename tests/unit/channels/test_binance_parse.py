from __future__ import annotations

import json

import numpy as np
import pytest
from tests.shared_data import shared_path
from tests.unit.channels.binance_server import plain_rows

from algotrendy.channels.binance import parse
from algotrendy.errors import (
    AuthenticationFailed,
    BrokerError,
    DataError,
    InvalidBars,
    NoData,
    RateLimited,
    Unsupported,
    VenueUnavailable,
)
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

BTC = Symbol.parse("BTC/USDT")
HOUR = Timeframe.parse("1h")
MINUTE = Timeframe.parse("1m")
HOUR_MS = 3_600_000
FIRST = 1_704_067_200_000  # 2024-01-01
FOREVER = 2**62


def recorded(name: str) -> object:
    for line in shared_path("wire/binance/messages.jsonl").read_text().splitlines():
        message = json.loads(line)
        if message["name"] == name:
            return message["payload"]
    raise LookupError(name)


def test_recorded_klines_become_bars_with_all_columns():
    bars = parse.parse_klines(
        recorded("http_responses/http_spot_market_klines"),
        symbol=BTC,
        timeframe=MINUTE,
        server_time_ns=FOREVER,
    )
    assert bars.open_ns[0] == 1_634_943_780_000 * 1_000_000
    assert bars.open[0] == 60685.22
    assert bars.high[0] == 60729.84
    assert bars.low[0] == 60670.9
    assert bars.close[0] == 60719.27
    assert bars.volume[0] == 21.63272
    assert bars.quote_volume[0] == 1313200.0134041
    assert bars.trades_count[0] == 617
    assert bars.sources == ("binance",)


def test_the_documentation_pages_row_is_read():
    rows = recorded("spot/http_json/klines_response")
    bars = parse.parse_klines(
        rows, symbol=Symbol.parse("BNB/BTC"), timeframe=MINUTE, server_time_ns=FOREVER
    )
    assert bars.close[0] == 0.015771
    assert bars.trades_count[0] == 308


def test_open_candle_is_dropped_by_the_venues_clock():
    rows = plain_rows(FIRST, 3, HOUR_MS)
    closed_ns = (FIRST + 3 * HOUR_MS) * 1_000_000
    assert len(parse.parse_klines(rows, symbol=BTC, timeframe=HOUR, server_time_ns=closed_ns)) == 3
    assert (
        len(parse.parse_klines(rows, symbol=BTC, timeframe=HOUR, server_time_ns=closed_ns - 1)) == 2
    )


def test_open_month_is_dropped_at_the_calendars_end_of_month():
    open_ms = int(np.datetime64("2024-02-01", "ms").astype(np.int64))
    rows = plain_rows(open_ms, 1, 29 * 86_400_000)
    month = Timeframe.parse("1M")
    end_ns = int(np.datetime64("2024-03-01", "ns").astype(np.int64))
    assert len(parse.parse_klines(rows, symbol=BTC, timeframe=month, server_time_ns=end_ns)) == 1
    assert not len(parse.parse_klines(rows, symbol=BTC, timeframe=month, server_time_ns=end_ns - 1))


def test_rows_in_any_order_and_equal_repeats_are_sorted_and_unique():
    rows = plain_rows(FIRST, 4, HOUR_MS)
    bars = parse.parse_klines(
        [rows[2], rows[0], rows[3], rows[1], rows[2]],
        symbol=BTC,
        timeframe=HOUR,
        server_time_ns=FOREVER,
    )
    assert bars.open.tolist() == [100.0, 101.0, 102.0, 103.0]


def test_contradicting_repeats_are_refused():
    rows = plain_rows(FIRST, 2, HOUR_MS)
    other = [*rows[1][:4], "101.50", *rows[1][5:]]
    with pytest.raises(InvalidBars, match="unique"):
        parse.parse_klines([*rows, other], symbol=BTC, timeframe=HOUR, server_time_ns=FOREVER)


def test_times_in_microseconds_are_understood():
    rows = [[r[0] * 1000, *r[1:]] for r in plain_rows(FIRST, 2, HOUR_MS)]  # type: ignore[operator]
    bars = parse.parse_klines(rows, symbol=BTC, timeframe=HOUR, server_time_ns=FOREVER)
    assert bars.open_ns[0] == FIRST * 1_000_000


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ({"code": 0}, "klines"),
        ("text", "klines"),
        ([None], "open_ms"),
        ([["x"] * 12], "open_ms"),
        ([[FIRST, "1", "1", "1"]], "close"),
        ([[FIRST, "1", "nan", "1", "1", "1", 0, "1", 1]], "row 0, column high"),
        ([[FIRST, "1", "1", None, "1", "1", 0, "1", 1]], "row 0, column low"),
        ([[10**30, "1", "1", "1", "1", "1", 0, "1", 1]], "open_ms"),
        ([[float("inf"), "1", "1", "1", "1", "1", 0, "1", 1]], "open_ms"),
        ([[FIRST, "1", "1", "1", "1", "1", 0, "1", True]], "trades"),
        ([[FIRST + 1, "1", "1", "1", "1", "1", 0, "1", 1]], "grid"),
        ([[FIRST, "3", "2", "1", "1", "1", 0, "1", 1]], "must lie between"),
    ],
)
def test_bad_rows_are_refused_naming_the_place(rows, place):
    with pytest.raises(InvalidBars, match=place):
        parse.parse_klines(rows, symbol=BTC, timeframe=HOUR, server_time_ns=FOREVER)


def test_no_rows_are_empty_bars():
    assert len(parse.parse_klines([], symbol=BTC, timeframe=HOUR, server_time_ns=FOREVER)) == 0


def test_query_is_half_open_in_milliseconds():
    ns = 1_000_000
    query = parse.kline_query(BTC, HOUR, FIRST * ns, (FIRST + HOUR_MS) * ns)
    assert query == {
        "symbol": "BTCUSDT",
        "interval": "1h",
        "startTime": str(FIRST),
        "endTime": str(FIRST + HOUR_MS - 1),
        "limit": "1000",
    }
    assert parse.kline_query(BTC, HOUR, FIRST * ns + 1, FIRST * ns + 2)["startTime"] == str(
        FIRST + 1
    )


@pytest.mark.parametrize("text", ["AAPL", "BTC/USDT:USDT"])
def test_symbols_that_are_no_spot_pair_are_unsupported(text):
    with pytest.raises(Unsupported, match="spot pair"):
        parse.venue_symbol(Symbol.parse(text))


def test_a_timeframe_the_venue_lacks_names_those_it_has():
    with pytest.raises(Unsupported, match="fetch one of 1s, 1m"):
        parse.interval(Timeframe.parse("7m"))
    assert parse.interval(Timeframe.parse("60m")) == "1h"


def test_recorded_exchange_info_gives_unified_symbols():
    payload = json.loads(
        shared_path("wire/binance/rest_spot_exchangeInfo_2021-10-12.json").read_text()
    )
    found = parse.parse_symbols(payload)
    assert len(found) == len(payload["symbols"])
    assert Symbol.parse("LTC/BTC") in found


def test_symbols_of_other_alphabets_are_left_out():
    entries = [
        {"baseAsset": "BTC", "quoteAsset": "USDT"},
        {"baseAsset": "币", "quoteAsset": "USDT"},
        3,
    ]
    assert parse.parse_symbols({"symbols": entries}) == (BTC,)


@pytest.mark.parametrize("payload", [{}, [], None, {"serverTime": "x"}, {"serverTime": True}])
def test_an_answer_without_server_time_is_a_data_error(payload):
    with pytest.raises(DataError, match="serverTime"):
        parse.parse_server_time(payload)


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"<html><body>Maintenance</body></html>", "", "HTML page"),
        (b"Just a moment...", "text/html; charset=utf-8", "HTML page"),
        (b'[[1704067200000,"1', "application/json", "ends early"),
        (b"", "", "ends early"),
        (b"\xff\xfe", "", "ends early"),
        (b"[" * 100_000, "", "ends early"),
    ],
)
def test_answers_that_are_no_json_are_typed_and_may_be_tried_again(body, content_type, says):
    with pytest.raises(VenueUnavailable, match=says) as caught:
        parse.decode(body, content_type=content_type)
    assert caught.value.retryable
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b'{"code":-1003,"msg":"Too many requests."}', RateLimited),
        (418, b"", RateLimited),
        (400, b'{"code":-1003,"msg":"Way too much."}', RateLimited),
        (500, b"", VenueUnavailable),
        (502, b"<html>Bad gateway</html>", VenueUnavailable),
        (400, b'{"code":-1001,"msg":"Internal error."}', VenueUnavailable),
        (400, b'{"code":-1121,"msg":"Invalid symbol."}', NoData),
        (401, b'{"code":-2014,"msg":"API-key format invalid."}', AuthenticationFailed),
        (403, b"<html>", BrokerError),
        (451, b'{"code":0,"msg":"Service unavailable from a restricted location."}', BrokerError),
        (400, b'{"code":-1100,"msg":"Illegal characters."}', BrokerError),
        (302, b"", BrokerError),
    ],
)
def test_error_answers_are_typed(status, body, kind):
    error = parse.parse_error(status, body, headers={}, near=("BTC/USDT",), asked="BTC/USTD")
    assert type(error) is kind


def test_retry_after_is_read_and_nonsense_is_not():
    limited = parse.parse_error(429, b"", headers={"retry-after": "7"})
    assert isinstance(limited, RateLimited)
    assert limited.retry_after_s == 7.0
    for nonsense in ("soon", "-1", "inf", "nan"):
        limited = parse.parse_error(429, b"", headers={"retry-after": nonsense})
        assert isinstance(limited, RateLimited)
        assert limited.retry_after_s is None


def test_control_characters_of_an_answer_do_not_reach_the_text():
    error = parse.parse_error(400, b'{"code":-1,"msg":"a\\u001b[31mred\\nline"}', headers={})
    assert "\x1b" not in str(error)
    assert "\n" not in str(error)
