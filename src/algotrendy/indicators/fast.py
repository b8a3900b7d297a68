"""The `fast` extra: put kernels compiled by numba in force, with the same results.

Laws: off unless asked for, by `enable()` or by the environment variable ``ALGOTRENDY_FAST=1``; the
twins repeat the numpy kernels' operations in their order, so results are equal bit for bit; what is
compiled is kept on disk, so only the first process pays.
Used by: users with long series; benchmarks.
"""

from __future__ import annotations

from algotrendy._lazy import need
from algotrendy.indicators import _engine

__all__ = ["disable", "enable", "enabled"]

_state = {"enabled": False}


def enable() -> None:
    """Use compiled kernels from now on, in every thread of this process.

    Importing numba takes about a second; each kernel is compiled at its first use, which takes up
    to a few seconds in the first process, milliseconds in later ones.

    Raises
    ------
    MissingExtra
        Where numba is not installed.
    """
    need("numba", extra="fast")
    from algotrendy.indicators import _twins

    _engine.replace({name: getattr(_twins, name) for name in _engine.KERNELS})
    _state["enabled"] = True


def disable() -> None:
    """Use numpy's kernels from now on, the default."""
    _engine.restore()
    _state["enabled"] = False


def enabled() -> bool:
    """Tell whether compiled kernels are in force."""
    return _state["enabled"]
