"""Tables to bars: pandas, polars, Arrow, CSV and Parquet, by way of Arrow.

Laws: columns that nobody can write to are taken without a copy, those of pandas are copied; a price
that is no number is refused, texts and decimals too: the caller converts, once and visibly.
Used by: `Bars.from_pandas` and its siblings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from algotrendy.errors import InvalidBars
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.bars_check import PRICE_COLUMNS
from algotrendy.model.bars_columns import BarColumns, known_counts, known_floats, whole_column
from algotrendy.model.bars_long import LongRows, Reading, assemble
from algotrendy.model.bars_names import match_columns
from algotrendy.model.bars_times import times_ns
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["METADATA_KEY", "read_arrow", "read_csv", "read_pandas", "read_parquet", "read_polars"]

METADATA_KEY = b"algotrendy"
"""Where a table of ours says its timeframe and calendar, as JSON."""

_MOST_SOURCES = 255  # one code is left for `mixed`


def read_arrow(table: pa.Table, reading: Reading) -> BarColumns:
    """Read a table that nobody writes to any more: float64 columns without nulls are not copied."""
    names = table.column_names
    places = match_columns(names, reading.columns)
    said = json.loads((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
    if reading.timeframe is None:
        reading = replace(reading, timeframe=said.get("timeframe"))
    if reading.calendar is None and "calendar" in said:
        reading = replace(reading, calendar=Calendar[said["calendar"]])
    columns = {field: table.column(at) for field, at in places.items()}
    return _read_fields(columns, {field: names[at] for field, at in places.items()}, reading)


def read_polars(frame: pl.DataFrame, reading: Reading) -> BarColumns:
    """Read a polars frame; its memory is immutable, so columns are taken as an Arrow table's."""
    return read_arrow(frame.to_arrow(), reading)


def read_parquet(path: str | Path, reading: Reading) -> BarColumns:
    """Read one Parquet file, of which only the columns that are needed are decoded."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        wanted = [names[at] for at in match_columns(names, reading.columns).values()]
        return read_arrow(file.read(columns=wanted), reading)


def read_csv(
    path: str | Path, reading: Reading, *, names: Sequence[str] | None, delimiter: str
) -> BarColumns:
    """Read one CSV file, compressed where its name says so; `names` stands for a header line."""
    import pyarrow as pa
    from pyarrow import csv

    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=names),
            parse_options=csv.ParseOptions(delimiter=delimiter),
        )
    except pa.ArrowInvalid as error:
        raise InvalidBars(
            "file", value=str(path), rule=f"it cannot be read as CSV: {error}"
        ) from error
    return read_arrow(table, reading)


def read_pandas(frame: pd.DataFrame, reading: Reading) -> BarColumns:
    """Read a pandas frame with times in a column or in the index; every column is copied.

    A `DatetimeIndex` is the time, whatever columns are called, unless ``columns`` names another.
    """
    import pandas as pd

    if frame.columns.nlevels > 1:
        raise InvalidBars(
            "columns",
            value=[str(name) for name in frame.columns[:6]],
            rule="one level of column names is expected",
            hint="make the table long: frame.stack(level=1, future_stack=True).reset_index()",
        )
    names = [str(name) for name in frame.columns]
    given = dict(reading.columns or {})
    levels: dict[str, pd.Index[str]] = {}
    if isinstance(frame.index, pd.DatetimeIndex) and "time" not in given:
        levels["the index"] = frame.index.get_level_values(0)
        given["time"] = "the index"
    else:
        for level, name in enumerate(frame.index.names):
            if name is not None:
                levels[str(name)] = frame.index.get_level_values(level)
    places = match_columns([*names, *levels], given)
    columns, name_of = {}, {}
    for field, at in places.items():
        is_level = at >= len(names)
        name_of[field] = [*levels][at - len(names)] if is_level else names[at]
        values = levels[name_of[field]] if is_level else frame.iloc[:, at]
        columns[field] = _from_pandas(values, name_of[field], is_time=field == "time")
    return _read_fields(columns, name_of, reading)


def _from_pandas(
    values: pd.Series[str] | pd.Index[str], name: str, *, is_time: bool
) -> pa.ChunkedArray:
    """Return a column as Arrow; plain numbers are copied, since pandas memory is not immutable."""
    import pyarrow as pa

    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf":
        return pa.chunked_array([pa.array(np.array(values.to_numpy()))])
    if is_time and values.dtype == object:
        _refuse_mixed_zones(values.to_list(), name)
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InvalidBars(
            name, value=str(values.dtype), rule=f"one type of value is expected: {error}"
        ) from error
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _refuse_mixed_zones(values: Sequence[object], name: str) -> None:
    # Arrow would read the ones without a zone as UTC.
    first: bool | None = None
    for row, value in enumerate(values):
        if not isinstance(value, datetime):
            continue
        has_zone = value.utcoffset() is not None
        if first is not None and has_zone != first:
            raise InvalidBars(
                name, row=row, value=str(value), rule="a zone is expected in every row or in none"
            )
        first = has_zone


def _read_fields(
    columns: Mapping[str, pa.ChunkedArray], names: Mapping[str, str], reading: Reading
) -> BarColumns:
    """Convert the chosen columns, by field; `names` are the table's names, for errors."""
    quote = counts = codes = source_codes = None
    symbols: tuple[str, ...] = ()
    sources: tuple[str, ...] = (reading.source,)
    if "quote_volume" in columns:
        quote = known_floats(
            names["quote_volume"], _floats(columns["quote_volume"], names["quote_volume"])
        )
    if "trades_count" in columns:
        counts = _counts(columns["trades_count"], names["trades_count"])
    if "symbol" in columns:
        symbols, codes = _coded(columns["symbol"], names["symbol"])
    if "source" in columns and len(columns["source"]):
        sources, source_codes = _coded(columns["source"], names["source"])
        if len(sources) > _MOST_SOURCES:
            raise InvalidBars(
                names["source"], value=len(sources), rule=f"at most {_MOST_SOURCES} sources"
            )
    long = LongRows(
        open_ns=times_ns(
            columns["time"],
            name=names["time"],
            time_unit=reading.time_unit,
            assume_timezone=reading.assume_timezone,
        ),
        prices={field: _floats(columns[field], names[field]) for field in PRICE_COLUMNS},
        quote_volume=quote,
        trades_count=counts,
        symbols=tuple(Symbol.parse(text) for text in symbols),
        codes=codes,
        sources=sources,
        source_codes=source_codes if len(sources) > 1 else None,
    )
    return assemble(long, reading)


def _floats(column: pa.ChunkedArray, name: str) -> FloatArray:
    """Return numbers as float64, a view of the table's memory where it can be; null is NaN."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_null(column.type):
        return np.full(len(column), np.nan)
    if not (kinds.is_floating(column.type) or kinds.is_integer(column.type)):
        first = column[0].as_py() if len(column) else None
        raise InvalidBars(
            name,
            value=first,
            rule=f"numbers are expected, the column is of type {column.type}",
            hint="convert it to float64 first",
        )
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    values: FloatArray = array.to_numpy(zero_copy_only=False)
    return values if values.dtype == np.float64 else values.astype(np.float64)


def _counts(column: pa.ChunkedArray, name: str) -> IntArray:
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        numbers = column.fill_null(-1).to_numpy()
        return known_counts(name, whole_column(name, numbers, None))
    values = _floats(column, name)
    return known_counts(name, whole_column(name, np.where(np.isnan(values), -1, values), None))


def _coded(column: pa.ChunkedArray, name: str) -> tuple[tuple[str, ...], IntArray]:
    """Return the different texts in order of appearance, and each row's index into them."""
    import pyarrow as pa

    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        raise InvalidBars(name, row=row, value=None, rule="a text is expected")
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    texts = array.dictionary.to_pylist()
    if texts and not all(isinstance(text, str) for text in texts):
        raise InvalidBars(name, value=texts[0], rule="texts are expected")
    codes = array.indices.to_numpy().astype(np.int64)
    return _only_used(tuple(texts), codes)


def _only_used(texts: tuple[str, ...], codes: IntArray) -> tuple[tuple[str, ...], IntArray]:
    # A dictionary may hold texts that no row uses, such as pandas categories after a filter.
    used = np.bincount(codes, minlength=len(texts)) > 0
    if used.all():
        return texts, codes
    kept = tuple(text for text, is_used in zip(texts, used.tolist(), strict=True) if is_used)
    return kept, (np.cumsum(used) - 1)[codes]
