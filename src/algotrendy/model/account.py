"""Accounts: balances and positions as a venue tells them, and the view that risk rules see.

Laws: what may become exposure counts as exposure: working and unknown orders are in the view and in
every sum until they are proven gone; nothing here reads a clock, times are passed in.
Used by: brokers (report accounts), risk rules (see views), reconciliation, strategies.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, final

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_finite, check_not_negative, check_positive
from algotrendy.model.order import OrderRequest, OrderStatus, Side
from algotrendy.model.position import Position
from algotrendy.model.symbol import Symbol

if TYPE_CHECKING:
    from algotrendy.model.instrument import Instrument

__all__ = ["AccountState", "Balance", "PendingOrder", "PortfolioView", "TradingState"]


@final
class TradingState(enum.StrEnum):
    """What may be sent."""

    ACTIVE = "active"
    REDUCING = "reducing"
    """Only orders that reduce exposure, and cancels."""
    HALTED = "halted"
    """Only cancels."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How much of one currency an account has.

    Parameters
    ----------
    currency : the asset
    total : all of it; below zero is borrowed
    free : what is not tied up in orders or margin
    """

    currency: str
    total: Decimal
    free: Decimal

    def __post_init__(self) -> None:
        check_finite(f"balance of {self.currency}: total", self.total)
        check_finite(f"balance of {self.currency}: free", self.free)

    @property
    def used(self) -> Decimal:
        """Total minus free: tied up in orders or margin."""
        return self.total - self.free


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account at one moment, as the venue tells it.

    Parameters
    ----------
    venue, account : which
    time_ns : venue time, nanoseconds UTC; a free sample of the venue's clock
    balances : one a currency
    positions : what is held of contracts; spot holdings are balances
    equity : the venue's own figure in its own currency, None where it has none
    """

    venue: str
    time_ns: int
    balances: tuple[Balance, ...] = ()
    positions: tuple[Position, ...] = ()
    account: str = ""
    equity: Decimal | None = None

    def __post_init__(self) -> None:
        _check_unique("balances", [one.currency for one in self.balances])
        _check_unique("positions", [str(one.symbol) for one in self.positions])
        if self.equity is not None:
            check_finite("equity", self.equity)

    def balance(self, currency: str) -> Balance:
        """Return the balance of one currency; zero when the venue lists none."""
        for one in self.balances:
            if one.currency == currency:
                return one
        return Balance(currency=currency, total=Decimal(0), free=Decimal(0))

    def position(self, symbol: Symbol) -> Position:
        """Return the position in one symbol; flat when the venue lists none."""
        for one in self.positions:
            if one.symbol == symbol:
                return one
        return Position(symbol=symbol, quantity=Decimal(0))


def _check_unique(name: str, keys: list[str]) -> None:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InvalidValue(name, value=twice, rule="each may be listed once")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOrder:
    """What an approved, working or unknown order may still do to the position.

    Parameters
    ----------
    client_order_id : ours, or the venue's id of an order that is not ours
    symbol, side : what and which way
    remaining : base units that may still fill; all of it while the order is unknown
    status : one that reserves exposure
    price : limit price, None for a market order
    reduce_only : the venue lets it reduce only
    """

    client_order_id: str
    symbol: Symbol
    side: Side
    remaining: Decimal
    status: OrderStatus
    price: Decimal | None = None
    reduce_only: bool = False

    def __post_init__(self) -> None:
        check_not_negative("remaining", self.remaining)
        if not self.status.reserves:
            raise InvalidValue(
                "status",
                value=str(self.status),
                rule="an order that may still fill is expected",
                hint="leave terminal orders out of the view",
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """What a risk rule sees: the account, the prices, and everything that may still fill.

    The same value in backtest, paper and live.

    Parameters
    ----------
    time_ns : time of the decision, nanoseconds UTC; rules read no clock
    currency : what equity and cash are counted in
    equity : cash and positions at their marks
    cash : what is free to spend
    positions : by symbol; a symbol that is not there is flat
    marks : last price by symbol, quote units
    pending : every order that reserves exposure, unknown ones included
    trading_state : what may be sent
    day_start_equity : equity when the trading day began, None when not known
    peak_equity : the highest equity so far, None when not known
    sent_ns : times of orders already sent, oldest first, as far back as rate rules look
    instruments : trading rules by symbol, where known
    latches : codes of the rules that latched and were not released
    """

    time_ns: int
    currency: str
    equity: Decimal
    cash: Decimal
    positions: Mapping[Symbol, Position] = field(default_factory=dict)
    marks: Mapping[Symbol, Decimal] = field(default_factory=dict)
    pending: tuple[PendingOrder, ...] = ()
    trading_state: TradingState = TradingState.ACTIVE
    day_start_equity: Decimal | None = None
    peak_equity: Decimal | None = None
    sent_ns: tuple[int, ...] = ()
    instruments: Mapping[Symbol, Instrument] = field(default_factory=dict)
    latches: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check_finite("equity", self.equity)
        check_finite("cash", self.cash)
        for symbol, mark in self.marks.items():
            check_positive(f"mark of {symbol}", mark)

    def quantity(self, symbol: Symbol) -> Decimal:
        """Return the base units held, below zero is short, zero when there is no position."""
        held = self.positions.get(symbol)
        return Decimal(0) if held is None else held.quantity

    def mark(self, symbol: Symbol) -> Decimal:
        """Return the last price; raise `InvalidValue` when none is known: a rule then rejects."""
        try:
            return self.marks[symbol]
        except KeyError:
            raise InvalidValue(
                "marks", value=str(symbol), rule="no price is known for it, so it has no exposure"
            ) from None

    def pending_quantity(self, symbol: Symbol, side: Side) -> Decimal:
        """Return the base units of one side that may still fill, unknown orders included."""
        return sum((one.remaining for one in self._pending(symbol, side)), Decimal(0))

    def worst_quantity(self, symbol: Symbol, order: OrderRequest | None = None) -> Decimal:
        """Return the largest absolute position that may result, base units.

        The larger of: every purchase fills and no sale, or every sale and no purchase. With
        `order`, as if it were pending too. Orders that may only reduce are left out: they cannot
        make the position larger.
        """
        held = self.quantity(symbol)
        more = {Side.BUY: Decimal(0), Side.SELL: Decimal(0)}
        for side in Side:
            for one in self._pending(symbol, side):
                more[side] += Decimal(0) if one.reduce_only else one.remaining
        if order is not None and order.symbol == symbol and not order.reduce_only:
            more[order.side] += order.quantity
        return max(abs(held + more[Side.BUY]), abs(held - more[Side.SELL]), abs(held))

    def worst_exposure(self, symbol: Symbol, order: OrderRequest | None = None) -> Decimal:
        """Return `worst_quantity` at the mark, quote units."""
        quantity = self.worst_quantity(symbol, order)
        return quantity * self.mark(symbol) if quantity else Decimal(0)

    def worst_gross_exposure(self, order: OrderRequest | None = None) -> Decimal:
        """Return the sum of `worst_exposure` over every symbol held, pending or asked for."""
        symbols = {*self.positions, *(one.symbol for one in self.pending)}
        if order is not None:
            symbols.add(order.symbol)
        return sum((self.worst_exposure(s, order) for s in symbols), Decimal(0))

    def reduces(self, order: OrderRequest) -> bool:
        """Tell whether `order` can only reduce the position, whatever else fills first.

        True when it is against the position and not larger than what is left after everything
        pending on its side has filled.
        """
        held = self.quantity(order.symbol)
        if held == 0 or (held > 0) == (order.side is Side.BUY):
            return False
        left = abs(held) - self.pending_quantity(order.symbol, order.side)
        return order.quantity <= left

    def _pending(self, symbol: Symbol, side: Side) -> Iterable[PendingOrder]:
        return (one for one in self.pending if one.symbol == symbol and one.side is side)
