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
from algotrendy.runtime.history import fetch_into, history
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
    """A store that keeps pieces in a list; enough for what a fetch asks of one."""

    def __init__(self):
        self.pieces: list[Bars] = []

    def append(self, bars, /):
        self.pieces.append(bars)
        return len(bars)

    def last_ns(self, symbol, timeframe, /):
        return max((int(p.open_ns[-1]) for p in self.pieces), default=None)

    @property
    def closes(self):
        return np.concatenate([p.close for p in self.pieces])


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
    assert second.asked[0][0] == int(BARS.open_ns[199]) + 1
    assert (store.closes == BARS.close).all()


def test_nothing_new_asks_for_nothing():
    store, channel = Memory(), Channel()
    run(store, channel)
    channel.asked.clear()
    done = run(store, channel, end_ns=int(BARS.open_ns[-1]))
    assert done.n_bars == 0
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
    assert done.end_ns == END
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
