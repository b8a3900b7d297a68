"""Never executed: what an author may not write. Every marked line must be refused by both checkers.

Each mark is an ignore comment, which both tools report when it is *not* needed: a line that is
accepted fails the check. Executing this file would fail too: some of the faults are found at run time.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from algotrendy.model import (
    Accepted,
    AccountState,
    Allow,
    CancelAck,
    CancelUnknown,
    Fill,
    Instrument,
    MarketEvent,
    OrderAck,
    OrderRef,
    OrderRequest,
    OrderState,
    OrderType,
    PortfolioView,
    Quote,
    Refused,
    Side,
    Subscription,
    Symbol,
)
from algotrendy.model.bars import Bars
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols import (
    BarStore,
    BarStoreCapabilities,
    Broker,
    BrokerCapabilities,
    Cache,
    CacheCapabilities,
    ChannelCapabilities,
    DataChannel,
    Progress,
    RiskRule,
    StoredSeries,
    SupportsClose,
)

BTC = Symbol("BTC", "USDT")


class _AlmostABroker:
    """Everything but `name` and `cancel`."""

    capabilities = BrokerCapabilities(order_types=frozenset({OrderType.MARKET}))

    async def instruments(self) -> Sequence[Instrument]:
        return ()

    async def submit(self, order: OrderRequest) -> OrderAck:
        return Accepted(client_order_id=order.client_order_id)

    async def order(self, ref: OrderRef) -> OrderState | None:
        del ref
        return None

    async def open_orders(self, symbol: Symbol | None = None) -> Sequence[OrderState]:
        del symbol
        return ()

    async def fills(self, since_ns: int) -> Sequence[Fill]:
        del since_ns
        return ()

    async def account(self) -> AccountState:
        return AccountState(venue="almost", time_ns=0)


class NoCancel(_AlmostABroker):
    name = "no cancel"


class NoName(_AlmostABroker):
    async def cancel(self, ref: OrderRef) -> CancelAck:
        return CancelUnknown(ref=ref, reason="")


class SaysYesOrNo(NoName):
    name = "bool"

    async def cancel(self, ref: OrderRef) -> bool:  # type: ignore[override]
        del ref
        return True


class Blocking(NoName):
    name = "blocking"

    def submit(self, order: OrderRequest) -> OrderAck:  # type: ignore[override]
        return Refused(client_order_id=order.client_order_id, reason="")


class LooseCapabilities:
    """A dictionary where a capabilities value is due."""

    name = "dict"

    @property
    def capabilities(self) -> dict[str, bool]:
        return {"atomic_add": True}

    async def get(self, key: str) -> bytes | None:
        return key.encode()

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        del key, value, ttl_s


no_cancel: Broker = NoCancel()  # type: ignore[assignment]
no_name: Broker = NoName()  # type: ignore[assignment]
yes_or_no: Broker = SaysYesOrNo()  # type: ignore[assignment]
blocking: Broker = Blocking()  # type: ignore[assignment]


class _History:
    name = "history"
    capabilities = ChannelCapabilities(timeframes=frozenset({"1m"}))

    async def bars(self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int) -> Bars:
        raise NotImplementedError


class StreamIsAwaited(_History):
    """`async def` without `yield`: calling it gives a coroutine, not an iterator."""

    async def stream(self, subscriptions: Sequence[Subscription]) -> AsyncIterator[MarketEvent]:
        raise NotImplementedError


class StreamOfText(_History):
    async def stream(self, subscriptions: Sequence[Subscription]) -> AsyncIterator[str]:
        del subscriptions
        yield "tick"


class TakesText(StreamOfText):
    async def bars(self, symbol: str, timeframe: str, start_ns: int, end_ns: int) -> Bars:  # type: ignore[override]
        raise NotImplementedError


awaited: DataChannel = StreamIsAwaited()  # type: ignore[assignment]
of_text: DataChannel = StreamOfText()  # type: ignore[assignment]
takes_text: DataChannel = TakesText()  # type: ignore[assignment]
history_only: DataChannel = _History()  # type: ignore[assignment]


class TrueOrFalse:
    code = "bool"

    def check(self, order: OrderRequest, view: PortfolioView) -> bool:
        del order, view
        return True


class NeedsAClock:
    """A rule gets an order and a view, nothing else."""

    code = "clock"

    def check(self, order: OrderRequest, view: PortfolioView, now_ns: int) -> Allow:
        del order, view, now_ns
        return Allow()


class Awaits:
    code = "async"

    async def check(self, order: OrderRequest, view: PortfolioView) -> Allow:
        del order, view
        return Allow()


true_or_false: RiskRule = TrueOrFalse()  # type: ignore[assignment]
needs_a_clock: RiskRule = NeedsAClock()  # type: ignore[assignment]
awaits: RiskRule = Awaits()  # type: ignore[assignment]


class ForgetsSources:
    """`read` without `sources`."""

    name = "forgets"
    capabilities = BarStoreCapabilities(durable=True)

    def append(self, bars: Bars) -> int:
        return len(bars)

    def read(self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int) -> Bars:
        raise NotImplementedError

    def series(self) -> Sequence[StoredSeries]:
        return ()

    def last_ns(self, symbol: Symbol, timeframe: Timeframe) -> int | None:
        del symbol, timeframe
        return None


forgets_sources: BarStore = ForgetsSources()  # type: ignore[assignment]
never_closes: SupportsClose = ForgetsSources()  # type: ignore[assignment]


class TextCache:
    name = "text"
    capabilities = CacheCapabilities()

    async def get(self, key: str) -> str | None:
        return key

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        del key, value, ttl_s


text_cache: Cache = TextCache()  # type: ignore[assignment]


def fraction_only(fraction: float) -> None:
    del fraction


loose_cache: Cache = LooseCapabilities()  # type: ignore[assignment]
fractions: Progress = fraction_only  # type: ignore[assignment]

# Values: money is never a float, fields are named, values are frozen, enums are not text.
float_quantity = OrderRequest(
    client_order_id="at1",
    symbol=BTC,
    side=Side.BUY,
    quantity=0.1,  # type: ignore[arg-type]
)
text_side = OrderRequest(
    client_order_id="at1",
    symbol=BTC,
    side="buy",  # type: ignore[arg-type]
    quantity=Decimal(1),
)
no_id = OrderRequest(symbol=BTC, side=Side.BUY, quantity=Decimal(1))  # type: ignore[call-arg]
by_position = Quote(BTC, 0, Decimal(1), Decimal(2))  # type: ignore[call-arg]
float_price = Quote(symbol=BTC, time_ns=0, bid=1.5, ask=Decimal(2))  # type: ignore[arg-type]
text_side.quantity = Decimal(2)  # type: ignore[misc]
