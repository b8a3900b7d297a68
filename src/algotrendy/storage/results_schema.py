"""The tables of the result store, its file settings, and how columns become bytes.

Laws: a commit is on the disk when it returns (write-ahead log, synchronous=FULL); a newer layout is
refused, never guessed; columns are Parquet, text is JSON, nothing is pickled.
Used by: the result store.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from algotrendy.errors import SchemaMismatch, StorageError
from algotrendy.storage.arrow_columns import from_arrow, to_arrow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, MetaData

__all__ = [
    "has_tables",
    "make_engine",
    "make_tables",
    "pack",
    "read_text",
    "tables",
    "unpack",
    "write_text",
]

VERSION: Final = 1
_NOT_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@cache
def tables() -> MetaData:
    """Describe `layout` (one row), `results`, and `columns` apart, so that listing stays light."""
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table("layout", metadata, sa.Column("version", sa.Integer, nullable=False))
    texts = (
        "spec_hash", "fingerprint", "source_hash", "strategy", "engine", "timeframe", "symbols",
        "params", "metrics", "warnings", "versions", "assumptions",
    )  # fmt: skip
    sa.Table(
        "results",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("saved_ns", "n_trades")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("start_ns", "end_ns")),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        # Text, not REAL: SQLite turns NaN into NULL.
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("cash", "final_equity", "total_return")
        ),
    )
    sa.Table(
        "columns",
        metadata,
        sa.Column("result_id", sa.ForeignKey("results.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    return metadata


def make_engine(path: Path, *, wait_s: float) -> Engine:
    """Describe the database; nothing is opened yet, and nothing stays open between calls."""
    import sqlalchemy as sa

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.pool.NullPool,  # a forked worker must not inherit a connection
        connect_args={"timeout": wait_s, "isolation_level": None},
    )

    def configure(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        # The driver's own transactions would begin late; a write takes its lock at once.
        mode = "IMMEDIATE" if connection.get_execution_options().get("write") else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {mode}")

    sa.event.listen(engine, "connect", configure)
    sa.event.listen(engine, "begin", begin)
    return engine


def has_tables(connection: Connection, path: Path) -> bool:
    """Tell whether the tables are there; False for an empty database.

    Raises
    ------
    SchemaMismatch
        When a newer version made the file.
    StorageError
        When the file is another program's database.
    """
    import sqlalchemy as sa

    found = set(sa.inspect(connection).get_table_names())
    if not found:
        return False
    if "layout" not in found:
        raise StorageError(
            f"{path} is a database of another program, it holds {', '.join(sorted(found)[:5])}",
            hint="choose another path",
        )
    version = connection.execute(sa.select(tables().tables["layout"].c.version)).scalar_one()
    if version != VERSION:
        raise SchemaMismatch(
            f"{path} has layout version {version}, this algotrendy knows version {VERSION}",
            hint="upgrade algotrendy, or choose another path",
        )
    return True


def make_tables(connection: Connection, path: Path) -> None:
    """Make the tables in the caller's write transaction, unless another process was faster."""
    if not has_tables(connection, path):
        tables().create_all(connection)
        connection.execute(tables().tables["layout"].insert().values(version=VERSION))


def write_text(values: object) -> str:
    """Write JSON; floats come back bit by bit, NaN and infinities by name."""
    return json.dumps(_named(values), sort_keys=False, allow_nan=False)


def read_text(text: str) -> object:
    """Read what `write_text` wrote."""
    return _numbered(json.loads(text))


def pack(columns: Mapping[str, np.ndarray]) -> bytes:
    """Turn columns into the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    whole = [name for name, column in columns.items() if column.dtype == np.int64]
    pq.write_table(
        pa.table({name: to_arrow(column) for name, column in columns.items()}),
        sink,
        compression="zstd",
        use_dictionary=False,
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        write_page_checksum=True,
    )
    return sink.getvalue()


def unpack(data: bytes, *, place: str) -> dict[str, np.ndarray]:
    """Turn the bytes back into read-only columns; `place` is for the error text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        table = file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise StorageError(
            f"{place} is damaged: {reason}", hint="restore the database from a backup"
        ) from error
    found = {}
    for name in table.column_names:
        found[name] = from_arrow(table[name])
        found[name].flags.writeable = False
    return found


def _named(values: object) -> object:
    if isinstance(values, float) and not math.isfinite(values):
        return {"float": "NaN" if values != values else "Infinity" if values > 0 else "-Infinity"}  # noqa: PLR0124
    if isinstance(values, np.generic):
        return _named(values.item())
    if isinstance(values, Mapping):
        return {str(name): _named(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [_named(value) for value in values]
    return values


def _numbered(values: object) -> object:
    if isinstance(values, dict):
        if set(values) == {"float"} and values["float"] in _NOT_FINITE:
            return _NOT_FINITE[values["float"]]
        return {name: _numbered(value) for name, value in values.items()}
    if isinstance(values, list):
        return [_numbered(value) for value in values]
    return values
