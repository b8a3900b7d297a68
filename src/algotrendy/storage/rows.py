"""Stored candles in columns: sorted by open time, then source; the newest write of a row wins.

Laws: a row is known by open time and source; unknown quote volume is NaN, unknown trade count -1;
pure arrays, no disk.
Used by: the candle store, for year files and for its tail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from algotrendy.errors import StorageError
from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe

__all__ = ["FLOATS", "ROW", "Rows", "years_in", "years_of"]

FLOATS: Final = ("open", "high", "low", "close", "volume", "quote_volume")
ROW: Final = np.dtype(
    [
        ("open_ns", "<i8"),
        *((name, "<f8") for name in FLOATS),
        ("trades_count", "<i8"),
        ("source", "u1"),
    ]
)
_MOST_SOURCES = 256


@final
@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Candles of one series, sorted by (open time, source name), each pair once.

    Parameters
    ----------
    open_ns : (n,) open times, nanoseconds UTC
    floats : six (n,) columns, in the order of `FLOATS`
    trades_count : (n,), -1 where unknown
    source : (n,) index into `sources`
    sources : names, sorted
    calendar : the rule of annualisation if it is not the symbol's own
    """

    open_ns: IntArray
    floats: tuple[FloatArray, ...]
    trades_count: IntArray
    source: ByteArray
    sources: tuple[str, ...]
    calendar: Calendar | None = None

    @classmethod
    def empty(cls) -> Rows:
        """No rows at all."""
        nothing = np.empty(0, np.int64)
        floats = tuple(np.empty(0) for _ in FLOATS)
        return cls(nothing, floats, nothing, np.empty(0, np.uint8), ())

    @classmethod
    def from_bars(cls, bars: Bars) -> Rows:
        """Take the columns of one symbol's bars; source names are sorted, unused ones dropped."""
        used = tuple(sorted({bars.sources[code] for code in _codes_in(bars.source)}))
        place = {name: code for code, name in enumerate(used)}
        codes = bars.source
        if used != bars.sources:
            table = np.array([place.get(name, 0) for name in bars.sources], np.uint8)
            codes = table[codes]
        floats = (*bars.columns().values(), bars.quote_volume)
        calendar = None if bars.calendar is Calendar.of(bars.symbol) else bars.calendar
        return cls(bars.open_ns, floats, bars.trades_count, codes, used, calendar)

    @classmethod
    def chained(cls, parts: Sequence[Rows]) -> Rows:
        """Put parts one after the other: each begins after the one before it ends."""
        filled = [part for part in parts if len(part)]
        if len(filled) < 2:  # noqa: PLR2004
            return filled[0] if filled else cls.empty()
        return _joined(filled)

    @classmethod
    def from_records(
        cls, records: np.ndarray, sources: tuple[str, ...], calendar: Calendar | None = None
    ) -> Rows:
        """Take rows of type `ROW` in order of arrival; of equal keys the last is kept."""
        names = tuple(sorted(sources))
        codes = np.array([names.index(name) for name in sources], np.uint8)[records["source"]]
        floats = tuple(np.ascontiguousarray(records[name]) for name in FLOATS)
        loose = cls(
            records["open_ns"].copy(),
            floats,
            records["trades_count"].copy(),
            codes,
            names,
            calendar,
        )
        order = np.lexsort((loose.source, loose.open_ns))
        return loose.take(order[~loose.repeats(order)])

    def records(self) -> np.ndarray:
        """Return the rows as one (n,) array of type `ROW`."""
        records = np.empty(len(self), ROW)
        records["open_ns"], records["trades_count"] = self.open_ns, self.trades_count
        records["source"] = self.source
        for name, column in zip(FLOATS, self.floats, strict=True):
            records[name] = column
        return records

    def __len__(self) -> int:
        return len(self.open_ns)

    def take(self, rows: IntArray | BoolArray | slice) -> Rows:
        """Pick rows; a slice gives views."""
        floats = tuple(column[rows] for column in self.floats)
        return Rows(
            self.open_ns[rows], floats, self.trades_count[rows], self.source[rows], self.sources,
            self.calendar,
        )  # fmt: skip

    def between(self, start_ns: int, end_ns: int) -> Rows:
        """Rows with ``start_ns <= open time < end_ns``, as views."""
        first, last = np.searchsorted(self.open_ns, [start_ns, max(start_ns, end_ns)])
        return self if last - first == len(self) else self.take(slice(int(first), int(last)))

    def without(self, start_ns: int, end_ns: int) -> Rows:
        """Rows outside of ``start_ns <= open time < end_ns``."""
        return self.take((self.open_ns < start_ns) | (self.open_ns >= end_ns))

    def by_year(self) -> Iterator[tuple[int, Rows]]:
        """Yield (calendar year UTC, its rows)."""
        if len(self):
            for year in range(*years_of(int(self.open_ns[0]), int(self.open_ns[-1]) + 1)):
                part = self.between(_year_start(year), _year_start(year + 1))
                if len(part):
                    yield year, part

    def merged(self, newer: Rows) -> Rows:
        """Write `newer` over and between these rows."""
        if not len(self) or not len(newer):
            return newer if len(newer) else self
        both = _joined((self, newer))
        if self.open_ns[-1] < newer.open_ns[0]:
            return both
        order = np.lexsort((both.source, both.open_ns))  # stable: of equal keys the newer is last
        return both.take(order[~both.repeats(order)])

    def changed_from(self, older: Rows) -> Rows:
        """Those of these rows that `older` does not hold bit by bit."""
        if not len(self) or not len(older):
            return self
        both = _joined((older, self))
        order = np.lexsort((both.source, both.open_ns))
        again = both.repeats(order)[:-1]  # this row and the next have one key: old, then new
        before, after = order[:-1][again], order[1:][again]
        same = both.trades_count[before] == both.trades_count[after]
        for column in both.floats:
            bits = column.view(np.int64)
            same &= (bits[before] == bits[after]) | (
                np.isnan(column[before]) & np.isnan(column[after])
            )
        keep = np.ones(len(self), np.bool_)
        keep[after[same] - len(older)] = False
        return self if keep.all() else self.take(keep)

    def repeats(self, order: IntArray) -> BoolArray:
        """Tell for each place in `order` whether the next place has the same key."""
        times, codes = self.open_ns[order], self.source[order]
        found = np.zeros(len(order), np.bool_)
        found[:-1] = (times[:-1] == times[1:]) & (codes[:-1] == codes[1:])
        return found

    def trimmed(self) -> Rows:
        """Drop source names that no row has."""
        used = _codes_in(self.source)
        if len(used) == len(self.sources):
            return self
        names = tuple(self.sources[code] for code in used)
        codes = np.searchsorted(used, self.source).astype(np.uint8)
        return Rows(self.open_ns, self.floats, self.trades_count, codes, names, self.calendar)

    @property
    def n_times(self) -> int:
        """Number of different open times."""
        return len(self) and 1 + int(np.count_nonzero(np.diff(self.open_ns)))

    def to_bars(self, symbol: Symbol, timeframe: Timeframe, sources: Sequence[str] = ()) -> Bars:
        """Make bars: of one open time the source named first in `sources` wins.

        Sources not named are left out; none named means all, in the order of their names.
        """
        chosen = self._ranked(sources) if sources or len(self.sources) > 1 else self
        floats = dict(zip(FLOATS, (_frozen(column) for column in chosen.floats), strict=True))
        return Bars(
            symbol,
            timeframe,
            open_ns=_frozen(chosen.open_ns),
            trades_count=_frozen(chosen.trades_count),
            source=_frozen(chosen.source) if len(chosen.sources) > 1 else None,
            sources=chosen.sources or ("",),
            calendar=self.calendar,
            **floats,
        )

    def _ranked(self, sources: Sequence[str]) -> Rows:
        ranking = tuple(dict.fromkeys(sources)) or self.sources
        nowhere = len(ranking)
        table = [ranking.index(name) if name in ranking else nowhere for name in self.sources]
        rank = np.array(table, np.int64)[self.source]
        order = np.lexsort((rank, self.open_ns))
        times = self.open_ns[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = times[1:] != times[:-1]
        order = order[first & (rank[order] < nowhere)]
        picked, codes = self.take(order), rank[order].astype(np.uint8)
        return Rows(
            picked.open_ns, picked.floats, picked.trades_count, codes, ranking, self.calendar
        )  # fmt: skip


def _joined(parts: Sequence[Rows]) -> Rows:
    """All parts, one after the other, over one table of sources; not sorted."""
    names = parts[0].sources
    codes = [part.source for part in parts]
    if any(part.sources != names for part in parts):
        names = tuple(sorted({name for part in parts for name in part.sources}))
        if len(names) > _MOST_SOURCES:
            raise StorageError(
                f"{len(names)} sources in one series, at most {_MOST_SOURCES} are kept",
                hint="name sources by venue, not by request",
            )
        codes = [_recoded(part, names) for part in parts]
    columns = zip(*(part.floats for part in parts), strict=True)
    return Rows(
        np.concatenate([part.open_ns for part in parts]),
        tuple(np.concatenate(column) for column in columns),
        np.concatenate([part.trades_count for part in parts]),
        np.concatenate(codes),
        names,
        parts[-1].calendar,
    )


def _codes_in(source: ByteArray) -> IntArray:
    found: IntArray = np.flatnonzero(np.bincount(source, minlength=1))
    return found


def years_in(open_ns: IntArray) -> set[int]:
    """Calendar years (UTC) of open times."""
    years = open_ns.astype("datetime64[ns]").astype("datetime64[Y]").astype(np.int64)
    return {int(year) + 1970 for year in np.unique(years)}


def years_of(start_ns: int, end_ns: int) -> tuple[int, int]:
    """First calendar year (UTC) of the half-open range, and the one after its last."""
    ends = np.array([start_ns, max(end_ns - 1, start_ns)], "datetime64[ns]").astype("datetime64[Y]")
    first, last = (int(year) + 1970 for year in ends.astype(np.int64))
    return first, last + 1


def _year_start(year: int) -> int:
    # By days, in Python integers: the years at the ends of int64 nanoseconds would overflow.
    days = int(np.datetime64(f"{year:04d}", "D").astype(np.int64))
    return min(max(days * 86_400_000_000_000, -(2**63)), 2**63 - 1)


def _recoded(rows: Rows, names: tuple[str, ...]) -> ByteArray:
    table = np.array([names.index(name) for name in rows.sources], np.uint8)
    codes: ByteArray = table[rows.source]
    return codes


def _frozen(column: np.ndarray) -> np.ndarray:
    column.flags.writeable = False
    return column
