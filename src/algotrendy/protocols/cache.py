"""Cache: short-lived bytes by key; losing all of it costs time, never truth.

Implement two methods and two members; inherit nothing. The ids in the methods' docstrings, such as
CAC-01, name the checks of a conformance kit.

    class DictCache:
        \"\"\"Keeps values until they expire by the clock it is given.\"\"\"

        name = "dict"
        capabilities = CacheCapabilities()

        def __init__(self, now_s: Callable[[], float]) -> None:
            self._now_s = now_s
            self._values: dict[str, tuple[float, bytes]] = {}

        async def get(self, key: str) -> bytes | None:
            until_s, value = self._values.get(key, (0.0, b""))
            return value if self._now_s() < until_s else None

        async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
            self._values[key] = (self._now_s() + ttl_s, value)

Laws: empty, wrong, slow or down, the answers of the program are the same; nothing is kept here that
cannot be rebuilt; values are bytes, never pickles.
Used by: market data, shared limits, the hub.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

__all__ = ["Cache", "CacheCapabilities", "SupportsAtomicAdd", "SupportsPubSub"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CacheCapabilities:
    """What this cache can do; the kit skips what is not claimed.

    Parameters
    ----------
    max_value_bytes : longest value it takes, None for no limit; a longer one is not kept
    is_shared : other processes see what is set here
    """

    max_value_bytes: int | None = None
    is_shared: bool = False


class Cache(Protocol):
    """Short-lived bytes by key."""

    @property
    def name(self) -> str:
        """A short name for messages. A class attribute is enough."""
        ...

    @property
    def capabilities(self) -> CacheCapabilities:
        """What this cache can do. A class attribute is enough, a `ClassVar` is not."""
        ...

    async def get(self, key: str, /) -> bytes | None:
        """Return the bytes, or None for an unknown or expired key (CAC-01).

        Raises nothing but `StorageError`, which the caller takes for None. Cancelled, it never
        leaves its answer to the next caller (CAC-02).
        """
        ...

    async def set(self, key: str, value: bytes, /, *, ttl_s: float) -> None:
        """Keep `value` for at most `ttl_s` seconds (CAC-03). Idempotent.

        The newest value wins (CAC-04). Cancelling leaves the old or the new value, never a mix
        (CAC-05). Raises nothing but `StorageError`.
        """
        ...


@runtime_checkable
class SupportsAtomicAdd(Protocol):
    """A cache that can count: the ground of shared limits."""

    async def add(self, key: str, amount: int, /, *, ttl_s: float) -> int:
        """Add and return the sum, 0 before the first; atomic over all callers (CAC-11)."""
        ...


@runtime_checkable
class SupportsPubSub(Protocol):
    """A cache that carries messages between processes, each at most once."""

    async def publish(self, topic: str, payload: bytes, /) -> int:
        """Send to whoever listens now and return how many, as far as is known (CAC-12)."""
        ...

    def subscribe(self, topic: str, /) -> AsyncIterator[bytes]:
        """Yield messages from now on; some may be lost, none comes twice (CAC-13)."""
        ...
