"""The data behind the report's interactive charts, in compact columns.

Laws: eight significant digits, enough for a screen; the tables and the download keep every digit.
Used by: the report; `static/report.js` reads it.
"""

from __future__ import annotations

import numpy as np

from algotrendy.backtests.result import BacktestResult
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.plotting.display import (
    MAX_CANDLES,
    Slots,
    TradeMarks,
    display_note,
    drawdown,
    slots,
    trade_marks,
)
from algotrendy.plotting.views import WalkForwardView

__all__ = ["backtest_chart", "walk_forward_chart"]

_SECOND = 1_000_000_000


def _compact(values: FloatArray, digits: int = 8) -> list[float | int | None]:
    """Numbers as JSON writes them shortest; NaN is None, whole numbers lose their point."""
    out: list[float | int | None] = []
    for value in values.tolist():
        if value != value:  # noqa: PLR0124 - the test for NaN that needs no call
            out.append(None)
            continue
        short = float(f"{value:.{digits}g}")
        out.append(int(short) if short == int(short) and abs(short) < 1e15 else short)  # noqa: PLR2004
    return out


def _steps(times: IntArray) -> list[int]:
    """First time, then differences: a third of the characters."""
    steps: list[int] = np.diff(times, prepend=0).tolist()
    return steps


def _decimals(prices: FloatArray) -> int:
    """Digits after the point that prices really have, but no more than seven significant ones."""
    sample = prices[:: max(len(prices) // 500, 1)]
    largest = float(np.max(np.abs(sample), initial=1e-8))
    most = int(np.clip(6 - np.floor(np.log10(largest)), 2, 10))
    for digits in range(2, most):
        if np.allclose(np.round(sample, digits), sample, rtol=1e-10, atol=0):
            return digits
    return most


def backtest_chart(result: BacktestResult) -> tuple[dict[str, object], str]:
    """Columns for the price, equity and drawdown panes, and the sentence on what was merged."""
    spec, bars = result.spec, result.spec.bars
    places = slots(bars)
    equity = result.equity_curve
    data: dict[str, object] = {
        "label": places.label,
        "daily": bars.timeframe.unit in "dwM" or places.label.endswith("d"),
        "times": _steps(places.time_s),
        "cash": spec.cash,
        "equity": _compact(places.last(equity)),
        "drawdown": _compact(places.lowest(drawdown(equity, initial=spec.cash)), 5),
    }
    marks: TradeMarks | None = None
    if not bars.is_many:
        marks = trade_marks(result.trades_columns, places)
        data |= _candles(result, places) | _marks(result, marks)
    return data, display_note(places, marks, bars=len(bars))


def _candles(result: BacktestResult, places: Slots) -> dict[str, object]:
    bars = result.spec.bars
    held = result.spec.cash * (bars.close / bars.close[0])
    return {
        "decimals": _decimals(bars.close),
        "open": _compact(places.opening(bars.open)),
        "high": _compact(places.highest(bars.high)),
        "low": _compact(places.lowest(bars.low)),
        "close": _compact(places.last(bars.close)),
        "volume": _compact(places.total(bars.volume), 5),
        "held": _compact(places.last(held), 6),
    }


def _marks(result: BacktestResult, marks: TradeMarks) -> dict[str, object]:
    trades = result.trades_columns
    row = marks.row
    return {
        "trades": {
            "entry": marks.entry_slot.tolist(),
            "exit": marks.exit_slot.tolist(),
            "entryPrice": _compact(trades.entry_price[row]),
            "exitPrice": _compact(trades.exit_price[row]),
            "side": trades.direction[row].tolist(),
            "gain": (trades.pnl[row] >= 0).astype(np.int64).tolist(),
            "open": trades.is_open[row].astype(np.int64).tolist(),
        }
    }


def walk_forward_chart(walk: WalkForwardView) -> dict[str, object]:
    """Columns for the equity over the test periods; `folds` are the places where one starts."""
    curve, times = walk.equity_curve, walk.open_ns // _SECOND
    n = len(curve)
    rows = np.unique(np.linspace(0, max(n - 1, 0), min(n, MAX_CANDLES)).astype(np.int64))
    starts = np.array([fold.test_start_ns // _SECOND for fold in walk.folds], dtype=np.int64)
    return {
        "daily": bool(n > 1 and np.diff(times).min() >= 86_400),  # noqa: PLR2004
        "times": _steps(times[rows]),
        "equity": _compact(curve[rows]),
        "folds": np.searchsorted(times[rows], starts).tolist(),
    }
