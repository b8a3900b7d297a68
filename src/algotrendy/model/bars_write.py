"""Bars to tables: Arrow, pandas, polars, and a small table for a notebook.

Laws: a cell without a bar is left out, never written as a number; what is unknown has no column.
Used by: `Bars.to_arrow` and its siblings; stores.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from algotrendy._lazy import need
from algotrendy.model.arrays import ByteArray, FloatArray, IntArray
from algotrendy.model.times import utc_text

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from algotrendy.model.bars import Bars

__all__ = ["to_arrow", "to_html", "to_pandas", "to_polars"]

_SHOWN = 3  # rows at each end of the notebook table


def to_arrow(bars: Bars) -> pa.Table:
    """Return a table with one row a bar; many symbols lie one below another in time order each."""
    import pyarrow as pa

    rows = _rows(bars)
    count = len(bars) if rows is None else len(rows[0])
    times = bars.open_ns if rows is None else bars.open_ns[rows[0]]
    names = [str(symbol) for symbol in bars.symbols]
    index = np.zeros(count, np.int32) if rows is None else rows[1].astype(np.int32)
    columns = {
        "time": pa.array(times).cast(pa.timestamp("ns", "UTC")),
        "symbol": pa.DictionaryArray.from_arrays(pa.array(index), pa.array(names, pa.string())),
    }
    for name, values in _known(bars).items():
        columns[name] = pa.array(values if rows is None else values[rows])
    if bars.sources != ("",):
        codes = bars.source if rows is None else bars.source[rows]
        columns["source"] = pa.DictionaryArray.from_arrays(
            pa.array(codes.astype(np.int32)), pa.array(bars.sources, pa.string())
        )
    said = {"timeframe": str(bars.timeframe), "calendar": bars.calendar.name}
    return pa.table(columns).replace_schema_metadata({b"algotrendy": json.dumps(said).encode()})


def to_pandas(bars: Bars) -> pd.DataFrame:
    """Return a frame with a UTC time index; many symbols lie one below another."""
    import pandas as pd

    rows = _rows(bars)
    times = bars.times if rows is None else bars.times[rows[0]]
    data: dict[str, object] = {}
    if rows is not None:
        names = [str(symbol) for symbol in bars.symbols]
        data["symbol"] = pd.Categorical.from_codes(rows[1], categories=pd.Index(names))
    for name, values in _known(bars).items():
        data[name] = values if rows is None else values[rows]
    if bars.sources != ("",):
        codes = bars.source if rows is None else bars.source[rows]
        data["source"] = pd.Categorical.from_codes(codes, categories=pd.Index(bars.sources))
    index = pd.DatetimeIndex(times, tz="UTC", name="time")
    return pd.DataFrame(data, index=index, copy=True)


def to_polars(bars: Bars) -> pl.DataFrame:
    """Return a polars frame of the Arrow table's columns."""
    polars = need("polars", extra="polars")
    frame: pl.DataFrame = polars.from_arrow(to_arrow(bars))
    return frame


def to_html(bars: Bars) -> str:
    """Return a caption and the first and last rows; for many symbols the closes."""
    cells = (
        {str(symbol): bars.close[:, at] for at, symbol in enumerate(bars.symbols[:5])}
        if bars.is_many
        else bars.columns()
    )
    shown = list(range(min(len(bars), 2 * _SHOWN)))
    if len(bars) > 2 * _SHOWN:
        shown[_SHOWN:] = range(len(bars) - _SHOWN, len(bars))
    lines = [f"<p>{escape(repr(bars))}</p>"]
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("time", *cells))
    lines.append(f"<table><thead><tr>{heads}</tr></thead><tbody>")
    for row in shown:
        values = "".join(f"<td>{_number(float(column[row]))}</td>" for column in cells.values())
        lines.append(f"<tr><td>{utc_text(bars.open_ns[row])}</td>{values}</tr>")
    return "\n".join([*lines, "</tbody></table>"])


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.10g}"


def _rows(bars: Bars) -> tuple[IntArray, IntArray] | None:
    """Return row and column of every bar, symbol by symbol; None for one symbol."""
    if not bars.is_many:
        return None
    column, row = np.nonzero(~np.isnan(bars.close.T))
    return row, column


def _known(bars: Bars) -> dict[str, FloatArray | IntArray | ByteArray]:
    known: dict[str, FloatArray | IntArray | ByteArray] = {**bars.columns()}
    if bars.has_quote_volume:
        known["quote_volume"] = bars.quote_volume
    if bars.has_trades_count:
        known["trades_count"] = bars.trades_count
    return known
