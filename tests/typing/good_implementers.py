"""Never executed: what an author may write, and both type checkers must accept.

Other parameter names, properties instead of attributes, generators instead of iterators, narrower
return types, dataclasses: none of them may be refused.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from algotrendy.model import (
    Accepted,
    AccountState,
    Allow,
    BrokerEvent,
    CancelAccepted,
    Fill,
    Instrument,
    MarketEvent,
    OrderAck,
    OrderRef,
    OrderRequest,
    OrderState,
    OrderType,
    PortfolioView,
    Reject,
    StreamLost,
    Subscription,
    Symbol,
)
from algotrendy.model.bars import Bars
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols import (
    AsyncBarStore,
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
    SupportsAmend,
    SupportsAsyncClose,
    SupportsBarDelete,
    SupportsClose,
    SupportsOrderStream,
)


class WithProperties:
    """Properties, other parameter names, a narrower answer than asked for."""

    def __init__(self, account_name: str) -> None:
        self._account_name = account_name

    @property
    def name(self) -> str:
        return f"acme-{self._account_name}"

    @property
    def capabilities(self) -> BrokerCapabilities:
        return BrokerCapabilities(order_types=frozenset({OrderType.MARKET}))

    async def instruments(self) -> list[Instrument]:
        return []

    async def submit(self, request: OrderRequest) -> Accepted:
        return Accepted(client_order_id=request.client_order_id)

    async def cancel(self, which: OrderRef) -> CancelAccepted:
        return CancelAccepted(ref=which)

    async def order(self, which: OrderRef) -> None:
        del which

    async def open_orders(self, symbol: Symbol | None = None) -> tuple[OrderState, ...]:
        del symbol
        return ()

    async def fills(self, start: int) -> list[Fill]:
        del start
        return []

    async def account(self) -> AccountState:
        return AccountState(venue=self.name, time_ns=0)

    # optional abilities
    async def order_events(self) -> AsyncIterator[BrokerEvent]:
        yield StreamLost(time_ns=1, since_ns=0)

    async def amend(
        self, ref: OrderRef, *, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> OrderAck:
        del quantity, price
        return Accepted(client_order_id=ref.client_order_id or "")

    async def aclose(self) -> None:
        return None


broker: Broker = WithProperties("main")
streaming: SupportsOrderStream = WithProperties("main")
amending: SupportsAmend = WithProperties("main")
closing: SupportsAsyncClose = WithProperties("main")


class ReturnsAnIterator:
    """`stream` as a plain function that returns an iterator it got elsewhere."""

    name = "iterator"
    capabilities = ChannelCapabilities(timeframes=frozenset({"1m"}))

    def __init__(self, inner: DataChannel) -> None:
        self._inner = inner

    async def bars(self, s: Symbol, t: Timeframe, a: int, b: int) -> Bars:
        return await self._inner.bars(s, t, a, b)

    def stream(self, subscriptions: Sequence[Subscription]) -> AsyncIterator[MarketEvent]:
        return self._inner.stream(subscriptions)


def wrap(inner: DataChannel) -> DataChannel:
    return ReturnsAnIterator(inner)


@dataclass(frozen=True)
class RuleAsData:
    """A frozen dataclass is a rule: its code is a read-only field, its answer a narrower union."""

    code: str
    limit: Decimal

    def check(self, order: OrderRequest, view: PortfolioView) -> Allow | Reject:
        del view
        return Allow() if order.quantity <= self.limit else Reject(reason="too much")


rules: Sequence[RiskRule] = [RuleAsData("most", Decimal(1))]


class AnyStore:
    """One body, both forms of store."""

    name = "any"
    capabilities = BarStoreCapabilities(durable=True)

    def append(self, bars: Bars) -> int:
        return len(bars)

    def read(
        self, s: Symbol, t: Timeframe, a: int, b: int, *, sources: Sequence[str] = ("",)
    ) -> Bars:
        del s, t, a, b, sources
        raise NotImplementedError

    def series(self) -> list[StoredSeries]:
        return []

    def last_ns(self, s: Symbol, t: Timeframe) -> int:
        del s, t
        return 0

    def delete(self, s: Symbol, t: Timeframe, a: int, b: int) -> int:
        del s, t
        return b - a

    def close(self) -> None:
        return None


class AnyAsyncStore:
    name = "any"
    capabilities = BarStoreCapabilities(durable=True, many_writers=True)

    def __init__(self, inner: BarStore) -> None:
        self._inner = inner

    async def append(self, bars: Bars) -> int:
        return self._inner.append(bars)

    async def read(
        self, s: Symbol, t: Timeframe, a: int, b: int, *, sources: Sequence[str] = ()
    ) -> Bars:
        return self._inner.read(s, t, a, b, sources=sources)

    async def series(self) -> Sequence[StoredSeries]:
        return self._inner.series()

    async def last_ns(self, s: Symbol, t: Timeframe) -> int | None:
        return self._inner.last_ns(s, t)


store: BarStore = AnyStore()
deleting: SupportsBarDelete = AnyStore()
closable: SupportsClose = AnyStore()
network_store: AsyncBarStore = AnyAsyncStore(store)


class AttributeCache:
    """Instance attributes are as good as properties."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.capabilities = CacheCapabilities()

    async def get(self, key: str) -> bytes:
        return key.encode()

    async def set(self, key: str, value: bytes, *, ttl_s: float, jitter_s: float = 0) -> None:
        del key, value, ttl_s, jitter_s


cache: Cache = AttributeCache("one")


def tell(done: int, total: int) -> None:
    del done, total


progress: Progress = tell
