"""The embedded candle store: a folder of Parquet files, one series a folder, one year a file.

Laws: an acknowledged row is there after any crash, once, in its newest version; nothing but
`Symbol.encoded` becomes a path; a broken file is named, never guessed at.
Used by: the market data service, scripts and notebooks through `storage.embedded`.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, final
from urllib.parse import unquote

from algotrendy.errors import InvalidBars, InvalidValue, StorageError
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.store import BarStoreCapabilities, StoredSeries
from algotrendy.storage.files import DISK, Files
from algotrendy.storage.rows import Rows
from algotrendy.storage.series_files import SeriesFiles

__all__ = ["ParquetStore"]

_MOST_KNOWN: Final = 128  # tails kept in memory, 100 kB each at most


@final
class ParquetStore:
    """Candles in a folder; many processes may read and write it.

    Parameters
    ----------
    root : the folder; it is made by the first append
    wait_s : how long an append waits for another writer of the same series
    tail_rows : how many new rows of a series gather in its tail before they go into year files;
        larger makes appends cheaper on average and reads a little dearer
    files : the disk; tests pass one that fails

    Notes
    -----
    ``<root>/<symbol>/<timeframe>/<year>.parquet``, the newest rows in ``tail.log`` beside them. Any
    Parquet reader understands the year files; call `compact` first to have all rows in them.
    """

    name = "parquet"
    capabilities: BarStoreCapabilities = BarStoreCapabilities(
        durable=True, many_sources=True, many_writers=True
    )
    root: Path

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        wait_s: float = 10.0,
        tail_rows: int = 1024,
        files: Files = DISK,
    ) -> None:
        self.root = Path(root)
        self._wait_s, self._tail_rows, self._files = wait_s, tail_rows, files
        self._known: OrderedDict[tuple[Symbol, Timeframe], SeriesFiles] = OrderedDict()
        self._guard = threading.Lock()

    def append(self, bars: Bars, /) -> int:
        """Keep these bars, return how many rows: all of them; durable when this returns.

        A row that is there (same symbol, timeframe, open time and source) is replaced by the newer
        one; an equal one is not written again. Atomic per series and year.

        Raises
        ------
        WriteUnconfirmed
            When the disk failed on the way: each row is as it was or as it was to be; append again.
        StorageError
            When another writer holds the series too long, a file in the way is damaged, or the disk
            failed before anything changed.
        """
        n_rows = 0
        for one in bars:
            rows = Rows.from_bars(one)
            self._series(one.symbol, one.timeframe).append(rows)
            n_rows += len(rows)
        return n_rows

    def read(
        self,
        symbol: Symbol,
        timeframe: Timeframe,
        start_ns: int,
        end_ns: int,
        /,
        *,
        sources: Sequence[str] = (),
    ) -> Bars:
        """Return the bars with ``start_ns <= open time < end_ns``; nothing there gives empty bars.

        Of several sources the one named first in `sources` wins, and those not named are left out;
        empty means all, in the order of their names.

        Raises
        ------
        StorageError
            When a file is damaged or cannot be read; the text names it.
        SchemaMismatch
            When a newer version wrote it.
        """
        series = self._series(symbol, timeframe)
        rows = series.read(start_ns, end_ns) if start_ns < end_ns else Rows.empty()
        try:
            return rows.to_bars(symbol, timeframe, sources)
        except InvalidBars as error:
            raise StorageError(
                f"{series.folder} holds rows that are no bars: {error.args[0]}",
                hint="restore the folder from a backup, or move it away and fetch the bars again",
            ) from error

    def series(self) -> Sequence[StoredSeries]:
        """Return what is there, sorted by symbol text, then timeframe text."""
        stored = (self._series(symbol, timeframe).stored() for symbol, timeframe in self._listed())
        found = [one for one in stored if one is not None]
        return sorted(found, key=lambda one: (str(one.symbol), str(one.timeframe)))

    def last_ns(self, symbol: Symbol, timeframe: Timeframe, /) -> int | None:
        """Return the last open time, nanoseconds UTC; None when nothing is stored."""
        return self._series(symbol, timeframe).last_ns()

    def delete(self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int, /) -> int:
        """Remove the rows with ``start_ns <= open time < end_ns``; return how many."""
        return self._series(symbol, timeframe).delete(start_ns, end_ns) if start_ns < end_ns else 0

    def compact(self) -> None:
        """Put all rows into year files, for other programs to read; the store needs it not."""
        for symbol, timeframe in self._listed():
            self._series(symbol, timeframe).compact()

    def close(self) -> None:
        """Forget what is kept in memory; no file is open between calls."""
        with self._guard:
            self._known.clear()

    def __repr__(self) -> str:
        return f"ParquetStore({str(self.root)!r})"

    def _series(self, symbol: Symbol, timeframe: Timeframe) -> SeriesFiles:
        with self._guard:
            key = symbol, timeframe
            found = self._known.get(key)
            if found is None:
                folder = self._folder(symbol, timeframe)
                found = SeriesFiles(
                    folder,
                    symbol,
                    timeframe,
                    files=self._files,
                    wait_s=self._wait_s,
                    tail_rows=self._tail_rows,
                )
                self._known[key] = found
                if len(self._known) > _MOST_KNOWN:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return found

    def _folder(self, symbol: Symbol, timeframe: Timeframe) -> Path:
        folder = self.root / symbol.encoded / _folder_name(timeframe)
        if not folder.resolve().is_relative_to(self.root.resolve()):
            raise StorageError(
                f"{folder} leads out of the store {self.root}",
                hint="a symbolic link stands in the way: remove it",
            )
        return folder

    def _listed(self) -> list[tuple[Symbol, Timeframe]]:
        found = []
        for folder in sorted(self.root.glob("*~*/*")):
            symbol, timeframe = _decoded(folder.parent.name), _timeframe(folder.name)
            if symbol is not None and timeframe is not None:
                found.append((symbol, timeframe))
        return found


def _folder_name(timeframe: Timeframe) -> str:
    # `1m` and `1M` must not meet where case is folded.
    return f"{timeframe.count}{'mo' if timeframe.unit == 'M' else timeframe.unit}"


def _timeframe(name: str) -> Timeframe | None:
    try:
        found = Timeframe.parse(f"{name[:-2]}M" if name.endswith("mo") else name)
    except InvalidValue:
        return None
    return found if _folder_name(found) == name else None


def _decoded(name: str) -> Symbol | None:
    try:
        symbol = Symbol.parse(unquote(name.rpartition("~")[0]))
    except InvalidValue:
        return None
    return symbol if symbol.encoded == name else None
