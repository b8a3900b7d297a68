"""Writers that are killed: a process that forks one on command, so that a kill costs no start-up.

Run as ``python -m tests.crash.writers``; it answers each line ``mode folder seed stop_at`` with
``pid N``. The writer says ``try I`` before its I-th write and ``ack I`` after it; it kills itself
before its `stop_at`-th step on the disk, or is killed from outside; then comes ``ended``. A mode
with ``!`` says ``ack`` before the write: a planted bug.
"""

from __future__ import annotations

import importlib
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from tests.crash.disks import QuickDisk
from tests.unit.storage.candles import bars_at

from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.strategy import strategy
from algotrendy.model.bars import Bars
from algotrendy.runtime.research import backtest
from algotrendy.storage import results_schema
from algotrendy.storage.files import DISK
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.results import SqlResultStore
from algotrendy.storage.sweep_journal import SweepJournal

TAIL_ROWS = 20


class DeadlyDisk(QuickDisk):
    """The real disk, syncs too; the process dies before the n-th step."""

    def __init__(self, stop_at: int) -> None:
        super().__init__()
        self.left = stop_at

    def step(self, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def sync(self, handle: int, /) -> None:
        super().sync(handle)
        DISK.sync(handle)

    def sync_folder(self, path: Path, /) -> None:
        super().sync_folder(path)
        DISK.sync_folder(path)


def batches(seed: int) -> Iterator[tuple[list[int], float]]:
    """Minutes and version of each write: small and large, new and again."""
    dice, version = random.Random(seed), seed * 1_000.0
    while True:
        version += 1
        start = dice.randrange(0, 400)
        yield list(range(start, start + dice.choice([1, 1, 1, 3, 30]))), version


def chunk_of(seed: int, i: int) -> tuple[int, bytes]:
    """Index and bytes of the i-th chunk that a seed's writer appends."""
    return seed * 10_000 + i, random.Random(seed * 1_000 + i).randbytes(i * 37 % 5_000)


@strategy
def every_other(bars: Bars, period: int = 10, seed: int = 0) -> np.ndarray:
    return np.arange(len(bars)) // period % 2 == seed % 2


def result_of(seed: int, i: int) -> BacktestResult:
    """Make the i-th result that a seed's writer saves."""
    return backtest(every_other, bars_at(range(60)), params={"period": i + 1, "seed": seed})  # type: ignore[arg-type]


def write_bars(folder: Path, seed: int, stop_at: int) -> Iterator[Callable[[], object]]:
    store = ParquetStore(folder / "bars", tail_rows=TAIL_ROWS, files=DeadlyDisk(stop_at))
    for minutes, version in batches(seed):
        yield lambda m=minutes, v=version: store.append(bars_at(m, price=v))  # type: ignore[misc]


def write_chunks(folder: Path, seed: int, stop_at: int) -> Iterator[Callable[[], object]]:
    with SweepJournal(
        folder / "journal", sweep_hash="s", wait_s=5, files=DeadlyDisk(stop_at)
    ) as journal:
        for i in range(10_000):
            yield lambda i=i: journal.append(*chunk_of(seed, i))  # type: ignore[misc]


def write_results(folder: Path, seed: int, stop_at: int) -> Iterator[Callable[[], object]]:
    store = SqlResultStore(folder / "results.sqlite")
    for i in range(40):
        result = result_of(seed, i)
        yield lambda r=result: store.save(r, saved_ns=seed)  # type: ignore[misc]


WRITERS = {"bars": write_bars, "chunks": write_chunks, "results": write_results}


def _write(mode: str, folder: str, seed: int, stop_at: int) -> None:
    early = mode.endswith("!")
    for i, act in enumerate(WRITERS[mode.rstrip("!")](Path(folder), seed, stop_at)):
        os.write(1, f"try {i}\n".encode())
        if not early:
            act()
        os.write(1, f"ack {i}\n".encode())
        if early:
            act()


def main() -> None:
    """Serve until standard input ends."""
    for name in ("pyarrow.parquet", "sqlalchemy.dialects.sqlite.pysqlite"):
        importlib.import_module(name)  # once here, not once a fork
    results_schema.tables()
    for line in sys.stdin:
        mode, folder, seed, stop_at = line.split()
        child = os.fork()
        if child == 0:
            os.write(1, f"pid {os.getpid()}\n".encode())
            try:
                _write(mode, folder, int(seed), int(stop_at))
            except BaseException:  # noqa: BLE001
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
