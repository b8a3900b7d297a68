"""Long while the MACD line is above its signal line.

Used by: the command line, people who start from it.
"""

from __future__ import annotations

from algotrendy.backtests.strategy import strategy
from algotrendy.indicators.trend import macd
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Above, above

__all__ = ["macd_cross"]


@strategy(where=lambda fast, slow: fast < slow)
def macd_cross(bars: Bars, fast: int = 12, slow: int = 26, signal: int = 9) -> Above:
    """Return `Above`: long where the MACD line is above its signal line, flat in warm-up."""
    lines = macd(bars.close, fast, slow, signal)
    return above(lines.macd, lines.signal)
