from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from algotrendy import sample
from algotrendy.errors import InvalidValue, UnknownName


@pytest.mark.parametrize("name", sample.names())
def test_every_sample_is_daily_bars_of_years(name):
    bars = sample.load(name)
    assert str(bars.symbol) == name
    assert str(bars.timeframe) == "1d"
    assert len(bars) > 2000
    assert bars.sources == ("quandl-wiki",)
    assert bars.periods_per_year == 252


def test_names_are_read_in_any_case():
    assert sample.load("msft") == sample.load("MSFT")


def test_a_typo_is_met_with_close_names():
    with pytest.raises(UnknownName, match="did you mean 'AAPL'"):
        sample.load("APPL")


def test_adjustment_removes_the_split_and_keeps_traded_value():
    printed, adjusted = sample.load("AAPL", adjusted=False), sample.load("AAPL")
    worst = np.diff(np.log(printed.close)).min()
    assert worst < -0.6, "the split of June 2000 is a jump in printed prices"
    day = int(np.searchsorted(printed.times, np.datetime64("2005-02-28")))
    assert printed.close[day] / printed.close[day - 1] < 0.6
    assert adjusted.close[day] / adjusted.close[day - 1] == pytest.approx(1.0, abs=0.05)
    assert adjusted.close * adjusted.volume == pytest.approx(printed.close * printed.volume)


def test_printed_prices_are_those_of_the_file():
    bars = sample.load("AAPL", adjusted=False)
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (
        118.56,
        132.06,
        118.5,
        130.31,
    )
    assert str(bars.times[0].astype("datetime64[D]")) == "2000-03-01"


def test_sources_name_every_file_with_its_rows():
    text = files("algotrendy.sample").joinpath("SOURCES.md").read_text()
    for name in sample.names():
        assert f"`{name}.csv.gz`" in text
        assert f"| {len(sample.load(name)):,} |" in text
    assert "Public domain" in text


def test_shipped_files_stay_below_a_megabyte():
    total = sum(
        len(files("algotrendy.sample").joinpath(f"{name}.csv.gz").read_bytes())
        for name in sample.names()
    )
    assert total < 1_000_000


def test_loading_needs_no_heavy_package():
    code = (
        "import sys; from algotrendy import sample; sample.load('MSFT');"
        "sys.exit(bool({'pandas', 'pyarrow', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("timeframe", ["1s", "1m", "7h", "1d", "1w", "1M", "3M"])
def test_random_walk_is_valid_and_gapless_on_every_grid(timeframe):
    bars = sample.random_walk(50, seed=3, timeframe=timeframe)
    assert len(bars) == 50
    if not timeframe.endswith("M"):
        assert (np.diff(bars.open_ns) == bars.timeframe.ns).all()


def test_random_walk_is_the_same_for_a_seed_and_says_that_it_is_synthetic():
    one, same, other = (sample.random_walk(100, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one != other
    assert one.sources == ("synthetic",)
    assert str(one.symbol) == "RANDOM"


def test_random_walk_has_the_volatility_that_was_asked_for_and_no_drift():
    bars = sample.random_walk(200_000, seed=5, timeframe="1h", symbol="BTC/USDT", volatility=0.8)
    returns = np.diff(np.log(bars.close))
    assert returns.std(ddof=1) * np.sqrt(bars.periods_per_year) == pytest.approx(0.8, rel=0.02)
    assert abs(np.expm1(returns).mean()) < 4 * returns.std() / np.sqrt(len(returns))
    assert (bars.open[1:] == bars.close[:-1]).all()


@pytest.mark.parametrize(
    "wrong", [{"n": 0}, {"seed": -1}, {"volatility": 0.0}, {"start_price": float("inf")}]
)
def test_random_walk_refuses_nonsense(wrong):
    with pytest.raises(InvalidValue, match=next(iter(wrong))):
        sample.random_walk(**{"n": 5, "seed": 1, **wrong})
