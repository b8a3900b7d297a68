"""W9: seconds from starting Python to the first result, a fresh process each time.

Run: python -m benchmarks.cold_start [--runs 7] [--json FILE]

SMA 20/50 on 10,000 bars, fee 10 bp, seeded inside the child by the same few lines for everybody. The
peers' compiled caches are warm: one run of each before the clock starts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.side_by_side import Row, has, write_rows

MARKET = """
import numpy as np
n = 10_000
steps = np.random.default_rng(11).normal(0, 1e-3, n)
close = 100 * np.exp(np.cumsum(steps))
opened = np.concatenate([[100.0], close[:-1]])
high, low = np.maximum(opened, close), np.minimum(opened, close)
"""
CHILDREN = {
    "ours": MARKET
    + """
import algotrendy as at
bars = at.Bars("X/USDT", "1m", open_ns=np.arange(n) * 60_000_000_000, open=opened, high=high, low=low,
               close=close, volume=np.ones(n))
@at.strategy
def cross(bars, fast=20, slow=50):
    return at.sma(bars.close, fast) > at.sma(bars.close, slow)
print(at.backtest(cross, bars, fees=0.001).final_equity)
""",
    "vectorbt": MARKET
    + """
import pandas as pd, vectorbt as vbt
close = pd.Series(close)
above = vbt.MA.run(close, 20).ma.to_numpy() > vbt.MA.run(close, 50).ma.to_numpy()
before = np.concatenate([[False], above[:-1]])
entries = np.concatenate([[False], (above & ~before)[:-1]])
exits = np.concatenate([[False], (~above & before)[:-1]])
print(vbt.Portfolio.from_signals(close, entries, exits, price=opened, fees=0.001, init_cash=10_000.0,
                                 freq="1min").final_value())
""",
}


def seconds(child: str) -> tuple[float, float]:
    """Wall time of one fresh process, and the final equity it printed."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", child], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - start, float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sides = {name: child for name, child in CHILDREN.items() if name == "ours" or has(name)}
    final = {name: seconds(child)[1] for name, child in sides.items()}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.runs):
        for name, child in sides.items():
            times[name].append(seconds(child)[0])
    medians = {name: statistics.median(values) for name, values in times.items()}
    row: Row = {
        "workload": "W9",
        "case": "first result in a fresh process, 10,000 bars",
        "ours_s": medians["ours"],
        "peer": None,
        "peer_s": None,
        "ratio": None,
        "agree": None,
    }
    if "vectorbt" in medians:
        row |= {
            "peer": "vectorbt, warm cache",
            "peer_s": medians["vectorbt"],
            "ratio": medians["vectorbt"] / medians["ours"],
            "agree": abs(final["vectorbt"] / final["ours"] - 1) < 1e-9,
        }
    write_rows([row], options.json)


if __name__ == "__main__":
    main()
