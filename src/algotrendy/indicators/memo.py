"""Memo: inside `with memo():` an indicator that was computed once is not computed again.

Laws: only read-only arrays are recognised, by identity, and are kept alive while they are known;
results are the same objects, read-only; kept bytes never exceed the bound; outside, nothing is
kept.
Used by: sweeps (around a user's strategy function), notebooks.
"""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar, cast, final

import numpy as np

from algotrendy.indicators._check import as_count

__all__ = ["Memo", "indicator", "memo"]

P = ParamSpec("P")
R = TypeVar("R")

_Key = tuple[object, ...]
# The type stands beside each value: 20, 20.0 and True are equal, and only the first is a window.

_ARRAY = np.ndarray
_DEFAULT_BYTES = 256 * 2**20


@final
class Memo:
    """Least-recently-used results by (function, arrays, parameters), bounded by bytes.

    `hits` and `misses` count calls that could be kept; `passed` counts calls that could not, as an
    argument was writable or no array; `bytes` is what is held now: results, and the inputs that are
    held to keep their identity.
    """

    __slots__ = ("_aliases", "_entries", "_held", "bytes", "hits", "max_bytes", "misses", "passed")

    max_bytes: int
    bytes: int
    hits: int
    misses: int
    passed: int

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = self.hits = self.misses = self.passed = 0
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._aliases: dict[_Key, _Key] = {}
        self._held: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return (
            f"Memo({len(self)} results, {self.bytes:,} of {self.max_bytes:,} bytes, "
            f"{self.hits} hits, {self.misses} misses, {self.passed} passed)"
        )

    def clear(self) -> None:
        """Forget every result; the counts stay."""
        self._entries.clear()
        self._aliases.clear()
        self._held.clear()
        self.bytes = 0

    def call(
        self, function: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> R:
        """Return the kept result of this very call, or compute and keep it."""
        # Written out, not shared with _key_of: this is the path that runs twice a combination.
        parts: list[object] = [function]
        for value in args:
            kind = type(value)
            if kind is _ARRAY:
                if value.flags.writeable:  # type: ignore[attr-defined]
                    break
                parts.append(id(value))
            else:
                parts.append(value)
            parts.append(kind)
        else:
            for name, given in kwargs.items():
                value = given
                kind = type(value)
                if kind is _ARRAY:
                    if value.flags.writeable:  # type: ignore[attr-defined]
                        break
                    value = id(value)
                parts += (name, value, kind)
            else:
                key = tuple(parts)
                try:
                    entry = self._entries.get(key)
                except TypeError:  # unhashable, so no array and no number: a list of prices, say
                    self.passed += 1
                    return function(*args, **kwargs)
                if entry is None:
                    return self._find(key, function, args, kwargs)
                self.hits += 1
                self._entries.move_to_end(key)
                return cast("R", entry.result)
        self.passed += 1
        return function(*args, **kwargs)

    def _find(
        self,
        key: _Key,
        function: Callable[..., R],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> R:
        """Look the call up under its other spellings, else compute it."""
        first = self._aliases.get(key)
        if first is None:
            try:
                bound = _signature(function).bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # Python's own message says what is wrong
            bound.apply_defaults()
            first = _key_of(function, tuple(bound.arguments.values()))
        entry = self._entries.get(first)
        if entry is not None:
            self.hits += 1
            self._entries.move_to_end(first)
            if key not in self._aliases:
                self._aliases[key] = first
                entry.aliases.append(key)
            return cast("R", entry.result)
        self.misses += 1
        result = function(*args, **kwargs)
        arrays = tuple(v for v in (*args, *kwargs.values()) if type(v) is _ARRAY)
        if arrays:
            self._keep(first, key, _Entry(result, cast("tuple[np.ndarray, ...]", arrays)))
        return result

    def _keep(self, first: _Key, key: _Key, entry: _Entry) -> None:
        fresh = {id(array): array.nbytes for array in entry.arrays if id(array) not in self._held}
        if entry.bytes + sum(fresh.values()) > self.max_bytes:
            return
        self.bytes += entry.bytes + sum(fresh.values())
        for array in entry.arrays:
            self._held[id(array)] = self._held.get(id(array), 0) + 1
        self._entries[first] = entry
        if key != first:
            self._aliases[key] = first
            entry.aliases.append(key)
        while self.bytes > self.max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, entry = self._entries.popitem(last=False)
        self.bytes -= entry.bytes
        for alias in entry.aliases:
            del self._aliases[alias]
        for array in entry.arrays:
            left = self._held[id(array)] - 1
            if left:
                self._held[id(array)] = left
            else:
                del self._held[id(array)]
                self.bytes -= array.nbytes


@final
class _Entry:
    __slots__ = ("aliases", "arrays", "bytes", "result")

    def __init__(self, result: object, arrays: tuple[np.ndarray, ...]) -> None:
        self.result, self.arrays = result, arrays
        parts = result if isinstance(result, tuple) else (result,)
        self.bytes = sum(part.nbytes for part in parts if isinstance(part, _ARRAY))
        self.aliases: list[_Key] = []


def _key_of(function: Callable[..., object], args: tuple[object, ...]) -> _Key:
    parts: list[object] = [function]
    for value in args:
        parts += (id(value) if type(value) is _ARRAY else value, type(value))
    return tuple(parts)


_ACTIVE: ContextVar[Memo | None] = ContextVar("algotrendy_indicator_memo", default=None)


@contextmanager
def memo(max_bytes: int = _DEFAULT_BYTES) -> Iterator[Memo]:
    """Keep the results of indicators within the block, by identity of read-only arrays.

    Parameters
    ----------
    max_bytes : what may be held: results, and the inputs they belong to; the least recently used
        goes first, and a result larger than this is simply not kept

    Yields
    ------
    Memo
        With `hits`, `misses`, `passed` and `bytes`. A block inside a block has its own.

    Notes
    -----
    The block belongs to the current context (`contextvars`): another thread does not see it.
    An array is recognised by being the same object: `bars.close` is, `bars.close[5:]` is a new
    object at every call and is computed every time.

    Examples
    --------
    >>> import numpy as np
    >>> from algotrendy.indicators.memo import memo
    >>> from algotrendy.indicators.rolling import sma
    >>> prices = np.arange(5.0); prices.flags.writeable = False
    >>> with memo() as kept:
    ...     sma(prices, 2) is sma(prices, 2), kept.hits, kept.misses
    (True, 1, 1)
    """
    kept = Memo(as_count("max_bytes", max_bytes, 0))
    token = _ACTIVE.set(kept)
    try:
        yield kept
    finally:
        _ACTIVE.reset(token)


def indicator(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function an indicator: its results are read-only, and kept inside `memo`."""
    active = _ACTIVE.get

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        kept = active()
        if kept is None:
            return function(*args, **kwargs)
        return kept.call(function, args, kwargs)

    return call


@functools.cache
def _signature(function: Callable[..., object]) -> inspect.Signature:
    return inspect.signature(function)
