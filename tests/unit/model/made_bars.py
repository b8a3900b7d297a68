"""Bars made by a seed, for the tests of this folder."""

from __future__ import annotations

import numpy as np

from algotrendy.model.bars import Bars

MINUTE = 60 * 10**9
START = 1_704_067_200 * 10**9  # 2024-01-01T00:00Z, a Monday


def columns(n: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Return sound columns of n bars."""
    dice = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(dice.normal(0, 0.01, n)))
    open_ = np.concatenate([[100.0], close[:-1]])[:n]
    return {
        "open": open_,
        "high": np.maximum(open_, close) * 1.001,
        "low": np.minimum(open_, close) * 0.999,
        "close": close,
        "volume": dice.integers(0, 100, n).astype(float),
    }


def made(
    n: int = 10,
    *,
    timeframe_ns: int = MINUTE,
    seed: int = 1,
    symbol: str = "BTC/USDT",
    **extra: object,
) -> Bars:
    """Return n bars of one minute without a gap."""
    times = START + np.arange(n) * timeframe_ns
    timeframe = extra.pop("timeframe", "1m")
    return Bars(symbol, timeframe, open_ns=times, **columns(n, seed), **extra)
