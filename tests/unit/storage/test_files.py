"""Durable files: whole or not at all, errors that name the file and the way out."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.crash.disks import FailingDisk, ShortDisk

from algotrendy.errors import StorageError
from algotrendy.storage.files import (
    DISK,
    disk_errors,
    make_folders,
    remove_leftovers,
    temporary_name,
    write_atomically,
)


def test_a_file_is_written_whole_and_over_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "it"
    for data in (b"first", b"", b"x" * 100_000):
        write_atomically(DISK, path, data)
        assert path.read_bytes() == data
    write_atomically(ShortDisk(), path, b"y" * 1_000)
    assert path.read_bytes() == b"y" * 1_000
    assert [entry.name for entry in tmp_path.iterdir()] == ["it"]


@pytest.mark.parametrize("fail_at", [1, 2, 3, 4])
def test_a_failed_write_leaves_the_old_file_and_no_leftover(tmp_path: Path, fail_at: int) -> None:
    path = tmp_path / "it"
    path.write_bytes(b"old")
    with pytest.raises(StorageError, match="No space left on device") as caught:
        write_atomically(FailingDisk(fail_at, errno.ENOSPC), path, b"new")
    assert str(path) in str(caught.value)
    assert "free space" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["it"]


def test_temporary_names_differ_and_are_recognised(tmp_path: Path) -> None:
    path = tmp_path / "2024.parquet"
    names = {temporary_name(path) for _ in range(50)}
    assert len(names) == 50
    for name in names:
        name.touch()
    path.touch()
    assert remove_leftovers(DISK, tmp_path) == 50
    assert [entry.name for entry in tmp_path.iterdir()] == ["2024.parquet"]


def test_folders_are_made_down_to_the_last_and_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    make_folders(DISK, tmp_path / "a" / "b" / "c")
    make_folders(DISK, tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match=str(folder)):
            make_folders(DISK, folder)


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for act in (DISK.read, DISK.open_append, DISK.create, DISK.open_read):
        with pytest.raises(OSError, match=r"symbolic|exists"):
            act(tmp_path / "link")


@pytest.mark.parametrize(
    "number", sorted({errno.EIO, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EBADF})
)
def test_every_disk_error_has_a_way_out(number: int) -> None:
    with pytest.raises(StorageError) as caught, disk_errors("read", Path("/somewhere/it")):
        raise OSError(number, "reason")
    assert str(caught.value).startswith("could not read /somewhere/it: reason; ")
    assert isinstance(caught.value.__cause__, OSError)
