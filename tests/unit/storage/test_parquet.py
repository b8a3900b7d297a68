"""Candles come back bit by bit, once, newest version; a broken or foreign file is named."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crash.disks import QuickDisk
from tests.unit.storage.candles import ALL, BTC, M1, MINUTE, START, bars_at

from algotrendy.errors import SchemaMismatch, StorageError, WriteUnconfirmed
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe
from algotrendy.protocols.closing import SupportsClose
from algotrendy.protocols.store import BarStore, ResultStore, SupportsBarDelete
from algotrendy.storage import parquet
from algotrendy.storage.locks import locked
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.results import SqlResultStore

ROOT = Path(__file__).parents[3]
SMALL, LARGE = 40, 3000  # into the tail, into year files


@pytest.fixture
def store(tmp_path: Path) -> ParquetStore:
    return ParquetStore(tmp_path / "candles")


def same(one: Bars, other: Bars) -> bool:
    return (
        one == other
        and np.array_equal(one.quote_volume, other.quote_volume, equal_nan=True)
        and np.array_equal(one.trades_count, other.trades_count)
        and [one.sources[c] for c in one.source] == [other.sources[c] for c in other.source]
    )


def folder_of(store: ParquetStore) -> Path:
    return store.root / BTC.encoded / "1m"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("n", [1, SMALL, LARGE])
def test_bars_come_back_bit_by_bit_also_to_another_process(
    store: ParquetStore, n: int, known: bool
) -> None:
    bars = bars_at(range(n), known=known)
    assert store.append(bars) == n
    assert same(store.read(BTC, M1, *ALL), bars)
    assert same(ParquetStore(store.root).read(BTC, M1, *ALL), bars)


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_a_range_is_half_open(store: ParquetStore, n: int) -> None:
    bars = bars_at(range(n))
    store.append(bars)
    got = store.read(BTC, M1, START + 5 * MINUTE, START + 30 * MINUTE)
    assert same(got, bars[5:30])
    assert len(store.read(BTC, M1, START + 5 * MINUTE, START + 5 * MINUTE)) == 0
    assert len(store.read(BTC, M1, START + 9 * MINUTE, START)) == 0


def test_nothing_stored_reads_as_empty_bars_and_makes_no_folder(store: ParquetStore) -> None:
    got = store.read(BTC, M1, *ALL)
    assert (len(got), got.symbol, got.timeframe) == (0, BTC, M1)
    assert store.series() == []
    assert store.last_ns(BTC, M1) is None
    assert store.append(bars_at([])) == 0
    assert not store.root.exists()


@pytest.mark.parametrize("first", [SMALL, LARGE])
@pytest.mark.parametrize("second", [SMALL, LARGE])
def test_the_newest_write_of_a_row_wins(store: ParquetStore, first: int, second: int) -> None:
    store.append(bars_at(range(first), price=100))
    store.append(bars_at(range(20, 20 + second), price=200))
    got = ParquetStore(store.root).read(BTC, M1, *ALL)
    assert len(got) == max(first, 20 + second)
    assert set(got.open[:20]) == {100.0}
    assert set(got.open[20 : 20 + second]) == {200.0}
    assert set(got.open[20 + second :]) <= {100.0}


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_equal_rows_are_no_write(store: ParquetStore, n: int) -> None:
    bars = bars_at(range(n), known=False)
    store.append(bars)
    before = {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()}
    assert store.append(bars) == n
    assert store.append(bars[3:9]) == 6
    assert {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()} == before


def test_older_rows_may_come_later(store: ParquetStore) -> None:
    store.append(bars_at(range(500, 3000)))
    store.append(bars_at(range(100)))
    store.append(bars_at([300]))
    assert same(
        store.read(BTC, M1, *ALL)[:101],
        ParquetStore(store.root).read(BTC, M1, START, START + 301 * MINUTE),
    )
    assert len(store.read(BTC, M1, *ALL)) == 2601


def test_live_bars_go_into_year_files_when_the_tail_is_full(
    tmp_path: Path,
) -> None:
    store = ParquetStore(tmp_path, tail_rows=25)
    for minute in range(130):  # over a new year
        store.append(bars_at([minute]))
    got = store.read(BTC, M1, *ALL)
    assert [*got.open_ns] == [START + m * MINUTE for m in range(130)]
    years = sorted(path.name for path in folder_of(store).glob("*.parquet"))
    assert years == ["2023.parquet", "2024.parquet"]
    (stored,) = store.series()
    assert (stored.n_bars, stored.first_ns, stored.last_ns) == (130, START, START + 129 * MINUTE)


def test_rows_of_several_sources_stand_side_by_side_and_the_ranking_decides(
    store: ParquetStore,
) -> None:
    for n, price, source in ((LARGE, 100, "okx"), (SMALL, 200, "bybit"), (10, 300, "binance")):
        store.append(bars_at(range(n), price=price, source=source))
    got = store.read(BTC, M1, *ALL)
    assert len(got) == LARGE
    assert [float(got.open[i]) for i in (0, 9, 10, 39, 40)] == [300, 300, 200, 200, 100]
    ranked = store.read(BTC, M1, *ALL, sources=("bybit", "okx"))
    assert [float(ranked.open[i]) for i in (0, 39, 40)] == [200, 200, 100]
    assert [ranked.sources[c] for c in ranked.source[[0, 40]]] == ["bybit", "okx"]
    assert len(store.read(BTC, M1, *ALL, sources=("binance",))) == 10
    assert len(store.read(BTC, M1, *ALL, sources=("nobody",))) == 0
    (stored,) = store.series()
    assert (stored.n_bars, stored.sources) == (LARGE, ("binance", "bybit", "okx"))
    store.compact()
    assert store.series() == [stored]
    assert same(store.read(BTC, M1, *ALL), got)


def test_many_symbols_are_kept_each_for_itself_without_missing_cells(store: ParquetStore) -> None:
    close = np.array([[1.0, np.nan], [2.0, 5.0]])
    many = Bars(
        ("BTC/USDT", "ETH/USDT"), "1m", open_ns=[START, START + MINUTE],
        open=close, high=close, low=close, close=close, volume=close,
    )  # fmt: skip
    assert store.append(many) == 3
    assert [(str(s.symbol), s.n_bars) for s in store.series()] == [("BTC/USDT", 2), ("ETH/USDT", 1)]


def test_series_are_sorted_and_minutes_and_months_do_not_meet(store: ParquetStore) -> None:
    month = Bars(
        "BTC/USDT",
        "1M",
        open_ns=[1672531200 * 10**9],
        open=[1],
        high=[1],
        low=[1],
        close=[1],
        volume=[0],
    )
    for bars in (bars_at([1], symbol="ETH/USDT"), month, bars_at([1])):
        store.append(bars)
    listed = [f"{s.symbol} {s.timeframe}" for s in store.series()]
    assert listed == ["BTC/USDT 1M", "BTC/USDT 1m", "ETH/USDT 1m"]
    assert store.last_ns(BTC, Timeframe.parse("1M")) == 1672531200 * 10**9


def test_a_calendar_that_is_not_the_symbols_own_is_kept(store: ParquetStore) -> None:
    plain = bars_at(range(LARGE))
    store.append(Bars(BTC, M1, open_ns=plain.open_ns, calendar=Calendar.FOREX, **plain.columns()))  # type: ignore[arg-type]
    assert store.read(BTC, M1, *ALL).calendar is Calendar.FOREX
    assert ParquetStore(store.root).read(BTC, M1, *ALL).calendar is Calendar.FOREX


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_deleted_rows_stay_away(store: ParquetStore, n: int) -> None:
    store.append(bars_at(range(n)))
    assert store.delete(BTC, M1, START + 10 * MINUTE, START + 20 * MINUTE) == 10
    assert store.delete(BTC, M1, START + 10 * MINUTE, START + 20 * MINUTE) == 0
    store.append(bars_at([15], price=500))
    got = ParquetStore(store.root).read(BTC, M1, *ALL)
    assert len(got) == n - 9
    assert float(got.open[10]) == 500
    assert store.delete(BTC, M1, *ALL) == n - 9
    assert store.series() == []
    assert store.last_ns(BTC, M1) is None
    assert not list(folder_of(store).glob("*.parquet"))
    store.append(bars_at([1]))
    assert len(ParquetStore(store.root).read(BTC, M1, *ALL)) == 1


def test_a_removed_tail_file_never_makes_new_rows_look_old(store: ParquetStore) -> None:
    for minute in range(5):
        store.append(bars_at([minute]))
    store.compact()
    (folder_of(store) / "tail.log").unlink()
    store.append(bars_at([2], price=900))
    assert float(ParquetStore(store.root).read(BTC, M1, *ALL).open[2]) == 900


def test_other_programs_can_read_the_year_files(store: ParquetStore) -> None:
    bars = bars_at(range(LARGE), known=False)
    store.append(bars)
    table = pa.concat_tables(
        [pq.read_table(path) for path in sorted(folder_of(store).glob("*.parquet"))]
    )
    assert table.column_names == [
        "open_time", "open", "high", "low", "close", "volume", "quote_volume", "trades_count", "source",
    ]  # fmt: skip
    assert table["open_time"].type == pa.timestamp("ns", "UTC")
    assert table["quote_volume"].null_count == table["trades_count"].null_count == LARGE
    assert table["source"].to_pylist() == ["binance"] * LARGE
    assert np.array_equal(table["close"].to_numpy(), bars.close)


def test_leftovers_of_a_killed_writer_are_removed_by_the_next(store: ParquetStore) -> None:
    store.append(bars_at(range(SMALL)))
    leftover = folder_of(store) / ".2023.parquet.77-1.tmp"
    leftover.write_bytes(b"half")
    other = ParquetStore(store.root)
    assert len(other.read(BTC, M1, *ALL)) == SMALL
    other.append(bars_at([99]))
    assert not leftover.exists()


def _damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "empty":
        data = bytearray()
    elif how == "cut":
        data = data[: len(data) // 2]
    elif how == "text":
        data = bytearray(b"time,open\n" * 50)
    elif how == "flipped":
        data[len(data) // 3] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["empty", "cut", "text", "flipped"])
def test_a_damaged_year_file_is_named_with_a_way_out_and_left_alone(
    store: ParquetStore, how: str
) -> None:
    store.append(bars_at(range(LARGE)))
    path = folder_of(store) / "2024.parquet"
    _damage(path, how)
    broken = path.read_bytes()
    for act in (
        lambda: store.read(BTC, M1, *ALL),
        lambda: store.append(bars_at(range(1, LARGE), price=7)),
    ):
        with pytest.raises(StorageError) as caught:
            act()
        assert str(path) in str(caught.value)
        assert "restore" in caught.value.hint
    assert path.read_bytes() == broken


def test_a_foreign_parquet_file_is_named(store: ParquetStore) -> None:
    store.append(bars_at(range(LARGE)))
    path = folder_of(store) / "2024.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), path)
    with pytest.raises(StorageError, match=r"not one of this store"):
        store.read(BTC, M1, *ALL)


def test_a_year_file_of_another_series_is_refused(store: ParquetStore) -> None:
    for symbol in ("BTC/USDT", "ETH/USDT"):
        store.append(bars_at(range(LARGE), symbol=symbol))
    other = store.root / Symbol.parse("ETH/USDT").encoded / "1m"
    shutil.copy(other / "2024.parquet", folder_of(store))
    with pytest.raises(StorageError, match="holds ETH/USDT 1m, BTC/USDT 1m is expected"):
        store.read(BTC, M1, *ALL)


def test_a_newer_layout_is_refused(store: ParquetStore) -> None:
    store.append(bars_at(range(LARGE)))
    path = folder_of(store) / "2024.parquet"
    table = pq.read_table(path)
    old = table.schema.metadata[b"algotrendy"]
    pq.write_table(
        table.replace_schema_metadata(
            {b"algotrendy": old.replace(b'"version": 1', b'"version": 9')}
        ),
        path,
    )
    with pytest.raises(SchemaMismatch, match="version 9"):
        store.read(BTC, M1, *ALL)


def test_rows_that_are_no_bars_are_refused_when_read(store: ParquetStore) -> None:
    store.append(bars_at(range(LARGE)))
    path = folder_of(store) / "2024.parquet"
    table = pq.read_table(path)
    wrong = table.set_column(2, "high", pa.array(np.zeros(len(table))))
    pq.write_table(wrong, path)
    with pytest.raises(StorageError, match="no bars: row"):
        store.read(BTC, M1, *ALL)


def test_a_link_out_of_the_store_is_not_followed(store: ParquetStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    store.root.mkdir()
    (store.root / BTC.encoded).symlink_to(outside)
    with pytest.raises(StorageError, match="leads out of the store"):
        store.append(bars_at([1]))
    assert not list(outside.iterdir())


def test_a_linked_file_is_not_followed(store: ParquetStore, tmp_path: Path) -> None:
    store.append(bars_at(range(LARGE)))
    path = folder_of(store) / "2024.parquet"
    moved = tmp_path / "moved.parquet"
    path.rename(moved)
    path.symlink_to(moved)
    with pytest.raises(StorageError, match="symbolic link"):
        store.read(BTC, M1, *ALL)


def test_foreign_folders_are_no_series(store: ParquetStore) -> None:
    store.append(bars_at([1]))
    for name in ("BTC~00000000/1m", "..~x/1m", f"{BTC.encoded}/60x", f"{BTC.encoded}/mo", "notes"):
        (store.root / name).mkdir(parents=True)
    assert [str(s.symbol) for s in store.series()] == ["BTC/USDT"]


def test_a_second_writer_waits_and_then_is_told_who_holds_the_series(tmp_path: Path) -> None:
    store = ParquetStore(tmp_path, wait_s=0.05)
    store.append(bars_at([1]))
    with locked(folder_of(store) / "lock", what="it", deadline_s=1):
        with pytest.raises(StorageError, match=r"BTC/USDT 1m in .* is being written by") as caught:
            store.append(bars_at([2]))
        assert "waited 0.05 s" in str(caught.value)
        assert len(store.read(BTC, M1, *ALL)) == 1
    store.append(bars_at([2]))
    assert len(store.read(BTC, M1, *ALL)) == 2


def test_threads_writing_and_reading_one_series_lose_and_tear_nothing(
    tmp_path: Path,
) -> None:
    store = ParquetStore(tmp_path, tail_rows=7)
    errors: list[BaseException] = []
    acked: list[int] = []

    def write(offset: int) -> None:
        try:
            for minute in range(offset, 120, 3):
                store.append(bars_at([minute]))
                acked.append(minute)
        except StorageError as error:
            errors.append(error)

    def read() -> None:
        other = ParquetStore(store.root)
        try:
            while len(acked) < 120 and not errors:
                before = set(acked)
                seen = {(int(t) - START) // MINUTE for t in other.read(BTC, M1, *ALL).open_ns}
                if not before <= seen:
                    errors.append(AssertionError(f"missing {sorted(before - seen)}"))
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(k,)) for k in range(3)]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert len(store.read(BTC, M1, *ALL)) == 120


def test_writing_and_reading_import_no_pandas(tmp_path: Path) -> None:
    script = f"""
import sys
from algotrendy.storage.parquet import ParquetStore
from tests.unit.storage.candles import ALL, BTC, M1, bars_at
assert "pyarrow" not in sys.modules
store = ParquetStore({str(tmp_path)!r})
store.append(bars_at(range(2000)))
store.append(bars_at(range(3000), source="okx", known=False))
assert len(store.read(BTC, M1, *ALL)) == 3000
store.series()
assert "pyarrow" in sys.modules
assert "pandas" not in sys.modules
"""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src")))
    subprocess.run(
        [sys.executable, "-c", script], check=True, env=os.environ | {"PYTHONPATH": paths}
    )


class _PeekingDisk(QuickDisk):
    """Lets somebody read between a write and its sync, which then fails."""

    def __init__(self) -> None:
        super().__init__()
        self.peek: Callable[[], object] | None = None

    def sync(self, handle: int, /) -> None:
        if self.peek is not None:
            peek, self.peek = self.peek, None
            peek()
            raise OSError(errno.EIO, "reason")
        super().sync(handle)


def test_a_reader_forgets_a_row_whose_sync_failed(tmp_path: Path) -> None:
    disk = _PeekingDisk()
    writer, reader = ParquetStore(tmp_path, files=disk), ParquetStore(tmp_path)
    writer.append(bars_at([1]))
    seen: list[float] = []
    disk.peek = lambda: seen.extend(reader.read(BTC, M1, *ALL).open)
    with pytest.raises(WriteUnconfirmed):
        writer.append(bars_at([2], price=200))
    assert seen == [100, 200], "not acknowledged, but there at that instant"
    assert list(reader.read(BTC, M1, *ALL).open) == [100]
    writer.append(bars_at([2], price=300))
    assert list(reader.read(BTC, M1, *ALL).open) == [100, 300]


@given(
    st.from_regex(
        r"[A-Z0-9]([A-Z0-9._-]{0,9}[A-Z0-9])?(/[A-Z0-9]{1,9}(:[A-Z0-9]{1,9})?)?", fullmatch=True
    )
)
def test_every_symbol_has_its_own_folder_and_is_known_again(text: str) -> None:
    symbol = Symbol.parse(text)
    assert parquet._decoded(symbol.encoded) == symbol
    assert re.fullmatch(r"[A-Z0-9%]+~[0-9a-f]{8}", symbol.encoded)


def test_the_stores_fit_their_contracts(tmp_path: Path) -> None:
    bars: BarStore = ParquetStore(tmp_path)
    results: ResultStore = SqlResultStore(tmp_path / "results.sqlite")
    assert isinstance(bars, SupportsBarDelete)
    assert isinstance(bars, SupportsClose)
    assert (bars.name, results.name) == ("parquet", "sql")
