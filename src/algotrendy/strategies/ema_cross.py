"""Long while the fast exponential moving average is above the slow one.

Used by: the command line, people who start from it.
"""

from __future__ import annotations

from algotrendy.backtests.strategy import strategy
from algotrendy.indicators.trend import ema
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Above, above

__all__ = ["ema_cross"]


@strategy(where=lambda fast, slow: fast < slow)
def ema_cross(bars: Bars, fast: int = 12, slow: int = 26) -> Above:
    """Return `Above`: long where ``ema(close, fast) > ema(close, slow)``, flat in warm-up."""
    return above(ema(bars.close, fast), ema(bars.close, slow))
