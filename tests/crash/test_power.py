"""Power cuts and failing disks: what was acknowledged is there, and a missing sync is caught.

`kill -9` proves nothing about syncs: the page cache outlives the process. These runs use a disk that
forgets what was not synced. The same runs with syncs left out must lose rows, or they are blind.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from tests.crash.disks import FailingDisk, LossyDisk, PowerCut, QuickDisk, ShortDisk
from tests.unit.storage.candles import ALL, BTC, M1, MINUTE, START, bars_at

from algotrendy.errors import StorageError, WriteUnconfirmed
from algotrendy.storage.files import Files
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.sweep_journal import SweepJournal

Rows = dict[int, float]  # minute -> version
REACHED: dict[str, int] = {}  # steps that power cuts fell on
NO_SYNCS = [frozenset({"sync"}), frozenset({"sync_folder"})]


TAIL_ROWS = 20  # few, so that most runs rewrite year files


def plan(dice: random.Random, n_steps: int) -> list[tuple[str, list[int], float]]:
    """Appends with overlaps, small and large, over a new year; compactions; deletions."""
    steps, version = [], 100.0
    for _ in range(n_steps):
        version += 1
        kind = dice.choices(["append", "compact", "delete"], [8, 1, 1])[0]
        start = dice.randrange(0, 110)
        length = dice.choice([1, 1, 2, 5, 30])
        steps.append((kind, list(range(start, start + length)), version))
    return steps


def act(store: ParquetStore, kind: str, minutes: list[int], version: float) -> None:
    if kind == "append":
        store.append(bars_at(minutes, price=version))
    elif kind == "compact":
        store.compact()
    else:
        store.delete(BTC, M1, START + minutes[0] * MINUTE, START + (minutes[-1] + 1) * MINUTE)


def change(rows: Rows, kind: str, minutes: list[int], version: float) -> Rows:
    if kind == "compact":
        return rows
    kept = {minute: old for minute, old in rows.items() if minute not in minutes}
    return kept | (dict.fromkeys(minutes, version) if kind == "append" else {})


def stored(store: ParquetStore) -> Rows:
    bars = store.read(BTC, M1, *ALL)
    minutes = ((bars.open_ns - START) // MINUTE).tolist()
    return dict(zip(minutes, bars.open.tolist(), strict=True))


def missing(found: Rows, acked: Rows, maybe: Rows) -> list[str]:
    """Name each row that is neither as it was acknowledged nor as the cut-off write wanted it."""
    return [
        f"minute {minute}: {found.get(minute)}, acknowledged {acked.get(minute)}"
        for minute in sorted({*found, *acked, *maybe})
        if found.get(minute) not in (acked.get(minute), maybe.get(minute))
    ]


def cut_bars(folder: Path, seed: int, blind_to: frozenset[str] = frozenset()) -> list[str]:
    """Run a plan, cut the power within it, and tell what was lost."""
    dice = random.Random(seed)
    disk = LossyDisk(dice.randint(1, 160), blind_to=blind_to)
    disk.reached = REACHED
    root = folder / "live"
    root.mkdir(parents=True)
    store = ParquetStore(root, files=disk, tail_rows=TAIL_ROWS)
    acked: Rows = {}
    maybe: Rows = {}
    try:
        for step in plan(dice, 25):
            maybe = change(acked, *step)
            act(store, *step)
            acked = maybe
    except PowerCut:
        pass
    disk.after_the_cut(root, folder / "after", dice)
    after = ParquetStore(folder / "after", files=QuickDisk())
    try:
        found = stored(after)
        lost = missing(found, acked, maybe)
        if not lost:
            after.append(bars_at([500], price=900))  # and it goes on
            lost = missing(stored(ParquetStore(folder / "after")), found | {500: 900.0}, {})
    except StorageError as error:
        return [str(error)]
    return lost


def cut_journal(folder: Path, seed: int, blind_to: frozenset[str] = frozenset()) -> list[str]:
    dice = random.Random(seed)
    disk = LossyDisk(dice.randint(1, 60), blind_to=blind_to)
    disk.reached = REACHED
    root = folder / "live"
    root.mkdir(parents=True)
    acked: dict[int, bytes] = {}
    chunk, payload = -1, b""
    try:
        for _ in range(4):
            with SweepJournal(root / "sub" / "j", sweep_hash="s", files=disk) as journal:
                for _ in range(4):
                    chunk, payload = chunk + 1, dice.randbytes(dice.choice([0, 9, 700, 3000]))
                    journal.append(chunk, payload)
                    acked[chunk] = payload
    except PowerCut:
        pass
    disk.after_the_cut(root, folder / "after", dice)
    try:
        with SweepJournal(folder / "after" / "sub" / "j", sweep_hash="s") as journal:
            found = dict(journal.done)
    except StorageError as error:
        return [str(error)]
    if found in (acked, acked | {chunk: payload}):
        return []
    return [f"acknowledged {sorted(acked)}, found {sorted(found)}"]


CUTS = pytest.mark.parametrize("cut", [cut_bars, cut_journal])
Cut = Callable[..., list[str]]


@CUTS
def test_a_power_cut_at_any_step_loses_nothing_that_was_acknowledged(
    tmp_path: Path, cut: Cut
) -> None:
    REACHED.clear()
    for seed in range(60):
        assert cut(tmp_path / str(seed), seed) == [], f"seed={seed}"
    steps = {"create", "write", "sync", "replace", "sync_folder"}
    assert steps <= {*REACHED}, "a run that never cut there proves nothing"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@CUTS
def test_a_thousand_power_cuts_lose_nothing(tmp_path: Path, cut: Cut) -> None:
    for seed in range(1_000, 2_000):
        assert cut(tmp_path / str(seed), seed) == [], f"seed={seed}"


@CUTS
@pytest.mark.parametrize("blind_to", NO_SYNCS, ids=lambda names: "without " + "".join(names))
def test_a_left_out_sync_is_caught(tmp_path: Path, cut: Cut, blind_to: frozenset[str]) -> None:
    caught = (seed for seed in range(200) if cut(tmp_path / str(seed), seed, blind_to))
    assert len(list(islice(caught, 3))) == 3, "the harness is blind"


def _run_until_clean(folder: Path, number: int, *, stays_broken: bool) -> tuple[int, set[str]]:
    """Fail step 1, 2, 3, … of one plan until a run has no failure; check each time."""
    steps = plan(random.Random(5), 10)
    names: set[str] = set()
    for fail_at in range(1, 2_000):
        disk = FailingDisk(fail_at, number, stays_broken=stays_broken)
        root = folder / f"{number}-{fail_at}"
        root.mkdir(parents=True)
        store = ParquetStore(root, files=disk, tail_rows=TAIL_ROWS)
        acked: Rows = {}
        maybe: Rows = {}
        for step in steps:
            wanted = change(acked, *step)
            try:
                act(store, *step)
            except StorageError as error:
                assert str(root) in str(error), "the text must name the file"
                assert error.hint
                maybe = wanted
                found = stored(ParquetStore(root))
                assert missing(found, acked, maybe) == [], f"fail_at={fail_at} {disk.failed}"
                if not isinstance(error, WriteUnconfirmed):
                    assert missing(found, acked, {}) == [], f"fail_at={fail_at} changed something"
                wanted = found
            acked = wanted
        assert missing(stored(ParquetStore(root)), acked, {}) == [], f"fail_at={fail_at}"
        if not disk.failed:
            return fail_at, names
        names.add(disk.failed)
    raise AssertionError("no clean run")


@pytest.mark.parametrize(
    ("number", "stays_broken"),
    [
        (errno.ENOSPC, True),
        (errno.EIO, False),
        pytest.param(errno.ENOSPC, False, marks=pytest.mark.slow),
        pytest.param(errno.EIO, True, marks=pytest.mark.slow),
    ],
)
def test_each_failing_step_is_reported_and_loses_nothing(
    tmp_path: Path, number: int, stays_broken: bool
) -> None:
    n_steps, names = _run_until_clean(tmp_path, number, stays_broken=stays_broken)
    assert n_steps > 50
    assert {"create", "write", "sync", "replace", "sync_folder", "make_folder"} <= names


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.__getitem__)
def test_a_journal_that_failed_takes_nothing_more_until_it_is_opened_again(
    tmp_path: Path, number: int
) -> None:
    for fail_at in range(1, 40):
        path = tmp_path / str(fail_at) / "j"
        disk, acked = FailingDisk(fail_at, number), {}
        try:
            with SweepJournal(path, sweep_hash="s", files=disk) as journal:
                for chunk in range(5):
                    journal.append(chunk, b"x" * 1000)
                    acked[chunk] = b"x" * 1000
        except StorageError as error:
            assert str(path.parent) in str(error)
        with SweepJournal(path, sweep_hash="s") as journal:
            assert dict(journal.done) == acked, f"fail_at={fail_at}"
            journal.append(99, b"goes on")
        if not disk.failed:
            break
    else:
        raise AssertionError("no clean run")


def test_short_writes_are_finished(tmp_path: Path) -> None:
    disk: Files = ShortDisk()
    store = ParquetStore(tmp_path, files=disk, tail_rows=TAIL_ROWS)
    rows: Rows = {}
    for step in plan(random.Random(3), 20):
        act(store, *step)
        rows = change(rows, *step)
    assert stored(ParquetStore(tmp_path)) == rows
