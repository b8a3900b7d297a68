from __future__ import annotations

import asyncio
import socket

import numpy as np
import pytest
from tests.shared_data import shared_path
from tests.unit.channels.binance_server import Fault, Venue, kline, plain_rows, serve

from algotrendy.channels.binance.rest import BinanceChannel
from algotrendy.errors import (
    DataError,
    InvalidBars,
    InvalidSettings,
    InvalidValue,
    NoData,
    RateLimited,
    Unsupported,
    VenueUnavailable,
)
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.channel import DataChannel

BTC = Symbol.parse("BTC/USDT")
MINUTE = Timeframe.parse("1m")
MINUTE_MS = 60_000
FIRST = 1_704_067_200_000  # 2024-01-01
NS = 1_000_000


def venue_of(n: int, *, now_ms: int | None = None) -> Venue:
    rows = plain_rows(FIRST, n, MINUTE_MS)
    return Venue(
        {("BTCUSDT", "1m"): rows, ("BTCUSDC", "1m"): rows}, now_ms or FIRST + n * MINUTE_MS
    )


def fetch(
    venue: Venue,
    first_ms: int,
    last_ms: int,
    *,
    symbol: Symbol = BTC,
    timeframe: Timeframe = MINUTE,
) -> Bars:
    async def go() -> Bars:
        async with BinanceChannel(base_url=venue.url, timeout_s=5) as channel:
            return await channel.bars(symbol, timeframe, first_ms * NS, last_ms * NS)

    return asyncio.run(go())


@pytest.mark.parametrize("n", [0, 1, 999, 1000, 1001, 2000, 2500])
def test_pages_join_without_hole_or_repeat(n):
    with serve(venue_of(n)) as venue:
        bars = fetch(venue, FIRST, FIRST + 10_000 * MINUTE_MS)
    assert len(bars) == n
    assert bars.open.tolist() == [100.0 + i for i in range(n)]


def test_the_range_is_half_open():
    with serve(venue_of(20)) as venue:
        bars = fetch(venue, FIRST + 5 * MINUTE_MS, FIRST + 8 * MINUTE_MS)
    assert bars.open.tolist() == [105.0, 106.0, 107.0]


def test_the_open_candle_is_left_out():
    with serve(venue_of(1000, now_ms=FIRST + 999 * MINUTE_MS + 30_000)) as venue:
        assert len(fetch(venue, FIRST, FIRST + 10_000 * MINUTE_MS)) == 999


def test_real_candles_with_an_outage_come_through_bit_by_bit():
    import pyarrow.parquet as pq

    path = shared_path("data/candles/binance_BTCUSDT_1m_2023-03-16_2023-05-01.parquet")
    table = pq.read_table(path).slice(10_500, 3_000)
    open_ms = table["timestamp"].to_numpy().astype("datetime64[ms]").astype(np.int64)
    columns = [table[name].to_numpy() for name in ("open", "high", "low", "close", "volume")]
    rows = [
        kline(int(ms), MINUTE_MS, tuple(float(c[i]) for c in columns))  # type: ignore[arg-type]
        for i, ms in enumerate(open_ms)
    ]
    assert (np.diff(open_ms) > MINUTE_MS).any(), "the real outage should lie inside"
    with serve(Venue({("BTCUSDT", "1m"): rows}, int(open_ms[-1]) + MINUTE_MS)) as venue:
        bars = fetch(venue, int(open_ms[0]), int(open_ms[-1]) + MINUTE_MS)
    assert (bars.open_ns == open_ms * NS).all()
    for name, expected in zip(("open", "high", "low", "close", "volume"), columns, strict=True):
        assert (getattr(bars, name) == expected).all(), name


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(500, b""), VenueUnavailable),
        (Fault(503, b"<html>Unavailable</html>", {"content-type": "text/html"}), VenueUnavailable),
        (Fault(200, b"<!doctype html><title>Wait</title>"), VenueUnavailable),
        (Fault(200, b'[[1704067200000,"100.0","102'), VenueUnavailable),
        (Fault(200, b'[[1704067200000,"100', cut=True), VenueUnavailable),
        (Fault(429, b'{"code":-1003,"msg":"Too many."}', {"Retry-After": "1"}), RateLimited),
        (Fault(418, b"", {"Retry-After": "2"}), RateLimited),
    ],
    ids=["500", "503-html", "200-html", "cut-json", "cut-body", "429", "418"],
)
def test_a_failure_is_typed_and_nothing_is_tried_twice(fault, kind):
    with serve(venue_of(5)) as venue:
        venue.faults = [fault]
        with pytest.raises(kind) as caught:
            fetch(venue, FIRST, FIRST + MINUTE_MS)
        assert caught.value.retryable
        assert len(venue.requests) == 1
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_s == float(fault.headers["Retry-After"])


def test_a_typo_names_pairs_that_exist():
    with serve(venue_of(5)) as venue, pytest.raises(NoData, match="did you mean BTC/USDT"):
        fetch(venue, FIRST, FIRST + MINUTE_MS, symbol=Symbol.parse("BTC/USDTT"))


def test_a_typo_is_still_named_where_the_list_cannot_be_read():
    with serve(venue_of(5)) as venue:
        venue.faults = [
            Fault(200, b'{"serverTime":1804067200000}'),
            Fault(400, b'{"code":-1121,"msg":"Invalid symbol."}'),
            Fault(500),
        ]
        with pytest.raises(NoData, match="XYZ/USDT"):
            fetch(venue, FIRST, FIRST + MINUTE_MS, symbol=Symbol.parse("XYZ/USDT"))


def test_the_time_is_asked_before_the_rows_and_only_for_bars_that_may_be_open():
    async def go() -> None:
        async with BinanceChannel(base_url=venue.url) as channel:
            for k in range(3):
                start = (FIRST + k * MINUTE_MS) * NS
                await channel.bars(BTC, MINUTE, start, start + MINUTE.ns)
            await channel.bars(BTC, MINUTE, FIRST * NS, (FIRST + 10**9) * NS)

    with serve(venue_of(50)) as venue:
        asyncio.run(go())
    paths = [path.rpartition("/")[2] for path, _ in venue.requests]
    assert paths == ["time", "klines", "klines", "klines", "time", "klines"]


def test_a_full_page_that_fills_the_range_is_one_request():
    with serve(venue_of(3000)) as venue:
        assert len(fetch(venue, FIRST, FIRST + 1000 * MINUTE_MS)) == 1000
    assert [path for path, _ in venue.requests].count("/api/v3/klines") == 1


def test_it_is_a_channel_of_history_only():
    channel: DataChannel = BinanceChannel()
    assert channel.capabilities.streams == frozenset()
    with pytest.raises(Unsupported, match="history only"):
        channel.stream([])


def test_nonsense_rows_are_refused_and_not_read_again():
    with serve(venue_of(5)) as venue:
        venue.faults = [Fault(200, b'{"serverTime":1804067200000}'), Fault(200, b'{"rows":1}')]
        with pytest.raises(InvalidBars, match="list of rows"):
            fetch(venue, FIRST, FIRST + MINUTE_MS)
        assert len(venue.requests) == 2


def test_a_server_that_answers_other_times_cannot_loop_for_ever():
    rows = plain_rows(FIRST - 1000 * MINUTE_MS, 1000, MINUTE_MS)

    class Stuck(Venue):
        def answer(self, path, query):
            return super().answer(path, query) if path != "/api/v3/klines" else (200, rows)

    stuck = Stuck({("BTCUSDT", "1m"): rows}, FIRST * 2)
    with serve(stuck) as venue, pytest.raises(DataError, match="outside"):
        fetch(venue, FIRST, FIRST + 10_000 * MINUTE_MS)


def test_nothing_listens_is_typed():
    with serve(venue_of(1)) as venue:
        pass
    with pytest.raises(VenueUnavailable, match="ConnectError"):
        fetch(venue, FIRST, FIRST + MINUTE_MS)


def test_a_silent_server_times_out():
    async def go(url: str) -> None:
        async with BinanceChannel(base_url=url, timeout_s=0.05) as channel:
            await channel.symbols()

    with socket.create_server(("127.0.0.1", 0)) as listener:  # connects, never accepts
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(VenueUnavailable, match=r"within 0\.05 s"):
            asyncio.run(go(url))


def test_what_cannot_be_asked_is_refused_before_any_request():
    with serve(venue_of(1)) as venue:
        with pytest.raises(Unsupported):
            fetch(venue, FIRST, FIRST + 1, symbol=Symbol.parse("AAPL"))
        with pytest.raises(Unsupported):
            fetch(venue, FIRST, FIRST + 1, timeframe=Timeframe.parse("7m"))
        with pytest.raises(InvalidValue, match="start <= end"):
            fetch(venue, FIRST, FIRST - 1)
        assert len(fetch(venue, FIRST, FIRST)) == 0
        assert venue.requests == []
    with pytest.raises(InvalidSettings, match="https://"):
        BinanceChannel(base_url="api.binance.com")


def test_a_client_that_was_passed_in_stays_open():
    import httpx

    async def go() -> bool:
        async with httpx.AsyncClient() as http:
            channel = BinanceChannel(base_url=venue.url, http=http)
            await channel.symbols()
            await channel.aclose()
            return http.is_closed

    with serve(venue_of(1)) as venue:
        assert asyncio.run(go()) is False
