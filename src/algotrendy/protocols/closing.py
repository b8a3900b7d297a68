"""Closing: the optional ability of everything that holds files, connections or tasks.

Laws: closing is idempotent; it loses nothing that was acknowledged; an object without the method
needs no closing.
Used by: stores (`close`), brokers and channels (`aclose`), sessions and the front doors.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

__all__ = ["SupportsAsyncClose", "SupportsClose"]


@runtime_checkable
class SupportsClose(Protocol):
    """A synchronous object that holds files or connections open."""

    def close(self) -> None:
        """Let go of them; idempotent (CLO-01). What was acknowledged stays (CLO-02)."""
        ...


@runtime_checkable
class SupportsAsyncClose(Protocol):
    """An asynchronous object that holds sockets or tasks open."""

    async def aclose(self) -> None:
        """Let go of them; idempotent (CLO-03); ends every iterator it gave out (CLO-04).

        Cancelled, it may be called again and finishes then.
        """
        ...
