"""Rows of a table on their way to columns: one row a symbol and time, repaired only on demand.

Laws: a repair is asked for and counted; an error names the row as the caller's table counts it; two
rows of one bar that disagree are never chosen between.
Used by: the readers of tables and of venue rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import final

import numpy as np

from algotrendy.errors import InvalidBars, InvalidValue, UnknownName
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.bars_check import (
    PRICE_COLUMNS,
    check_grid,
    check_increasing,
    check_prices,
    sound_cells,
    utc_text,
)
from algotrendy.model.bars_columns import (
    BarColumns,
    Repairs,
    frozen_bytes,
    frozen_floats,
    frozen_ints,
)
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe

__all__ = ["LongRows", "Reading", "assemble"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How rows are to be read: the arguments that all readers share.

    Parameters
    ----------
    symbol : whose rows these are, or which symbol to pick out of many
    timeframe : None to infer it
    columns : our field name to the table's column name
    time_unit, assume_timezone : see `times_ns`
    sort, drop_repeats, drop_invalid, floor_times : repairs, each off unless asked for
    as_of_ns : leave out bars that had not closed at this time
    calendar, source : handed to `Bars`
    """

    symbol: str | Symbol | None = None
    timeframe: str | Timeframe | None = None
    columns: Mapping[str, str | None] | None = None
    time_unit: str | None = None
    assume_timezone: str | None = None
    sort: bool = False
    drop_repeats: bool = False
    drop_invalid: bool = False
    floor_times: bool = False
    as_of_ns: int | None = None
    calendar: Calendar | None = None
    source: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LongRows:
    """One row a symbol and time.

    Parameters
    ----------
    open_ns : (n,) int64
    prices : the five columns, (n,) float64 each
    quote_volume, trades_count : (n,), or None when unknown
    symbols : the different symbols; empty when the rows do not say
    codes : (n,) index into `symbols`, or None when they do not say
    sources : the different sources
    source_codes : (n,) index into `sources`, or None when all are of the first
    rows : (n,) the caller's row numbers, None for 0 to n - 1
    """

    open_ns: IntArray
    prices: Mapping[str, FloatArray]
    quote_volume: FloatArray | None = None
    trades_count: IntArray | None = None
    symbols: tuple[Symbol, ...] = ()
    codes: IntArray | None = None
    sources: tuple[str, ...] = ("",)
    source_codes: IntArray | None = None
    rows: IntArray | None = None

    def __len__(self) -> int:
        return len(self.open_ns)

    @property
    def group(self) -> IntArray:
        """Code of each row's symbol; all zero for one symbol."""
        return np.zeros(len(self), np.int64) if self.codes is None else self.codes

    def row(self, at: int) -> int:
        """Return the caller's number of a row."""
        return at if self.rows is None else int(self.rows[at])

    def take(self, index: IntArray | BoolArray) -> LongRows:
        """Return the rows at `index`, in that order, with the caller's row numbers."""
        rows = np.arange(len(self)) if self.rows is None else self.rows
        return replace(
            self,
            open_ns=self.open_ns[index],
            prices={name: column[index] for name, column in self.prices.items()},
            quote_volume=None if self.quote_volume is None else self.quote_volume[index],
            trades_count=None if self.trades_count is None else self.trades_count[index],
            codes=None if self.codes is None else self.codes[index],
            source_codes=None if self.source_codes is None else self.source_codes[index],
            rows=rows[index],
        )


def assemble(long: LongRows, reading: Reading) -> BarColumns:
    """Choose, repair where asked, check and arrange the rows of a table.

    Raises
    ------
    InvalidBars
        Naming the row of the caller's table, for rows that break a rule.
    UnknownName
        When `reading.symbol` is not among the rows' symbols.
    InvalidValue
        When neither the rows nor the caller say which symbol they are.
    """
    long = _chosen(long, reading)
    long, timeframe, repairs = _repaired(long, reading)
    if len(long.symbols) > 1:
        order = np.argsort(long.group, kind="stable")
        _check(long.take(order) if (order[1:] < order[:-1]).any() else long, timeframe)
        return _wide(long, timeframe, reading, repairs)
    if long.rows is not None:  # else the rows that `Bars` names are the caller's
        _check(long, timeframe)
    return _narrow(long, timeframe, reading, repairs)


def _chosen(long: LongRows, reading: Reading) -> LongRows:
    if long.codes is None:
        if reading.symbol is None:
            raise InvalidValue(
                "symbol",
                value=None,
                rule="no column says which symbol the rows are",
                hint="pass symbol='BTC/USDT', or columns={'symbol': ...}",
            )
        return replace(long, symbols=(Symbol.parse(reading.symbol),))
    if reading.symbol is None:
        if not long.symbols:
            raise InvalidValue(
                "symbol", value=None, rule="the table has no rows", hint="pass symbol='BTC/USDT'"
            )
        return long if len(long.symbols) > 1 else replace(long, codes=None)
    wanted = Symbol.parse(reading.symbol)
    if wanted not in long.symbols and len(long):
        raise UnknownName("symbol", str(wanted), known=tuple(map(str, long.symbols)))
    if len(long.symbols) > 1:
        long = long.take(long.codes == long.symbols.index(wanted))
    return replace(long, symbols=(wanted,), codes=None)


def _repaired(long: LongRows, reading: Reading) -> tuple[LongRows, Timeframe, Repairs]:
    moved = floored = repeated = invalid = unfinished = 0
    if reading.drop_invalid:
        sound = sound_cells(long.prices)
        invalid = len(long) - int(np.count_nonzero(sound))
        long = long.take(sound) if invalid else long
    if reading.sort:
        long, moved = _sorted(long)
    timeframe = _timeframe(long, reading)
    if reading.floor_times:
        opened = timeframe.floor(long.open_ns)
        floored = int(np.count_nonzero(opened != long.open_ns))
        long = replace(long, open_ns=opened)
    if reading.drop_repeats:
        before = len(long)
        long = _without_repeats(long)
        repeated = before - len(long)
    if reading.as_of_ns is not None:
        closed = timeframe.following(long.open_ns) <= reading.as_of_ns
        unfinished = len(long) - int(np.count_nonzero(closed))
        long = long.take(closed) if unfinished else long
    return long, timeframe, Repairs(moved, floored, repeated, invalid, unfinished)


def _sorted(long: LongRows) -> tuple[LongRows, int]:
    by_symbol = np.argsort(long.group, kind="stable")
    order = np.lexsort((long.open_ns, long.group))
    moved = int(np.count_nonzero(order != by_symbol))
    return (long.take(order) if moved else long), moved


def _timeframe(long: LongRows, reading: Reading) -> Timeframe:
    if reading.timeframe is not None:
        return Timeframe.parse(reading.timeframe)
    if len(long.symbols) > 1 or reading.drop_repeats:
        return Timeframe.infer(np.unique(long.open_ns))
    check_increasing(long.open_ns, long.rows)
    return Timeframe.infer(long.open_ns)


def _without_repeats(long: LongRows) -> LongRows:
    order = np.argsort(long.group, kind="stable")
    times, group = long.open_ns[order], long.group[order]
    again = np.zeros(len(long), np.bool_)
    again[1:] = (times[1:] == times[:-1]) & (group[1:] == group[:-1])
    for at in np.flatnonzero(again).tolist():
        row, before = int(order[at]), int(order[at - 1])
        for name in PRICE_COLUMNS:
            value, earlier = float(long.prices[name][row]), float(long.prices[name][before])
            if value != earlier:
                raise InvalidBars(
                    name,
                    row=long.row(row),
                    value=value,
                    rule=f"row {long.row(before)} has the same time {utc_text(times[at])} "
                    f"and says {earlier!r}",
                    hint="find out which row is right",
                )
    keep = np.ones(len(long), np.bool_)
    keep[order[again]] = False
    return long if keep.all() else long.take(keep)


def _check(by_symbol: LongRows, timeframe: Timeframe) -> None:
    """Check rows that lie symbol by symbol, with the caller's row numbers."""
    group = by_symbol.group
    bounds = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(by_symbol)]
    for begin, end in pairwise(bounds):
        rows = np.arange(begin, end) if by_symbol.rows is None else by_symbol.rows[begin:end]
        check_increasing(by_symbol.open_ns[begin:end], rows)
        check_grid(by_symbol.open_ns[begin:end], timeframe, rows)
    check_prices(by_symbol.prices, open_ns=by_symbol.open_ns, may_miss=False, rows=by_symbol.rows)


def _narrow(long: LongRows, timeframe: Timeframe, reading: Reading, repairs: Repairs) -> BarColumns:
    prices = {name: frozen_floats(column) for name, column in long.prices.items()}
    codes = long.source_codes
    return BarColumns(
        symbols=long.symbols[0],
        timeframe=timeframe,
        open_ns=frozen_ints(long.open_ns),
        open=prices["open"],
        high=prices["high"],
        low=prices["low"],
        close=prices["close"],
        volume=prices["volume"],
        quote_volume=None if long.quote_volume is None else frozen_floats(long.quote_volume),
        trades_count=None if long.trades_count is None else frozen_ints(long.trades_count),
        source=None if codes is None else frozen_bytes(codes.astype(np.uint8)),
        sources=long.sources,
        calendar=reading.calendar,
        repairs=repairs,
    )


def _wide(long: LongRows, timeframe: Timeframe, reading: Reading, repairs: Repairs) -> BarColumns:
    times = np.unique(long.open_ns)
    cell = np.searchsorted(times, long.open_ns) * len(long.symbols) + long.group
    shape = (len(times), len(long.symbols))

    def spread(values: FloatArray) -> FloatArray:
        wide = np.full(shape, np.nan)
        wide.reshape(-1)[cell] = values
        return frozen_floats(wide)

    prices = {name: spread(column) for name, column in long.prices.items()}
    counts = sources = None
    if long.trades_count is not None:
        counts = np.full(shape, -1, np.int64)
        counts.reshape(-1)[cell] = long.trades_count
    if long.source_codes is not None:
        sources = np.zeros(shape, np.uint8)
        sources.reshape(-1)[cell] = long.source_codes
    return BarColumns(
        symbols=long.symbols,
        timeframe=timeframe,
        open_ns=frozen_ints(times),
        open=prices["open"],
        high=prices["high"],
        low=prices["low"],
        close=prices["close"],
        volume=prices["volume"],
        quote_volume=None if long.quote_volume is None else spread(long.quote_volume),
        trades_count=None if counts is None else frozen_ints(counts),
        source=None if sources is None else frozen_bytes(sources),
        sources=long.sources,
        calendar=reading.calendar,
        repairs=repairs,
    )
