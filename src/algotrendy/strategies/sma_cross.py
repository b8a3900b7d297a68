"""Long while the fast simple moving average is above the slow one.

Used by: the demo, the command line, people who start from it.
"""

from __future__ import annotations

from algotrendy.backtests.strategy import strategy
from algotrendy.indicators.rolling import sma
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Above, above

__all__ = ["sma_cross"]


@strategy(where=lambda fast, slow: fast < slow)
def sma_cross(bars: Bars, fast: int = 20, slow: int = 50) -> Above:
    """Return `Above`: long where ``sma(close, fast) > sma(close, slow)``, flat in warm-up."""
    return above(sma(bars.close, fast), sma(bars.close, slow))
