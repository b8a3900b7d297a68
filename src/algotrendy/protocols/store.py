"""Stores: bars and results that outlive the process; an acknowledged write is there afterwards.

Implement four methods and two members; inherit nothing. The ids in the methods' docstrings, such as
STO-01, name the checks of a conformance kit.

    class DictStore:
        \"\"\"Keeps rows in a dictionary: everything but durable.\"\"\"

        name = "dict"
        capabilities = BarStoreCapabilities(durable=False)

        def __init__(self) -> None:
            self._rows: dict[tuple[Symbol, Timeframe], dict[tuple[int, str], list[float]]] = {}

        def append(self, bars: Bars) -> int:
            n_rows = 0
            for one in bars:  # the bars of each symbol
                rows = self._rows.setdefault((one.symbol, one.timeframe), {})
                codes = one.source.tolist()
                columns = (*one.columns().values(), one.quote_volume, one.trades_count)
                for i, open_ns in enumerate(one.open_ns.tolist()):
                    rows[open_ns, one.sources[codes[i]]] = [column[i].item() for column in columns]
                n_rows += len(one)
            return n_rows

        def read(
            self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int,
            *, sources: Sequence[str] = (),
        ) -> Bars:
            rows = self._rows.get((symbol, timeframe), {})
            ranking = tuple(sources) or tuple(sorted({source for _, source in rows})) or ("",)
            best: dict[int, list[float]] = {}
            for rank in reversed(range(len(ranking))):  # the best is written last, so it stays
                for (open_ns, source), row in rows.items():
                    if source == ranking[rank] and start_ns <= open_ns < end_ns:
                        best[open_ns] = [*row, rank]
            times = sorted(best)
            open_, high, low, close, volume, quote_volume, trades_count, code = (
                [best[time][i] for time in times] for i in range(8)
            )
            return Bars(
                symbol, timeframe, open_ns=times, open=open_, high=high, low=low, close=close,
                volume=volume, quote_volume=quote_volume, trades_count=trades_count,
                source=code, sources=ranking,
            )

        def series(self) -> Sequence[StoredSeries]:
            found = []
            for (symbol, timeframe), rows in self._rows.items():
                times = sorted({open_ns for open_ns, _ in rows})
                if times:
                    found.append(StoredSeries(
                        symbol=symbol, timeframe=timeframe, n_bars=len(times),
                        first_ns=times[0], last_ns=times[-1],
                        sources=tuple(sorted({source for _, source in rows})),
                    ))
            return sorted(found, key=lambda one: (str(one.symbol), str(one.timeframe)))

        def last_ns(self, symbol: Symbol, timeframe: Timeframe) -> int | None:
            rows = self._rows.get((symbol, timeframe), {})
            return max((open_ns for open_ns, _ in rows), default=None)

Laws: acknowledged means kept; writing the same rows again changes nothing; a row is known by open
time, symbol and source, and the newest write of a row wins; a store never invents a bar.
Used by: storage (implements it), the market data service, the command line, applications.

A store that holds files or connections open also has `close`, see `protocols.closing`.

`BarStore` is synchronous on purpose: a file or an SQLite database answers in microseconds and is
called from scripts, notebooks and worker processes. A store behind a network implements the
asynchronous twin, `AsyncBarStore`: the same words with ``async``, the same laws and check ids;
nothing in this release implements it yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

if TYPE_CHECKING:
    from algotrendy.backtests.result import BacktestResult
    from algotrendy.model.arrays import FloatArray, IntArray
    from algotrendy.model.bars import Bars
    from algotrendy.model.symbol import Symbol
    from algotrendy.model.timeframe import Timeframe

__all__ = [
    "AsyncBarStore",
    "BarStore",
    "BarStoreCapabilities",
    "ResultStore",
    "StoredResult",
    "StoredSeries",
    "SupportsBarDelete",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BarStoreCapabilities:
    """What this store can do; the kit skips what is not claimed.

    Parameters
    ----------
    durable : acknowledged rows survive a killed process and a power cut
    many_sources : rows of several sources at one open time are kept side by side; without it the
        newest write of an open time wins, whatever its source
    many_writers : two processes may append at the same time
    """

    durable: bool
    many_sources: bool = True
    many_writers: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeries:
    """What a store holds of one symbol and timeframe.

    Parameters
    ----------
    symbol, timeframe : which series
    n_bars : number of different open times, whatever the number of sources
    first_ns, last_ns : first and last open time, nanoseconds UTC
    sources : names of where rows came from, sorted; ``""`` is unnamed
    """

    symbol: Symbol
    timeframe: Timeframe
    n_bars: int
    first_ns: int
    last_ns: int
    sources: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredResult:
    """What a result store gives back: a finished backtest without its code and its bars.

    The first fields are those of the seed's table BACKTEST_RESULTS. A strategy is code and bars are
    elsewhere, so neither is here; `source_hash` and `fingerprint` tell whether they are the same.

    Parameters
    ----------
    id : what `save` returned
    saved_ns : when it was saved, nanoseconds UTC
    strategy, params : its name, and its parameters as text by name
    symbols, timeframe : what was traded, unified text
    start_ns, end_ns : first and last open time of the bars
    cash, final_equity : quote units
    total_return : a fraction
    n_trades : round trips, an open one included
    engine : name of the engine that ran it
    metrics : every statistic by name; NaN is kept
    spec_hash : `BacktestResult.hash`
    fingerprint : `Bars.fingerprint` of the data
    source_hash : `Strategy.source_hash`
    warnings : as in the result
    versions : package versions by name
    open_ns, equity : (n,) the equity curve over open times; empty in what `results` lists
    """

    id: str
    saved_ns: int
    strategy: str
    params: Mapping[str, str]
    symbols: tuple[str, ...]
    timeframe: str
    start_ns: int
    end_ns: int
    cash: float
    final_equity: float
    total_return: float
    n_trades: int
    engine: str
    metrics: Mapping[str, float]
    spec_hash: str
    fingerprint: str
    source_hash: str
    warnings: tuple[str, ...]
    versions: Mapping[str, str]
    open_ns: IntArray
    equity: FloatArray


class BarStore(Protocol):
    """Final bars by symbol and timeframe."""

    @property
    def name(self) -> str:
        """A short name for messages. A class attribute is enough."""
        ...

    @property
    def capabilities(self) -> BarStoreCapabilities:
        """What this store can do. A class attribute is enough."""
        ...

    def append(self, bars: Bars, /) -> int:
        """Keep these rows and return how many were acknowledged: all of them (STO-01).

        When it returns, the rows are readable, and durable if `capabilities` says so (STO-02). The
        newer write replaces a row that is there, so appending twice is appending once (STO-03).
        Order does not matter: older rows may come later (STO-04). Cells without a bar in bars of
        many symbols are not rows (STO-05). Unknown quote volume and trade count stay unknown
        (STO-06). Empty bars are 0 rows and leave no series (STO-07).

        Raises `StorageError` only; `WriteUnconfirmed` when it is not known whether the rows are
        kept: write again. Interrupted, each row is there as it was or as it was to be, never a mix
        of the two (STO-08).
        """
        ...

    def read(
        self,
        symbol: Symbol,
        timeframe: Timeframe,
        start_ns: int,
        end_ns: int,
        /,
        *,
        sources: Sequence[str] = (),
    ) -> Bars:
        """Return the bars with ``start_ns <= open time < end_ns``, sorted and unique (STO-09).

        Nothing stored there gives empty bars, not an error (STO-10). Values come back bit by bit
        (STO-11), with their source (STO-12). Where several sources have one open time, the one
        named first in `sources` wins; sources not named are left out; empty means all, in the order
        of their names, so that the answer does not depend on the order of writing (STO-13).
        Raises `StorageError` only; `SchemaMismatch` for a layout of another version.
        """
        ...

    def series(self) -> Sequence[StoredSeries]:
        """Return what is there, sorted by symbol text, then timeframe text (STO-14)."""
        ...

    def last_ns(self, symbol: Symbol, timeframe: Timeframe, /) -> int | None:
        """Return the last open time of any source, None when nothing is stored (STO-15)."""
        ...


class AsyncBarStore(Protocol):
    """The twin of `BarStore` for a store behind a network: same words, same laws, same check ids.

    Cancelling `append` leaves what `BarStore.append` leaves when interrupted.
    """

    @property
    def name(self) -> str:
        """A short name for messages."""
        ...

    @property
    def capabilities(self) -> BarStoreCapabilities:
        """What this store can do."""
        ...

    async def append(self, bars: Bars, /) -> int:
        """As `BarStore.append`."""
        ...

    async def read(
        self,
        symbol: Symbol,
        timeframe: Timeframe,
        start_ns: int,
        end_ns: int,
        /,
        *,
        sources: Sequence[str] = (),
    ) -> Bars:
        """As `BarStore.read`; what an acknowledged `append` wrote is seen (STO-02)."""
        ...

    async def series(self) -> Sequence[StoredSeries]:
        """As `BarStore.series`."""
        ...

    async def last_ns(self, symbol: Symbol, timeframe: Timeframe, /) -> int | None:
        """As `BarStore.last_ns`."""
        ...


class ResultStore(Protocol):
    """Finished backtests by id; synchronous, as `BarStore` is."""

    @property
    def name(self) -> str:
        """A short name for messages."""
        ...

    def save(self, result: BacktestResult, /, *, saved_ns: int) -> str:
        """Keep the result durably and return its id (STO-31).

        The same result saved again is one record and gives the same id; the first `saved_ns` stays
        (STO-32). Time is passed in: a store reads no clock. Raises `StorageError` only.
        """
        ...

    def load(self, result_id: str, /) -> StoredResult:
        """Return what was saved, numbers bit by bit (STO-33).

        Raises `NoData` for an id that is not there (STO-34), `SchemaMismatch` for another version.
        """
        ...

    def results(self) -> Sequence[StoredResult]:
        """Return every record, newest first, then by id, with empty equity curves (STO-35)."""
        ...


@runtime_checkable
class SupportsBarDelete(Protocol):
    """A bar store that can forget."""

    def delete(self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int, /) -> int:
        """Remove the rows with ``start_ns <= open time < end_ns``; return how many (STO-21).

        Idempotent: again gives 0. A series without rows is no longer listed (STO-22).
        """
        ...
