"""One holder at a time, over threads and processes; a dead holder holds nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from algotrendy.errors import StorageError
from algotrendy.storage.locks import hold, locked

FORK = multiprocessing.get_context("fork")


def _hold(path: Path, ready: Event, done: Event) -> None:
    with locked(path, what="it", deadline_s=5):
        ready.set()
        done.wait(20)


def test_another_process_is_named_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    path, ready, done = tmp_path / "lock", FORK.Event(), FORK.Event()
    other = FORK.Process(target=_hold, args=(path, ready, done))
    other.start()
    assert ready.wait(20)
    with pytest.raises(
        StorageError, match=f"it is being written by process {other.pid}, waited 0.02 s"
    ):
        hold(path, what="it", deadline_s=0.02)
    assert other.pid is not None
    os.kill(other.pid, signal.SIGKILL)
    other.join(20)
    hold(path, what="it", deadline_s=5).close()


def test_a_forked_child_does_not_keep_its_parents_lock(tmp_path: Path) -> None:
    path, ready, done = tmp_path / "lock", FORK.Event(), FORK.Event()
    with locked(path, what="it", deadline_s=1):
        child = FORK.Process(target=done.wait, args=(20,))
        child.start()
    waiting = FORK.Process(target=_hold, args=(path, ready, done))
    waiting.start()
    assert ready.wait(5), "the orphan would have kept it"
    done.set()
    child.join(20)
    waiting.join(20)


def test_threads_exclude_each_other(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(30):
            with locked(tmp_path / "lock", what="it", deadline_s=30):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 1
    held = locked(tmp_path / "lock", what="it", deadline_s=1)
    with held, pytest.raises(StorageError, match="another thread of process"):
        hold(tmp_path / "lock", what="it", deadline_s=0.0)


def test_an_error_inside_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock", what="it", deadline_s=1):
        _ = 1 / 0
    hold(tmp_path / "lock", what="it", deadline_s=0).close()
    with pytest.raises(StorageError, match="could not lock"):
        hold(tmp_path / "absent" / "lock", what="it", deadline_s=0)
