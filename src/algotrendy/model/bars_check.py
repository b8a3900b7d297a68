"""The rules bars must meet, each with an error that names row, column, value and rule.

Laws: sound columns cost one pass without a temporary of their size; the place is searched only when
something is wrong; the first bad row is the one that is named.
Used by: `Bars`, once, when bars are made; the readers of tables, for rows before they are joined.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from algotrendy.errors import InvalidBars
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.timeframe import Timeframe
from algotrendy.model.times import utc_text

__all__ = [
    "PRICE_COLUMNS",
    "check_grid",
    "check_increasing",
    "check_prices",
    "check_times",
    "sound_cells",
    "utc_text",
]

PRICE_COLUMNS: tuple[str, ...] = ("open", "high", "low", "close", "volume")
"""The five columns every bar has, in the usual order."""

_BLOCK = 1 << 15  # five blocks of this many float64 stay in the second-level cache


def check_times(open_ns: IntArray, timeframe: Timeframe) -> None:
    """Raise `InvalidBars` unless times are increasing, unique and on the timeframe's grid."""
    check_increasing(open_ns)
    check_grid(open_ns, timeframe)


def check_increasing(open_ns: IntArray, rows: IntArray | None = None) -> None:
    """Raise `InvalidBars` unless times increase; `rows` are the caller's row numbers, if others."""
    wrong = open_ns[1:] <= open_ns[:-1]
    if not wrong.any():
        return
    at = int(np.argmax(wrong)) + 1
    twice = bool(open_ns[at] == open_ns[at - 1])
    raise InvalidBars(
        "open_ns",
        row=_row(at, rows),
        value=utc_text(open_ns[at]),
        rule=f"the row before it is {utc_text(open_ns[at - 1])}, times must "
        + ("be unique" if twice else "increase"),
        hint="drop the repeats: readers do with drop_repeats=True"
        if twice
        else "sort the rows by time: readers do with sort=True",
    )


def check_grid(open_ns: IntArray, timeframe: Timeframe, rows: IntArray | None = None) -> None:
    """Raise `InvalidBars` unless every time lies on the grid of `timeframe`."""
    if timeframe.unit == "M":
        candidates = np.arange(len(open_ns))
    else:
        # Rows one bar after their predecessor share its phase: only the starts of runs can differ.
        broken = np.flatnonzero(np.diff(open_ns) != timeframe.ns) + 1
        candidates = np.concatenate([np.arange(min(1, len(open_ns))), broken])
    off = ~timeframe.on_grid(open_ns[candidates])
    if not off.any():
        return
    at = int(candidates[np.argmax(off)])
    raise InvalidBars(
        "open_ns",
        row=_row(at, rows),
        value=utc_text(open_ns[at]),
        rule=f"an open time must lie on the {timeframe} grid (UTC)",
        hint="pass the right timeframe, and open times, not close times; readers set times back to "
        "the grid with floor_times=True",
    )


def check_prices(
    columns: Mapping[str, FloatArray],
    *,
    open_ns: IntArray,
    may_miss: bool,
    rows: IntArray | None = None,
) -> None:
    """Raise `InvalidBars` unless prices are finite, above zero and ordered, volume at least zero.

    Parameters
    ----------
    columns : the five columns, (n,) or (n, k) float64, C-contiguous
    open_ns : (n,) int64, for the text of the error
    may_miss : whether a cell may be NaN, in all five columns at once
    rows : (n,) the caller's row numbers, where they are not 0 to n - 1
    """
    five = tuple(columns[name].reshape(-1) for name in PRICE_COLUMNS)
    n = len(five[0])
    out, scratch = np.empty(min(n, _BLOCK), np.bool_), np.empty(min(n, _BLOCK), np.bool_)
    for begin in range(0, n, _BLOCK):
        block = tuple(column[begin : begin + _BLOCK] for column in five)
        sound = _sound(block, out, scratch)
        if sound.all():
            continue
        if may_miss:
            sound |= np.isnan(np.stack(block)).all(axis=0)
            if sound.all():
                continue
        cell = begin + int(np.argmin(sound))
        row = cell // (n // len(open_ns))
        values = dict(zip(PRICE_COLUMNS, (float(column[cell]) for column in five), strict=True))
        raise _broken_rule(values, row=_row(row, rows), when=utc_text(open_ns[row]))


def sound_cells(columns: Mapping[str, FloatArray]) -> BoolArray:
    """Tell for each row of one-dimensional columns whether it meets the price rules, shape (n,)."""
    five = tuple(columns[name] for name in PRICE_COLUMNS)
    n = len(five[0])
    return _sound(five, np.empty(n, np.bool_), np.empty(n, np.bool_))


def _sound(block: tuple[FloatArray, ...], out: BoolArray, scratch: BoolArray) -> BoolArray:
    # Eight comparisons say it all, since each is False for NaN: 0 < low <= open <= high < inf, the
    # same with close, and 0 <= volume < inf.
    open_, high, low, close, volume = block
    sound, scratch = out[: len(open_)], scratch[: len(open_)]
    np.greater(low, 0, out=sound)
    for smaller, larger in ((low, open_), (low, close), (open_, high), (close, high)):
        np.less_equal(smaller, larger, out=scratch)
        np.logical_and(sound, scratch, out=sound)
    for column in (high, volume):
        np.less(column, np.inf, out=scratch)
        np.logical_and(sound, scratch, out=sound)
    np.greater_equal(volume, 0, out=scratch)
    np.logical_and(sound, scratch, out=sound)
    return sound


def _broken_rule(values: Mapping[str, float], *, row: int, when: str) -> InvalidBars:
    """Name the rule one bad row breaks."""
    low, high = values["low"], values["high"]
    column, rule, hint = (
        "",
        "",
        "repair the row at its source; readers leave such rows out with drop_invalid=True",
    )
    for name, value in values.items():
        if not math.isfinite(value):
            column, rule = name, "a finite number is expected"
            if math.isnan(value):
                hint = f"a missing bar is missing, it is never filled; {hint}"
        elif name == "volume" and value < 0:
            column, rule = name, "it must be at least zero"
        elif name != "volume" and value <= 0:
            column, rule = name, "a price must be above zero"
        if column:
            break
    if not column and high < low:
        column, rule = "high", f"it must not be below low {low!r}"
    if not column:
        column = "close" if low <= values["open"] <= high else "open"
        rule = f"it must lie between low {low!r} and high {high!r}"
    return InvalidBars(
        column, row=row, value=values[column], rule=f"{rule} (bar of {when})", hint=hint
    )


def _row(at: int, rows: IntArray | None) -> int:
    return at if rows is None else int(rows[at])
