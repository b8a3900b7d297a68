"""A saved backtest comes back bit by bit; the same one is one record; a wrong file is named."""

from __future__ import annotations

import math
import multiprocessing
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.storage.candles import bars_at

from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.spec import Costs
from algotrendy.backtests.strategy import strategy
from algotrendy.errors import InvalidValue, NoData, SchemaMismatch, StorageError
from algotrendy.model.bars import Bars
from algotrendy.runtime.research import backtest
from algotrendy.storage.results import SqlResultStore
from algotrendy.storage.results_schema import pack, read_text, unpack, write_text


@strategy
def every_other(bars: Bars, period: int = 10) -> np.ndarray:
    return np.arange(len(bars)) // period % 2 == 0


def run(**more: object) -> BacktestResult:
    options: dict[str, object] = {"params": {"period": 7}, "fees": Costs(fee_rate=0.001)} | more
    return backtest(every_other, bars_at(range(200)), **options)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> SqlResultStore:
    return SqlResultStore(tmp_path / "deep" / "results.sqlite")


def test_a_result_comes_back_bit_by_bit(store: SqlResultStore) -> None:
    result = run()
    result_id = store.save(result, saved_ns=42)
    got = SqlResultStore(store.path).load(result_id)
    assert got.id.startswith(result.hash)
    assert (got.saved_ns, got.strategy, got.params) == (42, "every_other", {"period": "7"})
    assert (got.symbols, got.timeframe, got.engine) == (("BTC/USDT",), "1m", result.engine)
    assert (got.start_ns, got.end_ns) == tuple(int(t) for t in result.spec.bars.open_ns[[0, -1]])
    assert (got.cash, got.final_equity, got.n_trades) == (
        10_000.0,
        result.final_equity,
        result.n_trades,
    )
    assert got.total_return == result.total_return
    assert np.array_equal(got.equity, result.equity_curve)
    assert np.array_equal(got.open_ns, result.spec.bars.open_ns)
    assert (got.spec_hash, got.fingerprint) == (result.hash, result.spec.bars.fingerprint)
    assert got.source_hash == result.spec.strategy.source_hash
    assert (got.warnings, dict(got.versions)) == (result.warnings, dict(result.versions))
    metrics = result.metrics.as_dict()
    assert list(got.metrics) == list(metrics)
    for name, value in metrics.items():
        assert got.metrics[name] == value or (
            math.isnan(got.metrics[name]) and math.isnan(value)
        ), name


def test_trades_refusals_and_assumptions_come_back(store: SqlResultStore) -> None:
    result = run(stop_loss=0.02)
    result_id = store.save(result, saved_ns=1)
    trades = store.trades(result_id)
    assert len(trades) > 3
    for name, column in result.trades_columns.columns().items():
        kept = trades.columns()[name]
        assert np.array_equal(kept, column), name
        assert kept.dtype == column.dtype, name
    assert len(store.refused(result_id)) == len(result.refused_columns)
    assumptions = store.assumptions(result_id)
    assert "fee_rate=0.001" in assumptions["costs"]
    assert "stop_loss=0.02" in assumptions["exits"]


def test_the_same_result_again_is_one_record_with_its_first_time(store: SqlResultStore) -> None:
    assert store.save(run(), saved_ns=1) == store.save(run(), saved_ns=2)
    assert [one.saved_ns for one in store.results()] == [1]


def test_the_same_spec_with_other_numbers_is_another_record(store: SqlResultStore) -> None:
    result = run()
    other = replace(result, engine="event")
    ids = {store.save(result, saved_ns=1), store.save(other, saved_ns=2)}
    assert len(ids) == 2
    with pytest.raises(InvalidValue, match="several ids begin so"):
        store.load(result.hash)


def test_the_hash_of_a_result_finds_it(store: SqlResultStore) -> None:
    result = run()
    store.save(result, saved_ns=1)
    assert store.load(result.hash).spec_hash == result.hash
    assert store.load(result.hash[:8]).spec_hash == result.hash
    for wrong in (result.hash[:7], "%" * 9, "_" * 73, "' or 1=1 --", ""):
        with pytest.raises(NoData):
            store.load(wrong)


def test_results_are_listed_newest_first_and_light(store: SqlResultStore) -> None:
    for saved_ns, period in ((5, 3), (9, 4), (5, 5)):
        store.save(run(params={"period": period}), saved_ns=saved_ns)
    listed = store.results()
    assert [one.saved_ns for one in listed] == [9, 5, 5]
    assert listed[1].id < listed[2].id
    assert all(len(one.equity) == len(one.open_ns) == 0 for one in listed)
    assert len(store.results(limit=2)) == 2
    assert len(store.results(strategy="every_other", symbol="BTC/USDT")) == 3
    assert store.results(symbol="ETH/USDT") == store.results(strategy="x") == []
    frame = store.frame()
    assert list(frame.index) == [one.id for one in listed]
    assert {"strategy", "final_equity", "sharpe"} <= {*frame.columns}


def test_a_deleted_result_is_gone_with_its_columns(store: SqlResultStore) -> None:
    result_id = store.save(run(), saved_ns=1)
    assert store.delete(result_id) is True
    assert store.delete(result_id) is False
    assert store.results() == []
    with sqlite3.connect(store.path) as raw:
        assert raw.execute("select count(*) from columns").fetchone() == (0,)
    raw.close()


def test_an_absent_file_is_no_results_and_is_not_made(store: SqlResultStore) -> None:
    assert list(store.results()) == []
    assert store.delete("x") is False
    assert store.frame().empty
    with pytest.raises(NoData, match="no results yet"):
        store.load("x" * 20)
    assert not store.path.parent.exists()


def test_a_file_that_is_no_database_is_named(store: SqlResultStore) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"hello, I am a text file" * 100)
    with pytest.raises(StorageError, match=r"results\.sqlite.*not a database") as caught:
        store.results()
    assert "choose another path" in caught.value.hint


def test_another_programs_database_and_a_newer_layout_are_refused(
    store: SqlResultStore, tmp_path: Path
) -> None:
    store.path.parent.mkdir()
    with sqlite3.connect(store.path) as raw:
        raw.execute("create table orders (id)")
    raw.close()
    with pytest.raises(StorageError, match="another program, it holds orders"):
        store.results()
    newer = SqlResultStore(tmp_path / "newer.sqlite")
    newer.save(run(), saved_ns=1)
    with sqlite3.connect(newer.path) as raw:
        raw.execute("update layout set version = 9")
    raw.close()
    with pytest.raises(SchemaMismatch, match="version 9"):
        SqlResultStore(newer.path).results()


def test_a_writer_that_holds_on_too_long_is_reported(store: SqlResultStore) -> None:
    store.save(run(), saved_ns=1)
    raw = sqlite3.connect(store.path, isolation_level=None)
    raw.execute("begin immediate")
    with pytest.raises(StorageError, match="locked"):
        SqlResultStore(store.path, wait_s=0.05).save(run(params={"period": 9}), saved_ns=2)
    assert len(SqlResultStore(store.path, wait_s=0.05).results()) == 1
    raw.execute("rollback")
    raw.close()


def _save(path: Path, period: int) -> None:
    SqlResultStore(path).save(run(params={"period": period}), saved_ns=period)


def test_forked_workers_save_side_by_side(store: SqlResultStore) -> None:
    store.save(run(params={"period": 2}), saved_ns=2)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_save, args=(store.path, period)) for period in (3, 4, 5, 6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert sorted(one.saved_ns for one in store.results()) == [2, 3, 4, 5, 6]


@given(
    st.dictionaries(
        st.text(max_size=8), st.floats() | st.integers(-(2**60), 2**60) | st.text(max_size=8)
    )
)
def test_text_gives_every_number_back_bit_by_bit(values: dict[str, object]) -> None:
    got = read_text(write_text(values))
    assert isinstance(got, dict)
    assert repr(got) == repr(values)


def test_packed_columns_come_back_and_a_flipped_bit_is_named() -> None:
    columns = {
        "a": np.arange(50),
        "b": np.array([np.nan] * 50),
        "c": np.arange(50, dtype=np.uint8),
        "d": np.arange(50) > 9,
    }
    data = pack(columns)
    got = unpack(data, place="here")
    for name, column in columns.items():
        assert np.array_equal(got[name], column, equal_nan=name == "b")
        assert got[name].dtype == column.dtype
    broken = bytearray(data)
    broken[len(data) // 4] ^= 1
    with pytest.raises(StorageError, match="here is damaged"):
        unpack(bytes(broken), place="here")


def test_commits_are_synced(store: SqlResultStore) -> None:
    store.save(run(), saved_ns=1)
    with store._connected() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "2 is FULL"
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
