"""Data channel: market data of one source, as history and as a stream.

Implement two methods and two members; inherit nothing. Paging, limits, retries and back-fill are
not its work. The ids in the methods' docstrings, such as CHN-01, name the checks of a conformance kit.

    def exact(values: FloatArray, row: int) -> Decimal:
        return Decimal(str(values[row].item()))

    class ListChannel:
        \"\"\"Serves bars from memory and replays them as a stream.\"\"\"

        name = "list"

        def __init__(self, bars: Bars) -> None:
            self._bars = bars
            self.capabilities = ChannelCapabilities(
                timeframes=frozenset({str(bars.timeframe)}), streams=frozenset({StreamKind.BARS})
            )

        async def bars(
            self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int
        ) -> Bars:
            if str(timeframe) not in self.capabilities.timeframes:
                raise Unsupported(f"{self.name} has no {timeframe} bars")
            if symbol not in self._bars.symbols:
                raise NoData(f"{self.name} does not know {symbol}")
            bars = self._bars[symbol]
            first, last = bars.open_ns.searchsorted([start_ns, end_ns]).tolist()
            return bars[first:last]

        async def stream(self, subscriptions: Sequence[Subscription]) -> AsyncIterator[MarketEvent]:
            for one in subscriptions:
                bars = self._bars[one.symbol]
                for i in range(len(bars)):
                    yield Bar(
                        symbol=one.symbol, timeframe=bars.timeframe, source=self.name,
                        open_ns=int(bars.open_ns[i]), is_final=True,
                        open=exact(bars.open, i), high=exact(bars.high, i),
                        low=exact(bars.low, i), close=exact(bars.close, i),
                        volume=exact(bars.volume, i),
                    )

Laws: history returns final bars only, sorted, unique, never invented; a stream says what it lost; a
channel reads no setting, keeps no cache and tries nothing twice.
Used by: the market data service, the aggregator (itself a channel), the front door `at.fetch`.

`stream` is declared with ``def``: an async generator (``async def`` with ``yield``) fits it,
because calling one returns the iterator without awaiting.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

if TYPE_CHECKING:
    from algotrendy.model.bars import Bars
    from algotrendy.model.instrument import Instrument
    from algotrendy.model.market import MarketEvent, StreamKind, Subscription, Trade
    from algotrendy.model.symbol import Symbol
    from algotrendy.model.timeframe import Timeframe

__all__ = [
    "ChannelCapabilities",
    "DataChannel",
    "SupportsInstruments",
    "SupportsServerTime",
    "SupportsTradeHistory",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCapabilities:
    """What this channel can do; the kit skips what is not claimed.

    Parameters
    ----------
    timeframes : which it serves as history, as text such as ``"1m"``
    streams : what can be listened to; empty for history only
    max_bars : most bars one call of `bars` asks the source for, None for no limit; the service
        around it splits longer ranges
    requests_per_second : what the source allows, None where nobody knows
    has_quote_volume, has_trades_count : whether bars carry them
    needs_credentials : whether it works without an account
    """

    timeframes: frozenset[str]
    streams: frozenset[StreamKind] = frozenset()
    max_bars: int | None = None
    requests_per_second: float | None = None
    has_quote_volume: bool = False
    has_trades_count: bool = False
    needs_credentials: bool = False


class DataChannel(Protocol):
    """Market data of one source."""

    @property
    def name(self) -> str:
        """A short name: what bars and events carry as their source. A class attribute is enough."""
        ...

    @property
    def capabilities(self) -> ChannelCapabilities:
        """What this channel can do. An attribute is enough, a `ClassVar` is not."""
        ...

    async def bars(
        self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int, /
    ) -> Bars:
        """Return the final bars with ``start_ns <= open time < end_ns``, sorted, unique (CHN-01).

        The bar that is still open is left out (CHN-02). A range without bars gives empty bars
        (CHN-03). Missing bars stay missing (CHN-04). Rows carry this channel's name as source
        (CHN-05). Unknown quote volume is NaN, unknown trade count -1 (CHN-06). Calling again gives
        the same rows (CHN-07): a read, it may be tried again, by the caller. Cancelling leaves
        nothing behind (CHN-08).

        Raises `Unsupported` for a timeframe that is not claimed (CHN-09), `NoData` for a symbol the
        source does not know (CHN-10), `RateLimited`, `VenueUnavailable`, `InvalidBars` naming the
        row when the source contradicts itself.
        """
        ...

    def stream(self, subscriptions: Sequence[Subscription], /) -> AsyncIterator[MarketEvent]:
        """Yield what happens, for every subscription, until closed (CHN-11).

        Bars of one symbol and timeframe come in order of open time (CHN-12); a bar may come several
        times while it is open and exactly once as final (CHN-13). What was lost in a reconnect is
        fetched and marked `is_backfill`, or told as a `StreamGap`, before newer events (CHN-14). A
        silent source is told as `Stale` (CHN-15). Closing the iterator ends the subscription
        (CHN-16).

        Raises `Unsupported` for what is not claimed (CHN-17), `AuthenticationFailed`; every other
        trouble is reconnected and told.
        """
        ...


@runtime_checkable
class SupportsInstruments(Protocol):
    """A channel that knows the trading rules of its venue."""

    async def instruments(self) -> Sequence[Instrument]:
        """Return the trading rules of what is listed (CHN-21). Raises as `DataChannel.bars`."""
        ...


@runtime_checkable
class SupportsServerTime(Protocol):
    """A channel that can ask its venue for the time."""

    async def server_time_ns(self) -> int:
        """Return the venue's time, nanoseconds UTC (CHN-22). Raises as `DataChannel.bars`."""
        ...


@runtime_checkable
class SupportsTradeHistory(Protocol):
    """A channel that serves single trades as history."""

    async def trades(self, symbol: Symbol, start_ns: int, end_ns: int, /) -> Sequence[Trade]:
        """Return trades with ``start_ns <= time < end_ns``, oldest first, each once (CHN-23)."""
        ...
