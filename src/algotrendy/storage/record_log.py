"""An append-only file of checked records: acknowledged records outlive any crash.

Laws: `append` returns after the sync; opening keeps all up to the last whole record and cuts a torn
tail; a broken record with whole ones behind it is a hole and is refused, never skipped.
Used by: the sweep journal, the tail of the candle store.

Layout, little-endian. Head of the file: 8 bytes kind, u16 version, u32 length, that many bytes of
JSON, u32 CRC-32 of all before. Record: 4 bytes mark, u32 key, u32 length, u32 CRC-32 of the
payload, u32 CRC-32 of the 16 bytes before, payload. Record sums start from the head's sum, so that
a record of another file never passes.
"""

from __future__ import annotations

import contextlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import final

from algotrendy.errors import (
    InvalidState,
    InvalidValue,
    SchemaMismatch,
    StorageError,
    WriteUnconfirmed,
)
from algotrendy.storage.files import DISK, Files, disk_errors, write_all, write_atomically

__all__ = ["LogContents", "RecordLog", "create_log", "parse_log", "read_log"]

VERSION = 1
_HEAD = struct.Struct("<8sHI")
_SUM = struct.Struct("<I")
_RECORD = struct.Struct("<4sIII")
_MARK = b"\xa7rec"
_RECORD_BYTES = _RECORD.size + _SUM.size
_LARGEST = 0xFFFF_FFFF


@final
class LogContents:
    """What a log file held when it was read.

    Parameters
    ----------
    head : the JSON object written when the file was made
    seed : sum that the records start from
    records : (key, payload) in the order of writing
    size : bytes up to the end of the last whole record; what lies behind is a torn tail
    last : where the last record starts, and its head: by these it is known again
    """

    __slots__ = ("head", "last", "records", "seed", "size")

    head: Mapping[str, object]
    seed: int
    records: tuple[tuple[int, bytes], ...]
    last: tuple[int, bytes]
    size: int

    def __init__(
        self,
        head: Mapping[str, object],
        seed: int,
        records: tuple[tuple[int, bytes], ...],
        last: tuple[int, bytes],
        size: int,
    ) -> None:
        self.head, self.seed, self.records = head, seed, records
        self.last, self.size = last, size

    def is_start_of(self, data: bytes, seed: int) -> bool:
        """Tell whether `data` begins with what was read here.

        A record that was seen before its sync, failed there and was taken back, may have been
        followed by another of the same length: its head tells them apart.
        """
        at, head = self.last
        return self.seed == seed and self.size <= len(data) and data[at : at + len(head)] == head


def create_log(path: Path, *, kind: bytes, head: Mapping[str, object], files: Files = DISK) -> None:
    """Put an empty log there, atomically and durably, over whatever stood there."""
    text = json.dumps(head, sort_keys=True, allow_nan=False).encode()
    start = _HEAD.pack(kind, VERSION, len(text)) + text
    write_atomically(files, path, start + _SUM.pack(zlib.crc32(start)))


def read_log(path: Path, *, kind: bytes, files: Files = DISK) -> LogContents:
    """Read and check a log; a torn tail is left out, all else that is wrong raises.

    Raises
    ------
    SchemaMismatch
        When a newer version wrote the file.
    StorageError
        When the file cannot be read, is no log of this kind, or has a hole.
    """
    with disk_errors("read", path):
        data = files.read(path)
    return parse_log(data, path=path, kind=kind)


def parse_log(
    data: bytes, *, path: Path, kind: bytes, known: LogContents | None = None
) -> LogContents:
    """Check the bytes of a log; `path` is for the error texts.

    With `known`, what an earlier reading gave, only new bytes are looked at; `known` itself is the
    answer when there are none.
    """
    head, at = _parse_head(data, path, kind)
    seed = _SUM.unpack_from(data, at - _SUM.size)[0]
    records: list[tuple[int, bytes]] = []
    last = (at, b"")
    if known is not None and known.is_start_of(data, seed):
        if known.size == len(data):
            return known
        records, last, at = list(known.records), known.last, known.size
    while at < len(data):
        record = _record_at(data, at, seed)
        if record is None:
            _refuse_hole(data, at, seed, path, len(records))
            break
        key, payload = record
        records.append((key, payload))
        last = at, data[at : at + _RECORD_BYTES]
        at += _RECORD_BYTES + len(payload)
    return LogContents(head, seed, tuple(records), last, at)


@final
class RecordLog:
    """An open log: read what is there, then append. One writer, held off by the caller's lock."""

    __slots__ = ("_broken", "_files", "_handle", "_seed", "contents", "path", "size")

    path: Path
    contents: LogContents
    size: int

    def __init__(
        self, path: Path, *, kind: bytes, files: Files = DISK, settled: LogContents | None = None
    ) -> None:
        """Open, check, cut a torn tail, and sync: what `contents` shows is durable.

        All that is skipped with `settled`: what the caller, who holds the lock, knows to be there,
        whole and durable.
        """
        self.path, self._files, self._broken = path, files, ""
        self.contents = settled or read_log(path, kind=kind, files=files)
        self._seed, self.size = self.contents.seed, self.contents.size
        with disk_errors("open", path):
            self._handle = files.open_append(path)
            try:
                if settled is None:
                    files.truncate(self._handle, self.size)
                    files.sync(self._handle)
            except OSError:
                files.close(self._handle)
                raise

    def append(self, key: int, payload: bytes) -> None:
        """Add a record; it is durable when this returns.

        Raises
        ------
        WriteUnconfirmed
            When the disk refused. The log takes nothing more until it is opened again: after a
            failed sync nobody knows what the disk holds.
        """
        if self._broken:
            raise InvalidState(
                f"{self.path} takes no more records since a write failed ({self._broken})",
                hint="repair the cause, then open it again",
            )
        if not 0 <= key <= _LARGEST or len(payload) > _LARGEST:
            raise InvalidValue(
                "record", value=(key, len(payload)), rule="key and length must fit 32 bits"
            )
        record = _frame(key, payload, self._seed)
        try:
            with disk_errors("append to", self.path):
                write_all(self._files, self._handle, record)
                self._files.sync(self._handle)
        except BaseException as error:
            self._broken = str(error.args[0]) if error.args else "it was interrupted"
            with contextlib.suppress(OSError):
                # Nobody was told that this record exists: take it away if the disk still lets us.
                self._files.truncate(self._handle, self.size)
            if isinstance(error, StorageError):
                raise WriteUnconfirmed(str(error.args[0]), hint=error.hint) from error
            raise
        self.size += len(record)

    def close(self) -> None:
        """Give the file back; everything acknowledged is durable already."""
        if self._handle >= 0:
            self._files.close(self._handle)
            self._handle = -1
            self._broken = self._broken or "it was closed"


def _frame(key: int, payload: bytes, seed: int) -> bytes:
    start = _RECORD.pack(_MARK, key, len(payload), zlib.crc32(payload, seed))
    return b"".join((start, _SUM.pack(zlib.crc32(start, seed)), payload))


def _record_at(data: bytes, at: int, seed: int) -> tuple[int, bytes] | None:
    if at + _RECORD_BYTES > len(data):
        return None
    mark, key, length, payload_sum = _RECORD.unpack_from(data, at)
    head_sum = _SUM.unpack_from(data, at + _RECORD.size)[0]
    if mark != _MARK or zlib.crc32(data[at : at + _RECORD.size], seed) != head_sum:
        return None
    payload = data[at + _RECORD_BYTES : at + _RECORD_BYTES + length]
    if len(payload) != length or zlib.crc32(payload, seed) != payload_sum:
        return None
    return key, payload


def _marks(data: bytes, start: int) -> Iterator[int]:
    at = data.find(_MARK, start)
    while at >= 0:
        yield at
        at = data.find(_MARK, at + 1)


def _refuse_hole(data: bytes, at: int, seed: int, path: Path, whole: int) -> None:
    # Each append is synced before the next, so a crash can tear the last record only. A whole
    # record behind a broken one means that something else damaged the file.
    for place in _marks(data, at + 1):
        if _record_at(data, place, seed) is not None:
            raise StorageError(
                f"{path} is damaged at byte {at:,}: {whole:,} records before it are whole, and "
                f"there are whole ones behind it at byte {place:,}",
                hint="restore the file from a backup, or move it away to start anew",
            )


def _parse_head(data: bytes, path: Path, kind: bytes) -> tuple[Mapping[str, object], int]:
    if len(data) < _HEAD.size or data[:8] != kind:
        raise StorageError(
            f"{path} is not a file of this kind: it starts with {data[:8]!r}, {kind!r} is expected",
            hint="choose another path, or move that file away",
        )
    _, version, length = _HEAD.unpack_from(data, 0)
    if version > VERSION:
        raise SchemaMismatch(
            f"{path} has layout version {version}, this algotrendy reads up to {VERSION}",
            hint="upgrade algotrendy, or choose another path",
        )
    end = _HEAD.size + length
    text = data[_HEAD.size : end]
    whole = len(data) >= end + _SUM.size and _SUM.unpack_from(data, end)[0] == zlib.crc32(
        data[:end]
    )
    head = json.loads(text) if whole else None
    if not isinstance(head, dict):
        raise StorageError(
            f"{path} is damaged in its head",
            hint="restore the file from a backup, or move it away to start anew",
        )
    return head, end + _SUM.size
