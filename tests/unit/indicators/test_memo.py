"""The memo keeps results by identity of read-only arrays, within its bound, and nowhere else."""

from __future__ import annotations

import contextvars
import gc
import weakref

import numpy as np
import pytest
from tests.unit.indicators.cases import CASES, market

from algotrendy.errors import InvalidValue
from algotrendy.indicators.memo import memo
from algotrendy.indicators.momentum import stochastic
from algotrendy.indicators.rolling import rolling_max, sma
from algotrendy.indicators.trend import ema, macd


def prices(n: int = 100, seed: int = 1) -> np.ndarray:
    values = market(seed, n)["c"]
    values.flags.writeable = False
    return values


def test_the_same_call_returns_the_same_object() -> None:
    close = prices()
    with memo() as kept:
        assert sma(close, 5) is sma(close, 5)
        assert (kept.hits, kept.misses, len(kept)) == (1, 1, 1)


def test_every_spelling_of_a_call_is_one_entry() -> None:
    close = prices()
    with memo() as kept:
        first = macd(close)
        assert macd(close, 12, 26, 9) is first
        assert macd(values=close) is first
        assert macd(close, slow=26) is first
        assert macd(close, signal=9, fast=12) is first
        assert macd(close, slow=26) is first
        assert (kept.hits, kept.misses) == (5, 1)
        kept.clear()
        assert macd(close) is not first


def test_other_parameters_arrays_and_functions_are_other_entries() -> None:
    close, other = prices(), prices(seed=2)
    with memo() as kept:
        results = [
            sma(close, 5),
            sma(close, 6),
            sma(other, 5),
            ema(close, 5),
            rolling_max(close, 5),
        ]
        assert kept.misses == len({id(r) for r in results}) == 5


def test_equal_numbers_of_a_wrong_type_are_still_refused() -> None:
    close = prices()
    with memo():
        sma(close, 1)
        for wrong in (1.0, True):
            with pytest.raises(InvalidValue):
                sma(close, wrong)  # type: ignore[arg-type]


def test_results_feed_other_indicators_and_are_recognised_there() -> None:
    close = prices()
    with memo() as kept:
        assert sma(ema(close, 5), 3) is sma(ema(close, 5), 3)
        assert (kept.hits, kept.misses) == (2, 2)


def test_writable_arrays_and_lists_are_computed_every_time() -> None:
    writable = prices().copy()
    with memo() as kept:
        first = sma(writable, 5)
        writable[:] = 1.0
        assert sma(writable, 5)[-1] == 1.0 != first[-1]
        sma([1.0, 2.0], 2)
        ema(values=writable, window=3)
        assert (kept.hits, kept.misses, kept.passed, len(kept)) == (0, 0, 4, 0)


def test_an_array_made_writable_later_is_not_trusted() -> None:
    close = prices().copy()
    close.flags.writeable = False
    with memo():
        sma(close, 5)
        close.flags.writeable = True
        close[:] = 3.0
        assert sma(close, 5)[-1] == 3.0


def test_held_bytes_never_pass_the_bound_and_the_oldest_go_first() -> None:
    close = prices(1_000)  # 8,000 bytes held once, 8,000 a result
    with memo(max_bytes=8_000 * 4) as kept:
        first, second, third = sma(close, 2), sma(close, 3), sma(close, 4)
        assert kept.bytes == 32_000
        assert sma(close, 2) is first  # now the youngest
        sma(close, 5)
        assert kept.bytes == 32_000
        assert sma(close, 2) is first
        assert sma(close, 4) is third
        assert sma(close, 3) is not second


def test_bytes_are_those_of_results_and_inputs_after_any_sequence() -> None:
    rng = np.random.default_rng(5)
    series = [prices(int(n), seed=int(n)) for n in rng.integers(50, 400, 12)]
    with memo(max_bytes=20_000) as kept:
        for _ in range(500):
            close = series[rng.integers(len(series))]
            choice = rng.integers(3)
            if choice == 0:
                sma(close, int(rng.integers(1, 9)))
            elif choice == 1:
                macd(close, slow=int(rng.integers(20, 24)))
            else:
                stochastic(close, close, close, window=int(rng.integers(2, 5)))
            results = [e.result for e in kept._entries.values()]
            parts = [p for r in results for p in (r if isinstance(r, tuple) else (r,))]
            held = {id(a): a.nbytes for e in kept._entries.values() for a in e.arrays}
            assert kept.bytes == sum(p.nbytes for p in parts) + sum(held.values()) <= 20_000
            assert all(first in kept._entries for first in kept._aliases.values())


def test_a_result_larger_than_the_bound_is_returned_and_not_kept() -> None:
    close = prices(1_000)
    with memo(max_bytes=10_000) as kept:
        assert len(sma(close, 5)) == 1_000
        assert (len(kept), kept.bytes, kept.misses) == (0, 0, 1)


def test_held_arrays_are_let_go_with_the_block() -> None:
    class Marked(np.ndarray):
        pass

    close = prices()
    with memo():
        sma(close, 5)
        held = weakref.ref(sma(close, 5))
    gc.collect()
    assert held() is None


def test_outside_a_block_nothing_is_kept() -> None:
    close = prices()
    assert sma(close, 5) is not sma(close, 5)


def test_a_block_inside_a_block_has_its_own_results() -> None:
    close = prices()
    with memo() as outer:
        first = sma(close, 5)
        with memo() as inner:
            assert sma(close, 5) is not first
        assert sma(close, 5) is first
        assert (outer.hits, inner.misses) == (1, 1)


def test_another_context_does_not_see_the_block() -> None:
    close = prices()
    with memo() as kept:
        sma(close, 5)
        contextvars.Context().run(sma, close, 5)
        assert (kept.hits, kept.misses) == (0, 1)


def test_errors_are_not_kept_and_python_explains_wrong_calls() -> None:
    close = prices()
    with memo() as kept:
        for _ in range(2):
            with pytest.raises(InvalidValue):
                sma(close, 0)
        with pytest.raises(TypeError, match="unexpected keyword"):
            sma(close, length=3)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="missing"):
            sma(close)  # type: ignore[call-arg]
        assert len(kept) == 0


def test_a_negative_bound_is_refused() -> None:
    with pytest.raises(InvalidValue, match="max_bytes"), memo(max_bytes=-1):
        pass


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_indicator_is_kept_and_unchanged_by_it(case) -> None:
    columns = market(3, 120)
    for column in columns.values():
        column.flags.writeable = False
    plain = case.ours(columns, 5)
    with memo() as kept:
        first, second = case.ours(columns, 5), case.ours(columns, 5)
        assert (kept.hits, kept.misses) == (1, 1)
    for a, b, c in zip(plain, first, second, strict=True):
        assert b is c
        assert np.array_equal(a, b, equal_nan=True)
        assert not b.flags.writeable


def test_the_memo_describes_itself() -> None:
    with memo(1_000) as kept:
        assert repr(kept) == "Memo(0 results, 0 of 1,000 bytes, 0 hits, 0 misses, 0 passed)"
