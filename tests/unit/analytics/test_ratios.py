from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.ratios import (
    calmar_ratio,
    downside_deviation,
    omega_ratio,
    rolling_sharpe_ratio,
    sharpe_ratio,
    sortino_ratio,
)
from algotrendy.errors import InvalidValue

# Whole ten-thousandths: spreads are zero or far from rounding noise.
RETURN = st.integers(-5000, 5000).map(lambda x: x / 10_000)
GAPPED = st.lists(st.one_of(RETURN, st.just(math.nan)), max_size=60)
RATE = st.sampled_from([0.0, 0.05, -0.02])


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(deadline=None)
@given(GAPPED, RATE)
def test_ratios_are_those_of_the_loop(values, rate):
    year = {"periods_per_year": 365}
    assert sharpe_ratio(values, risk_free=rate, **year) == near(twins.sharpe(values, 365, rate))
    assert sortino_ratio(values, target=rate, **year) == near(twins.sortino(values, 365, rate))
    assert downside_deviation(values, target=rate, **year) == near(
        twins.downside(values, 365, rate)
    )
    assert omega_ratio(values, threshold=rate) == near(twins.omega(values, rate))
    assert calmar_ratio(values, periods_per_year=5) == near(twins.calmar(values, 5))


@settings(deadline=None)
@given(st.lists(RETURN, min_size=2, max_size=60), st.floats(1.0, 1000.0))
def test_a_ratio_grows_with_the_root_of_the_periods(values, periods):
    for ratio in (sharpe_ratio, sortino_ratio):
        one = ratio(values, periods_per_year=1)
        assert ratio(values, periods_per_year=periods) == near(one * math.sqrt(periods))


def test_returns_that_do_not_vary_have_an_infinite_ratio_with_the_sign_of_the_mean():
    for ratio in (sharpe_ratio, lambda x, **y: sharpe_ratio(np.array(x), risk_free=0.0, **y)):
        assert ratio([0.01] * 9, periods_per_year=365) == math.inf
        assert ratio([-0.01] * 9, periods_per_year=365) == -math.inf
        assert math.isnan(ratio([0.0] * 9, periods_per_year=365))
    assert math.isnan(sharpe_ratio([0.001] * 9, periods_per_year=365, risk_free=0.365))


def test_without_a_loss_sortino_omega_and_calmar_are_infinite():
    values = [0.01, 0.02]
    assert sortino_ratio(values, periods_per_year=365) == math.inf
    assert omega_ratio(values) == math.inf
    assert calmar_ratio(values, periods_per_year=365) == math.inf


def test_without_any_change_they_are_unknown():
    values = [0.0, 0.0]
    assert math.isnan(sortino_ratio(values, periods_per_year=365))
    assert math.isnan(omega_ratio(values))
    assert math.isnan(calmar_ratio(values, periods_per_year=365))


@pytest.mark.parametrize("values", [[], [math.nan], [0.01]])
def test_too_few_returns_have_no_ratio(values):
    assert math.isnan(sharpe_ratio(values, periods_per_year=365))
    assert math.isnan(sortino_ratio(values, periods_per_year=365))


def test_nothing_has_no_downside_omega_or_calmar():
    assert math.isnan(downside_deviation([], periods_per_year=365))
    assert math.isnan(omega_ratio([]))
    assert math.isnan(calmar_ratio([], periods_per_year=365))


@settings(deadline=None)
@given(GAPPED, st.integers(2, 9), RATE)
def test_a_rolling_ratio_is_that_of_each_window(values, window, rate):
    found = rolling_sharpe_ratio(values, window=window, periods_per_year=365, risk_free=rate)
    assert len(found) == len(values)
    assert np.isnan(found[: window - 1]).all()
    for end in range(window, len(values) + 1):
        assert found[end - 1] == near(twins.sharpe(values[end - window : end], 365, rate))


def test_a_rolling_ratio_works_in_parts():
    values = np.random.default_rng(2).normal(0.0, 0.01, 5000)
    found = rolling_sharpe_ratio(values, window=1000, periods_per_year=252)
    assert found[-1] == near(sharpe_ratio(values[-1000:], periods_per_year=252))
    assert found[1500] == near(sharpe_ratio(values[501:1501], periods_per_year=252))


def test_a_window_of_one_is_refused():
    with pytest.raises(InvalidValue, match="window"):
        rolling_sharpe_ratio([0.1, 0.2], window=1, periods_per_year=365)


@pytest.mark.parametrize(
    "function",
    [sharpe_ratio, sortino_ratio, downside_deviation, calmar_ratio],
)
def test_bad_input_is_refused(function):
    with pytest.raises(InvalidValue, match="row 0"):
        function([-math.inf, 0.1], periods_per_year=365)
    with pytest.raises(InvalidValue, match="periods_per_year"):
        function([0.1, 0.2], periods_per_year=0)
