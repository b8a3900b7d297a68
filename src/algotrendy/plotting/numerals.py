"""Numbers, times and parameters as people read them.

Laws: what is not known reads "n/a", never zero; a fraction is shown as a percentage, with its sign
where the sign is the news; times are UTC.
Used by: every page, table and notebook view of this package.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = [
    "Kind",
    "amount",
    "count",
    "day",
    "fraction",
    "moment",
    "parameter",
    "price",
    "ratio",
    "shown",
    "things",
    "tone",
]

UNKNOWN = "n/a"
Kind = str
"""One of ``fraction``, ``signed``, ``ratio``, ``amount``, ``count``."""
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e15


def _odd(value: float) -> str | None:
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return None


def fraction(value: float, *, signed: bool = False, digits: int = 2) -> str:
    """0.1234 as ``12.34%``, or ``+12.34%`` if signed."""
    odd = _odd(value)
    if odd is not None:
        return odd
    if abs(value) >= 1e6:  # noqa: PLR2004
        return f"{value * 100:+.3g}%" if signed else f"{value * 100:.3g}%"
    text = f"{value * 100:+,.{digits}f}%" if signed else f"{value * 100:,.{digits}f}%"
    zero = f"{0:.{digits}f}%"
    return zero if text.lstrip("+-") == zero else text


def ratio(value: float) -> str:
    """A dimensionless number with two decimals, small and large ones in powers of ten."""
    odd = _odd(value)
    if odd is not None:
        return odd
    small = value != 0 and abs(value) < _PLAIN_FROM * 5
    return f"{value:.2g}" if small or abs(value) >= _PLAIN_BELOW else f"{value:,.2f}"


def amount(value: float, *, signed: bool = False) -> str:
    """Quote units with two decimals, more for amounts below one."""
    odd = _odd(value)
    if odd is not None:
        return odd
    sign = "+" if signed and value > 0 else ""
    if value != 0 and abs(value) < 1:
        return f"{sign}{value:.4g}"
    return f"{sign}{value:,.2f}" if abs(value) < _PLAIN_BELOW else f"{sign}{value:.6g}"


def price(value: float) -> str:
    """A price with the digits it has, eight significant ones at most."""
    odd = _odd(value)
    if odd is not None:
        return odd
    text = f"{value:,.8g}" if abs(value) < 1e8 else f"{value:,.0f}"  # noqa: PLR2004
    if "e" in text:
        return text
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}" if decimals or abs(value) < 1e6 else whole  # noqa: PLR2004


def count(value: float) -> str:
    """A whole number with thousands separated."""
    return _odd(value) or f"{round(value):,}"


def things(number: int, one: str, many: str | None = None) -> str:
    """``1 trade``, ``2 trades``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def shown(value: object, kind: Kind) -> str:
    """Write `value` by `kind`; what is no number is written as text."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None:
        return UNKNOWN
    if not isinstance(value, int | float | np.integer | np.floating):
        return str(value)
    number = float(value)
    if kind in ("fraction", "signed"):
        return fraction(number, signed=kind == "signed")
    return {"amount": amount, "count": count}.get(kind, ratio)(number)


def parameter(value: object) -> str:
    """A strategy parameter: numbers short and exact, the rest by its repr."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.10g}"
    return value if isinstance(value, str) else repr(value)


def moment(ns: int, *, daily: bool = False) -> str:
    """Nanoseconds UTC as ``2024-01-31 13:05``, or only the day."""
    if daily:
        return day(ns)
    at = np.datetime64(int(ns), "ns")
    whole_minute = ns % 60_000_000_000 == 0
    text = str(at.astype("datetime64[m]" if whole_minute else "datetime64[s]"))
    return text.replace("T", " ")


def day(ns: int) -> str:
    """Nanoseconds UTC as ``2024-01-31``."""
    return str(np.datetime64(int(ns), "ns").astype("datetime64[D]"))


def tone(value: float) -> str | None:
    """Colour of a number: ``gain`` above zero, ``loss`` below, None for zero or unknown."""
    if math.isnan(value) or value == 0:
        return None
    return "gain" if value > 0 else "loss"
