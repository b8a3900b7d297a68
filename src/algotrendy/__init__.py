"""AlgoTrendy: research, backtest and trade with one strategy, one set of risk rules and one ledger.

Laws: every public name is imported on first use, so ``import algotrendy as at`` costs nothing; the
table, the imports for type checkers and `__all__` name the same things (tested).
Used by: everybody outside the package; inside it, names are imported from their home modules.
"""

import sys

# Spelled out, so that the import of `typing` is saved: type checkers know the name itself.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from algotrendy import errors, sample
    from algotrendy.analytics.summary import Metrics
    from algotrendy.backtest.result import BacktestResult
    from algotrendy.backtest.spec import (
        BacktestSpec,
        Costs,
        Exits,
        FillMode,
        GapPolicy,
        OnInsufficient,
    )
    from algotrendy.backtest.strategy import Strategy, strategy
    from algotrendy.errors import AlgoTrendyError
    from algotrendy.model.bars import Bars
    from algotrendy.model.instrument import Instrument
    from algotrendy.model.signals import Signals
    from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget
    from algotrendy.model.symbol import Symbol
    from algotrendy.model.timeframe import Calendar, Timeframe
    from algotrendy.protocols.broker import Broker
    from algotrendy.protocols.channel import DataChannel
    from algotrendy.protocols.engine import BacktestEngine
    from algotrendy.protocols.risk import RiskRule
    from algotrendy.runtime.research import backtest

    __version__: str

__all__ = [
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
    "Strategy",
    "Symbol",
    "Timeframe",
    "VolTarget",
    "__version__",
    "backtest",
    "errors",
    "sample",
    "strategy",
]

# Name -> home module. An empty home says: the name is a module of this package itself.
_HOMES = {
    "AlgoTrendyError": "errors",
    "BacktestEngine": "protocols.engine",
    "BacktestResult": "backtest.result",
    "BacktestSpec": "backtest.spec",
    "Bars": "model.bars",
    "Broker": "protocols.broker",
    "Calendar": "model.timeframe",
    "Costs": "backtest.spec",
    "DataChannel": "protocols.channel",
    "EquityFraction": "model.sizes",
    "Exits": "backtest.spec",
    "FillMode": "backtest.spec",
    "GapPolicy": "backtest.spec",
    "Instrument": "model.instrument",
    "Metrics": "analytics.summary",
    "Notional": "model.sizes",
    "OnInsufficient": "backtest.spec",
    "Quantity": "model.sizes",
    "RiskFraction": "model.sizes",
    "RiskRule": "protocols.risk",
    "Signals": "model.signals",
    "Strategy": "backtest.strategy",
    "Symbol": "model.symbol",
    "Timeframe": "model.timeframe",
    "VolTarget": "model.sizes",
    "backtest": "",
    "errors": "",
    "sample": "",
    "strategy": "backtest.strategy",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            found: object = version("algotrendy")
        except PackageNotFoundError:  # a source tree on the path, never installed
            found = "0+source"
    elif name not in _HOMES:
        message = f"module 'algotrendy' has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=sys.modules[__name__])
    elif not _HOMES[name]:
        return import_module(f"algotrendy.{name}")
    else:
        found = getattr(import_module(f"algotrendy.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
