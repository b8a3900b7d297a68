"""AlgoTrendy: research, backtest and trade with one strategy, one set of risk rules and one ledger.

Laws: every public name is imported on first use, so ``import algotrendy as at`` costs nothing; the
table, the imports for type checkers and `__all__` name the same things (tested).
Used by: everybody outside the package; inside it, names are imported from their home modules.
"""

# Spelled out, so that the import of `typing` is saved: type checkers know the name itself.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from algotrendy import errors, sample
    from algotrendy.analytics.summary import Metrics
    from algotrendy.backtests.result import BacktestResult
    from algotrendy.backtests.spec import (
        BacktestSpec,
        Costs,
        Exits,
        FillMode,
        GapPolicy,
        OnInsufficient,
    )
    from algotrendy.backtests.strategy import Strategy, strategy
    from algotrendy.backtests.sweep import SweepResult
    from algotrendy.backtests.walkforward import WalkForwardResult
    from algotrendy.errors import AlgoTrendyError
    from algotrendy.indicators.memo import indicator
    from algotrendy.indicators.momentum import cci, mfi, roc, rsi, stochastic, williams_r
    from algotrendy.indicators.pivots import floor_pivots, swing_pivots
    from algotrendy.indicators.rolling import (
        rolling_max,
        rolling_min,
        rolling_rank,
        rolling_std,
        rolling_sum,
        sma,
        zscore,
    )
    from algotrendy.indicators.trend import (
        adx,
        dema,
        ema,
        kama,
        macd,
        supertrend,
        tema,
        wilder,
        wma,
    )
    from algotrendy.indicators.volatility import atr, bollinger, donchian, keltner, true_range
    from algotrendy.indicators.volume import obv, rolling_vwap, vwap
    from algotrendy.model.bars import Bars
    from algotrendy.model.instrument import Instrument
    from algotrendy.model.signals import Above, Signals, above
    from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget
    from algotrendy.model.symbol import Symbol
    from algotrendy.model.timeframe import Calendar, Timeframe
    from algotrendy.protocols.broker import Broker
    from algotrendy.protocols.channel import DataChannel
    from algotrendy.protocols.engine import BacktestEngine
    from algotrendy.protocols.risk import RiskRule
    from algotrendy.runtime.research import backtest, sweep, walk_forward
    from algotrendy.storage.embedded import Store, store

    __version__: str

__all__ = [
    "Above",
    "AlgoTrendyError",
    "BacktestEngine",
    "BacktestResult",
    "BacktestSpec",
    "Bars",
    "Broker",
    "Calendar",
    "Costs",
    "DataChannel",
    "EquityFraction",
    "Exits",
    "FillMode",
    "GapPolicy",
    "Instrument",
    "Metrics",
    "Notional",
    "OnInsufficient",
    "Quantity",
    "RiskFraction",
    "RiskRule",
    "Signals",
    "Store",
    "Strategy",
    "SweepResult",
    "Symbol",
    "Timeframe",
    "VolTarget",
    "WalkForwardResult",
    "__version__",
    "above",
    "adx",
    "atr",
    "backtest",
    "bollinger",
    "cci",
    "dema",
    "donchian",
    "ema",
    "errors",
    "floor_pivots",
    "indicator",
    "kama",
    "keltner",
    "macd",
    "mfi",
    "obv",
    "roc",
    "rolling_max",
    "rolling_min",
    "rolling_rank",
    "rolling_std",
    "rolling_sum",
    "rolling_vwap",
    "rsi",
    "sample",
    "sma",
    "stochastic",
    "store",
    "strategy",
    "supertrend",
    "sweep",
    "swing_pivots",
    "tema",
    "true_range",
    "vwap",
    "walk_forward",
    "wilder",
    "williams_r",
    "wma",
    "zscore",
]

# Name -> home module. An empty home says: the name is a module of this package itself.
_HOMES = {
    "Above": "model.signals",
    "AlgoTrendyError": "errors",
    "BacktestEngine": "protocols.engine",
    "BacktestResult": "backtests.result",
    "BacktestSpec": "backtests.spec",
    "Bars": "model.bars",
    "Broker": "protocols.broker",
    "Calendar": "model.timeframe",
    "Costs": "backtests.spec",
    "DataChannel": "protocols.channel",
    "EquityFraction": "model.sizes",
    "Exits": "backtests.spec",
    "FillMode": "backtests.spec",
    "GapPolicy": "backtests.spec",
    "Instrument": "model.instrument",
    "Metrics": "analytics.summary",
    "Notional": "model.sizes",
    "OnInsufficient": "backtests.spec",
    "Quantity": "model.sizes",
    "RiskFraction": "model.sizes",
    "RiskRule": "protocols.risk",
    "Signals": "model.signals",
    "Store": "storage.embedded",
    "Strategy": "backtests.strategy",
    "SweepResult": "backtests.sweep",
    "Symbol": "model.symbol",
    "Timeframe": "model.timeframe",
    "VolTarget": "model.sizes",
    "WalkForwardResult": "backtests.walkforward",
    "above": "model.signals",
    "adx": "indicators.trend",
    "atr": "indicators.volatility",
    "backtest": "runtime.research",
    "bollinger": "indicators.volatility",
    "cci": "indicators.momentum",
    "dema": "indicators.trend",
    "donchian": "indicators.volatility",
    "ema": "indicators.trend",
    "errors": "",
    "floor_pivots": "indicators.pivots",
    "indicator": "indicators.memo",
    "kama": "indicators.trend",
    "keltner": "indicators.volatility",
    "macd": "indicators.trend",
    "mfi": "indicators.momentum",
    "obv": "indicators.volume",
    "roc": "indicators.momentum",
    "rolling_max": "indicators.rolling",
    "rolling_min": "indicators.rolling",
    "rolling_rank": "indicators.rolling",
    "rolling_std": "indicators.rolling",
    "rolling_sum": "indicators.rolling",
    "rolling_vwap": "indicators.volume",
    "rsi": "indicators.momentum",
    "sample": "",
    "sma": "indicators.rolling",
    "stochastic": "indicators.momentum",
    "store": "storage.embedded",
    "strategy": "backtests.strategy",
    "supertrend": "indicators.trend",
    "sweep": "runtime.research",
    "swing_pivots": "indicators.pivots",
    "tema": "indicators.trend",
    "true_range": "indicators.volatility",
    "vwap": "indicators.volume",
    "walk_forward": "runtime.research",
    "wilder": "indicators.trend",
    "williams_r": "indicators.momentum",
    "wma": "indicators.trend",
    "zscore": "indicators.rolling",
}


def __getattr__(name: str) -> object:
    if name != "__version__":
        from algotrendy._lazy import name_of

        return name_of(__name__, name, homes=_HOMES)
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("algotrendy")
    except PackageNotFoundError:  # a source tree on the path, never installed
        found = "0+source"
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
