"""Two sides of a benchmark in one run: turns, medians, peak memory, rows for the table.

Used by the workloads beside it. Rows are dicts: workload, case, ours_s, peer, peer_s, ratio, agree,
ours_mb, peer_mb.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Row = dict[str, object]

# They change which routines numpy's linear algebra takes, and nothing here should hinge on that.
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)


def interleaved(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each call, the calls taking turns.

    Each turn starts with a call that does not count, so that no side pays for what the other one
    left in the caches and in the allocator.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            for _again in range(3):
                start = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def memory_mb(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process; ru_maxrss would inherit the parent's peak."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return math.nan


def in_process(script: str, *arguments: str) -> dict[str, object] | None:
    """Run a workload script in a process of its own; the JSON of its last line, None if it failed."""
    done = subprocess.run(
        [sys.executable, script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    if done.returncode:
        print(f"  {arguments}: failed\n{done.stderr[-800:]}", file=sys.stderr)
        return None
    parsed: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return parsed


def has(module: str) -> bool:
    """Tell whether a peer is installed, and say so where it is not."""
    import importlib.util

    found = importlib.util.find_spec(module) is not None
    if not found:
        print(f"{module} is not installed: peer skipped", file=sys.stderr)
    return found


def write_rows(rows: list[Row], path: Path | None) -> None:
    """Write the rows as JSON, and print them as a table."""
    for row in rows:
        ratio, ours, peer = row["ratio"], row["ours_s"], row["peer_s"]
        line = f"{row['workload']:<4}{row['case']:<58} ours {_seconds(ours):>9}"
        if isinstance(ratio, float):
            line += f"  {row['peer']:<28}{_seconds(peer):>9}  {ratio:8.1f} x  agree {row['agree']}"
        if isinstance(row.get("ours_mb"), float):
            line += f"  {row['ours_mb']:.0f} MB"
        if isinstance(row.get("peer_mb"), float):
            line += f" against {row['peer_mb']:.0f} MB"
        print(line)
    if path is not None:
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _seconds(value: object) -> str:
    if not isinstance(value, float):
        return "-"
    return f"{value * 1e3:.2f} ms" if value < 1 else f"{value:.2f} s"
