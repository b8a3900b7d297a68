"""The embedded candle store: bulk writes, reads, live appends, and what its tail could have been.

Run: ``python benchmarks/storage_store.py [folder]``; the folder should be on the disk that matters.
Prints best and median of several runs and the least CPU time, since other work on the machine only
adds to the clock.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.storage.files import DISK
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.record_log import RecordLog, create_log
from algotrendy.storage.rows import Rows

MINUTE = 60_000_000_000
BTC, M1 = Symbol.parse("BTC/USDT"), Timeframe.parse("1m")


def ns(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def made_up(n: int, start: str = "2005-01-01", seed: int = 7) -> Bars:
    rng = np.random.default_rng(seed)
    close = np.round(20_000 * np.exp(np.cumsum(rng.normal(0, 1e-4, n))), 2)
    open_ = np.concatenate(([20_000.0], close[:-1]))
    spread = np.abs(rng.normal(0, 6, (2, n)))
    volume = np.round(rng.lognormal(2, 1.2, n), 5)
    return Bars(
        BTC,
        M1,
        open_ns=ns(start) + np.arange(n) * MINUTE,
        open=open_,
        high=np.round(np.maximum(open_, close) + spread[0], 2),
        low=np.maximum(np.round(np.minimum(open_, close) - spread[1], 2), 0.01),
        close=close,
        volume=volume,
        quote_volume=volume * close,
        trades_count=rng.poisson(900, n),
        sources=("binance",),
    )


def timed(what: str, run: Callable[[], object], times: int) -> None:
    took, cpu = [], []
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        run()
        cpu.append((time.process_time() - used) * 1e3)
        took.append((time.perf_counter() - start) * 1e3)
    print(f"| {what} | {min(took):.3g} ms | {np.median(took):.3g} ms | {min(cpu):.3g} ms |")


def bulk(folder: Path, bars: Bars) -> None:
    count = iter(range(100))
    timed(
        f"append {len(bars):,} candles",
        lambda: ParquetStore(folder / f"{next(count)}").append(bars),
        5,
    )
    store = ParquetStore(folder / "0")
    size = sum(path.stat().st_size for path in (folder / "0").rglob("*") if path.is_file())
    print(f"| size | {size / len(bars):.1f} bytes a candle | | |")
    march = ns("2010-03-01"), ns("2010-04-01")
    timed("read one symbol-month of 1m", lambda: store.read(BTC, M1, *march), 60)
    timed("read one day of 1m", lambda: store.read(BTC, M1, march[0], march[0] + 1440 * MINUTE), 60)
    timed(f"read {len(bars):,} candles", lambda: store.read(BTC, M1, 0, 2**62), 3)
    timed("append the same 43,200 again", lambda: store.append(bars[:43_200]), 5)
    timed("series()", store.series, 10)


def live(folder: Path, bars: Bars) -> None:
    store = ParquetStore(folder / "live")
    year = bars[-525_600 // 2 :]
    store.append(year)
    at = int(year.open_ns[-1])
    took = []
    one = year[-1:]
    for i in range(1, 2_201):
        bar = Bars(BTC, M1, open_ns=[at + i * MINUTE], **one.columns(), sources=("binance",))
        start = time.perf_counter()
        store.append(bar)
        took.append((time.perf_counter() - start) * 1e3)
    spread = " / ".join(f"{np.percentile(took, q):.3g}" for q in (50, 99, 100))
    print(f"| live append, p50 / p99 / max (with two compactions) | {spread} ms | | |")
    fresh = at - 30 * 1440 * MINUTE
    timed("newest month, tail included", lambda: store.read(BTC, M1, fresh, 2**62), 40)
    timed(
        "the same in a new process",
        lambda: ParquetStore(store.root).read(BTC, M1, fresh, 2**62),
        40,
    )


def tails(folder: Path, bars: Bars) -> None:
    row = Rows.from_bars(bars[:1])
    payload = row.records().tobytes()
    create_log(folder / "log", kind=b"ATBENCH\n", head={})
    log = RecordLog(folder / "log", kind=b"ATBENCH\n")
    timed("tail as a synced log, one row", lambda: log.append(0, payload), 500)
    log.close()
    base = sqlite3.connect(folder / "tail.sqlite", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute(
        "CREATE TABLE tail (t INTEGER, s TEXT, "
        + ", ".join(f"c{i} REAL" for i in range(7))
        + ", PRIMARY KEY (t, s))"
    )
    count = iter(range(10_000))
    insert = "INSERT OR REPLACE INTO tail VALUES (?,?,1,2,3,4,5,6,7)"
    timed("tail as SQLite, synchronous=FULL", lambda: base.execute(insert, (next(count), "b")), 500)
    base.close()
    year = bars[: 525_600 // 2]
    store = ParquetStore(folder / "rewrite", tail_rows=0)
    store.append(year)
    news = iter(range(len(year), len(year) + 100))
    timed(
        "no tail: rewrite half a year for one row",
        lambda: store.append(bars[(i := next(news)) : i + 1]),
        8,
    )


def main() -> None:
    bars = made_up(10_000_000)
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        DISK.sync_folder(Path(name))
        print(
            f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n\n"
            "| what | best | median | CPU |\n| --- | --- | --- | --- |"
        )
        for part in (tails, live, bulk):
            folder = Path(name) / part.__name__
            folder.mkdir()
            part(folder, bars)


if __name__ == "__main__":
    main()
