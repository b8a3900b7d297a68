from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.returns import (
    cagr,
    cumulative_returns,
    log_returns,
    simple_returns,
    stability,
    total_return,
    volatility,
)
from algotrendy.errors import InvalidValue

RETURNS = st.lists(st.floats(-0.5, 0.5), max_size=60)
GAPPED = st.lists(st.one_of(st.floats(-0.5, 0.5), st.just(math.nan)), max_size=60)


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


def test_simple_returns_start_from_the_cash_where_it_is_given():
    np.testing.assert_allclose(simple_returns([110.0, 99.0], initial=100.0), [0.1, -0.1])
    np.testing.assert_allclose(simple_returns([110.0, 99.0]), [-0.1])


def test_simple_returns_of_nothing_are_nothing():
    assert len(simple_returns([])) == 0
    assert len(simple_returns([], initial=1.0)) == 0
    assert len(simple_returns([5.0])) == 0


def test_there_is_no_return_after_a_loss_of_everything():
    found = simple_returns([50.0, 0.0, 10.0], initial=100.0)
    np.testing.assert_allclose(found, [-0.5, -1.0, math.nan])


def test_a_gap_in_the_equity_makes_the_returns_beside_it_unknown():
    np.testing.assert_allclose(simple_returns([1.0, math.nan, 2.0, 3.0]), [math.nan, math.nan, 0.5])


@pytest.mark.parametrize("initial", [0.0, -1.0, math.nan, math.inf])
def test_the_first_equity_must_be_above_zero(initial):
    with pytest.raises(InvalidValue, match="initial"):
        simple_returns([1.0], initial=initial)


def test_log_returns_add_up_where_simple_returns_compound():
    equity = [110.0, 99.0, 121.0]
    assert log_returns(equity, initial=100.0).sum() == near(math.log(1.21))
    assert np.isnan(log_returns([1.0, 0.0])).all()


@settings(deadline=None)
@given(RETURNS)
def test_a_curve_and_its_returns_turn_into_one_another(values):
    curve = cumulative_returns(values, start=250.0)
    np.testing.assert_allclose(curve, twins.curve(values, 250.0), rtol=1e-12)
    np.testing.assert_allclose(simple_returns(curve, initial=250.0), values, atol=1e-12)


def test_a_missing_return_leaves_the_curve_where_it_was():
    np.testing.assert_allclose(cumulative_returns([0.1, math.nan, 0.1]), [1.1, 1.1, 1.21])


@settings(deadline=None)
@given(GAPPED, st.floats(0.5, 400.0))
def test_growth_is_that_of_the_loop(values, periods):
    assert total_return(values) == near(twins.total_return(values))
    assert cagr(values, periods_per_year=periods) == near(twins.cagr(values, periods))
    assert volatility(values, periods_per_year=periods) == near(twins.volatility(values, periods))


def test_growth_of_one_period_a_year_is_that_period():
    assert cagr([0.03], periods_per_year=1) == near(0.03)


def test_a_loss_of_everything_grows_by_minus_one():
    assert cagr([0.5, -1.0, 0.5], periods_per_year=365) == -1.0
    assert total_return([0.5, -1.0, 0.5]) == -1.0


def test_growth_beyond_the_largest_float_is_infinite():
    assert cagr([9.0], periods_per_year=10_000) == math.inf


def test_growth_of_a_long_curve_does_not_overflow_on_the_way():
    assert cagr(np.full(100_000, 0.01), periods_per_year=1) == near(0.01)


def test_steps_too_small_or_large_for_a_product_still_have_a_growth():
    tiny = np.full(640, 1e-9 - 1.0)
    assert cagr(tiny, periods_per_year=1) == near(1e-9 - 1.0)


@pytest.mark.parametrize("function", [total_return, stability])
def test_growth_of_nothing_is_unknown(function):
    assert math.isnan(function([]))
    assert math.isnan(function([math.nan]))


@pytest.mark.parametrize("function", [cagr, volatility])
def test_a_year_of_no_periods_is_refused(function):
    for periods in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InvalidValue, match="periods_per_year"):
            function([0.1, 0.2], periods_per_year=periods)


def test_volatility_of_a_constant_is_zero_and_of_one_value_unknown():
    assert volatility([0.1] * 7, periods_per_year=365) == 0.0
    assert volatility(simple_returns(100.0 * 1.001 ** np.arange(50)), periods_per_year=365) == 0.0
    assert math.isnan(volatility([0.1], periods_per_year=365))


def test_stability_is_the_squared_correlation_with_time():
    values = np.random.default_rng(4).normal(0.001, 0.01, 200)
    path = np.cumsum(np.log1p(values))
    assert stability(values) == near(np.corrcoef(path, np.arange(200))[0, 1] ** 2)
    assert stability([0.01] * 9) == near(1.0)
    assert math.isnan(stability([0.0] * 9))


def test_a_lost_account_has_no_stability():
    with pytest.raises(InvalidValue, match="above -1"):
        stability([0.1, -1.0])


@pytest.mark.parametrize(
    "function",
    [
        total_return,
        stability,
        cumulative_returns,
        simple_returns,
        lambda x: cagr(x, periods_per_year=1),
        lambda x: volatility(x, periods_per_year=1),
    ],
)
def test_an_infinity_is_refused_with_its_row(function):
    with pytest.raises(InvalidValue, match="row 1"):
        function([0.1, math.inf, math.nan])
    with pytest.raises(InvalidValue, match="one dimension"):
        function([[0.1, 0.2]])
