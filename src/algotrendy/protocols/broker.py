"""Broker: the way to one account at one venue; a small transport without cleverness.

Implement seven methods and two members; inherit nothing. Writes are sent once: an author never
writes a retry. The ids in the methods' docstrings, such as BRK-01, name the checks of a kit.

    class InstantBroker:
        \"\"\"Fills every market order at once, at the price it was made with.\"\"\"

        name = "instant"
        capabilities = BrokerCapabilities(order_types=frozenset({OrderType.MARKET}))

        def __init__(self, price: Decimal) -> None:
            self._price = price
            self._orders: dict[str, OrderState] = {}
            self._fills: list[Fill] = []

        async def instruments(self) -> Sequence[Instrument]:
            return ()

        async def submit(self, order: OrderRequest) -> OrderAck:
            mine = order.client_order_id
            if mine in self._orders:
                return Unknown(client_order_id=mine, reason="the id exists", exists=True)
            if order.order_type is not OrderType.MARKET:
                return Refused(client_order_id=mine, reason=f"no {order.order_type} orders here")
            self._fills.append(
                Fill(
                    venue=self.name, fill_id=mine, client_order_id=mine, symbol=order.symbol,
                    side=order.side, quantity=order.quantity, price=self._price,
                    time_ns=len(self._fills),
                )
            )
            self._orders[mine] = OrderState(
                symbol=order.symbol, side=order.side, status=OrderStatus.FILLED,
                quantity=order.quantity, filled=order.quantity, average_price=self._price,
                client_order_id=mine, venue_order_id=mine,
            )
            return Accepted(client_order_id=mine, venue_order_id=mine, state=self._orders[mine])

        async def cancel(self, ref: OrderRef) -> CancelAck:
            known = await self.order(ref) is not None
            return CancelRefused(ref=ref, reason="nothing works here", not_known=not known)

        async def order(self, ref: OrderRef) -> OrderState | None:
            return self._orders.get(ref.client_order_id or ref.venue_order_id or "")

        async def open_orders(self, symbol: Symbol | None = None) -> Sequence[OrderState]:
            return ()

        async def fills(self, since_ns: int) -> Sequence[Fill]:
            return [one for one in self._fills if one.time_ns >= since_ns]

        async def account(self) -> AccountState:
            held: dict[Symbol, Decimal] = {}
            for one in self._fills:
                held[one.symbol] = held.get(one.symbol, Decimal(0)) + one.signed_quantity
            positions = tuple(Position(symbol=s, quantity=q) for s, q in held.items())
            return AccountState(venue=self.name, time_ns=len(self._fills), positions=positions)

Laws: one call of `submit` or `cancel` is at most one request to the venue; what is not proven
refused is unknown; money is `Decimal`; ids, times and retries belong to the caller.
Used by: the order service, the paper broker, reconciliation.

A write answers with an outcome. Raising one of our errors says the same: `OrderRefused`,
`InsufficientFunds`, `AuthenticationFailed`, `RateLimited` and `ClockSkew` are a `Refused`;
`DuplicateOrderId` is an `Unknown` that exists; everything else, `asyncio.CancelledError` and errors
that are not ours included, is an `Unknown`. So the lazy author is on the safe side.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

from algotrendy.model.order import OrderType, TimeInForce

if TYPE_CHECKING:
    from decimal import Decimal

    from algotrendy.model.account import AccountState
    from algotrendy.model.event import BrokerEvent
    from algotrendy.model.fill import Fill
    from algotrendy.model.instrument import Instrument
    from algotrendy.model.order import OrderRef, OrderRequest, OrderState
    from algotrendy.model.outcome import CancelAck, OrderAck
    from algotrendy.model.symbol import Symbol

__all__ = [
    "Broker",
    "BrokerCapabilities",
    "ClientIdRule",
    "SupportsAmend",
    "SupportsBatch",
    "SupportsLeverage",
    "SupportsOrderStream",
]


@final
class ClientIdRule(enum.StrEnum):
    """What a venue does with a client order id it has seen before: never an idempotency key."""

    UNIQUE = "unique"
    """Refuses the repeat, whatever became of the first."""
    UNIQUE_AMONG_OPEN = "unique_among_open"
    """Refuses the repeat while the first one works; accepts it afterwards."""
    ECHOED = "echoed"
    """Keeps and shows it, protects nothing."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCapabilities:
    """What this broker can do; the kit skips what is not claimed.

    Parameters
    ----------
    order_types, time_in_force : which the venue takes
    post_only, reduce_only : whether it honours these flags
    client_id : what it does with a repeated client order id
    query_by_client_id : `order` finds an order by our id alone
    enforces_lifetime : the venue itself refuses a request later than its window; without this an
        unknown order is never proven absent by time
    recv_window_ms : length of that window
    max_processing_ms : how long after the window the venue may still take the request in
    read_after_write_ms : how long a query may miss an order that was accepted
    confirms_on_submit : an accepted answer means an accepted order, not an accepted request
    is_real : real money; a front door asks twice
    """

    order_types: frozenset[OrderType]
    time_in_force: frozenset[TimeInForce] = frozenset({TimeInForce.GTC})
    post_only: bool = False
    reduce_only: bool = False
    client_id: ClientIdRule = ClientIdRule.UNIQUE
    query_by_client_id: bool = True
    enforces_lifetime: bool = False
    recv_window_ms: int = 5_000
    max_processing_ms: int = 10_000
    read_after_write_ms: int = 0
    confirms_on_submit: bool = True
    is_real: bool = False


class Broker(Protocol):
    """One account at one venue."""

    @property
    def name(self) -> str:
        """A short name for messages and fills. A class attribute is enough, a `ClassVar` is not."""
        ...

    @property
    def capabilities(self) -> BrokerCapabilities:
        """What this broker can do. A class attribute is enough, a `ClassVar` is not."""
        ...

    async def instruments(self) -> Sequence[Instrument]:
        """Return the trading rules of what can be traded (BRK-01). A read: may be tried again.

        Raises `VenueUnavailable`, `RateLimited`, `AuthenticationFailed`.
        """
        ...

    async def submit(self, order: OrderRequest, /) -> OrderAck:
        """Send the order once, under the client order id it has, and tell the outcome (BRK-02).

        An order type or flag that is not claimed is `Refused` before anything is sent (BRK-03). A
        repeated client order id is `Unknown` with `exists`, where the venue refuses it (BRK-04).
        Not idempotent: the caller never sends the same request twice. A time-out, a broken
        connection, a 5xx, an answer that does not parse is `Unknown` (BRK-05). Nothing is rounded:
        quantity and price arrive as written (BRK-06). Raising is described in the module. Cancelled
        at any moment, the outcome is `Unknown` to the caller and the order may exist (BRK-07).
        """
        ...

    async def cancel(self, ref: OrderRef, /) -> CancelAck:
        """Ask once to cancel, and tell the outcome (BRK-08).

        Idempotent in effect: an order that is gone is `CancelRefused` (BRK-09), one the venue does
        not know says `not_known` (BRK-10); both mean: look, a fill may be the reason. Raises as
        `submit` does. Cancelled at any moment, the order may or may not be canceled.
        """
        ...

    async def order(self, ref: OrderRef, /) -> OrderState | None:
        """Return the order as the venue knows it, None when the venue says it does not (BRK-11).

        None is one answer and proves nothing. An error is never None (BRK-12). Closed orders are
        found too, as long as the venue keeps them (BRK-13). Raises as `instruments` does.
        """
        ...

    async def open_orders(self, symbol: Symbol | None = None) -> Sequence[OrderState]:
        """Return every working order of the account, ours or not (BRK-14), of one symbol or all.

        Raises as `instruments` does.
        """
        ...

    async def fills(self, since_ns: int, /) -> Sequence[Fill]:
        """Return every fill with venue time at or after `since_ns`, oldest first (BRK-15).

        `Fill.key` is the same for the same execution in every answer and in the stream (BRK-16).
        Pages are followed to the end: no fill in the range is left out (BRK-17). Raises as
        `instruments` does.
        """
        ...

    async def account(self) -> AccountState:
        """Return balances, positions and the venue's time (BRK-18). Raises as `instruments` does.

        After a fill was reported the position holds it, at the latest after
        `read_after_write_ms` (BRK-19).
        """
        ...


@runtime_checkable
class SupportsOrderStream(Protocol):
    """A broker that tells of its own accord what happens to orders. A hint, not the truth."""

    def order_events(self) -> AsyncIterator[BrokerEvent]:
        """Yield order states and fills as they come; repeats and any order are allowed (BRK-21).

        After a reconnect the first event is a `StreamLost` with the last time that is sure
        (BRK-22): the caller then asks for snapshots. Ends when the broker is closed (BRK-23).
        Raises `AuthenticationFailed` only: every other trouble is reconnected and told. An async
        generator fits: ``async def`` with ``yield``.
        """
        ...


@runtime_checkable
class SupportsAmend(Protocol):
    """A broker that can change a working order in place."""

    async def amend(
        self, ref: OrderRef, /, *, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> OrderAck:
        """Change quantity or price once; outcomes and errors as in `submit` (BRK-24).

        The quantity is the whole order's, what is filled included (BRK-25). What the order is
        afterwards comes from the venue, never from the request.
        """
        ...


@runtime_checkable
class SupportsBatch(Protocol):
    """A broker that can send several orders in one request."""

    async def submit_batch(self, orders: Sequence[OrderRequest], /) -> Sequence[OrderAck]:
        """Send all once; one outcome an order, in the same order (BRK-26).

        An order that the answer does not mention is `Unknown` (BRK-27).
        """
        ...


@runtime_checkable
class SupportsLeverage(Protocol):
    """A broker whose venue has a leverage setting a symbol."""

    async def set_leverage(self, symbol: Symbol, leverage: Decimal, /) -> None:
        """Set it; idempotent (BRK-28). Raises `OrderRefused` for a value the venue refuses."""
        ...
