"""Bars: open, high, low, close and volume of one or many symbols, in columns.

Laws: validated once, immutable after; a slice is a view; a missing bar is missing: never invented,
never filled; unknown quote volume is NaN, unknown trade count is -1.
Used by: indicators, engines, stores, channels, reports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from algotrendy.errors import InvalidBars, InvalidValue, UnknownName
from algotrendy.model.arrays import ByteArray, FloatArray, IntArray
from algotrendy.model.bars_check import check_prices, check_times
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe

__all__ = ["Bars"]


@final
class Bars:
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

    Raises
    ------
    InvalidBars
        Naming row, column, value and rule, for the first bad row.

    Notes
    -----
    NaN: never for one symbol. For many, a symbol without a bar in a row is NaN in all five columns.
    """

    __slots__ = (
        "_calendar", "_fingerprint", "_quote_volume", "_source", "_trades_count",
        "close", "high", "low", "open", "open_ns", "sources", "symbols", "timeframe", "volume",
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
        self.symbols = tuple(Symbol.parse(name) for name in names)
        if not self.symbols or len(set(self.symbols)) != len(self.symbols):
            raise InvalidValue("symbols", value=names, rule="one or more different symbols")
        self.timeframe = Timeframe.parse(timeframe)
        self.open_ns = _column("open_ns", open_ns, np.int64)
        check_times(self.open_ns, self.timeframe)
        n = len(self.open_ns)
        shape = (n,) if one else (n, len(self.symbols))
        columns = {"open": open, "high": high, "low": low, "close": close, "volume": volume}
        checked: dict[str, FloatArray] = {}
        for name, values in columns.items():
            checked[name] = _shaped(name, _column(name, values, np.float64), shape)
        check_prices(checked, open_ns=self.open_ns, may_miss=not one)
        self.open, self.high, self.low = checked["open"], checked["high"], checked["low"]
        self.close, self.volume = checked["close"], checked["volume"]
        self._quote_volume: FloatArray | None = None
        self._trades_count: IntArray | None = None
        self._source: ByteArray | None = None
        if quote_volume is not None:
            column = _column("quote_volume", quote_volume, np.float64)
            self._quote_volume = _shaped("quote_volume", column, shape)
        if trades_count is not None:
            counts = _column("trades_count", trades_count, np.int64)
            self._trades_count = _shaped("trades_count", counts, shape)
        self.sources = tuple(sources)
        if source is not None:
            codes = _shaped("source", _column("source", source, np.uint8), shape)
            if codes.size and int(codes.max()) >= len(self.sources):
                raise InvalidBars(
                    "source", value=int(codes.max()), rule=f"an index below {len(self.sources)}"
                )
            self._source = codes
        self._calendar = calendar
        self._fingerprint: str | None = None

    @property
    def symbol(self) -> Symbol:
        """The one symbol; raises for many, use `bars["BTC/USDT"]` there."""
        if self.is_many:
            raise InvalidValue(
                "bars.symbol", value=len(self.symbols), rule="these bars hold many symbols",
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
        if self._quote_volume is None:
            self._quote_volume = _frozen(np.full(self.open.shape, np.nan))
        return self._quote_volume

    @property
    def trades_count(self) -> IntArray:
        """Number of trades, -1 where unknown."""
        if self._trades_count is None:
            self._trades_count = _frozen(np.full(self.open.shape, -1, dtype=np.int64))
        return self._trades_count

    @property
    def source(self) -> ByteArray:
        """Index into `sources` for each bar."""
        if self._source is None:
            self._source = _frozen(np.zeros(self.open.shape, dtype=np.uint8))
        return self._source

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
            for column in (self.open_ns, self.open, self.high, self.low, self.close, self.volume):
                digest.update(column.data)
            self._fingerprint = digest.hexdigest()
        return self._fingerprint

    def __len__(self) -> int:
        return len(self.open_ns)

    def __getitem__(self, key: slice | str | Symbol) -> Bars:
        """Slice rows (a view), or pick one symbol out of many (its missing rows left out)."""
        if isinstance(key, slice):
            if key.step not in (None, 1):
                raise InvalidValue("bars[...]", value=key, rule="a slice of step 1", hint="resample instead")
            return self._take(key)
        wanted = Symbol.parse(key)
        if wanted not in self.symbols:
            raise UnknownName("symbol", str(wanted), known=tuple(map(str, self.symbols)))
        if not self.is_many:
            return self
        column = self.symbols.index(wanted)
        rows = np.flatnonzero(~np.isnan(self.close[:, column]))
        return self._pick(wanted, column, rows)

    def __iter__(self) -> Iterator[Bars]:
        """Yield the bars of each symbol."""
        return (self[symbol] for symbol in self.symbols)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bars) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        names = ", ".join(map(str, self.symbols[:3])) + (", …" if len(self.symbols) > 3 else "")  # noqa: PLR2004
        if not len(self):
            return f"Bars({names} {self.timeframe}, empty)"
        first, last = (str(t.astype("datetime64[m]")) for t in self.times[[0, -1]])
        return f"Bars({names} {self.timeframe}, {len(self):,} bars, {first} to {last} UTC)"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self._state(),)

    def columns(self) -> Mapping[str, FloatArray]:
        """The five columns by name, in the usual order."""
        return {name: getattr(self, name) for name in ("open", "high", "low", "close", "volume")}

    def _state(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def _take(self, rows: slice) -> Bars:
        state = self._state()
        for name in ("open_ns", "open", "high", "low", "close", "volume"):
            state[name] = getattr(self, name)[rows]
        for name in ("_quote_volume", "_trades_count", "_source"):
            column = getattr(self, name)
            state[name] = None if column is None else column[rows]
        state["_fingerprint"] = None
        return _restore(state)

    def _pick(self, symbol: Symbol, column: int, rows: IntArray) -> Bars:
        state = self._state()
        state["open_ns"] = _frozen(self.open_ns[rows])
        for name in ("open", "high", "low", "close", "volume"):
            state[name] = _frozen(np.ascontiguousarray(getattr(self, name)[rows, column]))
        for name in ("_quote_volume", "_trades_count", "_source"):
            values = getattr(self, name)
            state[name] = None if values is None else _frozen(values[rows, column].copy())
        state["symbols"], state["_fingerprint"] = (symbol,), None
        return _restore(state)


def _restore(state: dict[str, object]) -> Bars:
    # Trusted: the parts come from bars that were validated; read-only is lost by pickle, so set it.
    bars = object.__new__(Bars)
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        setattr(bars, name, value)
    return bars


def _column(name: str, values: ArrayLike, dtype: type[np.generic]) -> np.ndarray:
    """Return a read-only C-contiguous column; read-only input is taken as it is, all else copied."""
    array = np.asarray(values)
    if array.dtype.kind not in "iuf" and array.size:
        raise InvalidBars(
            name, value=str(array.dtype), rule="a numeric column is expected",
            hint="pass numbers; for tables use bars.from_pandas and its siblings",
        )
    if array.dtype.kind == "f" and dtype is not np.float64 and not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array))[0])
        raise InvalidBars(name, row=row, value=float(array.flat[row]), rule="a whole number is expected")
    if array.dtype == dtype and not array.flags.writeable and array.flags.c_contiguous:
        return array
    return _frozen(np.array(array, dtype=dtype, order="C"))


def _shaped(name: str, column: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if column.shape != shape:
        raise InvalidBars(
            name, value=column.shape, rule=f"shape {shape} is expected, one row per open time"
        )
    return column


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
