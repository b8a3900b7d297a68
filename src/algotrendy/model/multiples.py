"""Whole multiples of a step or tick, and plain decimal text: exact, whatever the decimal context.

Laws: integers only, nothing is rounded by accident; a text never has an exponent.
Used by: `Instrument`, order planning, adapters that write amounts to a venue.
"""

from __future__ import annotations

from decimal import Decimal

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_finite, check_positive

__all__ = [
    "canonical",
    "decimal_text",
    "exact_product",
    "multiple_down",
    "multiple_up",
    "multiples_up",
]

_MOST_DIGITS = 60  # each side of the point; no venue comes near, and 1e999999 would eat the memory


def multiple_down(value: Decimal, unit: Decimal) -> Decimal:
    """Return the largest whole multiple of `unit` that is not above `value`.

    Examples
    --------
    >>> multiple_down(Decimal("0.37"), Decimal("0.1"))
    Decimal('0.3')
    """
    return _multiple(value, unit, up=False)


def multiple_up(value: Decimal, unit: Decimal) -> Decimal:
    """Return the smallest whole multiple of `unit` that is not below `value`.

    Examples
    --------
    >>> multiple_up(Decimal("0.37"), Decimal("0.1"))
    Decimal('0.4')
    """
    return _multiple(value, unit, up=True)


def canonical(value: Decimal) -> Decimal:
    """Return the equal Decimal without trailing zeros, without an exponent above zero, and not -0.

    Examples
    --------
    >>> canonical(Decimal("10.50")), canonical(Decimal("1E+2"))
    (Decimal('10.5'), Decimal('100'))
    """
    return Decimal(decimal_text(value))


def decimal_text(value: Decimal) -> str:
    """Write an amount for a venue: digits and a point, no exponent, no trailing zeros, not -0.

    Examples
    --------
    >>> decimal_text(Decimal("1E-8")), decimal_text(Decimal("0.10")), decimal_text(Decimal("-0"))
    ('0.00000001', '0.1', '0')
    """
    _check_size("amount", value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def exact_product(one: Decimal, other: Decimal) -> Decimal:
    """Return the product with all its digits; ``*`` rounds to the context's precision."""
    (one_digits, one_exponent), (other_digits, other_exponent) = (
        _integer("factor", one),
        _integer("factor", other),
    )
    return canonical(_decimal(one_digits * other_digits, one_exponent + other_exponent))


def multiples_up(value: Decimal, unit: Decimal) -> int:
    """Return how many times `unit` is needed to reach `value`."""
    numerator, denominator = _ratio(value, unit)
    return -(-numerator // denominator)


def _multiple(value: Decimal, unit: Decimal, *, up: bool) -> Decimal:
    numerator, denominator = _ratio(value, unit)
    count = -(-numerator // denominator) if up else numerator // denominator
    unit_digits, unit_exponent = _integer("unit", unit)
    return canonical(_decimal(count * unit_digits, unit_exponent))


def _ratio(value: Decimal, unit: Decimal) -> tuple[int, int]:
    """Write value / unit as two whole numbers."""
    check_positive("unit", unit)
    value_digits, value_exponent = _integer("value", value)
    unit_digits, unit_exponent = _integer("unit", unit)
    low = min(value_exponent, unit_exponent)
    return value_digits * 10 ** (value_exponent - low), unit_digits * 10 ** (unit_exponent - low)


def _integer(field: str, value: Decimal) -> tuple[int, int]:
    _check_size(field, value)
    sign, digits, exponent = value.as_tuple()
    number = int("".join(map(str, digits)))
    return (-number if sign else number), int(exponent)


def _decimal(number: int, exponent: int) -> Decimal:
    digits = tuple(int(digit) for digit in str(abs(number)))
    return Decimal((int(number < 0), digits, exponent))


def _check_size(field: str, value: Decimal) -> None:
    check_finite(field, value)
    exponent = int(value.as_tuple().exponent)
    if abs(exponent) > _MOST_DIGITS or abs(value.adjusted()) > _MOST_DIGITS:
        raise InvalidValue(
            field, value=value, rule=f"at most {_MOST_DIGITS} digits each side of the point"
        )
