from __future__ import annotations

import asyncio
import random

import pytest

from algotrendy.errors import InvalidValue, OutcomeUnknown, RateLimited, VenueUnavailable
from algotrendy.runtime.retries import ReadRetries, read_again

DICE = random.Random(1)


class Slept:
    def __init__(self):
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def run(errors, retries=None):
    """Read with these failures first; return the answer or error, the sleeps and the number of reads."""
    slept, pending, reads = Slept(), list(errors), 0

    async def read():
        nonlocal reads
        reads += 1
        if pending:
            raise pending.pop(0)
        return "answer"

    async def go():
        return await read_again(read, retries=retries or ReadRetries(), sleep=slept, dice=DICE)

    try:
        result = asyncio.run(go())
    except Exception as error:  # noqa: BLE001 - handed to the test
        return error, slept.seconds, reads
    return result, slept.seconds, reads


def test_a_failure_that_passes_is_read_again():
    answer, slept, reads = run([VenueUnavailable("a"), VenueUnavailable("b")])
    assert (answer, reads) == ("answer", 3)
    assert len(slept) == 2


def test_the_last_error_comes_out_as_it_was_raised():
    last = VenueUnavailable("last")
    error, _, reads = run([VenueUnavailable("first"), last], ReadRetries(attempts=2))
    assert error is last
    assert reads == 2


def test_an_error_that_will_not_pass_is_not_met_again():
    error, slept, reads = run([OutcomeUnknown("write")])
    assert isinstance(error, OutcomeUnknown)
    assert (slept, reads) == ([], 1)


def test_other_exceptions_come_out_at_once():
    error, _, reads = run([KeyError("bug")])
    assert isinstance(error, KeyError)
    assert reads == 1


def test_retry_after_is_obeyed_with_a_little_jitter():
    _, slept, _ = run([RateLimited("slow", retry_after_s=7)])
    assert 7 <= slept[0] <= 7.25


def test_a_retry_after_beyond_the_budget_is_not_waited_for():
    error, slept, reads = run([RateLimited("ban", retry_after_s=600)])
    assert isinstance(error, RateLimited)
    assert (slept, reads) == ([], 1)


def test_waits_grow_within_their_bounds():
    retries = ReadRetries(attempts=8, first_wait_s=1, longest_wait_s=4)
    _, slept, _ = run([VenueUnavailable("x")] * 7, retries)
    assert len(slept) == 7
    assert all(0 <= s <= min(4, 2**k) for k, s in enumerate(slept))


def test_the_budget_bounds_the_sum_of_waits():
    retries = ReadRetries(attempts=1000, budget_s=10, first_wait_s=2, longest_wait_s=2)
    error, slept, _ = run([VenueUnavailable("x")] * 1000, retries)
    assert isinstance(error, VenueUnavailable)
    assert sum(slept) <= 10


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"budget_s": -1}, {"longest_wait_s": float("inf")}]
)
def test_impossible_patience_is_refused(wrong):
    with pytest.raises(InvalidValue, match=next(iter(wrong))):
        ReadRetries(**wrong)
