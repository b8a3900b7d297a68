"""Bars joined: one after another in time, or several symbols side by side.

Laws: a symbol without a bar at a time is NaN there, never filled; rows that overlap are refused.
Used by: `Bars.concat` and `Bars.from_many`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from algotrendy.errors import InvalidBars, InvalidValue
from algotrendy.model.arrays import ByteArray, FloatArray, IntArray
from algotrendy.model.bars_columns import (
    BarColumns,
    Repairs,
    frozen_bytes,
    frozen_floats,
    frozen_ints,
)
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar
from algotrendy.model.times import utc_text

if TYPE_CHECKING:
    from algotrendy.model.bars import Bars

__all__ = ["join_symbols", "join_times"]


def join_times(parts: Sequence[Bars]) -> BarColumns:
    """Put bars of the same symbols and timeframe one after another; a part may be empty."""
    if not parts:
        raise InvalidValue("parts", value=parts, rule="one or more bars are expected")
    first = parts[0]
    for at, part in enumerate(parts):
        for name in ("symbols", "is_many", "timeframe", "calendar"):
            if getattr(part, name) != getattr(first, name):
                raise InvalidValue(
                    f"parts[{at}].{name}",
                    value=str(getattr(part, name)),
                    rule=f"the same as that of the first part is expected: {getattr(first, name)}",
                )
    filled = [part for part in parts if len(part)]
    for before, after in pairwise(filled):
        if after.open_ns[0] <= before.open_ns[-1]:
            raise InvalidBars(
                "open_ns",
                value=utc_text(after.open_ns[0]),
                rule=f"a part must start after the one before ends, at "
                f"{utc_text(before.open_ns[-1])}",
                hint="cut the overlap off: part.between(start, None)",
            )
    sources, recoded = _sources(parts)

    def joined(column: Callable[[Bars], FloatArray]) -> FloatArray:
        return frozen_floats(np.concatenate([column(part) for part in parts]))

    return BarColumns(
        symbols=first.symbols if first.is_many else first.symbols[0],
        timeframe=first.timeframe,
        open_ns=frozen_ints(np.concatenate([part.open_ns for part in parts])),
        open=joined(lambda part: part.open),
        high=joined(lambda part: part.high),
        low=joined(lambda part: part.low),
        close=joined(lambda part: part.close),
        volume=joined(lambda part: part.volume),
        quote_volume=(
            joined(lambda part: part.quote_volume)
            if any(part.has_quote_volume for part in parts)
            else None
        ),
        trades_count=(
            frozen_ints(np.concatenate([part.trades_count for part in parts]))
            if any(part.has_trades_count for part in parts)
            else None
        ),
        source=frozen_bytes(np.concatenate(recoded)) if len(sources) > 1 else None,
        sources=sources,
        calendar=first.calendar,
        repairs=sum((part.repairs for part in parts), Repairs()),
    )


def join_symbols(bars_of: Mapping[Symbol, Bars], calendar: Calendar | None = None) -> BarColumns:
    """Put bars of one symbol each side by side on the union of their times."""
    _check_alike(bars_of, calendar)
    parts = list(bars_of.values())
    times = _union([part.open_ns for part in parts])
    places = [np.searchsorted(times, part.open_ns) for part in parts]
    shape = (len(times), len(parts))
    sources, recoded = _sources(parts)

    def beside(column: Callable[[Bars], FloatArray]) -> FloatArray:
        wide = np.full(shape, np.nan)
        for at, (rows, part) in enumerate(zip(places, parts, strict=True)):
            wide[rows, at] = column(part)
        return frozen_floats(wide)

    counts = codes = None
    if any(part.has_trades_count for part in parts):
        counts = np.full(shape, -1, np.int64)
        for at, (rows, part) in enumerate(zip(places, parts, strict=True)):
            counts[rows, at] = part.trades_count
    if len(sources) > 1:
        codes = np.zeros(shape, np.uint8)
        for at, (rows, code) in enumerate(zip(places, recoded, strict=True)):
            codes[rows, at] = code
    return BarColumns(
        symbols=tuple(bars_of),
        timeframe=parts[0].timeframe,
        open_ns=frozen_ints(times),
        open=beside(lambda part: part.open),
        high=beside(lambda part: part.high),
        low=beside(lambda part: part.low),
        close=beside(lambda part: part.close),
        volume=beside(lambda part: part.volume),
        quote_volume=(
            beside(lambda part: part.quote_volume)
            if any(part.has_quote_volume for part in parts)
            else None
        ),
        trades_count=None if counts is None else frozen_ints(counts),
        source=None if codes is None else frozen_bytes(codes),
        sources=sources,
        calendar=calendar or parts[0].calendar,
        repairs=sum((part.repairs for part in parts), Repairs()),
    )


def _check_alike(bars_of: Mapping[Symbol, Bars], calendar: Calendar | None) -> None:
    if not bars_of:
        raise InvalidValue("bars_of", value=bars_of, rule="one or more symbols are expected")
    first = next(iter(bars_of.values()))
    for symbol, part in bars_of.items():
        place = f"bars_of[{str(symbol)!r}]"
        if part.is_many:
            raise InvalidValue(place, value=part, rule="bars of one symbol are expected")
        if part.timeframe != first.timeframe:
            raise InvalidValue(
                f"{place}.timeframe",
                value=str(part.timeframe),
                rule=f"one timeframe is expected, that of the first is {first.timeframe}",
                hint="resample the finer bars",
            )
        if calendar is None and part.calendar is not first.calendar:
            raise InvalidValue(
                f"{place}.calendar",
                value=part.calendar.name,
                rule=f"one calendar is expected, that of the first is {first.calendar.name}",
                hint="pass calendar= to choose",
            )


def _union(times: Sequence[IntArray]) -> IntArray:
    first = times[0]
    if all(np.array_equal(first, other) for other in times[1:]):
        return first.copy()
    return np.unique(np.concatenate(times))


def _sources(parts: Sequence[Bars]) -> tuple[tuple[str, ...], list[ByteArray]]:
    """Return the different sources of all parts, and each part's codes into them."""
    known: dict[str, int] = {}
    recoded: list[ByteArray] = []
    for part in parts:
        table = np.array(
            [known.setdefault(name, len(known)) for name in part.sources], dtype=np.uint8
        )
        recoded.append(table[part.source])
    return tuple(known), recoded
