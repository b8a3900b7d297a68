"""Writers killed with SIGKILL, at random instants and before each step on the disk.

After every kill a fresh reader must find each acknowledged write once, in its newest version, and at
most the one unacknowledged write beside it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from tests.crash import writers
from tests.crash.test_power import missing, stored

from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.results import SqlResultStore
from algotrendy.storage.sweep_journal import SweepJournal

ROOT = Path(__file__).parents[2]


class Killer:
    """Starts writers through the fork server and kills them."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self.server = server
        self.n_kills = 0

    def run(self, mode: str, folder: Path, seed: int, dice: random.Random) -> tuple[int, int]:
        """Let one writer run until it is killed; return how many writes it tried and had acked."""
        assert self.server.stdin
        assert self.server.stdout
        by_step = not mode.startswith("results") and dice.random() < 0.5
        stop_at = dice.randint(1, 60) if by_step else 0
        after, delay = dice.randint(0, 8), dice.uniform(0.0, 0.008)  # by progress: machines differ
        self.server.stdin.write(f"{mode} {folder} {seed} {stop_at}\n")
        self.server.stdin.flush()
        pid = tried = acked = 0
        timer: threading.Timer | None = None
        for line in self.server.stdout:
            word, _, number = line.strip().partition(" ")
            if word == "ended":
                break
            if word == "pid":
                pid = int(number)
            tried += word == "try"
            acked += word == "ack"
            if tried and acked == after and timer is None and not by_step:
                assert pid > 1, "zero would be our own process group"
                timer = threading.Timer(delay, os.kill, (pid, signal.SIGKILL))
                timer.start()
        if timer is not None:
            timer.cancel()
        self.n_kills += 1
        assert acked in (tried, tried - 1)
        return tried, acked


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder in memory: a kill leaves the page cache alone, so a disk would prove nothing more."""
    memory = Path("/dev/shm")  # noqa: S108
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    with tempfile.TemporaryDirectory(dir=memory if usable else None) as folder:
        yield Path(folder)


@pytest.fixture
def killer() -> Iterator[Killer]:
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.writers"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        yield Killer(server)
        assert server.stdin
        server.stdin.close()


def kill_bars(
    killer: Killer, folder: Path, n_kills: int, dice: random.Random, bug: str = ""
) -> int:
    rows: dict[int, float] = {}
    n_acked = 0
    for seed in range(1, n_kills + 1):
        tried, acked = killer.run("bars" + bug, folder, seed, dice)
        maybe = dict(rows)
        for i, (minutes, version) in enumerate(islice(writers.batches(seed), tried)):
            maybe |= dict.fromkeys(minutes, version)
            if i < acked:
                rows = dict(maybe)
        found = stored(ParquetStore(folder / "bars"))
        assert missing(found, rows, maybe) == [], f"seed={seed}"
        rows, n_acked = found, n_acked + acked
    return n_acked


def kill_chunks(
    killer: Killer, folder: Path, n_kills: int, dice: random.Random, bug: str = ""
) -> int:
    chunks: dict[int, bytes] = {}
    n_acked = 0
    for seed in range(1, n_kills + 1):
        tried, acked = killer.run("chunks" + bug, folder, seed, dice)
        wanted = [writers.chunk_of(seed, i) for i in range(tried)]
        chunks |= dict(wanted[:acked])
        if not (folder / "journal").exists():
            assert not chunks
            continue
        with SweepJournal(folder / "journal", sweep_hash="s") as journal:
            found = dict(journal.done)
        assert found in (chunks, chunks | dict(wanted)), f"seed={seed}"
        chunks, n_acked = found, n_acked + acked
    return n_acked


def kill_results(
    killer: Killer, folder: Path, n_kills: int, dice: random.Random, bug: str = ""
) -> int:
    equity: dict[str, float] = {}
    n_acked = 0
    for seed in range(1, n_kills + 1):
        tried, acked = killer.run("results" + bug, folder, seed, dice)
        wanted = [writers.result_of(seed, i) for i in range(tried)]
        equity |= {result.hash: result.final_equity for result in wanted[:acked]}
        store = SqlResultStore(folder / "results.sqlite")
        listed = store.results()
        found = {one.spec_hash: one.final_equity for one in listed}
        assert len(found) == len(listed), "a result is there twice"
        maybe = equity | {result.hash: result.final_equity for result in wanted}
        assert found in (equity, maybe), f"seed={seed}"
        for result in wanted[:acked][-2:]:
            assert store.load(result.hash).equity.tolist() == result.equity_curve.tolist()
        equity, n_acked = found, n_acked + acked
    return n_acked


KILLS = pytest.mark.parametrize("kill", [kill_bars, kill_chunks, kill_results])
Kill = Callable[..., int]


@KILLS
def test_killed_writers_lose_nothing_that_was_acknowledged(
    killer: Killer, memory_folder: Path, kill: Kill
) -> None:
    n_acked = kill(killer, memory_folder, 20, random.Random(11))
    assert killer.n_kills == 20
    assert n_acked >= 40, "the writers hardly wrote: nothing was proven"


@KILLS
def test_a_writer_that_acknowledges_before_it_writes_is_caught(
    killer: Killer, memory_folder: Path, kill: Kill
) -> None:
    with pytest.raises(AssertionError):
        kill(killer, memory_folder, 60, random.Random(13), "!")
    assert killer.n_kills > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
@KILLS
def test_hundreds_of_killed_writers_lose_nothing(
    killer: Killer, tmp_path: Path, kill: Kill
) -> None:
    n_acked = kill(killer, tmp_path, 250, random.Random(12))
    assert killer.n_kills == 250
    assert n_acked >= 500
