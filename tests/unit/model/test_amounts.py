"""Amounts are finite Decimals; a float is refused with the way to write it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_finite, check_not_negative, check_positive

CHECKS = [check_finite, check_not_negative, check_positive]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("value", [0.1, 1, True, None, "1", Decimal("NaN"), Decimal("-Infinity")])
def test_what_is_no_finite_decimal_is_refused_by_name(check, value):
    with pytest.raises(InvalidValue, match="a finite Decimal is expected") as caught:
        check("fee", value)
    assert caught.value.field == "fee"
    if value == 0.1:
        assert "write Decimal('0.1')" in str(caught.value)


@pytest.mark.parametrize(
    ("check", "allowed", "refused"),
    [
        (check_finite, ["-1", "0", "1"], []),
        (check_not_negative, ["0", "1"], ["-0.1"]),
        (check_positive, ["0.1"], ["0", "-1"]),
    ],
)
def test_each_check_has_its_limit(check, allowed, refused):
    for text in allowed:
        check("x", Decimal(text))
    for text in refused:
        with pytest.raises(InvalidValue):
            check("x", Decimal(text))
