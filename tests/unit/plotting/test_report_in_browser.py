"""The page in a real browser, where one is installed: charts are drawn, nothing fails, nothing leaks."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from tests.unit.plotting.made import make_bars, make_result, make_sweep, make_walk

from algotrendy.plotting.report import write_report

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")


def opened(path, folder) -> str:
    """Return the page's elements after its scripts ran."""
    done = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder}", "--virtual-time-budget=5000", "--dump-dom", path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )  # fmt: skip
    if "<html" not in done.stdout:
        pytest.skip(f"chromium did not start: {done.stderr[-300:]}")
    return done.stdout


def mark(page, name):
    found = re.search(rf'<html[^>]*\bdata-{name}="([^"]*)"', page)
    return None if found is None else found[1]


def test_charts_are_drawn_without_an_error_and_a_hostile_name_stays_inert(tmp_path):
    hostile = "</script><script>document.documentElement.setAttribute('data-owned','1')</script>"
    result = make_result(
        make_bars(5_000, missing=tuple(range(100, 160))),
        name=hostile,
        params={hostile: hostile},
        warnings=(hostile,),
        refused=3,
    )
    path = write_report(result, tmp_path / "r.html", sweep=make_sweep(), walk_forward=make_walk())
    page = opened(path, tmp_path / "profile")
    assert mark(page, "error") is None
    assert mark(page, "charts") == "2"
    assert mark(page, "owned") is None
    assert page.count("<canvas") > 10
    assert re.search(r'id="backtest-fallback"[^>]*hidden', page)
    assert "Log scale" in page
    assert re.search(r'id="backtest-legend".*?drawdown', page, re.DOTALL)


def test_a_sweep_alone_needs_no_chart_library(tmp_path):
    page = opened(write_report(make_sweep(), tmp_path / "s.html"), tmp_path / "profile")
    assert mark(page, "error") is None
    assert "<canvas" not in page
