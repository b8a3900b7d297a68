"""Outcomes: how a write to a venue ended, as far as anybody knows.

Laws: a write has three outcomes; whatever is not proven refused is unknown; an unknown order is
resolved, never sent again.
Used by: brokers (answer with them), the order service and its journal, the simulated broker.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from algotrendy.model.order import OrderRef, OrderState

__all__ = [
    "Accepted",
    "CancelAccepted",
    "CancelAck",
    "CancelRefused",
    "CancelUnknown",
    "OrderAck",
    "RefusalKind",
    "Refused",
    "Unknown",
]


@final
class RefusalKind(enum.StrEnum):
    """Why a venue refused, as far as it changes what to do next."""

    ORDER = "order"
    """This order, as it is: a rule of the instrument, the price band, the market."""
    FUNDS = "funds"
    """The account cannot pay."""
    AUTHENTICATION = "authentication"
    RATE = "rate"
    """Too many requests, said by a parsed venue code."""
    CLOCK = "clock"
    """Outside the request window: measure the clock offset."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The venue has the order.

    Parameters
    ----------
    client_order_id : ours, as the venue echoes it
    venue_order_id : the venue's, None where it comes later
    state : the order as it is in the same answer, where the venue sends it
    is_confirmed : False where the venue accepts the *request* only: the order stays SUBMITTING
        until the order stream or a query confirms it
    """

    client_order_id: str
    venue_order_id: str | None = None
    state: OrderState | None = None
    is_confirmed: bool = True


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The venue refused for sure: the order does not exist."""

    client_order_id: str
    reason: str
    kind: RefusalKind = RefusalKind.ORDER
    venue_code: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody knows whether the order exists: resolve it, never send it again.

    `exists` is True when the venue says the client order id is there already: look it up now and
    adopt it.
    """

    client_order_id: str
    reason: str
    exists: bool = False
    venue_code: str | None = None


OrderAck = Accepted | Refused | Unknown
"""The three outcomes of `Broker.submit`."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAccepted:
    """The venue takes the cancel; `state` is the order as it is in the same answer, where there is one.

    Without a state the order is not canceled yet: it may still fill until a report says so.
    """

    ref: OrderRef
    state: OrderState | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRefused:
    """The cancel did nothing. Look at the order: a fill may be the reason.

    `not_known` is True when the venue says it does not know the order; that proves nothing.
    """

    ref: OrderRef
    reason: str
    not_known: bool = False
    venue_code: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelUnknown:
    """Nobody knows whether the cancel took effect: look at the order. It may be sent again."""

    ref: OrderRef
    reason: str
    venue_code: str | None = None


CancelAck = CancelAccepted | CancelRefused | CancelUnknown
"""The three outcomes of `Broker.cancel`."""
