"""What is special to ranges and channels."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.indicators.cases import market

from algotrendy.errors import InvalidValue
from algotrendy.indicators.rolling import rolling_std, sma
from algotrendy.indicators.trend import ema
from algotrendy.indicators.volatility import atr, bollinger, donchian, keltner, true_range


def test_a_gap_counts_into_the_true_range() -> None:
    high, low, close = (
        np.array([10.0, 15.0, 9.0]),
        np.array([9.0, 14.0, 8.0]),
        np.array([9.5, 14.5, 8.5]),
    )
    assert true_range(high, low, close)[1:].tolist() == [5.5, 6.5]


def test_bollinger_is_mean_and_deviation() -> None:
    close = market(3, 1_000)["c"]
    bands = bollinger(close, 17, 1.5)
    np.testing.assert_allclose(bands.middle, sma(close, 17), rtol=1e-14)
    np.testing.assert_allclose(
        bands.upper - bands.lower, 3 * rolling_std(close, 17), rtol=1e-9, atol=1e-12
    )


def test_keltner_is_ema_and_atr() -> None:
    columns = market(5, 1_000)
    h, l, c = columns["h"], columns["l"], columns["c"]
    bands = keltner(h, l, c, 20, 2.0, 10)
    assert np.array_equal(bands.middle, ema(c, 20), equal_nan=True)
    assert np.array_equal(bands.upper, bands.middle + 2.0 * atr(h, l, c, 10), equal_nan=True)


def test_donchian_holds_its_own_bar() -> None:
    bands = donchian(np.array([1.0, 5.0, 2.0]), np.array([0.5, 4.0, 1.0]), 2)
    assert (bands.upper[1:].tolist(), bands.lower[1:].tolist()) == ([5.0, 5.0], [0.5, 1.0])
    assert bands.middle[1:].tolist() == [2.75, 3.0]


@pytest.mark.parametrize("width", [-1.0, np.nan, np.inf, "2", True])
def test_a_width_that_is_no_finite_number_from_zero_is_refused(width: object) -> None:
    with pytest.raises(InvalidValue, match="width"):
        bollinger(np.arange(30.0), 5, width)  # type: ignore[arg-type]
