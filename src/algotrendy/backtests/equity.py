"""Fills and the equity curve: what trades looked like bar by bar, built only when asked for.

Laws: cash + position x close at every bar; fills of a bar are in its close.
Used by: results, sweeps that want more than end figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.trades import Trades
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.bars import Bars

__all__ = ["Fills", "equity_curve", "exposed_bars", "fills_of"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fills:
    """Executions in columns, each (f,).

    Parameters
    ----------
    bar : row number
    quantity : signed base units, above zero for a buy
    price : fill price
    fee : quote units
    """

    bar: IntArray
    quantity: FloatArray
    price: FloatArray
    fee: FloatArray

    def __len__(self) -> int:
        return len(self.bar)


def fills_of(trades: Trades) -> Fills:
    """Entries and exits of round trips as fills, in order of time; an open trade has only its entry."""
    closed = ~trades.is_open
    signed = trades.quantity * trades.direction
    bar = np.concatenate([trades.entry_bar, trades.exit_bar[closed]])
    # At one bar the exit of the old leg comes before the entry of the new one.
    is_entry = np.arange(len(bar)) < len(trades)
    leg = np.concatenate([np.arange(len(trades)), np.flatnonzero(closed)])
    order = np.lexsort((is_entry, leg * 2 + ~is_entry, bar))
    return Fills(
        bar=bar[order],
        quantity=np.concatenate([signed, -signed[closed]])[order],
        price=np.concatenate([trades.entry_price, trades.exit_price[closed]])[order],
        fee=np.concatenate([trades.entry_fee, trades.exit_fee[closed]])[order],
    )


def equity_curve(fills: Fills, bars: Bars, cash: float) -> FloatArray:
    """Equity at every close, shape (n,), quote units: cash plus the position marked to the close."""
    n = len(bars)
    if not len(fills):
        return np.full(n, cash)
    last, held, lengths = _stretches(fills, n)
    money = cash + np.cumsum(-fills.quantity * fills.price - fills.fee)
    start = fills.bar[last[0]]
    curve = np.empty(n)
    curve[:start] = cash
    tail = curve[start:]
    np.multiply(np.repeat(held, lengths), bars.close[start:], out=tail)
    tail += np.repeat(money[last], lengths)
    return curve


def exposed_bars(fills: Fills, n: int) -> int:
    """How many closes saw an open position."""
    if not len(fills):
        return 0
    _, held, lengths = _stretches(fills, n)
    return int(lengths[held != 0.0].sum())


def _stretches(fills: Fills, n: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the last fill of each bar, the position held after it, and for how many closes."""
    held = np.cumsum(fills.quantity)
    # A position that nets to nothing must be nothing, or rounding noise would be marked to market.
    held[np.abs(held) < 1e-12 * np.maximum.accumulate(np.abs(fills.quantity))] = 0.0
    last = np.flatnonzero(np.append(fills.bar[1:] != fills.bar[:-1], True))
    return last, held[last], np.diff(np.append(fills.bar[last], n))
