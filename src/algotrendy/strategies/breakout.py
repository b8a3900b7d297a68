"""Buy a new high, sell a new low: a Donchian channel breakout.

Used by: the command line, people who start from it.
"""

from __future__ import annotations

import numpy as np

from algotrendy.backtests.strategy import strategy
from algotrendy.indicators.volatility import donchian
from algotrendy.model.arrays import FloatArray
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals

__all__ = ["breakout"]


@strategy(where=lambda entry, leave: leave <= entry)
def breakout(bars: Bars, entry: int = 20, leave: int = 10) -> Signals:
    """Return `Signals`: enter above the high of `entry` bars, leave below the low of `leave` bars.

    The close is compared with the bars before it, never with its own. Warm-up has neither.
    """
    upper = _of_bars_before(donchian(bars.high, bars.low, entry).upper)
    lower = _of_bars_before(donchian(bars.high, bars.low, leave).lower)
    return Signals(entries=bars.close > upper, exits=bars.close < lower)


def _of_bars_before(band: FloatArray) -> FloatArray:
    # A bar's own high is part of its band: without the shift, no close could ever be above it.
    return np.concatenate(([np.nan], band[:-1]))
