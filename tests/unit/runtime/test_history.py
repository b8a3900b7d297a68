from __future__ import annotations

import asyncio
import random

import numpy as np
import pytest

from algotrendy import sample
from algotrendy.errors import InvalidValue, NoData, RateLimited, VenueUnavailable
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.channel import ChannelCapabilities
from algotrendy.runtime.history import fetch_into, history, missing_ranges
from algotrendy.runtime.retries import ReadRetries

BARS = sample.random_walk(2_345, seed=1, timeframe="1h", symbol="BTC/USDT")
BTC, HOUR = Symbol.parse("BTC/USDT"), Timeframe.parse("1h")
FIRST, END = int(BARS.open_ns[0]), int(BARS.open_ns[-1]) + HOUR.ns
DICE = random.Random(1)


class Channel:
    name = "list"
    capabilities = ChannelCapabilities(timeframes=frozenset({"1h"}), max_bars=100)

    def __init__(self, failures=()):
        self.failures = list(failures)
        self.asked: list[tuple[int, int]] = []

    async def bars(self, symbol, timeframe, start_ns, end_ns, /):
        self.asked.append((start_ns, end_ns))
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        first, last = np.searchsorted(BARS.open_ns, [start_ns, end_ns]).tolist()
        return BARS[first:last]

    def stream(self, subscriptions, /):
        raise NotImplementedError


class Timed(Channel):
    async def server_time_ns(self):
        return END


class Memory:
    """A store that keeps rows in a dict; enough for what a fetch asks of one."""

    def __init__(self):
        self.rows: dict[int, tuple[float, ...]] = {}

    def append(self, bars, /):
        columns = [column.tolist() for column in bars.columns().values()]
        self.rows.update(zip(bars.open_ns.tolist(), zip(*columns, strict=True), strict=True))
        return len(bars)

    def last_ns(self, symbol, timeframe, /):
        return max(self.rows, default=None)

    def read(self, symbol, timeframe, start_ns, end_ns, /, *, sources=()):
        times = [t for t in sorted(self.rows) if start_ns <= t < end_ns]
        names = ("open", "high", "low", "close", "volume")
        columns = {name: [self.rows[t][i] for t in times] for i, name in enumerate(names)}
        return Bars(symbol, timeframe, open_ns=times, **columns)

    @property
    def closes(self):
        return np.array([self.rows[t][3] for t in sorted(self.rows)])


async def nap(seconds: float) -> None:
    del seconds


def run(store, channel, *, start_ns=FIRST, end_ns=END, **rest):
    wanted = {"sleep": nap, "dice": DICE, **rest}
    return asyncio.run(
        fetch_into(store, channel, BTC, HOUR, start_ns=start_ns, end_ns=end_ns, **wanted)
    )


def test_parts_join_to_the_whole_without_hole_or_repeat():
    store, channel = Memory(), Channel()
    done = run(store, channel)
    assert done.n_bars == len(BARS)
    assert (store.closes == BARS.close).all()
    assert all(b - a <= 100 * HOUR.ns for a, b in channel.asked)
    assert [a for a, _ in channel.asked[1:]] == [b for _, b in channel.asked[:-1]]


def test_a_failure_that_passes_costs_no_row():
    store = Memory()
    run(store, Channel([VenueUnavailable("x"), None, RateLimited("slow", retry_after_s=3)]))
    assert (store.closes == BARS.close).all()


def test_a_broken_fetch_keeps_what_it_had_and_goes_on_there():
    store = Memory()
    with pytest.raises(NoData):
        run(store, Channel([None, None, NoData("gone")]))
    assert len(store.closes) == 200
    second = Channel()
    done = run(store, second)
    assert done.resumed
    assert second.asked[0][0] == int(BARS.open_ns[200])
    assert (store.closes == BARS.close).all()


def test_nothing_new_asks_for_nothing():
    store, channel = Memory(), Channel()
    run(store, channel)
    channel.asked.clear()
    done = run(store, channel, end_ns=int(BARS.open_ns[-1]))
    assert done.n_bars == 0
    assert done.ranges == ()
    assert channel.asked == []


def test_years_before_the_listing_cost_few_requests():
    store, channel = Memory(), Channel()
    start = FIRST - 50_000 * HOUR.ns
    run(store, channel, start_ns=start)
    before = [a for a, _ in channel.asked if a < FIRST]
    assert len(before) < 20
    assert (store.closes == BARS.close).all()


def test_without_an_end_the_venues_time_is_the_end():
    store = Memory()
    done = run(store, Timed(), end_ns=None)
    assert done.ranges == ((FIRST, END),)
    with pytest.raises(InvalidValue, match="cannot tell the time"):
        run(store, Channel(), end_ns=None)


def test_an_end_before_the_start_is_refused():
    with pytest.raises(InvalidValue, match="before the end"):
        run(Memory(), Channel(), start_ns=END, end_ns=FIRST)


def test_progress_is_told_after_each_part_is_kept():
    told: list[tuple[int, int, int]] = []
    store = Memory()
    run(store, Channel(), on_part=lambda *part: told.append(part))
    assert told[0] == (FIRST, FIRST + 100 * HOUR.ns, 100)
    assert told[-1][1:] == (END, len(BARS))


def test_patience_is_the_callers():
    channel = Channel([VenueUnavailable("x")] * 10)
    with pytest.raises(VenueUnavailable):
        run(Memory(), channel, retries=ReadRetries(attempts=3))
    assert len(channel.asked) == 3


def test_history_yields_ends_and_bars():
    async def go():
        return [
            (until, len(bars))
            async for until, bars in history(Channel(), BTC, HOUR, FIRST, FIRST + 150 * HOUR.ns)
        ]

    assert asyncio.run(go()) == [(FIRST + 100 * HOUR.ns, 100), (FIRST + 150 * HOUR.ns, 50)]


def test_bars_before_and_holes_between_are_fetched_when_asked_for():
    store, channel = Memory(), Channel()
    store.append(BARS[500:900])
    store.append(BARS[1500:1650])
    done = run(store, channel)
    assert (store.closes == BARS.close).all()
    starts = [int(BARS.open_ns[i]) for i in (0, 900, 1650)]
    assert [start for start, _ in done.ranges] == starts
    assert done.resumed


def test_holes_that_lie_near_each_other_are_one_request():
    store, channel = Memory(), Channel()
    store.append(BARS[:50])
    store.append(BARS[52:70])
    store.append(BARS[71:])
    run(store, channel)
    assert channel.asked == [(int(BARS.open_ns[50]), int(BARS.open_ns[71]))]
    assert (store.closes == BARS.close).all()


def test_without_a_start_it_goes_on_after_the_last_bar():
    store, channel = Memory(), Channel()
    store.append(BARS[100:200])
    run(store, channel, start_ns=None)
    assert (store.closes == BARS.close[100:]).all()
    assert channel.asked[0][0] == int(BARS.open_ns[200])
    with pytest.raises(InvalidValue, match="no BTC/USDT 1h bars to go on from"):
        run(Memory(), Channel(), start_ns=None)


def test_a_start_between_two_bars_asks_for_no_empty_piece():
    store, channel = Memory(), Channel()
    store.append(BARS)
    run(store, channel, start_ns=FIRST + 5)
    assert channel.asked == []


def test_months_of_any_length_have_no_holes():
    months = sample.random_walk(24, seed=1, timeframe="1M", symbol="BTC/USDT")
    store, month = Memory(), Timeframe.parse("1M")
    store.append(months)
    first, last = int(months.open_ns[0]), int(months.open_ns[-1])
    assert missing_ranges(store, BTC, month, first, last + 1) == ()
    start = int(np.datetime64("2019-11-01", "ns").astype(np.int64))
    assert missing_ranges(store, BTC, month, start, last) == ((start, first),)
