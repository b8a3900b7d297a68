"""Protective exits: the first bar in which a stop, a target or a trailing stop is met.

Laws: a bar is read pessimistically, the stop before the target; a gap beyond a trigger fills at the
open; a trailing stop follows completed bars only; whatever cannot be known is flagged.
Used by: the kernel. The search never walks bar by bar: whole legs are ruled out by the extremes of
their bars, the rest is searched in growing windows, most end in the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.trades import ExitReason
from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray
from algotrendy.model.bars import Bars

__all__ = ["Hits", "Levels", "first_hits"]

_FIRST_WINDOW = 16
_MAX_CELLS = 1 << 18  # a window's gathered cells: about 2 MB an array, stays in cache


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """What each leg is protected by; columns of shape (m,), NaN for none.

    Parameters
    ----------
    entry_price : fill price of the entry
    stop_loss, take_profit, trailing : distances as fractions
    """

    entry_price: FloatArray
    stop_loss: FloatArray
    take_profit: FloatArray
    trailing: FloatArray

    def take(self, rows: IntArray | BoolArray) -> Levels:
        """The same for some of the legs."""
        return Levels(
            entry_price=self.entry_price[rows],
            stop_loss=self.stop_loss[rows],
            take_profit=self.take_profit[rows],
            trailing=self.trailing[rows],
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """Where legs end early; columns of shape (m,).

    Parameters
    ----------
    bar : row number of the exit, -1 where nothing was met
    price : price at which it fills, before slippage
    optimistic : the same if an ambiguous bar went the other way
    reason : `ExitReason` codes
    ambiguous : stop and target lay both inside the bar
    """

    bar: IntArray
    price: FloatArray
    optimistic: FloatArray
    reason: ByteArray
    ambiguous: BoolArray


def first_hits(
    bars: Bars,
    start: IntArray,
    stop: IntArray,
    direction: FloatArray,
    levels: Levels,
    *,
    best: FloatArray | None = None,
) -> Hits:
    """Find for each leg the first bar of ``[start, stop)`` that meets one of its levels.

    Parameters
    ----------
    start, stop : (m,) row numbers; the ranges of one direction increase and do not overlap
    direction : (m,) +1.0 or -1.0
    levels : distances and entry prices of the legs
    best : (m,) best price a trailing stop starts from, the entry price by default
    """
    best = levels.entry_price if best is None else best
    m = len(start)
    hits = Hits(
        bar=np.full(m, -1),
        price=np.full(m, np.nan),
        optimistic=np.full(m, np.nan),
        reason=np.zeros(m, dtype=np.uint8),
        ambiguous=np.zeros(m, dtype=np.bool_),
    )
    for sign in (1.0, -1.0):
        rows = np.flatnonzero(direction == sign)
        if len(rows):
            _search(
                _Side(bars, sign),
                rows,
                start[rows],
                stop[rows],
                levels.take(rows),
                best[rows],
                hits,
            )
    return hits


@final
class _Side:
    """Prices as a long position sees them: a short one sees the world negated, so one search serves."""

    __slots__ = ("high", "low", "open", "sign")

    def __init__(self, bars: Bars, sign: float) -> None:
        self.sign = sign
        if sign > 0:
            self.open, self.low, self.high = bars.open, bars.low, bars.high
        else:
            self.open, self.low, self.high = -bars.open, -bars.high, -bars.low


def _search(
    side: _Side,
    rows: IntArray,
    start: IntArray,
    stop: IntArray,
    levels: Levels,
    best: FloatArray,
    hits: Hits,
) -> None:
    sign, entry = side.sign, levels.entry_price
    floor = sign * entry * (1 - sign * levels.stop_loss)
    floor[np.isnan(floor)] = -np.inf
    ceiling = sign * entry * (1 + sign * levels.take_profit)
    ceiling[np.isnan(ceiling)] = np.inf
    factor = 1 - sign * levels.trailing
    trails = ~np.isnan(factor)
    alive = np.flatnonzero(start < stop)
    touched = _touched(side, start[alive], stop[alive], floor[alive], ceiling[alive])
    alive = alive[trails[alive] | touched]
    begin, best, width = start.copy(), sign * best, _FIRST_WINDOW
    any_trails = bool(trails.any())
    while len(alive):
        chunk = max(1, _MAX_CELLS // width)
        survivors = []
        for at in range(0, len(alive), chunk):
            some = alive[at : at + chunk]
            cells = begin[some, None] + np.arange(min(width, int((stop - begin)[some].max())))
            inside = cells < stop[some, None]
            np.minimum(cells, len(side.low) - 1, out=cells)
            low, high = side.low[cells], side.high[cells]
            level = floor[some, None]
            if any_trails:
                level, best[some] = _trail(high, best[some], factor[some], floor[some])
            met = ((low <= level) | (high >= ceiling[some, None])) & inside
            first = met.argmax(axis=1)
            found = met[np.arange(len(some)), first]
            done = some[found]
            if len(done):
                column = first[found]
                there = level[found, column] if any_trails else floor[done]
                _fill(
                    side, hits, rows[done], cells[found, column], there, floor[done], ceiling[done]
                )
            begin[some] += width
            survivors.append(some[~found & (begin[some] < stop[some])])
        alive = np.concatenate(survivors)
        width = min(width * 4, _MAX_CELLS)


def _touched(
    side: _Side, start: IntArray, stop: IntArray, floor: FloatArray, ceiling: FloatArray
) -> BoolArray:
    """Rule out legs by the extremes of their bars: one pass over the prices, whatever the legs."""
    touched = np.zeros(len(start), dtype=np.bool_)
    if not len(start):
        return touched
    edges = np.empty(2 * len(start), dtype=np.int64)
    edges[0::2], edges[1::2] = start, stop
    if edges[-1] == len(side.low):  # reduceat runs to the end by itself and refuses the index
        edges = edges[:-1]
    if np.isfinite(floor).any():
        touched |= np.minimum.reduceat(side.low, edges)[::2] <= floor
    if np.isfinite(ceiling).any():
        touched |= np.maximum.reduceat(side.high, edges)[::2] >= ceiling
    return touched


def _trail(
    high: FloatArray, best: FloatArray, factor: FloatArray, floor: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Stop level in each cell and the best price after the window; the bar itself never counts."""
    peak = np.maximum(np.maximum.accumulate(high, axis=1), best[:, None])
    before = np.empty_like(peak)
    before[:, 0], before[:, 1:] = best, peak[:, :-1]
    level = np.fmax(before * factor[:, None], floor[:, None])
    return level, peak[:, -1]


def _fill(
    side: _Side,
    hits: Hits,
    rows: IntArray,
    bar: IntArray,
    level: FloatArray,
    floor: FloatArray,
    ceiling: FloatArray,
) -> None:
    """Price the exits in their bars: gaps at the open, else the stop, else the target."""
    opened, low, high = side.open[bar], side.low[bar], side.high[bar]
    gap_stop, gap_target = opened <= level, opened >= ceiling
    stopped, reached = low <= level, high >= ceiling
    both = stopped & reached & ~gap_stop & ~gap_target
    by_stop = gap_stop | (stopped & ~gap_target)
    price = np.where(gap_stop | gap_target, opened, np.where(by_stop, level, ceiling))
    kind = np.where(level > floor, ExitReason.TRAILING, ExitReason.STOP_LOSS)
    hits.bar[rows] = bar
    hits.price[rows] = side.sign * price
    hits.optimistic[rows] = side.sign * np.where(both, ceiling, price)
    hits.reason[rows] = np.where(by_stop, kind, ExitReason.TAKE_PROFIT)
    hits.ambiguous[rows] = both
