"""vectorbt as fast as we know how to run it: its own compiled means, shared between columns, in chunks.

Signals are shifted by one bar and filled at the open, with the fee of the other side; no pandas in the
hot path; every mode (engine x memory order x chunk) can be chosen, the fastest is the peer.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from benchmarks.market import CASH, FEE
from numpy.typing import NDArray

from algotrendy.model.bars import Bars

Result = tuple[NDArray[np.float64], NDArray[np.int64]]


def engines() -> tuple[str, ...]:
    """The engines that run here."""
    import importlib.util

    return ("numba", "rust") if importlib.util.find_spec("vectorbt_rust") else ("numba",)


def run(
    bars: Bars,
    windows: Sequence[tuple[int, int]],
    *,
    engine: str,
    order: str = "C",
    chunk: int = 25,
    stops: tuple[float, float] | None = None,
) -> Result:
    """Final value and number of trades of every pair of windows."""
    import vectorbt as vbt

    warnings.simplefilter("ignore")
    mean = vbt.generic.nb.rolling_mean_1d_nb
    means = {w: mean(bars.close, w) for w in {w for pair in windows for w in pair}}
    n = len(bars)
    final: list[NDArray[np.float64]] = []
    count: list[NDArray[np.int64]] = []
    extra = {}
    if stops is not None:
        extra = {
            "sl_stop": stops[0],
            "tp_stop": stops[1],
            "stop_entry_price": "fillprice",
            "open": bars.open[:, None],
            "high": bars.high[:, None],
            "low": bars.low[:, None],
        }
    for start in range(0, len(windows), chunk):
        part = windows[start : start + chunk]
        above = np.empty((n, len(part)), dtype=np.bool_, order=order)  # type: ignore[call-overload]
        for column, (fast, slow) in enumerate(part):
            np.greater(means[fast], means[slow], out=above[:, column])
        entries, exits = np.zeros_like(above), np.zeros_like(above)
        entries[1] = above[0]
        np.logical_and(above[1:-1], ~above[:-2], out=entries[2:])
        np.logical_and(~above[1:-1], above[:-2], out=exits[2:])
        portfolio = vbt.Portfolio.from_signals(
            bars.close[:, None],
            entries,
            exits,
            price=bars.open[:, None],
            fees=FEE,
            init_cash=CASH,
            freq="1min",
            engine=engine,
            **extra,
        )
        final.append(np.atleast_1d(np.asarray(portfolio.final_value())))
        count.append(np.atleast_1d(np.asarray(portfolio.trades.count())))
    return np.concatenate(final), np.concatenate(count)


def as_documented(bars: Bars, *, engine: str) -> Result:
    """One run the way vectorbt's own documentation writes it, pandas in and pandas out."""
    import pandas as pd
    import vectorbt as vbt

    warnings.simplefilter("ignore")
    index = pd.DatetimeIndex(bars.times)
    close, opened = pd.Series(bars.close, index=index), pd.Series(bars.open, index=index)
    fast, slow = vbt.MA.run(close, 20), vbt.MA.run(close, 50)
    entries = fast.ma_crossed_above(slow).vbt.signals.fshift(1)
    exits = fast.ma_crossed_below(slow).vbt.signals.fshift(1)
    portfolio = vbt.Portfolio.from_signals(
        close, entries, exits, price=opened, fees=FEE, init_cash=CASH, freq="1min", engine=engine
    )
    return np.array([portfolio.final_value()]), np.array([portfolio.trades.count()])
