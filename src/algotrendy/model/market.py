"""Market events: what a stream says, and what it must say about what it lost.

Laws: prices and quantities are Decimals; a consumer sees no hole and no repeat, or an explicit
`StreamGap`; every event names its source; nothing is made up to fill a silence.
Used by: channels (yield them), the aggregator, market data services, event strategies.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, final

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_not_negative, check_positive
from algotrendy.model.order import Side
from algotrendy.model.symbol import Symbol

if TYPE_CHECKING:
    from algotrendy.model.timeframe import Timeframe

__all__ = [
    "Bar",
    "BookLevel",
    "BookSnapshot",
    "MarketEvent",
    "Quote",
    "SourceChanged",
    "Stale",
    "StreamGap",
    "StreamKind",
    "Subscription",
    "Trade",
]


@final
class StreamKind(enum.StrEnum):
    """What to listen to."""

    BARS = "bars"
    TRADES = "trades"
    QUOTES = "quotes"
    BOOK = "book"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One thing to listen to.

    Parameters
    ----------
    symbol : of what
    kind : which events
    timeframe : for bars, and for nothing else
    depth : levels a side for a book, None for what the venue gives; for nothing else
    """

    symbol: Symbol
    kind: StreamKind
    timeframe: Timeframe | None = None
    depth: int | None = None

    def __post_init__(self) -> None:
        if (self.timeframe is not None) != (self.kind is StreamKind.BARS):
            raise InvalidValue(
                "timeframe",
                value=None if self.timeframe is None else str(self.timeframe),
                rule="bars need one, nothing else has one",
                hint=f"this subscription is to {self.kind}",
            )
        if self.depth is not None and (self.kind is not StreamKind.BOOK or self.depth < 1):
            raise InvalidValue("depth", value=self.depth, rule="1 or more levels, for a book only")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of one symbol, as it stands at one moment.

    Parameters
    ----------
    symbol, timeframe : which series
    open_ns : open time, nanoseconds UTC: the bar's name
    open, high, low, close : quote units, above zero
    volume : base units
    is_final : the venue says so, or a later bar exists; only final bars may be stored or traded on
    quote_volume : quote units, None when unknown
    trades_count : number of trades, -1 when unknown
    source : where it came from
    is_backfill : fetched after a reconnect, not streamed
    """

    symbol: Symbol
    timeframe: Timeframe
    open_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    is_final: bool
    quote_volume: Decimal | None = None
    trades_count: int = -1
    source: str = ""
    is_backfill: bool = False

    def __post_init__(self) -> None:
        for field in ("open", "high", "low", "close"):
            check_positive(field, getattr(self, field))
        for field in ("open", "close"):
            price: Decimal = getattr(self, field)
            if not self.low <= price <= self.high:
                raise InvalidValue(
                    field,
                    value=price,
                    rule=f"it must lie between low {self.low} and high {self.high}",
                )
        check_not_negative("volume", self.volume)
        if self.quote_volume is not None:
            check_not_negative("quote_volume", self.quote_volume)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One public trade. `side` is the taker's, None where the venue does not say."""

    symbol: Symbol
    time_ns: int
    price: Decimal
    quantity: Decimal
    side: Side | None = None
    trade_id: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        check_positive("price", self.price)
        check_positive("quantity", self.quantity)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Best bid and ask; a quantity is None where the venue does not say."""

    symbol: Symbol
    time_ns: int
    bid: Decimal
    ask: Decimal
    bid_quantity: Decimal | None = None
    ask_quantity: Decimal | None = None
    source: str = ""

    def __post_init__(self) -> None:
        check_positive("bid", self.bid)
        check_positive("ask", self.ask)
        for field in ("bid_quantity", "ask_quantity"):
            value: Decimal | None = getattr(self, field)
            if value is not None:
                check_not_negative(field, value)

    @property
    def mid(self) -> Decimal:
        """Half way between bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal:
        """Ask minus bid, quote units; below zero for a crossed quote."""
        return self.ask - self.bid


@final
@dataclass(frozen=True, slots=True)
class BookLevel:
    """One level of a book: a price, and the quantity that rests there."""

    price: Decimal
    quantity: Decimal

    def __post_init__(self) -> None:
        check_positive("price", self.price)
        check_positive("quantity", self.quantity)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BookSnapshot:
    """The book of one symbol at one moment, best levels first.

    `sequence` is the venue's number of the state, None where it has none. A venue's diffs are put
    together inside the channel: consumers see whole books only.
    """

    symbol: Symbol
    time_ns: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    sequence: int | None = None
    source: str = ""

    def __post_init__(self) -> None:
        bids, asks = [one.price for one in self.bids], [one.price for one in self.asks]
        if bids != sorted(set(bids), reverse=True):
            raise InvalidValue("bids", value=bids[:5], rule="prices must fall, each once")
        if asks != sorted(set(asks)):
            raise InvalidValue("asks", value=asks[:5], rule="prices must rise, each once")

    @property
    def is_crossed(self) -> bool:
        """True when the best bid is at or above the best ask: do not trade on it."""
        return bool(self.bids and self.asks) and self.bids[0].price >= self.asks[0].price


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StreamGap:
    """Events of a stream between two times are lost and could not be fetched again.

    What is missing inside bars of history is a `gaps.Gap`; this one names its stream.

    Parameters
    ----------
    symbol, kind : of which stream
    start_ns, end_ns : ``[start, end)``; for bars the open times that are missing
    timeframe : for bars
    source, reason : whose stream it was, and what happened, in words
    """

    symbol: Symbol
    kind: StreamKind
    start_ns: int
    end_ns: int
    timeframe: Timeframe | None = None
    source: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.end_ns <= self.start_ns:
            raise InvalidValue(
                "end_ns", value=self.end_ns, rule=f"it must be later than start_ns {self.start_ns}"
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A stream has been silent for too long; it may be connected all the same.

    Parameters
    ----------
    symbol, kind : of which stream
    last_ns : time of its newest event, None when there was none
    now_ns : when it was noticed
    source : whose stream it is
    """

    symbol: Symbol
    kind: StreamKind
    last_ns: int | None
    now_ns: int
    source: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanged:
    """From `time_ns` on this stream comes from another source."""

    symbol: Symbol
    kind: StreamKind
    time_ns: int
    old_source: str
    new_source: str
    reason: str = ""

    def __post_init__(self) -> None:
        if self.old_source == self.new_source:
            raise InvalidValue(
                "new_source", value=self.new_source, rule="another source than before is expected"
            )


MarketEvent = Bar | Trade | Quote | BookSnapshot | StreamGap | Stale | SourceChanged
"""What `DataChannel.stream` yields."""
