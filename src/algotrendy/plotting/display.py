"""What a chart of limited width can show of a long run, and what it leaves out.

Laws: candles are merged, never thinned: open of the first, close of the last, highest high, lowest
low; a drawdown keeps its worst value; what was merged or left out is counted and said.
Used by: the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.trades import Trades
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.timeframe import Calendar
from algotrendy.plotting.numerals import count, things

__all__ = ["Slots", "TradeMarks", "display_note", "drawdown", "slots", "trade_marks"]

MAX_CANDLES = 4_000
MAX_MARKS = 8_000
_SECOND = 1_000_000_000
_DAY = 86_400
_MONDAY = 4 * _DAY
_STEPS = (
    5,
    10,
    15,
    30,
    60,
    180,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14_400,
    21_600,
    28_800,
    43_200,
    _DAY,
    2 * _DAY,
    3 * _DAY,
    7 * _DAY,
    14 * _DAY,
    28 * _DAY,
    56 * _DAY,
    112 * _DAY,
)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slots:
    """The places of a chart's time scale, some of them empty where bars are missing.

    Parameters
    ----------
    time_s : (s,) open times in seconds UTC
    is_bar : (s,) False where the market is open all day and yet there is no bar
    first : (m,) row of the first bar in each slot that has bars
    slot_of : (m,) slot number of each entry of `first`
    label : length of one candle, such as ``4h``, or ``25 bars`` where no round length fits
    per_candle : bars merged into one candle at most; 1 when every bar has its own
    """

    time_s: IntArray
    is_bar: BoolArray
    first: IntArray
    slot_of: IntArray
    label: str
    per_candle: int

    def last(self, values: FloatArray) -> FloatArray:
        """(s,) last value in each slot, NaN where there is no bar; `values` is (n,)."""
        ends = np.append(self.first[1:], len(values)) - 1
        return self._spread(values[ends])

    def opening(self, values: FloatArray) -> FloatArray:
        """(s,) first value in each slot, NaN where there is no bar."""
        return self._spread(values[self.first])

    def lowest(self, values: FloatArray) -> FloatArray:
        """(s,) least value in each slot, NaN where there is no bar."""
        return self._spread(np.minimum.reduceat(values, self.first))

    def highest(self, values: FloatArray) -> FloatArray:
        """(s,) greatest value in each slot, NaN where there is no bar."""
        return self._spread(np.maximum.reduceat(values, self.first))

    def total(self, values: FloatArray) -> FloatArray:
        """(s,) sum in each slot, NaN where there is no bar."""
        return self._spread(np.add.reduceat(values, self.first))

    def of_rows(self, rows: IntArray) -> IntArray:
        """Slot numbers of bar rows, same shape."""
        place = np.searchsorted(self.first, rows, side="right") - 1
        found: IntArray = self.slot_of[place]
        return found

    def _spread(self, values: FloatArray) -> FloatArray:
        out = np.full(len(self.time_s), np.nan)
        out[self.slot_of] = values
        return out


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TradeMarks:
    """The trades a chart draws, each (t,), in order of entry.

    Parameters
    ----------
    row : row of the trade in the result's columns
    entry_slot, exit_slot : slot numbers
    left_out : how many trades are not drawn; those drawn have the largest gain or loss
    """

    row: IntArray
    entry_slot: IntArray
    exit_slot: IntArray
    left_out: int


def slots(bars: Bars, *, most: int = MAX_CANDLES) -> Slots:
    """Lay bars out on at most about `most` candles of one round length, aligned to UTC.

    Empty slots are added for missing bars where the calendar has no closing hours, unless they
    would be more than half of `most`.
    """
    seconds = bars.open_ns // _SECOND
    n = len(seconds)
    unit = bars.timeframe.seconds
    if n <= most:
        return _filled(
            bars,
            np.arange(n, dtype=np.int64),
            seconds,
            step=unit,
            label=str(bars.timeframe),
            most=most,
        )
    for step in _STEPS:
        if step <= unit or step % unit or bars.timeframe.unit == "M":
            continue
        origin = _MONDAY if step >= 7 * _DAY else 0
        grid = (seconds - origin) // step
        first = np.flatnonzero(np.diff(grid, prepend=grid[0] - 1))
        if len(first) <= most:
            times = grid[first] * step + origin
            return _filled(bars, first, times, step=step, label=_length(step), most=most)
    group = -(-n // most)
    first = np.arange(0, n, group, dtype=np.int64)
    return _plain(first, seconds[first], label=f"{group} bars", per_candle=group)


def _length(seconds: int) -> str:
    for unit, size in (("d", _DAY), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _plain(first: IntArray, times: IntArray, *, label: str, per_candle: int) -> Slots:
    here = np.arange(len(first), dtype=np.int64)
    full = np.ones(len(first), dtype=np.bool_)
    return Slots(
        time_s=times, is_bar=full, first=first, slot_of=here, label=label, per_candle=per_candle
    )


def _filled(
    bars: Bars, first: IntArray, times: IntArray, *, step: int, label: str, most: int
) -> Slots:
    per_candle = max(step // bars.timeframe.seconds, 1)
    jumps = np.diff(times) // step
    missing = int((jumps - 1).sum()) if len(times) > 1 else 0
    if (
        bars.calendar is not Calendar.CRYPTO
        or bars.timeframe.unit == "M"
        or not 0 < missing <= most // 2
    ):
        return _plain(first, times, label=label, per_candle=per_candle)
    slot_of = np.concatenate(([0], np.cumsum(jumps))).astype(np.int64)
    size = int(slot_of[-1]) + 1
    is_bar = np.zeros(size, dtype=np.bool_)
    is_bar[slot_of] = True
    grid = times[0] + step * np.arange(size, dtype=np.int64)
    return Slots(
        time_s=grid, is_bar=is_bar, first=first, slot_of=slot_of, label=label, per_candle=per_candle
    )


def trade_marks(trades: Trades, places: Slots, *, most: int = MAX_MARKS) -> TradeMarks:
    """Pick the trades to draw: all, or the `most` with the largest absolute profit or loss."""
    row = np.arange(len(trades), dtype=np.int64)
    if len(row) > most:
        largest = np.argpartition(np.abs(trades.pnl), len(row) - most)[len(row) - most :]
        row = np.sort(largest)
    return TradeMarks(
        row=row,
        entry_slot=places.of_rows(trades.entry_bar[row]),
        exit_slot=places.of_rows(trades.exit_bar[row]),
        left_out=len(trades) - len(row),
    )


def drawdown(equity: FloatArray, *, initial: float) -> FloatArray:
    """(n,) equity over its highest value so far (at least `initial`), minus one, as fractions."""
    peak = np.maximum(np.maximum.accumulate(equity), initial)
    down: FloatArray = equity / peak - 1
    return down


def display_note(places: Slots, marks: TradeMarks | None, *, bars: int) -> str:
    """What the chart merged or left out, in a sentence or three."""
    parts = []
    if places.per_candle > 1:
        parts.append(
            f"{count(bars)} bars are drawn as {count(len(places.first))} candles of {places.label}:"
            " open of the first, close of the last, highest high, lowest low; equity is the last"
            " value in a candle, drawdown the worst. Every figure and table on this page uses all"
            " bars."
        )
    empty = int(np.count_nonzero(~places.is_bar))
    if empty:
        parts.append(f"{things(empty, 'place')} without any bar left empty.")
    if marks is not None and marks.left_out:
        parts.append(
            f"{count(len(marks.row))} trades are drawn, those with the largest profit or loss; "
            f"{count(marks.left_out)} are not."
        )
    return " ".join(parts)
