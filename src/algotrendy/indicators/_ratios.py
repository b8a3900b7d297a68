"""Kernels of oscillators: place within a range, change, money flow.

Laws: 0 / 0 gives the neutral middle; inputs and outputs are contiguous (n,) float64 without NaN; a
kernel fills its outputs wholly, and works in blocks that stay in the cache where it can.
Used by: the public indicators, through `_engine`.
"""

from __future__ import annotations

import numpy as np

from algotrendy.indicators._windows import extreme_into, mean_into
from algotrendy.model.arrays import FloatArray

__all__ = ["change_into", "flow_into", "place_into", "typical_into"]

_BLOCK = 16_384
_SAME = 1e-15
# Typical prices of equal decimal sums differ by rounding; such a step is none.


def place_into(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    scale: float,
    shift: float,
    out: FloatArray,
) -> None:
    """Write ``scale (close - lowest) / (highest - lowest) + shift``; the middle for no range.

    A shift of ``-scale`` counts down from the highest, which is exact at the top.
    """
    n = len(close)
    out[: window - 1] = np.nan
    size = max(_BLOCK, 2 * window)
    top, bottom = np.empty(min(size + window, n)), np.empty(min(size + window, n))
    for first in range(window - 1, n, size):
        end = min(first + size, n)
        start, length = first - window + 1, end - first
        highest, lowest = top[: end - start], bottom[: end - start]
        extreme_into(high[start:end], window, True, highest)
        extreme_into(low[start:end], window, False, lowest)
        highest, lowest = highest[-length:], lowest[-length:]
        target = out[first:end]
        np.subtract(close[first:end], highest if shift else lowest, out=target)
        spread = np.subtract(highest, lowest, out=highest)
        np.divide(target, spread, out=target)
        np.multiply(target, scale, out=target)
        flat = spread == 0
        if flat.any():
            target[flat] = scale / 2 + shift


def change_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write ``100 (x / x[-window] - 1)``; NaN where the earlier value is 0."""
    n = len(values)
    out[:window] = np.nan
    for first in range(window, n, _BLOCK):
        target = out[first : first + _BLOCK]
        end = first + len(target)
        before = values[first - window : end - window]
        np.divide(values[first:end], before, out=target)
        np.subtract(target, 1.0, out=target)
        np.multiply(target, 100.0, out=target)
        void = before == 0
        if void.any():
            target[void] = np.nan


def flow_into(price: FloatArray, volume: FloatArray, window: int, out: FloatArray) -> None:
    """Write the share of rising money flow, in percent; 50 where nothing flowed."""
    n = len(price)
    out[:window] = np.nan
    size = max(_BLOCK, 2 * window)
    for first in range(window, n, size):
        end = min(first + size, n)
        start, length = first - window + 1, end - first
        now, before = price[start:end], price[start - 1 : end - 1]
        money = now * volume[start:end]
        step, slack = now - before, now * _SAME
        rising = np.where(step > slack, money, 0.0)
        money = np.where(np.absolute(step, out=step) > slack, money, 0.0)
        ups, sums = np.empty_like(money), np.empty_like(money)
        mean_into(rising, window, 1.0, ups)
        mean_into(money, window, 1.0, sums)
        target = out[first:end]
        both = sums[-length:]
        np.multiply(ups[-length:], 100.0, out=target)
        np.divide(target, both, out=target)
        flat = both == 0
        if flat.any():
            target[flat] = 50.0


def typical_into(high: FloatArray, low: FloatArray, close: FloatArray, out: FloatArray) -> None:
    """Write ``(high + low + close) / 3``."""
    for first in range(0, len(out), _BLOCK):
        rows = slice(first, first + _BLOCK)
        target = out[rows]
        np.add(high[rows], low[rows], out=target)
        np.add(target, close[rows], out=target)
        np.divide(target, 3.0, out=target)
