"""Events: what happened to orders and accounts, as values that a journal can keep.

Laws: an event is a fact with a time, and is never changed; the journal of an order is enough to
know where it is; what a stream may have lost is itself an event.
Used by: brokers (order streams), the order service and its journal, the bus, event strategies.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import final

from algotrendy.errors import InvalidValue
from algotrendy.model.account import TradingState
from algotrendy.model.amounts import check_finite
from algotrendy.model.decision import RiskDecision
from algotrendy.model.fill import Fill
from algotrendy.model.order import OrderRef, OrderRequest, OrderState, OrderStatus
from algotrendy.model.outcome import CancelAck, OrderAck
from algotrendy.model.symbol import Symbol

__all__ = [
    "AccountAdjusted",
    "BrokerEvent",
    "CancelAnswered",
    "CancelRequested",
    "FillBooked",
    "OrderAnswered",
    "OrderEvent",
    "OrderIntended",
    "OrderProvenAbsent",
    "OrderReported",
    "OrderSubmitting",
    "ReportOrigin",
    "RiskDecided",
    "StreamLost",
    "TradingStateChanged",
]


@final
class ReportOrigin(enum.StrEnum):
    """How we came to know what a venue says."""

    ANSWER = "answer"
    """In the answer to a write."""
    STREAM = "stream"
    """By the order stream: a hint."""
    QUERY = "query"
    """By asking for this order."""
    SNAPSHOT = "snapshot"
    """By asking for all open orders, fills or the account."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntended:
    """A strategy or a person wants this order. `intent_id` links all attempts at one intent."""

    time_ns: int
    intent_id: str
    order: OrderRequest


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDecided:
    """The gate decided; on record before anything is sent."""

    time_ns: int
    decision: RiskDecision


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSubmitting:
    """Durable before the first byte leaves: this order, signed then, dead after its deadline.

    Raises `InvalidValue` when the order has no signing time or no deadline.
    """

    time_ns: int
    order: OrderRequest

    def __post_init__(self) -> None:
        if self.order.signed_ns is None or self.order.not_after_ns is None:
            raise InvalidValue(
                "order.not_after_ns",
                value=self.order.not_after_ns,
                rule="an order that is sent has a signing time and a deadline on record",
                hint="pass signed_ns and not_after_ns to OrderRequest",
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswered:
    """The submit had this outcome."""

    time_ns: int
    ack: OrderAck


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """A cancel of this order is about to be sent."""

    time_ns: int
    ref: OrderRef


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAnswered:
    """The cancel had this outcome."""

    time_ns: int
    ack: CancelAck


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported:
    """The venue says this about an order.

    `is_external` marks an order that no journal of ours knows: it is reported, never traded again.
    """

    time_ns: int
    state: OrderState
    origin: ReportOrigin
    is_external: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProvenAbsent:
    """Every condition of absence holds: the order never reached the venue."""

    time_ns: int
    client_order_id: str
    evidence: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FillBooked:
    """A fill was booked.

    Parameters
    ----------
    time_ns : when it was booked; the fill has the venue's time
    fill : what was booked
    origin : how we came to know it
    late_after : the terminal status its order had already: booked all the same, and an alarm
    """

    time_ns: int
    fill: Fill
    origin: ReportOrigin
    late_after: OrderStatus | None = None

    def __post_init__(self) -> None:
        if self.late_after is not None and not self.late_after.is_terminal:
            raise InvalidValue(
                "late_after", value=str(self.late_after), rule="a terminal status is expected"
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAdjusted:
    """Our books were set to the venue's: a marked difference, never an invented trade.

    Exactly one of `symbol` (a position) and `currency` (a balance) is set.
    """

    time_ns: int
    old: Decimal
    new: Decimal
    reason: str
    symbol: Symbol | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        if (self.symbol is None) == (self.currency is None):
            raise InvalidValue(
                "symbol",
                value=self.symbol,
                rule="either a symbol or a currency is adjusted",
                hint="pass exactly one of symbol and currency",
            )
        check_finite("old", self.old)
        check_finite("new", self.new)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateChanged:
    """What may be sent changed, for one symbol or (None) for all."""

    time_ns: int
    state: TradingState
    reason: str
    symbol: Symbol | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLost:
    """An order stream was broken for a while: anything may have happened in between.

    React: ask for open orders, fills since `since_ns` and the account, in that order.
    """

    time_ns: int
    since_ns: int
    reason: str = ""


BrokerEvent = OrderState | Fill | StreamLost
"""What an order stream yields: hints, and the confession that some were lost."""

OrderEvent = (
    OrderIntended
    | RiskDecided
    | OrderSubmitting
    | OrderAnswered
    | CancelRequested
    | CancelAnswered
    | OrderReported
    | OrderProvenAbsent
    | FillBooked
    | AccountAdjusted
    | TradingStateChanged
    | StreamLost
)
"""What the journal keeps, in the order in which it happened."""
