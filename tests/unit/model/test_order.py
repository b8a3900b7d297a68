"""Orders: what may be asked for, what a venue may say, and the texts of what may not."""

from __future__ import annotations

import dataclasses
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidOrder, InvalidValue
from algotrendy.model import (
    OrderRef,
    OrderRequest,
    OrderState,
    OrderStatus,
    OrderType,
    Side,
    Symbol,
    TimeInForce,
)

BTC = Symbol.parse("BTC/USDT")
ONE = Decimal(1)


def order(**changes):
    given_ = {"client_order_id": "at1", "symbol": BTC, "side": Side.BUY, "quantity": ONE}
    return OrderRequest(**{**given_, **changes})


def state(**changes):
    given_ = {"symbol": BTC, "side": Side.SELL, "status": OrderStatus.OPEN, "quantity": ONE}
    return OrderState(**{**given_, "venue_order_id": "v1", **changes})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"quantity": Decimal(0)}, "quantity was 0, above zero"),
        ({"quantity": Decimal(-1)}, "quantity was -1, above zero"),
        ({"quantity": Decimal("NaN")}, "quantity was NaN, a finite number"),
        ({"quantity": Decimal("Infinity")}, "quantity was Infinity, a finite number"),
        ({"quantity": 0.1}, "quantity was 0.1, a Decimal is expected, never a float"),
        ({"quantity": "1"}, "quantity was '1', a Decimal"),
        ({"price": ONE}, "price was 1, a market order has none; None passes"),
        ({"order_type": OrderType.LIMIT}, "price was None, a limit order needs one"),
        ({"order_type": OrderType.LIMIT, "price": Decimal(0)}, "price was 0, above zero"),
        ({"order_type": OrderType.STOP}, "trigger_price was None, a stop order needs one"),
        (
            {"order_type": OrderType.STOP, "trigger_price": ONE, "price": ONE},
            "price was 1, a stop order has none",
        ),
        (
            {"order_type": OrderType.STOP_LIMIT, "trigger_price": ONE},
            "price was None, a stop_limit order needs one",
        ),
        (
            {"order_type": OrderType.LIMIT, "price": ONE, "trigger_price": ONE},
            "trigger_price was 1, a limit order has none",
        ),
        ({"post_only": True}, "post_only was True, a market order always takes liquidity"),
        (
            {
                "order_type": OrderType.LIMIT,
                "price": ONE,
                "post_only": True,
                "time_in_force": TimeInForce.IOC,
            },
            "time_in_force was ioc, a post-only order must be allowed to rest; gtc passes",
        ),
        ({"not_after_ns": 5}, "signed_ns was None, a request with a deadline"),
        ({"signed_ns": 5, "not_after_ns": 5}, "not_after_ns was 5, it must be later"),
        ({"client_order_id": ""}, "client_order_id was '', 1 to 32 ASCII letters and digits"),
        ({"client_order_id": "a-b"}, "client_order_id was 'a-b'"),
        ({"client_order_id": "x" * 33}, "client_order_id"),
        ({"client_order_id": "ü"}, "client_order_id"),
        ({"client_order_id": "at1\n"}, "client_order_id"),
        ({"client_order_id": None}, "client_order_id was None"),
        ({"symbol": "BTC/USDT"}, "a Symbol is expected: Symbol.parse"),
    ],
)
def test_an_order_that_cannot_be_sent_is_refused_with_field_value_and_rule(changes, text):
    with pytest.raises(InvalidOrder) as caught:
        order(**changes)
    assert text in str(caught.value)
    assert caught.value.field in text or caught.value.field == "symbol"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_order_id", "a-b_c"),
        ("client_order_id", "y" * 40),
        ("post_only", True),
    ],
)
def test_a_suggestion_passes(field, value):
    with pytest.raises(InvalidOrder) as caught:
        order(**{field: value})
    assert order(**{field: caught.value.suggestion})


def test_a_suggestion_for_a_float_is_the_way_to_write_it():
    with pytest.raises(InvalidOrder) as caught:
        order(quantity=0.1)
    assert caught.value.suggestion == "Decimal('0.1')"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.5])
def test_no_suggestion_is_made_where_none_would_pass(value):
    with pytest.raises(InvalidOrder) as caught:
        order(quantity=value)
    assert caught.value.suggestion is None


@given(st.text(max_size=40))
def test_every_client_order_id_is_accepted_or_refused_by_one_rule(text):
    fine = 1 <= len(text) <= 32 and text.isascii() and text.isalnum()
    if fine:
        assert order(client_order_id=text).client_order_id == text
    else:
        with pytest.raises(InvalidOrder) as caught:
            order(client_order_id=text)
        if caught.value.suggestion is not None:
            assert order(client_order_id=caught.value.suggestion)


@pytest.mark.parametrize("kind", OrderType)
def test_each_type_passes_with_its_own_prices(kind):
    prices = {
        "price": ONE if kind.has_price else None,
        "trigger_price": ONE if kind.has_trigger else None,
    }
    assert order(order_type=kind, **prices).order_type is kind
    if kind.has_price:
        assert order(order_type=kind, post_only=True, **prices).post_only


def test_an_order_is_a_value_that_knows_its_sign_and_its_name():
    buy, sell = order(), order(side=Side.SELL)
    assert (buy.signed_quantity, sell.signed_quantity) == (ONE, -ONE)
    assert buy == order()
    assert hash(buy) == hash(order())
    assert pickle.loads(pickle.dumps(buy)) == buy
    assert buy.ref == OrderRef(client_order_id="at1", symbol=BTC)
    with pytest.raises(dataclasses.FrozenInstanceError):
        buy.quantity = Decimal(2)
    assert order(signed_ns=1, not_after_ns=2).not_after_ns == 2
    assert order(signed_ns=1).not_after_ns is None


def test_sides_are_opposite():
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)


def test_a_reference_names_an_order_by_one_id_at_least():
    assert OrderRef(symbol=BTC, venue_order_id="v").client_order_id is None
    with pytest.raises(InvalidValue, match="our id or by the venue's"):
        OrderRef(symbol=BTC)
    with pytest.raises(InvalidValue):
        OrderRef(symbol=BTC, client_order_id="", venue_order_id="")


@pytest.mark.parametrize("status", OrderStatus)
def test_each_status_is_of_one_kind(status):
    assert not (status.is_terminal and status.is_working)
    assert not (status.is_terminal and status.reserves)
    assert status.reserves or status.is_terminal or status is OrderStatus.NEW
    if status.is_working:
        assert status.is_venue_state
        assert status.reserves


def test_an_unknown_order_reserves():
    assert OrderStatus.UNKNOWN.reserves
    assert not OrderStatus.UNKNOWN.is_terminal


@pytest.mark.parametrize(
    "status",
    [OrderStatus.NEW, OrderStatus.APPROVED, OrderStatus.SUBMITTING, OrderStatus.ABSENT],
)
def test_a_venue_cannot_report_a_state_of_ours(status):
    with pytest.raises(InvalidValue, match="a state that a venue can report"):
        state(status=status)


def test_what_a_venue_says_is_kept_as_it_is():
    over = state(filled=Decimal("1.165"))
    assert over.is_overfilled
    assert over.remaining == 0
    assert not state().is_overfilled
    assert state(filled=Decimal("0.4"), average_price=Decimal(7)).remaining == Decimal("0.6")
    assert state(client_order_id="at1").ref == OrderRef(
        symbol=BTC, client_order_id="at1", venue_order_id="v1"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal(-1)},
        {"filled": Decimal(-1)},
        {"filled": 0.5},
        {"price": 1.0},
        {"trigger_price": Decimal("NaN")},
        {"average_price": Decimal("Infinity")},
    ],
    ids=str,
)
def test_an_order_state_holds_no_float_and_nothing_infinite(changes):
    with pytest.raises(InvalidValue):
        state(**changes)
