from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.benchmark import (
    alpha,
    batting_average,
    beta,
    capture_ratio,
    down_capture,
    information_ratio,
    up_capture,
    up_down_capture,
)
from algotrendy.errors import InvalidValue

RETURN = st.one_of(st.integers(-5000, 5000).map(lambda x: x / 10_000), st.just(math.nan))
PAIRS = st.lists(st.tuples(RETURN, RETURN), max_size=50)


def near(value):
    return pytest.approx(value, rel=1e-8, abs=1e-9, nan_ok=True)


@settings(deadline=None)
@given(PAIRS)
def test_figures_are_those_of_the_loop(pairs):
    own, market = [r for r, _ in pairs], [b for _, b in pairs]
    assert beta(own, market) == near(twins.beta(own, market))
    assert alpha(own, market, periods_per_year=365, risk_free=0.03) == near(
        twins.alpha(own, market, 365, 0.03)
    )
    active = [r - b for r, b in pairs]
    assert information_ratio(own, market, periods_per_year=365) == near(twins.sharpe(active, 365))
    for function, chosen in (
        (up_capture, lambda b: b > 0.0),
        (down_capture, lambda b: b < 0.0),
        (capture_ratio, lambda _: True),
    ):
        found, expected = (
            function(own, market, periods_per_year=1),
            twins.capture(own, market, chosen),
        )
        if not abs(expected) > 1e9:  # a benchmark that came back to where it was, but for rounding
            assert found == near(expected)


def test_a_series_against_itself_has_no_alpha_and_a_beta_of_one():
    values = np.random.default_rng(1).normal(0.001, 0.01, 300)
    assert beta(values, values) == near(1.0)
    assert alpha(values, values, periods_per_year=365) == near(0.0)
    assert math.isnan(information_ratio(values, values, periods_per_year=365))
    assert up_capture(values, values, periods_per_year=1) == near(1.0)
    assert batting_average(values, values) == (0.0, 0.0, 0.0)


def test_a_leveraged_series_has_its_leverage_as_beta():
    market = np.random.default_rng(1).normal(0.001, 0.01, 300)
    assert beta(2.0 * market + 0.001, market) == near(2.0)
    assert alpha(2.0 * market + 0.001, market, periods_per_year=365) == near(0.365)


def test_a_constant_lead_has_an_infinite_information_ratio():
    market = np.random.default_rng(1).normal(0.001, 0.01, 300)
    assert information_ratio(market + 0.001, market, periods_per_year=365) == math.inf


def test_a_benchmark_that_stands_still_has_no_beta():
    assert math.isnan(beta([0.1, 0.2], [0.01, 0.01]))
    assert math.isnan(alpha([0.1, 0.2], [0.01, 0.01], periods_per_year=365))


def test_a_benchmark_that_never_fell_has_no_down_capture():
    assert math.isnan(down_capture([0.1, 0.2], [0.1, 0.2], periods_per_year=1))
    assert math.isnan(up_down_capture([0.1, 0.2], [0.1, 0.2], periods_per_year=1))


def test_keeping_the_rises_and_half_the_falls_captures_two_to_one():
    own, market = [0.1, -0.05], [0.1, -0.1]
    assert up_down_capture(own, market, periods_per_year=1) == near(2.0)


def test_batting_counts_wins_by_the_sign_of_the_benchmark():
    found = batting_average([0.02, -0.2, 0.0, 0.1], [0.01, 0.1, -0.1, 0.0])
    assert found == (0.75, 0.5, 1.0)
    assert all(math.isnan(x) for x in batting_average([], []))


@pytest.mark.parametrize(
    "function",
    [
        beta,
        batting_average,
        lambda r, b: alpha(r, b, periods_per_year=1),
        lambda r, b: information_ratio(r, b, periods_per_year=1),
        lambda r, b: capture_ratio(r, b, periods_per_year=1),
    ],
)
def test_series_that_do_not_match_are_refused(function):
    with pytest.raises(InvalidValue, match="benchmark"):
        function([0.1, 0.2], [0.1])
    with pytest.raises(InvalidValue, match="benchmark"):
        function([[0.1, 0.2]], [[0.1, 0.2]])
    with pytest.raises(InvalidValue, match="row 1, benchmark"):
        function([0.1, math.nan], [0.1, math.inf])
