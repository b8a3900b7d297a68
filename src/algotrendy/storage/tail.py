"""The newest candles of a series, one synced record an append, until they go into year files.

Laws: records are numbered without a gap over the life of a series; a year file tells the last one
it holds, so that a reader who meets both never takes an old row for a new one.
Used by: the candle store.

A live candle would otherwise rewrite a year file a minute: half a million rows for one.
"""

from __future__ import annotations

import struct
from functools import cached_property
from pathlib import Path
from typing import Final, final

import numpy as np

from algotrendy.errors import InvalidState, StorageError
from algotrendy.model.arrays import IntArray
from algotrendy.model.timeframe import Calendar
from algotrendy.storage.files import Files, disk_errors
from algotrendy.storage.record_log import LogContents, RecordLog, create_log, parse_log
from algotrendy.storage.rows import ROW, Rows, years_in

__all__ = ["TAIL_NAME", "Tail", "TailFile"]

TAIL_NAME: Final = "tail.log"
_KIND = b"ATTAIL\r\n"
_ROWS, _MARK = 0, 1
_LENGTH = struct.Struct("<H")


@final
class Tail:
    """What a tail held when it was read; rows are unpacked on first use.

    Parameters
    ----------
    contents : the checked records
    path : for error texts
    """

    def __init__(self, contents: LogContents, path: Path) -> None:
        self._contents, self._path = contents, path
        base = contents.head.get("base")
        if not isinstance(base, int):
            raise self._damaged()
        self.base: int = base
        """Number of the last record that was in year files when this tail was begun."""
        self.last: int = base + len(contents.records)
        """Number of the last record."""

    def rows(self, *, after: int, start_ns: int, end_ns: int) -> Rows:
        """Rows of records behind number `after` in the span, the newest of each key."""
        records, numbers, sources, calendar = self._unpacked
        times = records["open_ns"]
        keep = (times >= start_ns) & (times < end_ns) & (numbers > after)
        if not keep.any():
            return Rows.empty()
        return Rows.from_records(records[keep], sources, calendar)

    @property
    def years(self) -> set[int]:
        """Calendar years (UTC) that its rows lie in."""
        return years_in(self._unpacked[0]["open_ns"])

    def __len__(self) -> int:
        return len(self._unpacked[0])

    @cached_property
    def _unpacked(self) -> tuple[np.ndarray, IntArray, tuple[str, ...], Calendar | None]:
        tables: dict[bytes, tuple[tuple[str, ...], Calendar | None]] = {}
        starts: list[bytes] = []
        parts: list[bytes] = []
        numbers: list[int] = []
        try:
            for number, (kind, payload) in enumerate(self._contents.records, self.base + 1):
                if kind == _ROWS:
                    (length,) = _LENGTH.unpack_from(payload)
                    start = payload[: _LENGTH.size + length]
                    if start not in tables:
                        tables[start] = _names(start)
                    starts.append(start)
                    parts.append(payload[len(start) :])
                    numbers.append(number)
            # One buffer, then one view: numpy joins many small structured arrays slowly.
            records = np.frombuffer(bytearray(b"".join(parts)), ROW)
        except (KeyError, ValueError, struct.error) as error:
            raise self._damaged() from error
        if not parts:
            return records, np.empty(0, np.int64), (), None
        counts = np.array([len(part) for part in parts]) // ROW.itemsize
        sources = tuple(dict.fromkeys(name for names, _ in tables.values() for name in names))
        if len(tables) > 1:
            # Each record has its own table of names: recode to the common one.
            places = {
                start: [sources.index(name) for name in names]
                for start, (names, _) in tables.items()
            }
            offsets = np.cumsum([0, *(len(places[start]) for start in tables)])
            first = dict(zip(tables, offsets.tolist(), strict=False))
            table = np.array([code for start in tables for code in places[start]], np.uint8)
            at = np.repeat([first[start] for start in starts], counts)
            records["source"] = table[at + records["source"]]
        return (
            records,
            np.repeat(np.array(numbers, np.int64), counts),
            sources,
            tables[starts[-1]][1],
        )

    def _damaged(self) -> StorageError:
        return StorageError(
            f"{self._path} is damaged: its records are no candles",
            hint="restore the file from a backup, or move it away and fetch its candles again",
        )


@final
class TailFile:
    """The tail of one series on disk: reading needs no lock, writing needs the series' lock.

    No file stays open between calls, so that thousands of series cost no handles.
    """

    __slots__ = ("_durable", "_files", "_seen", "path")

    path: Path

    def __init__(self, folder: Path, files: Files) -> None:
        self.path, self._files = folder / TAIL_NAME, files
        self._seen: tuple[LogContents, Tail, int] | None = None
        self._durable: LogContents | None = None

    def read(self) -> Tail | None:
        """Read what is there, None without a tail; a torn last record is left out."""
        found = self._read()
        return None if found is None else found[1]

    def settle(self) -> Tail | None:
        """Read for writing: a torn record is cut, and what is left is synced.

        Another process's last record may be in the page cache only. The answer is the same object
        as long as nobody wrote.
        """
        found = self._read()
        if found is None:
            return None
        contents, tail, n_bytes = found
        if contents is not self._durable or contents.size != n_bytes:
            RecordLog(self.path, kind=_KIND, files=self._files).close()
            self._durable = contents
        return tail

    def append(self, rows: Rows) -> Tail:
        """Add rows as one record; durable when this returns."""
        return self._append(_ROWS, _packed(rows))

    def mark(self) -> Tail:
        """Use up a number for rows that go straight into year files; durable when this returns."""
        return self._append(_MARK, b"")

    def begin(self, base: int) -> Tail:
        """Start an empty tail at `base`: all up to that number is in year files, durably."""
        self._durable = None
        create_log(self.path, kind=_KIND, head={"base": base}, files=self._files)
        return self._written()

    def _append(self, kind: int, payload: bytes) -> Tail:
        settled, self._durable = self._durable, None
        if settled is None:
            raise InvalidState(f"{self.path} is not settled", hint="call settle() or begin() first")
        log = RecordLog(self.path, kind=_KIND, files=self._files, settled=settled)
        try:
            log.append(kind, payload)
        finally:
            log.close()
        return self._written()

    def _written(self) -> Tail:
        found = self._read()
        if found is None:
            raise StorageError(
                f"{self.path} vanished", hint="keep other programs out of the folder"
            )
        self._durable = found[0]
        return found[1]

    def _read(self) -> tuple[LogContents, Tail, int] | None:
        try:
            return self._read_once()
        except StorageError:
            # Reading takes no lock: a writer that cuts a torn record and appends in the middle of
            # one reading makes it look damaged, but not the next.
            return self._read_once()

    def _read_once(self) -> tuple[LogContents, Tail, int] | None:
        with disk_errors("read", self.path):
            try:
                data = self._files.read(self.path)
            except FileNotFoundError:
                return None
        seen = self._seen
        known = None if seen is None else seen[0]
        contents = parse_log(data, path=self.path, kind=_KIND, known=known)
        if seen is not None and contents is known:
            return seen[0], seen[1], len(data)
        self._seen = contents, Tail(contents, self.path), len(data)
        return self._seen


def _packed(rows: Rows) -> bytes:
    names = [rows.calendar.name if rows.calendar else "", *rows.sources]
    table = b"".join(_LENGTH.pack(len(text)) + text for text in (name.encode() for name in names))
    return _LENGTH.pack(len(table)) + table + rows.records().tobytes()


def _names(start: bytes) -> tuple[tuple[str, ...], Calendar | None]:
    found, at = [], _LENGTH.size
    while at < len(start):
        (length,) = _LENGTH.unpack_from(start, at)
        at += _LENGTH.size
        found.append(start[at : at + length].decode())
        at += length
    return tuple(found[1:]), Calendar[found[0]] if found[0] else None
