"""History from any channel: split into parts, read patiently, kept part by part.

Laws: an author of a channel never writes a retry or a split; what is stored stays stored when the
next part fails, and only what is missing is asked for; the end of now is the venue's, not ours.
Used by: `algotrendy fetch`, scripts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from algotrendy.errors import InvalidValue
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.channel import SupportsServerTime
from algotrendy.runtime.retries import ReadRetries, read_again

if TYPE_CHECKING:
    from algotrendy.model.bars import Bars
    from algotrendy.protocols.channel import DataChannel
    from algotrendy.protocols.store import BarStore

__all__ = ["Fetched", "fetch_into", "history", "missing_ranges"]

_PART = 1_000  # bars, where a channel states no limit
_WIDEST = 64  # parts in one, where part after part was empty


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch did.

    Parameters
    ----------
    n_bars : how many were read and kept
    ranges : (start, end) in nanoseconds UTC that were asked of the channel, ends excluded
    resumed : whether bars of this range were there before
    """

    n_bars: int
    ranges: tuple[tuple[int, int], ...]
    resumed: bool


async def history(
    channel: DataChannel,
    symbol: Symbol,
    timeframe: Timeframe,
    start_ns: int,
    end_ns: int,
    *,
    retries: ReadRetries | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    dice: random.Random | None = None,
) -> AsyncIterator[tuple[int, Bars]]:
    """Yield (end of the part, its bars) in order of time, for ``start_ns <= open time < end_ns``.

    Parameters
    ----------
    channel : where from
    symbol, timeframe, start_ns, end_ns : what
    retries : how patient each part is
    sleep, dice : passed in so that tests neither wait nor guess

    Notes
    -----
    A part is what one request holds. After an empty part the next is twice as wide, up to 64 times,
    so that the years before a listing cost few requests.
    """
    patience = retries or ReadRetries()
    step_ns = (channel.capabilities.max_bars or _PART) * timeframe.ns
    width, at_ns = 1, start_ns
    while at_ns < end_ns:
        until_ns = min(at_ns + width * step_ns, end_ns)

        async def read(first: int = at_ns, last: int = until_ns) -> Bars:
            return await channel.bars(symbol, timeframe, first, last)

        bars = await read_again(read, retries=patience, sleep=sleep, dice=dice)
        yield until_ns, bars
        width = 1 if len(bars) else min(_WIDEST, width * 2)
        at_ns = until_ns


def missing_ranges(
    store: BarStore,
    symbol: Symbol,
    timeframe: Timeframe,
    start_ns: int,
    end_ns: int,
    *,
    near_ns: int = 0,
) -> tuple[tuple[int, int], ...]:
    """Return what of ``start_ns <= open time < end_ns`` is not stored, as (start, end) in order.

    Parameters
    ----------
    store, symbol, timeframe, start_ns, end_ns : what to look at
    near_ns : ranges that lie no farther apart than this become one

    Notes
    -----
    An outage of the venue is such a range as well: nobody can tell it from a hole without asking.
    """
    open_ns = store.read(symbol, timeframe, start_ns, end_ns).open_ns
    begin = timeframe.floor(np.array([start_ns], dtype=np.int64))
    if begin[0] < start_ns:
        begin = timeframe.following(begin)
    starts = np.concatenate([begin, timeframe.following(open_ns)])
    ends = np.concatenate([open_ns, np.array([end_ns], dtype=np.int64)])
    found: list[tuple[int, int]] = []
    holes = starts < ends
    for start, end in zip(starts[holes].tolist(), ends[holes].tolist(), strict=True):
        if found and start - found[-1][1] <= near_ns:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


async def fetch_into(  # noqa: PLR0913
    store: BarStore,
    channel: DataChannel,
    symbol: Symbol,
    timeframe: Timeframe,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    retries: ReadRetries | None = None,
    on_part: Callable[[int, int, int], None] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    dice: random.Random | None = None,
) -> Fetched:
    """Read what of a range is not stored yet, and keep it part by part.

    Parameters
    ----------
    store, channel : where to and where from
    symbol, timeframe : what
    start_ns : first open time, nanoseconds UTC; None goes on after the last stored bar
    end_ns : open times before this; None for the venue's now
    retries : how patient each part is
    on_part : told (first ns, end ns, bars kept so far) after each part is kept
    sleep, dice : passed in so that tests neither wait nor guess

    Raises
    ------
    InvalidValue
        For an end that is not after the start, no start where nothing is stored, or no end where
        the channel knows no time.
    AlgoTrendyError
        What the channel or the store raised, after patience; earlier parts are kept, and the same
        call goes on there.

    Notes
    -----
    When it returns, everything the venue has of the range is stored. Parts of the range that the
    venue does not have, such as an outage, are asked for again by the next call.
    """
    if start_ns is None:
        start_ns = store.last_ns(symbol, timeframe)
        if start_ns is None:
            raise InvalidValue(
                "start",
                value=None,
                rule=f"there are no {symbol} {timeframe} bars to go on from",
                hint="pass a start",
            )
    if end_ns is None:
        end_ns = await _now_ns(channel, retries or ReadRetries(), sleep, dice)
    if not 0 <= start_ns < end_ns:
        raise InvalidValue(
            "range", value=(start_ns, end_ns), rule="the start must lie before the end"
        )
    near_ns = (channel.capabilities.max_bars or _PART) * timeframe.ns
    ranges = missing_ranges(store, symbol, timeframe, start_ns, end_ns, near_ns=near_ns)
    n_bars = 0
    for first_ns, last_ns in ranges:
        at_ns = first_ns
        parts = history(
            channel, symbol, timeframe, first_ns, last_ns, retries=retries, sleep=sleep, dice=dice
        )
        async for until_ns, bars in parts:
            n_bars += store.append(bars) if len(bars) else 0
            if on_part is not None:
                on_part(at_ns, until_ns, n_bars)
            at_ns = until_ns
    whole = sum(last - first for first, last in ranges) >= end_ns - start_ns
    return Fetched(n_bars=n_bars, ranges=ranges, resumed=not whole)


async def _now_ns(
    channel: DataChannel,
    retries: ReadRetries,
    sleep: Callable[[float], Awaitable[None]],
    dice: random.Random | None,
) -> int:
    if not isinstance(channel, SupportsServerTime):
        raise InvalidValue(
            "end",
            value=None,
            rule=f"the channel {channel.name} cannot tell the time",
            hint="pass an end",
        )
    return await read_again(channel.server_time_ns, retries=retries, sleep=sleep, dice=dice)
