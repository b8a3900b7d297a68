"""The rules bars must meet, each with an error that names row, column, value and rule.

Used by: `Bars`, once, when bars are made.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from algotrendy.errors import InvalidBars
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.timeframe import Timeframe

__all__ = ["check_prices", "check_times", "utc_text"]


def utc_text(time_ns: int) -> str:
    """Write an open time for a human, such as ``2024-01-01T00:00:00Z``."""
    return f"{np.datetime64(int(time_ns), 'ns').astype('datetime64[s]')}Z"


def check_times(open_ns: IntArray, timeframe: Timeframe) -> None:
    """Raise `InvalidBars` unless times are increasing, unique and on the timeframe's grid."""
    if open_ns.ndim != 1:
        raise InvalidBars("open_ns", value=open_ns.shape, rule="one-dimensional times are expected")
    steps = np.diff(open_ns)
    if (steps <= 0).any():
        row = int(np.flatnonzero(steps <= 0)[0]) + 1
        twice = bool(steps[row - 1] == 0)
        raise InvalidBars(
            "open_ns",
            row=row,
            value=utc_text(open_ns[row]),
            rule=f"the row before it is {utc_text(open_ns[row - 1])}, times must "
            + ("be unique" if twice else "increase"),
            hint="drop the repeats" if twice else "sort the rows by time",
        )
    on_grid = timeframe.on_grid(open_ns)
    if not on_grid.all():
        row = int(np.flatnonzero(~on_grid)[0])
        raise InvalidBars(
            "open_ns",
            row=row,
            value=utc_text(open_ns[row]),
            rule=f"an open time must lie on the {timeframe} grid (UTC)",
            hint="pass the right timeframe, and open times, not close times",
        )


def check_prices(
    columns: Mapping[str, FloatArray], *, open_ns: IntArray, may_miss: bool
) -> None:
    """Raise `InvalidBars` unless prices are finite, above zero and ordered, volume at least zero.

    With `may_miss`, a cell may be NaN, in all five columns at once.
    """
    missing = np.isnan(columns["close"]) if may_miss else None
    for name, values in columns.items():
        bad = ~np.isfinite(values)
        if missing is not None:
            bad = bad != missing
        _refuse(name, values, bad, open_ns, "a finite number is expected", _MISSING_HINT)
    for name in ("open", "high", "low", "close"):
        bad = columns[name] <= 0
        _refuse(name, columns[name], bad, open_ns, "a price must be above zero", "")
    _refuse("volume", columns["volume"], columns["volume"] < 0, open_ns, "it must be at least zero", "")
    high, low = columns["high"], columns["low"]
    for name in ("open", "close"):
        values = columns[name]
        bad = (values < low) | (values > high)
        _refuse(name, values, bad, open_ns, "it must lie between low and high", "repair the row at its source")
    _refuse("high", high, high < low, open_ns, "it must not be below low", "repair the row at its source")


_MISSING_HINT = "leave missing bars out: a missing bar is missing, it is never filled"


def _refuse(
    name: str, values: FloatArray, bad: BoolArray, open_ns: IntArray, rule: str, hint: str
) -> None:
    if not bad.any():
        return
    place = np.argwhere(bad)[0]
    row = int(place[0])
    raise InvalidBars(
        name,
        row=row,
        value=float(values[tuple(place)]),
        rule=f"{rule} (bar of {utc_text(open_ns[row])})",
        hint=hint,
    )
