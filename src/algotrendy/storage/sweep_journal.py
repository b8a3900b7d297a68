"""A sweep's finished chunks on disk, so that a killed sweep goes on where it was.

Laws: a chunk is kept once `append` returned, whatever happens then; a journal belongs to one sweep
hash and refuses every other; one writer.
Used by: parameter sweeps that are given a journal path.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, final

from algotrendy.errors import InvalidState, InvalidValue, StorageError
from algotrendy.storage.files import DISK, Files, make_folders
from algotrendy.storage.locks import hold
from algotrendy.storage.record_log import RecordLog, create_log

__all__ = ["SweepJournal"]

_KIND = b"ATSWEEP\n"


@final
class SweepJournal:
    """An append-only journal of one sweep; use it as a context manager.

    Parameters
    ----------
    path : the journal file; it is made when absent, its folder too
    sweep_hash : names the sweep: data, strategy, parameters, assumptions and chunking
    meta : JSON values kept in the file for a person to read; those of the first opening stay
    wait_s : how long to wait for another process that has it open
    files : the disk; tests pass one that fails

    Raises
    ------
    StorageError
        On entering: another sweep's journal, another process has it open, not a journal, damaged
        in the middle, or the disk fails. A torn last record is cut: it was never acknowledged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "sweep.journal"
    >>> with SweepJournal(path, sweep_hash="abc") as journal:
    ...     journal.append(0, b"first chunk")
    >>> with SweepJournal(path, sweep_hash="abc") as journal:
    ...     dict(journal.done)
    {0: b'first chunk'}
    """

    __slots__ = (
        "_asked_meta",
        "_chunks",
        "_files",
        "_log",
        "_stack",
        "_wait_s",
        "path",
        "sweep_hash",
    )

    path: Path
    sweep_hash: str

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        sweep_hash: str,
        meta: Mapping[str, object] | None = None,
        wait_s: float = 0.0,
        files: Files = DISK,
    ) -> None:
        self.path = Path(path)
        self.sweep_hash = sweep_hash
        self._asked_meta = dict(meta or {})
        self._wait_s, self._files = wait_s, files
        self._chunks: dict[int, bytes] = {}
        self._log: RecordLog | None = None
        self._stack = contextlib.ExitStack()

    @property
    def done(self) -> Mapping[int, bytes]:
        """Payload of every chunk that is durable, by chunk index; a live, read-only view."""
        self._opened()
        return MappingProxyType(self._chunks)

    @property
    def meta(self) -> Mapping[str, object]:
        """The values kept in the file when it was made."""
        kept = self._opened().contents.head.get("meta")
        return MappingProxyType(kept if isinstance(kept, dict) else {})

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """Yield (chunk, payload) in the order in which they were appended."""
        self._opened()
        return iter(tuple(self._chunks.items()))

    def append(self, chunk: int, payload: bytes) -> None:
        """Keep a finished chunk; it is durable when this returns.

        The same bytes for the same chunk again are no write.

        Raises
        ------
        InvalidValue
            For a negative index, or other bytes for a chunk that is done: a sweep is deterministic.
        WriteUnconfirmed
            When the disk refused; open the journal again to go on.
        """
        log = self._opened()
        if chunk in self._chunks:
            if self._chunks[chunk] == payload:
                return
            raise InvalidValue(
                "chunk",
                value=chunk,
                rule=f"{self.path} holds other bytes for it",
                hint="a sweep gives the same bytes each time; sweep_hash must name what differs",
            )
        log.append(chunk, payload)
        self._chunks[chunk] = bytes(payload)

    def close(self) -> None:
        """Give the journal and its lock back; every appended chunk is durable already."""
        self._log = None
        self._stack.close()

    def __enter__(self) -> Self:
        if self._log is not None:
            raise InvalidState(
                f"{self.path} is open already", hint="use one `with` block per journal"
            )
        with contextlib.ExitStack() as stack:
            make_folders(self._files, self.path.parent)
            lock = self.path.with_name(f"{self.path.name}.lock")
            stack.enter_context(hold(lock, what=str(self.path), deadline_s=self._wait_s))
            if not self.path.exists():
                head = {"sweep_hash": self.sweep_hash, "meta": self._asked_meta}
                create_log(self.path, kind=_KIND, head=head, files=self._files)
            log = RecordLog(self.path, kind=_KIND, files=self._files)
            stack.callback(log.close)
            self._check_hash(log)
            self._chunks = dict(log.contents.records)
            self._log, self._stack = log, stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._log is None else f"{len(self._chunks):,} chunks"
        return f"SweepJournal({str(self.path)!r}, {state})"

    def _check_hash(self, log: RecordLog) -> None:
        found = log.contents.head.get("sweep_hash")
        if found != self.sweep_hash:
            raise StorageError(
                f"{self.path} is the journal of sweep {found}, this is sweep {self.sweep_hash}",
                hint="data, strategy, parameters or costs differ: choose another path, or delete "
                "the file if that sweep is no longer wanted",
            )

    def _opened(self) -> RecordLog:
        if self._log is None:
            raise InvalidState(f"{self.path} is not open", hint="use it in a `with` block")
        return self._log
