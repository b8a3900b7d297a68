from __future__ import annotations

from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algotrendy.errors import InvalidOrder, InvalidValue
from algotrendy.model.instrument import Instrument
from algotrendy.model.multiples import exact_product, multiple_down
from algotrendy.model.order import Side
from algotrendy.model.symbol import Symbol
from algotrendy.trading.planning import (
    PlannedOrder,
    plan_order,
    plan_price,
    quantity_steps,
    tradable_quantity,
)

BTC = Symbol("BTC", "USDT")
RULES = Instrument(
    symbol=BTC,
    tick=D("0.01"),
    step=D("0.00001"),
    min_quantity=D("0.0001"),
    max_quantity=D(9000),
    min_notional=D(5),
)
UNIT = st.builds(
    lambda digits, exponent: D(digits).scaleb(exponent),
    st.sampled_from([1, 2, 5, 25]),
    st.integers(-8, 2),
)
AMOUNT = st.builds(
    lambda digits, exponent: D(digits).scaleb(exponent), st.integers(1, 10**9), st.integers(-9, 3)
)
SIDE = st.sampled_from(Side)


@st.composite
def instruments(draw):
    step = draw(UNIT)
    least = draw(st.just(D(0)) | AMOUNT)
    most = draw(st.none() | st.just(max(least, step) * 1000 + step))
    return Instrument(
        symbol=BTC,
        tick=draw(UNIT),
        step=step,
        min_quantity=least,
        max_quantity=most,
        min_notional=draw(st.just(D(0)) | AMOUNT),
    )


def is_multiple(value, unit):
    return multiple_down(value, unit) == value


@settings(max_examples=400)
@given(instruments(), SIDE, AMOUNT, st.none() | AMOUNT, AMOUNT)
def test_a_plan_meets_every_rule_and_a_suggestion_passes(rules, side, quantity, price, reference):
    def attempt(quantity, price):
        return plan_order(
            rules, side=side, quantity=quantity, price=price, reference_price=reference
        )

    try:
        plan = attempt(quantity, price)
    except InvalidOrder as error:
        if error.field == "price":
            price = error.suggestion
            assert plan_price(rules, side=side, price=price) == price
            return
        if error.suggestion is None:
            assert rules.largest is not None
            worth = plan_price(rules, side=side, price=price) if price is not None else reference
            assert exact_product(rules.largest, worth) < rules.min_notional
            return
        assert attempt(error.suggestion, price).quantity == error.suggestion
        return
    assert plan.quantity <= quantity
    assert quantity - plan.quantity < rules.step
    assert is_multiple(plan.quantity, rules.step)
    assert plan.quantity >= rules.min_quantity
    assert rules.max_quantity is None or plan.quantity <= rules.max_quantity
    worth = reference if plan.price is None else plan.price
    assert exact_product(plan.quantity, worth) >= rules.min_notional
    assert (plan.price is None) == (price is None)
    if price is not None:
        assert is_multiple(plan.price, rules.tick)
        assert plan.price <= price if side is Side.BUY else plan.price >= price
        assert abs(plan.price - price) < rules.tick
    assert set(plan.quantity_text) <= set("0123456789.")
    assert D(plan.quantity_text) == plan.quantity


@given(instruments(), SIDE, AMOUNT, AMOUNT)
def test_a_plan_of_a_plan_is_the_same(rules, side, quantity, price):
    try:
        plan = plan_order(rules, side=side, quantity=quantity, price=price)
    except InvalidOrder:
        return
    assert plan_order(rules, side=side, quantity=plan.quantity, price=plan.price) == plan


@pytest.mark.parametrize(
    ("quantity", "price", "message"),
    [
        (
            "0.00009",
            "60000",
            "quantity was 0.00009, below the BTC/USDT minimum 0.0001; 0.0001 passes",
        ),
        (
            "0.0004",
            "10000.019",
            "quantity was 0.0004, at 10000.01 worth 4.000004, below the BTC/USDT least notional 5; 0.0005 passes",
        ),
        (
            "9000.00001",
            "100",
            "quantity was 9000.00001, above the BTC/USDT maximum 9000; 9000 passes",
        ),
        ("1", "0.001", "price was 0.001, below the BTC/USDT tick 0.01; 0.01 passes"),
    ],
)
def test_a_refusal_has_numbers_and_a_suggestion(quantity, price, message):
    with pytest.raises(InvalidOrder) as error:
        plan_order(RULES, side=Side.BUY, quantity=D(quantity), price=D(price))
    assert str(error.value) == message


def test_where_no_quantity_passes_nothing_is_suggested():
    dear = Instrument(
        symbol=BTC, tick=D("0.01"), step=D(1), max_quantity=D(10), min_notional=D(1000)
    )
    for quantity in ("0.5", "5", "50"):
        with pytest.raises(InvalidOrder) as error:
            plan_order(dear, side=Side.BUY, quantity=D(quantity), price=D(1))
        assert error.value.suggestion is None


def test_a_price_is_never_worse_than_asked():
    assert plan_price(RULES, side=Side.BUY, price=D("10.019")) == D("10.01")
    assert plan_price(RULES, side=Side.SELL, price=D("10.011")) == D("10.02")
    assert plan_price(RULES, side=Side.SELL, price=D("0.001")) == D("0.01")


def test_a_market_order_is_measured_with_the_reference_price():
    plan = plan_order(RULES, side=Side.SELL, quantity=D("0.000109"), reference_price=D(60000))
    assert plan == PlannedOrder(quantity=D("0.0001"))
    assert plan.price_text is None
    with pytest.raises(InvalidOrder, match="least notional 5"):
        plan_order(RULES, side=Side.SELL, quantity=D("0.0001"), reference_price=D(6000))
    with pytest.raises(InvalidValue, match="reference_price was None.*pass the last price"):
        plan_order(RULES, side=Side.SELL, quantity=D("0.0001"))


def test_without_a_least_notional_a_market_order_needs_no_price():
    plain = Instrument(symbol=BTC, tick=D("0.01"), step=D("0.1"))
    assert plan_order(plain, side=Side.BUY, quantity=D("0.19")).quantity == D("0.1")


def test_texts_are_plain():
    tiny = Instrument(symbol=BTC, tick=D("1E-8"), step=D("1E+3"))
    plan = plan_order(tiny, side=Side.BUY, quantity=D("1999"), price=D("0.000000029"))
    assert (plan.quantity_text, plan.price_text) == ("1000", "0.00000002")


@pytest.mark.parametrize("name", ["quantity", "price", "reference_price"])
@pytest.mark.parametrize("value", [D(0), D("-1"), D("NaN"), 0.5])
def test_an_amount_is_a_decimal_above_zero(name, value):
    amounts = {"quantity": D(1), "reference_price": D(100), name: value}
    with pytest.raises(InvalidValue, match=f"{name} was"):
        plan_order(RULES, side=Side.BUY, **amounts)


# --- arrays

# Amounts of at most 15 significant digits: what a float64 can tell apart from its neighbours.
SHORT = st.builds(
    lambda digits, exponent: D(digits).scaleb(exponent),
    st.integers(0, 10**15 - 1),
    st.integers(-12, 0),
)


@settings(max_examples=500)
@given(st.lists(SHORT, min_size=1, max_size=5), UNIT)
def test_steps_in_floats_are_the_steps_in_decimals(quantities, step):
    steps = (
        quantity_steps(np.array([float(q) for q in quantities]), float(step)).tolist()
        if max(quantities) / step < 2**53
        else None
    )
    if steps is None:
        return
    assert [exact_product(step, D(n)) for n in steps] == [
        multiple_down(q, step) for q in quantities
    ]


@given(st.integers(0, 10**6), UNIT)
def test_an_exact_multiple_loses_no_step_to_float_error(count, step):
    value = np.array([count * float(step), float(exact_product(step, D(count)))])
    assert quantity_steps(value, float(step)).tolist() == [count, count]


def test_three_tenths_are_three_steps_of_a_tenth():
    assert quantity_steps(np.array([0.3, 0.7 - 0.4, 0.1 + 0.2, 0.29999999]), 0.1).tolist() == [
        3,
        3,
        3,
        2,
    ]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1, 1e300])
def test_a_quantity_that_cannot_be_counted_is_refused(bad):
    with pytest.raises(InvalidValue, match=r"quantity\[1\] was"):
        quantity_steps(np.array([1.0, bad]), 0.1)


@pytest.mark.parametrize("step", [0.0, -1.0, np.nan, np.inf])
def test_a_step_is_finite_and_above_zero(step):
    with pytest.raises(InvalidValue, match="step was"):
        quantity_steps(np.array([1.0]), step)


SMALL = st.builds(
    lambda digits, exponent: D(digits).scaleb(exponent), st.integers(1, 10**7), st.integers(-6, 1)
)


@settings(max_examples=300)
@given(instruments(), st.lists(SMALL, min_size=1, max_size=5), SMALL)
def test_tradable_quantities_are_the_planned_ones(rules, quantities, price):
    def planned(quantity):
        try:
            return float(
                plan_order(rules, side=Side.BUY, quantity=quantity, reference_price=price).quantity
            )
        except InvalidOrder:
            return 0.0

    given_floats = np.array([float(q) for q in quantities])
    assert tradable_quantity(rules, given_floats, float(price)).tolist() == [
        planned(q) for q in quantities
    ]
    prices = np.full(len(quantities), float(price))
    assert tradable_quantity(rules, given_floats, prices).tolist() == [
        planned(q) for q in quantities
    ]


def test_a_nan_price_is_worth_nothing():
    assert tradable_quantity(RULES, np.array([1.0]), np.nan).tolist() == [0.0]
