"""Event strategy: told what happened, bar by bar and fill by fill; acts through its context only.

Implement two methods and two members; inherit nothing. For a pure function of arrays use
``@at.strategy``: it is shorter and faster. The ids in the docstrings, such as STR-01, name checks.

    class BuyTheDip:
        \"\"\"Buys one unit after a bar that fell by 2 %, and sells it after the next.\"\"\"

        name = "buy_the_dip"

        def __init__(self, symbol: Symbol) -> None:
            self.needs = StrategyNeeds(symbols=(symbol,), timeframe=Timeframe.parse("1h"))

        def on_bar(self, ctx: StrategyContext, bar: Bar) -> None:
            held = ctx.portfolio.quantity(bar.symbol)
            if held > 0:
                ctx.submit(bar.symbol, Side.SELL, held, reduce_only=True)
            elif bar.close < bar.open * Decimal("0.98"):
                ctx.submit(bar.symbol, Side.BUY, Decimal(1))

        def on_fill(self, ctx: StrategyContext, fill: Fill) -> None:
            pass

Laws: a strategy sees only `ctx` and what it is told; it is told final bars only, in order of time;
it reads no clock and draws no random number of its own; what it keeps in memory it can rebuild.
Used by: the event engine, paper and live sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

from algotrendy.model.order import OrderType, TimeInForce

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from algotrendy.model.account import PortfolioView
    from algotrendy.model.bars import Bars
    from algotrendy.model.fill import Fill
    from algotrendy.model.market import Bar, BookSnapshot, Quote, StreamGap, Trade
    from algotrendy.model.order import OrderState, Side
    from algotrendy.model.symbol import Symbol
    from algotrendy.model.timeframe import Timeframe

__all__ = [
    "EventStrategy",
    "StrategyContext",
    "StrategyNeeds",
    "SupportsOnGap",
    "SupportsOnMarket",
    "SupportsOnOrder",
    "SupportsOnStart",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyNeeds:
    """What a strategy wants to be told; a session or an engine refuses what it cannot give.

    Parameters
    ----------
    symbols : whose bars
    timeframe : of the bars
    warmup_bars : how many bars of each symbol `ctx.bars` must hold before the first `on_bar`
    """

    symbols: tuple[Symbol, ...]
    timeframe: Timeframe
    warmup_bars: int = 0


class StrategyContext(Protocol):
    """All that a strategy can see and do. The library implements this; authors use it."""

    @property
    def time_ns(self) -> int:
        """The time of the decision, nanoseconds UTC: the close of the bar, or the fill's time."""
        ...

    @property
    def portfolio(self) -> PortfolioView:
        """Equity, cash, positions, prices and everything that may still fill."""
        ...

    @property
    def params(self) -> Mapping[str, object]:
        """The parameters of this run."""
        ...

    def bars(self, symbol: Symbol, /, *, n: int) -> Bars:
        """Return the last `n` final bars known at `time_ns`, or all there are (STR-01)."""
        ...

    def submit(  # noqa: PLR0913
        self,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        /,
        *,
        order_type: OrderType = OrderType.MARKET,
        price: Decimal | None = None,
        trigger_price: Decimal | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> str:
        """Ask for an order and return its client order id (STR-02).

        It goes through validation and every risk rule; what becomes of it is told by `on_order` and
        `on_fill`. It fills never before the next bar (STR-03). Raises `InvalidOrder` for an order
        that could not be sent as it is, `RiskRejected` when a rule refuses it.
        """
        ...

    def cancel(self, client_order_id: str, /) -> None:
        """Ask for a cancel (STR-04). Idempotent; an order that is gone is no error."""
        ...


class EventStrategy(Protocol):
    """Told what happened; acts through its context. Its methods are synchronous and short."""

    @property
    def name(self) -> str:
        """A short name, printed in every result. A class attribute is enough."""
        ...

    @property
    def needs(self) -> StrategyNeeds:
        """What it wants to be told. An attribute is enough, a `ClassVar` is not."""
        ...

    def on_bar(self, ctx: StrategyContext, bar: Bar, /) -> None:
        """Decide on a final bar (STR-05). Told once a bar, in order of time (STR-06).

        The same bars and fills lead to the same orders (STR-07); cutting off later bars changes no
        earlier order (STR-08). Whatever it raises stops the strategy, cancels its orders and is
        told; positions stay.
        """
        ...

    def on_fill(self, ctx: StrategyContext, fill: Fill, /) -> None:
        """Take note of a fill, after the portfolio holds it (STR-09). Told once a fill (STR-10)."""
        ...


@runtime_checkable
class SupportsOnStart(Protocol):
    """A strategy that wants to look at its context before the first bar."""

    def on_start(self, ctx: StrategyContext, /) -> None:
        """Prepare: load what `ctx.bars` holds, adopt what `ctx.portfolio` holds (STR-11)."""
        ...


@runtime_checkable
class SupportsOnOrder(Protocol):
    """A strategy that wants to know what becomes of its orders."""

    def on_order(self, ctx: StrategyContext, order: OrderState, /) -> None:
        """Take note of a change of state (STR-12)."""
        ...


@runtime_checkable
class SupportsOnMarket(Protocol):
    """A strategy that wants trades, quotes or books; a backtest on bars has none of them."""

    def on_market(self, ctx: StrategyContext, event: Trade | Quote | BookSnapshot, /) -> None:
        """Take note (STR-13)."""
        ...


@runtime_checkable
class SupportsOnGap(Protocol):
    """A strategy that wants to know what it was not told."""

    def on_gap(self, ctx: StrategyContext, gap: StreamGap, /) -> None:
        """Take note that these bars are missing for good (STR-14)."""
        ...
