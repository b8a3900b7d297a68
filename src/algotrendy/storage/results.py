"""Finished backtests in one SQLite file: summary, metrics, equity, trades and refused orders.

Laws: a saved result is on the disk when `save` returns; the same result is one record; numbers come
back bit by bit; a strategy is code and is not stored, its hash is.
Used by: notebooks and scripts through `storage.embedded`, applications.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, cast, final

import numpy as np

from algotrendy.backtests.trades import Refused, Trades
from algotrendy.errors import InvalidValue, NoData, StorageError, WriteUnconfirmed
from algotrendy.protocols.store import StoredResult
from algotrendy.storage.files import DISK, disk_errors, make_folders
from algotrendy.storage.results_schema import (
    has_tables,
    make_engine,
    make_tables,
    pack,
    read_text,
    tables,
    unpack,
    write_text,
)

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection, Engine, RowMapping

    from algotrendy.backtests.result import BacktestResult

__all__ = ["SqlResultStore"]

_SHORTEST_START = 8
_NO_ASSUMPTIONS = frozenset({"strategy", "bars", "params", "cash"})


@final
class SqlResultStore:
    """Backtest results in a SQLite file; many processes may read and write it.

    Parameters
    ----------
    path : the database file; it is made by the first `save`
    wait_s : how long to wait for another process that is writing

    Notes
    -----
    An id is the spec's hash, a dash, and eight digits of a hash of engine and numbers: the same
    result again is the same record, the same spec on another engine is another. Where an id is
    asked for, the start of it will do, from eight characters on: `result.hash` is one.
    """

    name = "sql"
    path: Path

    def __init__(self, path: str | os.PathLike[str], *, wait_s: float = 10.0) -> None:
        self.path = Path(path)
        self._wait_s = wait_s
        self._engine: Engine | None = None
        self._is_ready = False

    def save(self, result: BacktestResult, /, *, saved_ns: int) -> str:
        """Keep the result, return its id; durable when this returns.

        The same result again is no write: the first `saved_ns` stays.

        Raises
        ------
        StorageError
            When the file cannot be opened or another process writes too long.
        WriteUnconfirmed
            When the disk failed: save again, it is idempotent.
        """
        columns: dict[str, Mapping[str, np.ndarray]] = {
            "equity": {"open_ns": result.spec.bars.open_ns, "equity": result.equity_curve},
            "trades": result.trades_columns.columns(),
            "refused": result.refused_columns.columns(),
        }
        packed = {name: pack(values) for name, values in columns.items()}
        row = _row(result, saved_ns, packed)
        results, blobs = tables().tables["results"], tables().tables["columns"]
        with self._connected(write=True) as connection:
            found = connection.execute(results.select().where(results.c.id == row["id"])).first()
            if found is None:
                connection.execute(results.insert().values(**row))
                for name, data in packed.items():
                    connection.execute(
                        blobs.insert().values(result_id=row["id"], name=name, data=data)
                    )
        return str(row["id"])

    def load(self, result_id: str, /) -> StoredResult:
        """Return what was saved, numbers bit by bit.

        Parameters
        ----------
        result_id : an id, or the start of one from eight characters on, such as `result.hash`

        Raises
        ------
        NoData
            When there is none.
        InvalidValue
            When several begin so.
        """
        with self._connected() as connection:
            row = self._found(connection, result_id)
            columns = self._columns(connection, row["id"], "equity")
        return _stored(row, columns["open_ns"], columns["equity"])

    def results(
        self,
        *,
        strategy: str | None = None,
        symbol: str | None = None,
        limit: int | None = None,
    ) -> Sequence[StoredResult]:
        """Return records, newest first, then by id, with empty equity curves.

        Parameters
        ----------
        strategy, symbol : only those of this strategy's name, of this symbol
        limit : at most so many
        """
        if not self.path.exists():
            return ()
        results = tables().tables["results"]
        query = results.select().order_by(results.c.saved_ns.desc(), results.c.id)
        if strategy is not None:
            query = query.where(results.c.strategy == strategy)
        if limit is not None and symbol is None:
            query = query.limit(limit)
        with self._connected() as connection:
            rows = connection.execute(query).mappings().all()
        found = [_stored(row, np.empty(0, np.int64), np.empty(0)) for row in rows]
        return [one for one in found if symbol is None or symbol in one.symbols][:limit]

    def trades(self, result_id: str, /) -> Trades:
        """Return the round trips of a saved result, in columns."""
        with self._connected() as connection:
            row = self._found(connection, result_id)
            return Trades(**self._columns(connection, row["id"], "trades"))

    def refused(self, result_id: str, /) -> Refused:
        """Return the refused and resized orders of a saved result, in columns."""
        with self._connected() as connection:
            row = self._found(connection, result_id)
            return Refused(**self._columns(connection, row["id"], "refused"))

    def assumptions(self, result_id: str, /) -> Mapping[str, str]:
        """Return costs, exits, size, fill and the rest of the spec, as text by name."""
        with self._connected() as connection:
            text = read_text(self._found(connection, result_id)["assumptions"])
        return cast("Mapping[str, str]", text)

    def delete(self, result_id: str, /) -> bool:
        """Remove a record; False when it is not there. Takes a whole id only."""
        if not self.path.exists():
            return False
        results = tables().tables["results"]
        with self._connected(write=True) as connection:
            gone = connection.execute(results.delete().where(results.c.id == result_id)).rowcount
        return bool(gone)

    def frame(self) -> pd.DataFrame:
        """Return the records as a pandas DataFrame, one row each, metrics as columns."""
        import pandas as pd

        rows = [
            {
                "id": one.id,
                "saved": pd.Timestamp(one.saved_ns, tz="UTC"),
                "strategy": one.strategy,
                "params": ", ".join(f"{name}={value}" for name, value in one.params.items()),
                "symbols": " ".join(one.symbols),
                "timeframe": one.timeframe,
                "engine": one.engine,
                "final_equity": one.final_equity,
                **one.metrics,
            }
            for one in self.results()
        ]
        return pd.DataFrame(rows).set_index("id") if rows else pd.DataFrame()

    def close(self) -> None:
        """Forget the database; no connection is open between calls."""
        engine, self._engine, self._is_ready = self._engine, None, False
        if engine is not None:
            engine.dispose()

    def __repr__(self) -> str:
        return f"SqlResultStore({str(self.path)!r})"

    @contextlib.contextmanager
    def _connected(self, *, write: bool = False) -> Iterator[Connection]:
        """Open, begin, and at the end commit; every database error becomes ours."""
        from sqlalchemy import exc

        if not write and not self.path.exists():
            raise NoData(f"{self.path} holds no results yet", hint="save one first")
        if self._engine is None:
            self._engine = make_engine(self.path, wait_s=self._wait_s)
        engine = self._engine
        begun = False
        try:
            if not self._is_ready:
                self._make_ready(engine)
            with engine.connect().execution_options(write=write) as connection, connection.begin():
                begun = True
                yield connection
        except exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error)
            kind = WriteUnconfirmed if write and begun else StorageError
            raise kind(f"{self.path}: {reason}", hint=_hint(reason)) from error

    def _make_ready(self, engine: Engine) -> None:
        make_folders(DISK, self.path.parent)
        with engine.connect() as connection, connection.begin():
            is_made = has_tables(connection, self.path)
        if not is_made:
            with engine.connect().execution_options(write=True) as connection, connection.begin():
                make_tables(connection, self.path)
            with disk_errors("sync", self.path.parent):
                DISK.sync_folder(self.path.parent)
        self._is_ready = True

    def _found(self, connection: Connection, result_id: str) -> RowMapping:
        results = tables().tables["results"]
        exact = (
            connection.execute(results.select().where(results.c.id == result_id)).mappings().first()
        )
        if exact is not None:
            return exact
        rows = []
        if len(result_id) >= _SHORTEST_START:
            starts = results.c.id.startswith(result_id, autoescape=True)
            rows = list(connection.execute(results.select().where(starts).limit(3)).mappings())
        if len(rows) == 1:
            return rows[0]
        if not rows:
            raise NoData(
                f"{self.path} has no result {result_id!r}", hint="results() lists what there is"
            )
        raise InvalidValue(
            "result_id", value=result_id, rule="several ids begin so",
            hint=" or ".join(row["id"] for row in rows),
        )  # fmt: skip

    def _columns(self, connection: Connection, full_id: str, name: str) -> dict[str, np.ndarray]:
        blobs = tables().tables["columns"]
        where = (blobs.c.result_id == full_id) & (blobs.c.name == name)
        data = connection.execute(blobs.select().where(where)).mappings().first()
        place = f"{self.path}, {name} of result {full_id[:16]}"
        if data is None:
            raise StorageError(f"{place} is missing", hint="restore the database from a backup")
        return unpack(data["data"], place=place)


def _row(result: BacktestResult, saved_ns: int, packed: Mapping[str, bytes]) -> dict[str, object]:
    spec, bars = result.spec, result.spec.bars
    numbers = hashlib.sha256(f"{result.engine}|{result.final_equity!r}".encode())
    for name in ("equity", "trades", "refused"):
        numbers.update(packed[name])
    assumptions = {
        field.name: repr(getattr(spec, field.name))
        for field in fields(spec)
        if field.name not in _NO_ASSUMPTIONS
    }
    assumptions["shorts_allowed"] = repr(spec.shorts_allowed)
    return {
        "id": f"{result.hash}-{numbers.hexdigest()[:8]}",
        "saved_ns": int(saved_ns),
        "n_trades": result.n_trades,
        "start_ns": int(bars.open_ns[0]) if len(bars) else 0,
        "end_ns": int(bars.open_ns[-1]) if len(bars) else 0,
        "spec_hash": result.hash,
        "fingerprint": bars.fingerprint,
        "source_hash": spec.strategy.source_hash,
        "strategy": spec.strategy.name,
        "engine": result.engine,
        "timeframe": str(bars.timeframe),
        "symbols": write_text([str(symbol) for symbol in bars.symbols]),
        "params": write_text({name: repr(value) for name, value in spec.params.items()}),
        "metrics": write_text(result.metrics.as_dict()),
        "warnings": write_text(result.warnings),
        "versions": write_text(result.versions),
        "assumptions": write_text(assumptions),
        "cash": write_text(float(spec.cash)),
        "final_equity": write_text(float(result.final_equity)),
        "total_return": write_text(float(result.total_return)),
    }


def _stored(row: RowMapping, open_ns: np.ndarray, equity: np.ndarray) -> StoredResult:
    read = {
        name: read_text(row[name])
        for name in ("symbols", "params", "metrics", "warnings", "versions", "cash",
                     "final_equity", "total_return")
    }  # fmt: skip
    return StoredResult(
        id=row["id"],
        saved_ns=row["saved_ns"],
        strategy=row["strategy"],
        params=cast("Mapping[str, str]", read["params"]),
        symbols=tuple(cast("list[str]", read["symbols"])),
        timeframe=row["timeframe"],
        start_ns=row["start_ns"],
        end_ns=row["end_ns"],
        cash=cast("float", read["cash"]),
        final_equity=cast("float", read["final_equity"]),
        total_return=cast("float", read["total_return"]),
        n_trades=row["n_trades"],
        engine=row["engine"],
        metrics=cast("Mapping[str, float]", read["metrics"]),
        spec_hash=row["spec_hash"],
        fingerprint=row["fingerprint"],
        source_hash=row["source_hash"],
        warnings=tuple(cast("list[str]", read["warnings"])),
        versions=cast("Mapping[str, str]", read["versions"]),
        open_ns=open_ns,
        equity=equity,
    )


def _hint(reason: str) -> str:
    if "locked" in reason:
        return "another process is writing: let it finish, then do it again"
    if "full" in reason:
        return "free space on that disk and do it again; what was acknowledged is kept"
    if "not a database" in reason or "malformed" in reason:
        return "choose another path, or restore the file from a backup"
    if "unable to open" in reason or "readonly" in reason:
        return "give this user the right to read and write there, or choose another path"
    return "see the reason, repair it and do it again"
