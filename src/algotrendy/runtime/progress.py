"""A progress bar where one can be seen, silence everywhere else; never an error.

Laws: progress is decoration: a run gives the same numbers, and never fails, with or without it.
Used by: sweeps, fetches, the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from algotrendy import _lazy

__all__ = ["progress"]


@contextmanager
def progress(total: int | None, description: str = "") -> Iterator[Callable[[int], None]]:
    """Show a bar while the block runs and yield `advance(n)`, which moves it by n steps.

    Parameters
    ----------
    total : number of steps, None where nobody knows it
    description : a few words in front of the bar

    Notes
    -----
    The bar is tqdm's, in a notebook or where standard error is a terminal. Without tqdm, or where
    nobody could see it, `advance` does nothing.

    Examples
    --------
    >>> with progress(3, "steps") as advance:
    ...     for _ in range(3):
    ...         advance(1)
    """
    bar = _bar(total, description)
    if bar is None:
        yield _silent
        return

    def advance(n: int, /) -> None:
        bar.update(n)

    try:
        yield advance
    finally:
        bar.close()


class _Bar(Protocol):
    """The part of tqdm that is used here."""

    def update(self, n: int, /) -> object: ...

    def close(self) -> None: ...


def _silent(n: int, /) -> None:
    del n


def _bar(total: int | None, description: str) -> _Bar | None:
    if not (_in_notebook() or _is_terminal()):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # tqdm warns where a notebook has no widgets; it still draws
        bar: _Bar = tqdm(total=total, desc=description or None, leave=False, dynamic_ncols=True)
    return bar


def _is_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):  # a replaced or a closed stream
        return False


def _in_notebook() -> bool:
    # Asked, never imported: only a kernel has IPython loaded with a ZMQ shell.
    ipython = _lazy.loaded("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython() if hasattr(ipython, "get_ipython") else None
    return type(shell).__name__ == "ZMQInteractiveShell"
