"""What a money or quantity field may hold: a finite `Decimal`, never a float.

Laws: a float is refused, not converted: 0.1 is not a tenth; the error names the field.
Used by: orders, fills, positions, accounts and market events, when they are made.
"""

from __future__ import annotations

from decimal import Decimal

from algotrendy.errors import InvalidValue

__all__ = ["check_finite", "check_not_negative", "check_positive"]


def _hint(value: object) -> str:
    return f"write Decimal({str(value)!r})" if isinstance(value, int | float) else ""


def check_finite(field: str, value: Decimal) -> None:
    """Raise `InvalidValue` unless `value` is a finite Decimal."""
    known: object = value  # callers without a type checker pass floats
    if not isinstance(known, Decimal) or not known.is_finite():
        raise InvalidValue(
            field, value=value, rule="a finite Decimal is expected", hint=_hint(value)
        )


def check_not_negative(field: str, value: Decimal) -> None:
    """Raise `InvalidValue` unless `value` is a finite Decimal, at least zero."""
    check_finite(field, value)
    if value < 0:
        raise InvalidValue(field, value=value, rule="at least zero is expected")


def check_positive(field: str, value: Decimal) -> None:
    """Raise `InvalidValue` unless `value` is a finite Decimal above zero."""
    check_finite(field, value)
    if value <= 0:
        raise InvalidValue(field, value=value, rule="above zero is expected")
