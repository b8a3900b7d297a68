"""Bars to a coarser timeframe.

Laws: a group that lacks a bar is left out unless the caller asks for it; nothing is filled; unknown
stays unknown: one unknown trade count makes the group's unknown.
Used by: `Bars.resample`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar, cast

import numpy as np

from algotrendy.errors import InvalidValue, Unsupported
from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray
from algotrendy.model.bars_columns import BarColumns, frozen_bytes, frozen_floats, frozen_ints
from algotrendy.model.timeframe import Calendar, Timeframe

if TYPE_CHECKING:
    from algotrendy.model.bars import Bars

__all__ = ["Keep", "resample"]

Keep = Literal["complete", "inner", "all"]
"""Which groups stay: full ones; also those with holes that the ends do not cut; every one."""

_MIXED = "mixed"
_DAY = 86_400 * 10**9
_Column = TypeVar("_Column", FloatArray, IntArray, ByteArray)


def resample(bars: Bars, timeframe: Timeframe, keep: Keep) -> BarColumns:
    """Aggregate groups of bars: first open, highest high, lowest low, last close, summed volume.

    Raises
    ------
    InvalidValue
        For a timeframe whose bars are not made of whole bars.
    Unsupported
        For ``keep="complete"`` where sessions leave no group complete.
    """
    if keep not in ("complete", "inner", "all"):
        raise InvalidValue("keep", value=keep, rule="complete, inner or all is expected")
    _check_nested(bars.timeframe, timeframe)
    opened = timeframe.floor(bars.open_ns)
    starts = np.flatnonzero(np.diff(opened, prepend=np.int64(-(2**63)))) if len(bars) else opened
    groups = opened[starts]
    exists = ~np.isnan(bars.open) if bars.is_many else None
    wanted = _wanted(bars, timeframe, keep, starts, exists)
    rows = wanted.any(axis=1) if bars.is_many else wanted
    first, last = _edges(len(bars), starts, exists)

    def shaped(values: FloatArray) -> FloatArray:
        kept = values[rows]
        if bars.is_many:
            kept[~wanted[rows]] = np.nan
        return frozen_floats(kept)

    quote = counts = None
    if bars.has_quote_volume:
        quote = shaped(_summed(bars.quote_volume, starts, exists))
    if bars.has_trades_count:
        counts = frozen_ints(_counted(bars, starts, exists, wanted)[rows])
    codes, sources = _sources(bars, starts, exists)
    return BarColumns(
        symbols=bars.symbols if bars.is_many else bars.symbols[0],
        timeframe=timeframe,
        open_ns=frozen_ints(groups[rows]),
        open=shaped(_at(bars.open, first)),
        high=shaped(_reduced(np.fmax, bars.high, starts)),
        low=shaped(_reduced(np.fmin, bars.low, starts)),
        close=shaped(_at(bars.close, last)),
        volume=shaped(_summed(bars.volume, starts, exists)),
        quote_volume=quote,
        trades_count=counts,
        source=None if codes is None else frozen_bytes(codes[rows]),
        sources=sources,
        calendar=bars.calendar,
        repairs=bars.repairs,
    )


def _check_nested(fine: Timeframe, coarse: Timeframe) -> None:
    """Raise unless each coarse bar is made of whole fine bars."""
    if fine.unit == "M" or coarse.unit == "M":
        nested = (
            coarse.unit == "M" and coarse.count % fine.count == 0
            if fine.unit == "M"
            else _DAY % fine.ns == 0
        )
    else:
        origin = coarse.floor(np.zeros(1, np.int64))
        nested = coarse.ns % fine.ns == 0 and bool(fine.on_grid(origin)[0])
    if not nested:
        raise InvalidValue(
            "timeframe",
            value=str(coarse),
            rule=f"its bars must be made of whole {fine} bars",
            hint="resample to a coarser timeframe whose grid fits",
        )


def _wanted(
    bars: Bars, timeframe: Timeframe, keep: Keep, starts: IntArray, exists: BoolArray | None
) -> BoolArray:
    """Tell which groups stay, (groups,) or (groups, k)."""
    groups = timeframe.floor(bars.open_ns[starts])
    if bars.timeframe.unit == "M":
        full = np.full(len(groups), timeframe.count // bars.timeframe.count)
    else:
        full = (timeframe.following(groups) - groups) // bars.timeframe.ns
    if exists is None:
        present = np.diff(starts, append=len(bars))
    else:
        present = _reduced(np.add, exists.astype(np.int64), starts)
        full = full[:, None]
    wanted: BoolArray = present == full if keep == "complete" else present > 0
    if keep == "inner" and len(groups):
        ends = bars.timeframe.following(bars.open_ns[-1:])
        wanted[0] &= bars.open_ns[0] == groups[0]
        wanted[-1] &= ends[0] == timeframe.following(groups[-1:])[0]
    if len(groups) and not wanted.any() and bars.calendar is not Calendar.CRYPTO:
        raise Unsupported(
            f"no group of {timeframe} is known to be complete: {bars.calendar.name} bars have "
            "sessions, and how many bars a session has is not known",
            hint="pass keep='inner', or keep='all' for the first and the last group too",
        )
    return wanted


def _edges(n: int, starts: IntArray, exists: BoolArray | None) -> tuple[IntArray, IntArray]:
    """Return the rows of each group's first and last bar, (groups,) or (groups, k)."""
    if exists is None:
        return starts, np.append(starts[1:], n)[: len(starts)] - 1
    row = np.arange(n)[:, None]
    early: IntArray = np.where(exists, row, n - 1)
    late: IntArray = np.where(exists, row, 0)
    return _reduced(np.minimum, early, starts), _reduced(np.maximum, late, starts)


def _at(column: FloatArray, rows: IntArray) -> FloatArray:
    if column.ndim == 1:
        return column[rows]
    values: FloatArray = np.take_along_axis(column, rows, axis=0)
    return values


def _reduced(ufunc: np.ufunc, column: _Column, starts: IntArray) -> _Column:
    if not len(starts):
        return column[:0].copy()
    return cast("_Column", ufunc.reduceat(column, starts, axis=0))


def _summed(column: FloatArray, starts: IntArray, exists: BoolArray | None) -> FloatArray:
    return _reduced(np.add, column if exists is None else np.where(exists, column, 0.0), starts)


def _counted(bars: Bars, starts: IntArray, exists: BoolArray | None, wanted: BoolArray) -> IntArray:
    """Sum trade counts; -1 where one of the group's bars has none."""
    counts = bars.trades_count
    unknown = counts < 0
    if exists is not None:
        unknown &= exists
        counts = np.where(exists, counts, 0)
    total = _reduced(np.add, counts, starts)
    any_unknown = _reduced(np.add, unknown.astype(np.int64), starts) > 0
    return np.where(any_unknown | ~wanted, -1, total)


def _sources(
    bars: Bars, starts: IntArray, exists: BoolArray | None
) -> tuple[ByteArray | None, tuple[str, ...]]:
    """Return each group's source code; groups of several sources are of the source ``mixed``."""
    if len(bars.sources) == 1:
        return None, bars.sources
    codes = bars.source
    least = _reduced(np.minimum, codes if exists is None else np.where(exists, codes, 255), starts)
    most = _reduced(np.maximum, codes if exists is None else np.where(exists, codes, 0), starts)
    mixed = least < most
    if not mixed.any():
        return np.where(least > most, 0, least).astype(np.uint8), bars.sources
    sources = bars.sources if _MIXED in bars.sources else (*bars.sources, _MIXED)
    chosen = np.where(mixed, sources.index(_MIXED), np.where(least > most, 0, least))
    return chosen.astype(np.uint8), sources
