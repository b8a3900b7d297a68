"""Compiled twins of the window kernels: equal operations in the same order, so the same bits, fused.

Laws: imported on demand only, since numba takes a second to load; first sums are taken by numpy,
whose pairwise order is not repeated here; no fast-math, so nothing is reordered or contracted.
Used by: `_twins`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba  # noqa: TID253 - this whole module is loaded on demand
import numpy as np

__all__ = [
    "BLOCK",
    "Array",
    "bands_loop",
    "compiled",
    "deviation_loop",
    "extreme_loop",
    "extremes",
    "mean_loop",
    "rank_loop",
    "score_loop",
    "size_of",
    "spread_loop",
    "sums_of",
    "weighted_loop",
]

F = TypeVar("F", bound=Callable[..., object])
Array = np.ndarray

BLOCK = 1_024


def compiled(function: F) -> F:
    """Compile on first use, kept on disk; errors of arithmetic give inf and NaN as numpy's do."""
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in: then every process compiles for itself
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("F", made)


@compiled
def size_of(window: int) -> int:
    return max(BLOCK, 2 * window)


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
def sums_of(block: Array, count: int, window: int, this: Array, other: Array) -> Array:
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
    total, size = len(values) - window + 1, size_of(window)
    this, other = np.empty(size + window), np.empty(size + window)
    for first in range(0, total, size):
        count = min(size, total - first)
        sums = sums_of(values[first : first + count + window - 1], count, window, this, other)
        into = out[first + window - 1 : first + window - 1 + count]
        if divisor == 1.0:
            into[:] = sums
        else:
            _divided(sums, divisor, into)


@compiled
def extremes(
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
    total, size = len(values) - window + 1, size_of(window)
    this, other = np.empty(size + window), np.empty(size + window)
    for first in range(0, total, size):
        count = min(size, total - first)
        found = extremes(values, first, count, window, sign, this, other)
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
    total, size = len(values) - window + 1, size_of(window)
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
    total, size = len(values) - window + 1, size_of(window)
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
    total, size = len(values) - window + 1, size_of(window)
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
    total, size = len(values) - window + 1, size_of(window)
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
    total, size = len(values) - window + 1, size_of(window)
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
    total, size = len(values) - window + 1, BLOCK
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
