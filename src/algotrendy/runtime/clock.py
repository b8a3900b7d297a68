"""The wall clock: the one place that asks the machine what time it is.

Laws: nanoseconds UTC; deadlines by the monotonic time; a sleep is never shorter than asked for.
Used by: front doors and services that are given no other clock.
"""

from __future__ import annotations

import time
from typing import final

from algotrendy.protocols.clock import ClockCapabilities

__all__ = ["WallClock"]


@final
class WallClock:
    """The machine's clocks, as a `Clock`; how far they are from UTC is not known here."""

    capabilities: ClockCapabilities = ClockCapabilities(is_simulated=False)

    def now_ns(self) -> int:
        """Return the time, nanoseconds UTC; it may step when the clock is set."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return nanoseconds since some start; never goes back."""
        return time.monotonic_ns()

    async def sleep(self, seconds: float, /) -> None:
        """Return after `seconds`, at once for zero or less."""
        import asyncio

        until_ns = time.monotonic_ns() + round(seconds * 1e9)
        await asyncio.sleep(max(seconds, 0.0))
        while time.monotonic_ns() < until_ns:  # noqa: ASYNC110
            await asyncio.sleep(0.0)
