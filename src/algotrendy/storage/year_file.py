"""One year of one series as a Parquet file: its bytes, and reading a span of it.

Laws: any Parquet reader understands the file (open_time, six doubles, trades_count, source);
unknown is null; pages carry checksums; no pyarrow error escapes, each names the file and a way out.
Used by: the candle store.

What was measured, and why plain doubles with LZ4: ``benchmarks/storage_encodings.py`` and
``docs/explanation/storage.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import numpy as np

from algotrendy.errors import SchemaMismatch, StorageError
from algotrendy.model.arrays import ByteArray, FloatArray, IntArray
from algotrendy.model.timeframe import Calendar
from algotrendy.storage.arrow_columns import from_arrow, texts_to_arrow, to_arrow
from algotrendy.storage.files import Files, disk_errors
from algotrendy.storage.rows import FLOATS, Rows

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["YearHead", "encode_year", "read_head", "read_year"]

VERSION: Final = 1
ROWS_A_GROUP: Final = 16 * 1024
_KEY = b"algotrendy"
_HINT = "restore the file from a backup, or move it away and fetch that year again"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class YearHead:
    """What the foot of a year file says.

    Parameters
    ----------
    series : ``BTC/USDT 1m``
    applied : the last tail record that is in this file
    n_rows, n_times : rows, and different open times
    first_ns, last_ns : first and last open time; both 0 without rows
    sources : names, sorted
    calendar : the rule of annualisation if it is not the symbol's own
    """

    series: str
    applied: int
    n_rows: int
    n_times: int
    first_ns: int
    last_ns: int
    sources: tuple[str, ...]
    calendar: Calendar | None = None


def encode_year(rows: Rows, *, series: str, applied: int) -> memoryview:
    """Return the bytes of a year file; `rows` lie in one year."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = rows.trimmed()
    n = len(rows)
    told = {
        "version": VERSION, "series": series, "applied": applied, "n_times": rows.n_times,
        "first_ns": int(rows.open_ns[0]) if n else 0, "last_ns": int(rows.open_ns[-1]) if n else 0,
        "sources": rows.sources, "calendar": rows.calendar.name if rows.calendar else None,
    }  # fmt: skip
    arrays = [to_arrow(rows.open_ns).view(pa.timestamp("ns", "UTC"))]
    for name, column in zip(FLOATS, rows.floats, strict=True):
        unknown = np.isnan(column) if name == "quote_volume" else None
        arrays.append(to_arrow(column, unknown=unknown))
    arrays.append(to_arrow(rows.trades_count, unknown=rows.trades_count < 0))
    codes = to_arrow(rows.source.astype(np.int32))
    arrays.append(pa.DictionaryArray.from_arrays(codes, texts_to_arrow(rows.sources)))
    names = ("open_time", *FLOATS, "trades_count", "source")
    table = pa.table(arrays, names=names).replace_schema_metadata({_KEY: json.dumps(told).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=ROWS_A_GROUP,
        compression="lz4",
        use_dictionary=["source"],
        column_encoding={
            "open_time": "DELTA_BINARY_PACKED",
            "trades_count": "DELTA_BINARY_PACKED",
            **dict.fromkeys(FLOATS, "PLAIN"),
        },
        write_page_checksum=True,
    )
    return memoryview(sink.getvalue())


def read_head(files: Files, path: Path) -> YearHead | None:
    """Read the foot only; None when there is no such file."""
    with _opened(files, path) as file:
        return None if file is None else _head(file, path)


def read_year(files: Files, path: Path, start_ns: int, end_ns: int) -> tuple[YearHead, Rows] | None:
    """Read the rows with ``start_ns <= open time < end_ns``; None when there is no such file.

    Only the row groups that can hold such rows are read.

    Raises
    ------
    StorageError
        When the file cannot be read, is damaged, or is no year file; the text names it.
    SchemaMismatch
        When a newer version wrote it.
    """
    with _opened(files, path) as file:
        if file is None:
            return None
        head = _head(file, path)
        groups = _groups(file, start_ns, end_ns)
        names = [
            "open_time",
            *FLOATS,
            "trades_count",
            *(["source"] if len(head.sources) > 1 else []),
        ]
        table = file.read_row_groups(groups, columns=names, use_threads=False)
        rows = _rows(table, head)
        if len(rows) and (np.diff(rows.open_ns) < 0).any():
            raise StorageError(f"{path} is damaged: its rows are not sorted by time", hint=_HINT)
        return head, rows.between(start_ns, end_ns)


@contextmanager
def _opened(files: Files, path: Path) -> Iterator[pq.ParquetFile | None]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with disk_errors("read", path):
        try:
            raw = files.open_read(path)
        except FileNotFoundError:
            yield None
            return
        with raw:
            try:
                yield pq.ParquetFile(raw, page_checksum_verification=True)
            except (pa.ArrowException, KeyError, TypeError, UnicodeDecodeError) as error:
                raise _damaged(path, error) from error
            except OSError as error:
                # Arrow says OSError for broken pages too; a real one carries the system's number.
                if error.errno is None:
                    raise _damaged(path, error) from error
                raise


def _damaged(path: Path, error: Exception) -> StorageError:
    reason = " ".join(str(error).split())[:200]
    return StorageError(f"{path} is no readable candle file: {reason}", hint=_HINT)


def _head(file: pq.ParquetFile, path: Path) -> YearHead:
    metadata = file.metadata
    try:
        told = json.loads((metadata.metadata or {})[_KEY])
        version = int(told["version"])
        if version > VERSION:
            raise SchemaMismatch(
                f"{path} has layout version {version}, this algotrendy reads up to {VERSION}",
                hint="upgrade algotrendy, or choose another folder",
            )
        calendar = told["calendar"]
        return YearHead(
            series=str(told["series"]),
            applied=int(told["applied"]),
            n_rows=int(metadata.num_rows),
            n_times=int(told["n_times"]),
            first_ns=int(told["first_ns"]),
            last_ns=int(told["last_ns"]),
            sources=tuple(map(str, told["sources"])),
            calendar=None if calendar is None else Calendar[calendar],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise StorageError(
            f"{path} is a Parquet file, but not one of this store",
            hint="move it out of the store's folder; to take its candles in, read them and append",
        ) from error


def _groups(file: pq.ParquetFile, start_ns: int, end_ns: int) -> list[int]:
    found = []
    for group in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(group).column(0).statistics
        known = statistics is not None and statistics.has_min_max
        # Raw values are whole nanoseconds; `min` would build a pandas or datetime object.
        if not known or (statistics.min_raw < end_ns and statistics.max_raw >= start_ns):
            found.append(group)
    return found


def _rows(table: pa.Table, head: YearHead) -> Rows:
    import pyarrow as pa

    times: IntArray = from_arrow(table["open_time"].cast(pa.timestamp("ns", "UTC")))
    floats: list[FloatArray] = []
    for name in FLOATS:
        column = table[name]
        if column.type != pa.float64():
            raise TypeError(f"{name} is a column of {column.type}, doubles are expected")
        floats.append(from_arrow(column, unknown=math.nan))
    counts: IntArray = from_arrow(table["trades_count"].cast(pa.int64()), unknown=-1)
    codes: ByteArray = np.zeros(len(times), np.uint8)
    if len(head.sources) > 1:
        place = {name: code for code, name in enumerate(head.sources)}
        parts = []
        for chunk in table["source"].cast(pa.dictionary(pa.int32(), pa.string())).chunks:
            names = np.array([place[name] for name in chunk.dictionary.to_pylist()], np.uint8)
            parts.append(names[from_arrow(pa.chunked_array([chunk.indices]))])
        codes = np.concatenate(parts) if parts else codes
    return Rows(times, tuple(floats), counts, codes, head.sources, head.calendar)
