"""What things are: symbols, bars, signals, orders, fills, accounts, market events, decisions.

Laws: values are frozen; every name is imported on first use, so the package costs nothing; each has
one home module, and this is only the second way to it.
Used by: every storey above; inside the library, names are imported from their home modules.
"""

import sys

# Spelled out, so that the import of `typing` is saved: type checkers know the name itself.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from algotrendy.model.account import (
        AccountState,
        Balance,
        PendingOrder,
        PortfolioView,
        TradingState,
    )
    from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray
    from algotrendy.model.bars import Bars
    from algotrendy.model.decision import (
        Allow,
        Reject,
        Resize,
        RiskDecision,
        RuleVerdict,
        Verdict,
        strictest,
    )
    from algotrendy.model.event import (
        AccountAdjusted,
        BrokerEvent,
        CancelAnswered,
        CancelRequested,
        FillBooked,
        OrderAnswered,
        OrderEvent,
        OrderIntended,
        OrderProvenAbsent,
        OrderReported,
        OrderSubmitting,
        ReportOrigin,
        RiskDecided,
        StreamLost,
        TradingStateChanged,
    )
    from algotrendy.model.fill import Fill, FillKey
    from algotrendy.model.gaps import Gap
    from algotrendy.model.instrument import Instrument
    from algotrendy.model.market import (
        Bar,
        BookLevel,
        BookSnapshot,
        MarketEvent,
        Quote,
        SourceChanged,
        Stale,
        StreamGap,
        StreamKind,
        Subscription,
        Trade,
    )
    from algotrendy.model.order import (
        Accepted,
        CancelAccepted,
        CancelAck,
        CancelRefused,
        CancelUnknown,
        OrderAck,
        OrderRef,
        OrderRequest,
        OrderState,
        OrderStatus,
        OrderType,
        RefusalKind,
        Refused,
        Side,
        TimeInForce,
        Unknown,
    )
    from algotrendy.model.position import Position
    from algotrendy.model.signals import Signals, Target
    from algotrendy.model.sizes import (
        EquityFraction,
        Notional,
        Quantity,
        RiskFraction,
        Size,
        VolTarget,
    )
    from algotrendy.model.symbol import Symbol
    from algotrendy.model.timeframe import Calendar, Timeframe

__all__ = [
    "Accepted",
    "AccountAdjusted",
    "AccountState",
    "Allow",
    "Balance",
    "Bar",
    "Bars",
    "BookLevel",
    "BookSnapshot",
    "BoolArray",
    "BrokerEvent",
    "ByteArray",
    "Calendar",
    "CancelAccepted",
    "CancelAck",
    "CancelAnswered",
    "CancelRefused",
    "CancelRequested",
    "CancelUnknown",
    "EquityFraction",
    "Fill",
    "FillBooked",
    "FillKey",
    "FloatArray",
    "Gap",
    "Instrument",
    "IntArray",
    "MarketEvent",
    "Notional",
    "OrderAck",
    "OrderAnswered",
    "OrderEvent",
    "OrderIntended",
    "OrderProvenAbsent",
    "OrderRef",
    "OrderReported",
    "OrderRequest",
    "OrderState",
    "OrderStatus",
    "OrderSubmitting",
    "OrderType",
    "PendingOrder",
    "PortfolioView",
    "Position",
    "Quantity",
    "Quote",
    "RefusalKind",
    "Refused",
    "Reject",
    "ReportOrigin",
    "Resize",
    "RiskDecided",
    "RiskDecision",
    "RiskFraction",
    "RuleVerdict",
    "Side",
    "Signals",
    "Size",
    "SourceChanged",
    "Stale",
    "StreamGap",
    "StreamKind",
    "StreamLost",
    "Subscription",
    "Symbol",
    "Target",
    "TimeInForce",
    "Timeframe",
    "Trade",
    "TradingState",
    "TradingStateChanged",
    "Unknown",
    "Verdict",
    "VolTarget",
    "strictest",
]

# Name -> home module.
_HOMES = {
    "Accepted": "order",
    "AccountAdjusted": "event",
    "AccountState": "account",
    "Allow": "decision",
    "Balance": "account",
    "Bar": "market",
    "Bars": "bars",
    "BookLevel": "market",
    "BookSnapshot": "market",
    "BoolArray": "arrays",
    "BrokerEvent": "event",
    "ByteArray": "arrays",
    "Calendar": "timeframe",
    "CancelAccepted": "order",
    "CancelAck": "order",
    "CancelAnswered": "event",
    "CancelRefused": "order",
    "CancelRequested": "event",
    "CancelUnknown": "order",
    "EquityFraction": "sizes",
    "Fill": "fill",
    "FillBooked": "event",
    "FillKey": "fill",
    "FloatArray": "arrays",
    "Gap": "gaps",
    "Instrument": "instrument",
    "IntArray": "arrays",
    "MarketEvent": "market",
    "Notional": "sizes",
    "OrderAck": "order",
    "OrderAnswered": "event",
    "OrderEvent": "event",
    "OrderIntended": "event",
    "OrderProvenAbsent": "event",
    "OrderRef": "order",
    "OrderReported": "event",
    "OrderRequest": "order",
    "OrderState": "order",
    "OrderStatus": "order",
    "OrderSubmitting": "event",
    "OrderType": "order",
    "PendingOrder": "account",
    "PortfolioView": "account",
    "Position": "position",
    "Quantity": "sizes",
    "Quote": "market",
    "RefusalKind": "order",
    "Refused": "order",
    "Reject": "decision",
    "ReportOrigin": "event",
    "Resize": "decision",
    "RiskDecided": "event",
    "RiskDecision": "decision",
    "RiskFraction": "sizes",
    "RuleVerdict": "decision",
    "Side": "order",
    "Signals": "signals",
    "Size": "sizes",
    "SourceChanged": "market",
    "Stale": "market",
    "StreamGap": "market",
    "StreamKind": "market",
    "StreamLost": "event",
    "Subscription": "market",
    "Symbol": "symbol",
    "Target": "signals",
    "TimeInForce": "order",
    "Timeframe": "timeframe",
    "Trade": "market",
    "TradingState": "account",
    "TradingStateChanged": "event",
    "Unknown": "order",
    "Verdict": "decision",
    "VolTarget": "sizes",
    "strictest": "decision",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module 'algotrendy.model' has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=sys.modules[__name__])
    from importlib import import_module

    found: object = getattr(import_module(f"algotrendy.model.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
