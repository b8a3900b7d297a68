"""Fills and positions: signs, keys, corrections, and what they refuse."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from algotrendy.errors import InvalidValue
from algotrendy.model import Fill, Position, Side, Symbol

BTC = Symbol.parse("BTC/USDT")


def fill(**changes):
    given = {
        "venue": "acme",
        "fill_id": "f1",
        "symbol": BTC,
        "side": Side.SELL,
        "quantity": Decimal(2),
        "price": Decimal(10),
        "time_ns": 1,
    }
    return Fill(**{**given, **changes})


def test_a_fill_knows_its_sign_its_value_and_its_key():
    one = fill(fee=Decimal("0.001"), fee_currency="BNB", is_maker=True)
    assert one.signed_quantity == -2
    assert one.notional == 20
    assert one.key == ("acme", "", BTC, "f1")
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize("change", ["venue", "account", "fill_id", "symbol"])
def test_fills_that_differ_in_a_part_of_the_key_are_different(change):
    other = Symbol.parse("ETH/USDT") if change == "symbol" else "x"
    assert fill(**{change: other}).key != fill().key


def test_the_same_execution_told_twice_has_one_key():
    assert fill(client_order_id="at1").key == fill(venue_order_id="9", time_ns=7).key


def test_a_correction_replaces_only_what_is_older_and_the_same():
    first, corrected = fill(), fill(revision=1, quantity=Decimal(3))
    assert corrected.corrects(first)
    assert not first.corrects(corrected)
    assert not first.corrects(first)
    assert not fill(revision=1, fill_id="f2").corrects(first)


def test_a_rebate_is_a_fee_below_zero():
    assert fill(fee=Decimal("-0.1"), fee_currency="USDT").fee < 0


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fill_id": ""}, "the venue's id is expected"),
        ({"quantity": Decimal(0)}, "above zero"),
        ({"quantity": 1.5}, "a finite Decimal"),
        ({"price": Decimal("NaN")}, "a finite Decimal"),
        ({"fee": Decimal("Infinity")}, "a finite Decimal"),
        ({"fee": Decimal(1)}, "needs the asset it was charged in"),
        ({"fee": Decimal(1), "fee_currency": ""}, "needs the asset it was charged in"),
        ({"revision": -1}, "at least zero"),
    ],
    ids=str,
)
def test_a_fill_that_cannot_be_booked_is_refused(changes, text):
    with pytest.raises(InvalidValue, match=text):
        fill(**changes)


def test_a_position_has_the_side_of_its_sign():
    long = Position(symbol=BTC, quantity=Decimal(2), average_price=Decimal(10))
    short = Position(symbol=BTC, quantity=Decimal(-2), average_price=Decimal(10))
    flat = Position(symbol=BTC, quantity=Decimal(0))
    assert (long.side, short.side, flat.side) == (Side.BUY, Side.SELL, None)
    assert (long.is_flat, flat.is_flat) == (False, True)
    assert (long.value(Decimal(12)), short.value(Decimal(12))) == (24, -24)
    assert [one.unrealised(Decimal(12)) for one in (long, short, flat)] == [4, -4, 0]


def test_profit_needs_an_entry_price():
    with pytest.raises(InvalidValue, match=r"entry price of BTC/USDT is not known"):
        Position(symbol=BTC, quantity=Decimal(1)).unrealised(Decimal(1))


@pytest.mark.parametrize(
    ("quantity", "price", "text"),
    [
        (Decimal(0), Decimal(1), "a flat position has none"),
        (Decimal("NaN"), None, "a finite Decimal"),
        (Decimal(1), 2.0, "a finite Decimal"),
    ],
)
def test_a_contradictory_position_is_refused(quantity, price, text):
    with pytest.raises(InvalidValue, match=text):
        Position(symbol=BTC, quantity=quantity, average_price=price)
