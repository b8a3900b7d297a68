from __future__ import annotations

import asyncio
import random
import socket

import numpy as np
import pytest
from tests.shared_data import shared_path
from tests.unit.channels.binance_server import Fault, Venue, kline, plain_rows, serve

from algotrendy.channels.binance.rest import BinanceChannel
from algotrendy.channels.reads import ReadRetries
from algotrendy.errors import (
    DataError,
    InvalidBars,
    InvalidSettings,
    InvalidValue,
    RateLimited,
    UnknownName,
    Unsupported,
    VenueUnavailable,
)
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

BTC = Symbol.parse("BTC/USDT")
MINUTE = Timeframe.parse("1m")
MINUTE_MS = 60_000
FIRST = 1_704_067_200_000  # 2024-01-01
NS = 1_000_000
PATIENT = ReadRetries(attempts=4, first_wait_s=0.0, longest_wait_s=0.0)

DICE = random.Random(1)


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
    slept: list[float] | None = None,
) -> Bars:
    async def sleep(seconds: float) -> None:
        if slept is not None:
            slept.append(seconds)

    async def go() -> Bars:
        async with BinanceChannel(
            base_url=venue.url, retries=PATIENT, sleep=sleep, dice=DICE, timeout_s=5
        ) as channel:
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
    "fault",
    [
        Fault(500, b""),
        Fault(503, b"<html>Service unavailable</html>", {"content-type": "text/html"}),
        Fault(
            200, b"<!doctype html><title>Just a moment...</title>", {"content-type": "text/html"}
        ),
        Fault(200, b'[[1704067200000,"100.0","102'),
        Fault(200, b'[[1704067200000,"100', cut=True),
        Fault(429, b'{"code":-1003,"msg":"Too many requests."}', {"Retry-After": "1"}),
        Fault(418, b"", {"Retry-After": "2"}),
    ],
    ids=["500", "503-html", "200-html", "cut-json", "cut-body", "429", "418"],
)
def test_a_failure_that_passes_costs_time_and_no_row(fault):
    slept: list[float] = []
    with serve(venue_of(1500)) as venue:
        venue.faults = [fault]
        bars = fetch(venue, FIRST, FIRST + 10_000 * MINUTE_MS, slept=slept)
    assert len(bars) == 1500
    assert len(slept) == 1
    wanted = float(fault.headers.get("Retry-After", 0))
    assert wanted <= slept[0] <= wanted + 0.25


def test_a_failure_that_stays_comes_out_typed():
    with serve(venue_of(5)) as venue:
        venue.faults = [Fault(502, b"<html>")] * 4
        with pytest.raises(VenueUnavailable, match="HTTP 502"):
            fetch(venue, FIRST, FIRST + MINUTE_MS)
        assert len(venue.requests) == 4


def test_a_ban_longer_than_patience_is_reported_at_once():
    with serve(venue_of(5)) as venue:
        venue.faults = [Fault(418, b"", {"Retry-After": "3600"})]
        with pytest.raises(RateLimited, match="wait 3600 s") as caught:
            fetch(venue, FIRST, FIRST + MINUTE_MS)
        assert len(venue.requests) == 1
    assert caught.value.retry_after_s == 3600


def test_a_typo_names_pairs_that_exist():
    with serve(venue_of(5)) as venue, pytest.raises(UnknownName, match="BTC/USDT") as caught:
        fetch(venue, FIRST, FIRST + MINUTE_MS, symbol=Symbol.parse("BTC/USDTT"))
    assert "BTC/USDT" in caught.value.close


def test_a_typo_is_still_named_where_the_list_cannot_be_read():
    with serve(venue_of(5)) as venue:
        venue.faults = [
            Fault(200, b'{"serverTime":1804067200000}'),
            Fault(400, b'{"code":-1121,"msg":"Invalid symbol."}'),
            *[Fault(500)] * 4,
        ]
        with pytest.raises(UnknownName, match="XYZ/USDT"):
            fetch(venue, FIRST, FIRST + MINUTE_MS, symbol=Symbol.parse("XYZ/USDT"))


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

    with (
        serve(Stuck({("BTCUSDT", "1m"): rows}, FIRST * 2)) as venue,
        pytest.raises(DataError, match="before"),
    ):
        fetch(venue, FIRST, FIRST + 10_000 * MINUTE_MS)


def test_nothing_listens_is_typed():
    with serve(venue_of(1)) as venue:
        pass
    with pytest.raises(VenueUnavailable, match="ConnectError"):
        fetch(venue, FIRST, FIRST + MINUTE_MS)


def test_a_silent_server_times_out():
    async def go(url: str) -> None:
        once = ReadRetries(attempts=1)
        async with BinanceChannel(base_url=url, timeout_s=0.05, retries=once) as channel:
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
        with pytest.raises(InvalidValue, match="start < end"):
            fetch(venue, FIRST, FIRST)
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
