"""Scores of boolean signals from their flips alone: return, Sharpe ratio and trades of a sweep.

Laws: the same figures as a full run (1e-9), for the plain case it claims: all equity, long or flat,
rates as costs, no protective exits. Anything else is not scored here.
Used by: sweeps. Of a position bought with all equity every bar's return is the price's own, so sums
over bars become differences of running sums at the flips; nothing is paired, nothing is walked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import final

import numpy as np

from algotrendy.backtest.decisions import flips
from algotrendy.backtest.legs import shift_of
from algotrendy.backtest.spec import BacktestSpec, FillMode
from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray
from algotrendy.model.signals import Above
from algotrendy.model.sizes import EquityFraction

__all__ = ["SCORES", "Scorer"]

SCORES = ("total_return", "sharpe", "n_trades")
_BLOCK_BYTES = 768 * 1024  # rows of one block of bars: they stay in the second-level cache


@final
class Scorer:
    """Tables over the decision bars of one spec; `score` and `score_pairs` read them at flips."""

    __slots__ = ("_enter", "_leave", "_length", "_open", "_periods", "_shift")

    def __init__(self, spec: BacktestSpec) -> None:
        bars, costs = spec.bars, spec.costs
        shift = self._shift = shift_of(spec.fill)
        quote = bars.open if spec.fill is FillMode.NEXT_OPEN else bars.close
        paid = quote * ((1 + costs.price_shift) * (1 + costs.fee_rate))
        got = quote * ((1 - costs.price_shift) * (1 - costs.fee_rate))
        n = len(bars)
        before = np.empty(n)
        before[0], before[1:] = math.nan, bars.close[:-1]
        held = bars.close / before - 1
        held[0] = 0.0
        first, last = bars.close / paid - 1, got / before - 1
        run, run_squares = np.cumsum(held), np.cumsum(held * held)
        # Three sums: of log growth, of bar returns, of their squares. An entry adds its own bar and
        # takes away the running sum, an exit adds its own bar and the running sum before it.
        enter = (-np.log(paid), first - run, first * first - run_squares)
        leave = (np.log(got), last + run - held, last * last + run_squares - held * held)
        self._enter = [np.ascontiguousarray(table[shift:]) for table in enter]
        self._leave = [np.ascontiguousarray(table[shift:]) for table in leave]
        # A position still open is marked to the last close: no own exit bar, no cost.
        self._open = (math.log(bars.close[-1]), float(run[-1]), float(run_squares[-1]))
        self._length, self._periods = n, bars.periods_per_year

    @staticmethod
    def claims(spec: BacktestSpec, metrics: Iterable[str]) -> bool:
        """Tell whether these metrics of this spec can be scored from flips."""
        costs = spec.costs
        plain = not (costs.fee_fixed or costs.fee_minimum or spec.exits.any or spec.close_at_end)
        return (
            plain
            and spec.size == EquityFraction(1.0)
            and spec.leverage == 1.0
            and spec.instrument is None
            and len(spec.bars) > 1
            and set(metrics) <= set(SCORES)
        )

    def score(self, target: BoolArray) -> tuple[float, float, float]:
        """Score one target: total return, annualised Sharpe ratio, number of trades."""
        fillable = self._length - self._shift
        changed = flips(target[:fillable])
        entry, leave = changed[0::2], changed[1::2]
        sums = [
            float(np.add.reduce(enter.take(entry)) + np.add.reduce(exits.take(leave)))
            for enter, exits in zip(self._enter, self._leave, strict=True)
        ]
        if len(entry) > len(leave):
            sums = [total + rest for total, rest in zip(sums, self._open, strict=True)]
        growth, sharpe = self._finish(np.array([sums]))
        return float(growth[0]), float(sharpe[0]), float(len(entry))

    def score_pairs(self, pairs: Sequence[Above]) -> FloatArray:
        """Score many comparisons at once, shape (len(pairs), 3).

        Bars are taken in blocks so small that the rows compared stay in cache, and every block is
        compared for all pairs: a series is read from memory once, however many pairs it is in.
        """
        blocks = _Blocks(pairs, self._length - self._shift)
        sums = np.zeros((3, len(pairs)))
        entries = np.zeros(len(pairs))
        tables = [
            np.ascontiguousarray(np.stack([leave, enter], axis=1)).ravel()
            for enter, leave in zip(self._enter, self._leave, strict=True)
        ]
        for first, pair, column, state in blocks.flips():
            # tables hold exit and entry value side by side: 2 x bar + state finds the right one
            place = ((first + column) << 1) + state
            for row, table in enumerate(tables):
                sums[row] += np.bincount(pair, weights=table.take(place), minlength=len(pairs))
            entries += np.bincount(pair, weights=state, minlength=len(pairs))
        for row, rest in enumerate(self._open):
            sums[row] += np.where(blocks.state, rest, 0.0)
        growth, sharpe = self._finish(sums.T)
        return np.stack([growth, sharpe, entries], axis=1)

    def _finish(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        n = self._length
        mean = sums[:, 1] / n
        variance = (sums[:, 2] - n * mean * mean) / (n - 1)
        # A flat line leaves rounding noise of the running sums; it has no Sharpe ratio.
        noise = 1e-14 * max(self._open[2], 1e-300)
        deviation = np.sqrt(np.where(variance * n > noise, variance, np.nan))
        return np.expm1(sums[:, 0]), mean / deviation * math.sqrt(self._periods)


@final
class _Blocks:
    """Pairs grouped by the side that repeats least, compared block by block."""

    def __init__(self, pairs: Sequence[Above], length: int) -> None:
        lefts = {id(pair.left): pair.left for pair in pairs}
        rights = {id(pair.right): pair.right for pair in pairs}
        self._flipped = len(lefts) > len(rights)
        outer, inner = (rights, lefts) if self._flipped else (lefts, rights)
        rows = {key: row for row, key in enumerate(inner)}
        self._inner = list(inner.values())
        groups: dict[int, tuple[FloatArray, list[int], list[int]]] = {
            key: (series, [], []) for key, series in outer.items()
        }
        for index, pair in enumerate(pairs):
            one, other = (pair.right, pair.left) if self._flipped else (pair.left, pair.right)
            _, members, places = groups[id(one)]
            members.append(index)
            places.append(rows[id(other)])
        self._groups = [
            (series, np.array(members), _as_slice(places))
            for series, members, places in groups.values()
        ]
        self._length = length
        self.state = np.zeros(len(pairs), dtype=np.uint8)

    def flips(self) -> Iterable[tuple[int, IntArray, IntArray, ByteArray]]:
        """Yield (first bar, pair of each flip, column of each flip, state after it)."""
        width = 1 << max(6, (_BLOCK_BYTES // (8 * len(self._inner))).bit_length() - 1)
        width = min(width, 1 << max(6, self._length.bit_length()))
        shift = width.bit_length() - 1
        rows = np.empty((len(self._inner), width))
        compare = np.less if self._flipped else np.greater
        most = max(len(members) for _, members, _ in self._groups)
        kept = np.empty((most * width,), dtype=np.bool_)
        changed = np.empty(most * width, dtype=np.uint8)
        for first in range(0, self._length, width):
            size = min(width, self._length - first)
            for copy, series in zip(rows, self._inner, strict=True):
                copy[:size] = series[first : first + size]
            for series, members, places in self._groups:
                cells = len(members) * size
                met = kept[:cells].reshape(len(members), size)
                here, there = series[first : first + size], rows[places, :size]
                compare(here, there, out=met)
                flat = kept[:cells].view(np.uint8)
                delta = changed[:cells]
                np.bitwise_xor(flat[1:], flat[:-1], out=delta[1:])
                state = met.view(np.uint8)
                delta.reshape(len(members), size)[:, 0] = state[:, 0] ^ self.state[members]
                self.state[members] = state[:, -1]
                found = np.flatnonzero(delta.view(np.bool_))
                if len(found):
                    if size == width:  # a power of two: shifts cost a tenth of a division
                        row, column = found >> shift, found & (width - 1)
                    else:
                        row, column = np.divmod(found, size)
                    yield first, members[row], column, flat[found]


def _as_slice(places: list[int]) -> slice | IntArray:
    """Rows as a slice where they follow one another: a view then, a copy otherwise."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places)
