"""Disks for tests: one that never syncs, one that fails at the n-th step, one that loses power.

`LossyDisk` keeps the truth twice: live files in a real folder, and what the platters would hold. A
power cut keeps an arbitrary part of what was not synced: of written bytes any subset, torn at 512;
of names in a folder any prefix, in order, as journalling file systems do.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from algotrendy.storage.files import DISK, Files

SECTOR = 512


class PowerCut(BaseException):
    """The power went; nothing after it happens."""


class QuickDisk:
    """The real disk without its syncs: for tests that are not about durability."""

    def __init__(self, disk: Files = DISK) -> None:
        self.disk = disk

    def step(self, name: str) -> None:
        """Called before each step that changes something; raises to fail it."""

    def create(self, path: Path, /) -> int:
        self.step("create")
        return self.disk.create(path)

    def open_append(self, path: Path, /) -> int:
        return self.disk.open_append(path)

    def open_read(self, path: Path, /) -> BinaryIO:
        return self.disk.open_read(path)

    def read(self, path: Path, /) -> bytes:
        return self.disk.read(path)

    def write(self, handle: int, data: memoryview, /) -> int:
        self.step("write")
        return self.disk.write(handle, data)

    def sync(self, handle: int, /) -> None:
        self.step("sync")

    def truncate(self, handle: int, size: int, /) -> None:
        self.step("truncate")
        self.disk.truncate(handle, size)

    def close(self, handle: int, /) -> None:
        self.disk.close(handle)

    def replace(self, old: Path, new: Path, /) -> None:
        self.step("replace")
        self.disk.replace(old, new)

    def remove(self, path: Path, /) -> None:
        self.step("remove")
        self.disk.remove(path)

    def make_folder(self, path: Path, /) -> None:
        self.step("make_folder")
        self.disk.make_folder(path)

    def sync_folder(self, path: Path, /) -> None:
        self.step("sync_folder")


class FailingDisk(QuickDisk):
    """Fails its n-th changing step, and the ones after it too when `stays_broken`.

    A failed write puts half of its bytes on the disk first, as a full disk does.
    """

    def __init__(self, fail_at: int, errno: int, *, stays_broken: bool = False) -> None:
        super().__init__()
        self.fail_at, self.errno, self.stays_broken = fail_at, errno, stays_broken
        self.steps, self.failed = 0, ""

    def step(self, name: str) -> None:
        self.steps += 1
        if self.steps == self.fail_at or (self.stays_broken and self.steps > self.fail_at):
            self.failed = self.failed or name
            raise OSError(self.errno, os.strerror(self.errno))

    def write(self, handle: int, data: memoryview, /) -> int:
        half = len(data) // 2
        try:
            return super().write(handle, data)
        except OSError:
            self.disk.write(handle, data[:half])
            raise


class ShortDisk(QuickDisk):
    """Takes at most seven bytes, then at most a third of what it is given: legal, and common."""

    def write(self, handle: int, data: memoryview, /) -> int:
        return self.disk.write(handle, data[: max(7, len(data) // 3)])


class _Inode:
    def __init__(self) -> None:
        self.durable = bytearray()
        self.size = 0
        self.pending: list[tuple[int, bytes] | int] = []

    def apply(self, step: tuple[int, bytes] | int, content: bytearray) -> None:
        if isinstance(step, int):
            del content[step:]
            return
        at, data = step
        content.extend(bytes(max(0, at + len(data) - len(content))))
        content[at : at + len(data)] = data


class LossyDisk(QuickDisk):
    """A disk whose power can be cut before its n-th changing step.

    Parameters
    ----------
    cut_at : which step does not happen any more; 0 is never
    blind_to : syncs it only pretends to do: "sync", "sync_folder"; a planted bug
    """

    def __init__(self, cut_at: int = 0, *, blind_to: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.cut_at, self.blind_to = cut_at, blind_to
        self.steps = 0
        self.reached: dict[str, int] = {}
        self._guard = threading.RLock()
        self._handles: dict[int, _Inode] = {}
        self._live: dict[Path, _Inode | None] = {}  # None is a folder
        self._durable: dict[Path, _Inode | None] = {}
        self._pending: dict[Path, list[Callable[[dict[Path, _Inode | None]], None]]] = {}

    def step(self, name: str) -> None:
        with self._guard:
            self.steps += 1
            if self.cut_at and self.steps >= self.cut_at:
                self.reached[name] = self.reached.get(name, 0) + 1
                raise PowerCut

    def create(self, path: Path, /) -> int:
        with self._guard:
            handle = super().create(path)
            inode = self._handles[handle] = self._live[path] = _Inode()
            self._name(path, lambda names: names.__setitem__(path, inode))
            return handle

    def open_append(self, path: Path, /) -> int:
        with self._guard:
            handle = super().open_append(path)
            inode = self._live[path]
            assert inode is not None
            self._handles[handle] = inode
            return handle

    def write(self, handle: int, data: memoryview, /) -> int:
        with self._guard:
            n = super().write(handle, data)
            inode = self._handles[handle]
            inode.pending.append((inode.size, bytes(data[:n])))
            inode.size += n
            return n

    def sync(self, handle: int, /) -> None:
        with self._guard:
            super().sync(handle)
            if "sync" not in self.blind_to:
                inode = self._handles[handle]
                for step in inode.pending:
                    inode.apply(step, inode.durable)
                inode.pending.clear()

    def truncate(self, handle: int, size: int, /) -> None:
        with self._guard:
            super().truncate(handle, size)
            inode = self._handles[handle]
            if size != inode.size:
                inode.pending.append(size)
                inode.size = size

    def close(self, handle: int, /) -> None:
        with self._guard:
            self._handles.pop(handle, None)
            super().close(handle)

    def replace(self, old: Path, new: Path, /) -> None:
        with self._guard:
            super().replace(old, new)
            self._live[new] = self._live.pop(old)
            self._name(new, lambda names: names.__setitem__(new, names.pop(old)))

    def remove(self, path: Path, /) -> None:
        with self._guard:
            super().remove(path)
            self._live.pop(path)
            self._name(path, lambda names: names.__delitem__(path))

    def make_folder(self, path: Path, /) -> None:
        with self._guard:
            super().make_folder(path)
            self._live[path] = None
            self._name(path, lambda names: names.__setitem__(path, None))

    def sync_folder(self, path: Path, /) -> None:
        with self._guard:
            super().sync_folder(path)
            if "sync_folder" not in self.blind_to:
                for change in self._pending.pop(path, []):
                    change(self._durable)

    def after_the_cut(self, root: Path, target: Path, dice: random.Random) -> None:
        """Put into `target` what the platters under `root` may hold."""
        names = dict(self._durable)
        for changes in self._pending.values():
            for change in changes[: dice.randint(0, len(changes))]:
                change(names)
        target.mkdir(parents=True)
        for path in sorted(names):
            place = target / path.relative_to(root)
            if not place.parent.is_dir():
                continue  # the folder itself was lost
            inode = names[path]
            if inode is None:
                place.mkdir()
            else:
                place.write_bytes(self._content(inode, dice))

    def _name(self, path: Path, change: Callable[[dict[Path, _Inode | None]], None]) -> None:
        self._pending.setdefault(path.parent, []).append(change)

    def _content(self, inode: _Inode, dice: random.Random) -> bytes:
        content = bytearray(inode.durable)
        for step in inode.pending:
            if isinstance(step, int):
                if dice.random() < 0.5:
                    inode.apply(step, content)
                continue
            at, data = step
            for start in range(0, len(data), SECTOR):
                if dice.random() < 0.5:
                    inode.apply((at + start, data[start : start + SECTOR]), content)
        return bytes(content)
