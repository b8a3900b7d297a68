"""One series of the candle store on disk: year files, a tail, a lock, and how they change together.

Laws: an append is durable when it returns; at any instant each row is there as it was or as it was
to be; a reader needs no lock.
Used by: the candle store, one object a series.

How readers stay right without a lock: rows go into the tail first, or are numbered there; a year
file tells the last number it holds. A reader reads the tail *before* the year files and leaves out
what the year file holds already. A writer renames the year files *before* it begins a new tail.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, final

from algotrendy.errors import StorageError, WriteUnconfirmed
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.store import StoredSeries
from algotrendy.storage.files import (
    Files,
    disk_errors,
    make_folders,
    remove_leftovers,
    write_temporary,
)
from algotrendy.storage.locks import locked
from algotrendy.storage.rows import Rows, years_of
from algotrendy.storage.tail import Tail, TailFile
from algotrendy.storage.year_file import YearHead, encode_year, read_head, read_year

__all__ = ["SeriesFiles"]

_YEAR = re.compile(r"([0-9]{4})\.parquet")
_ALWAYS: Final = (-(2**63), 2**63 - 1)


@final
class SeriesFiles:
    """Year files and tail of one series.

    Parameters
    ----------
    folder : the series' own
    symbol, timeframe : which series
    files : the disk
    wait_s : how long a writer waits for another one
    tail_rows : how many rows the tail may hold; more go into year files
    """

    folder: Path
    symbol: Symbol
    timeframe: Timeframe

    def __init__(
        self,
        folder: Path,
        symbol: Symbol,
        timeframe: Timeframe,
        *,
        files: Files,
        wait_s: float,
        tail_rows: int,
    ) -> None:
        self.folder, self.symbol, self.timeframe = folder, symbol, timeframe
        self._text = f"{symbol} {timeframe}"
        self._files, self._wait_s, self._tail_rows = files, wait_s, tail_rows
        self._tail = TailFile(folder, files)
        self._known: tuple[Tail, int | None, int] | None = None  # last open time, rows in the tail

    def read(self, start_ns: int, end_ns: int) -> Rows:
        """Return the rows with ``start_ns <= open time < end_ns``."""
        tail = self._tail.read()  # before the year files, see above
        first, stop = years_of(start_ns, end_ns)
        parts = [
            _over(old, newer)
            for _, old, newer in self._parts(tail, range(first, stop), start_ns, end_ns)
        ]
        return Rows.chained(parts)

    def last_ns(self) -> int | None:
        """Return the last open time, None without rows."""
        tail = self._tail.read()
        for year in reversed(self._years(tail)):
            head = self._head(year)
            newer = _newer(tail, year, head)
            times = [head.last_ns] if head is not None and head.n_rows else []
            if len(newer):
                times.append(int(newer.open_ns[-1]))
            if times:
                return max(times)
        return None

    def stored(self) -> StoredSeries | None:
        """Tell what is there, None without rows; the feet of the files are enough, mostly."""
        tail = self._tail.read()
        n_bars, ends, sources = 0, [], set[str]()
        for year in self._years(tail):
            head = self._head(year)
            newer = _newer(tail, year, head).trimmed()
            if head is not None and head.n_rows:
                n_bars += head.n_times
                ends += [head.first_ns, head.last_ns]
                sources.update(head.sources)
            if len(newer):
                span = int(newer.open_ns[0]), int(newer.open_ns[-1])
                found = read_year(self._files, self._path(year), span[0], span[1] + 1)
                old = found[1] if found else Rows.empty()
                n_bars += _over(old, newer).n_times - old.n_times
                ends += span
                sources.update(newer.sources)
        if not n_bars:
            return None
        return StoredSeries(
            symbol=self.symbol,
            timeframe=self.timeframe,
            n_bars=n_bars,
            first_ns=min(ends),
            last_ns=max(ends),
            sources=tuple(sorted(sources)),
        )

    def append(self, rows: Rows) -> None:
        """Write rows over and between what is there; durable when this returns."""
        if not len(rows):
            return
        make_folders(self._files, self.folder)
        with self._writing() as (last_ns, n_tail):
            first, last = int(rows.open_ns[0]), int(rows.open_ns[-1])
            newest = last if last_ns is None else max(last, last_ns)
            if last_ns is not None and first <= last_ns:
                rows = rows.changed_from(self.read(first, last + 1))
            if not len(rows):
                # Equal rows are there, but a killed writer may have left them in the cache only.
                with disk_errors("sync", self.folder):
                    self._files.sync_folder(self.folder)
                return
            if n_tail + len(rows) <= self._tail_rows:
                self._known = self._tail.append(rows), newest, n_tail + len(rows)
                return
            parts = dict(rows.by_year())
            tail = self._rewrite(parts.keys(), lambda year, old: old.merged(parts[year]))
            self._known = tail, newest, 0

    def compact(self) -> None:
        """Put the tail's rows into year files."""
        if self.folder.is_dir():
            with self._writing() as (_, n_tail):
                if n_tail:
                    self._rewrite((), lambda _, old: old)

    def delete(self, start_ns: int, end_ns: int) -> int:
        """Remove the rows with ``start_ns <= open time < end_ns``, return how many."""
        if not self.folder.is_dir():
            return 0
        with self._writing():
            doomed = self.read(start_ns, end_ns)
            if not len(doomed):
                return 0
            years = [year for year, _ in doomed.by_year()]
            self._rewrite(years, lambda _, old: old.without(start_ns, end_ns))
            for year in years:
                head, path = self._head(year), self._path(year)
                if head is not None and not head.n_rows:
                    with disk_errors("remove", path):
                        self._files.remove(path)
            return len(doomed)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[int | None, int]]:
        """Hold the series; give its last open time and the number of rows in its tail."""
        what = f"{self._text} in {self.folder}"
        with locked(self.folder / "lock", what=what, deadline_s=self._wait_s):
            tail = self._tail.settle()
            if tail is None:
                # A series begins, or its tail was removed by hand: never use a number twice.
                heads = (self._head(year) for year in self._years(None))
                tail = self._tail.begin(max((head.applied for head in heads if head), default=0))
            if self._known is None or self._known[0] is not tail:
                remove_leftovers(self._files, self.folder)
                self._known = tail, self.last_ns(), len(tail)
            (_, last_ns, n_tail), self._known = self._known, None  # known again after a success
            yield last_ns, n_tail

    def _rewrite(self, years: Iterable[int], change: Callable[[int, Rows], Rows]) -> Tail:
        """Make new year files of the old ones, the tail and `change`; then begin a new tail."""
        tail = self._tail.mark()
        wanted = sorted({*years, *tail.years})

        def prepare(year: int) -> tuple[Path, Path]:
            ((_, old, newer),) = self._parts(tail, range(year, year + 1), *_ALWAYS)
            rows = _over(old, newer)
            rows = change(year, rows) if year in years else rows
            data = encode_year(rows, series=self._text, applied=tail.last)
            path = self._path(year)
            with disk_errors("write", path):
                return write_temporary(self._files, path, data), path

        ready = self._prepared(prepare, wanted)
        try:
            with disk_errors("write", self.folder):
                for temporary, path in ready:
                    self._files.replace(temporary, path)
                self._files.sync_folder(self.folder)
            return self._tail.begin(tail.last)
        except StorageError as error:
            self._discard(ready)
            raise WriteUnconfirmed(str(error.args[0]), hint=error.hint) from error

    def _prepared(
        self, prepare: Callable[[int], tuple[Path, Path]], years: list[int]
    ) -> list[tuple[Path, Path]]:
        """Prepare each year, two at once: encoding and syncing overlap; an error takes all back."""
        if len(years) < 2:  # noqa: PLR2004
            return [prepare(year) for year in years]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as pool:
            tasks = [pool.submit(prepare, year) for year in years]
        errors = [error for error in (task.exception() for task in tasks) if error is not None]
        if errors:
            self._discard([task.result() for task in tasks if task.exception() is None])
            raise errors[0]
        return [task.result() for task in tasks]

    def _discard(self, ready: list[tuple[Path, Path]]) -> None:
        for temporary, _ in ready:
            with contextlib.suppress(OSError):
                self._files.remove(temporary)

    def _parts(
        self, tail: Tail | None, years: range, start_ns: int, end_ns: int
    ) -> Iterator[tuple[int, Rows, Rows]]:
        """Yield (year, rows of its file, newer rows of the tail) for the years in the range."""
        for year in years if len(years) == 1 else self._years(tail):
            if year in years:
                found = read_year(self._files, self._path(year), start_ns, end_ns)
                if found is not None:
                    self._check_series(year, found[0])
                newer = _newer(tail, year, found[0] if found else None).between(start_ns, end_ns)
                yield year, found[1] if found else Rows.empty(), newer

    def _head(self, year: int) -> YearHead | None:
        head = read_head(self._files, self._path(year))
        if head is not None:
            self._check_series(year, head)
        return head

    def _check_series(self, year: int, head: YearHead) -> None:
        if head.series != self._text:
            raise StorageError(
                f"{self._path(year)} holds {head.series}, {self._text} is expected there",
                hint="move it back to its own folder",
            )

    def _path(self, year: int) -> Path:
        return self.folder / f"{year:04d}.parquet"

    def _years(self, tail: Tail | None) -> list[int]:
        """Years that have a file or rows in the tail, oldest first."""
        with disk_errors("list", self.folder):
            try:
                names = [entry.name for entry in self.folder.iterdir()]
            except FileNotFoundError:
                return []
        found = (_YEAR.fullmatch(name) for name in names)
        return sorted({int(match[1]) for match in found if match} | (tail.years if tail else set()))


def _over(old: Rows, newer: Rows) -> Rows:
    return old.merged(newer) if len(newer) else old


def _newer(tail: Tail | None, year: int, head: YearHead | None) -> Rows:
    """Rows of the tail in `year` that the year's file does not hold yet."""
    if tail is None or year not in tail.years:
        return Rows.empty()
    rows = tail.rows(after=head.applied if head else -1, start_ns=_ALWAYS[0], end_ns=_ALWAYS[1])
    return next((part for of_year, part in rows.by_year() if of_year == year), Rows.empty())
