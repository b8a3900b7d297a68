"""The views on results that the library itself makes, not on ones made by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.unit.plotting.made import make_bars
from tests.unit.plotting.pages import Page

import algotrendy as at
from algotrendy.plotting.report import report_html


@at.strategy(where=lambda fast, slow: fast < slow)
def cross(bars, fast=10, slow=40):
    return at.sma(bars.close, fast) > at.sma(bars.close, slow)


@at.strategy
def scaled(bars, every=50):
    """A fraction that moves: the run resizes its position."""
    return np.where(np.arange(len(bars)) // every % 2 == 0, 0.4, 0.8)


@pytest.fixture(scope="module")
def bars():
    return make_bars(1_500)


def test_a_backtest_reports_itself(bars, tmp_path):
    result = at.backtest(cross, bars, fees=0.001, stop_loss=0.01, take_profit=0.01)
    text = Page(result.report(tmp_path / "r.html").read_text("utf-8")).text
    assert f"{result.total_return:+,.2%}" in text
    assert result.hash in text


def test_a_run_that_resizes_says_so(bars):
    result = at.backtest(scaled, bars)
    assert result.scaled_fills is not None
    assert "Positions were resized on the way" in Page(report_html(result)).text


def test_a_sweep_reports_its_best_with_trials_and_deflated_sharpe(bars, tmp_path):
    found = at.sweep(cross, bars, fast=[5, 10, 50], slow=[40, 80])
    text = Page(found.report(tmp_path / "s.html").read_text("utf-8")).text
    assert re.search(rf"Trials\s+{found.n_trials}\b", text)
    assert f"{found.best.deflated_sharpe:.1%}" in text
    assert f"{found.best.metrics['total_return']:+,.2%}" in text
    alone = Page(report_html(found)).text
    assert "1 combination left out as forbidden" in alone
    assert "What was assumed" in alone
    assert "fast" in found._repr_html_()


def test_a_walk_forward_reports_its_test_periods(bars, tmp_path):
    walked = at.walk_forward(
        cross, bars, ranges={"fast": [5, 10], "slow": [40]}, train=400, test=300
    )
    text = Page(walked.report(tmp_path / "w.html").read_text("utf-8")).text
    assert f"{walked.total_return:+,.2%}" in text
    assert "Kept out of sample" in text
    assert "What was assumed" in text
    assert str(len(walked.folds)) in walked._repr_html_()
