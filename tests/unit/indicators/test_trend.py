"""What is special to the recursions: precision, seeds, crossings of the Supertrend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.indicators import naive
from tests.unit.indicators.cases import market

from algotrendy.errors import InvalidValue
from algotrendy.indicators import _adaptive
from algotrendy.indicators.trend import adx, dema, ema, kama, macd, supertrend, tema, wilder


@pytest.mark.parametrize("window", [1, 2, 3, 5, 20, 200, 5_000])
def test_a_long_ema_is_the_sequential_recursion(window: int) -> None:
    values = market(13, 60_000)["c"]
    for ours, theirs in ((ema, naive.ema), (wilder, naive.wilder)):
        np.testing.assert_allclose(
            ours(values, window), theirs(values.tolist(), window), rtol=1e-12
        )


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(-1e9, 1e9), max_size=80), window=st.integers(1, 12))
def test_any_floats_give_the_sequential_recursion(values: list[float], window: int) -> None:
    array = np.array(values, dtype=float)
    scale = float(np.abs(array).max(initial=1e-300))
    for ours, theirs in (
        (ema, naive.ema),
        (wilder, naive.wilder),
        (dema, naive.dema),
        (tema, naive.tema),
    ):
        np.testing.assert_allclose(
            ours(array, window), theirs(values, window), rtol=1e-9, atol=1e-13 * scale
        )


@pytest.mark.parametrize("size", [1e-100, 1.0, 1e100])
def test_sizes_of_prices_do_not_matter(size: float) -> None:
    values = market(17, 3_000)["c"]
    for function in (ema, kama):
        np.testing.assert_allclose(
            function(values * size, 10), function(values, 10) * size, rtol=1e-12
        )


def test_a_price_that_comes_to_rest_is_met_exactly() -> None:
    values = np.concatenate((market(19, 5_000)["c"], np.full(30_000, 37.77)))
    for window in (2, 12, 26, 100):
        assert (ema(values, window)[-1000:] == 37.77).all()
    assert (macd(values).macd[-1000:] == 0.0).all()


def test_a_long_rest_costs_no_subnormal_arithmetic() -> None:
    values = np.concatenate(([1.0, 2.0, 3.0], np.full(200_000, 3.0)))
    found = wilder(np.abs(np.diff(values)), 2)
    assert found[-1] == 0.0


def test_macd_is_the_difference_of_the_emas() -> None:
    values = market(23, 500)["c"]
    assert np.array_equal(macd(values).macd, ema(values, 12) - ema(values, 26), equal_nan=True)


@pytest.mark.parametrize(("fast", "slow"), [(26, 12), (12, 12)])
def test_macd_windows_in_the_wrong_order_are_refused(fast: int, slow: int) -> None:
    with pytest.raises(InvalidValue, match="less than slow"):
        macd(np.arange(100.0), fast, slow)


def test_kama_limits_are_checked() -> None:
    with pytest.raises(InvalidValue, match="2 or more"):
        kama(np.arange(50.0), 5, fast=1)
    with pytest.raises(InvalidValue, match="at most slow"):
        kama(np.arange(50.0), 5, fast=9, slow=4)


def test_kama_over_many_stretches_is_the_sequential_recursion() -> None:
    values = market(29, 40_000)["c"]
    for window, fast in ((2, 2), (10, 2), (30, 7)):
        expected = naive.kama(values.tolist(), window, fast, 30)
        np.testing.assert_allclose(kama(values, window, fast), expected, rtol=1e-12)


@pytest.mark.parametrize("width", [0.0, 0.05, 0.3, 1.0, 3.0, 50.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_supertrend_side_by_side_is_the_loop_bit_for_bit(width: float, seed: int) -> None:
    columns = market(seed, 12_000)
    high, low, close = columns["h"], columns["l"], columns["c"]
    assert len(high) > _adaptive._LANES_FROM
    ours = supertrend(high, low, close, 10, width)
    atr = naive.atr(high.tolist(), low.tolist(), close.tolist(), 10)
    line, direction = naive.supertrend(high.tolist(), low.tolist(), close.tolist(), 10, width)
    np.testing.assert_allclose(ours.line, line, rtol=1e-12)
    assert np.array_equal(ours.direction, direction, equal_nan=True)
    assert np.isfinite(atr[-1])


@pytest.mark.parametrize("seed", range(4))
def test_bands_found_side_by_side_are_those_of_the_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 9_000 + seed * 37
    closes = np.cumsum(rng.normal(0, 1, n))
    band = closes + (0.0, 0.5, 3.0, 200.0)[seed]
    rows = np.empty(n, dtype=np.int64)
    _adaptive._follow(band.tolist(), closes.tolist(), 0, rows)
    assert np.array_equal(_adaptive._lanes(band, closes), rows)


def test_a_band_that_is_never_left_is_followed_over_every_lane() -> None:
    n = 10_000
    band = np.linspace(0.0, 1.0, n)
    closes = np.full(n, -1.0)
    assert (_adaptive._lanes(band, closes) == 0).all()


def test_directions_stay_between_zero_and_a_hundred() -> None:
    columns = market(31, 5_000)
    for out in adx(columns["h"], columns["l"], columns["c"]):
        valid = out[~np.isnan(out)]
        assert ((valid >= 0) & (valid <= 100 + 1e-9)).all()
