"""History from any channel: split into parts, read patiently, kept part by part.

Laws: an author of a channel never writes a retry or a split; what is stored stays stored when the
next part fails, so a broken fetch goes on where it was; the end of now is the venue's, not ours.
Used by: `algotrendy fetch`, scripts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from algotrendy.errors import InvalidValue
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.channel import SupportsServerTime
from algotrendy.runtime.retries import ReadRetries, read_again

if TYPE_CHECKING:
    from algotrendy.model.bars import Bars
    from algotrendy.protocols.channel import DataChannel
    from algotrendy.protocols.store import BarStore

__all__ = ["Fetched", "fetch_into", "history", "resume_ns"]

_PART = 1_000  # bars, where a channel states no limit
_WIDEST = 64  # parts in one, where part after part was empty


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch did.

    Parameters
    ----------
    n_bars : how many were read and kept
    start_ns, end_ns : the range that was asked for, end excluded; equal for nothing to do
    resumed : whether it began after bars that were there
    """

    n_bars: int
    start_ns: int
    end_ns: int
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


def resume_ns(store: BarStore, symbol: Symbol, timeframe: Timeframe, start_ns: int) -> int:
    """Return where to go on: just after the last stored bar, or `start_ns` if that is later."""
    last = store.last_ns(symbol, timeframe)
    return start_ns if last is None else max(start_ns, last + 1)


async def fetch_into(  # noqa: PLR0913
    store: BarStore,
    channel: DataChannel,
    symbol: Symbol,
    timeframe: Timeframe,
    *,
    start_ns: int,
    end_ns: int | None = None,
    retries: ReadRetries | None = None,
    on_part: Callable[[int, int, int], None] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    dice: random.Random | None = None,
) -> Fetched:
    """Read history and keep it, part by part; go on after the last stored bar.

    Parameters
    ----------
    store, channel : where to and where from
    symbol, timeframe : what
    start_ns : first open time, nanoseconds UTC, where nothing is stored yet
    end_ns : open times before this; None for the venue's now
    retries : how patient each part is
    on_part : told (first ns, last ns, bars kept) after each part is kept; the two ends are excluded
        and meet the next part's
    sleep, dice : passed in so that tests neither wait nor guess

    Raises
    ------
    InvalidValue
        For an end that is not after the start, or None where the channel knows no time.
    AlgoTrendyError
        What the channel or the store raised, after patience; earlier parts are kept.
    """
    if end_ns is None:
        if not isinstance(channel, SupportsServerTime):
            raise InvalidValue(
                "end",
                value=None,
                rule=f"the channel {channel.name} cannot tell the time",
                hint="pass an end",
            )
        end_ns = await read_again(
            channel.server_time_ns, retries=retries or ReadRetries(), sleep=sleep, dice=dice
        )
    if not 0 <= start_ns < end_ns:
        raise InvalidValue(
            "range", value=(start_ns, end_ns), rule="the start must lie before the end"
        )
    first_ns = min(resume_ns(store, symbol, timeframe, start_ns), end_ns)
    n_bars, at_ns = 0, first_ns
    parts = history(
        channel, symbol, timeframe, first_ns, end_ns, retries=retries, sleep=sleep, dice=dice
    )
    async for until_ns, bars in parts:
        if len(bars):
            n_bars += store.append(bars)
        if on_part is not None:
            on_part(at_ns, until_ns, n_bars)
        at_ns = until_ns
    return Fetched(n_bars=n_bars, start_ns=first_ns, end_ns=end_ns, resumed=first_ns > start_ns)
