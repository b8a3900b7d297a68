from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algotrendy.analytics.overfit import (
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_backtest_length,
    minimum_track_record_length,
    normal_cdf,
    normal_quantile,
    probabilistic_sharpe_ratio,
    sharpe_ratio_deviation,
)
from algotrendy.analytics.tail import kurtosis, skewness
from algotrendy.errors import InvalidValue

SHARPE = st.floats(0.01, 0.5)


def test_the_normal_is_that_of_the_standard_library():
    points = np.linspace(-8.0, 8.0, 41)
    np.testing.assert_allclose(
        normal_cdf(points), [NormalDist().cdf(z) for z in points], atol=1e-15
    )
    np.testing.assert_allclose(normal_quantile(normal_cdf(points[:25])), points[:25], atol=1e-9)
    assert normal_cdf(-20.0) > 0.0  # the far tail keeps its digits
    assert normal_quantile([0.0, 1.0]).tolist() == [-math.inf, math.inf]
    assert math.isnan(normal_cdf(math.nan))


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_a_probability_outside_zero_to_one_is_refused(p):
    with pytest.raises(InvalidValue, match="p was"):
        normal_quantile(p)


# Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier": two years of a hedge
# fund's months, mean 3.6 %, deviation 7.9 %.
@pytest.mark.parametrize(("skew", "kurt", "expected"), [(-2.448, 10.164, 0.913), (0.0, 3.0, 0.982)])
def test_the_published_hedge_fund_has_its_published_probability(skew, kurt, expected):
    found = probabilistic_sharpe_ratio(0.458, n=24, skewness=skew, kurtosis=kurt)
    assert float(found) == pytest.approx(expected, abs=6e-4)


# The same paper: years until an annual Sharpe ratio of 2 beats 1 at 95 %, by frequency of returns.
@pytest.mark.parametrize(
    ("year", "skew", "kurt", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_published_track_records_have_their_published_lengths(year, skew, kurt, years):
    found = minimum_track_record_length(
        2.0 / math.sqrt(year), benchmark=1.0 / math.sqrt(year), skewness=skew, kurtosis=kurt
    )
    assert float(found) / year == pytest.approx(years, abs=5e-3)


# Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", numerical example: annual Sharpe ratio
# 2.5 over five years of 250 days, best of 100 trials whose annual Sharpe ratios have variance 1/2.
def test_the_published_best_of_a_hundred_trials_is_deflated_as_published():
    variance = 0.5 / 250
    assert float(expected_maximum_sharpe(100, variance=variance)) == pytest.approx(0.1132, abs=5e-5)
    case = {"n": 1250, "variance": variance}
    sharpe = 2.5 / math.sqrt(250)
    fat = {"skewness": -3.0, "kurtosis": 10.0}
    assert float(deflated_sharpe_ratio(sharpe, n_trials=100, **fat, **case)) == pytest.approx(
        0.9004, abs=5e-5
    )
    assert float(deflated_sharpe_ratio(sharpe, n_trials=46, **fat, **case)) == pytest.approx(
        0.9505, abs=5e-5
    )
    assert float(deflated_sharpe_ratio(sharpe, n_trials=88, **case)) == pytest.approx(
        0.9505, abs=5e-5
    )


# Bailey, Borwein, Lopez de Prado and Zhu (2014), "Pseudo-Mathematics and Financial Charlatanism":
# with five years of data, no more than 45 variants may be tried.
def test_five_years_of_data_bear_forty_five_trials():
    assert float(minimum_backtest_length(45)) == pytest.approx(5.0, abs=0.01)
    assert float(minimum_backtest_length(1)) == 0.0
    assert float(minimum_backtest_length(45, sharpe=2.0)) == pytest.approx(1.25, abs=0.005)


@settings(deadline=None)
@given(
    SHARPE, st.floats(-0.5, 0.0), st.floats(0.55, 0.999), st.floats(-1.0, 1.0), st.floats(3.0, 9.0)
)
def test_a_track_record_of_the_minimum_length_has_exactly_the_confidence(
    sharpe, benchmark, confidence, skew, kurt
):
    shape = {"skewness": skew, "kurtosis": kurt}
    n = minimum_track_record_length(sharpe, benchmark=benchmark, confidence=confidence, **shape)
    if n > 2.0:
        found = probabilistic_sharpe_ratio(sharpe, n=n, benchmark=benchmark, **shape)
        assert float(found) == pytest.approx(confidence, abs=1e-9)


@settings(deadline=None)
@given(SHARPE, st.floats(0.0, 0.5), st.integers(3, 5000))
def test_chances_to_beat_and_to_fall_short_add_up(sharpe, distance, n):
    up = probabilistic_sharpe_ratio(sharpe, n=n, benchmark=sharpe - distance)
    down = probabilistic_sharpe_ratio(sharpe, n=n, benchmark=sharpe + distance)
    assert float(up + down) == pytest.approx(1.0, abs=1e-12)


@settings(deadline=None)
@given(SHARPE, st.integers(3, 5000), st.floats(1e-6, 0.1))
def test_one_trial_needs_no_deflation_and_more_trials_need_more(sharpe, n, variance):
    one, ten, many = deflated_sharpe_ratio(sharpe, n=n, n_trials=[1, 10, 1000], variance=variance)
    assert one == pytest.approx(float(probabilistic_sharpe_ratio(sharpe, n=n)), abs=1e-12)
    assert one >= ten >= many


def test_the_best_of_worthless_trials_reaches_the_expected_maximum():
    dice = np.random.default_rng(11)
    for trials, within in ((10, 0.04), (100, 0.02), (1000, 0.01)):  # it is exact for many trials
        best = dice.normal(0.0, 0.3, (4000, trials)).max(axis=1).mean()
        assert float(expected_maximum_sharpe(trials, variance=0.09)) == pytest.approx(
            best, rel=within
        )


def test_the_deviation_is_that_of_a_simulation():
    dice = np.random.default_rng(12)
    shape = dice.gamma(4.0, 1.0, (4000, 500)) - 3.0  # skewed to the right
    sharpes = shape.mean(axis=1) / shape.std(axis=1, ddof=1)
    sample = shape[:200].ravel()
    found = sharpe_ratio_deviation(
        sharpes.mean(),
        n=500,
        skewness=skewness(sample, bias_corrected=False),
        kurtosis=kurtosis(sample, bias_corrected=False) + 3.0,
    )
    assert float(found) == pytest.approx(sharpes.std(ddof=1), rel=0.05)


def test_everything_works_on_arrays():
    assert probabilistic_sharpe_ratio([0.1, 0.2], n=[[10], [20], [30]]).shape == (3, 2)
    assert minimum_track_record_length([0.1, 0.2]).shape == (2,)


def test_what_cannot_be_known_is_nan_and_what_never_comes_infinite():
    assert math.isnan(float(probabilistic_sharpe_ratio(0.1, n=1)))
    assert math.isnan(float(probabilistic_sharpe_ratio(math.nan, n=10)))
    assert math.isnan(float(sharpe_ratio_deviation(2.0, n=10, skewness=5.0, kurtosis=1.0)))
    assert float(minimum_track_record_length(0.1, benchmark=0.1)) == math.inf
    assert float(minimum_track_record_length(-0.1)) == math.inf
    assert math.isnan(float(minimum_track_record_length(math.nan)))


def test_bad_calls_are_refused():
    with pytest.raises(InvalidValue, match="n_trials"):
        expected_maximum_sharpe(0, variance=1.0)
    with pytest.raises(InvalidValue, match="variance"):
        expected_maximum_sharpe(2, variance=-1.0)
    with pytest.raises(InvalidValue, match="confidence"):
        minimum_track_record_length(0.1, confidence=1.0)
    with pytest.raises(InvalidValue, match="sharpe"):
        minimum_backtest_length(2, sharpe=0.0)
