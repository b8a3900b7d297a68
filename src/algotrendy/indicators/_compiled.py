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
    "chain_loop",
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


# One operation over whole arrays a function: inside a larger one LLVM gives up on vector code, since
# it would have to rule out too many overlaps.


@compiled
def _add(old: Array, new: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = old[i] + new[i]


@compiled
def _add_three(old: Array, new: Array, fresh: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = (old[i] + new[i]) + fresh[i]


@compiled
def _greater(old: Array, new: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = max(new[i], old[i])


@compiled
def _scaled(values: Array, factor: float, into: Array) -> None:
    for i in range(len(into)):
        into[i] = values[i] * factor


@compiled
def _divided(values: Array, divisor: float, into: Array) -> None:
    for i in range(len(into)):
        into[i] = values[i] / divisor


@compiled
def _gaps(old: Array, new: Array, old_offset: Array, new_offset: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = (new[i] - old[i]) + (new_offset[i] - old_offset[i])


@compiled
def _gaps_of_one(old: Array, new: Array, offset: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = (new[i] - old[i]) - offset[i]


@compiled
def _shifted(offset: Array, gap: Array, factor: float, into: Array) -> None:
    for i in range(len(into)):
        into[i] = offset[i] + gap[i] * factor


@compiled
def _squared(old: Array, new: Array, gap: Array, factor: float, into: Array) -> None:
    for i in range(len(into)):
        into[i] = (old[i] + new[i]) + (gap[i] * gap[i]) * factor


@compiled
def _add_to(into: Array, fresh: Array, factor: float) -> None:
    for i in range(len(into)):
        into[i] += fresh[i] * factor


@compiled
def _add_squares_to(into: Array, gap: Array, factor: float) -> None:
    for i in range(len(into)):
        into[i] += (gap[i] * gap[i]) * factor


@compiled
def _weighted(old: Array, new: Array, plain: Array, factor: float, into: Array) -> None:
    for i in range(len(into)):
        into[i] = (old[i] + new[i]) + plain[i] * factor


@compiled
def _distances(then: Array, means: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] += abs(then[i] - means[i])


@compiled
def _sums(block: Array, count: int, window: int, this: Array, other: Array) -> Array:
    """Return the moving sums of `block`, the first `count` of the returned buffer."""
    if window == 1:
        this[:count] = block[:count]
        return this[:count]
    length, width, bit = count + window - 2, 2, _below_top(window)
    if window & bit:
        length, width = length - 1, 3
        _add_three(block[:length], block[1 : 1 + length], block[2 : 2 + length], this[:length])
    else:
        _add(block[:length], block[1 : 1 + length], this[:length])
    bit //= 2
    while bit:
        length -= width
        if window & bit:
            length -= 1
            fresh = block[2 * width : 2 * width + length]
            _add_three(this[:length], this[width : width + length], fresh, other[:length])
            width = 2 * width + 1
        else:
            _add(this[:length], this[width : width + length], other[:length])
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
            into[:] = sums
        else:
            _divided(sums, divisor, into)


@compiled
def _extremes(
    values: Array, first: int, count: int, window: int, sign: float, this: Array, other: Array
) -> Array:
    """Return the moving maxima of `values` times `sign`."""
    length, width = count + window - 1, 1
    _scaled(values[first : first + length], sign, this[:length])
    while width < window:
        shift = min(width, window - width)
        length -= shift
        _greater(this[:length], this[shift : shift + length], other[:length])
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
        _scaled(found, sign, out[first + window - 1 : first + window - 1 + count])


@compiled
def _moments(
    values: Array, first: int, count: int, window: int, rooms: Array
) -> tuple[Array, Array]:
    """Return offsets of the mean from the first value, and summed squared deviations."""
    block, offsets, offsets_too = rooms[0], rooms[1], rooms[2]
    squares, squares_too = rooms[3], rooms[4]
    length, width, bit = count + window - 1, 1, _below_top(window)
    block[:length] = values[first : first + length]
    offsets[:length] = 0.0
    squares[:length] = 0.0
    while bit:
        length -= width
        end = width + length
        gap, old = rooms[5][:length], block[:length]
        _gaps(old, block[width:end], offsets[:length], offsets[width:end], gap)
        _shifted(offsets[:length], gap, 0.5, offsets_too[:length])
        _squared(squares[:length], squares[width:end], gap, width / 2, squares_too[:length])
        offsets, offsets_too = offsets_too, offsets
        squares, squares_too = squares_too, squares
        width *= 2
        if window & bit:
            length -= 1
            part, share, end = 1 / (width + 1), width / (width + 1), width + length
            gap, offset, square = rooms[5][:length], offsets[:length], squares[:length]
            _gaps_of_one(block[:length], block[width:end], offset, gap)
            _add_to(offset, gap, part)
            _add_squares_to(square, gap, share)
            width += 1
        bit //= 2
    return offsets[:count], squares[:count]


@compiled
def _means(values: Array, first: int, count: int, window: int, rooms: Array) -> Array:
    """Return the means of `count` windows, from offsets as in `_moments`."""
    block, offsets, offsets_too = rooms[0], rooms[1], rooms[2]
    length, width, bit = count + window - 1, 1, _below_top(window)
    block[:length] = values[first : first + length]
    offsets[:length] = 0.0
    while bit:
        length -= width
        end = width + length
        gap = rooms[3][:length]
        _gaps(block[:length], block[width:end], offsets[:length], offsets[width:end], gap)
        _shifted(offsets[:length], gap, 0.5, offsets_too[:length])
        offsets, offsets_too = offsets_too, offsets
        width *= 2
        if window & bit:
            length -= 1
            gap, offset = rooms[3][:length], offsets[:length]
            _gaps_of_one(block[:length], block[width : width + length], offset, gap)
            _add_to(offset, gap, 1 / (width + 1))
            width += 1
        bit //= 2
    means: Array = offsets_too[:count]
    _add(offsets[:count], block[:count], means)
    return means


@compiled
def spread_loop(values: Array, window: int, ddof: int, out: Array) -> None:
    """See `_windows.spread_into`."""
    total, size = len(values) - window + 1, _size(window)
    rooms = np.empty((6, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        _, squares = _moments(values, first, count, window, rooms)
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
        offsets, squares = _moments(values, first, count, window, rooms)
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
        offsets, squares = _moments(values, first, count, window, rooms)
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
        length, width, bit = count + window - 1, 1, _below_top(window)
        # The block itself must stay, since rows are added to windows from it: two rooms beside it each.
        block, plain, heavy = rooms[0], rooms[0], rooms[0]
        plain_next, plain_then, heavy_next, heavy_then = rooms[1], rooms[2], rooms[3], rooms[4]
        block[:length] = values[first : first + length]
        while bit:
            length -= width
            end = width + length
            new = plain[width:end]
            _weighted(heavy[:length], heavy[width:end], new, float(width), heavy_next[:length])
            _add(plain[:length], new, plain_next[:length])
            plain, plain_next, plain_then = plain_next, plain_then, plain_next
            heavy, heavy_next, heavy_then = heavy_next, heavy_then, heavy_next
            width *= 2
            if window & bit:
                length -= 1
                fresh = block[width : width + length]
                _add_to(heavy[:length], fresh, float(width + 1))
                _add_to(plain[:length], fresh, 1.0)
                width += 1
            bit //= 2
        _divided(heavy[:count], weights, out[first + window - 1 : first + window - 1 + count])


@compiled
def deviation_loop(values: Array, window: int, scale: float, out: Array) -> None:
    """See `_windows.deviation_into`."""
    total, size = len(values) - window + 1, _size(window)
    rooms, summed = np.empty((4, size + window)), np.empty(size)
    for first in range(0, total, size):
        count = min(size, total - first)
        means = _means(values, first, count, window, rooms)
        summed[:count] = 0.0
        for lag in range(window):
            _distances(rooms[0][lag : lag + count], means, summed[:count])
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
def _average_on(
    now: Array, before: Array, toward: Array, shrink: Array, total: float, at: int, into: Array
) -> tuple[float, int]:
    """Go on with an EMA from row `at` of a stretch; return where it stands."""
    rows, done = len(shrink), 0
    while done < len(into):
        count = min(rows - at, len(into) - done)
        for j in range(count):
            total += (now[done + j] - before[done + j]) * toward[at + j]
            into[done + j] = now[done + j] + total * shrink[at + j]
        done, at = done + count, at + count
        if at == rows:
            total, at = _carried(total * shrink[rows - 1]), 0
    return total, at


@compiled
def chain_loop(
    values: Array, window: int, order: int, toward: Array, shrink: Array, seeds: Array, out: Array
) -> None:
    """See `_decay.chain_into`; each average counts its stretches from its own first row."""
    lead = window - 1
    start = order * lead
    rooms = np.empty((4, max(_BLOCK, start) + 1))
    totals, at = np.zeros(4), np.zeros(4, dtype=np.int64)
    # Row 0 of a room holds the last row before the block, so that steps into it are known.
    rooms[0, : start - lead + 1] = values[lead : start + 1]
    for step in range(1, order + 1):
        length = start - step * lead + 1
        source = rooms[step - 1, :length] if step == 1 else rooms[step - 1, lead : lead + length]
        target = rooms[step]
        target[0] = seeds[step - 1]
        totals[step], at[step] = _average_on(
            source[1:], source, toward, shrink, seeds[step - 1] - source[0], 0, target[1:length]
        )
        source_last = source[length - 1]
        rooms[step - 1, 0] = source_last
    last = rooms[order]
    out[start] = _chained(order, rooms[1, 0], rooms[2, 0], last[0])
    for first in range(start + 1, len(values), _BLOCK):
        count = min(_BLOCK, len(values) - first)
        rooms[0, 1 : count + 1] = values[first : first + count]
        for step in range(1, order + 1):
            source, target = rooms[step - 1], rooms[step]
            totals[step], at[step] = _average_on(
                source[1:], source, toward, shrink, totals[step], at[step], target[1 : count + 1]
            )
        one, two, three = rooms[1], rooms[2], rooms[order]
        into = out[first : first + count]
        for i in range(count):
            into[i] = _chained(order, one[i + 1], two[i + 1], three[i + 1])
        for step in range(order + 1):
            rooms[step, 0] = rooms[step, count]


@compiled
def _chained(order: int, one: float, two: float, three: float) -> float:
    return one * 2.0 - two if order == 2 else (one - two) * 3.0 + three  # noqa: PLR2004


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
