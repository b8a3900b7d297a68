from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shared_data import shared_path
from tests.unit.model.made_bars import columns, made

from algotrendy.errors import Unsupported
from algotrendy.model.bars import Bars
from algotrendy.model.gaps import Gap, count_missing, find_gaps
from algotrendy.model.timeframe import Calendar, Timeframe


@given(
    st.sampled_from(["1m", "1h", "1d", "1w", "1M", "3M"]).map(Timeframe.parse),
    st.sets(st.integers(0, 60), min_size=1),
)
def test_gaps_are_exactly_the_grid_times_that_are_not_there(timeframe, present):
    origin = timeframe.floor(np.array([1_704_067_200 * 10**9]))
    grid = np.concatenate([timeframe.following(origin, at) for at in range(61)])
    kept = sorted(present)
    times = grid[kept]
    absent = [at for at in range(kept[0], kept[-1] + 1) if at not in present]
    gaps = find_gaps(times, timeframe)
    assert count_missing(times, timeframe) == len(absent) == sum(gap.n_bars for gap in gaps)
    listed = [at for gap in gaps for at in range(61) if gap.start_ns <= grid[at] < gap.end_ns]
    assert listed == absent


def test_no_bars_have_no_gaps():
    bars = made(10)[:0]
    assert bars.n_missing == 0
    assert bars.gaps() == ()


def test_a_gap_tells_its_times():
    assert (
        str(Gap(0, 120 * 10**9, 2)) == "2 bars from 1970-01-01T00:00:00Z up to 1970-01-01T00:02:00Z"
    )


def test_where_there_are_sessions_gaps_are_not_assessed():
    bars = made(10, symbol="AAPL")
    assert bars.n_missing is None
    with pytest.raises(Unsupported, match="US_EQUITY.*closed sessions"):
        bars.gaps()
    assert made(10, symbol="AAPL", calendar=Calendar.CRYPTO).n_missing == 0


def test_for_many_symbols_a_missing_row_is_one_that_no_symbol_has():
    times = np.array([0, 2, 3]) * 60 * 10**9
    two = {name: np.column_stack([values, values]) for name, values in columns(3).items()}
    for values in two.values():
        values[1, 0] = np.nan
    bars = Bars(["A/B", "C/D"], "1m", open_ns=times, **two)
    assert bars.n_missing == 1
    assert bars["A/B"].n_missing == 2


@pytest.mark.parametrize(
    ("file", "missing", "runs"),
    [
        ("binance_BTCUSDT_1m_2023-03-16_2023-05-01", 80, 1),
        ("binance_ETHUSDT_1h", 127, 27),
        ("freqtrade_ADABTC_5m", 40, None),
        ("binance_AVAXUSDT_1m_2023-02_full", 0, 0),
    ],
)
def test_outages_of_real_exchanges_are_found(file, missing, runs):
    bars = Bars.from_parquet(shared_path(f"data/candles/{file}.parquet"))
    assert bars.n_missing == missing
    gaps = bars.gaps()
    assert sum(gap.n_bars for gap in gaps) == missing
    if runs is not None:
        assert len(gaps) == runs
