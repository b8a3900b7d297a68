"""What things do: one contract a file, each with a minimal implementation and its check ids.

Laws: a contract is a `Protocol`: inherit nothing; it gains no required method after 1.0, a new
ability is a new ``Supports...``; every name is imported on first use: the package costs nothing.
Used by: adapters, which implement them; runtime and front doors, which ask for them.
"""

# Spelled out, so that the import of `typing` is saved: type checkers know the name itself.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from algotrendy.protocols.broker import (
        Broker,
        BrokerCapabilities,
        ClientIdRule,
        SupportsAmend,
        SupportsBatch,
        SupportsLeverage,
        SupportsOrderStream,
    )
    from algotrendy.protocols.cache import (
        Cache,
        CacheCapabilities,
        SupportsAtomicAdd,
        SupportsPubSub,
    )
    from algotrendy.protocols.channel import (
        ChannelCapabilities,
        DataChannel,
        SupportsInstruments,
        SupportsServerTime,
        SupportsTradeHistory,
    )
    from algotrendy.protocols.clock import Clock, ClockCapabilities
    from algotrendy.protocols.closing import SupportsAsyncClose, SupportsClose
    from algotrendy.protocols.engine import (
        BacktestEngine,
        EngineCapabilities,
        Progress,
        SupportsMany,
        SupportsResume,
    )
    from algotrendy.protocols.notifier import Notice, Notifier, NotifierCapabilities
    from algotrendy.protocols.observer import Observation, Observer, Severity
    from algotrendy.protocols.predictor import (
        PredictionKind,
        Predictor,
        PredictorCapabilities,
        SupportsFit,
    )
    from algotrendy.protocols.risk import OrderColumns, RiskRule, VectorRiskRule
    from algotrendy.protocols.store import (
        AsyncBarStore,
        BarStore,
        BarStoreCapabilities,
        ResultStore,
        StoredResult,
        StoredSeries,
        SupportsBarDelete,
    )
    from algotrendy.protocols.strategy import (
        EventStrategy,
        StrategyContext,
        StrategyNeeds,
        SupportsOnGap,
        SupportsOnMarket,
        SupportsOnOrder,
        SupportsOnStart,
    )

__all__ = [
    "AsyncBarStore",
    "BacktestEngine",
    "BarStore",
    "BarStoreCapabilities",
    "Broker",
    "BrokerCapabilities",
    "Cache",
    "CacheCapabilities",
    "ChannelCapabilities",
    "ClientIdRule",
    "Clock",
    "ClockCapabilities",
    "DataChannel",
    "EngineCapabilities",
    "EventStrategy",
    "Notice",
    "Notifier",
    "NotifierCapabilities",
    "Observation",
    "Observer",
    "OrderColumns",
    "PredictionKind",
    "Predictor",
    "PredictorCapabilities",
    "Progress",
    "ResultStore",
    "RiskRule",
    "Severity",
    "StoredResult",
    "StoredSeries",
    "StrategyContext",
    "StrategyNeeds",
    "SupportsAmend",
    "SupportsAsyncClose",
    "SupportsAtomicAdd",
    "SupportsBarDelete",
    "SupportsBatch",
    "SupportsClose",
    "SupportsFit",
    "SupportsInstruments",
    "SupportsLeverage",
    "SupportsMany",
    "SupportsOnGap",
    "SupportsOnMarket",
    "SupportsOnOrder",
    "SupportsOnStart",
    "SupportsOrderStream",
    "SupportsPubSub",
    "SupportsResume",
    "SupportsServerTime",
    "SupportsTradeHistory",
    "VectorRiskRule",
]

# Name -> home module.
_HOMES = {
    "AsyncBarStore": "store",
    "BacktestEngine": "engine",
    "BarStore": "store",
    "BarStoreCapabilities": "store",
    "Broker": "broker",
    "BrokerCapabilities": "broker",
    "Cache": "cache",
    "CacheCapabilities": "cache",
    "ChannelCapabilities": "channel",
    "ClientIdRule": "broker",
    "Clock": "clock",
    "ClockCapabilities": "clock",
    "DataChannel": "channel",
    "EngineCapabilities": "engine",
    "EventStrategy": "strategy",
    "Notice": "notifier",
    "Notifier": "notifier",
    "NotifierCapabilities": "notifier",
    "Observation": "observer",
    "Observer": "observer",
    "OrderColumns": "risk",
    "PredictionKind": "predictor",
    "Predictor": "predictor",
    "PredictorCapabilities": "predictor",
    "Progress": "engine",
    "ResultStore": "store",
    "RiskRule": "risk",
    "Severity": "observer",
    "StoredResult": "store",
    "StoredSeries": "store",
    "StrategyContext": "strategy",
    "StrategyNeeds": "strategy",
    "SupportsAmend": "broker",
    "SupportsAsyncClose": "closing",
    "SupportsAtomicAdd": "cache",
    "SupportsBarDelete": "store",
    "SupportsBatch": "broker",
    "SupportsClose": "closing",
    "SupportsFit": "predictor",
    "SupportsInstruments": "channel",
    "SupportsLeverage": "broker",
    "SupportsMany": "engine",
    "SupportsOnGap": "strategy",
    "SupportsOnMarket": "strategy",
    "SupportsOnOrder": "strategy",
    "SupportsOnStart": "strategy",
    "SupportsOrderStream": "broker",
    "SupportsPubSub": "cache",
    "SupportsResume": "engine",
    "SupportsServerTime": "channel",
    "SupportsTradeHistory": "channel",
    "VectorRiskRule": "risk",
}


def __getattr__(name: str) -> object:
    from algotrendy._lazy import name_of

    return name_of(__name__, name, homes=_HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
