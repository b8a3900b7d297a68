from __future__ import annotations

import pytest

from algotrendy.errors import InvalidValue
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget


@pytest.mark.parametrize("make", [Quantity, Notional, EquityFraction, RiskFraction, VolTarget])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_size_is_finite_and_above_zero(make, value):
    with pytest.raises(InvalidValue, match=f"{make.__name__}.*above zero"):
        make(value)
    assert make(0.5) == make(0.5)


def test_a_volatility_needs_two_returns():
    with pytest.raises(InvalidValue, match="2 bars or more"):
        VolTarget(0.1, lookback=1)
