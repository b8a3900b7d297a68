"""Events of orders and accounts: facts that a journal can keep."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import get_args

import pytest

from algotrendy.errors import InvalidValue
from algotrendy.model import (
    Accepted,
    AccountAdjusted,
    Allow,
    BrokerEvent,
    CancelAnswered,
    CancelRequested,
    CancelUnknown,
    Fill,
    FillBooked,
    OrderAnswered,
    OrderEvent,
    OrderIntended,
    OrderProvenAbsent,
    OrderReported,
    OrderRequest,
    OrderState,
    OrderStatus,
    OrderSubmitting,
    ReportOrigin,
    RiskDecided,
    RiskDecision,
    RuleVerdict,
    Side,
    StreamLost,
    Symbol,
    TradingState,
    TradingStateChanged,
)

BTC, ONE = Symbol.parse("BTC/USDT"), Decimal(1)
ORDER = OrderRequest(
    client_order_id="at1", symbol=BTC, side=Side.BUY, quantity=ONE, signed_ns=1, not_after_ns=2
)
STATE = OrderState(
    symbol=BTC, side=Side.BUY, status=OrderStatus.OPEN, quantity=ONE, venue_order_id="v"
)
FILL = Fill(venue="v", fill_id="f", symbol=BTC, side=Side.BUY, quantity=ONE, price=ONE, time_ns=1)
DECISION = RiskDecision(
    client_order_id="at1",
    time_ns=0,
    verdict=Allow(),
    verdicts=(RuleVerdict(code="r", verdict=Allow()),),
)
EVENTS = [
    OrderIntended(time_ns=0, intent_id="i1", order=ORDER),
    RiskDecided(time_ns=0, decision=DECISION),
    OrderSubmitting(time_ns=0, order=ORDER),
    OrderAnswered(time_ns=0, ack=Accepted(client_order_id="at1")),
    CancelRequested(time_ns=0, ref=ORDER.ref),
    CancelAnswered(time_ns=0, ack=CancelUnknown(ref=ORDER.ref, reason="time-out")),
    OrderReported(time_ns=0, state=STATE, origin=ReportOrigin.STREAM),
    OrderProvenAbsent(time_ns=0, client_order_id="at1", evidence="two queries, history, fills"),
    FillBooked(time_ns=0, fill=FILL, origin=ReportOrigin.QUERY, late_after=OrderStatus.CANCELED),
    AccountAdjusted(time_ns=0, symbol=BTC, old=ONE, new=Decimal(2), reason="start-up"),
    TradingStateChanged(time_ns=0, state=TradingState.HALTED, reason="ghost order", symbol=BTC),
    StreamLost(time_ns=1, since_ns=0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_are_values_with_a_time(event):
    assert isinstance(event.time_ns, int)
    assert pickle.loads(pickle.dumps(event)) == event


def test_the_unions_name_every_event():
    assert set(get_args(OrderEvent)) == {type(event) for event in EVENTS}
    assert set(get_args(BrokerEvent)) == {OrderState, Fill, StreamLost}


def test_nothing_is_sent_without_a_signing_time_and_a_deadline():
    bare = OrderRequest(client_order_id="at1", symbol=BTC, side=Side.BUY, quantity=ONE)
    signed = OrderRequest(
        client_order_id="at1", symbol=BTC, side=Side.BUY, quantity=ONE, signed_ns=1
    )
    for order in (bare, signed):
        with pytest.raises(InvalidValue, match="a signing time and a deadline"):
            OrderSubmitting(time_ns=0, order=order)


@pytest.mark.parametrize("given", [{}, {"symbol": BTC, "currency": "USDT"}], ids=str)
def test_an_adjustment_is_of_one_thing(given):
    with pytest.raises(InvalidValue, match="either a symbol or a currency"):
        AccountAdjusted(time_ns=0, old=ONE, new=ONE, reason="", **given)


def test_an_adjustment_is_exact():
    with pytest.raises(InvalidValue, match="new was"):
        AccountAdjusted(time_ns=0, old=ONE, new=1.5, reason="", currency="USDT")


def test_a_fill_is_late_only_after_the_end():
    on_time = FillBooked(time_ns=0, fill=FILL, origin=ReportOrigin.ANSWER)
    assert on_time.late_after is None
    with pytest.raises(InvalidValue, match="a terminal status"):
        FillBooked(time_ns=0, fill=FILL, origin=ReportOrigin.ANSWER, late_after=OrderStatus.OPEN)
