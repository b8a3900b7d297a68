"""Positions: how much of a symbol is held, and at what price it was entered.

Laws: the quantity is signed, below zero is short; it is the sum of the signed fills; a flat
position has no entry price.
Used by: accounts, portfolio views, the ledger, reconciliation.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import final

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_finite
from algotrendy.model.order import Side
from algotrendy.model.symbol import Symbol

__all__ = ["Position"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What is held of one symbol.

    Parameters
    ----------
    symbol : what is held
    quantity : base units, below zero is short
    average_price : average entry price, quote units; None when flat or not known
    opened_ns : time of the fill that opened it, None when flat or not known
    """

    symbol: Symbol
    quantity: Decimal
    average_price: Decimal | None = None
    opened_ns: int | None = None

    def __post_init__(self) -> None:
        check_finite("quantity", self.quantity)
        if self.average_price is not None:
            check_finite("average_price", self.average_price)
            if self.quantity == 0:
                raise InvalidValue(
                    "average_price", value=self.average_price, rule="a flat position has none"
                )

    @property
    def is_flat(self) -> bool:
        """True when nothing is held."""
        return self.quantity == 0

    @property
    def side(self) -> Side | None:
        """BUY when long, SELL when short, None when flat."""
        if self.quantity == 0:
            return None
        return Side.BUY if self.quantity > 0 else Side.SELL

    def value(self, mark: Decimal) -> Decimal:
        """Return quantity times `mark`, signed, quote units."""
        return self.quantity * mark

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return the profit at `mark` before fees, quote units: quantity x (mark - average price).

        Raises `InvalidValue` when something is held and its entry price is not known.
        """
        if self.quantity == 0:
            return Decimal(0)
        if self.average_price is None:
            raise InvalidValue(
                "average_price", value=None, rule=f"the entry price of {self.symbol} is not known"
            )
        return self.quantity * (mark - self.average_price)
