"""A plotly figure of one backtest: price with trades, equity, drawdown.

Laws: plotly is loaded only here, only when asked; long runs are drawn as the report draws them.
Used by: `BacktestResult.plot`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from algotrendy import _lazy
from algotrendy.backtests.result import BacktestResult
from algotrendy.model.arrays import BoolArray, FloatArray
from algotrendy.plotting.display import Slots, display_note, drawdown, slots, trade_marks

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["backtest_figure"]

_GAIN, _LOSS, _LINE, _HELD = "#0b8268", "#c22f4b", "#2257c9", "#7b8496"


def backtest_figure(result: BacktestResult) -> go.Figure:
    """Draw price with trades, equity beside buy and hold, and drawdown, over one time axis.

    Parameters
    ----------
    result : a finished backtest on one symbol; with many symbols the price panel is left out

    Returns
    -------
    plotly.graph_objects.Figure
        Three panels; above 4,000 bars candles are merged, and the subtitle says so.

    Raises
    ------
    MissingExtra
        Without plotly: ``pip install 'algotrendy[plot]'``.
    """
    go = _lazy.need("plotly.graph_objects", extra="plot")
    subplots = _lazy.need("plotly.subplots", extra="plot")
    bars = result.spec.bars
    single = not bars.is_many
    titles = (["Price"] if single else []) + ["Equity", "Drawdown"]
    figure = subplots.make_subplots(
        rows=len(titles),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.05,
        subplot_titles=titles,
        row_heights=[0.5, 0.3, 0.2] if single else [0.6, 0.4],
    )
    merged = ""
    if len(bars):
        places = slots(bars)
        time = places.time_s.astype("datetime64[s]").astype("datetime64[ns]")
        merged = display_note(places, None, bars=len(bars))
        if single:
            _price(figure, go, result, places, time)
        _equity(figure, go, result, places, time, row=len(titles) - 1)
    name = f"{result.spec.strategy.name} on {bars.symbols[0]} {bars.timeframe}"
    figure.update_layout(
        title={"text": _plain(name) + (f"<br><sup>{merged}</sup>" if merged else "")},
        height=820,
        hovermode="x unified",
        xaxis_rangeslider_visible=False,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "right", "x": 1},
    )
    return figure


def _plain(text: str) -> str:
    """Plotly reads a small HTML dialect in titles; names are text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _price(figure: Any, go: Any, result: BacktestResult, places: Slots, time: np.ndarray) -> None:
    bars = result.spec.bars
    figure.add_trace(
        go.Candlestick(
            x=time,
            open=places.opening(bars.open),
            high=places.highest(bars.high),
            low=places.lowest(bars.low),
            close=places.last(bars.close),
            name="Price",
            increasing_line_color=_GAIN,
            decreasing_line_color=_LOSS,
            showlegend=False,
        ),
        row=1,
        col=1,
    )
    trades = result.trades_columns
    marks = trade_marks(trades, places)
    gained = trades.pnl[marks.row] >= 0
    starts, ends = time[marks.entry_slot], time[marks.exit_slot]
    from_price, to_price = trades.entry_price[marks.row], trades.exit_price[marks.row]
    for name, chosen, color in (("Gain", gained, _GAIN), ("Loss", ~gained, _LOSS)):
        x, y = _segments(starts, ends, from_price, to_price, chosen)
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                name=name,
                line={"color": color, "width": 2},
                hoverinfo="skip",
            ),
            row=1,
            col=1,
        )
    long = trades.direction[marks.row] > 0
    for name, chosen, symbol in (
        ("Long entry", long, "triangle-up"),
        ("Short entry", ~long, "triangle-down"),
    ):
        if chosen.any():
            figure.add_trace(
                go.Scatter(
                    x=starts[chosen],
                    y=from_price[chosen],
                    mode="markers",
                    name=name,
                    marker={"symbol": symbol, "size": 9, "color": "#171c28"},
                ),
                row=1,
                col=1,
            )
    closed = ~trades.is_open[marks.row]
    figure.add_trace(
        go.Scatter(
            x=ends[closed],
            y=to_price[closed],
            mode="markers",
            name="Exit",
            marker={"symbol": "circle-open", "size": 8, "color": "#171c28"},
        ),
        row=1,
        col=1,
    )


def _segments(
    starts: np.ndarray,
    ends: np.ndarray,
    from_price: FloatArray,
    to_price: FloatArray,
    chosen: BoolArray,
) -> tuple[np.ndarray, FloatArray]:
    """Lines from entry to exit in one trace, broken by unknown values."""
    m = int(chosen.sum())
    x = np.full((m, 3), np.datetime64("NaT", "ns"), dtype="datetime64[ns]")
    y = np.full((m, 3), np.nan)
    x[:, 0], x[:, 1] = starts[chosen], ends[chosen]
    y[:, 0], y[:, 1] = from_price[chosen], to_price[chosen]
    return x.ravel(), y.ravel()


def _equity(
    figure: Any, go: Any, result: BacktestResult, places: Slots, time: np.ndarray, *, row: int
) -> None:
    spec, equity = result.spec, result.equity_curve
    figure.add_trace(
        go.Scatter(x=time, y=places.last(equity), name="Equity", line={"color": _LINE}),
        row=row,
        col=1,
    )
    if not spec.bars.is_many:
        held = places.last(spec.cash * (spec.bars.close / spec.bars.close[0]))
        figure.add_trace(
            go.Scatter(
                x=time, y=held, name="Buy and hold, no costs", line={"color": _HELD, "dash": "dot"}
            ),
            row=row,
            col=1,
        )
    down = places.lowest(drawdown(equity, initial=spec.cash))
    figure.add_trace(
        go.Scatter(
            x=time,
            y=down,
            name="Drawdown",
            fill="tozeroy",
            line={"color": _LOSS, "width": 1},
            showlegend=False,
        ),
        row=row + 1,
        col=1,
    )
    figure.update_yaxes(tickformat=".0%", row=row + 1, col=1)
