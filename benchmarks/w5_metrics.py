"""W5: seven statistics of many return curves, against vectorbt's returns accessor, side by side.

Run: python benchmarks/w5_metrics.py [--curves 10000] [--days 2520] [--rounds 7] [--json FILE]

Both sides get the same numbers in one process, in turns, and the medians are compared; every mode
of the peer (engine x memory order of its frame) is run, and the ratio is against its fastest.
Processor time stands beside the clock's, for machines that are shared. Peak memory is that of one
call in a process of its own, input included, above what the imports took. An absent peer is named
and left out.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from algotrendy.analytics.table import TABLE_METRICS, metrics_table

Table = dict[str, NDArray[np.float64]]
Call = Callable[[], Table]

PERIODS = 252
WARM_CURVES = 8
_PEER_NAMES = {
    "total_return": "total",
    "cagr": "annualized",
    "volatility": "annualized_volatility",
    "sharpe": "sharpe_ratio",
    "sortino": "sortino_ratio",
    "max_drawdown": "max_drawdown",
    "calmar": "calmar_ratio",
}


def make_returns(curves: int, days: int) -> NDArray[np.float64]:
    """Seeded daily returns, one curve a row.

    The first day stands still: the peer's first peak is the end of that day, ours the start.
    """
    returns = np.random.default_rng(5).standard_normal((curves, days))
    returns *= 0.01
    returns += 0.0003
    returns[:, 0] = 0.0
    return returns


def ours(returns: NDArray[np.float64]) -> Table:
    return metrics_table(returns, periods_per_year=PERIODS)


def peer_call(returns: NDArray[np.float64], engine: str, order: str) -> Call:
    """The peer's accessor over days x curves; its frame is built outside the clock."""
    import pandas as pd
    import vectorbt  # noqa: F401

    by_day = returns.T if order == "F" else np.ascontiguousarray(returns.T)
    frame = pd.DataFrame(by_day)

    def call() -> Table:
        accessor = frame.vbt.returns(freq="1D", year_freq=f"{PERIODS} days", engine=engine)
        return {name: getattr(accessor, peer)().to_numpy() for name, peer in _PEER_NAMES.items()}

    return call


def peer_modes(returns: NDArray[np.float64]) -> dict[str, Call]:
    """Every mode of the peer that runs here; none where it is not installed."""
    try:
        import vectorbt  # noqa: F401
    except ImportError:
        print("vectorbt is not installed: peer skipped", file=sys.stderr)
        return {}
    modes: dict[str, Call] = {}
    for engine in ("numba", "rust"):
        for order in ("F", "C"):
            try:
                peer_call(returns[:WARM_CURVES], engine, order)()
            except (ImportError, ValueError, RuntimeError, TypeError) as error:
                print(f"vectorbt {engine} {order}: skipped, {error}", file=sys.stderr)
                continue
            modes[f"{engine}/{order}"] = peer_call(returns, engine, order)
    return modes


def largest_difference(left: Table, right: Table) -> float:
    """Largest difference of two tables, relative above one."""
    return max(
        float(np.max(np.abs(left[k] - right[k]) / np.maximum(1.0, np.abs(right[k]))))
        for k in TABLE_METRICS
    )


def interleaved(calls: dict[str, Call], rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median wall and processor seconds of each call, the calls taking turns."""
    wall: dict[str, list[float]] = {name: [] for name in calls}
    used: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start, started = time.perf_counter(), time.process_time()
            call()
            used[name].append(time.process_time() - started)
            wall[name].append(time.perf_counter() - start)
    return (
        {name: statistics.median(values) for name, values in wall.items()},
        {name: statistics.median(values) for name, values in used.items()},
    )


def memory_mb(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process; ru_maxrss would inherit the parent's peak."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return math.nan


def peak_mb(side: str, curves: int, days: int) -> float:
    """Peak memory of one call of `side` in a process of its own; NaN where it cannot run."""
    command = [sys.executable, __file__, "--peak", side]
    command += ["--curves", str(curves), "--days", str(days)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return float(done.stdout) if done.returncode == 0 else math.nan


def child_peak(side: str, curves: int, days: int) -> None:
    warm = make_returns(WARM_CURVES, days)
    if side == "ours":
        ours(warm)
    else:
        peer_call(warm, *side.split("/"))()
    before = memory_mb("VmRSS")
    returns = make_returns(curves, days)
    if side == "ours":
        ours(returns)
    else:
        peer_call(returns, *side.split("/"))()
    print(memory_mb("VmHWM") - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--curves", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=2_520)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        child_peak(options.peak, options.curves, options.days)
        return
    returns = make_returns(options.curves, options.days)
    calls: dict[str, Call] = {"ours": lambda: ours(returns)}
    modes = peer_modes(returns)
    calls.update(modes)
    reference = ours(returns)
    agree = {name: largest_difference(reference, call()) for name, call in modes.items()}
    seconds, used = interleaved(calls, options.rounds)
    fastest = min(modes, key=seconds.__getitem__, default=None)
    memory = {
        name: peak_mb(name, options.curves, options.days) for name in ("ours", fastest) if name
    }
    case = f"7 statistics, {options.curves} curves x {options.days} days"
    print(case)
    for name, took in seconds.items():
        against = f"{took / seconds['ours']:6.2f} x ours" if name != "ours" else ""
        differs = f"largest difference {agree[name]:.1e}" if name in agree else ""
        print(
            f"  {name:<10} {took * 1e3:9.1f} ms  {against}  "
            f"processor {used[name] * 1e3:9.1f} ms {used[name] / used['ours']:6.2f}  {differs}"
        )
    for name, size in memory.items():
        print(f"  {name:<10} {size:9.1f} MB peak, input of {returns.nbytes / 1e6:.0f} MB included")
    row = {
        "workload": "W5",
        "case": case,
        "ours_s": seconds["ours"],
        "peer": f"vectorbt {fastest}" if fastest else None,
        "peer_s": seconds[fastest] if fastest else None,
        "ratio": seconds[fastest] / seconds["ours"] if fastest else None,
        "cpu_ratio": used[fastest] / used["ours"] if fastest else None,
        "agree": agree[fastest] < 1e-9 if fastest else None,
        "ours_mb": memory["ours"],
        "peer_mb": memory.get(fastest) if fastest else None,
    }
    if options.json:
        options.json.write_text(json.dumps([row], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
