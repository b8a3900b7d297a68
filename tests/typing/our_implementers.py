"""Never executed: what this library brings meets its own contracts."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from algotrendy.channels.binance.rest import BinanceChannel
from algotrendy.engines.vector.engine import VectorEngine
from algotrendy.protocols import (
    BacktestEngine,
    BarStore,
    Clock,
    DataChannel,
    ResultStore,
    SupportsBarDelete,
    SupportsClose,
)
from algotrendy.runtime.clock import WallClock
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.results import SqlResultStore


def engine(made: VectorEngine) -> BacktestEngine:
    return made


def channel(made: BinanceChannel) -> DataChannel:
    return made


def bar_store(made: ParquetStore) -> BarStore:
    return made


def deletes(made: ParquetStore) -> SupportsBarDelete:
    return made


def closes(made: ParquetStore) -> SupportsClose:
    return made


def result_store(made: SqlResultStore) -> ResultStore:
    return made


def clock(made: WallClock) -> Clock:
    return made
