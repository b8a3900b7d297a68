"""Checks of arguments: every refusal names the parameter, the value, the rule and the fix.

Laws: arrays come out as C-contiguous float64; a check costs no pass over the data on the good path.
Used by: every public function of this package.
"""

from __future__ import annotations

import math
import operator

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["as_count", "as_factor", "as_groups", "as_series", "refuse_infinite"]

_FLOAT = np.dtype(np.float64)
_MAX_NDIM = 2


def as_series(name: str, values: ArrayLike, like: FloatArray | None = None) -> FloatArray:
    """Return `values` as (n,) or (n, k) float64, C-contiguous; taken as it is where it is that."""
    array = values if isinstance(values, np.ndarray) else _from_sequence(name, values)
    if array.dtype is not _FLOAT or not array.flags.c_contiguous:
        if array.dtype.kind not in "iuf" and array.size:
            raise InvalidValue(
                name,
                value=str(array.dtype),
                rule="an array of numbers is expected",
                hint="pass float64, such as bars.close",
            )
        array = np.ascontiguousarray(array, dtype=np.float64)
    if not 1 <= array.ndim <= _MAX_NDIM:
        raise InvalidValue(
            name,
            value=array.shape,
            rule="shape (n,) or (n, k), time along the first axis",
            hint="pass one column, or one column a symbol",
        )
    if like is not None and array.shape != like.shape:
        raise InvalidValue(
            name,
            value=array.shape,
            rule=f"shape {like.shape} is expected, as of the first array",
            hint="pass columns of the same bars",
        )
    return array


def _from_sequence(name: str, values: ArrayLike) -> FloatArray:
    try:
        array: FloatArray = np.asarray(values)
    except ValueError as error:
        raise InvalidValue(
            name,
            value=type(values).__name__,
            rule="an array of numbers is expected",
            hint="pass float64, such as bars.close",
        ) from error
    if array.ndim == 0:
        raise InvalidValue(
            name,
            value=values,
            rule="an array of numbers is expected",
            hint="the series comes first, then the window",
        )
    return array


def as_count(name: str, value: int, least: int = 1) -> int:
    """Return a whole number of bars from `least` up."""
    if type(value) is int and value >= least:
        return value
    try:
        count: int | None = operator.index(value)
    except TypeError:
        count = None
    if count is None or isinstance(value, bool | np.bool_):
        raise InvalidValue(
            name,
            value=value,
            rule="a whole number of bars is expected",
            hint=f"pass an int from {least} up",
        )
    if count < least:
        raise InvalidValue(
            name, value=value, rule=f"{least} or more is expected", hint=f"the least is {least}"
        )
    return count


def as_factor(name: str, value: float) -> float:
    """Return a finite multiplier of at least zero."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
        raise InvalidValue(name, value=value, rule="a number is expected", hint="pass a float")
    factor = float(value)
    if not math.isfinite(factor) or factor < 0:
        raise InvalidValue(
            name,
            value=value,
            rule="a finite number of at least zero is expected",
            hint="a usual one is 2.0",
        )
    return factor


def as_groups(name: str, values: ArrayLike, n: int) -> IntArray:
    """Return where each group of equal neighbours starts, as (g,) row numbers; (0,) for no rows."""
    array = np.asarray(values)
    if array.shape != (n,):
        raise InvalidValue(
            name,
            value=array.shape,
            rule=f"shape ({n},) is expected, one label a bar",
            hint="for UTC days pass bars.open_ns // 86_400_000_000_000",
        )
    if array.dtype.kind not in "iubMUS":
        raise InvalidValue(
            name,
            value=str(array.dtype),
            rule="labels that can be equal are expected, not floats",
            hint="pass whole numbers or datetime64 dates",
        )
    starts = np.flatnonzero(array[1:] != array[:-1]) + 1
    return np.concatenate(([0], starts)) if n else starts


def refuse_infinite(names: tuple[str, ...], arrays: tuple[FloatArray, ...]) -> None:
    """Raise `InvalidValue` for the first infinite cell; a full pass, run only on suspicion."""
    for name, array in zip(names, arrays, strict=True):
        bad = np.isinf(array)
        if bad.any():
            row = int(np.flatnonzero(bad.reshape(len(array), -1).any(axis=1))[0])
            cell = array[row] if array.ndim == 1 else array[row][np.isinf(array[row])][0]
            raise InvalidValue(
                f"{name}[{row}]",
                value=float(cell),
                rule="a finite number or NaN is expected",
                hint="NaN stands for a missing value",
            )
