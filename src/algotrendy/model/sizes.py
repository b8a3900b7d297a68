"""How much an entry buys: typed sizes, never a magnitude trick.

Used by: backtest specs, order planning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from algotrendy.errors import InvalidValue

__all__ = ["EquityFraction", "Notional", "Quantity", "RiskFraction", "Size", "VolTarget"]


def _positive(field: str, value: float) -> None:
    if not value > 0 or value == float("inf"):
        raise InvalidValue(field, value=value, rule="a finite number above zero is expected")


@final
@dataclass(frozen=True, slots=True)
class Quantity:
    """A fixed number of base units."""

    units: float

    def __post_init__(self) -> None:
        _positive("Quantity.units", self.units)


@final
@dataclass(frozen=True, slots=True)
class Notional:
    """A fixed value in quote units."""

    value: float

    def __post_init__(self) -> None:
        _positive("Notional.value", self.value)


@final
@dataclass(frozen=True, slots=True)
class EquityFraction:
    """A fraction of account equity; 1.0 is all of it, above 1.0 needs leverage."""

    fraction: float

    def __post_init__(self) -> None:
        _positive("EquityFraction.fraction", self.fraction)


@final
@dataclass(frozen=True, slots=True)
class RiskFraction:
    """So much that the stop loss costs this fraction of equity: fraction x equity / (price x stop).

    Needs a stop loss. Capped by what cash and leverage can pay.
    """

    fraction: float

    def __post_init__(self) -> None:
        _positive("RiskFraction.fraction", self.fraction)


@final
@dataclass(frozen=True, slots=True)
class VolTarget:
    """So much that the position's annual volatility is this fraction of equity.

    The weight is ``annual / volatility``, where volatility is the sample standard deviation
    (ddof=1) of the last `lookback` bar returns up to the decision bar, annualised. An entry before
    `lookback` returns exist is refused. Capped by what cash and leverage can pay.
    """

    annual: float
    lookback: int = 20

    def __post_init__(self) -> None:
        _positive("VolTarget.annual", self.annual)
        if self.lookback < 2:  # noqa: PLR2004
            raise InvalidValue("VolTarget.lookback", value=self.lookback, rule="2 bars or more")


Size = Quantity | Notional | EquityFraction | RiskFraction | VolTarget
