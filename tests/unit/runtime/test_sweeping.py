"""A sweep outlives its process: kill -9, run again, same table, finished chunks not run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from algotrendy.backtests.strategy import strategy
from algotrendy.errors import StorageError
from algotrendy.indicators.memo import memo
from algotrendy.indicators.rolling import sma
from algotrendy.model.bars import Bars
from algotrendy.runtime.research import sweep
from algotrendy.sample import random_walk
from algotrendy.storage.sweep_journal import SweepJournal

BARS = random_walk(300, seed=2, symbol="BTC/USDT")
RANGES = {"fast": list(range(2, 22)), "slow": list(range(22, 42))}
CALLS: list[int] = []


@strategy
def counted(bars: Bars, fast: int = 5, slow: int = 20) -> np.ndarray:
    CALLS.append(fast)
    if os.environ.get("SLOW_SWEEP"):
        time.sleep(0.004)
    return sma(bars.close, fast) > sma(bars.close, slow)


CHILD = """
import sys
sys.path.insert(0, sys.argv[2])
from tests.unit.runtime.test_sweeping import BARS, RANGES, counted
from algotrendy.runtime.research import sweep
sweep(counted, BARS, journal=sys.argv[1], **RANGES)
"""


@pytest.mark.parametrize("wait_chunks", [1, 5])
def test_kill_9_loses_no_finished_chunk(tmp_path: Path, wait_chunks: int) -> None:
    journal = tmp_path / "sweep.journal"
    root = str(Path(__file__).parents[3])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(journal), root], env={**os.environ, "SLOW_SWEEP": "1"}
    )
    one = 25 * 3 * 8  # 400 combinations in 16 chunks, three scores each
    deadline = time.monotonic() + 60
    while not journal.exists() or journal.stat().st_size < wait_chunks * one:
        assert child.poll() is None, "the sweep ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    plain = sweep(counted, BARS, **RANGES)
    CALLS.clear()
    resumed = sweep(counted, BARS, journal=journal, **RANGES)
    assert len(CALLS) <= 400 - wait_chunks * 25
    assert len(CALLS) > 0
    np.testing.assert_array_equal(resumed.scores, plain.scores)
    CALLS.clear()
    np.testing.assert_array_equal(
        sweep(counted, BARS, journal=journal, **RANGES).scores, plain.scores
    )
    assert CALLS == []


def test_a_journal_is_resumed_by_another_executor(tmp_path: Path) -> None:
    journal = tmp_path / "sweep.journal"
    with ThreadPoolExecutor(2) as threads:
        first = sweep(counted, BARS, journal=journal, executor=threads, **RANGES)
    CALLS.clear()
    np.testing.assert_array_equal(
        sweep(counted, BARS, journal=journal, **RANGES).scores, first.scores
    )
    assert CALLS == []


def test_the_journal_of_another_sweep_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / "sweep.journal"
    sweep(counted, BARS, journal=journal, **RANGES)
    with pytest.raises(StorageError, match="is the journal of sweep"):
        sweep(counted, BARS, journal=journal, fees=0.001, **RANGES)


def test_a_chunk_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / "sweep.journal"
    done = sweep(counted, BARS, **RANGES)
    with SweepJournal(journal, sweep_hash=done.plan.hash, meta={}) as kept:
        kept.append(0, b"\0" * 16)
    with pytest.raises(StorageError, match="holds 2 scores"):
        sweep(counted, BARS, journal=journal, **RANGES)


def test_memory_stays_under_its_bound_and_indicators_are_not_thrashed() -> None:
    """300 rows of 80 kB would take 24 MB; 4 MB are allowed."""
    bars = random_walk(10_000, seed=3, symbol="BTC/USDT")
    bound, ranges = 4 * 2**20, {"fast": range(2, 22), "slow": range(50, 330)}
    sweep(counted, bars[:500], **ranges)  # imports and tables first
    tracemalloc.start()
    found = sweep(counted, bars, max_bytes=bound, **ranges)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(found.scores, sweep(counted, bars, **ranges).scores)
    assert peak < bound + 4 * 2**20
    plan = found.plan
    with memo(max_bytes=bound) as kept:
        for params in plan.grid.take(plan.order()).combinations(0, found.n_trials):
            counted(bars, **params)
    assert kept.misses < found.n_trials / 5
