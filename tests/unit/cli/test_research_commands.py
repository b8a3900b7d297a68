"""`backtest`, `sweep` and `demo` print what the library returns."""

from __future__ import annotations

import json

import pytest

from algotrendy import sample
from algotrendy.cli import demo
from algotrendy.runtime.research import backtest, sweep
from algotrendy.strategies.sma_cross import sma_cross

BARS = sample.load("MSFT")


def test_backtest_gives_the_librarys_numbers(run):
    shown = run(
        "backtest", "--sample", "MSFT", "-p", "fast=10", "slow=100", "--fee", "0.001",
        "--slippage", "0.0005", "--stop-loss", "0.05", "--take-profit", "0.1", "--cash", "5000", "--json",
    )  # fmt: skip
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    expected = backtest(
        sma_cross, BARS, params={"fast": 10, "slow": 100}, fees=0.001, slippage=0.0005,
        stop_loss=0.05, take_profit=0.1, cash=5000.0,
    )  # fmt: skip
    assert found["final_equity"] == expected.final_equity
    assert found["metrics"]["sharpe"] == expected.metrics.sharpe
    assert found["hash"] == expected.hash
    assert found["params"] == {"fast": 10, "slow": 100}


def test_backtest_prints_a_table_and_writes_a_report(run, tmp_path):
    shown = run("backtest", "--sample", "ibm", "--report", "out.html")
    assert shown.code == 0, shown.err
    assert "Sharpe ratio" in shown.out
    assert f"report: {tmp_path / 'out.html'}" in shown.out
    assert (tmp_path / "out.html").read_text("utf-8").startswith("<!")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "exactly one of FILE"),
        (("--sample", "MSFT", "--store", "A", "1d"), "exactly one of FILE"),
        (("--sample", "MSFT", "--from", "2030-01-01"), "no bars from 2030-01-01"),
        (("--sample", "MSFT", "-p", "fst=3"), "did you mean 'fast'"),
        (("--sample", "MSFT", "--fill", "next_opn"), "did you mean 'next_open'"),
        (("--sample", "MSFT", "--size", "2"), "--leverage 2"),
        (("--sample", "MSFT", "--size", "risk:0.01"), "--stop-loss 0.02"),
        (("--sample", "MSFT", "--fee", "5"), "10 basis points"),
        (("nothing.csv",), "nothing.csv"),
        (("notes.doc",), ".parquet"),
        (("--sample", "MSFT", "--report", "no/such/folder/r.html"), "r.html"),
    ],
)
def test_a_wrong_backtest_is_one_clean_line(run, tmp_path, more, says):
    (tmp_path / "notes.doc").write_text("x")
    shown = run("backtest", *more)
    assert shown.code == 2
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_a_range_cuts_the_bars(run):
    shown = run(
        "backtest", "--sample", "MSFT", "--from", "2005-01-01", "--to", "2006-01-01", "--json"
    )
    found = json.loads(shown.out)
    assert found["bars"] == 252


def test_a_parquet_file_is_read(run, tmp_path):
    BARS.to_pandas().reset_index().to_parquet(tmp_path / "bars.parquet")
    shown = run("backtest", "bars.parquet", "--symbol", "MSFT", "--timeframe", "1d", "--json")
    assert shown.code == 0, shown.err
    assert json.loads(shown.out)["final_equity"] == backtest(sma_cross, BARS).final_equity


def test_sweep_gives_the_librarys_numbers(run):
    shown = run(
        "sweep", "--sample", "MSFT", "-p", "fast=5:20:5", "slow=50,100", "--fee", "0.001", "--json",
        "--where", "fast * 6 <= slow", "--top", "3",
    )  # fmt: skip
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    expected = sweep(
        sma_cross, BARS, fees=0.001, where=lambda fast, slow: fast * 6 <= slow,
        fast=[5, 10, 15, 20], slow=[50, 100],
    )  # fmt: skip
    assert found["n_trials"] == expected.n_trials == 4
    assert found["n_left_out"] == 4
    assert found["best"]["params"] == dict(expected.best.params)
    assert found["best"]["deflated_sharpe"] == expected.best.deflated_sharpe
    assert len(found["top"]) == 3
    assert found["top"][0]["sharpe"] == expected.metrics["sharpe"][expected.order[0]]


def test_a_best_is_never_shown_without_its_trial_count_and_deflated_sharpe(run, tmp_path):
    shown = run("sweep", "--sample", "MSFT", "-p", "fast=5:20:5", "slow=50", "--report", "s.html")
    assert shown.code == 0, shown.err
    assert "chosen from 4 trials" in shown.out
    assert "deflated Sharpe ratio" in shown.out
    assert (tmp_path / "s.html").exists()


def test_a_single_value_is_fixed_and_not_swept(run):
    shown = run("sweep", "--sample", "MSFT", "-p", "fast=5:20:5", "slow=50", "--json")
    assert list(json.loads(shown.out)["best"]["params"]) == ["fast"]


def test_two_jobs_and_a_journal_give_the_same(run, tmp_path):
    words = ("sweep", "--sample", "MSFT", "-p", "fast=5:20:5", "slow=50,100", "--json")
    alone = json.loads(run(*words).out)
    shown = run(*words, "--jobs", "2", "--journal", "sweep.journal")
    assert shown.code == 0, shown.err
    assert json.loads(shown.out)["top"] == alone["top"]
    assert (tmp_path / "sweep.journal").exists()
    assert json.loads(run(*words, "--journal", "sweep.journal").out)["top"] == alone["top"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "at least one range"),
        (("-p", "fast=5"), "at least one range"),
        (("-p", "fst=5:10"), "fst"),
        (("-p", "fast=5:10", "--where", "fst < 3"), "did you mean 'fast'"),
        (("-p", "fast=5:10", "--where", "open('x')"), "Call is not understood"),
        (("-p", "fast=5:10", "--metric", "sharp"), "did you mean 'sharpe'"),
        (("-p", "fast=5:10", "--jobs", "0"), "--jobs"),
        (("-p", "fast=5:10", "--top", "0"), "--top"),
    ],
)
def test_a_wrong_sweep_is_one_clean_line(run, more, says):
    shown = run("sweep", "--sample", "MSFT", *more)
    assert shown.code == 2
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_the_demo_prints_lines_that_do_what_it_did(run, tmp_path, capsys):
    shown = run("demo", "--home", "place", "--report", "demo.html")
    assert shown.code == 0, shown.err
    assert f"report: {tmp_path / 'demo.html'}" in shown.out
    assert "chosen from 203 trials" in shown.out
    assert [line[:3] for line in shown.err.splitlines()] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    page = (tmp_path / "demo.html").read_text("utf-8")
    (tmp_path / "demo.html").unlink()
    start = shown.out.index("import algotrendy as at")
    code = shown.out[start : shown.out.index("report: ", start)]
    assert code == demo.source(tmp_path / "place", tmp_path / "demo.html")
    names: dict[str, object] = {}
    exec(compile(code, "demo", "exec"), names)  # noqa: S102 - the point of the test
    again = (tmp_path / "demo.html").read_text("utf-8")
    assert again == page
    capsys.readouterr()


def test_the_demo_takes_a_temporary_home_by_default(run, tmp_path, monkeypatch):
    monkeypatch.setattr(demo.tempfile, "tempdir", str(tmp_path))
    shown = run("demo")
    assert shown.code == 0, shown.err
    assert f"store:  {tmp_path}" in shown.out
    assert (tmp_path / "report.html").exists()


def test_what_a_person_must_know_is_printed(run):
    shown = run(
        "backtest", "--sample", "MSFT", "--fee", "0.001", "--slippage", "0.001",
        "--stop-loss", "0.01", "--take-profit", "0.01",
    )  # fmt: skip
    assert "hinge on the path inside a bar: final equity lies between" in shown.out
    assert "costs inside: fees" in shown.out
    assert "fills at next_open" in shown.out
    refused = run("backtest", "--sample", "MSFT", "--size", "notional:50000")
    assert "entries were refused or resized" in refused.out


def test_a_pending_decision_and_missing_bars_are_printed(run, tmp_path):
    bars = sample.random_walk(400, seed=3, timeframe="1h", symbol="BTC/USDT")
    frame = bars.to_pandas()
    last = next(
        k for k in range(300, 0, -1) if sma_cross(bars[:k]).values[-2:].tolist() == [False, True]
    )
    frame.iloc[[*range(100), *range(110, last)]].to_csv(tmp_path / "cut.csv")
    shown = run("backtest", "cut.csv", "--symbol", "BTC/USDT", "--timeframe", "1h")
    assert shown.code == 0, shown.err
    assert "10 bars are missing" in shown.out
    assert "pending" in shown.out
