"""Kernels whose factor changes from row to row, or that switch state: KAMA, Supertrend, OBV.

Laws: results never depend on later rows; Supertrend only selects among computed bands, so every way
of finding them gives the same bits. Inputs and outputs are contiguous (n,) float64; a kernel fills
its outputs wholly.
Used by: the public indicators, through `_engine`.
"""

from __future__ import annotations

from math import floor, log

import numpy as np

from algotrendy.indicators._decay import FADED, atr_into
from algotrendy.indicators._windows import mean_into
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray

__all__ = ["balance_into", "kama_into", "stretch_of", "supertrend_into"]

_BLOCK = 16_384
_MOST = 140 * log(10)


def stretch_of(fast: int) -> int:
    """Rows over which the product of the smallest factors stays above 1e-140."""
    return max(1, min(512, floor(_MOST / -log(1 - (2 / (fast + 1)) ** 2))))


def kama_into(values: FloatArray, window: int, fast: int, slow: int, out: FloatArray) -> None:
    """Write Kaufman's adaptive mean, started from ``values[window - 1]``, first at row `window`.

    With the keep factor q[i], the distance from the value obeys ``z[i] = q[i] (z[i-1] - step[i])``;
    within a stretch that is the product of the q times a running sum, as for constant factors.
    """
    n = len(values)
    out[:window] = np.nan
    if n <= window:
        return
    rows = stretch_of(fast)
    size = _BLOCK // rows * rows
    quick, idle = 2 / (fast + 1), 2 / (slow + 1)
    noise = np.empty(size + window)
    steps = np.empty(size + window)
    gap = 0.0
    for first in range(window, n, size):
        now = values[first : first + size]
        length = len(now)
        moved = steps[: length + window - 1]
        start = first - window
        np.subtract(
            values[start + 1 : first + length], values[start : first + length - 1], out=moved
        )
        step = moved[window - 1 :].copy()
        np.absolute(moved, out=moved)
        mean_into(moved, window, 1.0, noise[: length + window - 1])
        path = noise[window - 1 : length + window - 1]
        keep = np.subtract(now, values[start : start + length])
        np.absolute(keep, out=keep)
        flat = path == 0
        np.divide(keep, path, out=keep)
        if flat.any():
            keep[flat] = 1.0
        np.minimum(keep, 1.0, out=keep)
        np.multiply(keep, quick - idle, out=keep)
        np.add(keep, idle, out=keep)
        np.multiply(keep, keep, out=keep)
        np.subtract(1.0, keep, out=keep)
        np.multiply(step, keep, out=step)
        target = out[first : first + length]
        for part in range(0, length, rows):
            cut = slice(part, part + rows)
            kept = np.multiply.accumulate(keep[cut])
            gone = np.divide(step[cut], kept)
            np.negative(gone, out=gone)
            gone[0] += gap
            distance = np.multiply(np.add.accumulate(gone), kept, out=kept)
            gap = float(distance[-1])
            if -FADED < gap < FADED:
                gap = 0.0
            np.add(now[cut], distance, out=target[cut])


def balance_into(close: FloatArray, volume: FloatArray, out: FloatArray) -> None:
    """Write the running sum of volume signed by the close's step, from the first row's volume."""
    n = len(close)
    if not n:
        return
    out[0] = total = volume[0]
    for first in range(1, n, _BLOCK):
        target = out[first : first + _BLOCK]
        end = first + len(target)
        now, before = close[first:end], close[first - 1 : end - 1]
        signed = np.subtract(now, before)
        np.sign(signed, out=signed)
        np.multiply(signed, volume[first:end], out=signed)
        signed[0] += total
        np.add.accumulate(signed, out=target)
        total = target[-1]


def supertrend_into(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    width: float,
    line: FloatArray,
    direction: FloatArray,
) -> None:
    """Write the trailing line and its side, 1.0 below the price, -1.0 above; from row `window`."""
    n = len(high)
    line[:window] = np.nan
    direction[:window] = np.nan
    if n <= window:
        return
    atr_into(high, low, close, window, line)
    reach = np.multiply(line[window:], width)
    middle = np.add(high[window:], low[window:])
    np.multiply(middle, 0.5, out=middle)
    closes = close[window:]
    upper = np.add(middle, reach)
    lower = np.subtract(middle, reach, out=middle)
    # The lower band is the upper band of the mirrored prices.
    upper = upper.take(_band_rows(upper, closes), out=reach)
    np.negative(lower, out=lower)
    lower = lower[_band_rows(lower, -closes)]
    np.negative(lower, out=lower)
    up = _sides(closes > upper, closes < lower)
    line[window:] = np.where(up, lower, upper)
    direction[window:] = np.where(up, 1.0, -1.0)


_LANES_FROM = 4_096


def _band_rows(band: FloatArray, closes: FloatArray) -> IntArray:
    """Return the row whose basic band is in force at each row.

    A new band is taken when it is tighter, or when the last close broke the one in force.
    """
    n = len(band)
    if n < _LANES_FROM:
        rows = np.empty(n, dtype=np.int64)
        _follow(band.tolist(), closes.tolist(), 0, rows)
        return rows
    return _lanes(band, closes)


def _follow(band: list[float], closes: list[float], at: int, rows: IntArray) -> None:
    found = []
    taken, level, last = at, band[0], closes[0]
    for row, (new, now) in enumerate(zip(band, closes, strict=True), start=at):
        if new < level or last > level:
            taken, level = row, new
        found.append(taken)
        last = now
    rows[:] = found


def _lanes(band: FloatArray, closes: FloatArray) -> IntArray:
    """Follow many stretches side by side, each from its own first band, then mend the joins.

    A wrong start is forgotten at the first row where a band is taken anyway, usually a few rows on.
    """
    n = len(band)
    length = max(64, int((n / 4) ** 0.5))
    lanes = n // length
    whole = lanes * length
    bands = np.ascontiguousarray(band[:whole].reshape(lanes, length).T)
    prices = np.ascontiguousarray(closes[:whole].reshape(lanes, length).T)
    found = np.empty((length, lanes), dtype=np.int32)
    taken = np.zeros(lanes, dtype=np.int32)
    level = bands[0].copy()
    found[0] = 0
    take, broken = np.empty(lanes, dtype=np.bool_), np.empty(lanes, dtype=np.bool_)
    for row in range(1, length):
        np.less(bands[row], level, out=take)
        np.greater(prices[row - 1], level, out=broken)
        np.logical_or(take, broken, out=take)
        np.copyto(level, bands[row], where=take)
        np.copyto(taken, row, where=take)
        found[row] = taken
    rows = np.empty(n, dtype=np.int64)
    starts = np.arange(0, whole, length)
    np.add(found.T, starts[:, None], out=rows[:whole].reshape(lanes, length))
    rows[whole:] = whole  # the rest is mended like any lane
    for start in [*starts[1:].tolist(), *([whole] if whole < n else [])]:
        end = min(start + length, n)
        _mend(band, closes, start, end, rows)
    return rows


def _mend(band: FloatArray, closes: FloatArray, start: int, end: int, rows: IntArray) -> None:
    """Correct the rows of a lane up to where the true band and the assumed one are the same."""
    taken = int(rows[start - 1])
    level = band[taken]
    last_lane = end == len(band)
    for row in range(start, end):
        if band[row] < level or closes[row - 1] > level:
            taken, level = row, band[row]
            if rows[row] == row and not last_lane:
                return
        rows[row] = taken


def _sides(above: BoolArray, below: BoolArray) -> BoolArray:
    """Return whether the trend is up: from a close above the upper band to one below the lower.

    Where the bands have crossed and the close is beyond both, the side changes. It starts up.
    """
    n = len(above)
    both = above & below
    marks = np.where(above ^ below, np.arange(n), 0)
    since = np.maximum.accumulate(marks)
    up: BoolArray = above[since] & ~below[since]
    first = ~np.logical_or.accumulate(above ^ below)
    up |= first
    if both.any():
        turns = np.cumsum(both)
        odd = ((turns - turns[since] + both[since]) % 2).astype(np.bool_)
        up ^= odd
    return up
