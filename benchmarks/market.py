"""The bars and strategies both sides of the backtest workloads see: seeded, synthetic, the same.

The own strategy lives here, in a module, so that workers can import it.
"""

from __future__ import annotations

from algotrendy import sample, sma, strategy
from algotrendy.model.arrays import BoolArray
from algotrendy.model.bars import Bars

FEE = 0.001
CASH = 10_000.0


def make_bars(n: int) -> Bars:
    """One-minute bars of a random walk with a volatility of 73 % a year."""
    return sample.random_walk(n, seed=11, timeframe="1m", symbol="RANDOM/USDT", volatility=0.725)


@strategy
def own_cross(bars: Bars, fast: int = 20, slow: int = 50) -> BoolArray:
    """What a user writes: two averages and a comparison."""
    return sma(bars.close, fast) > sma(bars.close, slow)


def pairs(count: int) -> tuple[range, range]:
    """Ranges of fast and slow windows whose product is 1,000 or 10,000 pairs, fast < slow always."""
    if count == 1_000:
        return range(5, 30), range(30, 110, 2)
    if count == 10_000:
        return range(2, 102), range(102, 302, 2)
    if count == 1_000_000:
        return range(2, 1002), range(1002, 2002)
    if count == 100:
        return range(5, 15), range(20, 120, 10)
    raise ValueError(count)
