"""The minimal implementation in each docstring runs, and does what its contract says."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from decimal import Decimal

import numpy as np
import pytest
from tests.protocol_examples import EXAMPLES, example, members, minimal

from algotrendy import protocols
from algotrendy.backtests.spec import BacktestSpec, FillMode
from algotrendy.backtests.strategy import Strategy
from algotrendy.errors import InvalidValue, NoData, Unsupported
from algotrendy.model import (
    Accepted,
    Allow,
    Bar,
    Bars,
    CancelRefused,
    Fill,
    OrderRequest,
    OrderStatus,
    OrderType,
    PortfolioView,
    Position,
    Refused,
    Reject,
    Side,
    StreamKind,
    Subscription,
    Symbol,
    Timeframe,
    Unknown,
)

BTC = Symbol.parse("BTC/USDT")
ETH = Symbol.parse("ETH/USDT")
HOUR = Timeframe.parse("1h")
NS = 3_600_000_000_000


def _bars(symbol="BTC/USDT", first=0, n=5, *, sources=("acme",), close=2.0):
    return Bars(
        symbol,
        "1h",
        open_ns=[(first + i) * NS for i in range(n)],
        open=[close] * n,
        high=[close + 1] * n,
        low=[close - 1] * n,
        close=[close] * n,
        volume=[1.5] * n,
        sources=sources,
    )


def _order(**changes):
    given = {
        "client_order_id": "at1",
        "symbol": BTC,
        "side": Side.BUY,
        "quantity": Decimal(2),
        **changes,
    }
    return OrderRequest(**given)


@pytest.mark.parametrize("module", EXAMPLES)
def test_an_example_has_every_member_of_its_contract_and_inherits_nothing(module):
    made = minimal(module)
    contract = getattr(protocols, EXAMPLES[module][1])
    missing = {
        name
        for name in members(contract)
        if not hasattr(made, name) and f"self.{name} =" not in example(module)
    }
    assert not missing
    assert made.__bases__ == (object,)


@pytest.mark.parametrize("module", EXAMPLES)
def test_an_example_is_asynchronous_exactly_where_its_contract_is(module):
    made, contract = minimal(module), getattr(protocols, EXAMPLES[module][1])
    for name in members(contract):
        wanted = vars(contract)[name]
        if inspect.isfunction(wanted) and name != "stream":
            given = vars(made)[name]
            assert inspect.iscoroutinefunction(given) == inspect.iscoroutinefunction(wanted), name


def test_the_broker_tells_three_outcomes():
    broker = minimal("broker")(Decimal(10))

    async def scenario():
        first = await broker.submit(_order())
        again = await broker.submit(_order())
        limit = await broker.submit(
            _order(client_order_id="at2", order_type=OrderType.LIMIT, price=Decimal(9))
        )
        return first, again, limit

    first, again, limit = asyncio.run(scenario())
    assert isinstance(first, Accepted)
    assert isinstance(again, Unknown)
    assert again.exists
    assert isinstance(limit, Refused)


def test_the_broker_knows_its_orders_fills_and_position():
    broker = minimal("broker")(Decimal(10))

    async def scenario():
        order = _order()
        await broker.submit(order)
        await broker.submit(_order(client_order_id="at2", side=Side.SELL, quantity=Decimal(1)))
        other = _order(client_order_id="other").ref
        return (
            await broker.order(order.ref),
            await broker.order(other),
            await broker.cancel(order.ref),
            await broker.cancel(other),
            await broker.fills(0),
            await broker.fills(1),
            await broker.account(),
            await broker.open_orders(),
            await broker.instruments(),
        )

    state, absent, gone, unknown, fills, later, account, working, rules = asyncio.run(scenario())
    assert state.status is OrderStatus.FILLED
    assert absent is None
    assert isinstance(gone, CancelRefused)
    assert not gone.not_known
    assert unknown.not_known
    assert [one.fill_id for one in fills] == ["at1", "at2"]
    assert [one.fill_id for one in later] == ["at2"]
    assert account.position(BTC).quantity == 1
    assert not working
    assert not rules


def test_the_channel_serves_a_range_and_replays_it():
    bars = _bars()
    channel = minimal("channel")(bars)

    async def scenario():
        part = await channel.bars(BTC, HOUR, NS, 3 * NS)
        empty = await channel.bars(BTC, HOUR, 100 * NS, 200 * NS)
        wanted = Subscription(symbol=BTC, kind=StreamKind.BARS, timeframe=HOUR)
        return part, empty, [event async for event in channel.stream([wanted])]

    part, empty, events = asyncio.run(scenario())
    assert part == bars[1:3]
    assert not len(empty)
    assert [event.open_ns for event in events] == bars.open_ns.tolist()
    assert all(event.is_final and event.source == "list" for event in events)
    assert [float(event.close) for event in events] == bars.close.tolist()


@pytest.mark.parametrize(
    ("symbol", "timeframe", "error"), [(BTC, "1m", Unsupported), (ETH, "1h", NoData)]
)
def test_the_channel_says_what_it_does_not_have(symbol, timeframe, error):
    channel = minimal("channel")(_bars())
    with pytest.raises(error):
        asyncio.run(channel.bars(symbol, Timeframe.parse(timeframe), 0, NS))


def test_the_rule_allows_up_to_its_limit_and_lets_reductions_pass():
    rule = minimal("risk")(Decimal(100))
    view = PortfolioView(
        time_ns=0,
        currency="USDT",
        equity=Decimal(1000),
        cash=Decimal(1000),
        positions={BTC: Position(symbol=BTC, quantity=Decimal(5))},
        marks={BTC: Decimal(30)},
    )
    assert isinstance(rule.check(_order(quantity=Decimal(3)), view), Allow)
    verdict = rule.check(_order(quantity=Decimal(4)), view)
    assert isinstance(verdict, Reject)
    assert "120" in verdict.reason
    assert isinstance(rule.check(_order(quantity=Decimal(4), side=Side.SELL), view), Allow)
    assert isinstance(rule.check(_order(quantity=Decimal(6), side=Side.SELL), view), Reject)
    with pytest.raises(InvalidValue, match="no price is known"):
        rule.check(_order(symbol=ETH), view)


def test_the_engine_returns_the_cash_and_refuses_what_it_cannot_do():
    engine = minimal("engine")()
    bars = _bars()
    spec = BacktestSpec(strategy=Strategy(_never), bars=bars)
    told = []
    result = engine.run(spec, on_progress=lambda done, total: told.append((done, total)))
    assert result.final_equity == spec.cash
    assert result.engine == "idle"
    assert result.n_trades == 0
    assert told == [(5, 5)]
    assert engine.run(spec).total_return == 0
    with pytest.raises(Unsupported, match="this_close"):
        engine.run(BacktestSpec(strategy=spec.strategy, bars=bars, fill=FillMode.THIS_CLOSE))


def _never(bars):
    return np.zeros(len(bars), dtype=np.bool_)


def test_the_strategy_buys_a_dip_and_sells_what_it_holds():
    strategy = minimal("strategy")(BTC)
    sent = []

    class Context:
        def __init__(self, held):
            self.portfolio = PortfolioView(
                time_ns=0,
                currency="USDT",
                equity=Decimal(1),
                cash=Decimal(1),
                positions={BTC: Position(symbol=BTC, quantity=Decimal(held))},
            )

        def submit(self, symbol, side, quantity, *, reduce_only=False):
            sent.append((symbol, side, quantity, reduce_only))

    def bar(close):
        return Bar(
            symbol=BTC,
            timeframe=HOUR,
            open_ns=0,
            open=Decimal(100),
            high=Decimal(100),
            low=Decimal(90),
            close=Decimal(close),
            volume=Decimal(1),
            is_final=True,
        )

    strategy.on_bar(Context(0), bar(99))
    strategy.on_bar(Context(0), bar(97))
    strategy.on_bar(Context(1), bar(97))
    fill = Fill(
        venue="v",
        fill_id="1",
        symbol=BTC,
        side=Side.BUY,
        quantity=Decimal(1),
        price=Decimal(97),
        time_ns=0,
    )
    strategy.on_fill(Context(1), fill)
    assert sent == [(BTC, Side.BUY, Decimal(1), False), (BTC, Side.SELL, Decimal(1), True)]
    assert strategy.needs.symbols == (BTC,)


def test_the_cache_forgets_what_expired():
    now = [0.0]
    cache = minimal("cache")(lambda: now[0])

    async def scenario():
        before = await cache.get("k")
        await cache.set("k", b"v", ttl_s=10)
        fresh = await cache.get("k")
        now[0] = 10.0
        return before, fresh, await cache.get("k")

    assert asyncio.run(scenario()) == (None, b"v", None)


def test_the_clock_moves_only_by_waiting():
    clock = minimal("clock")(5)
    asyncio.run(clock.sleep(1.5))
    asyncio.run(clock.sleep(-1))
    assert clock.now_ns() == clock.monotonic_ns() == 1_500_000_005


def test_the_observer_and_the_notifier_remember():
    observer, notifier = minimal("observer")(), minimal("notifier")()
    seen = protocols.Observation(name="a.b", time_ns=1, fields={"n_bars": 2})
    told = protocols.Notice(
        key="k", title="t", text="x", severity=protocols.Severity.ERROR, time_ns=1
    )
    observer.observe(seen)
    asyncio.run(notifier.notify(told))
    assert observer.seen == [seen]
    assert notifier.told == [told]


def test_the_predictor_predicts_row_by_row():
    predictor = minimal("predictor")({"a": 2.0, "b": -1.0})
    rows = np.array([[1.0, 1.0], [0.0, np.nan], [3.0, 0.5]])
    whole = predictor.predict(rows)
    np.testing.assert_array_equal(whole, [1.0, np.nan, 5.5])
    for i in range(3):
        np.testing.assert_array_equal(predictor.predict(rows[i : i + 1]), whole[i : i + 1])
    assert predictor.predict(np.zeros((0, 2))).shape == (0,)
    assert predictor.capabilities.features == ("a", "b")


def test_the_store_gives_back_what_it_was_given_however_often():
    store, bars = minimal("store")(), _bars()
    assert store.append(bars) == 5
    assert store.append(bars) == 5
    assert store.read(BTC, HOUR, 0, 100 * NS) == bars
    assert store.read(BTC, HOUR, NS, 2 * NS) == bars[1:2]
    assert store.last_ns(BTC, HOUR) == 4 * NS
    (series,) = store.series()
    assert (series.n_bars, series.first_ns, series.last_ns, series.sources) == (
        5,
        0,
        4 * NS,
        ("acme",),
    )


def test_the_store_ranks_sources_whatever_the_order_of_writing():
    one, other = _bars(sources=("a",), close=2.0), _bars(first=3, sources=("b",), close=5.0)
    for order in ((one, other), (other, one)):
        store = minimal("store")()
        for bars in order:
            store.append(bars)
        assert store.read(BTC, HOUR, 0, 9 * NS).close.tolist() == [2.0] * 5 + [5.0] * 3
        ranked = store.read(BTC, HOUR, 0, 9 * NS, sources=("b", "a"))
        assert ranked.close.tolist() == [2.0] * 3 + [5.0] * 5
        assert [ranked.sources[code] for code in ranked.source] == ["a"] * 3 + ["b"] * 5
        assert len(store.read(BTC, HOUR, 0, 9 * NS, sources=("b",))) == 5


def test_the_store_leaves_out_cells_without_a_bar_and_knows_what_it_does_not_hold():
    store = minimal("store")()
    assert store.append(_bars()[:0]) == 0
    assert not store.series()
    assert store.last_ns(BTC, HOUR) is None
    assert not len(store.read(BTC, HOUR, 0, NS))
    hole = [[1.0, 1.0], [1.0, np.nan]]
    many = Bars(
        ["BTC/USDT", "ETH/USDT"],
        "1h",
        open_ns=[0, NS],
        open=hole,
        high=hole,
        low=hole,
        close=hole,
        volume=hole,
    )
    assert store.append(many) == 3
    assert [(str(one.symbol), one.n_bars) for one in store.series()] == [
        ("BTC/USDT", 2),
        ("ETH/USDT", 1),
    ]
    assert np.isnan(store.read(BTC, HOUR, 0, NS).quote_volume).all()
    assert (store.read(BTC, HOUR, 0, NS).trades_count == -1).all()


@pytest.mark.parametrize(
    "capabilities",
    [
        protocols.BrokerCapabilities(order_types=frozenset({OrderType.MARKET})),
        protocols.ChannelCapabilities(timeframes=frozenset({"1m"})),
        protocols.EngineCapabilities(fills=frozenset({FillMode.NEXT_OPEN})),
        protocols.BarStoreCapabilities(durable=True),
        protocols.CacheCapabilities(),
        protocols.ClockCapabilities(is_simulated=False),
        protocols.NotifierCapabilities(),
        protocols.PredictorCapabilities(features=("a",)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_capabilities_are_values(capabilities):
    assert pickle.loads(pickle.dumps(capabilities)) == capabilities
    assert hash(capabilities) == hash(pickle.loads(pickle.dumps(capabilities)))
