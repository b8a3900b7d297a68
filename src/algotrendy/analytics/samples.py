"""Samples: what every statistic accepts, what it drops, and how it divides.

Laws: NaN is dropped, in pairs where two series meet; an infinity is refused; x / 0 is infinite
with the sign of x and 0 / 0 is NaN; a spread below rounding noise is zero.
Used by: every module of analytics.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray

__all__ = [
    "RETURN_RESOLUTION",
    "checked_periods",
    "log_growth",
    "paired",
    "power",
    "product_sum",
    "ratio",
    "sample",
    "spread",
]

RETURN_RESOLUTION = 1e-14
"""A simple return is a quotient near one, minus one: a spread below this is rounding, not risk."""

_STRETCH = 64  # factors multiplied before a logarithm is taken
_DOT_ROWS = 8192  # below the size from which BLAS splits a dot product over threads


def sample(values: ArrayLike, field: str = "returns") -> FloatArray:
    """Return `values` as float64 without NaN; a view where nothing was dropped.

    Parameters
    ----------
    values : (n,) numbers
    field : how the caller names them, for the error text

    Raises
    ------
    InvalidValue
        If `values` is not one-dimensional or holds an infinity.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InvalidValue(
            field,
            value=array.shape,
            rule="one dimension is allowed",
            hint="pass one column; for many curves use metrics_table",
        )
    with np.errstate(invalid="ignore", over="ignore"):
        if math.isfinite(float(array.sum())):
            return array
    _refuse_infinity(array, field)
    return array[~np.isnan(array)]


def paired(
    returns: ArrayLike, benchmark: ArrayLike, field: str = "benchmark"
) -> tuple[FloatArray, FloatArray]:
    """Return both series without the rows in which either is NaN; each (k,).

    Raises
    ------
    InvalidValue
        If the lengths differ, one is not one-dimensional or holds an infinity.
    """
    left = np.asarray(returns, dtype=np.float64)
    right = np.asarray(benchmark, dtype=np.float64)
    if left.ndim != 1 or left.shape != right.shape:
        raise InvalidValue(
            field,
            value=right.shape,
            rule=f"the shape of the returns {left.shape} is allowed, one dimension",
            hint="align both series on the same bars first",
        )
    with np.errstate(invalid="ignore", over="ignore"):
        if math.isfinite(float(left.sum())) and math.isfinite(float(right.sum())):
            return left, right
    _refuse_infinity(left, "returns")
    _refuse_infinity(right, field)
    known = ~(np.isnan(left) | np.isnan(right))
    return left[known], right[known]


def checked_periods(periods_per_year: float) -> float:
    """Return the periods per year, or raise `InvalidValue` unless finite and above zero."""
    if not (math.isfinite(periods_per_year) and periods_per_year > 0):
        raise InvalidValue(
            "periods_per_year",
            value=periods_per_year,
            rule="a finite number above zero is allowed",
            hint="365 for daily crypto bars, 252 for US sessions, bars.periods_per_year for bars",
        )
    return float(periods_per_year)


def ratio(top: float, bottom: float) -> float:
    """Divide: NaN for 0 / 0 or a NaN, infinite with the sign of `top` for x / 0."""
    if bottom != 0.0:
        return top / bottom
    if top == 0.0 or math.isnan(top):
        return math.nan
    return math.copysign(math.inf, top)


def power(growth: float, exponent: float) -> float:
    """Raise a growth factor to `exponent`; 0 for growth at or below zero, infinite on overflow."""
    if growth <= 0.0:
        return 0.0
    try:
        return float(growth**exponent)
    except OverflowError:
        return math.inf


def product_sum(left: FloatArray, right: FloatArray) -> float:
    """Sum of products of two contiguous (n,) arrays, the same on any number of cores."""
    whole = len(left) // _DOT_ROWS
    if whole == 0:
        return float(np.dot(left, right))
    cut = whole * _DOT_ROWS
    rows = left[:cut].reshape(whole, 1, _DOT_ROWS) @ right[:cut].reshape(whole, _DOT_ROWS, 1)
    return float(rows.sum()) + float(np.dot(left[cut:], right[cut:]))


def log_growth(growth: FloatArray) -> float:
    """Sum of the logarithms of (n,) growth factors above zero: the logarithm of their product.

    Multiplies in stretches too short to overflow and takes one logarithm of each: ten times faster
    than a logarithm a factor, with the error of a product.
    """
    columns = len(growth) // _STRETCH
    cut = columns * _STRETCH
    with np.errstate(over="ignore", under="ignore"):
        products = np.multiply.reduce(growth[:cut].reshape(_STRETCH, columns), axis=0)
    if not (np.isfinite(products).all() and products.all()):
        return float(np.log(growth).sum())
    return float(np.log(products).sum()) + float(np.log(growth[cut:]).sum())


def spread(values: FloatArray, *, resolution: float = RETURN_RESOLUTION) -> float:
    """Sample standard deviation, ddof=1; NaN below two values, 0.0 below rounding noise.

    Parameters
    ----------
    values : (n,) finite numbers
    resolution : absolute size of one rounding error; that of the mean is added by itself
    """
    n = len(values)
    if n < 2:  # noqa: PLR2004
        return math.nan
    mean = float(values.sum()) / n
    centred = values - mean
    deviation = math.sqrt(product_sum(centred, centred) / (n - 1))
    return deviation if deviation > max(resolution, RETURN_RESOLUTION * abs(mean)) else 0.0


def _refuse_infinity(array: FloatArray, field: str) -> None:
    rows = np.flatnonzero(np.isinf(array))
    if rows.size:
        raise InvalidValue(
            f"row {rows[0]}, {field}",
            value=float(array[rows[0]]),
            rule="finite numbers are allowed, NaN is dropped",
            hint="repair the equity: a return is infinite where the equity before it was zero",
        )
