from __future__ import annotations

import json

import numpy as np
import pytest
from tests.unit.channels.binance_server import Fault, Venue, plain_rows, serve

from algotrendy.cli.data import open_store
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

FIRST = 1_704_067_200_000  # 2024-01-01
HOUR_MS = 3_600_000
BTC, HOUR = Symbol.parse("BTC/USDT"), Timeframe.parse("1h")


@pytest.fixture
def venue():
    rows = plain_rows(FIRST, 2_500, HOUR_MS)
    with serve(Venue({("BTCUSDT", "1h"): rows}, FIRST + 1_200 * HOUR_MS + 5)) as running:
        yield running


def words(venue, *more, home="home"):
    return (
        "fetch", "binance", "BTC/USDT", "1h", "--into", home, "--base-url", venue.url, *more,
    )  # fmt: skip


def stored(tmp_path):
    return open_store(tmp_path / "home").read(BTC, HOUR, 0, 2**63 - 1)


def test_bars_come_into_the_store_and_are_told(run, venue, tmp_path):
    shown = run(*words(venue, "--from", "2024-01-01"))
    assert shown.code == 0, shown.err
    assert "1,200 BTC/USDT 1h bars" in shown.out
    assert "fetched 1,200 bars" in shown.err
    bars = stored(tmp_path)
    assert bars.open.tolist() == [100.0 + i for i in range(1_200)]
    assert bars.sources == ("binance",)


def test_a_second_fetch_goes_on_after_the_last_bar(run, venue, tmp_path):
    run(*words(venue, "--from", "2024-01-01"))
    venue.requests.clear()
    venue.now_ms = FIRST + 1_300 * HOUR_MS
    shown = run(*words(venue))
    assert shown.code == 0, shown.err
    assert "fetched 100 bars" in shown.err
    assert "only what was missing, from 2024-02-20T00:00:00Z on" in shown.err
    starts = [int(q["startTime"]) for path, q in venue.requests if path.endswith("klines")]
    assert min(starts) > FIRST + 1_199 * HOUR_MS
    assert (np.diff(stored(tmp_path).open_ns) == HOUR.ns).all()


def test_an_earlier_start_fills_what_lies_before(run, venue, tmp_path):
    run(*words(venue, "--from", "2024-02-01"))
    run(*words(venue, "--from", "2024-01-01"))
    assert stored(tmp_path).open.tolist() == [100.0 + i for i in range(1_200)]


def test_a_fetch_that_breaks_keeps_what_it_had(run, venue, tmp_path):
    venue.faults = []
    good = venue.answer
    calls = []

    def breaking(path, query):
        calls.append(path)
        if path.endswith("klines") and len([c for c in calls if c.endswith("klines")]) == 2:
            return 400, {"code": -1100, "msg": "Illegal characters."}
        return good(path, query)

    venue.answer = breaking
    shown = run(*words(venue, "--from", "2024-01-01"))
    assert shown.code == 2
    assert "Illegal characters" in shown.err
    assert len(stored(tmp_path)) == 1_000
    venue.answer = good
    assert run(*words(venue)).code == 0
    assert len(stored(tmp_path)) == 1_200


def test_a_failure_that_passes_is_waited_for(run, venue, tmp_path):
    venue.faults = [Fault(429, b"", {"Retry-After": "0"}), Fault(200, b"<html>")]
    assert run(*words(venue, "--from", "2024-02-01")).code == 0
    assert len(stored(tmp_path)) == 1_200 - 31 * 24


def test_a_range_is_half_open(run, venue, tmp_path):
    run(*words(venue, "--from", "2024-01-02", "--to", "2024-01-03"))
    bars = stored(tmp_path)
    assert len(bars) == 24
    assert bars.open[0] == 124.0


def test_json_tells_what_is_stored(run, venue, tmp_path):
    shown = run(*words(venue, "--from", "2024-01-01", "--json"))
    assert json.loads(shown.out) == {
        "home": str(tmp_path / "home"), "symbol": "BTC/USDT", "timeframe": "1h", "bars": 1_200,
        "first": "2024-01-01T00:00:00Z", "last": "2024-02-19T23:00:00Z",
    }  # fmt: skip


def test_a_typo_names_what_is_close(run, venue):
    shown = run(
        "fetch", "binance", "BTC/USDTT", "1h", "--from", "2024-01-01", "--base-url", venue.url,
        "--into", "home",
    )  # fmt: skip
    assert shown.code == 2
    assert "did you mean BTC/USDT?" in shown.err
    assert "[data.no_data]" in shown.err


def test_nothing_in_the_range_is_said(run, venue):
    shown = run(*words(venue, "--from", "2024-12-01", "--to", "2024-12-02"))
    assert shown.code == 0
    assert "no BTC/USDT 1h bars" in shown.out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("fetch", "binance", "BTC/USDT"), "SYMBOL TF"),
        (("fetch", "binance", "BTC/USDT", "1h"), "--from 2024-01-01"),
        (("fetch", "binanse", "BTC/USDT", "1h", "--from", "2024-01-01"), "did you mean 'binance'"),
        (("fetch", "binance", "BTC/USDT", "1x", "--from", "2024-01-01"), "timeframe"),
        (
            ("fetch", "binance", "BTC/USDT", "1h", "--from", "2024-01-02", "--to", "2024-01-01"),
            "before",
        ),
        (("fetch", "file", "nothing.csv", "AAPL", "1d"), "nothing.csv"),
        (("fetch", "file", "x.csv"), "PATH SYMBOL TF"),
    ],
)
def test_what_cannot_be_fetched_is_said_before_anything_is_asked(run, more, says):
    shown = run(*more, "--into", "home")
    assert shown.code == 2
    assert says in shown.err


CSV = (
    "time,open,high,low,close,volume\n2024-01-01T00:00Z,1,3,1,2,10\n2024-01-02T00:00Z,2,4,2,3,10\n"
)


def test_a_file_comes_into_the_store_and_can_be_tested(run, tmp_path):
    (tmp_path / "bars.csv").write_text(CSV)
    shown = run("fetch", "file", "bars.csv", "ACME", "1d", "--into", "home")
    assert shown.code == 0, shown.err
    assert "2 ACME 1d bars" in shown.out
    again = run("fetch", "file", "bars.csv", "ACME", "1d", "--into", "home")
    assert "2 ACME 1d bars" in again.out, "importing twice is importing once"
    listed = run("backtest", "--store", "ACMD", "1d", "--home", "home")
    assert "it holds ACME 1d" in listed.err


def test_times_without_a_zone_need_one(run, tmp_path):
    (tmp_path / "bars.csv").write_text(CSV.replace("Z,", ","))
    refused = run("fetch", "file", "bars.csv", "ACME", "1d", "--into", "home")
    assert refused.code == 2
    assert "--assume-timezone UTC" in refused.err
    taken = run(
        "fetch", "file", "bars.csv", "ACME", "1d", "--into", "home", "--assume-timezone", "UTC"
    )
    assert taken.code == 0, taken.err
