"""Notifier: tells a person, by mail, chat or telephone.

Implement one method and two members; inherit nothing.

    class ListNotifier:
        \"\"\"Remembers what it was to tell: for tests.\"\"\"

        name = "list"
        capabilities = NotifierCapabilities(max_characters=200)

        def __init__(self) -> None:
            self.told: list[Notice] = []

        async def notify(self, notice: Notice) -> None:
            self.told.append(notice)

Laws: telling people never blocks or fails trading; the same notice is not told twice within its
quiet time; no notice holds a secret.
Used by: runtime (alerts), the application.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

if TYPE_CHECKING:
    from algotrendy.protocols.observer import Severity

__all__ = ["Notice", "Notifier", "NotifierCapabilities"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a person should know.

    Parameters
    ----------
    key : what makes two notices the same, so that the caller can hold back repeats
    title, text : plain text
    severity : how much it matters
    time_ns : nanoseconds UTC
    """

    key: str
    title: str
    text: str
    severity: Severity
    time_ns: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierCapabilities:
    """What this way of telling can carry.

    Parameters
    ----------
    max_characters : longest text it carries, None for no limit; the caller cuts and says so
    """

    max_characters: int | None = None


class Notifier(Protocol):
    """Tells a person."""

    @property
    def name(self) -> str:
        """A short name for messages. A class attribute is enough."""
        ...

    @property
    def capabilities(self) -> NotifierCapabilities:
        """What it can carry. A class attribute is enough, a `ClassVar` is not."""
        ...

    async def notify(self, notice: Notice, /) -> None:
        """Hand the notice over (NTF-01). Returning means handed over, not read.

        Not idempotent: the caller holds back repeats by `Notice.key`. May raise anything; the
        caller counts it, may try again, and goes on (NTF-02). Cancelled, it may or may not be told.
        """
        ...
