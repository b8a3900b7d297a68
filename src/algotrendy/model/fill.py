"""Fills: what was traded, at what price and for what fee.

Laws: a fill is booked once, whatever the order and number of deliveries: `key` tells; a correction
has the same key and a higher revision and replaces; a fee keeps the currency it was charged in.
Used by: brokers (report them), the ledger, the order service, strategies.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import final

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_finite, check_positive
from algotrendy.model.order import Side
from algotrendy.model.symbol import Symbol

__all__ = ["Fill", "FillKey"]

FillKey = tuple[str, str, Symbol, str]
"""Venue, account, symbol, fill id: what makes two deliveries the same fill."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution at a venue.

    Parameters
    ----------
    venue, account : where, and on which of our accounts there
    fill_id : the venue's id of the execution, without a revision suffix
    symbol, side : what and which way
    quantity : base units, above zero
    price : quote units
    time_ns : venue time, nanoseconds UTC
    fee : above zero is paid, below zero is a rebate
    fee_currency : the asset the fee was charged in; needed unless the fee is zero
    client_order_id : of the order, None when it is not ours
    venue_order_id : of the order, None where the venue does not say
    is_maker : it rested in the book; None where the venue does not say
    revision : 0, and higher for each correction by the venue

    Raises
    ------
    InvalidValue
        Naming field, value and rule.
    """

    venue: str
    fill_id: str
    symbol: Symbol
    side: Side
    quantity: Decimal
    price: Decimal
    time_ns: int
    account: str = ""
    fee: Decimal = Decimal(0)
    fee_currency: str | None = None
    client_order_id: str | None = None
    venue_order_id: str | None = None
    is_maker: bool | None = None
    revision: int = 0

    def __post_init__(self) -> None:
        if not self.fill_id:
            raise InvalidValue(
                "fill_id",
                value=self.fill_id,
                rule="the venue's id is expected: it keeps fills apart",
            )
        check_positive("quantity", self.quantity)
        check_finite("price", self.price)
        check_finite("fee", self.fee)
        if self.fee != 0 and not self.fee_currency:
            raise InvalidValue(
                "fee_currency",
                value=self.fee_currency,
                rule=f"a fee of {self.fee} needs the asset it was charged in",
                hint="pass fee_currency='USDT'",
            )
        if self.revision < 0:
            raise InvalidValue("revision", value=self.revision, rule="at least zero is expected")

    @property
    def key(self) -> FillKey:
        """What makes two deliveries the same fill: venue, account, symbol and fill id."""
        return self.venue, self.account, self.symbol, self.fill_id

    @property
    def signed_quantity(self) -> Decimal:
        """Quantity with the sign of the side: what it adds to the position."""
        return self.quantity * self.side.sign

    @property
    def notional(self) -> Decimal:
        """Quantity times price, quote units, fee not included."""
        return self.quantity * self.price

    def corrects(self, other: Fill) -> bool:
        """Tell whether this is a later revision of the same fill: it replaces, it does not add."""
        return self.key == other.key and self.revision > other.revision
