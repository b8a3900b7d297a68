from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.drawdown import max_drawdown
from algotrendy.analytics.ratios import calmar_ratio, sharpe_ratio, sortino_ratio
from algotrendy.analytics.returns import cagr, cumulative_returns, total_return, volatility
from algotrendy.analytics.table import TABLE_METRICS, metrics_table
from algotrendy.errors import InvalidValue, UnknownName

YEAR = 252.0


def by_scalar_functions(row, rate=0.0):
    return {
        "total_return": total_return(row),
        "cagr": cagr(row, periods_per_year=YEAR),
        "volatility": volatility(row, periods_per_year=YEAR),
        "sharpe": sharpe_ratio(row, periods_per_year=YEAR, risk_free=rate),
        "sortino": sortino_ratio(row, periods_per_year=YEAR, target=rate),
        "max_drawdown": max_drawdown(cumulative_returns(twins.known(row)), initial=1.0),
        "calmar": calmar_ratio(row, periods_per_year=YEAR),
    }


def agrees(curves, rate=0.0, **more):
    found = metrics_table(curves, periods_per_year=YEAR, risk_free=rate, **more)
    assert tuple(found) == TABLE_METRICS
    for at, row in enumerate(curves):
        for name, expected in by_scalar_functions(row, rate).items():
            assert found[name][at] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), (
                name,
                at,
            )


RETURN = st.integers(-900, 1000).map(lambda x: x / 10_000)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(
            st.lists(RETURN, min_size=n * 17, max_size=n * 17), min_size=1, max_size=5
        )
    ),
    st.sampled_from([0.0, 0.05]),
    st.sampled_from([1, 400, 1 << 20]),
)
def test_a_table_equals_the_scalar_functions(rows, rate, max_bytes):
    agrees(np.array(rows), rate, max_bytes=max_bytes)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.one_of(RETURN, st.just(math.nan)), max_size=70), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.05]),
)
def test_rows_of_any_length_and_with_gaps_equal_the_scalar_functions(rows, rate):
    agrees(rows, rate)


@pytest.mark.parametrize("days", [1, 2, 29, 30, 31, 59, 60, 61, 397, 2520, 9000])
@pytest.mark.parametrize("drift", [-0.01, 0.0, 0.02])
def test_long_rows_equal_the_scalar_functions(days, drift):
    dice = np.random.default_rng(days)
    agrees(np.clip(dice.normal(drift, 0.02, (5, days)), -0.5, 0.5))


def test_a_deep_fall_inside_a_stretch_that_makes_a_new_high_is_found():
    row = np.full(120, 0.001)
    row[64], row[65:70] = -0.5, 0.3
    agrees(row[None])


def test_rows_that_lose_everything_or_more_equal_the_scalar_functions():
    dice = np.random.default_rng(3)
    rows = dice.normal(0.0, 0.02, (4, 200))
    rows[0, 77], rows[1, 5], rows[1, 120], rows[2, 199] = -1.0, -1.5, -2.0, -3.0
    agrees(rows)


def test_rows_that_hardly_vary_lose_no_digits():
    dice = np.random.default_rng(4)
    agrees(0.01 + dice.normal(0.0, 1e-7, (3, 400)))
    agrees(np.abs(dice.normal(0.0, 0.01, (3, 400))) - 1e-9)
    agrees(np.full((2, 50), 0.01))
    agrees(np.zeros((2, 50)))


def test_a_transposed_frame_is_read_as_it_stands():
    by_day = np.random.default_rng(5).normal(0.0, 0.01, (300, 7))
    agrees(by_day.T)


def test_only_what_is_asked_for_is_given_in_that_order():
    rows = np.random.default_rng(6).normal(0.0, 0.01, (3, 50))
    found = metrics_table(rows, periods_per_year=YEAR, metrics=("calmar", "sharpe"))
    whole = metrics_table(rows, periods_per_year=YEAR)
    assert tuple(found) == ("calmar", "sharpe")
    np.testing.assert_array_equal(found["calmar"], whole["calmar"])
    np.testing.assert_array_equal(found["sharpe"], whole["sharpe"])


@pytest.mark.parametrize("names", [("calmar",), ("volatility",), ()])
def test_half_of_the_work_gives_the_same_figures(names):
    rows = np.random.default_rng(6).normal(0.0, 0.01, (3, 50))
    found = metrics_table(rows, periods_per_year=YEAR, metrics=names)
    whole = metrics_table(rows, periods_per_year=YEAR)
    assert tuple(found) == names
    for name in names:
        np.testing.assert_array_equal(found[name], whole[name])


def test_no_curves_give_empty_columns_and_empty_curves_give_nan():
    assert all(len(x) == 0 for x in metrics_table(np.empty((0, 9)), periods_per_year=1).values())
    assert all(len(x) == 0 for x in metrics_table([], periods_per_year=1).values())
    empty = metrics_table([[], []], periods_per_year=1)
    assert all(np.isnan(x).all() and len(x) == 2 for x in empty.values())


def test_the_size_of_a_block_changes_nothing_beyond_rounding():
    rows = np.random.default_rng(7).normal(0.0, 0.01, (50, 333))
    one, other = (metrics_table(rows, periods_per_year=1, max_bytes=b) for b in (1, 1 << 30))
    for name in TABLE_METRICS:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12)


def test_the_input_is_left_as_it_was():
    rows = np.random.default_rng(8).normal(0.0, 0.01, (4, 40))
    before = rows.copy()
    metrics_table(rows, periods_per_year=1, risk_free=0.1)
    np.testing.assert_array_equal(rows, before)


def test_an_infinity_is_refused_with_row_and_column():
    rows = np.zeros((9, 4))
    rows[7, 2] = math.inf
    with pytest.raises(InvalidValue, match="row 7, column 2"):
        metrics_table(rows, periods_per_year=1, max_bytes=64)


def test_bad_calls_are_refused():
    with pytest.raises(UnknownName, match="sharpe"):
        metrics_table(np.zeros((1, 2)), periods_per_year=1, metrics=("sharp",))
    with pytest.raises(InvalidValue, match="two dimensions"):
        metrics_table(np.zeros(3), periods_per_year=1)
    with pytest.raises(InvalidValue, match="two dimensions"):
        metrics_table([[[0.1, 0.2]]], periods_per_year=1)
    with pytest.raises(InvalidValue, match="max_bytes"):
        metrics_table(np.zeros((1, 2)), periods_per_year=1, max_bytes=0)
    with pytest.raises(InvalidValue, match="periods_per_year"):
        metrics_table(np.zeros((1, 2)), periods_per_year=0)
