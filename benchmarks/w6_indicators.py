"""W6: the public indicators against pandas, polars and TA-Lib, side by side in one run.

    python benchmarks/w6_indicators.py --rows 10000000 [--fast] [--only sma,ema] [--json FILE]

Each case runs ours and every peer in turn, round by round, and the median of the rounds counts, so
that a busy machine slows all alike: read the ratios. Values are compared behind the warm-up before
anything is timed. A peer that is not installed is skipped with a line. `peak` is what one call of
ours allocates beyond its inputs, its result included.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np  # noqa: E402 - the environment is read at import

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from algotrendy.indicators import (  # noqa: E402
    fast,
    momentum,
    rolling,
    trend,
    volatility,
    volume,
)

Call = Callable[[], Any]


class Data:
    """A random walk around 60,000 in every form the peers want."""

    def __init__(self, rows: int) -> None:
        rng = np.random.default_rng(20240101)
        self.close = 60_000.0 + np.cumsum(rng.normal(0.0, 0.5, rows))
        reach = np.abs(rng.normal(0.0, 1.0, (2, rows)))
        self.high, self.low = self.close + reach[0], self.close - reach[1]
        self.volume = rng.random(rows) * 100.0
        self.session = np.arange(rows) // 1_440
        for column in (self.close, self.high, self.low, self.volume, self.session):
            column.flags.writeable = False


def ours(d: Data) -> dict[str, Call]:
    c, h, l, v = d.close, d.high, d.low, d.volume  # noqa: E741
    return {
        "sma(20)": lambda: rolling.sma(c, 20),
        "sma(200)": lambda: rolling.sma(c, 200),
        "rolling_sum(20)": lambda: rolling.rolling_sum(c, 20),
        "rolling_std(20)": lambda: rolling.rolling_std(c, 20),
        "rolling_min(20)": lambda: rolling.rolling_min(c, 20),
        "rolling_max(20)": lambda: rolling.rolling_max(c, 20),
        "rolling_max(200)": lambda: rolling.rolling_max(c, 200),
        "rolling_rank(20)": lambda: rolling.rolling_rank(c, 20),
        "zscore(20)": lambda: rolling.zscore(c, 20),
        "ema(20)": lambda: trend.ema(c, 20),
        "ema(200)": lambda: trend.ema(c, 200),
        "wma(14)": lambda: trend.wma(c, 14),
        "dema(20)": lambda: trend.dema(c, 20),
        "tema(20)": lambda: trend.tema(c, 20),
        "kama(10)": lambda: trend.kama(c, 10),
        "macd(12,26,9)": lambda: trend.macd(c),
        "adx(14)": lambda: trend.adx(h, l, c),
        "supertrend(10,3)": lambda: trend.supertrend(h, l, c),
        "rsi(14)": lambda: momentum.rsi(c),
        "roc(10)": lambda: momentum.roc(c),
        "stochastic(14,3,3)": lambda: momentum.stochastic(h, l, c),
        "williams_r(14)": lambda: momentum.williams_r(h, l, c),
        "cci(20)": lambda: momentum.cci(h, l, c),
        "mfi(14)": lambda: momentum.mfi(h, l, c, v),
        "true_range": lambda: volatility.true_range(h, l, c),
        "atr(14)": lambda: volatility.atr(h, l, c),
        "bollinger(20,2)": lambda: volatility.bollinger(c),
        "keltner(20,2,10)": lambda: volatility.keltner(h, l, c),
        "donchian(20)": lambda: volatility.donchian(h, l),
        "obv": lambda: volume.obv(c, v),
        "vwap(session)": lambda: volume.vwap(h, l, c, v, d.session),
        "rolling_vwap(20)": lambda: volume.rolling_vwap(h, l, c, v, 20),
    }


def talib_calls(d: Data) -> dict[str, Call]:
    import talib as ta

    c, h, l, v = d.close, d.high, d.low, d.volume  # noqa: E741
    return {
        "sma(20)": lambda: ta.SMA(c, 20),
        "sma(200)": lambda: ta.SMA(c, 200),
        "rolling_sum(20)": lambda: ta.SUM(c, 20),
        "rolling_std(20)": lambda: ta.STDDEV(c, 20),
        "rolling_min(20)": lambda: ta.MIN(c, 20),
        "rolling_max(20)": lambda: ta.MAX(c, 20),
        "rolling_max(200)": lambda: ta.MAX(c, 200),
        "ema(20)": lambda: ta.EMA(c, 20),
        "ema(200)": lambda: ta.EMA(c, 200),
        "wma(14)": lambda: ta.WMA(c, 14),
        "dema(20)": lambda: ta.DEMA(c, 20),
        "tema(20)": lambda: ta.TEMA(c, 20),
        "kama(10)": lambda: ta.KAMA(c, 10),
        "macd(12,26,9)": lambda: ta.MACD(c, 12, 26, 9),
        "adx(14)": lambda: (ta.ADX(h, l, c, 14), ta.PLUS_DI(h, l, c, 14), ta.MINUS_DI(h, l, c, 14)),
        "rsi(14)": lambda: ta.RSI(c, 14),
        "roc(10)": lambda: ta.ROC(c, 10),
        "stochastic(14,3,3)": lambda: ta.STOCH(h, l, c, 14, 3, 0, 3, 0),
        "williams_r(14)": lambda: ta.WILLR(h, l, c, 14),
        "cci(20)": lambda: ta.CCI(h, l, c, 20),
        "mfi(14)": lambda: ta.MFI(h, l, c, v, 14),
        "true_range": lambda: ta.TRANGE(h, l, c),
        "atr(14)": lambda: ta.ATR(h, l, c, 14),
        "bollinger(20,2)": lambda: ta.BBANDS(c, 20, 2.0, 2.0)[::-1],
        "obv": lambda: ta.OBV(c, v),
    }


def pandas_calls(d: Data) -> dict[str, Call]:  # noqa: C901 - one closure a case
    import pandas as pd

    c, h, l, v = (pd.Series(x) for x in (d.close, d.high, d.low, d.volume))  # noqa: E741
    session = pd.Series(d.session)

    def ewm(s: Any, alpha: float) -> Any:
        return s.ewm(alpha=alpha, adjust=False).mean()

    def rsi() -> Any:
        step = c.diff()
        up, down = ewm(step.clip(lower=0), 1 / 14), ewm(-step.clip(upper=0), 1 / 14)
        return 100 * up / (up + down)

    def ranges() -> Any:
        before = c.shift()
        return np.maximum(h, before) - np.minimum(l, before)

    def stochastic() -> Any:
        low = l.rolling(14).min()
        k = (100 * (c - low) / (h.rolling(14).max() - low)).rolling(3).mean()
        return k, k.rolling(3).mean()

    def williams() -> Any:
        top = h.rolling(14).max()
        return -100 * (top - c) / (top - l.rolling(14).min())

    def bollinger() -> Any:
        window = c.rolling(20)
        middle, reach = window.mean(), 2 * window.std(ddof=0)
        return middle - reach, middle, middle + reach

    def keltner() -> Any:
        middle, reach = ewm(c, 2 / 21), 2 * ewm(ranges(), 0.1)
        return middle - reach, middle, middle + reach

    def macd() -> Any:
        line = ewm(c, 2 / 13) - ewm(c, 2 / 27)
        signal = ewm(line, 2 / 10)
        return line, signal, line - signal

    def dema() -> Any:
        first = ewm(c, 2 / 21)
        return 2 * first - ewm(first, 2 / 21)

    def tema() -> Any:
        first = ewm(c, 2 / 21)
        second = ewm(first, 2 / 21)
        return 3 * first - 3 * second + ewm(second, 2 / 21)

    def adx() -> Any:
        up, down = h.diff(), -l.diff()
        spread = ewm(ranges(), 1 / 14)
        plus = 100 * ewm(up.where((up > down) & (up > 0), 0.0), 1 / 14) / spread
        minus = 100 * ewm(down.where((down > up) & (down > 0), 0.0), 1 / 14) / spread
        return ewm(100 * (plus - minus).abs() / (plus + minus), 1 / 14), plus, minus

    def mfi() -> Any:
        price = (h + l + c) / 3
        money, step = price * v, price.diff()
        up = money.where(step > 0, 0.0).rolling(14).sum()
        down = money.where(step < 0, 0.0).rolling(14).sum()
        return 100 * up / (up + down)

    def donchian() -> Any:
        low, top = l.rolling(20).min(), h.rolling(20).max()
        return low, (low + top) / 2, top

    def money() -> Any:
        return (h + l + c) / 3 * v

    def zscore() -> Any:
        window = c.rolling(20)
        return (c - window.mean()) / window.std(ddof=0)

    return {
        "sma(20)": lambda: c.rolling(20).mean(),
        "sma(200)": lambda: c.rolling(200).mean(),
        "rolling_sum(20)": lambda: c.rolling(20).sum(),
        "rolling_std(20)": lambda: c.rolling(20).std(ddof=0),
        "rolling_min(20)": lambda: c.rolling(20).min(),
        "rolling_max(20)": lambda: c.rolling(20).max(),
        "rolling_max(200)": lambda: c.rolling(200).max(),
        "rolling_rank(20)": lambda: c.rolling(20).rank(),
        "zscore(20)": zscore,
        "ema(20)": lambda: ewm(c, 2 / 21),
        "ema(200)": lambda: ewm(c, 2 / 201),
        "dema(20)": dema,
        "tema(20)": tema,
        "macd(12,26,9)": macd,
        "adx(14)": adx,
        "rsi(14)": rsi,
        "roc(10)": lambda: c.pct_change(10) * 100,
        "stochastic(14,3,3)": stochastic,
        "williams_r(14)": williams,
        "mfi(14)": mfi,
        "true_range": ranges,
        "atr(14)": lambda: ewm(ranges(), 1 / 14),
        "bollinger(20,2)": bollinger,
        "keltner(20,2,10)": keltner,
        "donchian(20)": donchian,
        "obv": lambda: (np.sign(c.diff()).fillna(1.0) * v).cumsum(),
        "vwap(session)": lambda: money().groupby(session).cumsum() / v.groupby(session).cumsum(),
        "rolling_vwap(20)": lambda: money().rolling(20).sum() / v.rolling(20).sum(),
    }


def polars_calls(d: Data) -> dict[str, Call]:
    import polars as pl

    frame = pl.DataFrame({"c": d.close, "h": d.high, "l": d.low, "v": d.volume})
    c, h, l = pl.col("c"), pl.col("h"), pl.col("l")  # noqa: E741

    def take(*columns: Any) -> Call:
        named = [column.alias(str(i)) for i, column in enumerate(columns)]
        return lambda: tuple(frame.select(named).iter_columns())

    def ewm(column: Any, alpha: float) -> Any:
        return column.ewm_mean(alpha=alpha, adjust=False)

    step = c.diff()
    up, down = ewm(step.clip(lower_bound=0), 1 / 14), ewm(-step.clip(upper_bound=0), 1 / 14)
    before = c.shift()
    ranges = pl.max_horizontal(h, before) - pl.min_horizontal(l, before)
    mean, reach = c.rolling_mean(20), 2 * c.rolling_std(20, ddof=0)
    low, top = l.rolling_min(20), h.rolling_max(20)
    return {
        "sma(20)": take(c.rolling_mean(20)),
        "sma(200)": take(c.rolling_mean(200)),
        "rolling_sum(20)": take(c.rolling_sum(20)),
        "rolling_std(20)": take(c.rolling_std(20, ddof=0)),
        "rolling_min(20)": take(c.rolling_min(20)),
        "rolling_max(20)": take(c.rolling_max(20)),
        "rolling_max(200)": take(c.rolling_max(200)),
        "ema(20)": take(ewm(c, 2 / 21)),
        "ema(200)": take(ewm(c, 2 / 201)),
        "rsi(14)": take(100 * up / (up + down)),
        "roc(10)": take((c / c.shift(10) - 1) * 100),
        "true_range": take(ranges),
        "atr(14)": take(ewm(ranges, 1 / 14)),
        "bollinger(20,2)": take(mean - reach, mean, mean + reach),
        "donchian(20)": take(low, (low + top) / 2, top),
    }


PEERS: dict[str, tuple[str, Callable[[Data], dict[str, Call]]]] = {
    "pandas": ("pandas", pandas_calls),
    "polars": ("polars", polars_calls),
    "TA-Lib": ("talib", talib_calls),
}
TOLERANCE = {"rolling_std(20)": 1e-4, "zscore(20)": 1e-3, "bollinger(20,2)": 1e-6}
# Where the peer, not ours, has lost digits at a price of 60,000; the tests hold ours to 1e-9.


def agrees(name: str, mine: Any, theirs: Any) -> bool:
    """Compare behind the longest warm-up; seeds have faded there."""
    mine = mine if isinstance(mine, tuple) else (mine,)
    theirs = theirs if isinstance(theirs, tuple) else (theirs,)
    skip = min(10_000, len(mine[0]) // 2)
    limit = TOLERANCE.get(name, 1e-7)
    for own, other in zip(mine, theirs, strict=True):
        a, b = np.asarray(own)[skip:], np.asarray(other, dtype=float)[skip:]
        gap = np.abs(a - b)
        scale = np.maximum(np.abs(a), 1.0)
        if not np.nanmax(gap / scale) <= limit or np.isnan(a).any() != np.isnan(b).any():
            return False
    return True


CLOCKS: dict[str, Callable[[], float]] = {
    "wall": time.perf_counter,
    "cpu": time.process_time,
    "now": time.perf_counter,
}


def timed(call: Call) -> float:
    start = CLOCKS["now"]()
    call()
    return CLOCKS["now"]() - start


def peak_mb(call: Call) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:  # noqa: C901 - one table, top to bottom
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fast", action="store_true", help="compiled kernels (numba)")
    parser.add_argument("--only", default="", help="case names, comma-separated, by prefix")
    parser.add_argument("--peers", default="pandas,polars,TA-Lib")
    parser.add_argument(
        "--clock", default="wall", choices=("wall", "cpu"), help="cpu on busy machines"
    )
    parser.add_argument("--json", default="")
    args = parser.parse_args()
    CLOCKS["now"] = CLOCKS[args.clock]
    data = Data(args.rows)
    if args.fast:
        fast.enable()
    peers: dict[str, dict[str, Call]] = {}
    for peer in args.peers.split(","):
        package, make = PEERS[peer]
        if importlib.util.find_spec(package) is None:
            print(f"skipped: {peer} is not installed")
        else:
            peers[peer] = make(data)
    mode = "numba" if args.fast else "numpy"
    print(f"{args.rows:,} rows, ours in {mode}, median of {args.rounds} rounds, {args.clock} ms")
    print(f"{'case':20s}{'ours':>9s}{'peak MB':>9s}" + "".join(f"{p:>20s}" for p in peers))
    wanted = tuple(args.only.split(",")) if args.only else ("",)
    rows: list[dict[str, object]] = []
    for name, call in ours(data).items():
        if not name.startswith(wanted):
            continue
        others = {peer: calls[name] for peer, calls in peers.items() if name in calls}
        # A window sorted by a peer's tree takes seconds at full length; fewer rounds tell enough.
        rounds = 1 if name.startswith("rolling_rank") else args.rounds
        peak, mine = peak_mb(call), call()
        agree = {peer: agrees(name, mine, other()) for peer, other in others.items()}
        del mine
        took: dict[str, list[float]] = {peer: [] for peer in ("ours", *others)}
        for _ in range(rounds):
            gc.collect()
            took["ours"].append(timed(call))
            for peer, other in others.items():
                took[peer].append(timed(other))
        own = statistics.median(took["ours"])
        line = f"{name:20s}{own * 1e3:9.1f}{peak:9.0f}"
        for peer in peers:
            if peer not in others:
                line += f"{'-':>20s}"
                continue
            theirs = statistics.median(took[peer])
            mark = "" if agree[peer] else " DIFFERS"
            line += f"{f'{theirs * 1e3:.1f} x{theirs / own:.2f}{mark}':>20s}"
            rows.append(
                {
                    "workload": "W6",
                    "case": f"{name} {mode} {args.rows} rows",
                    "ours_s": own,
                    "peer": peer,
                    "peer_s": theirs,
                    "ratio": theirs / own,
                    "agree": agree[peer],
                }
            )
        print(line, flush=True)
    print("x: the peer's time over ours; above 1 ours is faster")
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
