"""Rows as venues send them to bars: ccxt candles and Binance kline arrays.

Laws: a number may come as text, as venues write prices; a row that is short or no number is named;
quote volume and trade count are taken only where the venue sends them.
Used by: `Bars.from_ccxt` and `Bars.from_klines`; venue parsers.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from algotrendy.errors import InvalidBars
from algotrendy.model.arrays import FloatArray
from algotrendy.model.bars_columns import BarColumns, known_counts, known_floats, whole_column
from algotrendy.model.bars_long import LongRows, Reading, assemble
from algotrendy.model.bars_times import epoch_ns

__all__ = ["CCXT_COLUMNS", "KLINE_COLUMNS", "read_ccxt", "read_klines"]

CCXT_COLUMNS = ("time", "open", "high", "low", "close", "volume")
"""What a ccxt candle holds, in order; the time is the open time in milliseconds."""

KLINE_COLUMNS = (
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "trades_count",
    "taker_base_volume",
    "taker_quote_volume",
    "ignore",
)
"""What a Binance kline array holds, in order; the archive's CSV files have the same columns."""

_SHOWN = 80  # characters of an odd row that go into the error
_SHORT_KLINE = 8  # MEXC sends the first eight of these


def read_ccxt(rows: Sequence[Sequence[object]], reading: Reading) -> BarColumns:
    """Read rows ``[ms, open, high, low, close, volume]``."""
    table = _numbers(rows, CCXT_COLUMNS, lengths=(len(CCXT_COLUMNS),))
    return assemble(_long(table, "ms", reading), reading)


def read_klines(rows: Sequence[Sequence[object]], reading: Reading) -> BarColumns:
    """Read rows of `KLINE_COLUMNS`, or of the first eight."""
    lengths = (len(KLINE_COLUMNS), _SHORT_KLINE)
    table = _numbers(rows, KLINE_COLUMNS, lengths=lengths)
    return assemble(_long(table, reading.time_unit or "ms", reading), reading)


def _long(table: FloatArray, unit: str, reading: Reading) -> LongRows:
    quote = counts = None
    if table.shape[1] >= _SHORT_KLINE:
        quote = known_floats("quote_volume", table[:, 7].copy())
    if table.shape[1] > _SHORT_KLINE:
        counts = known_counts("trades_count", whole_column("trades_count", table[:, 8], None))
    return LongRows(
        open_ns=epoch_ns(table[:, 0], unit, name="open_time"),
        prices={name: table[:, at].copy() for at, name in enumerate(CCXT_COLUMNS[1:], start=1)},
        quote_volume=quote,
        trades_count=counts,
        sources=(reading.source,),
    )


def _numbers(
    rows: Sequence[Sequence[object]], names: Sequence[str], *, lengths: tuple[int, ...]
) -> FloatArray:
    """Return rows as a (n, columns) float64 array, each of the same of the allowed lengths."""
    if not len(rows):
        return np.empty((0, lengths[0]))
    try:
        table: FloatArray = np.array(rows, dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise _odd_cell(rows, names, lengths) from error
    if table.ndim != 2 or table.shape[1] not in lengths:  # noqa: PLR2004
        raise _odd_cell(rows, names, lengths)
    return table


def _odd_cell(
    rows: Sequence[object], names: Sequence[str], lengths: tuple[int, ...]
) -> InvalidBars:
    """Find the first row that is not like the others, or the first cell that is no number."""
    wanted = len(rows[0]) if isinstance(rows[0], Sequence) and len(rows[0]) in lengths else None
    for at, row in enumerate(rows):
        if not isinstance(row, Sequence) or isinstance(row, str) or len(row) != wanted:
            return InvalidBars(
                "row",
                row=at,
                value=repr(row)[:_SHOWN],
                rule=f"{' or '.join(map(str, lengths))} values are expected, the same in every "
                f"row: {', '.join(names[: lengths[0]])}",
            )
        for name, cell in zip(names, row, strict=False):
            if not _is_number(cell):
                return InvalidBars(name, row=at, value=cell, rule="a number is expected")
    return InvalidBars("row", value=rows[0], rule="rows of numbers that fit float64 are expected")


def _is_number(cell: object) -> bool:
    if isinstance(cell, int | float | Decimal):
        return True
    if not isinstance(cell, str):
        return cell is None  # reads as NaN, and is refused by the price rules
    try:
        float(cell)
    except ValueError:
        return False
    return True
