"""Memory for results, taken again once nobody holds them: pages the system need not clear anew.

A result of a megabyte that is made and dropped in every call is given back to the system and faulted
in again each time; on the virtual machines measured that took several times as long as filling it.
Laws: a buffer is taken again only when no view of it is left anywhere; what is kept is bounded;
several threads may ask at once.
Used by: indicators, for their outputs.
"""

from __future__ import annotations

import sys
from collections import deque

import numpy as np
from numpy.typing import NDArray

__all__ = ["fresh", "release"]

_LEAST = 64 * 1024  # below it the allocator is fast enough
_MOST = 16 * 2**20  # above it one result would take half of what is kept
_KEPT_BYTES = 32 * 2**20

_kept: deque[NDArray[np.float64]] = deque()


def _references_when_free() -> int:
    """What `getrefcount` says of a buffer only its finder holds: it depends on the interpreter."""
    probe = np.empty(1)
    probe.view()
    return sys.getrefcount(probe)


_FREE = _references_when_free() if hasattr(sys, "getrefcount") else -1


def fresh(n: int) -> NDArray[np.float64]:
    """Return n uninitialised float64 cells, new or taken again.

    Parameters
    ----------
    n : number of cells

    Returns
    -------
    (n,) float64
        Writable, contiguous; its memory is its owner's for as long as any view of it lives.
    """
    if not _LEAST <= 8 * n <= _MOST or _FREE < 0:
        return np.empty(n)
    # A buffer is looked at only while it is out of the queue, so no two threads can find the same.
    for _ in range(len(_kept)):
        try:
            buffer = _kept.popleft()
        except IndexError:  # another thread holds the rest
            break
        if buffer.size == n and sys.getrefcount(buffer) == _FREE:
            taken = buffer.view()
            _kept.append(buffer)
            return taken
        _kept.append(buffer)
    buffer = np.empty(n)
    taken = buffer.view()
    _kept.append(buffer)
    _trim()
    return taken


def release() -> None:
    """Let go of every buffer that is kept; those in use live on with their views."""
    _kept.clear()


def _trim() -> None:
    total = sum(buffer.nbytes for buffer in tuple(_kept))
    while total > _KEPT_BYTES:
        try:
            total -= _kept.popleft().nbytes
        except IndexError:
            return
