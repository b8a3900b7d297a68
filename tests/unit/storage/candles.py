"""Small made-up bars for storage tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

MINUTE = 60_000_000_000
START = int(np.datetime64("2023-12-31T23:00", "ns").astype(np.int64))
BTC = Symbol.parse("BTC/USDT")
M1 = Timeframe.parse("1m")
ALL = (0, 2**62)


def bars_at(
    minutes: Sequence[int],
    *,
    price: float = 100.0,
    symbol: str = "BTC/USDT",
    source: str = "binance",
    known: bool = True,
) -> Bars:
    """One bar for each minute after `START`; `price` tells versions apart."""
    n = len(minutes)
    close = price + np.asarray(minutes, dtype=float) % 7
    return Bars(
        symbol,
        "1m",
        open_ns=START + np.asarray(minutes, dtype=np.int64).reshape(n) * MINUTE,
        open=np.full(n, price),
        high=close + 1,
        low=np.full(n, price - 1),
        close=close,
        volume=np.arange(n, dtype=float),
        quote_volume=np.arange(n) * close if known else None,
        trades_count=np.arange(n) if known else None,
        sources=(source,),
    )
