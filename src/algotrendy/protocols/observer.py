"""Observer: told what the library does, for logs, metrics and tests.

Implement one method; inherit nothing.

    class ListObserver:
        \"\"\"Remembers everything it is told: for tests.\"\"\"

        def __init__(self) -> None:
            self.seen: list[Observation] = []

        def observe(self, observation: Observation) -> None:
            self.seen.append(observation)

Laws: observing changes nothing and never fails the observed; no field holds a secret; numbers carry
their unit in their name.
Used by: runtime, channels, brokers and stores (tell it); observability (implements it).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, final

__all__ = ["Observation", "Observer", "Severity"]


@final
class Severity(enum.IntEnum):
    """How much it matters; the numbers are those of `logging`."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing that happened.

    Parameters
    ----------
    name : stable, dotted, such as ``channel.reconnected``
    time_ns : nanoseconds UTC
    severity : how much it matters
    fields : details by name, units in the names (``wait_s``, ``n_bars``); never a secret
    """

    name: str
    time_ns: int
    severity: Severity = Severity.INFO
    fields: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


class Observer(Protocol):
    """Told what the library does. No capabilities: every observer can do the same."""

    def observe(self, observation: Observation, /) -> None:
        """Take note, at once: it is called on the hot path and from any thread (OBS-01).

        It does not block (OBS-02): slow work goes to a queue of its own, bounded, that drops and
        counts. Whatever it raises is counted and dropped by the caller (OBS-03).
        """
        ...
