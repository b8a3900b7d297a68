"""Never executed: the types that users' editors show."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import assert_never, assert_type

import numpy as np
from numpy.typing import NDArray

import algotrendy as at
from algotrendy.backtests.strategy import Strategy
from algotrendy.model import (
    Accepted,
    AccountState,
    Allow,
    Balance,
    Bar,
    BookSnapshot,
    CancelAccepted,
    CancelAck,
    CancelRefused,
    CancelUnknown,
    Fill,
    FillKey,
    MarketEvent,
    OrderAck,
    OrderRef,
    OrderRequest,
    OrderState,
    PortfolioView,
    Position,
    Quote,
    Refused,
    Reject,
    Resize,
    Side,
    SourceChanged,
    Stale,
    StreamGap,
    Trade,
    Unknown,
    Verdict,
)
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe


def bars_api(bars: at.Bars) -> None:
    assert_type(bars, Bars)
    assert_type(bars.symbol, Symbol)
    assert_type(bars.symbols, tuple[Symbol, ...])
    assert_type(bars.timeframe, Timeframe)
    assert_type(bars.calendar, Calendar)
    assert_type(bars.open_ns, NDArray[np.int64])
    assert_type(bars.close, NDArray[np.float64])
    assert_type(bars.quote_volume, NDArray[np.float64])
    assert_type(bars.trades_count, NDArray[np.int64])
    assert_type(bars.times, NDArray[np.datetime64])
    assert_type(bars.is_many, bool)
    assert_type(bars.fingerprint, str)
    assert_type(bars[1:], Bars)
    assert_type(bars["BTC/USDT"], Bars)
    assert_type(iter(bars), Iterator[Bars])
    assert_type(bars.columns(), Mapping[str, NDArray[np.float64]])
    bars[0]  # type: ignore[index]
    bars.symbol = Symbol("BTC")  # type: ignore[misc]


@at.strategy
def plain(bars: Bars, length: int = 20) -> NDArray[np.bool_]:
    above: NDArray[np.bool_] = bars.close > bars.close.mean() * length
    return above


@at.strategy(name="named", where=lambda fast, slow: fast < slow)
def with_rule(bars: Bars, fast: int = 1, slow: int = 2) -> at.Signals:
    return at.Signals(entries=bars.close > fast, exits=bars.close < slow, stop_loss=0.02)


def strategy_api() -> None:
    assert_type(plain, Strategy)
    assert_type(with_rule, Strategy)
    assert_type(plain.name, str)
    assert_type(plain.defaults, Mapping[str, object])
    assert_type(plain.source_hash, str)


@at.strategy  # type: ignore[arg-type]
def returns_text(bars: Bars) -> str:
    return str(bars)


def every_order_outcome_is_handled(ack: OrderAck) -> str:
    match ack:
        case Accepted():
            return ack.venue_order_id or ""
        case Refused():
            return ack.reason
        case Unknown():
            assert_type(ack.exists, bool)
            return ack.reason
        case _:
            assert_never(ack)


def a_forgotten_outcome_is_found(ack: OrderAck) -> str:
    match ack:
        case Accepted():
            return ""
        case Refused():
            return ack.reason
        case _:
            assert_never(ack)  # type: ignore[arg-type]


def every_cancel_outcome_is_handled(ack: CancelAck) -> OrderRef:
    match ack:
        case CancelAccepted() | CancelRefused() | CancelUnknown():
            return ack.ref
        case _:
            assert_never(ack)


def every_verdict_is_handled(verdict: Verdict) -> Decimal | None:
    match verdict:
        case Allow():
            return None
        case Resize():
            return verdict.quantity
        case Reject():
            return Decimal(0)
        case _:
            assert_never(verdict)


def every_market_event_is_handled(event: MarketEvent) -> str:
    match event:
        case Bar() | Trade() | Quote() | BookSnapshot():
            return event.source
        case StreamGap() | Stale() | SourceChanged():
            return str(event.kind)
        case _:
            assert_never(event)


def values_api(
    order: OrderRequest, fill: Fill, account: AccountState, view: PortfolioView, state: OrderState
) -> None:
    assert_type(order.price, Decimal | None)
    assert_type(order.signed_quantity, Decimal)
    assert_type(order.ref, OrderRef)
    assert_type(state.ref, OrderRef)
    assert_type(fill.key, FillKey)
    assert_type(fill.side.opposite, Side)
    assert_type(account.balance("USDT"), Balance)
    assert_type(account.position(order.symbol), Position)
    assert_type(view.worst_gross_exposure(order), Decimal)
