"""Compiled twins of the kernels: the same operations in the same order, so the same bits, fused.

Laws: imported on demand only, since numba takes a second to load; first sums are taken by numpy,
whose pairwise order is not repeated here; no fast-math, so nothing is reordered or contracted.
Used by: `_twins`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba  # noqa: TID253 - this whole module is loaded on demand
import numpy as np

from algotrendy.indicators._decay import FADED

__all__ = [
    "adx_loop",
    "atr_loop",
    "balance_loop",
    "bands_loop",
    "change_loop",
    "deviation_loop",
    "ema_loop",
    "extreme_loop",
    "flow_loop",
    "kama_loop",
    "mean_loop",
    "place_loop",
    "range_loop",
    "rank_loop",
    "rsi_loop",
    "score_loop",
    "spread_loop",
    "supertrend_loop",
    "typical_loop",
    "weighted_loop",
    "wilder_loop",
]

F = TypeVar("F", bound=Callable[..., object])
Array = np.ndarray

_BLOCK = 1_024
_SAME = 1e-15


def compiled(function: F) -> F:
    """Compile on first use, kept on disk; errors of arithmetic give inf and NaN as numpy's do."""
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in: then every process compiles for itself
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("F", made)


@compiled
def _size(window: int) -> int:
    return max(_BLOCK, 2 * window)


@compiled
def _below_top(window: int) -> int:
    """Return the second binary digit's worth, where the doubling starts; 0 for a window of 1."""
    top = 1
    while top * 2 <= window:
        top *= 2
    return top // 2


@compiled
def _sums(block: Array, count: int, window: int, this: Array, other: Array) -> Array:
    """Return the moving sums of `block`, the first `count` of the returned buffer."""
    # Loops run over slices, not over shifted indices, and over few arrays at a time: only so are
    # they turned into vector code.
    if window == 1:
        this[:count] = block[:count]
        return this[:count]
    length, width, bit = count + window - 2, 2, _below_top(window)
    first, second, into = block[:length], block[1 : 1 + length], this[:length]
    if window & bit:
        length, width = length - 1, 3
        third = block[2 : 2 + length]
        for i in range(length):
            into[i] = (first[i] + second[i]) + third[i]
    else:
        for i in range(length):
            into[i] = first[i] + second[i]
    bit //= 2
    while bit:
        length -= width
        old, into = this[:length], other[:length]
        new = this[width : width + length]
        if window & bit:
            length -= 1
            fresh = block[2 * width : 2 * width + length]
            for i in range(length):
                into[i] = (old[i] + new[i]) + fresh[i]
            width = 2 * width + 1
        else:
            for i in range(length):
                into[i] = old[i] + new[i]
            width *= 2
        this, other = other, this
        bit //= 2
    return this[:count]


@compiled
def mean_loop(values: Array, window: int, divisor: float, out: Array) -> None:
    """See `_windows.mean_into`."""
    total, size = len(values) - window + 1, _size(window)
    this, other = np.empty(size + window), np.empty(size + window)
    for first in range(0, total, size):
        count = min(size, total - first)
        sums = _sums(values[first : first + count + window - 1], count, window, this, other)
        into = out[first + window - 1 : first + window - 1 + count]
        if divisor == 1.0:
            for i in range(count):
                into[i] = sums[i]
        else:
            for i in range(count):
                into[i] = sums[i] / divisor


@compiled
def _extremes(
    values: Array, first: int, count: int, window: int, sign: float, this: Array, other: Array
) -> Array:
    """Return the moving maxima of `values` times `sign`."""
    length, width = count + window - 1, 1
    part = values[first : first + length]
    if window == 1:
        for i in range(length):
            this[i] = part[i] * sign
        return this[:count]
    length, width = length - 1, 2
    next_part, into = part[1 : 1 + length], this[:length]
    if sign == 1.0:
        for i in range(length):
            into[i] = max(next_part[i], part[i])
    else:
        for i in range(length):
            into[i] = -(min(next_part[i], part[i]))
    while width < window:
        shift = min(width, window - width)
        length -= shift
        old, new, into = this[:length], this[shift : shift + length], other[:length]
        for i in range(length):
            into[i] = max(new[i], old[i])
        width += shift
        this, other = other, this
    return this[:count]


@compiled
def extreme_loop(values: Array, window: int, sign: float, out: Array) -> None:
    """See `_windows.extreme_into`; minima are the mirrored maxima of the mirrored values."""
    total, size = len(values) - window + 1, _size(window)
    this, other = np.empty(size + window), np.empty(size + window)
    for first in range(0, total, size):
        count = min(size, total - first)
        found = _extremes(values, first, count, window, sign, this, other)
        into = out[first + window - 1 : first + window - 1 + count]
        for i in range(count):
            into[i] = found[i] * sign


@compiled
def _moments(  # noqa: PLR0913, PLR0917
    values: Array,
    first: int,
    count: int,
    window: int,
    block: Array,
    offsets: Array,
    offsets_too: Array,
    squares: Array,
    squares_too: Array,
    gap: Array,
) -> tuple[Array, Array]:
    """Return offsets of the mean from the first value, and summed squared deviations."""
    length, width, bit = count + window - 1, 1, _below_top(window)
    block[:length] = values[first : first + length]
    offsets[:length] = 0.0
    squares[:length] = 0.0
    while bit:
        length -= width
        half, end = width / 2, width + length
        old, new = block[:length], block[width:end]
        old_offset, new_offset, offset = offsets[:length], offsets[width:end], offsets_too[:length]
        old_square, new_square, square = squares[:length], squares[width:end], squares_too[:length]
        for i in range(length):
            gap[i] = (new[i] - old[i]) + (new_offset[i] - old_offset[i])
        for i in range(length):
            offset[i] = old_offset[i] + gap[i] * 0.5
        for i in range(length):
            square[i] = (old_square[i] + new_square[i]) + (gap[i] * gap[i]) * half
        offsets, offsets_too = offsets_too, offsets
        squares, squares_too = squares_too, squares
        width *= 2
        if window & bit:
            length -= 1
            part, share = 1 / (width + 1), width / (width + 1)
            old, new = block[:length], block[width : width + length]
            offset, square = offsets[:length], squares[:length]
            for i in range(length):
                gap[i] = (new[i] - old[i]) - offset[i]
            for i in range(length):
                offset[i] = offset[i] + gap[i] * part
                square[i] = square[i] + (gap[i] * gap[i]) * share
            width += 1
        bit //= 2
    return offsets[:count], squares[:count]


@compiled
def _means(
    values: Array,
    first: int,
    count: int,
    window: int,
    block: Array,
    offsets: Array,
    offsets_too: Array,
) -> Array:
    """Return the means of `count` windows, from offsets as in `_moments`."""
    length, width, bit = count + window - 1, 1, _below_top(window)
    block[:length] = values[first : first + length]
    offsets[:length] = 0.0
    while bit:
        length -= width
        end = width + length
        old, new = block[:length], block[width:end]
        old_offset, new_offset, offset = offsets[:length], offsets[width:end], offsets_too[:length]
        for i in range(length):
            gap = (new[i] - old[i]) + (new_offset[i] - old_offset[i])
            offset[i] = old_offset[i] + gap * 0.5
        offsets, offsets_too = offsets_too, offsets
        width *= 2
        if window & bit:
            length -= 1
            part = 1 / (width + 1)
            old, new, offset = block[:length], block[width : width + length], offsets[:length]
            for i in range(length):
                gap = (new[i] - old[i]) - offset[i]
                offset[i] = offset[i] + gap * part
            width += 1
        bit //= 2
    means = offsets[:count]
    for i in range(count):
        means[i] = means[i] + block[i]
    return means


@compiled
def spread_loop(values: Array, window: int, ddof: int, out: Array) -> None:
    """See `_windows.spread_into`."""
    total, size = len(values) - window + 1, _size(window)
    rooms = np.empty((6, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        _, squares = _moments(
            values, first, count, window, rooms[0], rooms[1], rooms[2], rooms[3], rooms[4], rooms[5]
        )
        into = out[first + window - 1 : first + window - 1 + count]
        for i in range(count):
            into[i] = np.sqrt(squares[i] / (window - ddof))


@compiled
def score_loop(values: Array, window: int, ddof: int, out: Array) -> None:
    """See `_windows.score_into`."""
    total, size = len(values) - window + 1, _size(window)
    rooms = np.empty((6, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        offsets, squares = _moments(
            values, first, count, window, rooms[0], rooms[1], rooms[2], rooms[3], rooms[4], rooms[5]
        )
        start = first + window - 1
        into = out[start : start + count]
        old, new = values[first : first + count], values[start : start + count]
        for i in range(count):
            spread = np.sqrt(squares[i] / (window - ddof))
            gap = (new[i] - old[i]) - offsets[i]
            into[i] = 0.0 if spread == 0 else gap / spread


@compiled
def bands_loop(
    values: Array, window: int, width: float, lower: Array, middle: Array, upper: Array
) -> None:
    """See `_windows.bands_into`."""
    total, size = len(values) - window + 1, _size(window)
    rooms = np.empty((6, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        offsets, squares = _moments(
            values, first, count, window, rooms[0], rooms[1], rooms[2], rooms[3], rooms[4], rooms[5]
        )
        start = first + window - 1
        into, below, above = (
            middle[start : start + count],
            lower[start : start + count],
            upper[start : start + count],
        )
        old = values[first : first + count]
        for i in range(count):
            reach = np.sqrt(squares[i] / window) * width
            mean = old[i] + offsets[i]
            into[i] = mean
            below[i] = mean - reach
            above[i] = mean + reach


@compiled
def weighted_loop(values: Array, window: int, out: Array) -> None:
    """See `_windows.weighted_into`."""
    total, size = len(values) - window + 1, _size(window)
    weights = window * (window + 1) / 2
    rooms = np.empty((5, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        block, plain, plain_too, heavy, heavy_too = (
            rooms[0],
            rooms[1],
            rooms[2],
            rooms[3],
            rooms[4],
        )
        length, width, bit = count + window - 1, 1, _below_top(window)
        for i in range(length):
            block[i] = values[first + i]
            plain[i] = block[i]
            heavy[i] = block[i]
        while bit:
            length -= width
            end = width + length
            old, new, into = plain[:length], plain[width:end], plain_too[:length]
            heavy_old, heavy_new, heavy_into = heavy[:length], heavy[width:end], heavy_too[:length]
            for i in range(length):
                heavy_into[i] = (heavy_old[i] + heavy_new[i]) + new[i] * width
            for i in range(length):
                into[i] = old[i] + new[i]
            heavy, heavy_too = heavy_too, heavy
            plain, plain_too = plain_too, plain
            width *= 2
            if window & bit:
                length -= 1
                fresh, into, heavy_into = (
                    block[width : width + length],
                    plain[:length],
                    heavy[:length],
                )
                for i in range(length):
                    heavy_into[i] = heavy_into[i] + fresh[i] * (width + 1)
                    into[i] = into[i] + fresh[i]
                width += 1
            bit //= 2
        into = out[first + window - 1 : first + window - 1 + count]
        for i in range(count):
            into[i] = heavy[i] / weights


@compiled
def deviation_loop(values: Array, window: int, scale: float, out: Array) -> None:
    """See `_windows.deviation_into`."""
    total, size = len(values) - window + 1, _size(window)
    rooms = np.empty((4, size + window))
    summed, block = rooms[3], rooms[0]
    for first in range(0, total, size):
        count = min(size, total - first)
        means = _means(values, first, count, window, block, rooms[1], rooms[2])
        for i in range(count):
            summed[i] = 0.0
        for lag in range(window):
            then = block[lag : lag + count]
            for i in range(count):
                summed[i] += abs(then[i] - means[i])
        start = first + window - 1
        into, now = out[start : start + count], values[start : start + count]
        for i in range(count):
            spread = summed[i] * (scale / window)
            into[i] = 0.0 if spread == 0 else (now[i] - means[i]) / spread


@compiled
def rank_loop(values: Array, window: int, out: Array) -> None:
    """See `_windows.rank_into`."""
    total, size = len(values) - window + 1, _BLOCK
    points = np.empty(size, dtype=np.int32)
    for first in range(0, total, size):
        count = min(size, total - first)
        points[:] = 1
        start = first + window - 1
        into, now = out[start : start + count], values[start : start + count]
        for lag in range(window):
            then = values[first + lag : first + lag + count]
            for i in range(count):
                points[i] += int(then[i] < now[i]) + int(then[i] <= now[i])
        for i in range(count):
            into[i] = points[i] * 0.5


@compiled
def _carried(value: float) -> float:
    return 0.0 if -FADED < value < FADED else value


@compiled
def ema_loop(
    values: Array, start: int, toward: Array, shrink: Array, gap: float, out: Array
) -> None:
    """See `_decay.ema_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(values), rows):
        total = gap
        count = min(rows, len(values) - first)
        now, before = values[first : first + count], values[first - 1 : first - 1 + count]
        into = out[first : first + count]
        for j in range(count):
            total += (now[j] - before[j]) * toward[j]
            into[j] = now[j] + total * shrink[j]
        gap = _carried(total * shrink[count - 1])


@compiled
def wilder_loop(
    values: Array, start: int, grow: Array, shrink: Array, last: float, out: Array
) -> None:
    """See `_decay.wilder_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(values), rows):
        total = last
        count = min(rows, len(values) - first)
        now, into = values[first : first + count], out[first : first + count]
        for j in range(count):
            total += now[j] * grow[j]
            into[j] = total * shrink[j]
        last = _carried(total * shrink[count - 1])


@compiled
def rsi_loop(
    values: Array, start: int, grow: Array, shrink: Array, gain: float, loss: float, out: Array
) -> None:
    """See `_decay.rsi_into`; from row `start`. A NaN shows through the loss."""
    rows = len(shrink)
    for first in range(start, len(values), rows):
        gains, losses = gain, loss
        count = min(rows, len(values) - first)
        now, before = values[first : first + count], values[first - 1 : first - 1 + count]
        into = out[first : first + count]
        for j in range(count):
            step = now[j] - before[j]
            up = step if step > 0 else 0.0
            gains += up * grow[j]
            losses += (up - step) * grow[j]
            rise = gains * shrink[j]
            both = rise + losses * shrink[j]
            into[j] = 50.0 if both == 0 else rise * 100.0 / both
        gain = _carried(gains * shrink[count - 1])
        loss = _carried(losses * shrink[count - 1])


@compiled
def _range(high: float, low: float, before: float) -> float:
    # Written so that a NaN on either side stays.
    top = high if high >= before or high != high else before  # noqa: PLR0124
    bottom = low if low <= before or low != low else before  # noqa: PLR0124
    return top - bottom


@compiled
def range_loop(high: Array, low: Array, close: Array, out: Array) -> None:
    """See `_decay.true_range_into`; from row 1."""
    tops, bottoms, into = high[1:], low[1:], out[1:]
    for i in range(len(into)):
        into[i] = _range(tops[i], bottoms[i], close[i])


@compiled
def atr_loop(
    high: Array,
    low: Array,
    close: Array,
    start: int,
    grow: Array,
    shrink: Array,
    last: float,
    out: Array,
) -> None:
    """See `_decay.atr_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(high), rows):
        total = last
        count = min(rows, len(high) - first)
        tops, bottoms = high[first : first + count], low[first : first + count]
        before, into = close[first - 1 : first - 1 + count], out[first : first + count]
        for j in range(count):
            total += _range(tops[j], bottoms[j], before[j]) * grow[j]
            into[j] = total * shrink[j]
        last = _carried(total * shrink[count - 1])


@compiled
def adx_loop(  # noqa: PLR0913, PLR0917
    high: Array,
    low: Array,
    close: Array,
    start: int,
    grow: Array,
    shrink: Array,
    up: float,
    down: float,
    spread: float,
    plus: Array,
    minus: Array,
    contrast: Array,
) -> None:
    """See `_decay.adx_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(high), rows):
        ups, downs, spreads = up, down, spread
        count = min(rows, len(high) - first)
        for j in range(count):
            i = first + j
            rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
            ups += (rise if rise > fall and rise > 0 else 0.0) * grow[j]
            downs += (fall if fall > rise and fall > 0 else 0.0) * grow[j]
            spreads += _range(high[i], low[i], close[i - 1]) * grow[j]
            whole = spreads * shrink[j]
            plus[i] = 0.0 if whole == 0 else ups * shrink[j] * 100.0 / whole
            minus[i] = 0.0 if whole == 0 else downs * shrink[j] * 100.0 / whole
            both = plus[i] + minus[i]
            contrast[i] = 0.0 if both == 0 else abs(plus[i] - minus[i]) * 100.0 / both
        up, down = _carried(ups * shrink[count - 1]), _carried(downs * shrink[count - 1])
        spread = _carried(spreads * shrink[count - 1])


@compiled
def kama_loop(values: Array, window: int, rows: int, quick: float, idle: float, out: Array) -> None:
    """See `_adaptive.kama_into`."""
    gap = 0.0
    rooms = np.empty((4, rows + window))
    moves, share = rooms[0], rooms[1]
    for first in range(window, len(values), rows):
        count = min(rows, len(values) - first)
        now, before = values[first : first + count], values[first - 1 : first - 1 + count]
        old, into = values[first - window : first - window + count], out[first : first + count]
        length = count + window - 1
        new, last = values[first - window + 1 :], values[first - window :]
        for i in range(length):
            moves[i] = abs(new[i] - last[i])
        path = _sums(moves, count, window, rooms[2], rooms[3])
        for i in range(count):
            part = abs(now[i] - old[i]) / path[i]
            part = part if path[i] != 0 else 1.0
            part = part if not part > 1.0 else 1.0
            weight = part * (quick - idle) + idle
            share[i] = 1.0 - weight * weight
        total, kept, distance = gap, 1.0, gap
        for i in range(count):
            kept = kept * share[i]
            total += -((now[i] - before[i]) * share[i] / kept)
            distance = total * kept
            into[i] = now[i] + distance
        gap = _carried(distance)


@compiled
def balance_loop(close: Array, volume: Array, out: Array) -> None:
    """See `_adaptive.balance_into`."""
    total = volume[0]
    out[0] = total
    for i in range(1, len(close)):
        step = close[i] - close[i - 1]
        if step > 0:
            total += volume[i]
        elif step < 0:
            total -= volume[i]
        elif step != 0 or volume[i] != volume[i]:
            total += np.nan
        out[i] = total


@compiled
def supertrend_loop(
    high: Array, low: Array, close: Array, window: int, width: float, line: Array, direction: Array
) -> None:
    """See `_adaptive.supertrend_into`; `line` comes with the ATR in it."""
    up = True
    upper = lower = 0.0
    for i in range(window, len(high)):
        middle = (high[i] + low[i]) * 0.5
        reach = line[i] * width
        over, under = middle + reach, middle - reach
        if i == window:
            upper, lower = over, under
        else:
            if over < upper or close[i - 1] > upper:
                upper = over
            if under > lower or close[i - 1] < lower:
                lower = under
        above, below = close[i] > upper, close[i] < lower
        if above and below:
            up = not up
        elif above:
            up = True
        elif below:
            up = False
        line[i] = lower if up else upper
        direction[i] = 1.0 if up else -1.0
        if reach != reach:  # noqa: PLR0124 - a missing price
            line[i] = direction[i] = np.nan


@compiled
def place_loop(
    high: Array, low: Array, close: Array, window: int, scale: float, shift: float, out: Array
) -> None:
    """See `_ratios.place_into`."""
    total, size = len(high) - window + 1, _size(window)
    rooms = np.empty((4, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        highest = _extremes(high, first, count, window, 1.0, rooms[0], rooms[1])
        lowest = _extremes(low, first, count, window, -1.0, rooms[2], rooms[3])
        start = first + window - 1
        into, now = out[start : start + count], close[start : start + count]
        middle = scale / 2 + shift
        if shift != 0:
            for i in range(count):
                spread = highest[i] + lowest[i]
                place = (now[i] - highest[i]) / spread * scale
                into[i] = middle if spread == 0 else place
        else:
            for i in range(count):
                spread = highest[i] + lowest[i]
                place = (now[i] + lowest[i]) / spread * scale
                into[i] = middle if spread == 0 else place


@compiled
def change_loop(values: Array, window: int, out: Array) -> None:
    """See `_ratios.change_into`."""
    now, into = values[window:], out[window:]
    for i in range(len(now)):
        before = values[i]
        into[i] = np.nan if before == 0 else (now[i] / before - 1.0) * 100.0


@compiled
def flow_loop(price: Array, volume: Array, window: int, out: Array) -> None:
    """See `_ratios.flow_into`."""
    total, size = len(price) - window, _size(window)
    rooms = np.empty((5, size + window))
    rising, money = rooms[0], rooms[1]
    for first in range(0, total, size):
        count = min(size, total - first)
        length = count + window - 1
        now, before = price[first + 1 : first + 1 + length], price[first : first + length]
        traded = volume[first + 1 : first + 1 + length]
        for i in range(length):
            flow, step, slack = now[i] * traded[i], now[i] - before[i], now[i] * _SAME
            rising[i] = flow if step > slack else 0.0
            money[i] = flow if abs(step) > slack else 0.0
        into = out[first + window : first + window + count]
        ups = _sums(rising, count, window, rooms[2], rooms[3])
        for i in range(count):
            into[i] = ups[i] * 100.0
        both = _sums(money, count, window, rooms[2], rooms[3])
        for i in range(count):
            share = into[i] / both[i]
            into[i] = 50.0 if both[i] == 0 else share


@compiled
def typical_loop(high: Array, low: Array, close: Array, out: Array) -> None:
    """See `_ratios.typical_into`."""
    for i in range(len(high)):
        out[i] = ((high[i] + low[i]) + close[i]) / 3.0
