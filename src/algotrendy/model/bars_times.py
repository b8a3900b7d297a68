"""Times of a table's column as int64 nanoseconds UTC.

Laws: a time with a zone is converted, one without is refused unless the caller says which zone it
is in; whole numbers need a unit, it is never guessed by their size.
Used by: the readers of tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from algotrendy.errors import InvalidBars, InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["UNIT_NS", "epoch_ns", "times_ns"]

UNIT_NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Nanoseconds in each unit a whole number may count."""

_KNOWN_UNITS = {"open_ns": "ns", "open_ms": "ms"}
_PLAUSIBLE = (631_152_000 * 10**9, 4_102_444_800 * 10**9)  # 1990 to 2100, for hints only


def times_ns(
    column: pa.ChunkedArray, *, name: str, time_unit: str | None, assume_timezone: str | None
) -> IntArray:
    """Convert a column of timestamps, dates, ISO texts or whole numbers.

    Parameters
    ----------
    column : any of these types
    name : the column's name, for errors; ``open_ns`` and ``open_ms`` say their unit
    time_unit : s, ms, us or ns, for whole numbers
    assume_timezone : the zone of times without one, such as ``"UTC"``

    Returns
    -------
    (n,) int64
        Nanoseconds UTC.

    Raises
    ------
    InvalidBars
        For a missing or unreadable time (by row), a time without a zone, a number without a unit.
    """
    import pyarrow as pa

    kinds = pa.types
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        raise InvalidBars(name, row=row, value=None, rule="a time is expected")
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if kinds.is_integer(column.type) or kinds.is_floating(column.type):
        unit = time_unit or _KNOWN_UNITS.get(name.strip().lower())
        return epoch_ns(column.to_numpy(), unit, name=name)
    if kinds.is_string(column.type) or kinds.is_large_string(column.type):
        column = _read_texts(column, name=name)
    if kinds.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if not kinds.is_timestamp(column.type):
        raise InvalidBars(
            name,
            value=str(column.type),
            rule="times, ISO texts or whole numbers are expected",
            hint="convert the column to times with a zone",
        )
    if column.type.tz is None:
        column = _with_zone(column, name=name, zone=assume_timezone)
    counts = column.cast(pa.int64()).to_numpy()
    return _scaled(counts, UNIT_NS[column.type.unit], name=name)


def epoch_ns(counts: FloatArray | IntArray, unit: str | None, *, name: str) -> IntArray:
    """Convert whole numbers since 1970 UTC, (n,) of any numeric type, counted in `unit`.

    Raises
    ------
    InvalidBars
        For no unit, with the one the numbers look like; by row for a fraction, and for a number
        outside the years 1678 to 2261.
    """
    if unit is None:
        looks = _looks_like(counts)
        raise InvalidBars(
            name,
            value=counts[0].item() if len(counts) else None,
            rule="a whole number needs a unit",
            hint=f"pass time_unit={looks!r}" if looks else "pass time_unit='ms'",
        )
    if unit not in UNIT_NS:
        raise InvalidValue("time_unit", value=unit, rule=f"one of {', '.join(UNIT_NS)} is expected")
    if counts.dtype.kind == "f":
        bad = ~(np.abs(counts) < 2.0**63)
        bad |= np.where(bad, 0, counts) % 1 != 0
        if bad.any():
            row = int(np.argmax(bad))
            raise InvalidBars(
                name, row=row, value=counts[row].item(), rule=f"whole {unit} are expected"
            )
    return _scaled(counts.astype(np.int64), UNIT_NS[unit], name=name)


def _scaled(counts: IntArray, factor: int, *, name: str) -> IntArray:
    if factor == 1:
        return counts
    most = (2**63 - 1) // factor
    if len(counts) and (counts.max() > most or counts.min() < -most):
        row = int(np.argmax((counts > most) | (counts < -most)))
        looks = _looks_like(counts[row : row + 1])
        raise InvalidBars(
            name,
            row=row,
            value=int(counts[row]),
            rule="it lies outside the years 1678 to 2261",
            hint=f"it looks like time_unit={looks!r}" if looks else "check the unit",
        )
    scaled: IntArray = counts * factor
    return scaled


def _looks_like(counts: FloatArray | IntArray) -> str | None:
    if not len(counts):
        return None
    first = float(counts[0])
    early, late = _PLAUSIBLE
    return next((unit for unit, ns in UNIT_NS.items() if early <= first * ns <= late), None)


def _with_zone(column: pa.ChunkedArray, *, name: str, zone: str | None) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    if zone is None:
        first = column[0].as_py() if len(column) else None
        raise InvalidBars(
            name,
            value=str(first),
            rule="times without a zone are refused",
            hint="pass assume_timezone='UTC' if they are UTC; in pandas .dt.tz_localize('UTC') "
            "does it for the whole table",
        )
    try:
        return pc.assume_timezone(column, zone)  # pyright: ignore[reportAttributeAccessIssue]
    except pa.ArrowInvalid as error:
        raise InvalidBars(
            name,
            value=zone,
            rule=f"the times cannot be read in this zone: {str(error).splitlines()[0]}",
            hint="convert them to UTC before loading",
        ) from error


def _read_texts(column: pa.ChunkedArray, *, name: str) -> pa.ChunkedArray:
    import pyarrow as pa

    for wanted in (pa.timestamp("ns", "UTC"), pa.timestamp("ns")):
        try:
            return column.cast(wanted)
        except pa.ArrowInvalid:
            continue
    row = _first_odd_text(column)
    raise InvalidBars(
        name,
        row=row,
        value=column[row].as_py(),
        rule="an ISO 8601 time is expected, with an offset in every row or in none",
        hint="write it like 2024-01-01T00:00:00Z",
    )


def _first_odd_text(column: pa.ChunkedArray) -> int:
    """Return the first row whose text is no time, or has an offset where the first has none."""
    texts = column.to_pylist()
    zones = [_zone_of(text) for text in texts]
    return next(row for row, zone in enumerate(zones) if zone is None or zone != zones[0])


def _zone_of(text: str) -> bool | None:
    """Tell whether a text is a time with an offset (True), one without (False), or none."""
    import pyarrow as pa

    for has_zone, wanted in ((True, pa.timestamp("ns", "UTC")), (False, pa.timestamp("ns"))):
        try:
            pa.scalar(text).cast(wanted)
        except pa.ArrowInvalid:
            continue
        return has_zone
    return None
