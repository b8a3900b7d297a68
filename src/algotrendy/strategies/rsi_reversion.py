"""Buy weakness, sell strength: in when the RSI is low, out when it is high.

Used by: the command line, people who start from it.
"""

from __future__ import annotations

from algotrendy.backtests.strategy import strategy
from algotrendy.indicators.momentum import rsi
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals

__all__ = ["rsi_reversion"]


@strategy(where=lambda low, high: low < high)
def rsi_reversion(bars: Bars, window: int = 14, low: float = 30.0, high: float = 60.0) -> Signals:
    """Return `Signals`: enter where ``rsi(close, window) < low``, leave where it is above `high`.

    `low` and `high` are on the RSI's scale from 0 to 100. Warm-up has neither entry nor exit.
    """
    strength = rsi(bars.close, window)
    return Signals(entries=strength < low, exits=strength > high)
