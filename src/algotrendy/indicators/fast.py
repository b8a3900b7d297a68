"""The `fast` extra: put kernels compiled by numba in force, with the same results.

Laws: off unless asked for, by `enable()` or by the environment variable ``ALGOTRENDY_FAST=1``; the
twins repeat the numpy kernels' operations in their order, so results are equal bit for bit; what is
compiled is kept on disk, so only the first process pays.
Used by: users with long series; benchmarks.
"""

from __future__ import annotations

from algotrendy.indicators import _engine

__all__ = ["disable", "enable", "enabled"]


def enable() -> None:
    """Use compiled kernels from now on, in every thread of this process; other processes do not.

    Worker processes read ``ALGOTRENDY_FAST=1`` from their environment instead. Importing numba takes
    about a second; each kernel is compiled at its first use, which takes up to a few seconds in the
    first process, milliseconds in later ones.

    Raises
    ------
    MissingExtra
        Where numba is not installed.
    """
    _engine.compile_kernels()


def disable() -> None:
    """Use numpy's kernels from now on, the default."""
    _engine.restore()


def enabled() -> bool:
    """Tell whether compiled kernels are in force."""
    return _engine.is_compiled()
