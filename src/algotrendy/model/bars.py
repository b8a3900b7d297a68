"""Bars: open, high, low, close and volume of one or many symbols, in columns.

Laws: validated once, immutable after; a slice is a view; a missing bar is missing: never invented,
never filled; unknown quote volume is NaN, unknown trade count is -1.
Used by: indicators, engines, stores, channels, reports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn, cast, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from algotrendy.errors import InvalidState, InvalidValue, UnknownName, Unsupported
from algotrendy.model.arrays import ByteArray, FloatArray, IntArray
from algotrendy.model.bars_check import PRICE_COLUMNS, check_prices, check_times
from algotrendy.model.bars_columns import (
    BarColumns,
    Repairs,
    float_column,
    frozen_bytes,
    frozen_floats,
    frozen_ints,
    known_counts,
    known_floats,
    source_column,
    whole_column,
)
from algotrendy.model.bars_readers import BarsReaders
from algotrendy.model.gaps import Gap, count_missing, find_gaps
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe
from algotrendy.model.times import to_ns

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from algotrendy.model.bars_resample import Keep

__all__ = ["Bars"]

_set = object.__setattr__  # the one way past the guard: this module builds, nobody changes


@final
class Bars(BarsReaders):
    """Bars in columns: float64, C-contiguous, read-only; shape (n,) for one symbol, (n, k) for k.

    Parameters
    ----------
    symbols : one symbol, or k of them for two-dimensional columns
    timeframe : length of a bar, such as ``"1h"``
    open_ns : (n,) int64, open times in nanoseconds UTC, increasing on the timeframe's grid
    open, high, low, close, volume : (n,) or (n, k) float64, prices in quote units, volume in base
    quote_volume : the same shape, or None when unknown (reads as NaN)
    trades_count : the same shape, or None when unknown (reads as -1)
    source : (n,) or (n, k) uint8 index into `sources`, or None for all of `sources[0]`
    sources : names of where rows came from
    calendar : rule of annualisation; by default an equity's for a plain ticker, else crypto's

    Attributes
    ----------
    repairs : what a reader was asked to repair, counted; all zero for bars made from arrays

    Raises
    ------
    InvalidBars
        Naming row, column, value and rule, for the first bad row.

    Notes
    -----
    NaN: never for one symbol. For many, a symbol without a bar in a row is NaN in all five columns.
    Arrays that anybody could still write to are copied; read-only ones are taken as they are.
    """

    __slots__ = (
        "_calendar",
        "_fingerprint",
        "_quote_volume",
        "_source",
        "_trades_count",
        "_unknown_count",
        "_unknown_quote",
        "close",
        "high",
        "low",
        "open",
        "open_ns",
        "repairs",
        "sources",
        "symbols",
        "timeframe",
        "volume",
    )

    symbols: tuple[Symbol, ...]
    timeframe: Timeframe
    open_ns: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    sources: tuple[str, ...]
    repairs: Repairs
    _calendar: Calendar | None
    _fingerprint: str | None
    _quote_volume: FloatArray | None
    _source: ByteArray | None
    _trades_count: IntArray | None
    _unknown_count: IntArray | None
    _unknown_quote: FloatArray | None

    def __init__(  # noqa: PLR0913
        self,
        symbols: str | Symbol | Sequence[str | Symbol],
        timeframe: str | Timeframe,
        *,
        open_ns: ArrayLike,
        open: ArrayLike,  # noqa: A002
        high: ArrayLike,
        low: ArrayLike,
        close: ArrayLike,
        volume: ArrayLike,
        quote_volume: ArrayLike | None = None,
        trades_count: ArrayLike | None = None,
        source: ArrayLike | None = None,
        sources: Sequence[str] = ("",),
        calendar: Calendar | None = None,
    ) -> None:
        one = isinstance(symbols, str | Symbol)
        names = (symbols,) if isinstance(symbols, str | Symbol) else tuple(symbols)
        parsed = tuple(Symbol.parse(name) for name in names)
        if not parsed or len(set(parsed)) != len(parsed):
            raise InvalidValue("symbols", value=names, rule="one or more different symbols")
        grid = Timeframe.parse(timeframe)
        times = whole_column("open_ns", open_ns, None)
        check_times(times, grid)
        shape = (len(times),) if one else (len(times), len(parsed))
        columns = {
            name: float_column(name, values, shape)
            for name, values in zip(PRICE_COLUMNS, (open, high, low, close, volume), strict=True)
        }
        check_prices(columns, open_ns=times, may_miss=not one)
        for name, column in columns.items():
            _set(self, name, column)
        _set(self, "symbols", parsed)
        _set(self, "timeframe", grid)
        _set(self, "open_ns", times)
        _set(self, "sources", tuple(sources))
        _set(self, "repairs", Repairs())
        _set(self, "_calendar", calendar)
        for cache in ("_fingerprint", "_unknown_count", "_unknown_quote"):
            _set(self, cache, None)
        quote = None
        if quote_volume is not None:
            quote = known_floats("quote_volume", float_column("quote_volume", quote_volume, shape))
        _set(self, "_quote_volume", quote)
        counts = None
        if trades_count is not None:
            counts = known_counts("trades_count", whole_column("trades_count", trades_count, shape))
        _set(self, "_trades_count", counts)
        codes = None if source is None else source_column(source, shape, self.sources)
        _set(self, "_source", codes)

    @classmethod
    def _of(cls, columns: BarColumns) -> Bars:
        bars = cls(
            columns.symbols,
            columns.timeframe,
            open_ns=columns.open_ns,
            open=columns.open,
            high=columns.high,
            low=columns.low,
            close=columns.close,
            volume=columns.volume,
            quote_volume=columns.quote_volume,
            trades_count=columns.trades_count,
            source=columns.source,
            sources=columns.sources,
            calendar=columns.calendar,
        )
        _set(bars, "repairs", columns.repairs)
        return bars

    @classmethod
    def concat(cls, parts: Sequence[Bars]) -> Bars:
        """Put bars of the same symbols and timeframe one after another.

        Raises
        ------
        InvalidValue
            When symbols, timeframes or calendars differ, or there are no parts.
        InvalidBars
            When a part does not start after the one before it ends.
        """
        from algotrendy.model.bars_join import join_times

        return cls._of(join_times(parts))

    @classmethod
    def from_many(
        cls,
        bars_of: Mapping[str, Bars] | Mapping[Symbol, Bars],
        *,
        calendar: Calendar | None = None,
    ) -> Bars:
        """Put bars of one symbol each side by side, on the union of their times.

        Parameters
        ----------
        bars_of : symbol to its bars; the key names the column, whatever the bars' own symbol
        calendar : needed where those of the parts differ

        Returns
        -------
        Bars
            (n, k) columns; NaN where a symbol has no bar.
        """
        from algotrendy.model.bars_join import join_symbols

        parsed = {Symbol.parse(symbol): part for symbol, part in bars_of.items()}
        if len(parsed) != len(bars_of):
            raise InvalidValue("bars_of", value=list(bars_of), rule="each symbol once")
        return cls._of(join_symbols(parsed, calendar))

    @property
    def symbol(self) -> Symbol:
        """The one symbol; raises for many, use `bars["BTC/USDT"]` there."""
        if self.is_many:
            raise InvalidValue(
                "bars.symbol",
                value=len(self.symbols),
                rule="these bars hold many symbols",
                hint=f"pick one: bars[{str(self.symbols[0])!r}]",
            )
        return self.symbols[0]

    @property
    def is_many(self) -> bool:
        """True when the columns are two-dimensional, one column a symbol."""
        return self.open.ndim == 2  # noqa: PLR2004

    @property
    def calendar(self) -> Calendar:
        """The market's calendar: the rule of annualisation."""
        return self._calendar or Calendar.of(self.symbols[0])

    @property
    def periods_per_year(self) -> float:
        """How many of these bars make a year of their calendar."""
        return self.timeframe.periods_per_year(self.calendar)

    @property
    def quote_volume(self) -> FloatArray:
        """Volume in quote units, NaN where unknown."""
        if self._quote_volume is not None:
            return self._quote_volume
        if self._unknown_quote is None:
            _set(self, "_unknown_quote", frozen_floats(np.full(self.open.shape, np.nan)))
        return cast("FloatArray", self._unknown_quote)

    @property
    def has_quote_volume(self) -> bool:
        """True when the quote volume is known for some bars."""
        return self._quote_volume is not None

    @property
    def has_trades_count(self) -> bool:
        """True when the number of trades is known for some bars."""
        return self._trades_count is not None

    @property
    def trades_count(self) -> IntArray:
        """Number of trades, -1 where unknown."""
        if self._trades_count is not None:
            return self._trades_count
        if self._unknown_count is None:
            _set(self, "_unknown_count", frozen_ints(np.full(self.open.shape, -1, np.int64)))
        return cast("IntArray", self._unknown_count)

    @property
    def source(self) -> ByteArray:
        """Index into `sources` for each bar."""
        if self._source is None:
            _set(self, "_source", frozen_bytes(np.zeros(self.open.shape, np.uint8)))
        return cast("ByteArray", self._source)

    @property
    def n_missing(self) -> int | None:
        """How many rows the grid has between the first and the last that are not there.

        None, not assessed, where the calendar has sessions: there a hole may be a closed market.
        For many symbols, rows in which no symbol has a bar.
        """
        return count_missing(self.open_ns, self.timeframe) if self._never_closes else None

    @property
    def times(self) -> NDArray[np.datetime64]:
        """Open times as ``datetime64[ns]``, UTC by definition, shape (n,); a view."""
        times: NDArray[np.datetime64] = self.open_ns.view("datetime64[ns]")
        return times

    @property
    def fingerprint(self) -> str:
        """SHA-256 over symbols, timeframe, times and the five columns: equal data, equal text."""
        if self._fingerprint is None:
            digest = hashlib.sha256(f"{self.timeframe}|{'|'.join(map(str, self.symbols))}".encode())
            for column in (self.open_ns, *self.columns().values()):
                digest.update(column.reshape(-1).view(np.uint8).data)
            _set(self, "_fingerprint", digest.hexdigest())
        return str(self._fingerprint)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise InvalidState(f"bars.{name} cannot be set, bars are immutable", hint="make new Bars")

    def __delattr__(self, name: str) -> NoReturn:
        raise InvalidState(f"bars.{name} cannot be deleted, bars are immutable")

    def __len__(self) -> int:
        return len(self.open_ns)

    def __getitem__(self, key: slice[int | None, int | None, int | None] | str | Symbol) -> Bars:
        """Slice rows (a view), or pick one symbol out of many (its missing rows left out)."""
        if isinstance(key, slice):
            if key.step not in (None, 1):
                raise InvalidValue(
                    "bars[...]", value=key, rule="a slice of step 1", hint="resample instead"
                )
            return self._take(key)
        wanted = Symbol.parse(key)
        if wanted not in self.symbols:
            raise UnknownName("symbol", str(wanted), known=tuple(map(str, self.symbols)))
        if not self.is_many:
            return self
        column = self.symbols.index(wanted)
        return self._pick(wanted, column, np.flatnonzero(~np.isnan(self.close[:, column])))

    def __iter__(self) -> Iterator[Bars]:
        """Yield the bars of each symbol."""
        return (self[symbol] for symbol in self.symbols)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bars) and (self is other or self.fingerprint == other.fingerprint)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        names = ", ".join(map(str, self.symbols[:3])) + (", …" if len(self.symbols) > 3 else "")  # noqa: PLR2004
        if not len(self):
            return f"Bars({names} {self.timeframe}, empty)"
        first, last = (str(t.astype("datetime64[m]")) for t in self.times[[0, -1]])
        return f"Bars({names} {self.timeframe}, {len(self):,} bars, {first} to {last} UTC)"

    def _repr_html_(self) -> str:
        from algotrendy.model.bars_write import to_html

        return to_html(self)

    def __copy__(self) -> Bars:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Bars:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self._state(),)

    def gaps(self) -> tuple[Gap, ...]:
        """Return the runs of missing rows between the first and the last, in order of time.

        Raises
        ------
        Unsupported
            Where the calendar has sessions: there a hole may be a closed market.
        """
        if not self._never_closes:
            raise Unsupported(
                f"gaps of {self.calendar.name} bars cannot be told from closed sessions",
                hint="make the bars with calendar=Calendar.CRYPTO to count every hole",
            )
        return find_gaps(self.open_ns, self.timeframe)

    def between(self, start: datetime | str | None, end: datetime | str | None) -> Bars:
        """Return the bars whose open time lies in ``[start, end)``, as a view.

        Parameters
        ----------
        start, end : aware datetimes or ISO text such as ``"2024-01-01T00:00Z"``; None for no bound

        Raises
        ------
        InvalidValue
            For a time without a zone, and for text that is no time.
        """
        first = None if start is None else to_ns(start, field="start")
        after = None if end is None else to_ns(end, field="end")
        begin = 0 if first is None else int(np.searchsorted(self.open_ns, first))
        stop = len(self) if after is None else int(np.searchsorted(self.open_ns, after))
        return self._take(slice(begin, max(begin, stop)))

    def resample(self, timeframe: str | Timeframe, *, keep: Keep = "complete") -> Bars:
        """Aggregate to a coarser timeframe: first open, highest high, lowest low, last close.

        Parameters
        ----------
        timeframe : one whose bars are made of whole bars of these
        keep : ``"complete"`` keeps groups in which no bar is missing; ``"inner"`` also groups with
            holes, unless the first or last one is cut by the ends of the data; ``"all"`` every
            group that has a bar

        Returns
        -------
        Bars
            Volume, quote volume and trade count are sums, unknown where one of a group is unknown.
            For many symbols a group is judged symbol by symbol, NaN where it is left out. A group
            of several sources has the source ``mixed``.

        Raises
        ------
        InvalidValue
            For a timeframe that is finer, or whose grid does not fit.
        Unsupported
            When sessions leave no group complete, as with daily bars of minutes of an equity.
        """
        from algotrendy.model import bars_resample

        return self._of(bars_resample.resample(self, Timeframe.parse(timeframe), keep))

    def to_pandas(self) -> pd.DataFrame:
        """Return a frame with a UTC `DatetimeIndex` called time; many symbols one below another.

        Columns: symbol for many, the five, and those of quote_volume, trades_count and source that
        are known. Missing bars of a symbol are left out. A copy.
        """
        from algotrendy.model.bars_write import to_pandas

        return to_pandas(self)

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table, for one symbol without a copy: time, symbol, the five, and more.

        Timeframe and calendar are in the schema's metadata, so that `from_arrow` gives equal bars.
        """
        from algotrendy.model.bars_write import to_arrow

        return to_arrow(self)

    def to_polars(self) -> pl.DataFrame:
        """Return a polars frame of the columns of `to_arrow`; needs the extra ``polars``."""
        from algotrendy.model.bars_write import to_polars

        return to_polars(self)

    def columns(self) -> Mapping[str, FloatArray]:
        """Return the five columns by name, in the usual order."""
        return {
            "open": self.open,
            "high": self.high,
            "low": self.low,
            "close": self.close,
            "volume": self.volume,
        }

    @property
    def _never_closes(self) -> bool:
        return self.calendar is Calendar.CRYPTO

    def _state(self) -> dict[str, object]:
        state = {name: getattr(self, name) for name in self.__slots__}
        state["_fingerprint"] = state["_unknown_count"] = state["_unknown_quote"] = None
        return state

    def _take(self, rows: slice[int | None, int | None, int | None]) -> Bars:
        state = self._state()
        for name, column in state.items():
            if isinstance(column, np.ndarray):
                state[name] = column[rows]
        return _restore(state)

    def _pick(self, symbol: Symbol, column: int, rows: IntArray) -> Bars:
        state = self._state()
        for name, values in state.items():
            if isinstance(values, np.ndarray):
                state[name] = values[rows] if values.ndim == 1 else values[rows, column]
        state["symbols"] = (symbol,)
        return _restore(state)


def _restore(state: dict[str, object]) -> Bars:
    # Trusted: the parts come from bars that were validated; pickle loses read-only, so set it.
    bars = object.__new__(Bars)
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
            _set(bars, name, value.view())
        else:
            _set(bars, name, value)
    return bars
