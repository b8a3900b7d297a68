"""Accounts and the view of risk rules: what may become exposure counts as exposure."""

from __future__ import annotations

import itertools
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidValue
from algotrendy.model import (
    AccountState,
    Balance,
    OrderRequest,
    OrderStatus,
    PendingOrder,
    PortfolioView,
    Position,
    Side,
    Symbol,
    TradingState,
)

BTC, ETH = Symbol.parse("BTC/USDT"), Symbol.parse("ETH/USDT")
ONE = Decimal(1)


def order(side=Side.BUY, quantity=1, symbol=BTC, *, reduce_only=False):
    return OrderRequest(
        client_order_id="at9",
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        reduce_only=reduce_only,
    )


def pending(side=Side.BUY, remaining=1, symbol=BTC, status=OrderStatus.OPEN, *, reduce_only=False):
    return PendingOrder(
        client_order_id="at1",
        symbol=symbol,
        side=side,
        remaining=Decimal(remaining),
        status=status,
        reduce_only=reduce_only,
    )


def view(held=0, *orders, **changes):
    given_ = {
        "time_ns": 0,
        "currency": "USDT",
        "equity": Decimal(1000),
        "cash": Decimal(500),
        "positions": {BTC: Position(symbol=BTC, quantity=Decimal(held))},
        "marks": {BTC: Decimal(10), ETH: Decimal(5)},
        "pending": orders,
    }
    return PortfolioView(**{**given_, **changes})


def test_an_account_answers_for_what_it_does_not_list():
    account = AccountState(
        venue="acme",
        time_ns=1,
        balances=(Balance(currency="USDT", total=Decimal(10), free=Decimal(4)),),
        positions=(Position(symbol=BTC, quantity=ONE),),
        equity=Decimal(20),
    )
    assert account.balance("USDT").used == 6
    assert account.balance("BTC").total == 0
    assert account.position(BTC).quantity == 1
    assert account.position(ETH).is_flat
    assert pickle.loads(pickle.dumps(account)) == account


@pytest.mark.parametrize(
    "changes",
    [
        {"balances": (Balance(currency="A", total=ONE, free=ONE),) * 2},
        {"positions": (Position(symbol=BTC, quantity=ONE),) * 2},
        {"equity": 1.5},
    ],
    ids=["balance twice", "position twice", "float equity"],
)
def test_a_contradictory_account_is_refused(changes):
    with pytest.raises(InvalidValue):
        AccountState(venue="acme", time_ns=1, **changes)


@pytest.mark.parametrize("field", ["total", "free"])
def test_a_balance_is_exact(field):
    with pytest.raises(InvalidValue, match=f"balance of USDT: {field}"):
        Balance(**{"currency": "USDT", "total": ONE, "free": ONE, field: 0.1})


@pytest.mark.parametrize(
    "status", [one for one in OrderStatus if one.is_terminal or one is OrderStatus.NEW]
)
def test_what_cannot_fill_is_not_pending(status):
    with pytest.raises(InvalidValue, match="may still fill"):
        pending(status=status)


def test_an_unknown_order_counts_like_an_open_one():
    open_, unknown = (
        view(0, pending(status=status)) for status in (OrderStatus.OPEN, OrderStatus.UNKNOWN)
    )
    assert open_.worst_exposure(BTC) == unknown.worst_exposure(BTC) == 10


def test_the_worst_is_all_of_one_side_and_nothing_of_the_other():
    seen = view(2, pending(Side.BUY, 3), pending(Side.SELL, 4))
    assert seen.worst_quantity(BTC) == 5
    assert view(-2, pending(Side.SELL, 4)).worst_quantity(BTC) == 6
    assert seen.worst_quantity(BTC, order(Side.SELL, 5)) == 7
    assert seen.worst_quantity(BTC, order(symbol=ETH)) == 5
    assert seen.pending_quantity(BTC, Side.SELL) == 4


def test_orders_that_may_only_reduce_do_not_enlarge_the_worst():
    assert view(2, pending(Side.SELL, 9, reduce_only=True)).worst_quantity(BTC) == 2
    assert view(2).worst_quantity(BTC, order(Side.SELL, 9, reduce_only=True)) == 2


def test_gross_exposure_sums_what_is_held_pending_and_asked_for():
    seen = view(1, pending(symbol=ETH, remaining=2))
    assert seen.worst_gross_exposure() == 10 + 10
    assert seen.worst_gross_exposure(order(quantity=3)) == 40 + 10
    assert view(0).worst_gross_exposure() == 0


def test_exposure_without_a_price_is_an_error_not_zero():
    with pytest.raises(InvalidValue, match="no price is known"):
        view(1, marks={}).worst_exposure(BTC)
    assert view(0, marks={}).worst_exposure(BTC) == 0


@pytest.mark.parametrize(
    ("held", "others", "asked", "reduces"),
    [
        (2, (), order(Side.SELL, 2), True),
        (2, (), order(Side.SELL, 3), False),
        (2, (), order(Side.BUY, 1), False),
        (-2, (), order(Side.BUY, 2), True),
        (-2, (), order(Side.SELL, 1), False),
        (0, (), order(Side.SELL, 1), False),
        (2, (pending(Side.SELL, 1),), order(Side.SELL, 2), False),
        (2, (pending(Side.SELL, 1, status=OrderStatus.UNKNOWN),), order(Side.SELL, 1), True),
    ],
)
def test_an_order_reduces_only_if_it_does_whatever_fills_first(held, others, asked, reduces):
    assert view(held, *others).reduces(asked) is reduces


sizes = st.integers(min_value=0, max_value=5)


@given(st.integers(-5, 5), st.lists(st.tuples(st.sampled_from(Side), sizes), max_size=4))
def test_no_set_of_fills_ends_above_the_worst(held, orders):
    seen = view(held, *(pending(side, n) for side, n in orders))
    worst = seen.worst_quantity(BTC)
    ends = []
    for filled in itertools.product(*({0, n} for _, n in orders)):
        moves = (side.sign * n for (side, _), n in zip(orders, filled, strict=True))
        ends.append(abs(held + sum(moves)))
    assert max(ends) == worst


@given(
    st.integers(-5, 5),
    st.lists(st.tuples(st.sampled_from(Side), sizes), max_size=3),
    st.sampled_from(Side),
    st.integers(1, 5),
)
def test_a_reducing_order_never_enlarges_what_the_others_leave(held, orders, side, quantity):
    seen = view(held, *(pending(s, n) for s, n in orders))
    asked = order(side, quantity)
    if not seen.reduces(asked):
        return
    same_side = [n for s, n in orders if s is side]
    for filled in itertools.product(*({0, n} for n in same_side)):
        before = held + side.sign * sum(filled)
        assert abs(before + side.sign * quantity) <= abs(before)


@pytest.mark.parametrize(
    "changes",
    [{"equity": 1.0}, {"cash": Decimal("NaN")}, {"marks": {BTC: Decimal(0)}}],
    ids=str,
)
def test_a_view_holds_exact_amounts_and_prices_above_zero(changes):
    with pytest.raises(InvalidValue):
        view(0, **changes)


def test_a_view_is_a_value_that_survives_a_process_border():
    seen = view(1, pending(), trading_state=TradingState.REDUCING, latches=frozenset({"day_loss"}))
    assert pickle.loads(pickle.dumps(seen)) == seen
    assert PortfolioView(time_ns=0, currency="X", equity=ONE, cash=ONE).quantity(BTC) == 0
