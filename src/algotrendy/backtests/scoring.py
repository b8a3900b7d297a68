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

from algotrendy.backtests.decisions import flips
from algotrendy.backtests.legs import shift_of
from algotrendy.backtests.spec import BacktestSpec, FillMode
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.signals import Above
from algotrendy.model.sizes import EquityFraction

__all__ = ["SCORES", "Scorer"]

SCORES = ("total_return", "sharpe", "n_trades")
_BLOCK_BYTES = (
    6 * 2**20
)  # rows of a block of bars: long enough that calls cost little, cached still


@final
class Scorer:
    """Tables over the decision bars of one spec; `score` and `score_pairs` read them at flips."""

    __slots__ = ("_entries", "_length", "_open", "_periods", "_shift", "_tables")

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
        # Exit and entry stand side by side: 2 x decision bar + state after it finds the right one.
        self._tables = np.empty((3, 2 * (n - shift)))
        for table, entries, exits in zip(self._tables, enter, leave, strict=True):
            table[0::2], table[1::2] = exits[shift:], entries[shift:]
        self._entries = np.arange(1, n + 1, dtype=np.int64) & 1  # 1, 0, 1, 0, ...: flips alternate
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
            and not spec.bars.is_many
            and set(metrics) <= set(SCORES)
        )

    def score(self, target: BoolArray) -> tuple[float, float, float]:
        """Score one target: total return, annualised Sharpe ratio, number of trades."""
        changed = flips(target[: self._length - self._shift])
        m = len(changed)
        place = changed << 1
        place += self._entries[:m]
        sums = np.add.reduce(self._tables.take(place, axis=1), axis=1).tolist()
        growth, total, squares = (
            [a + b for a, b in zip(sums, self._open, strict=True)] if m & 1 else sums
        )
        n = self._length
        mean = total / n
        scatter = squares - n * mean * mean
        sharpe = mean / math.sqrt(scatter / (n - 1)) if scatter > self._noise else math.nan
        return math.expm1(growth), sharpe * math.sqrt(self._periods), float((m + 1) >> 1)

    def score_pairs(self, pairs: Sequence[Above]) -> FloatArray:
        """Score many comparisons at once, shape (len(pairs), 3).

        Bars are taken in blocks so small that the rows compared stay in cache, and every block is
        compared for all pairs: a series is read from memory once, however many pairs it is in.
        """
        blocks = _Blocks(pairs, self._length - self._shift)
        sums = np.zeros((3, len(pairs)))
        changes = np.zeros(len(pairs), dtype=np.int64)
        for members, edges, place in blocks.flips():
            counts = np.diff(edges)
            changes[members] += counts
            some = np.flatnonzero(counts)  # an empty stretch would be given its neighbour's value
            part = np.zeros((3, len(counts)))
            part[:, some] = np.add.reduceat(self._tables.take(place, axis=1), edges[some], axis=1)
            sums[:, members] += part
        sums += np.outer(self._open, blocks.state)
        n = self._length
        mean = sums[1] / n
        scatter = sums[2] - n * mean * mean
        deviation = np.sqrt(np.where(scatter > self._noise, scatter, np.nan) / (n - 1))
        sharpe = mean / deviation * math.sqrt(self._periods)
        return np.stack([np.expm1(sums[0]), sharpe, (changes + 1) >> 1], axis=1)

    @property
    def _noise(self) -> float:
        """What rounding of the running sums leaves of a flat line, which has no Sharpe ratio."""
        return 1e-14 * self._open[2]


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
            (series, _as_slice(members), _as_slice(places))
            for series, members, places in groups.values()
        ]
        self._length = length
        self.state = np.zeros(len(pairs), dtype=np.uint8)

    def flips(self) -> Iterable[tuple[slice | IntArray, IntArray, IntArray]]:
        """Yield for a block of bars and a group of pairs where the pairs flip.

        Pairs compared; (k+1,) edges of each pair's stretch among the flips; (f,) table places of the
        flips: 2 x decision bar + state after it.
        """
        width = 1 << max(6, (_BLOCK_BYTES // (8 * len(self._inner))).bit_length() - 1)
        width = min(width, 1 << max(6, self._length.bit_length()))
        rows = np.empty((len(self._inner), width))
        compare = np.less if self._flipped else np.greater
        most = max(len(self.state[members]) for _, members, _ in self._groups)
        kept = np.empty(most * width, dtype=np.bool_)
        changed = np.empty(most * width, dtype=np.uint8)
        for first in range(0, self._length, width):
            size = min(width, self._length - first)
            for copy, series in zip(rows, self._inner, strict=True):
                copy[:size] = series[first : first + size]
            for series, members, places in self._groups:
                here, there = series[first : first + size], rows[places, :size]
                cells = there.size
                flat, delta = kept[:cells], changed[:cells]
                met = compare(here, there, out=flat.reshape(there.shape)).view(np.uint8)
                np.bitwise_xor(flat.view(np.uint8)[1:], flat.view(np.uint8)[:-1], out=delta[1:])
                delta.reshape(there.shape)[:, 0] = met[:, 0] ^ self.state[members]
                self.state[members] = met[:, -1]
                found = np.flatnonzero(delta.view(np.bool_))
                if not len(found):
                    continue
                edges = np.searchsorted(found, np.arange(0, cells + 1, size))
                # A full block is a power of two wide: a mask costs a tenth of a division.
                place = found & (width - 1) if size == width else found % size
                place += first
                place <<= 1
                place += flat.view(np.uint8).take(found)
                yield members, edges, place


def _as_slice(places: list[int]) -> slice | IntArray:
    """Rows as a slice where they follow one another: a view then, a copy otherwise."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places)
