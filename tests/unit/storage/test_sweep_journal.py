"""Finished chunks survive; another sweep's journal, a hole or a second writer is refused by name."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidState, InvalidValue, SchemaMismatch, StorageError
from algotrendy.storage.record_log import parse_log
from algotrendy.storage.sweep_journal import SweepJournal


def journal(folder: Path, sweep: str = "one", **more: object) -> SweepJournal:
    return SweepJournal(folder / "deep" / "er" / "sweep.journal", sweep_hash=sweep, **more)  # type: ignore[arg-type]


def filled(folder: Path) -> Path:
    with journal(folder) as opened:
        for chunk in range(5):
            opened.append(chunk, bytes([chunk]) * (chunk * 100))
        return opened.path


def test_chunks_are_there_after_reopening_in_order_of_append(tmp_path: Path) -> None:
    with journal(tmp_path, meta={"rows": 3}) as opened:
        opened.append(7, b"seven")
        opened.append(2, b"")
        assert opened.done == {7: b"seven", 2: b""}
    with journal(tmp_path, meta={"rows": 9}) as again:
        assert list(again.chunks()) == [(7, b"seven"), (2, b"")]
        assert again.meta == {"rows": 3}


def test_the_same_chunk_again_is_no_write_and_other_bytes_are_refused(tmp_path: Path) -> None:
    path = filled(tmp_path)
    size = path.stat().st_size
    with journal(tmp_path) as opened:
        opened.append(1, b"\x01" * 100)
        assert path.stat().st_size == size
        with pytest.raises(InvalidValue, match="other bytes"):
            opened.append(1, b"new")


@pytest.mark.parametrize("cut", range(1, 430, 13))
def test_a_torn_last_record_is_cut_and_all_before_is_kept(tmp_path: Path, cut: int) -> None:
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    with journal(tmp_path) as opened:
        kept = sorted(opened.done)
        assert kept == list(range(4 if cut <= 420 else 3))
        opened.append(4, b"again")
    with journal(tmp_path) as opened:
        assert opened.done[4] == b"again"
        assert opened.done[3] == b"\x03" * 300


def test_a_tail_of_zeros_that_never_reached_the_disk_is_cut(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes() + bytes(5000))
    with journal(tmp_path) as opened:
        assert len(opened.done) == 5


def test_a_flipped_bit_before_whole_records_is_a_hole_and_refused(tmp_path: Path) -> None:
    path = filled(tmp_path)
    data = bytearray(path.read_bytes())
    data[-600] ^= 1
    path.write_bytes(data)
    with pytest.raises(StorageError, match="damaged at byte") as caught, journal(tmp_path):
        pass
    assert str(path) in str(caught.value)
    assert path.read_bytes() == bytes(data), "a refused file must stay as it is"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return filled(tmp_path_factory.mktemp("whole")).read_bytes()


@given(st.data())
def test_any_flipped_bit_gives_no_wrong_bytes(whole: bytes, data: st.DataObject) -> None:
    content = bytearray(whole)
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << (bit % 8)
    try:
        got = parse_log(bytes(content), path=Path("it.journal"), kind=b"ATSWEEP\n")
    except StorageError as error:
        assert "it.journal" in str(error)
    else:
        assert got.records == tuple((c, bytes([c]) * (c * 100)) for c in range(len(got.records)))
        assert len(got.records) >= 4


def test_another_sweeps_journal_is_refused_naming_both(tmp_path: Path) -> None:
    filled(tmp_path)
    with (
        pytest.raises(StorageError, match="sweep one, this is sweep two") as caught,
        journal(tmp_path, "two"),
    ):
        pass
    assert "choose another path" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"PAR1" * 20, b"ATSWEEP\n", b"ATSWEEP\n\x01\x00\xff\xff\xff\xff"]
)
def test_a_foreign_or_broken_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "deep" / "er" / "sweep.journal"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"sweep\.journal"), journal(tmp_path):
        pass
    assert path.read_bytes() == content


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path)
    data = bytearray(path.read_bytes())
    data[8] = 99
    path.write_bytes(data)
    with pytest.raises(SchemaMismatch, match="version 99"), journal(tmp_path):
        pass


def test_a_second_writer_in_this_process_is_refused(tmp_path: Path) -> None:
    with (
        journal(tmp_path),
        pytest.raises(StorageError, match="is being written by"),
        journal(tmp_path, wait_s=0.01),
    ):
        pass
    with journal(tmp_path) as opened:
        assert opened.done == {}


def _try_to_open(folder: Path, answers: multiprocessing.Queue[str]) -> None:
    try:
        with journal(folder):
            answers.put("opened")
    except StorageError as error:
        answers.put(str(error))


def test_a_second_process_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[str] = context.Queue()
    with journal(tmp_path):
        child = context.Process(target=_try_to_open, args=(tmp_path, answers))
        child.start()
        assert "is being written by process" in answers.get(timeout=10)
        child.join(10)
    child = context.Process(target=_try_to_open, args=(tmp_path, answers))
    child.start()
    assert answers.get(timeout=10) == "opened"
    child.join(10)


def test_a_closed_journal_says_how_to_use_it(tmp_path: Path) -> None:
    closed = journal(tmp_path)
    with pytest.raises(InvalidState, match="with"):
        closed.append(1, b"")
    with closed:
        closed.append(1, b"x")
    with pytest.raises(InvalidState):
        _ = closed.done
    assert "closed" in repr(closed)
