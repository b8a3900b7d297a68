"""How bars are read: one constructor for each kind of table and for each kind of venue row.

Laws: a time without a zone, a number without a unit and a row that breaks a rule are refused; what
is repaired is asked for by an argument and counted in `bars.repairs`.
Used by: `Bars`, which inherits these constructors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe
from algotrendy.model.times import to_ns

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from algotrendy.model.bars_columns import BarColumns

__all__ = ["BarsReaders"]


class BarsReaders:
    """The constructors of `Bars` that read tables and rows."""

    __slots__ = ()

    @classmethod
    def _of(cls, columns: BarColumns) -> Self:
        raise NotImplementedError

    @classmethod
    def from_pandas(  # noqa: PLR0913
        cls,
        frame: pd.DataFrame,
        symbol: str | Symbol | None = None,
        timeframe: str | Timeframe | None = None,
        *,
        columns: Mapping[str, str | None] | None = None,
        assume_timezone: str | None = None,
        time_unit: str | None = None,
        sort: bool = False,
        drop_repeats: bool = False,
        drop_invalid: bool = False,
        floor_times: bool = False,
        calendar: Calendar | None = None,
        source: str = "",
    ) -> Self:
        """Read a pandas frame; the columns are copied.

        Parameters
        ----------
        frame : one row a bar, or a bar and symbol; times in a `DatetimeIndex` or a column. Columns
            are found by name whatever their case: time (or timestamp, date, datetime, open_time),
            open, high, low, close, volume, and where there are any quote_volume, trades_count,
            symbol, source
        symbol : whose rows these are; with a symbol column, which one to pick, None for all: more
            than one symbol gives two-dimensional bars
        timeframe : None to infer it from the step most rows make
        columns : our name to the frame's where they differ, such as ``{"time": "when"}``; None
            leaves an optional column unread, such as ``{"symbol": None}``
        assume_timezone : the zone of times that have none, such as ``"UTC"``; refused without it
        time_unit : s, ms, us or ns, for times that are whole numbers; refused without it
        sort : put the rows in order of time
        drop_repeats : leave out a row whose time and prices equal those of the row before; rows of
            one time that disagree are refused all the same
        drop_invalid : leave out rows whose prices or volume break a rule
        floor_times : set times back to the open time of the bar they lie in: for stamps at the
            close or at the end of a month, and for sessions that open off the grid
        calendar, source : see `Bars`

        Raises
        ------
        InvalidBars
            Naming row (from 0), column, value and rule, for the first bad row; for a column that is
            absent or of the wrong type, with the columns found.
        InvalidValue
            When nothing says which symbol the rows are, or the timeframe cannot be inferred.
        UnknownName
            For a symbol or a column that is not in the table.

        Notes
        -----
        What was repaired is counted in ``bars.repairs``. All other readers share these arguments.
        """
        from algotrendy.model import bars_long, bars_tables

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            columns=columns,
            assume_timezone=assume_timezone,
            time_unit=time_unit,
            sort=sort,
            drop_repeats=drop_repeats,
            drop_invalid=drop_invalid,
            floor_times=floor_times,
            calendar=calendar,
            source=source,
        )
        return cls._of(bars_tables.read_pandas(frame, reading))

    @classmethod
    def from_polars(  # noqa: PLR0913
        cls,
        frame: pl.DataFrame,
        symbol: str | Symbol | None = None,
        timeframe: str | Timeframe | None = None,
        *,
        columns: Mapping[str, str | None] | None = None,
        assume_timezone: str | None = None,
        time_unit: str | None = None,
        sort: bool = False,
        drop_repeats: bool = False,
        drop_invalid: bool = False,
        floor_times: bool = False,
        calendar: Calendar | None = None,
        source: str = "",
    ) -> Self:
        """Read a polars frame, without a copy where it can be; arguments as in `from_pandas`."""
        from algotrendy.model import bars_long, bars_tables

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            columns=columns,
            assume_timezone=assume_timezone,
            time_unit=time_unit,
            sort=sort,
            drop_repeats=drop_repeats,
            drop_invalid=drop_invalid,
            floor_times=floor_times,
            calendar=calendar,
            source=source,
        )
        return cls._of(bars_tables.read_polars(frame, reading))

    @classmethod
    def from_arrow(  # noqa: PLR0913
        cls,
        table: pa.Table,
        symbol: str | Symbol | None = None,
        timeframe: str | Timeframe | None = None,
        *,
        columns: Mapping[str, str | None] | None = None,
        assume_timezone: str | None = None,
        time_unit: str | None = None,
        sort: bool = False,
        drop_repeats: bool = False,
        drop_invalid: bool = False,
        floor_times: bool = False,
        calendar: Calendar | None = None,
        source: str = "",
    ) -> Self:
        """Read an Arrow table, without a copy where it can be; arguments as in `from_pandas`."""
        from algotrendy.model import bars_long, bars_tables

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            columns=columns,
            assume_timezone=assume_timezone,
            time_unit=time_unit,
            sort=sort,
            drop_repeats=drop_repeats,
            drop_invalid=drop_invalid,
            floor_times=floor_times,
            calendar=calendar,
            source=source,
        )
        return cls._of(bars_tables.read_arrow(table, reading))

    @classmethod
    def from_parquet(  # noqa: PLR0913
        cls,
        path: str | Path,
        symbol: str | Symbol | None = None,
        timeframe: str | Timeframe | None = None,
        *,
        columns: Mapping[str, str | None] | None = None,
        assume_timezone: str | None = None,
        time_unit: str | None = None,
        sort: bool = False,
        drop_repeats: bool = False,
        drop_invalid: bool = False,
        floor_times: bool = False,
        calendar: Calendar | None = None,
        source: str = "",
    ) -> Self:
        """Read one Parquet file; arguments as in `from_pandas`."""
        from algotrendy.model import bars_long, bars_tables

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            columns=columns,
            assume_timezone=assume_timezone,
            time_unit=time_unit,
            sort=sort,
            drop_repeats=drop_repeats,
            drop_invalid=drop_invalid,
            floor_times=floor_times,
            calendar=calendar,
            source=source,
        )
        return cls._of(bars_tables.read_parquet(path, reading))

    @classmethod
    def from_csv(  # noqa: PLR0913
        cls,
        path: str | Path,
        symbol: str | Symbol | None = None,
        timeframe: str | Timeframe | None = None,
        *,
        names: Sequence[str] | None = None,
        delimiter: str = ",",
        columns: Mapping[str, str | None] | None = None,
        assume_timezone: str | None = None,
        time_unit: str | None = None,
        sort: bool = False,
        drop_repeats: bool = False,
        drop_invalid: bool = False,
        floor_times: bool = False,
        calendar: Calendar | None = None,
        source: str = "",
    ) -> Self:
        """Read one CSV file, compressed where its name says so; arguments as in `from_pandas`.

        Parameters
        ----------
        names : the columns' names where the file has no header line, such as `KLINE_COLUMNS` for
            the archives of Binance
        delimiter : what stands between values
        """
        from algotrendy.model import bars_long, bars_tables

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            columns=columns,
            assume_timezone=assume_timezone,
            time_unit=time_unit,
            sort=sort,
            drop_repeats=drop_repeats,
            drop_invalid=drop_invalid,
            floor_times=floor_times,
            calendar=calendar,
            source=source,
        )
        return cls._of(bars_tables.read_csv(path, reading, names=names, delimiter=delimiter))

    @classmethod
    def from_ccxt(
        cls,
        rows: Sequence[Sequence[object]],
        symbol: str | Symbol,
        timeframe: str | Timeframe,
        *,
        as_of: datetime | str | None = None,
        sort: bool = False,
        drop_repeats: bool = False,
        source: str = "",
    ) -> Self:
        """Read what ccxt's ``fetch_ohlcv`` returns: rows ``[ms, open, high, low, close, volume]``.

        Parameters
        ----------
        rows : numbers, or texts of numbers
        as_of : when the venue was asked, an aware datetime or ISO text: bars that had not closed by
            then are left out. Venues send the open candle last, and nothing in the row says so
        sort, drop_repeats, source : see `from_pandas`

        Raises
        ------
        InvalidBars
            Naming row, column, value and rule.
        """
        from algotrendy.model import bars_long, bars_rows

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            as_of_ns=None if as_of is None else to_ns(as_of, field="as_of"),
            sort=sort,
            drop_repeats=drop_repeats,
            source=source,
        )
        return cls._of(bars_rows.read_ccxt(rows, reading))

    @classmethod
    def from_klines(
        cls,
        rows: Sequence[Sequence[object]],
        symbol: str | Symbol,
        timeframe: str | Timeframe,
        *,
        as_of: datetime | str | None = None,
        time_unit: str = "ms",
        sort: bool = False,
        drop_repeats: bool = False,
        source: str = "",
    ) -> Self:
        """Read Binance kline arrays of 12 values, or MEXC's of 8, with quote volume.

        Parameters
        ----------
        rows : ``[open_ms, o, h, l, c, volume, close_ms, quote_volume, trades, ...]``; prices are
            texts or numbers
        as_of, sort, drop_repeats, source : see `from_ccxt`
        time_unit : ms, or us where the venue was asked for microseconds

        Raises
        ------
        InvalidBars
            Naming row, column, value and rule.
        """
        from algotrendy.model import bars_long, bars_rows

        reading = bars_long.Reading(
            symbol=symbol,
            timeframe=timeframe,
            as_of_ns=None if as_of is None else to_ns(as_of, field="as_of"),
            time_unit=time_unit,
            sort=sort,
            drop_repeats=drop_repeats,
            source=source,
        )
        return cls._of(bars_rows.read_klines(rows, reading))
