from __future__ import annotations

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidValue
from algotrendy.model.multiples import (
    canonical,
    decimal_text,
    exact_product,
    multiple_down,
    multiple_up,
    multiples_up,
)

AMOUNT = st.decimals(min_value=0, max_value=10**12, allow_nan=False, places=12)
UNIT = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(1, 999),
    st.integers(-12, 3),
)


@given(AMOUNT, UNIT)
def test_multiples_enclose_the_value_and_are_exact(value, unit):
    down, up = multiple_down(value, unit), multiple_up(value, unit)
    assert down <= value <= up
    assert up - down in {0, unit}
    with localcontext(Context(prec=60)):
        assert down % unit == 0
        assert multiples_up(value, unit) * unit == up


@given(AMOUNT, UNIT)
def test_the_decimal_context_changes_nothing(value, unit):
    with localcontext(Context(prec=3)):
        small = multiple_down(value, unit), exact_product(value, unit)
    assert small == (multiple_down(value, unit), exact_product(value, unit))


@given(AMOUNT, AMOUNT)
def test_a_product_has_all_its_digits(one, other):
    with localcontext(Context(prec=100)):
        assert exact_product(one, other) == one * other


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=20
    )
)
def test_text_is_plain_and_means_the_same(value):
    text = decimal_text(value)
    assert Decimal(text) == value
    assert set(text) <= set("-0123456789.")
    assert text == str(canonical(value)) or value.adjusted() < -6


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E-8", "0.00000001"),
        ("1E+3", "1000"),
        ("0.10", "0.1"),
        ("-0.00", "0"),
        ("0E-12", "0"),
        ("100", "100"),
        ("-1.50", "-1.5"),
    ],
)
def test_text_has_no_exponent_and_no_trailing_zeros(value, text):
    assert decimal_text(Decimal(value)) == text


def test_below_zero_down_means_away_from_zero():
    assert multiple_down(Decimal("-0.15"), Decimal("0.1")) == Decimal("-0.2")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+999999", "1E-999999"])
def test_what_no_venue_has_is_refused(value):
    with pytest.raises(InvalidValue):
        multiple_down(Decimal(value), Decimal(1))
    with pytest.raises(InvalidValue):
        decimal_text(Decimal(value))


@pytest.mark.parametrize("unit", ["0", "-1"])
def test_a_unit_is_above_zero(unit):
    with pytest.raises(InvalidValue, match="unit was"):
        multiple_down(Decimal(1), Decimal(unit))
