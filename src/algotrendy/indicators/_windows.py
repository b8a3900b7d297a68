"""Kernels of moving windows: sums, extremes, means, spreads, weighted sums and ranks.

A window of any length is built by doubling: from every sum over k rows come the sums over 2k rows
with one addition, and over k + 1 rows with another, so that w rows take about log2(w) passes of
whole-array arithmetic. Blocks of rows keep the passes in the second-level cache.

Laws: what a window gives depends on its own rows only, bit for bit, never on rows that left it:
nothing is subtracted, so nothing is lost on long series; NaN spoils the windows that see it and no
other. Inputs and outputs are contiguous (n,) float64; a kernel fills its outputs wholly.
Source of the spread: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for
computing sample variances", 1979.
Used by: the public indicators, through `_engine`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from algotrendy.model.arrays import FloatArray

__all__ = [
    "bands_into",
    "deviation_into",
    "extreme_into",
    "mean_into",
    "rank_into",
    "score_into",
    "spread_into",
    "weighted_into",
]

_BLOCK = 32_768
_HALF_BYTE = 127
# Rows whose two points each still fit a byte.


def _blocks(n: int, window: int) -> Iterator[tuple[int, int]]:
    """Yield blocks of window starts; long windows take longer blocks, so that halos stay small."""
    size = max(_BLOCK, 2 * window)
    count = n - window + 1
    for first in range(0, count, size):
        yield first, min(first + size, count)


def _buffer(n: int, window: int) -> FloatArray:
    return np.empty(min(max(_BLOCK, 2 * window), max(n - window + 1, 0)) + window)


def _bits(window: int) -> str:
    """Binary digits below the leading one: for each, double; for a one, add a row too."""
    return bin(window)[3:]


def mean_into(values: FloatArray, window: int, divisor: float, out: FloatArray) -> None:
    """Write moving sums over `divisor`."""
    n = len(values)
    out[: window - 1] = np.nan
    if n < window:
        return
    if window == 1:
        np.divide(values, divisor, out=out)
        return
    steps = _bits(window)
    this, other = _buffer(n, window), _buffer(n, window)
    for first, end in _blocks(n, window):
        block = values[first : end + window - 1]
        target = out[first + window - 1 : end + window - 1]
        sums, width = block, 1
        for step, bit in enumerate(steps):
            last = step == len(steps) - 1
            length = len(sums) - width
            into = target if last and bit == "0" else this[:length]
            np.add(sums[:length], sums[width:], out=into)
            width *= 2
            if bit == "1":
                length -= 1
                grown = target if last else into[:length]
                # In place is safe: both operands are read where the result is written.
                np.add(into[:length], block[width : width + length], out=grown)
                into, width = grown, width + 1
            sums = into
            this, other = other, this
        if divisor != 1.0:
            np.divide(target, divisor, out=target)


def extreme_into(values: FloatArray, window: int, greatest: bool, out: FloatArray) -> None:  # noqa: FBT001
    """Write moving maxima, or minima."""
    n = len(values)
    pick = np.maximum if greatest else np.minimum
    out[: window - 1] = np.nan
    if n < window:
        return
    if window == 1:
        out[:] = values
        return
    this, other = _buffer(n, window), _buffer(n, window)
    for first, end in _blocks(n, window):
        sums = values[first : end + window - 1]
        target = out[first + window - 1 : end + window - 1]
        width = 1
        while width < window:
            # The last step overlaps the halves: an extreme may see a row twice.
            shift = min(width, window - width)
            length = len(sums) - shift
            into = target if width + shift == window else this[:length]
            pick(sums[:length], sums[shift : shift + length], out=into)
            sums, width = into, width + shift
            this, other = other, this


def _moments(
    values: FloatArray, window: int, *, spread: bool
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield for each block the rows of its outputs, the offsets, and the summed squared deviations.

    The offset is the mean less the window's first value. Steps between values are exact where they
    are small, so a small spread on top of a large price keeps its digits, and a window of equal
    values has offset 0 and spread 0 exactly. What is yielded may be written, and is gone at the next
    step.
    """
    n = len(values)
    if n < window:
        return
    steps = _bits(window)
    offsets, spare, gap = _buffer(n, window), _buffer(n, window), _buffer(n, window)
    squares, spare_squares = _buffer(n, window), _buffer(n, window)
    for first, end in _blocks(n, window):
        block = values[first : end + window - 1]
        width, length = 1, len(block)
        offsets[:length] = 0.0
        squares[:length] = 0.0
        for bit in steps:
            length -= width
            old, new = offsets[:length], spare[:length]
            delta = np.subtract(block[width : width + length], block[:length], out=gap[:length])
            if width > 1:
                np.subtract(offsets[width : width + length], old, out=new)
                np.add(delta, new, out=delta)
                np.multiply(delta, 0.5, out=new)
                np.add(old, new, out=new)
            else:
                np.multiply(delta, 0.5, out=new)
            if spread:
                np.multiply(delta, delta, out=delta)
                np.multiply(delta, width / 2, out=delta)
                if width > 1:
                    summed = spare_squares[:length]
                    np.add(squares[:length], squares[width : width + length], out=summed)
                    np.add(summed, delta, out=summed)
                    squares, spare_squares = spare_squares, squares
                else:
                    gap, squares = squares, gap
            width *= 2
            offsets, spare = spare, offsets
            if bit == "1":
                length -= 1
                old, part = offsets[:length], spare[:length]
                fresh = block[width : width + length]
                delta = np.subtract(fresh, block[:length], out=gap[:length])
                np.subtract(delta, old, out=delta)
                np.multiply(delta, 1 / (width + 1), out=part)
                np.add(old, part, out=old)
                if spread:
                    np.multiply(delta, delta, out=delta)
                    np.multiply(delta, width / (width + 1), out=delta)
                    np.add(squares[:length], delta, out=squares[:length])
                width += 1
        rows = slice(first + window - 1, end + window - 1)
        yield rows, offsets[:length], squares[:length]


def spread_into(values: FloatArray, window: int, ddof: int, out: FloatArray) -> None:
    """Write moving standard deviations."""
    out[: window - 1] = np.nan
    for rows, _, squares in _moments(values, window, spread=True):
        np.divide(squares, window - ddof, out=squares)
        np.sqrt(squares, out=out[rows])
    spoil(values, window, out)


def score_into(values: FloatArray, window: int, ddof: int, out: FloatArray) -> None:
    """Write how many moving deviations the value lies from the moving mean; 0 without deviation."""
    out[: window - 1] = np.nan
    for rows, offsets, squares in _moments(values, window, spread=True):
        np.divide(squares, window - ddof, out=squares)
        np.sqrt(squares, out=squares)
        flat = squares == 0
        first = rows.start - window + 1
        score = np.subtract(values[rows], values[first : first + len(offsets)], out=out[rows])
        np.subtract(score, offsets, out=score)
        np.divide(score, squares, out=score)
        if flat.any():
            score[flat] = 0.0
    spoil(values, window, out)


def bands_into(
    values: FloatArray,
    window: int,
    width: float,
    lower: FloatArray,
    middle: FloatArray,
    upper: FloatArray,
) -> None:
    """Write the moving mean and the bands `width` deviations (ddof 0) around it."""
    for out in (lower, middle, upper):
        out[: window - 1] = np.nan
    for rows, offsets, squares in _moments(values, window, spread=True):
        np.divide(squares, window, out=squares)
        np.sqrt(squares, out=squares)
        np.multiply(squares, width, out=squares)
        first = rows.start - window + 1
        means = np.add(values[first : first + len(offsets)], offsets, out=middle[rows])
        np.subtract(means, squares, out=lower[rows])
        np.add(means, squares, out=upper[rows])
    for out in (lower, upper):
        spoil(values, window, out)


def spoil(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write NaN where a window of one row sees it: there is no step there that would carry it."""
    if window == 1:
        out[np.isnan(values)] = np.nan


def weighted_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write moving means weighted 1, 2, ... window, the newest row heaviest."""
    n = len(values)
    out[: window - 1] = np.nan
    if n < window:
        return
    if window == 1:
        out[:] = values
        return
    sums, spare, part = _buffer(n, window), _buffer(n, window), _buffer(n, window)
    weighted, spare_weighted = _buffer(n, window), _buffer(n, window)
    total = window * (window + 1) / 2
    for first, end in _blocks(n, window):
        block = values[first : end + window - 1]
        plain, heavy, width = block, block, 1
        for bit in _bits(window):
            # The newer half weighs as the older one does, and its plain sum `width` times more.
            length = len(plain) - width
            scaled = np.multiply(plain[width:], width, out=part[:length])
            both = np.add(heavy[:length], heavy[width : width + length], out=weighted[:length])
            heavy = np.add(both, scaled, out=both)
            weighted, spare_weighted = spare_weighted, weighted
            plain = np.add(plain[:length], plain[width:], out=sums[:length])
            sums, spare = spare, sums
            width *= 2
            if bit == "1":
                length -= 1
                fresh = block[width : width + length]
                scaled = np.multiply(fresh, width + 1, out=part[:length])
                heavy = np.add(heavy[:length], scaled, out=heavy[:length])
                plain = np.add(plain[:length], fresh, out=plain[:length])
                width += 1
        np.divide(heavy, total, out=out[first + window - 1 : end + window - 1])


def deviation_into(values: FloatArray, window: int, scale: float, out: FloatArray) -> None:
    """Write (value - mean) / (scale x mean absolute deviation) of windows; 0 where that is 0."""
    out[: window - 1] = np.nan
    if len(values) < window:
        return
    total, part = _buffer(len(values), window), _buffer(len(values), window)
    for rows, means, _ in _moments(values, window, spread=False):
        length = len(means)
        first = rows.start - window + 1
        np.add(means, values[first : first + length], out=means)
        summed, gap = total[:length], part[:length]
        summed.fill(0.0)
        for lag in range(window):
            np.subtract(values[first + lag : first + lag + length], means, out=gap)
            np.absolute(gap, out=gap)
            np.add(summed, gap, out=summed)
        np.multiply(summed, scale / window, out=summed)
        flat = summed == 0
        np.subtract(values[rows], means, out=gap)
        np.divide(gap, summed, out=out[rows])
        if flat.any():
            out[rows][flat] = 0.0


def rank_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Write the rank of each value within its window, 1 the smallest, ties at their mean rank."""
    n = len(values)
    out[: window - 1] = np.nan
    for first, end in _blocks(n, window):
        rows = slice(first + window - 1, end + window - 1)
        now = values[rows]
        length = end - first
        # Half points: a smaller row counts 2, an equal one 1; the row itself is equal once.
        points = np.zeros(length, dtype=np.int64)
        part = np.zeros(length, dtype=np.uint8)
        flag = np.empty(length, dtype=np.bool_)
        for lag in range(window):
            then = values[first + lag : first + lag + length]
            np.add(part, np.less(then, now, out=flag).view(np.uint8), out=part)
            np.add(part, np.less_equal(then, now, out=flag).view(np.uint8), out=part)
            if lag % _HALF_BYTE == _HALF_BYTE - 1 or lag == window - 1:
                np.add(points, part, out=points)
                part.fill(0)
        np.add(points, 1, out=points)
        np.multiply(points, 0.5, out=out[rows])
