"""What is special to the oscillators: limits, ties, zeros."""

from __future__ import annotations

import numpy as np
from tests.unit.indicators import naive
from tests.unit.indicators.cases import market

from algotrendy.indicators.momentum import cci, mfi, roc, rsi, stochastic, williams_r


def test_rsi_is_exactly_a_hundred_or_nothing_in_a_one_way_market() -> None:
    rising = np.arange(1.0, 100.0)
    assert (rsi(rising)[14:] == 100.0).all()
    assert (rsi(rising[::-1])[14:] == 0.0).all()


def test_rsi_keeps_its_ratio_while_the_market_rests() -> None:
    moved = market(3, 200)["c"]
    values = np.concatenate((moved, np.full(1_000, moved[-1])))
    ours = rsi(values)
    np.testing.assert_allclose(ours[200:], ours[199], rtol=1e-9)


def test_rsi_over_many_blocks_is_the_sequential_recursion() -> None:
    values = market(5, 50_000)["c"]
    np.testing.assert_allclose(
        rsi(values, 14), naive.rsi(values.tolist(), 14), rtol=1e-9, atol=1e-9
    )


def test_oscillators_stay_within_their_limits() -> None:
    columns = market(7, 20_000)
    h, l, c, v = (columns[k] for k in "hlcv")
    for out, low, top in (
        (rsi(c), 0, 100),
        (stochastic(h, l, c).k, 0, 100),
        (williams_r(h, l, c), -100, 0),
        (mfi(h, l, c, v), 0, 100),
    ):
        valid = out[~np.isnan(out)]
        assert valid.min() >= low - 1e-9
        assert valid.max() <= top + 1e-9


def test_a_close_at_the_extremes_is_exactly_at_the_limit() -> None:
    high, low = np.full(30, 10.3), np.full(30, 9.1)
    assert (williams_r(high, low, high)[13:] == 0.0).all()
    assert (williams_r(high, low, low)[13:] == -100.0).all()
    assert (stochastic(high, low, low, 14, 1, 1).k[13:] == 0.0).all()


def test_change_from_zero_is_undefined() -> None:
    assert np.isnan(roc(np.array([0.0, 1.0, 2.0]), 1)[1])
    assert roc(np.array([0.0, 1.0, 2.0]), 1)[2] == 100.0


def test_typical_prices_equal_up_to_rounding_are_no_step() -> None:
    # The three sums are 59.43 in decimals and differ in the last bit of their floats.
    high = np.array([19.82, 19.83, 19.84])
    low = np.array([19.79, 19.80, 19.81])
    close = np.array([19.82, 19.80, 19.78])
    assert mfi(high, low, close, np.ones(3), 1)[1:].tolist() == [50.0, 50.0]


def test_cci_of_windows_longer_than_a_block() -> None:
    c = market(9, 40_000)["c"]
    out = cci(c, c, c, 20_000)
    window = c[-20_000:]
    expected = (c[-1] - window.mean()) / (0.015 * np.abs(window - window.mean()).mean())
    np.testing.assert_allclose(out[-1], expected, rtol=1e-9)
