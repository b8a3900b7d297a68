"""What a backtest is asked to do: one frozen value, the same for every engine.

Laws: every assumption that moves a number is a field here and is printed in every result.
Used by: engines (read it), results (carry it), the front door `at.backtest` (makes it).
"""

from __future__ import annotations

import enum
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from algotrendy.backtests.strategy import Strategy
from algotrendy.errors import InvalidValue
from algotrendy.model.bars import Bars
from algotrendy.model.sizes import EquityFraction, Size

if TYPE_CHECKING:
    from algotrendy.model.instrument import Instrument

__all__ = ["BacktestSpec", "Costs", "Exits", "FillMode", "GapPolicy", "OnInsufficient"]


@final
class FillMode(enum.StrEnum):
    """When a decision made on bar t fills."""

    NEXT_OPEN = "next_open"
    """Open of bar t+1, the default: the first price after the decision is known."""
    THIS_CLOSE = "this_close"
    """Close of bar t itself: assumes the close could be traded while it was being decided."""
    NEXT_CLOSE = "next_close"
    """Close of bar t+1."""


@final
class OnInsufficient(enum.StrEnum):
    """What happens to an entry that cash (times leverage) cannot pay."""

    REFUSE = "refuse"
    RESIZE = "resize"


@final
class GapPolicy(enum.StrEnum):
    """What a run does about missing bars; they are never invented."""

    ERROR = "error"
    """Raise `GapFound`."""
    SKIP = "skip"
    """The next bar that exists is the next bar; the number missing is in the result."""
    MARK = "mark"
    """As `skip`, and the result carries a warning. The default."""


def _is_number(value: object) -> bool:
    """A finite real number that arithmetic with floats takes as it is; a Decimal is not."""
    return (
        isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _rate(name: str, value: float, *, below: float = 1.0) -> None:
    if not (_is_number(value) and 0 <= value < below):
        raise InvalidValue(
            name,
            value=value,
            rule=f"a fraction from 0 up to, not including, {below:g} is expected",
            hint="10 basis points are 0.001",
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a fill costs. Rates are fractions of traded value, per side.

    Parameters
    ----------
    fee_rate : taker fee, 0.001 is 10 bp
    fee_fixed : quote units added to every fill
    fee_minimum : quote units, the least a fill's fee (rate and fixed part together) may be
    slippage : fraction by which the price is worse than quoted
    spread : full quoted spread as a fraction of the mid price; each side pays half
    """

    fee_rate: float = 0.0
    fee_fixed: float = 0.0
    fee_minimum: float = 0.0
    slippage: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        for name in ("fee_rate", "slippage", "spread"):
            _rate(f"costs.{name}", getattr(self, name))
        for name in ("fee_fixed", "fee_minimum"):
            value = getattr(self, name)
            if not (_is_number(value) and value >= 0):
                raise InvalidValue(f"costs.{name}", value=value, rule="quote units, at least zero")
        _rate("costs.slippage + costs.spread / 2", self.price_shift)

    @property
    def price_shift(self) -> float:
        """Fraction by which a fill is worse than the bar's price: slippage plus half the spread."""
        return self.slippage + self.spread / 2


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """Protective exits; None means none.

    Parameters
    ----------
    stop_loss, take_profit : distance from the entry price, as a fraction
    trailing : distance from the best price since entry, as a fraction; the best price is taken from
        the entry price and from completed bars, never from the bar in which the stop is tested
    max_bars : leave at the n-th bar after the entry bar, at the price decisions fill at
    """

    stop_loss: float | None = None
    take_profit: float | None = None
    trailing: float | None = None
    max_bars: int | None = None

    def __post_init__(self) -> None:
        for name in ("stop_loss", "trailing", "take_profit"):
            value = getattr(self, name)
            if value is None:
                continue
            _rate(name, value, below=math.inf if name == "take_profit" else 1.0)
            if value == 0:
                raise InvalidValue(
                    name, value=value, rule="above zero is expected", hint="None means none"
                )
        if self.max_bars is not None and not (
            isinstance(self.max_bars, int | np.integer) and self.max_bars >= 1
        ):
            raise InvalidValue(
                "max_bars", value=self.max_bars, rule="a whole number of bars from 1 up, or None"
            )

    @property
    def any(self) -> bool:
        """True when at least one exit is set."""
        return (self.stop_loss, self.take_profit, self.trailing, self.max_bars) != (None,) * 4


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BacktestSpec:
    """Everything an engine needs to run one backtest."""

    strategy: Strategy
    bars: Bars
    params: Mapping[str, object] = field(default_factory=dict)
    cash: float = 10_000.0
    costs: Costs = field(default_factory=Costs)
    exits: Exits = field(default_factory=Exits)
    size: Size = field(default_factory=lambda: EquityFraction(1.0))
    fill: FillMode = FillMode.NEXT_OPEN
    leverage: float = 1.0
    allow_short: bool | None = None
    instrument: Instrument | None = None
    on_insufficient: OnInsufficient = OnInsufficient.RESIZE
    gaps: GapPolicy = GapPolicy.MARK
    close_at_end: bool = False

    def __post_init__(self) -> None:
        if not (_is_number(self.cash) and self.cash > 0):
            raise InvalidValue(
                "cash", value=self.cash, rule="a finite amount above zero is expected"
            )
        if not (_is_number(self.leverage) and self.leverage >= 1):
            raise InvalidValue("leverage", value=self.leverage, rule="1 or more is expected")
        if isinstance(self.size, EquityFraction) and self.size.fraction > self.leverage:
            raise InvalidValue(
                "size",
                value=self.size.fraction,
                rule=f"a fraction of equity up to the leverage {self.leverage:g} is allowed",
                hint=f"pass leverage={self.size.fraction:g}, or Quantity(...) if units were meant",
            )

    @property
    def shorts_allowed(self) -> bool:
        """Whether short positions may be opened: as asked, else only where the symbol is a contract."""
        return (
            self.allow_short if self.allow_short is not None else self.bars.symbols[0].is_contract
        )

    @property
    def hash(self) -> str:
        """SHA-256 over the data and every assumption: equal runs, equal text."""
        parts = {
            "bars": self.bars.fingerprint,
            "strategy": self.strategy.name,
            "source": self.strategy.source_hash,
            "params": {k: repr(v) for k, v in sorted(self.params.items())},
            "rest": [
                repr(self.cash),
                repr(self.costs),
                repr(self.exits),
                repr(self.size),
                self.fill,
                repr(self.leverage),
                self.shorts_allowed,
                repr(self.instrument),
                self.on_insufficient,
                self.close_at_end,
            ],
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
