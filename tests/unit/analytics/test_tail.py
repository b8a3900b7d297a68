from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.tail import (
    PROBED,
    expected_shortfall,
    kurtosis,
    low_quantile,
    skewness,
    tail_ratio,
    value_at_risk,
)
from algotrendy.errors import InvalidValue

RETURN = st.integers(-5000, 5000).map(lambda x: x / 10_000)
GAPPED = st.lists(st.one_of(RETURN, st.just(math.nan)), max_size=60)
SHARE = st.sampled_from([0.0, 0.01, 0.05, 0.3, 0.5, 0.95, 1.0])


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(deadline=None)
@given(GAPPED, SHARE)
def test_tails_are_those_of_the_sorted_list(values, share):
    assert value_at_risk(values, cutoff=share) == near(twins.quantile(values, share))
    assert expected_shortfall(values, cutoff=share) == near(twins.shortfall(values, share))
    right, left = twins.quantile(values, 1.0 - share), twins.quantile(values, share)
    if twins.known(values) and abs(left) > 1e-12:
        assert tail_ratio(values, cutoff=share) == near(abs(right) / abs(left))


def awkward(kind, n, seed):
    dice = np.random.default_rng(seed)
    return {
        "noise": lambda: dice.normal(0.0, 0.01, n),
        "sorted": lambda: np.sort(dice.normal(0.0, 0.01, n)),
        "mostly flat": lambda: dice.normal(0.0, 0.01, n) * (dice.random(n) < 0.02),
        "all alike": lambda: np.full(n, 0.01),
        # A cycle of the probe's own step: the probe sees only the worst values, or only the best.
        "cycle of losses": lambda: np.where(np.arange(n) % (n // 1024) == 0, -1.0, 0.1),
        "cycle of gains": lambda: np.where(np.arange(n) % (n // 1024) == 0, 1.0, -dice.random(n)),
    }[kind]()


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        ["noise", "sorted", "mostly flat", "all alike", "cycle of losses", "cycle of gains"]
    ),
    st.integers(PROBED - 1, PROBED + 3000),
    st.integers(0, 2**32 - 1),
    SHARE,
)
def test_a_guessed_threshold_never_changes_the_tail(kind, n, seed, share):
    values = awkward(kind, n, seed)
    for upper in (False, True):
        found, worst = low_quantile(values, share, upper=upper)
        ordered = np.sort(-values if upper else values)
        assert found == near(np.quantile(ordered, share))
        count = math.floor((n - 1) * share) + 1
        np.testing.assert_array_equal(np.sort(worst), ordered[:count])


@settings(deadline=None)
@given(st.lists(RETURN, min_size=4, max_size=60))
def test_shape_is_that_of_the_moments(values):
    if twins.deviation(values) == 0.0:
        assert math.isnan(skewness(values))
        assert math.isnan(kurtosis(values, bias_corrected=False))
        return
    skew, kurt = twins.moments(values)
    n = len(values)
    assert skewness(values, bias_corrected=False) == near(skew)
    assert kurtosis(values, bias_corrected=False) == near(kurt - 3.0)
    assert skewness(values) == near(skew * math.sqrt(n * (n - 1)) / (n - 2))
    assert kurtosis(values) == near((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (kurt - 3.0) + 6.0))


def test_corrected_shape_is_that_of_pandas():
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(3).standard_t(4, 50)
    assert skewness(values) == near(pandas.Series(values).skew())
    assert kurtosis(values) == near(pandas.Series(values).kurt())


def test_too_few_values_have_no_shape():
    assert math.isnan(skewness([0.1, 0.2]))
    assert math.isnan(kurtosis([0.1, 0.2, 0.4]))
    assert math.isnan(skewness([]))
    assert math.isnan(kurtosis([], bias_corrected=False))


def test_nothing_has_no_tail():
    for function in (value_at_risk, expected_shortfall, tail_ratio):
        assert math.isnan(function([]))
        assert math.isnan(function([math.nan]))


def test_a_tail_ratio_over_zero_is_infinite_and_of_nothing_unknown():
    assert tail_ratio([0.0] * 99 + [1.0], cutoff=0.001) == math.inf
    assert math.isnan(tail_ratio([0.0] * 9))


@pytest.mark.parametrize("cutoff", [-0.01, 1.01, math.nan])
def test_a_share_outside_zero_to_one_is_refused(cutoff):
    for function in (value_at_risk, expected_shortfall, tail_ratio):
        with pytest.raises(InvalidValue, match="cutoff"):
            function([0.1], cutoff=cutoff)


def test_an_infinity_is_refused():
    for function in (value_at_risk, expected_shortfall, tail_ratio, skewness, kurtosis):
        with pytest.raises(InvalidValue, match="row 0"):
            function([math.inf, 0.1])
