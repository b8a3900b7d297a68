from __future__ import annotations

import numpy as np
import pytest
from tests.unit.plotting.made import make_bars, make_result, make_sweep, make_walk
from tests.unit.plotting.pages import Page

from algotrendy.plotting.notebook import backtest_html, sweep_html, walk_forward_html

HOSTILE = "<script>alert(1)</script>" * 40
VIEWS = [
    pytest.param(
        lambda: backtest_html(make_result(make_bars(60_000), warnings=("w" * 900,) * 30)),
        id="backtest",
    ),
    pytest.param(lambda: sweep_html(make_sweep(60, 60)), id="sweep"),
    pytest.param(lambda: walk_forward_html(make_walk(200)), id="walk-forward"),
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_small_has_no_script_and_no_fixed_colours(view):
    html = view()
    page = Page(html)
    assert len(html) < 20_000
    assert not page.unclosed
    assert "<script" not in html
    assert "background" not in html
    assert "color:#" not in html.replace("color:inherit", "")
    assert page.all("svg")[0]["aria-label"]


def test_a_backtest_shows_its_figures_costs_and_bounds():
    result = make_result(refused=2)
    text = Page(backtest_html(result)).text
    for part in (
        f"{result.total_return:+.2%}",
        "Sharpe ratio",
        "Costs paid",
        "Bounds of equity",
        "Entries refused or cut",
    ):
        assert part in text


def test_the_result_shows_itself():
    assert "Maximum drawdown" in make_result()._repr_html_()


def test_a_sweep_shows_its_best_with_trials_and_deflated_sharpe():
    text = Page(sweep_html(make_sweep())).text
    assert "120" in text
    assert "61.0%" in text
    assert "34.0%" in text


def test_a_sweep_of_unknown_values_has_no_best():
    sweep = make_sweep()
    sweep.metrics["sharpe"][:] = np.nan
    assert "No trial has a known value" in sweep_html(sweep)


def test_hostile_names_are_text_and_cut_short():
    html = backtest_html(make_result(name=HOSTILE, params={HOSTILE: HOSTILE}, warnings=(HOSTILE,)))
    assert "<script" not in html
    assert len(html) < 20_000
    sweep = make_sweep()
    sweep.params[HOSTILE] = np.array([HOSTILE] * sweep.n_trials, dtype=object)
    assert "<script" not in sweep_html(sweep)
    assert len(sweep_html(sweep)) < 20_000


def test_showing_a_sweep_does_not_start_many_runs():
    class Lazy:
        params = make_sweep().params
        metrics = make_sweep().metrics
        n_trials = 120
        strategy_name = "cross"

        @property
        def pbo(self) -> float:
            raise AssertionError("a view may not compute this")

    assert "ask for .pbo" in sweep_html(Lazy())
