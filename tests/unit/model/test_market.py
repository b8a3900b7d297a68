"""Market events: prices that can be, books in order, losses that say what they lost."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import get_args

import pytest

from algotrendy.errors import InvalidValue
from algotrendy.model import (
    Bar,
    BookLevel,
    BookSnapshot,
    MarketEvent,
    Quote,
    Side,
    SourceChanged,
    Stale,
    StreamGap,
    StreamKind,
    Subscription,
    Symbol,
    Timeframe,
    Trade,
)

BTC, MINUTE = Symbol.parse("BTC/USDT"), Timeframe.parse("1m")


def d(text):
    return Decimal(text)


def bar(**changes):
    given = {
        "symbol": BTC,
        "timeframe": MINUTE,
        "open_ns": 0,
        "open": d("2"),
        "high": d("4"),
        "low": d("1"),
        "close": d("3"),
        "volume": d("0"),
        "is_final": True,
    }
    return Bar(**{**given, **changes})


def quote(**changes):
    return Quote(**{"symbol": BTC, "time_ns": 0, "bid": d("9"), "ask": d("11"), **changes})


def book(bids=("9", "8"), asks=("11", "12")):
    sides = (tuple(BookLevel(d(p), d("1")) for p in side) for side in (bids, asks))
    return BookSnapshot(symbol=BTC, time_ns=0, bids=next(sides), asks=next(sides))


EVENTS = [
    bar(quote_volume=d("5"), trades_count=3),
    Trade(symbol=BTC, time_ns=0, price=d("1"), quantity=d("1"), side=Side.BUY),
    quote(bid_quantity=d("0"), ask_quantity=d("2")),
    book(),
    StreamGap(symbol=BTC, kind=StreamKind.BARS, start_ns=0, end_ns=1, timeframe=MINUTE),
    Stale(symbol=BTC, kind=StreamKind.TRADES, last_ns=None, now_ns=5),
    SourceChanged(symbol=BTC, kind=StreamKind.BARS, time_ns=0, old_source="a", new_source="b"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_are_values_that_survive_a_process_border(event):
    assert pickle.loads(pickle.dumps(event)) == event
    assert hash(event) == hash(pickle.loads(pickle.dumps(event)))


def test_the_union_names_every_event():
    assert set(get_args(MarketEvent)) == {type(event) for event in EVENTS}


@pytest.mark.parametrize(
    "changes",
    [
        {"open": d("5")},
        {"close": d("0.5")},
        {"low": d("0")},
        {"high": d("NaN")},
        {"open": 2.0},
        {"volume": d("-1")},
        {"quote_volume": d("-1")},
    ],
    ids=str,
)
def test_a_bar_that_cannot_be_is_refused(changes):
    with pytest.raises(InvalidValue):
        bar(**changes)


@pytest.mark.parametrize("changes", [{"bid": d("0")}, {"ask": 1.5}, {"bid_quantity": d("-1")}])
def test_a_quote_that_cannot_be_is_refused(changes):
    with pytest.raises(InvalidValue):
        quote(**changes)


@pytest.mark.parametrize("changes", [{"price": d("0")}, {"quantity": d("0")}])
def test_a_trade_that_cannot_be_is_refused(changes):
    with pytest.raises(InvalidValue):
        Trade(**{"symbol": BTC, "time_ns": 0, "price": d("1"), "quantity": d("1"), **changes})


def test_a_quote_knows_its_middle_and_its_spread():
    assert quote().mid == 10
    assert quote().spread == 2
    assert quote(bid=d("12")).spread == -1


@pytest.mark.parametrize(
    ("bids", "asks"), [(("8", "9"), ()), (("9", "9"), ()), ((), ("12", "11")), ((), ("11", "11"))]
)
def test_a_book_out_of_order_is_refused(bids, asks):
    with pytest.raises(InvalidValue, match="each once"):
        book(bids, asks)


@pytest.mark.parametrize(
    ("bids", "asks", "crossed"),
    [
        (("9",), ("11",), False),
        (("11",), ("11",), True),
        (("12",), ("11",), True),
        ((), ("11",), False),
        (("9",), (), False),
    ],
)
def test_a_crossed_book_is_told(bids, asks, crossed):
    assert book(bids, asks).is_crossed is crossed


@pytest.mark.parametrize(
    "given",
    [
        {"kind": StreamKind.BARS},
        {"kind": StreamKind.TRADES, "timeframe": MINUTE},
        {"kind": StreamKind.QUOTES, "depth": 5},
        {"kind": StreamKind.BOOK, "depth": 0},
    ],
    ids=str,
)
def test_a_subscription_that_means_nothing_is_refused(given):
    with pytest.raises(InvalidValue):
        Subscription(symbol=BTC, **given)


def test_subscriptions_are_values():
    wanted = [
        Subscription(symbol=BTC, kind=StreamKind.BARS, timeframe=MINUTE),
        Subscription(symbol=BTC, kind=StreamKind.BOOK, depth=5),
        Subscription(symbol=BTC, kind=StreamKind.BOOK),
    ]
    assert len({*wanted, *wanted}) == 3


def test_a_gap_has_a_length_and_a_change_has_two_sources():
    with pytest.raises(InvalidValue, match="later than start_ns"):
        StreamGap(symbol=BTC, kind=StreamKind.BARS, start_ns=1, end_ns=1)
    with pytest.raises(InvalidValue, match="another source"):
        SourceChanged(symbol=BTC, kind=StreamKind.BARS, time_ns=0, old_source="a", new_source="a")
