from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.unit.plotting.made import make_bars, make_result

from algotrendy.errors import MissingExtra
from algotrendy.plotting.figure import backtest_figure


@pytest.fixture(scope="module")
def figure():
    pytest.importorskip("plotly")
    return backtest_figure(make_result(make_bars(9_000)))


def test_price_trades_equity_and_drawdown_share_one_time_axis(figure):
    names = [trace.name for trace in figure.data]
    assert names[0] == "Price"
    assert {"Gain", "Loss", "Long entry", "Exit", "Equity", "Drawdown"} <= set(names)
    assert {trace.yaxis for trace in figure.data} == {"y", "y2", "y3"}


def test_merged_candles_are_said_in_the_title(figure):
    assert "9,000 bars are drawn as" in figure.layout.title.text


def test_segments_are_broken_between_trades():
    pytest.importorskip("plotly")
    result = make_result(make_bars(300))
    made = backtest_figure(result)
    gain = next(trace for trace in made.data if trace.name == "Gain")
    won = int((result.trades_columns.pnl >= 0).sum())
    assert len(gain.y) == 3 * won
    assert np.isnan(gain.y[2::3]).all()


def test_a_hostile_name_is_text_in_the_title():
    pytest.importorskip("plotly")
    made = backtest_figure(make_result(name="<a href='x'>y</a>"))
    assert "<a" not in made.layout.title.text


def test_without_plotly_the_extra_is_named(monkeypatch):
    for name in ("plotly", "plotly.graph_objects", "plotly.subplots"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"algotrendy\[plot\]"):
        make_result().plot()
