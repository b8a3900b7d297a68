from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from tests.unit.plotting.made import (
    HOUR_NS,
    START_NS,
    make_bars,
    make_result,
    make_sweep,
    make_walk,
)
from tests.unit.plotting.pages import Page

from algotrendy.backtests.result import Pending
from algotrendy.errors import InvalidValue
from algotrendy.model.bars import Bars
from algotrendy.plotting.page import _static
from algotrendy.plotting.report import report_html, write_report

VENDORED = "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028'\"&"


@pytest.fixture(scope="module")
def full():
    result = make_result(
        make_bars(500, missing=(40, 41)),
        refused=30,
        warnings=("Costs were assumed.",),
        pending=Pending(bar=497, target=0.0),
    )
    return result, report_html(result, sweep=make_sweep(), walk_forward=make_walk())


def test_the_file_is_written_and_its_path_returned(tmp_path):
    path = write_report(make_result(), str(tmp_path / "report.html"))
    assert path == tmp_path / "report.html"
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", [".", "no/such/folder/report.html"])
def test_a_path_that_cannot_be_written_is_refused(tmp_path, place):
    with pytest.raises(InvalidValue, match=r"path.*a file in a folder that exists"):
        write_report(make_result(), tmp_path / place)


def test_something_else_is_refused():
    with pytest.raises(InvalidValue, match="BacktestResult"):
        report_html("a string")  # type: ignore[arg-type]


def test_the_result_writes_its_own_report(tmp_path):
    assert make_result().report(tmp_path / "r.html").stat().st_size > 100_000


def test_the_same_run_gives_the_same_bytes():
    assert report_html(make_result()) == report_html(make_result())


def test_every_element_closes_and_ids_are_unique(full):
    page = Page(full[1])
    assert not page.unclosed
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert links <= set(ids)


def test_nothing_is_loaded_from_anywhere(full):
    page = Page(full[1])
    for tag, attributes in page.elements:
        assert "src" not in attributes, tag
        assert tag not in ("link", "iframe", "object", "embed", "form")
        assert not any(name.startswith("on") for name in attributes)
    outside = [a["href"] for a in page.all("a") if not a["href"].startswith(("#", "data:"))]
    assert outside == ["https://www.tradingview.com/"]
    assert "url(" not in _static("report.css")
    assert "@import" not in _static("report.css")


def test_the_policy_lists_exactly_the_scripts_of_the_page(full):
    page = Page(full[1])
    policy = next(
        m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    runnable = re.findall(r"<script>(.*?)</script>", full[1], re.DOTALL)
    hashes = {
        base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in runnable
    }
    assert allowed == hashes
    assert len(hashes) == 2


@pytest.mark.parametrize("place", ["name", "parameter", "value", "warning", "version", "title"])
def test_hostile_text_stays_text(place):
    result = make_result(
        name=HOSTILE if place == "name" else "fine",
        params={HOSTILE if place == "parameter" else "a": HOSTILE if place == "value" else 1},
        warnings=(HOSTILE,) if place == "warning" else (),
        versions={"numpy": HOSTILE} if place == "version" else {},
    )
    html = report_html(result, title=HOSTILE if place == "title" else None)
    page = Page(html)
    assert html.count("<script") == 3 == html.count("</script>")
    assert not page.all("img")
    assert "alert(1)" in page.text
    assert not any("alert" in script for script in page.scripts)


def test_hostile_parameters_of_a_sweep_stay_text():
    sweep = make_sweep()
    sweep.params[HOSTILE] = np.array([HOSTILE, "b"] * (sweep.n_trials // 2), dtype=object)
    html = report_html(sweep)
    page = Page(html)
    assert html.count("<script") == 2
    assert not page.all("img")
    assert "alert(1)" in page.text


def test_a_lone_surrogate_does_not_lose_the_report(tmp_path):
    path = write_report(make_result(name="a\ud800b"), tmp_path / "r.html")
    assert "a?b" in path.read_text("utf-8")


def test_figures_doubts_and_assumptions_are_in_words(full):
    result, html = full
    text = Page(html).text
    for part in (
        f"{result.total_return:+.2%}",
        "Buy and hold",
        "fills at the open of the next bar",
        "Fee 0.1% of traded value per side",
        "Each entry uses 100% of equity",
        "2 bars missing in 1 place; none was invented",
        "15 refused, 15 made smaller",
        "asked for a target of 0",
        "trades had stop and target inside one bar",
        "Costs were assumed.",
        "and 10 more rows",
        result.hash,
        result.spec.bars.fingerprint,
        "Version of numpy",
    ):
        assert part in text, part


def test_a_best_has_its_trials_deflated_sharpe_and_overfitting_beside_it(full):
    page = Page(full[1])
    assert re.search(r"Trials\s+120", page.text)
    assert re.search(r"Deflated Sharpe\s+61\.0%", page.text)
    assert re.search(r"Overfitting \(PBO\)\s+34\.0%", page.text)
    assert re.search(r"Best of 120 trials", page.text)


def test_a_run_without_its_sweep_says_that_its_trials_are_not_known():
    assert "how many variants came before is not known" in Page(report_html(make_result())).text


def test_tables_have_captions_and_scoped_headings(full):
    page = Page(full[1])
    assert len(page.all("caption")) == len(page.all("table"))
    assert {th.get("scope") for th in page.all("th")} == {"col", "row"}
    assert [tag for tag, _ in page.elements].count("h1") == 1
    for svg in page.all("svg"):
        assert svg["role"] == "img"
        assert svg["aria-label"]
    for region in page.all("div"):
        if region.get("role") == "region":
            assert region["aria-label"]
            assert region["tabindex"] == "0"


def test_the_chart_library_is_named_with_its_link(full):
    text = Page(full[1]).text
    assert "TradingView Lightweight Charts" in text
    assert "Copyright (c) 2023-2026 TradingView, Inc." in text


def test_the_vendored_library_is_the_published_file_with_its_licence():
    code = _static("lightweight-charts.js").encode()
    assert hashlib.sha256(code).hexdigest() == VENDORED
    assert "Apache License" in _static("lightweight-charts-LICENSE.txt")
    assert "https://www.tradingview.com/" in _static("lightweight-charts-NOTICE.txt")


def download(html):
    link = next(a for a in Page(html).all("a") if "download" in a)
    head, _, body = link["href"].partition(",")
    return link["download"], head, base64.b64decode(body)


def test_all_trades_can_be_saved_with_every_digit():
    result = make_result(make_bars(500))
    name, head, data = download(report_html(result))
    assert (name, head) == ("trades.csv", "data:text/csv;base64")
    # numbers as text first: what a reader makes of digits differs between its versions
    frame = pd.read_csv(
        io.BytesIO(data),
        parse_dates=["entry_time", "exit_time"],
        dtype={"pnl": str, "entry_price": str},
    )
    trades = result.trades_columns
    assert len(frame) == len(trades)
    np.testing.assert_array_equal(frame["pnl"].map(float), trades.pnl)
    np.testing.assert_array_equal(frame["entry_price"].map(float), trades.entry_price)
    assert frame["entry_time"].dt.tz is not None
    assert frame["exit_reason"].iloc[-1] == "open"


def test_a_large_file_of_trades_is_compressed():
    result = make_result(make_bars(20_000), every=10)
    name, _, data = download(report_html(result))
    assert name == "trades.csv.gz"
    assert len(gzip.decompress(data).splitlines()) == result.n_trades + 1


def test_a_long_run_stays_small_and_says_what_it_merged():
    result = make_result(make_bars(200_000), every=40)
    html = report_html(result)
    assert len(html) < 3_000_000
    assert "200,000 bars are drawn as" in Page(html).text


def test_the_chart_has_one_value_for_each_place():
    bars = make_bars(300, missing=(10, 11))
    html = report_html(make_result(bars))
    data = json.loads(next(s for s in Page(html).scripts if s.startswith('{"backtest"')))[
        "backtest"
    ]
    lengths = {
        len(data[name])
        for name in ("times", "open", "high", "low", "close", "equity", "drawdown", "held")
    }
    assert lengths == {300}
    assert data["close"][10] is None
    assert max(data["trades"]["exit"]) == 299


def test_a_run_without_trades_is_still_a_report():
    bars = make_bars(4)
    result = make_result(bars, optimistic=False)
    empty = {name: values[:0] for name, values in result.trades_columns.columns().items()}
    quiet = make_result(bars, optimistic=False)
    object.__setattr__(quiet, "trades_columns", type(result.trades_columns)(**empty))
    object.__setattr__(quiet, "final_equity", 10_000.0)
    text = Page(report_html(quiet)).text
    assert "There was no trade." in text


def test_a_sweep_alone_has_a_map_a_histogram_and_the_best_rows():
    page = Page(report_html(make_sweep()))
    labels = [svg["aria-label"] for svg in page.all("svg")]
    assert any("Heat map" in label for label in labels)
    assert any("Histogram" in label for label in labels)
    assert "in sample, picked after the fact" in page.text
    assert "Copyright (c) 2023-2026 TradingView" not in page.text


def test_a_sweep_without_a_known_value_has_no_best():
    sweep = make_sweep()
    sweep.metrics["sharpe"][:] = np.nan
    assert "No trial has a known value" in Page(report_html(sweep)).text


def test_a_walk_forward_alone_shows_its_folds():
    page = Page(report_html(make_walk(4), title="Mine"))
    assert "Mine" in page.text
    assert re.search(r"Folds with a gain\s+\d of 4", page.text)
    assert "only test periods count here" in page.text


def test_a_walk_forward_may_carry_its_sweep_and_a_sweep_its_walk_forward():
    for html in (
        report_html(make_walk(), sweep=make_sweep()),
        report_html(make_sweep(), walk_forward=make_walk()),
    ):
        page = Page(html)
        ids = {attributes.get("id") for _, attributes in page.elements}
        assert {"sweep", "walk-forward", "walk-chart"} <= ids
        assert not page.unclosed


def test_a_tiny_price_keeps_its_digits_in_the_chart():
    price = np.full(50, 0.0000123456)
    bars = Bars(
        "PEPE/USDT",
        "1h",
        open_ns=START_NS + HOUR_NS * np.arange(50),
        open=price,
        high=price,
        low=price,
        close=price,
        volume=price,
    )
    data = next(
        s for s in Page(report_html(make_result(bars))).scripts if s.startswith('{"backtest"')
    )
    assert json.loads(data)["backtest"]["decimals"] == 10
