"""Small bars and signals by hand, for tests whose numbers are worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from algotrendy.backtests.result import BacktestResult
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals
from algotrendy.runtime.research import backtest

HOUR = 3_600_000_000_000
Row = tuple[float, float, float, float]


def bars(rows: Sequence[Row], symbol: str = "X/USDT:USDT") -> Bars:
    """Hourly bars of (open, high, low, close)."""
    opened, high, low, close = np.array(rows, dtype=float).T
    return Bars(
        symbol,
        "1h",
        open_ns=np.arange(len(rows)) * HOUR,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=np.ones(len(rows)),
    )


def flat(prices: Sequence[float], symbol: str = "X/USDT:USDT") -> Bars:
    """Bars that open where the one before closed and go straight to their close."""
    opens = [prices[0], *prices[:-1]]
    return bars([(o, max(o, c), min(o, c), c) for o, c in zip(opens, prices, strict=True)], symbol)


def at(n: int, *rows: int) -> np.ndarray:
    """(n,) bool, True at these rows."""
    flags = np.zeros(n, dtype=np.bool_)
    flags[list(rows)] = True
    return flags


def signals(n: int, entries: Sequence[int], exits: Sequence[int] = (), **more: object) -> Signals:
    """Long entries and exits at these rows."""
    return Signals(entries=at(n, *entries), exits=at(n, *exits), **more)


def run(history: Bars, returned: object, **options: object) -> BacktestResult:
    """Backtest what a strategy would have returned."""
    if isinstance(returned, list):
        returned = np.array(returned)
    return backtest(lambda _: returned, history, **{"cash": 1000.0, **options})


def fills(result: BacktestResult) -> list[tuple[int, float, float]]:
    """(bar, signed units, price) of every execution."""
    made = result.fills_columns
    rows = zip(made.bar.tolist(), made.quantity.tolist(), made.price.tolist(), strict=True)
    return [(bar, round(quantity, 9), round(price, 9)) for bar, quantity, price in rows]


def exits(result: BacktestResult) -> list[tuple[str, int, float]]:
    """(reason, bar, price) of every exit."""
    trades = result.trades
    return [
        (row.exit_reason, row.exit_bar, round(row.exit_price, 9)) for row in trades.itertuples()
    ]
