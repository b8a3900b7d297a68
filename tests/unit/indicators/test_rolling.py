"""Precision of moving windows on long series, and what is special to each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from tests.unit.indicators import naive

from algotrendy.errors import InvalidValue
from algotrendy.indicators.rolling import rolling_rank, rolling_std, rolling_sum, sma, zscore
from algotrendy.indicators.trend import wma
from algotrendy.indicators.volatility import bollinger

MILLION = 1_000_000


@pytest.fixture(scope="module")
def offset() -> np.ndarray:
    """Prices around 60,000 that vary in the seventh digit behind the point."""
    return 60_000.0 + np.random.default_rng(60_000).normal(0.0, 1e-6, MILLION)


@pytest.mark.parametrize("window", [2, 20, 50])
def test_a_million_rows_with_a_large_offset_keep_nine_digits(
    offset: np.ndarray, window: int
) -> None:
    # The offset taken off exactly (both are multiples of one ulp) is the reference's whole trick.
    small = sliding_window_view(offset - 60_000.0, window)
    mean = small.mean(axis=1)
    np.testing.assert_allclose(sma(offset, window)[window - 1 :], mean + 60_000.0, rtol=1e-15)
    deviation = np.sqrt(((small - mean[:, None]) ** 2).mean(axis=1))
    np.testing.assert_allclose(rolling_std(offset, window)[window - 1 :], deviation, rtol=1e-9)


def test_a_million_rows_of_a_walk_keep_nine_digits_of_the_spread() -> None:
    walk = 60_000.0 + np.cumsum(np.random.default_rng(1).normal(0.0, 0.01, MILLION))
    view = sliding_window_view(walk, 20)
    np.testing.assert_allclose(rolling_std(walk, 20)[19:], view.std(axis=1), rtol=1e-9)
    np.testing.assert_allclose(sma(walk, 20)[19:], view.mean(axis=1), rtol=1e-14)
    weights = np.arange(1.0, 15.0) / 105.0
    expected = sliding_window_view(walk, 14) @ weights
    np.testing.assert_allclose(wma(walk, 14)[13:], expected, rtol=1e-14)


def test_a_crash_leaves_no_trace_once_it_has_left_the_window() -> None:
    values = np.full(500, 0.1)
    values[100] = 1e15
    for result in (sma(values, 20), rolling_sum(values, 20)):
        assert np.unique(result[200:]).size == 1
    np.testing.assert_allclose(sma(values, 20)[120:], 0.1, rtol=1e-15)
    assert (rolling_std(values, 20)[120:] == 0.0).all()


def test_the_spread_recovers_after_a_nan() -> None:
    values = np.random.default_rng(3).normal(100.0, 1.0, 200)
    clean = rolling_std(values, 10)
    values[50] = np.nan
    holed = rolling_std(values, 10)
    assert np.isnan(holed[50:60]).all()
    assert np.array_equal(holed[60:], clean[60:])
    assert (holed[60:] > 0).all()


@pytest.mark.parametrize("window", range(1, 40))
def test_equal_values_have_exactly_no_spread(window: int) -> None:
    for value in (0.1, 61_234.57, 1e-9, 3e17):
        values = np.full(100, value)
        assert (rolling_std(values, window)[window - 1 :] == 0.0).all()
        assert (zscore(values, window)[window - 1 :] == 0.0).all()
        bands = bollinger(values, window)
        assert (bands.lower[window - 1 :] == value).all()
        assert (bands.upper[window - 1 :] == value).all()


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), max_size=60),
    window=st.integers(2, 12),
    ddof=st.integers(0, 1),
)
def test_any_floats_give_the_plain_formulas(values: list[float], window: int, ddof: int) -> None:
    array = np.array(values, dtype=float)
    scale = float(np.abs(array).max(initial=1.0))
    for ours, theirs in (
        (sma(array, window), naive.sma(values, window)),
        (
            rolling_std(array, window, ddof),
            naive.windows(values, window, lambda x: naive.std(x, ddof)),
        ),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-13 * scale)


@pytest.mark.parametrize("window", [16_384, 20_000, 40_001])
def test_windows_longer_than_a_block_are_whole(window: int) -> None:
    values = np.random.default_rng(9).normal(100.0, 1.0, 60_000)
    total = np.concatenate(([0.0], np.cumsum(values)))
    np.testing.assert_allclose(
        rolling_sum(values, window)[window - 1 :], total[window:] - total[:-window], rtol=1e-11
    )


def test_ties_share_their_mean_rank_as_in_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(2).integers(0, 5, 2_000).astype(float)
    for window in (3, 130, 300):
        expected = pandas.Series(values).rolling(window).rank().to_numpy()
        assert np.array_equal(rolling_rank(values, window), expected, equal_nan=True)


def test_a_window_not_larger_than_ddof_is_refused() -> None:
    with pytest.raises(InvalidValue, match="more than ddof=1"):
        rolling_std(np.arange(5.0), 1, ddof=1)


def test_numpy_whole_numbers_are_windows() -> None:
    assert sma(np.arange(5.0), np.int64(2))[-1] == 3.5  # type: ignore[arg-type]


def test_sums_beyond_the_largest_float_are_infinite_and_quiet() -> None:
    assert sma(np.full(5, 1.7e308), 3)[-1] == np.inf
