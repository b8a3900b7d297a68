"""Reading again after a failure that may pass: with a budget, with jitter, never for a write.

Laws: only errors that call themselves `retryable` are met with another read; a venue's Retry-After
is obeyed; what would not fit the budget is not waited for; a write never comes through here.
Used by: the market data service (`algotrendy.runtime.history`), around any channel.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, final

from algotrendy.errors import AlgoTrendyError, InvalidValue, RateLimited

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["ReadRetries", "read_again"]

T = TypeVar("T")
_JITTER = 0.25  # on top of Retry-After: clients that were limited together must not return together


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRetries:
    """How patient a read is.

    Parameters
    ----------
    attempts : tries in all, the first included
    budget_s : seconds from the first try to the start of the last
    first_wait_s, longest_wait_s : the wait before try k is drawn evenly from 0 up to
        ``min(longest, first * 2**(k-2))``; a Retry-After takes its place
    """

    attempts: int = 6
    budget_s: float = 90.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise InvalidValue("attempts", value=self.attempts, rule="1 or more is expected")
        for name in ("budget_s", "first_wait_s", "longest_wait_s"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InvalidValue(name, value=getattr(self, name), rule="seconds, at least zero")


async def read_again(
    read: Callable[[], Awaitable[T]],
    *,
    retries: ReadRetries,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    dice: random.Random | None = None,
) -> T:
    """Await `read()` until it gives an answer, an error that will not pass, or patience ends.

    Parameters
    ----------
    read : makes one attempt
    retries : how patient to be
    sleep, dice : passed in so that tests neither wait nor guess

    Raises
    ------
    AlgoTrendyError
        The last attempt's error, as it was raised.
    """
    import tenacity

    waits = _Waits(retries, dice or random.Random())  # noqa: S311 - jitter, not a secret
    again = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(_may_pass),
        wait=waits.wait,
        stop=waits.stop,
        sleep=sleep,
        reraise=True,
    )

    async def attempt() -> T:
        return await read()  # tenacity awaits coroutine functions only, and `read` may be a lambda

    return await again(attempt)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, AlgoTrendyError) and error.retryable


class _Waits:
    """One wait an attempt, drawn once, so that stopping and waiting speak of the same number."""

    def __init__(self, retries: ReadRetries, dice: random.Random) -> None:
        self._retries, self._dice = retries, dice
        self._drawn: dict[int, float] = {}

    def wait(self, state: RetryCallState) -> float:
        number = state.attempt_number
        if number not in self._drawn:
            self._drawn[number] = self._draw(state)
        return self._drawn[number]

    def stop(self, state: RetryCallState) -> bool:
        if state.attempt_number >= self._retries.attempts:
            return True
        spent = max(state.idle_for, state.seconds_since_start or 0.0)
        return spent + self.wait(state) > self._retries.budget_s

    def _draw(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, RateLimited) and error.retry_after_s is not None:
            return error.retry_after_s + self._dice.uniform(0, _JITTER)
        most = self._retries.first_wait_s * 2.0 ** (state.attempt_number - 1)
        return self._dice.uniform(0, min(self._retries.longest_wait_s, most))
