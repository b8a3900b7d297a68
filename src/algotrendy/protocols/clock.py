"""Clock: what time it is, and waiting; the only way to either.

Implement three methods and one member; inherit nothing.

    class StepClock:
        \"\"\"Stands still until it is waited for: time in a test or a replay.\"\"\"

        capabilities = ClockCapabilities(is_simulated=True)

        def __init__(self, now_ns: int = 0) -> None:
            self._now_ns = now_ns

        def now_ns(self) -> int:
            return self._now_ns

        def monotonic_ns(self) -> int:
            return self._now_ns

        async def sleep(self, seconds: float) -> None:
            self._now_ns += max(0, round(seconds * 1_000_000_000))

Laws: everything that asks the time is given a clock; deadlines are measured by the monotonic time,
never by the wall; a simulated clock moves only when it is moved.
Used by: runtime (the wall clock lives there), replay, simulation, tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

__all__ = ["Clock", "ClockCapabilities"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCapabilities:
    """What kind of clock this is.

    Parameters
    ----------
    is_simulated : it moves only when it is moved
    error_bound_ns : how far `now_ns` may be from UTC; part of the rule by which an order is proven
        absent. 0 for a simulated clock
    """

    is_simulated: bool
    error_bound_ns: int = 0


class Clock(Protocol):
    """What time it is, and waiting."""

    @property
    def capabilities(self) -> ClockCapabilities:
        """What kind of clock this is. A class attribute is enough."""
        ...

    def now_ns(self) -> int:
        """Return the time, nanoseconds UTC (CLK-01). It may step when a wall clock is set."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds since some start; never goes back (CLK-02)."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Return after `seconds` of this clock, at once for zero or less (CLK-03).

        Never earlier (CLK-04). Cancelling ends the wait at once and leaves nothing behind.
        """
        ...
