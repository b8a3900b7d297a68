"""Memory is taken again only when nobody can see it any more."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from algotrendy import _buffers
from algotrendy._buffers import fresh, release

N = 20_000


@pytest.fixture(autouse=True)
def _empty() -> None:
    release()


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def test_a_dropped_result_is_taken_again() -> None:
    first = fresh(N)
    place = _address(first)
    del first
    assert _address(fresh(N)) == place


def test_a_result_in_use_is_never_taken() -> None:
    held = [fresh(N) for _ in range(5)]
    assert len({_address(array) for array in held}) == 5


@pytest.mark.parametrize(
    "keep",
    [
        lambda a: a[5:9],
        lambda a: a.reshape(2, -1),
        memoryview,
        lambda a: a[::2].T,
        lambda a: a.view("i8"),
    ],
)
def test_any_view_keeps_the_memory(keep) -> None:
    first = fresh(N)
    first[:] = 7.0
    view = keep(first)
    place = _address(first)
    del first
    assert _address(fresh(N)) != place
    assert bytes(np.asarray(view).tobytes()) == bytes(np.asarray(keep(np.full(N, 7.0))).tobytes())


def test_small_and_huge_ones_are_left_to_numpy() -> None:
    fresh(10)
    fresh(_buffers._MOST // 8 + 1)
    assert len(_buffers._kept) == 0


def test_what_is_kept_is_bounded() -> None:
    held = [fresh(_buffers._MOST // 16) for _ in range(20)]
    assert sum(b.nbytes for b in _buffers._kept) <= _buffers._KEPT_BYTES
    assert len({_address(array) for array in held}) == 20


def test_threads_never_share_one_buffer() -> None:
    wrong: list[int] = []

    def work(mark: int) -> None:
        for _ in range(400):
            mine = fresh(N)
            mine[:] = mark
            if not (mine == mark).all():
                wrong.append(mark)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
