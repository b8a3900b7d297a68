"""The candle store against a dictionary: any order of appends, overlaps, deletions, reopenings."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.crash.disks import QuickDisk
from tests.unit.storage.candles import BTC, M1, MINUTE, START

from algotrendy.model.bars import Bars
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.rows import Rows
from algotrendy.storage.year_file import encode_year, read_year

SOURCES = ("", "binance", "okx")
Key = tuple[int, str]
Value = tuple[float, float, int]  # price, quote volume, trades count

minutes = st.integers(-90, 150)  # over a new year, of which the 60th minute is the first
unknown_or = st.one_of(st.just(float("nan")), st.floats(0, 1e9))
row = st.tuples(
    minutes, st.sampled_from(SOURCES), st.floats(0.01, 1e6), unknown_or, st.integers(-1, 9)
)
appends = st.tuples(st.just("append"), st.lists(row, max_size=12))
spans = st.tuples(
    st.just("span"),
    st.tuples(minutes, st.integers(1, 45), st.sampled_from(SOURCES), st.floats(1, 9)),
)
deletes = st.tuples(st.just("delete"), st.tuples(minutes, st.integers(0, 60)))
others = st.tuples(st.sampled_from(["compact", "reopen"]), st.none())
plans = st.lists(st.one_of(appends, spans, deletes, others), max_size=14)


def bars_of(rows: dict[int, tuple[str, Value]]) -> Bars:
    times = sorted(rows)
    values = [rows[t][1] for t in times]
    price = np.array([value[0] for value in values], float)
    names = tuple(dict.fromkeys(rows[t][0] for t in times)) or ("",)
    return Bars(
        BTC,
        M1,
        open_ns=START + np.array(times, np.int64) * MINUTE,
        open=price, high=price, low=price, close=price, volume=np.zeros(len(times)),
        quote_volume=np.array([value[1] for value in values], float),
        trades_count=np.array([value[2] for value in values], np.int64),
        source=np.array([names.index(rows[t][0]) for t in times], np.uint8),
        sources=names,
    )  # fmt: skip


def same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124


def check(
    store: ParquetStore, model: dict[Key, Value], ranking: tuple[str, ...], span: tuple[int, int]
) -> None:
    best: dict[int, tuple[str, Value]] = {}
    for name in reversed(ranking or tuple(sorted(SOURCES))):
        best |= {t: (name, value) for (t, source), value in model.items() if source == name}
    wanted = {t: best[t] for t in sorted(best) if span[0] <= t < span[1]}
    got = store.read(BTC, M1, START + span[0] * MINUTE, START + span[1] * MINUTE, sources=ranking)
    assert ((got.open_ns - START) // MINUTE).tolist() == list(wanted)
    for i, (source, (price, quote, count)) in enumerate(wanted.values()):
        assert got.sources[got.source[i]] == source
        assert got.open[i] == price
        assert same(float(got.quote_volume[i]), quote)
        assert got.trades_count[i] == count


@settings(max_examples=60, deadline=None)
@given(
    plan=plans,
    n_tail=st.sampled_from([0, 3, 1024]),
    ranking=st.permutations(SOURCES),
    data=st.data(),
)
def test_the_store_is_a_dictionary_of_rows(
    plan: list[tuple[str, Any]], n_tail: int, ranking: list[str], data: st.DataObject
) -> None:
    model: dict[Key, Value] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetStore(folder, files=QuickDisk(), tail_rows=n_tail)
        for kind, what in plan:
            if kind == "append":
                batch: dict[int, tuple[str, Value]] = {
                    t: (source, (price, quote, count)) for t, source, price, quote, count in what
                }
                assert store.append(bars_of(batch)) == len(batch)
                model |= {(t, source): value for t, (source, value) in batch.items()}
            elif kind == "span":
                start, length, source, price = what
                batch = dict.fromkeys(range(start, start + length), (source, (price, 1.0, 1)))
                store.append(bars_of(batch))
                model |= {(t, source): value for t, (source, value) in batch.items()}
            elif kind == "delete":
                start, length = what
                doomed = {key for key in model if start <= key[0] < start + length}
                n = store.delete(BTC, M1, START + start * MINUTE, START + (start + length) * MINUTE)
                assert n == len(doomed)
                model = {key: value for key, value in model.items() if key not in doomed}
            elif kind == "compact":
                store.compact()
            else:
                store = ParquetStore(folder, files=QuickDisk(), tail_rows=n_tail)
        a, b = sorted((data.draw(minutes), data.draw(minutes)))
        for reader in (store, ParquetStore(folder)):
            check(reader, model, (), (-90, 200))
            check(reader, model, (), (a, b))
            check(reader, model, tuple(ranking[:2]), (a, 200))
            times = {t for t, _ in model}
            assert reader.last_ns(BTC, M1) == (START + max(times) * MINUTE if model else None)
            listed = reader.series()
            assert [s.n_bars for s in listed] == ([len(times)] if model else [])
            assert [s.sources for s in listed] == (
                [tuple(sorted({s for _, s in model}))] if model else []
            )


def test_only_row_groups_of_the_span_are_decoded_and_the_cut_is_exact(tmp_path: Path) -> None:
    n = 50_000
    price = np.full(n, 2.0)
    rows = Rows.from_bars(
        Bars(BTC, M1, open_ns=START + np.arange(n) * MINUTE, open=price, high=price, low=price,
             close=price, volume=np.arange(n, dtype=float))
    )  # fmt: skip
    path = tmp_path / "y.parquet"
    path.write_bytes(encode_year(rows, series="s", applied=3))
    for a, b in (
        (0, 1),
        (16_383, 16_385),
        (20_000, 45_000),
        (n - 1, n + 5),
        (-9, 0),
        (n, n + 1),
        (0, n),
    ):
        found = read_year(QuickDisk(), path, START + a * MINUTE, START + b * MINUTE)
        assert found is not None
        assert found[1].floats[4].tolist() == list(range(max(a, 0), min(b, n)))
