"""Trades and refused orders of a run, in columns.

Laws: one row a round trip, in order of entry; a trade open at the end is marked to the last close
and says so; a refused order is a row, never a silence.
Used by: kernel (makes them), results, analytics, reports.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from typing import final

from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray

__all__ = ["ExitReason", "RefuseReason", "Refused", "Trades"]


@final
class ExitReason(enum.IntEnum):
    """Why a trade ended."""

    SIGNAL = 0
    STOP_LOSS = 1
    TAKE_PROFIT = 2
    TRAILING = 3
    MAX_BARS = 4
    END = 5
    """Closed at the last close because `close_at_end` was asked for."""
    OPEN = 6
    """Still open: marked to the last close, no exit fee."""


@final
class RefuseReason(enum.IntEnum):
    """Why a simulated order was refused."""

    INSUFFICIENT_CASH = 0
    NO_EQUITY = 1
    SIZE_UNKNOWN = 2
    """No stop for `RiskFraction`; too few or constant bars for `VolTarget`."""
    BELOW_MINIMUM = 3
    """Rounded down to the step it fell below the instrument's minimum quantity or notional."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trades:
    """Round trips in columns, each (m,).

    Parameters
    ----------
    entry_bar, exit_bar : row numbers of the bars in which the fills happen
    direction : +1 long, -1 short
    quantity : base units, above zero
    entry_price, exit_price : fill prices, slippage and spread included
    entry_fee, exit_fee : quote units
    slippage_cost : quote units lost to slippage and spread, both sides together
    pnl : quote units, after fees
    return_fraction : pnl over the entry value (quantity x entry price)
    exit_reason : `ExitReason` codes
    ambiguous : stop and target lay both inside the exit bar, so the true path is unknown
    """

    entry_bar: IntArray
    exit_bar: IntArray
    direction: IntArray
    quantity: FloatArray
    entry_price: FloatArray
    exit_price: FloatArray
    entry_fee: FloatArray
    exit_fee: FloatArray
    slippage_cost: FloatArray
    pnl: FloatArray
    return_fraction: FloatArray
    exit_reason: ByteArray
    ambiguous: BoolArray

    def __len__(self) -> int:
        return len(self.entry_bar)

    @property
    def is_open(self) -> BoolArray:
        """Which trades are still open at the last bar."""
        found: BoolArray = self.exit_reason == ExitReason.OPEN
        return found

    @property
    def bars_held(self) -> IntArray:
        """Exit bar minus entry bar."""
        return self.exit_bar - self.entry_bar

    def columns(self) -> dict[str, IntArray | FloatArray | ByteArray | BoolArray]:
        """The columns by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refused:
    """Refused or cut simulated orders in columns, each (r,).

    Parameters
    ----------
    bar : row number of the bar in which the order would have filled
    direction : +1 buy, -1 sell short
    price : the fill price it would have had
    wanted, filled : base units; `filled` is zero for a refusal and above zero for a resized entry
    cash : quote units that were free
    reason : `RefuseReason` codes
    """

    bar: IntArray
    direction: IntArray
    price: FloatArray
    wanted: FloatArray
    filled: FloatArray
    cash: FloatArray
    reason: ByteArray

    def __len__(self) -> int:
        return len(self.bar)

    def columns(self) -> dict[str, IntArray | FloatArray | ByteArray]:
        """The columns by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
