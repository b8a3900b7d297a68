"""Order planning: quantities to step, prices to tick on the safe side, or refused with numbers.

Laws: a quantity is only ever rounded down, so rounding never adds risk; a price is rounded down for
a purchase and up for a sale, so it is never worse than asked; what falls below a minimum is refused
with a suggestion that itself passes; nothing is enlarged silently.
Used by: the order service and simulated brokers (Decimal), backtest kernels (arrays); one rule in
two forms, compared by a property test.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, final

import numpy as np

from algotrendy.errors import InvalidOrder, InvalidValue
from algotrendy.model.amounts import check_positive
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.instrument import Instrument
from algotrendy.model.multiples import (
    decimal_text,
    exact_product,
    multiple_down,
    multiple_up,
    multiples_up,
)
from algotrendy.model.order import Side

__all__ = ["PlannedOrder", "plan_order", "plan_price", "quantity_steps", "tradable_quantity"]

_TOLERANCE = 2 * 2.0**-52
_MOST_STEPS = 2.0**53


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """What may be sent: exact multiples, within the instrument's limits.

    Parameters
    ----------
    quantity : base units, a multiple of the step, not above what was asked
    price : quote units, a multiple of the tick, not worse than asked; None for a market order
    """

    quantity: Decimal
    price: Decimal | None = None

    @property
    def quantity_text(self) -> str:
        """The quantity as a venue reads it: plain digits, no exponent."""
        return decimal_text(self.quantity)

    @property
    def price_text(self) -> str | None:
        """The price as a venue reads it, None for a market order."""
        return None if self.price is None else decimal_text(self.price)


def plan_order(
    instrument: Instrument,
    *,
    side: Side,
    quantity: Decimal,
    price: Decimal | None = None,
    reference_price: Decimal | None = None,
) -> PlannedOrder:
    """Round an order to what the venue takes, or refuse it.

    Parameters
    ----------
    instrument : the venue's rules for the symbol
    side : which way; decides on which side of the tick the price goes
    quantity : base units wanted, above zero
    price : the limit, None for a market order
    reference_price : the last price; what the notional of a market order is measured with. A limit
        order is measured with its own rounded price

    Returns
    -------
    PlannedOrder
        Quantity rounded down to the step; price by `plan_price`.

    Raises
    ------
    InvalidOrder
        Naming the field, what it was and the rule, below the least or above the most quantity, and
        below the least notional. `suggestion` is the nearest quantity that passes at this price,
        with the instrument's other rules met too, or None where there is none.
    InvalidValue
        For amounts that are no Decimal above zero, and for a market order without
        `reference_price` where there is a least notional.

    Notes
    -----
    A suggestion to buy more is a question to the caller: nothing here enlarges an order.

    Examples
    --------
    >>> from algotrendy.model.symbol import Symbol
    >>> btc = Symbol("BTC", "USDT")
    >>> rules = Instrument(symbol=btc, tick=Decimal("0.01"), step=Decimal("0.001"))
    >>> plan_order(rules, side=Side.BUY, quantity=Decimal("0.0129"), price=Decimal("50000.019"))
    PlannedOrder(quantity=Decimal('0.012'), price=Decimal('50000.01'))
    """
    check_positive("quantity", quantity)
    planned_price = None if price is None else plan_price(instrument, side=side, price=price)
    measure = planned_price if planned_price is not None else reference_price
    if measure is None and instrument.min_notional > 0:
        raise InvalidValue(
            "reference_price",
            value=None,
            rule=f"a market order in {instrument.symbol} needs it, to be measured against the "
            f"least notional {decimal_text(instrument.min_notional)}",
            hint="pass the last price",
        )
    if measure is not None:
        check_positive("reference_price", measure)
    rounded = multiple_down(quantity, instrument.step)
    _check_quantity(instrument, quantity, rounded, measure)
    return PlannedOrder(quantity=rounded, price=planned_price)


def plan_price(instrument: Instrument, *, side: Side, price: Decimal) -> Decimal:
    """Round a limit or trigger price to the tick: down for a purchase, up for a sale.

    So a limit never pays more and never takes less than asked, and a protective stop triggers not
    later than asked: the stop of a long is a sale and goes up, that of a short goes down.

    Raises
    ------
    InvalidOrder
        For a purchase below one tick; the suggestion is the tick.
    """
    check_positive("price", price)
    if side is Side.SELL:
        return multiple_up(price, instrument.tick)
    rounded = multiple_down(price, instrument.tick)
    if rounded <= 0:
        raise InvalidOrder(
            "price",
            value=decimal_text(price),
            rule=f"below the {instrument.symbol} tick {decimal_text(instrument.tick)}",
            suggestion=instrument.tick,
        )
    return rounded


def _check_quantity(
    instrument: Instrument, asked: Decimal, rounded: Decimal, price: Decimal | None
) -> None:
    symbol, largest = instrument.symbol, instrument.largest
    least = _least_quantity(instrument, price)
    suggestion: Decimal | None = least
    if rounded < instrument.smallest:
        rule = f"below the {symbol} minimum {decimal_text(instrument.smallest)}"
    elif largest is not None and rounded > largest:
        rule = f"above the {symbol} maximum {decimal_text(largest)}"
        suggestion = largest
    elif price is not None and rounded < least:
        worth = decimal_text(exact_product(rounded, price))
        rule = (
            f"at {decimal_text(price)} worth {worth}, below the {symbol} least notional "
            f"{decimal_text(instrument.min_notional)}"
        )
    else:
        return
    if largest is not None and least > largest:
        suggestion = None
    raise InvalidOrder("quantity", value=decimal_text(asked), rule=rule, suggestion=suggestion)


def _least_quantity(instrument: Instrument, price: Decimal | None) -> Decimal:
    """Return the smallest quantity that meets both minima at `price`."""
    if price is None or instrument.min_notional == 0:
        return instrument.smallest
    # Steps are counted by the value of one step: a division by the price would have to be rounded.
    count = multiples_up(instrument.min_notional, exact_product(instrument.step, price))
    return max(instrument.smallest, exact_product(instrument.step, Decimal(count)))


def quantity_steps(quantity: FloatArray, step: float) -> IntArray:
    """Return how many whole steps fit into each quantity, float error aside.

    Parameters
    ----------
    quantity : (n,) float64, base units, at least zero
    step : base units, above zero

    Returns
    -------
    (n,) int64
        The same as `multiple_down` of the shortest decimal texts of both, for amounts of up to 15
        significant digits.

    Raises
    ------
    InvalidValue
        For a step that is not finite and above zero, and for quantities that are NaN, infinite,
        below zero or more than 2^53 steps.

    Notes
    -----
    NaN: refused. With x = quantity / step in float64: the nearest whole number where it is within
    two units of x's relative precision (2 x 2^-52), else floor(x). Three roundings, those of both
    amounts and of the quotient, move an exact multiple by at most 1.5 of these units: 0.3 / 0.1 is
    2.9999999999999996 and gives 3.

    Examples
    --------
    >>> quantity_steps(np.array([0.3, 0.29, 1.0]), 0.1)
    array([ 3,  2, 10])
    """
    if not (np.isfinite(step) and step > 0):
        raise InvalidValue("step", value=step, rule="a finite number above zero is expected")
    ratio = quantity / step
    bad = ~((ratio >= 0) & (ratio <= _MOST_STEPS))
    if bad.any():
        at = int(np.argmax(bad))
        raise InvalidValue(
            f"quantity[{at}]",
            value=float(quantity[at]),
            rule=f"0 to {_MOST_STEPS:.0f} steps of {step} are expected",
        )
    nearest = np.rint(ratio)
    whole = np.where(np.abs(ratio - nearest) <= _TOLERANCE * nearest, nearest, np.floor(ratio))
    steps: IntArray = whole.astype(np.int64)
    return steps


def tradable_quantity(
    instrument: Instrument, quantity: FloatArray, price: FloatArray | float
) -> FloatArray:
    """Round quantities down as `plan_order` does, in float64; 0 where it would refuse.

    Parameters
    ----------
    instrument : the venue's rules for the symbol
    quantity : (n,) float64, base units wanted, at least zero
    price : (n,) float64 or one number, what the notional is measured with, quote units

    Returns
    -------
    (n,) float64
        Each the nearest float64 to an exact multiple of the step (as long as the whole numbers of
        their ratio stay below 2^53), or 0.0.

    Raises
    ------
    InvalidValue
        As `quantity_steps`.

    Notes
    -----
    NaN: refused in `quantity`; a NaN price gives 0 where there is a least notional.
    """
    limits = _limits(instrument)
    steps = quantity_steps(quantity, limits.step)
    # One rounding: whole numbers below 2^53 are exact in float64, their quotient is the nearest.
    rounded = np.multiply(steps, limits.numerator, dtype=np.float64) / limits.denominator
    enough = steps >= limits.least_steps
    if limits.most_steps is not None:
        enough &= steps <= limits.most_steps
    if limits.least_value > 0:
        enough &= rounded * price >= limits.least_value * (1 - _TOLERANCE)
    return np.where(enough, rounded, 0.0)


class _Limits(NamedTuple):
    """An instrument's rules in the numbers that array code needs."""

    step: float
    numerator: int
    denominator: float
    least_steps: int
    most_steps: int | None
    least_value: float


@lru_cache(maxsize=256)  # a backtest that goes trade by trade asks for the same one again and again
def _limits(instrument: Instrument) -> _Limits:
    step = instrument.step
    numerator, denominator = step.as_integer_ratio()
    return _Limits(
        step=float(step),
        numerator=numerator,
        denominator=float(denominator),
        least_steps=multiples_up(instrument.smallest, step),
        most_steps=None if instrument.largest is None else multiples_up(instrument.largest, step),
        least_value=float(instrument.min_notional),
    )
