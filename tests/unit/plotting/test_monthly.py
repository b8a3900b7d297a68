from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from algotrendy.errors import InvalidValue
from algotrendy.plotting.monthly import monthly_returns


def times(*days):
    return np.array(days, dtype="datetime64[ns]").astype(np.int64)


def test_months_compound_from_the_last_value_before_them():
    made = monthly_returns(
        np.array([110.0, 121.0, 60.5]),
        times("2023-11-05", "2023-11-30", "2023-12-31"),
        initial=100.0,
    )
    assert made.years.tolist() == [2023]
    assert made.months[0, 10] == pytest.approx(0.21)
    assert made.months[0, 11] == pytest.approx(-0.5)
    assert made.totals[0] == pytest.approx(-0.395)
    assert np.isnan(made.months[0, :10]).all()


def test_a_month_without_bars_is_unknown_and_the_next_spans_it():
    made = monthly_returns(
        np.array([110.0, 132.0]), times("2022-12-31", "2023-02-01"), initial=100.0
    )
    assert made.years.tolist() == [2022, 2023]
    assert np.isnan(made.months[1, 0])
    assert made.months[1, 1] == pytest.approx(0.2)


def test_a_year_without_bars_stands_empty():
    made = monthly_returns(np.array([1.0, 2.0]), times("2020-01-01", "2022-01-01"), initial=1.0)
    assert made.years.tolist() == [2020, 2021, 2022]
    assert np.isnan(made.totals[1])


def test_lost_equity_leaves_later_months_unknown():
    made = monthly_returns(np.array([0.0, 5.0]), times("2023-01-31", "2023-02-28"), initial=10.0)
    assert made.months[0, 0] == -1.0
    assert np.isnan(made.months[0, 1])


def test_pandas_agrees_on_a_random_walk():
    seed = 11
    dice = np.random.default_rng(seed)
    index = pd.date_range("2021-03-07", periods=9_000, freq="3h", tz="UTC")
    equity = 1_000 * np.exp(np.cumsum(dice.normal(0, 0.01, len(index))))
    made = monthly_returns(equity, index.as_unit("ns").asi8, initial=1_000.0)
    closing = pd.Series(equity, index=index).resample("ME").last()
    expected = closing / closing.shift(fill_value=1_000.0) - 1
    known = made.months[np.isfinite(made.months)]
    np.testing.assert_allclose(known, expected.to_numpy(), rtol=1e-12, err_msg=f"seed {seed}")
    assert np.prod(1 + made.totals) == pytest.approx(equity[-1] / 1_000)


@pytest.mark.parametrize("size", [0, 2])
def test_lengths_that_differ_are_refused(size):
    with pytest.raises(InvalidValue, match="equity"):
        monthly_returns(np.ones(size), np.zeros(min(size, 1), dtype=np.int64), initial=1.0)
