"""Orders: what we ask for, what names them, and what a venue says about them.

Laws: quantities and prices are finite Decimals; the client order id is always ours and set before
anything is sent; what a venue says about an order is kept as it says it.
Used by: brokers (submit and report them), risk rules, the order service, the simulated broker.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import final

from algotrendy.errors import InvalidOrder, InvalidValue
from algotrendy.model.amounts import check_finite, check_not_negative
from algotrendy.model.symbol import Symbol

__all__ = [
    "OrderRef",
    "OrderRequest",
    "OrderState",
    "OrderStatus",
    "OrderType",
    "Side",
    "TimeInForce",
]

# The intersection of what the venues take; no hyphen, no underscore.
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")


@final
class Side(enum.StrEnum):
    """Which way."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a purchase, -1 for a sale: what a fill does to the position."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


@final
class OrderType(enum.StrEnum):
    """How it is executed."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    """A market order once the price is at the trigger or worse."""
    STOP_LIMIT = "stop_limit"
    """A limit order once the price is at the trigger or worse."""
    TAKE_PROFIT = "take_profit"
    """A market order once the price is at the trigger or better."""
    TAKE_PROFIT_LIMIT = "take_profit_limit"
    """A limit order once the price is at the trigger or better."""

    @property
    def has_price(self) -> bool:
        """True when a limit price belongs to it."""
        return self in _WITH_PRICE

    @property
    def has_trigger(self) -> bool:
        """True when a trigger price belongs to it."""
        return self not in (OrderType.MARKET, OrderType.LIMIT)


_WITH_PRICE = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT})


@final
class TimeInForce(enum.StrEnum):
    """How long it works."""

    GTC = "gtc"
    """Until it is filled or canceled."""
    IOC = "ioc"
    """What can be filled at once; the rest expires."""
    FOK = "fok"
    """All of it at once, or nothing."""
    DAY = "day"
    """Until the session ends."""


@final
class OrderStatus(enum.StrEnum):
    """Where an order is; the moves between these are one table in `trading.order_state`."""

    NEW = "new"
    """Made, not yet seen by the risk gate."""
    APPROVED = "approved"
    """Passed by every risk rule; nothing is sent."""
    SUBMITTING = "submitting"
    """Journalled; it may be on the wire, or accepted as a request only."""
    OPEN = "open"
    """Works at the venue, nothing filled."""
    PARTIALLY_FILLED = "partially_filled"
    """Works at the venue, some filled."""
    CANCEL_PENDING = "cancel_pending"
    """Works at the venue until proven otherwise; a cancel is on its way."""
    UNKNOWN = "unknown"
    """Nobody knows whether the venue has it; it reserves exposure until proven."""
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    """Ended by its time in force."""
    REFUSED = "refused"
    """Never existed: stopped by validation, by a risk rule, or by the venue for sure."""
    ABSENT = "absent"
    """Proven never to have reached the venue: never sent, or dead on the way."""

    @property
    def is_terminal(self) -> bool:
        """True when no event moves it any more."""
        return self in _TERMINAL

    @property
    def is_working(self) -> bool:
        """True when the venue has it and may fill it."""
        return self in _WORKING

    @property
    def reserves(self) -> bool:
        """True while it must count as exposure: from approval until it is terminal."""
        return self not in _TERMINAL and self is not OrderStatus.NEW

    @property
    def is_venue_state(self) -> bool:
        """True when a venue can report it; UNKNOWN stands for a status we cannot read."""
        return self not in _OURS


_TERMINAL = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
        OrderStatus.REFUSED,
        OrderStatus.ABSENT,
    }
)
_WORKING = frozenset({OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCEL_PENDING})
_OURS = frozenset(
    {OrderStatus.NEW, OrderStatus.APPROVED, OrderStatus.SUBMITTING, OrderStatus.ABSENT}
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One attempt to place one order, ready to send.

    Parameters
    ----------
    client_order_id : ours, 1 to 32 letters and digits, fresh for every attempt
    symbol : what is traded
    side, order_type : which way, and how it is executed
    quantity : base units, above zero
    price : limit price, for the types that have one and for no other
    trigger_price : for stops and take-profits and for no other
    time_in_force : how long it works
    post_only : never take liquidity; limit orders that may rest only
    reduce_only : never open or enlarge a position
    signed_ns : the journalled signing time; a broker whose venue enforces a lifetime signs with it
        and not with the time of sending, so that a process that slept wakes with a dead request
    not_after_ns : after this time the request must not be sent

    Raises
    ------
    InvalidOrder
        Naming field, value and rule, and where there is one a `suggestion` that passes.

    Notes
    -----
    Tick, step and minimum are an `Instrument`'s rules, checked where the instrument is known.
    """

    client_order_id: str
    symbol: Symbol
    side: Side
    quantity: Decimal
    order_type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    signed_ns: int | None = None
    not_after_ns: int | None = None

    def __post_init__(self) -> None:
        _check_client_id(self.client_order_id)
        if not isinstance(self.symbol, Symbol):
            raise InvalidOrder(
                "symbol",
                value=self.symbol,
                rule=f"a Symbol is expected: Symbol.parse({str(self.symbol)!r})",
            )
        _check_amount("quantity", self.quantity)
        _check_price("price", self.price, self.order_type, belongs=self.order_type.has_price)
        _check_price(
            "trigger_price",
            self.trigger_price,
            self.order_type,
            belongs=self.order_type.has_trigger,
        )
        if self.post_only and not self.order_type.has_price:
            raise InvalidOrder(
                "post_only",
                value=self.post_only,
                rule=f"a {self.order_type} order always takes liquidity",
                suggestion=False,
            )
        if self.post_only and self.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            raise InvalidOrder(
                "time_in_force",
                value=self.time_in_force,
                rule="a post-only order must be allowed to rest",
                suggestion=TimeInForce.GTC,
            )
        if self.not_after_ns is not None and self.signed_ns is None:
            raise InvalidOrder(
                "signed_ns", value=None, rule="a request with a deadline needs its signing time"
            )
        if (
            self.not_after_ns is not None
            and self.signed_ns is not None
            and self.not_after_ns <= self.signed_ns
        ):
            raise InvalidOrder(
                "not_after_ns",
                value=self.not_after_ns,
                rule=f"it must be later than signed_ns {self.signed_ns}",
            )

    @property
    def signed_quantity(self) -> Decimal:
        """Quantity with the sign of the side: what a complete fill does to the position."""
        return self.quantity * self.side.sign

    @property
    def ref(self) -> OrderRef:
        """What names this order before the venue has given it an id."""
        return OrderRef(client_order_id=self.client_order_id, symbol=self.symbol)


def _check_client_id(text: str) -> None:
    given: object = text  # callers without a type checker pass uuid.UUID and None
    if isinstance(given, str) and _CLIENT_ID.fullmatch(given):
        return
    kept = "".join(c for c in str(text) if c.isascii() and c.isalnum())[:32]
    raise InvalidOrder(
        "client_order_id",
        value=repr(text),
        rule="1 to 32 ASCII letters and digits are allowed, the most that every venue takes",
        suggestion=kept or None,
    )


def _check_amount(field: str, value: Decimal) -> None:
    if not isinstance(value, Decimal):
        passes = value if isinstance(value, int | float) and 0 < value < float("inf") else None
        raise InvalidOrder(
            field,
            value=repr(value),
            rule="a Decimal is expected, never a float",
            suggestion=None if passes is None else f"Decimal({str(passes)!r})",
        )
    if not value.is_finite():
        raise InvalidOrder(field, value=value, rule="a finite number is expected")
    if value <= 0:
        raise InvalidOrder(field, value=value, rule="above zero is expected; the side has the sign")


def _check_price(field: str, value: Decimal | None, kind: OrderType, *, belongs: bool) -> None:
    if value is None and belongs:
        raise InvalidOrder(field, value=None, rule=f"a {kind} order needs one")
    if value is not None and not belongs:
        raise InvalidOrder(field, value=value, rule=f"a {kind} order has none", suggestion="None")
    if value is not None:
        _check_amount(field, value)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    """What names an order at a venue: our id, and the venue's where it is known.

    An order that is not ours has no client order id; one that is unconfirmed has no venue id. One
    of the two is always there.
    """

    symbol: Symbol
    client_order_id: str | None = None
    venue_order_id: str | None = None

    def __post_init__(self) -> None:
        if not self.client_order_id and not self.venue_order_id:
            raise InvalidValue(
                "client_order_id",
                value=self.client_order_id,
                rule="an order is named by our id or by the venue's",
                hint="pass client_order_id or venue_order_id",
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """What a venue says about an order at one moment. A fact: it is kept as the venue tells it.

    Parameters
    ----------
    symbol, side, order_type : what it is
    status : a state a venue can report; UNKNOWN for a status that cannot be read
    quantity, filled : base units; a venue can report more filled than asked, see `is_overfilled`
    client_order_id : None for an order that is not ours
    venue_order_id : None while the venue has given none
    price, trigger_price : as working at the venue, None where there is none
    average_price : of what is filled, None when nothing is
    time_in_force, reduce_only : as working at the venue
    created_ns, updated_ns : venue time, nanoseconds UTC; None where the venue does not say
    reason : the venue's words for a refusal or a cancel
    """

    symbol: Symbol
    side: Side
    status: OrderStatus
    quantity: Decimal
    filled: Decimal = Decimal(0)
    order_type: OrderType = OrderType.MARKET
    client_order_id: str | None = None
    venue_order_id: str | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    average_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    created_ns: int | None = None
    updated_ns: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.status.is_venue_state:
            raise InvalidValue(
                "status",
                value=str(self.status),
                rule="a state that a venue can report is expected",
                hint="an order the venue does not know is None, an unreadable status is UNKNOWN",
            )
        check_not_negative("quantity", self.quantity)
        check_not_negative("filled", self.filled)
        for field in ("price", "trigger_price", "average_price"):
            value: Decimal | None = getattr(self, field)
            if value is not None:
                check_finite(field, value)

    @property
    def remaining(self) -> Decimal:
        """What may still fill, at least zero."""
        return max(self.quantity - self.filled, Decimal(0))

    @property
    def is_overfilled(self) -> bool:
        """True when the venue reports more filled than was asked: an alarm, not a number to use."""
        return self.filled > self.quantity

    @property
    def ref(self) -> OrderRef:
        """What names this order."""
        return OrderRef(
            symbol=self.symbol,
            client_order_id=self.client_order_id,
            venue_order_id=self.venue_order_id,
        )
