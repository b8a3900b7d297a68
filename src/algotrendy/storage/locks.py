"""One writer at a time: a lock file that dies with its holder.

Laws: a wait has a deadline; a killed process holds nothing; a forked child inherits no lock;
threads of one process exclude each other too.
Used by: the candle store (for the length of a write), sweep journals (for their life).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from algotrendy.errors import StorageError
from algotrendy.storage.files import disk_errors

__all__ = ["hold", "locked"]

# POSIX record locks: not inherited by fork, so that an orphaned pool worker cannot keep a dead
# parent's lock. They do not part threads of one process, hence the second lock by path.
_GUARD = threading.Lock()
_THREADS: dict[str, threading.Lock] = {}
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.0005, 0.02


def _forget() -> None:
    global _GUARD  # noqa: PLW0603
    _GUARD = threading.Lock()
    _THREADS.clear()


os.register_at_fork(after_in_child=_forget)


def hold(path: Path, *, what: str, deadline_s: float) -> contextlib.ExitStack:
    """Take the lock file `path`, waiting at most `deadline_s`; closing the answer gives it back.

    Raises
    ------
    StorageError
        When another process or thread still holds it at the deadline, naming `what` and the holder.
    """
    until = time.monotonic() + deadline_s
    with _GUARD:
        threads = _THREADS.setdefault(os.path.realpath(path), threading.Lock())
    with contextlib.ExitStack() as stack:
        if not threads.acquire(timeout=max(deadline_s, 0) or 0.000_001):
            raise _busy(what, f"another thread of process {os.getpid()}", deadline_s)
        stack.callback(threads.release)
        with disk_errors("lock", path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            stack.callback(os.close, handle)
            pause = _FIRST_PAUSE_S
            while not _try(handle):
                if time.monotonic() >= until:
                    holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
                    raise _busy(what, f"process {holder or 'unknown'}", deadline_s)
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            os.pwrite(handle, f"{os.getpid():<19}\n".encode(), 0)
        return stack.pop_all()


@contextlib.contextmanager
def locked(path: Path, *, what: str, deadline_s: float) -> Iterator[None]:
    """Hold the lock file for the length of the block."""
    with hold(path, what=what, deadline_s=deadline_s):
        yield


def _try(handle: int) -> bool:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def _busy(what: str, holder: str, deadline_s: float) -> StorageError:
    return StorageError(
        f"{what} is being written by {holder}, waited {deadline_s:g} s",
        hint="let the other writer finish or stop it, then do it again",
    )
