"""Columns on their way into `Bars`: types, shapes, and who may still write to them.

Laws: what somebody could still write to is copied, what nobody can is taken as it is; no number
changes on the way, one that does not fit is refused by row.
Used by: `Bars`, and the readers and transformations that make bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidBars
from algotrendy.model.arrays import ByteArray, FloatArray, IntArray
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe

__all__ = [
    "BarColumns",
    "Repairs",
    "float_column",
    "frozen_bytes",
    "frozen_floats",
    "frozen_ints",
    "known_counts",
    "known_floats",
    "source_column",
    "whole_column",
]


_Numbers = FloatArray | IntArray | ByteArray


@final
@dataclass(frozen=True, slots=True)
class Repairs:
    """How many rows a reader moved, renamed or left out because it was asked to.

    Parameters
    ----------
    moved : rows that stood elsewhere before sorting
    floored : rows whose time was set back to the open time of their bar
    repeated : rows left out since an identical one was there
    invalid : rows left out since a price or the volume broke a rule
    unfinished : rows left out since their bar was not closed yet
    """

    moved: int = 0
    floored: int = 0
    repeated: int = 0
    invalid: int = 0
    unfinished: int = 0

    def __add__(self, other: Repairs) -> Repairs:
        return Repairs(
            self.moved + other.moved,
            self.floored + other.floored,
            self.repeated + other.repeated,
            self.invalid + other.invalid,
            self.unfinished + other.unfinished,
        )

    def __bool__(self) -> bool:
        return self != Repairs()

    def __str__(self) -> str:
        counts = {
            "moved": self.moved,
            "floored": self.floored,
            "repeats dropped": self.repeated,
            "invalid dropped": self.invalid,
            "unfinished dropped": self.unfinished,
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "none"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarColumns:
    """What a reader hands to `Bars`: everything its constructor takes, in final types."""

    symbols: Symbol | tuple[Symbol, ...]
    timeframe: Timeframe
    open_ns: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    quote_volume: FloatArray | None = None
    trades_count: IntArray | None = None
    source: ByteArray | None = None
    sources: tuple[str, ...] = ("",)
    calendar: Calendar | None = None
    repairs: Repairs = Repairs()


def float_column(name: str, values: ArrayLike, shape: tuple[int, ...] | None) -> FloatArray:
    """Return `values` as read-only C-contiguous float64 of `shape`, copied unless immutable."""
    array = np.asarray(values)
    _check_numeric(name, array)
    if not (array.dtype == np.float64 and _is_immutable(array) and array.flags.c_contiguous):
        array = np.array(array, dtype=np.float64, order="C")
    column: FloatArray = array
    _check_shape(name, column.shape, shape)
    return frozen_floats(column)


def whole_column(name: str, values: ArrayLike, shape: tuple[int, ...] | None) -> IntArray:
    """Return `values` as read-only C-contiguous int64 of `shape`; fractions are refused by row."""
    array = np.asarray(values)
    _check_numeric(name, array)
    if not (array.dtype == np.int64 and _is_immutable(array) and array.flags.c_contiguous):
        if array.dtype.kind != "i":
            _check_whole(name, array)
        array = np.array(array, dtype=np.int64, order="C")
    column: IntArray = array
    _check_shape(name, column.shape, shape)
    return frozen_ints(column)


def known_floats(name: str, column: FloatArray) -> FloatArray:
    """Return `column` if each value is NaN (unknown) or finite and at least zero, else raise."""
    with np.errstate(invalid="ignore"):
        bad = (column < 0) | (column == np.inf)
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        raise InvalidBars(
            name,
            row=int(place[0]),
            value=float(column[place]),
            rule="it must be finite and at least zero, or NaN where unknown",
        )
    return column


def known_counts(name: str, column: IntArray) -> IntArray:
    """Return `column` if each value is -1 (unknown) or at least zero, else raise."""
    bad = column < -1
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        raise InvalidBars(
            name,
            row=int(place[0]),
            value=int(column[place]),
            rule="it must be at least zero, or -1 where unknown",
        )
    return column


def source_column(values: ArrayLike, shape: tuple[int, ...], sources: tuple[str, ...]) -> ByteArray:
    """Return the source codes as read-only uint8, each an index into `sources`."""
    codes = whole_column("source", values, shape)
    bad = (codes < 0) | (codes >= min(len(sources), 256))
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        raise InvalidBars(
            "source",
            row=int(place[0]),
            value=int(codes[place]),
            rule=f"an index into sources is expected, from 0 to {len(sources) - 1}",
        )
    return frozen_bytes(codes.astype(np.uint8))


def frozen_floats(array: FloatArray) -> FloatArray:
    """Return a view of `array` that nobody can make writeable again; `array` becomes read-only."""
    array.flags.writeable = False
    return array.view()


def frozen_ints(array: IntArray) -> IntArray:
    """Return a view of `array` that nobody can make writeable again; `array` becomes read-only."""
    array.flags.writeable = False
    return array.view()


def frozen_bytes(array: ByteArray) -> ByteArray:
    """Return a view of `array` that nobody can make writeable again; `array` becomes read-only."""
    array.flags.writeable = False
    return array.view()


def _is_immutable(array: _Numbers) -> bool:
    # A read-only view of a writeable array is not immutable: its owner can still write.
    link: object = array
    while isinstance(link, np.ndarray):
        if link.flags.writeable:
            return False
        link = link.base
    return True


def _check_numeric(name: str, array: _Numbers) -> None:
    if array.dtype.kind in "iuf" or not array.size:
        return
    hint = "pass numbers; for tables use Bars.from_pandas and its siblings"
    if array.dtype.kind == "M":
        hint = "pass int64 nanoseconds: times.astype('datetime64[ns]').astype('int64')"
    raise InvalidBars(name, value=str(array.dtype), rule="a numeric column is expected", hint=hint)


def _check_whole(name: str, array: _Numbers) -> None:
    numbers = array.astype(np.float64)
    bad = ~(np.abs(numbers) < 2.0**63)
    bad |= np.where(bad, 0.0, numbers) % 1 != 0
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        raise InvalidBars(
            name,
            row=int(place[0]),
            value=float(numbers[place]),
            rule="a whole number of at most 64 bits is expected",
        )


def _check_shape(name: str, found: tuple[int, ...], wanted: tuple[int, ...] | None) -> None:
    if wanted is None:
        if len(found) != 1:
            raise InvalidBars(name, value=found, rule="a one-dimensional column is expected")
    elif found != wanted:
        raise InvalidBars(
            name, value=found, rule=f"shape {wanted} is expected, one row per open time"
        )
