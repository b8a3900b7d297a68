from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.samples import (
    log_growth,
    paired,
    power,
    product_sum,
    ratio,
    sample,
    spread,
)


def test_a_sample_without_nan_is_not_copied():
    values = np.array([1.0, 2.0])
    assert sample(values) is values
    assert sample([1, 2]).dtype == np.float64


def test_a_sum_beyond_the_largest_float_is_no_infinity():
    values = np.full(3, 1e308)
    np.testing.assert_array_equal(sample(values), values)


def test_pairs_lose_the_rows_unknown_to_either():
    left, right = paired([1.0, math.nan, 3.0, 4.0], [1.0, 2.0, math.nan, 5.0])
    assert (left.tolist(), right.tolist()) == ([1.0, 4.0], [1.0, 5.0])


@pytest.mark.parametrize(
    ("top", "bottom", "expected"),
    [(1.0, 2.0, 0.5), (1.0, 0.0, math.inf), (-1.0, 0.0, -math.inf), (0.0, 0.0, math.nan)],
)
def test_a_ratio_over_zero_keeps_its_sign(top, bottom, expected):
    assert ratio(top, bottom) == pytest.approx(expected, nan_ok=True)


def test_a_power_of_a_loss_of_everything_is_zero():
    assert power(0.0, 2.0) == 0.0
    assert power(-1.0, 0.5) == 0.0
    assert power(10.0, 1e6) == math.inf


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40_000))
def test_sums_in_blocks_are_those_of_the_loop(seed, n):
    dice = np.random.default_rng(seed)
    left, right = dice.normal(size=n), dice.normal(size=n)
    expected = math.fsum((left * right).tolist())
    assert product_sum(left, right) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    growth = np.exp(left * 0.1)
    assert log_growth(growth) == pytest.approx(math.fsum(np.log(growth)), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(-(10**6), 10**6).map(float), max_size=50))
def test_a_spread_is_that_of_the_loop(values):
    assert spread(np.array(values)) == pytest.approx(twins.deviation(values), rel=1e-9, nan_ok=True)
