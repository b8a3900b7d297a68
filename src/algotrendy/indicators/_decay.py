"""Kernels of recursions that forget by a constant factor: EMA, Wilder averages, RSI, ATR, ADX.

``y[i] = r y[i-1] + g x[i]`` is, within a stretch, ``r**i * (y[0] + cumsum(g x[i] / r**i))``: one
running sum between two multiplications. A stretch ends before ``r**-i`` passes 1e140, and hands its
last value on. All terms that cancel in the sequential form cancel here too, so the error is that of
the sequential form, a few units in the last place.

Laws: stretches are counted from the first row of a run, so results never depend on later rows;
inputs and outputs are contiguous (n,) float64; a kernel fills its outputs wholly; a memory below
1e-200 counts as 0.
Used by: the public indicators, through `_engine`.
"""

from __future__ import annotations

import functools
from math import floor, log
from typing import NamedTuple, final

import numpy as np

from algotrendy.model.arrays import FloatArray

__all__ = [
    "FADED",
    "Table",
    "adx_into",
    "atr_into",
    "chain_into",
    "ema_into",
    "rsi_into",
    "table",
    "true_range_into",
    "wilder_into",
]

FADED = 1e-200
_BLOCK = 16_384
_STRETCH = 8_192
_TRIPLE = 3
_MOST = 140 * log(10)


@final
class Table(NamedTuple):
    """Powers for one stretch of ``y[i] = r y[i-1] + g x[i]``, rows counted from 1."""

    toward: FloatArray
    """``-r**(1-i)``, which turns steps of the input into the distance from it."""
    grow: FloatArray
    """``g r**-i``."""
    shrink: FloatArray
    """``r**i``."""


@functools.lru_cache(maxsize=256)
def table(keep: float, gain: float) -> Table:
    """Return the powers of `keep` for one stretch."""
    rows = max(1, min(_STRETCH, floor(_MOST / -log(keep))))
    exponents = np.arange(1, rows + 1, dtype=np.float64)
    made = Table(
        -np.power(keep, 1 - exponents), gain * np.power(keep, -exponents), np.power(keep, exponents)
    )
    for powers in made:
        powers.flags.writeable = False
    return made


def _scaled(values: FloatArray, factors: FloatArray, out: FloatArray) -> None:
    """Multiply each stretch of `values` by `factors`."""
    rows = len(factors)
    whole = len(values) // rows * rows
    if whole:
        shape = (-1, rows)
        np.multiply(values[:whole].reshape(shape), factors, out=out[:whole].reshape(shape))
    if whole < len(values):
        np.multiply(values[whole:], factors[: len(values) - whole], out=out[whole:])


def _summed(values: FloatArray, shrink: FloatArray, start: float, out: FloatArray) -> float:
    """Add up each stretch of `values`, which is spoilt; return what the last one hands on."""
    rows = len(shrink)
    for first in range(0, len(values), rows):
        part = values[first : first + rows]
        part[0] += start
        done = np.add.accumulate(part, out=out[first : first + rows])
        start = float(done[-1] * shrink[len(part) - 1])
        if -FADED < start < FADED:
            start = 0.0
    return start


def _block(rows: int) -> int:
    return max(1, _BLOCK // rows) * rows


def ema_table(window: int) -> Table:
    """Return the powers of an EMA of 2 bars or more."""
    return table(1 - 2 / (window + 1), 2 / (window + 1))


def wilder_table(window: int) -> Table:
    """Return the powers of a Wilder average of 2 bars or more."""
    return table((window - 1) / window, 1 / window)


def first_mean(values: FloatArray, window: int) -> float:
    """Return the mean of the first `window` values, exact if they are equal."""
    origin = values[0]
    return float(origin + np.add.reduce(values[:window] - origin) / window)


def first_steps(values: FloatArray, window: int) -> tuple[float, float]:
    """Return the mean gain and the mean loss of the first `window` steps."""
    steps = np.diff(values[: window + 1])
    gain = np.add.reduce(np.maximum(steps, 0.0)) / window
    return float(gain), float(np.add.reduce(np.maximum(-steps, 0.0)) / window)


def first_range(high: FloatArray, low: FloatArray, close: FloatArray, window: int) -> float:
    """Return the mean of the first `window` true ranges."""
    ranges = np.empty(window)
    _ranges(high, low, close, 1, ranges, np.empty(window))
    return float(np.add.reduce(ranges) / window)


def first_movements(
    high: FloatArray, low: FloatArray, close: FloatArray, window: int
) -> tuple[float, float, float]:
    """Return rise, fall and true range of the first ``window - 1`` steps, summed over `window`."""
    if window == 1:
        return 0.0, 0.0, 0.0
    up, down, ranges, spare = (np.empty(window - 1) for _ in range(4))
    _movements(high, low, 1, up, down, spare)
    _ranges(high, low, close, 1, ranges, spare)
    return (
        float(np.add.reduce(up) / window),
        float(np.add.reduce(down) / window),
        float(np.add.reduce(ranges) / window),
    )


def ema_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write the exponential mean of weight 2 / (window + 1), seeded by the first window's mean."""
    n = len(values)
    out[: window - 1] = np.nan
    if n < window:
        return
    if window == 1:
        out[:] = values
        return
    out[window - 1] = seed = first_mean(values, window)
    gap = seed - float(values[window - 1])
    toward, _, shrink = ema_table(window)
    size = _block(len(shrink))
    buffer = np.empty(min(size, n - window))
    for first in range(window, n, size):
        now = values[first : first + size]
        target = out[first : first + size]
        part = np.subtract(now, values[first - 1 : first - 1 + len(now)], out=buffer[: len(now)])
        _scaled(part, toward, part)
        gap = _summed(part, shrink, gap, target)
        _scaled(target, shrink, target)
        np.add(now, target, out=target)


def chain_into(values: FloatArray, window: int, order: int, out: FloatArray) -> None:
    """Write the double (order 2) or triple (order 3) exponential mean."""
    lead = window - 1
    out[: order * lead] = np.nan
    if len(values) <= order * lead:
        return
    averages = chain(values, window, order)
    for start in range(0, len(out), _BLOCK):
        rows = slice(start, start + _BLOCK)
        first, target = averages[0][rows], out[rows]
        if order == _TRIPLE:
            np.subtract(first, averages[1][rows], out=first)
            np.multiply(first, 3.0, out=first)
            np.add(first, averages[2][rows], out=target)
        else:
            np.multiply(first, 2.0, out=first)
            np.subtract(first, averages[1][rows], out=target)


def chain(values: FloatArray, window: int, order: int) -> list[FloatArray]:
    """Return the exponential mean, the mean of that, and so on."""
    made: list[FloatArray] = []
    for step in range(order):
        average, lead = np.empty(len(values)), step * (window - 1)
        average[:lead] = np.nan
        ema_into((made[-1] if made else values)[lead:], window, average[lead:])
        made.append(average)
    return made


def _wilder(values: FloatArray, window: int, start: float, out: FloatArray) -> float:
    """Write the Wilder average that goes on from `start`; spoil `values`; return its last."""
    if window == 1:
        out[:] = values
        return float(out[-1])
    _, grow, shrink = wilder_table(window)
    _scaled(values, grow, values)
    end = _summed(values, shrink, start, out)
    _scaled(out, shrink, out)
    return end


def _stretch(window: int) -> int:
    """Rows a block of Wilder averages takes, whole stretches each."""
    return _BLOCK if window == 1 else _block(len(wilder_table(window).shrink))


def wilder_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write the exponential mean with weight 1 / window, seeded by the first window's mean."""
    n = len(values)
    out[: window - 1] = np.nan
    if n < window:
        return
    out[window - 1] = last = first_mean(values, window)
    size = _stretch(window)
    buffer = np.empty(min(size, n - window))
    for first in range(window, n, size):
        target = out[first : first + size]
        part = buffer[: len(target)]
        part[:] = values[first : first + size]
        last = _wilder(part, window, last, target)


def rsi_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write 100 x average gain / (average gain + average loss); 50 where both are 0."""
    n = len(values)
    out[:window] = np.nan
    if n <= window:
        return
    gain, loss = first_steps(values, window)
    total = gain + loss
    out[window] = 100.0 * gain / total if total != 0 else 50.0
    size = _stretch(window)
    ups, downs, spare = (np.empty(min(size, n - window - 1)) for _ in range(3))
    for first in range(window + 1, n, size):
        target = out[first : first + size]
        length = len(target)
        step = np.subtract(
            values[first : first + length],
            values[first - 1 : first - 1 + length],
            out=spare[:length],
        )
        up = np.maximum(step, 0.0, out=ups[:length])
        down = np.subtract(up, step, out=downs[:length])
        gain = _wilder(up, window, gain, target)
        loss = _wilder(down, window, loss, step)
        both = np.add(target, step, out=step)
        np.multiply(target, 100.0, out=target)
        np.divide(target, both, out=target)
        flat = both == 0
        if flat.any():
            target[flat] = 50.0


def true_range_into(high: FloatArray, low: FloatArray, close: FloatArray, out: FloatArray) -> None:
    """Write max(high, previous close) - min(low, previous close); NaN in the first row."""
    n = len(high)
    out[:1] = np.nan
    spare = np.empty(min(_BLOCK, n))
    for first in range(1, n, _BLOCK):
        target = out[first : first + _BLOCK]
        _ranges(high, low, close, first, target, spare[: len(target)])


def _ranges(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    first: int,
    out: FloatArray,
    spare: FloatArray,
) -> None:
    end = first + len(out)
    before = close[first - 1 : end - 1]
    np.maximum(high[first:end], before, out=out)
    np.minimum(low[first:end], before, out=spare)
    np.subtract(out, spare, out=out)


def atr_into(
    high: FloatArray, low: FloatArray, close: FloatArray, window: int, out: FloatArray
) -> None:
    """Write the Wilder average of the true range, the first from rows 1 to `window`."""
    n = len(high)
    out[:window] = np.nan
    if n <= window:
        return
    out[window] = last = first_range(high, low, close, window)
    size = _stretch(window)
    one, two = np.empty(min(size, n - window - 1)), np.empty(min(size, n - window - 1))
    for first in range(window + 1, n, size):
        target = out[first : first + size]
        part = one[: len(target)]
        _ranges(high, low, close, first, part, two[: len(target)])
        last = _wilder(part, window, last, target)


def _movements(
    high: FloatArray,
    low: FloatArray,
    first: int,
    plus: FloatArray,
    minus: FloatArray,
    spare: FloatArray,
) -> None:
    """Write the directional movements: the larger of rise and fall, where it is above 0."""
    end = first + len(plus)
    rise = np.subtract(high[first:end], high[first - 1 : end - 1], out=plus)
    fall = np.subtract(low[first - 1 : end - 1], low[first:end], out=minus)
    np.maximum(rise, 0.0, out=rise)
    np.maximum(fall, 0.0, out=fall)
    np.copyto(spare, rise)
    np.copyto(rise, 0.0, where=rise <= fall)
    np.copyto(fall, 0.0, where=fall <= spare)


def adx_into(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    plus: FloatArray,
    minus: FloatArray,
    adx: FloatArray,
) -> None:
    """Write +DI, -DI (from row `window`) and their smoothed contrast (from row 2 window - 1)."""
    n = len(high)
    for out in (plus, minus):
        out[:window] = np.nan
    adx[: 2 * window - 1] = np.nan
    if n <= window:
        return
    size = _stretch(window)
    ups, downs, ranges, spare = (np.empty(min(size, n - window)) for _ in range(4))
    up, down, spread = first_movements(high, low, close, window)
    for first in range(window, n, size):
        rise, fall = plus[first : first + size], minus[first : first + size]
        length = len(rise)
        _movements(high, low, first, ups[:length], downs[:length], spare[:length])
        up = _wilder(ups[:length], window, up, rise)
        down = _wilder(downs[:length], window, down, fall)
        _ranges(high, low, close, first, ranges[:length], spare[:length])
        spread = _wilder(ranges[:length], window, spread, spare[:length])
        flat = spare[:length] == 0
        for side in (rise, fall):
            np.multiply(side, 100.0, out=side)
            np.divide(side, spare[:length], out=side)
            if flat.any():
                side[flat] = 0.0
    contrast = np.empty(n - window)
    _contrast(plus[window:], minus[window:], contrast)
    wilder_into(contrast, window, adx[window:])


def _contrast(plus: FloatArray, minus: FloatArray, out: FloatArray) -> None:
    """Write 100 x |plus - minus| / (plus + minus); 0 where both are 0."""
    for first in range(0, len(out), _BLOCK):
        rows = slice(first, first + _BLOCK)
        gap = np.subtract(plus[rows], minus[rows], out=out[rows])
        both = plus[rows] + minus[rows]
        np.absolute(gap, out=gap)
        np.multiply(gap, 100.0, out=gap)
        np.divide(gap, both, out=gap)
        flat = both == 0
        if flat.any():
            gap[flat] = 0.0
