"""Instruments: what a venue allows for one symbol, in exact numbers.

Laws: every amount is a finite Decimal; quantities are in base units, so a venue that counts in
contracts is converted by its adapter; equal rules have equal texts.
Used by: order planning, brokers (`instruments()`), backtest specs, portfolio views.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import final

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_finite, check_not_negative, check_positive
from algotrendy.model.multiples import canonical, multiple_down, multiple_up
from algotrendy.model.symbol import Symbol

__all__ = ["Instrument"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """The trading rules of one symbol at one venue.

    Parameters
    ----------
    symbol : what is traded
    tick : prices are whole multiples of it, quote units
    step : quantities are whole multiples of it, base units
    min_quantity : the least quantity of an order, base units; 0 is no rule
    max_quantity : the most, None is no rule
    min_notional : the least quantity x price of an order, quote units; 0 is no rule
    contract_size : base units in one contract, 1 for spot; of use to adapters only
    fee_currency : what fees are charged in, None where the venue decides by order
    maker_fee, taker_fee : fraction of the traded value, None where unknown; a rebate is below zero

    Raises
    ------
    InvalidValue
        For an amount that is no finite Decimal, or rules that no order can meet.
    """

    symbol: Symbol
    tick: Decimal
    step: Decimal
    min_quantity: Decimal = Decimal(0)
    max_quantity: Decimal | None = None
    min_notional: Decimal = Decimal(0)
    contract_size: Decimal = Decimal(1)
    fee_currency: str | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("tick", "step", "contract_size"):
            check_positive(name, getattr(self, name))
        for name in ("min_quantity", "min_notional"):
            check_not_negative(name, getattr(self, name))
        for name in ("maker_fee", "taker_fee"):
            rate: Decimal | None = getattr(self, name)
            if rate is not None:
                check_finite(name, rate)
                if not -1 < rate < 1:
                    raise InvalidValue(
                        name,
                        value=rate,
                        rule="a fraction between -1 and 1 is expected",
                        hint="10 basis points are Decimal('0.001')",
                    )
        if self.max_quantity is not None:
            check_positive("max_quantity", self.max_quantity)
            if multiple_down(self.max_quantity, self.step) < self.smallest:
                raise InvalidValue(
                    "max_quantity",
                    value=self.max_quantity,
                    rule=f"no multiple of step {self.step} lies between min_quantity "
                    f"{self.min_quantity} and it",
                )
        for name in _AMOUNTS:
            amount: Decimal | None = getattr(self, name)
            if amount is not None:
                # 0.10 and 0.1 are one rule: one text, one hash of a spec that holds it.
                object.__setattr__(self, name, canonical(amount))

    @property
    def smallest(self) -> Decimal:
        """The least quantity that is a multiple of `step` and not below `min_quantity`."""
        return max(self.step, multiple_up(self.min_quantity, self.step))

    @property
    def largest(self) -> Decimal | None:
        """The most that is a multiple of `step` and not above `max_quantity`, None for no rule."""
        return None if self.max_quantity is None else multiple_down(self.max_quantity, self.step)


_AMOUNTS = (
    "tick",
    "step",
    "min_quantity",
    "max_quantity",
    "min_notional",
    "contract_size",
    "maker_fee",
    "taker_fee",
)
