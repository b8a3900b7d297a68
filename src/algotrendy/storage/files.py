"""The few disk operations that stores are made of, behind one seam, and durable ways to use them.

Laws: nothing is acknowledged before `fsync`; a file is either the old one or the new one, never a
part; a new name is durable only after its folder was synced; symbolic links are not followed.
Used by: every embedded store; tests pass their own `Files` that loses what was not synced.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast, final

from algotrendy.errors import StorageError

__all__ = [
    "DISK",
    "TEMPORARY_SUFFIX",
    "DiskFiles",
    "Files",
    "disk_errors",
    "make_folders",
    "remove_leftovers",
    "temporary_name",
    "write_all",
    "write_atomically",
]

TEMPORARY_SUFFIX = ".tmp"
_COUNTER = itertools.count()
_HINTS = {
    errno.ENOSPC: "free space on that disk and do it again; what was acknowledged is kept",
    errno.EDQUOT: "raise the quota or free space and do it again; what was acknowledged is kept",
    errno.EIO: "the disk failed: check it, then open the store again",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.EACCES: "give this user the right to read and write there, or choose another folder",
    errno.EPERM: "give this user the right to read and write there, or choose another folder",
    errno.ELOOP: "a symbolic link stands there and is not followed: remove it",
    errno.EMFILE: "too many open files: close some, or raise the limit (ulimit -n)",
}


class Files(Protocol):
    """What a store asks of the disk; every method raises `OSError` and nothing else.

    A handle is the number that `create` or `open_append` gave and lives until `close`.
    """

    def create(self, path: Path, /) -> int:
        """Make a new empty file and open it for writing; an existing one raises."""
        ...

    def open_append(self, path: Path, /) -> int:
        """Open an existing file so that each write lands at its end."""
        ...

    def read(self, path: Path, /) -> bytes:
        """Return all bytes of a file."""
        ...

    def open_read(self, path: Path, /) -> BinaryIO:
        """Open a file to read parts of it; the caller closes it."""
        ...

    def write(self, handle: int, data: memoryview, /) -> int:
        """Write some or all of `data`, return how many bytes went."""
        ...

    def sync(self, handle: int, /) -> None:
        """Return when the file's bytes and size are on the disk."""
        ...

    def truncate(self, handle: int, size: int, /) -> None:
        """Cut the file to `size` bytes."""
        ...

    def close(self, handle: int, /) -> None:
        """Give the handle back; says nothing about durability."""
        ...

    def replace(self, old: Path, new: Path, /) -> None:
        """Rename `old` to `new` in one step, over whatever stood there."""
        ...

    def remove(self, path: Path, /) -> None:
        """Remove a file."""
        ...

    def make_folder(self, path: Path, /) -> None:
        """Make one folder; an existing one is fine."""
        ...

    def sync_folder(self, path: Path, /) -> None:
        """Return when the folder's names are on the disk."""
        ...


@final
class DiskFiles:
    """The real disk."""

    def create(self, path: Path, /) -> int:
        """Make a new file; `O_EXCL` refuses a name that exists, a link too."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags, 0o644)

    def open_append(self, path: Path, /) -> int:
        """Open at the end, whatever else is written meanwhile."""
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)

    def read(self, path: Path, /) -> bytes:
        """Read it whole, not following a link."""
        with self.open_read(path) as file:
            return file.read()

    def open_read(self, path: Path, /) -> BinaryIO:
        """Open for reading, not following a link."""
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return cast("BinaryIO", os.fdopen(handle, "rb", buffering=0))

    def write(self, handle: int, data: memoryview, /) -> int:
        """Hand bytes to the kernel."""
        return os.write(handle, data)

    def sync(self, handle: int, /) -> None:
        """Flush bytes and size to the disk."""
        # fdatasync flushes the size too when it changed: all that reading back needs.
        os.fdatasync(handle)

    def truncate(self, handle: int, size: int, /) -> None:
        """Cut it."""
        os.ftruncate(handle, size)

    def close(self, handle: int, /) -> None:
        """Give the descriptor back."""
        os.close(handle)

    def replace(self, old: Path, new: Path, /) -> None:
        """Rename, atomic on one file system."""
        old.replace(new)

    def remove(self, path: Path, /) -> None:
        """Unlink the name."""
        path.unlink()

    def make_folder(self, path: Path, /) -> None:
        """Make it unless it is there."""
        path.mkdir(exist_ok=True)

    def sync_folder(self, path: Path, /) -> None:
        """Flush the names in it to the disk."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


DISK = DiskFiles()


@contextlib.contextmanager
def disk_errors(doing: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` inside the block into a `StorageError` naming the file and the way out."""
    try:
        yield
    except OSError as error:
        raise _storage_error(error, doing, path) from error


def write_all(files: Files, handle: int, data: bytes | memoryview) -> None:
    """Write all of `data`, however short the single writes are; raises `OSError`."""
    rest = memoryview(data).cast("B")
    while len(rest):
        done = files.write(handle, rest)
        if done <= 0:
            raise OSError(errno.EIO, "the disk took no bytes")
        rest = rest[done:]


def temporary_name(path: Path) -> Path:
    """Return a fresh name in the folder of `path`, recognised as a leftover after a crash."""
    return path.with_name(f".{path.name}.{os.getpid()}-{next(_COUNTER)}{TEMPORARY_SUFFIX}")


def write_atomically(files: Files, path: Path, data: bytes | memoryview) -> None:
    """Put a file there durably: at any instant it is the whole old or the whole new one.

    Raises
    ------
    StorageError
        Naming the file. Then the old file is untouched, or the new one is in place but not
        certainly durable; writing again is safe.
    """
    with disk_errors("write", path):
        temporary = write_temporary(files, path, data)
        try:
            files.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                files.remove(temporary)
            raise
        files.sync_folder(path.parent)


def write_temporary(files: Files, path: Path, data: bytes | memoryview) -> Path:
    """Write and sync `data` under a temporary name beside `path`, return it; raises `OSError`."""
    temporary = temporary_name(path)
    handle = files.create(temporary)
    try:
        try:
            write_all(files, handle, data)
            files.sync(handle)
        finally:
            files.close(handle)
    except OSError:
        with contextlib.suppress(OSError):
            files.remove(temporary)
        raise
    return temporary


def make_folders(files: Files, folder: Path) -> None:
    """Make a folder and what is missing above it, each one durable in its parent."""
    with disk_errors("make", folder):
        missing = [folder]
        while not missing[-1].exists() and missing[-1] != missing[-1].parent:
            missing.append(missing[-1].parent)
        for path in reversed(missing[:-1]):
            files.make_folder(path)
            files.sync_folder(path.parent)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def remove_leftovers(files: Files, folder: Path) -> int:
    """Remove temporary files that a killed writer left; for the lock's holder only."""
    with disk_errors("clean", folder):
        found = sorted(folder.glob(f".*{TEMPORARY_SUFFIX}"))
        for path in found:
            files.remove(path)
    return len(found)


def _storage_error(error: OSError, doing: str, path: Path) -> StorageError:
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0, "see the reason, repair it and do it again")
    return StorageError(f"could not {doing} {path}: {reason}", hint=hint)
