"""The wall clock: nanoseconds UTC, a steady time beside it, sleeps that are never short."""

from __future__ import annotations

import asyncio
import time

from algotrendy.protocols.clock import Clock
from algotrendy.runtime.clock import WallClock


def test_it_tells_the_machines_time() -> None:
    clock: Clock = WallClock()
    assert not clock.capabilities.is_simulated
    before = time.time_ns()
    assert before - 10**9 < clock.now_ns() < before + 60 * 10**9
    assert clock.monotonic_ns() <= clock.monotonic_ns()


def test_a_sleep_is_never_short() -> None:
    clock = WallClock()
    for seconds in (0.01, 0.0, -1.0):
        start = clock.monotonic_ns()
        asyncio.run(clock.sleep(seconds))
        assert clock.monotonic_ns() - start >= seconds * 1e9
