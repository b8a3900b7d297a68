"""Moving windows of one series: mean, sum, deviation, extremes, rank, z-score.

Laws: a window holds the row itself and the `window - 1` rows before it; its result depends on those
rows only, bit for bit; output has the input's shape, the first `window - 1` rows are NaN; a NaN
spoils exactly the windows that see it; results are read-only.
Used by: strategies, the other indicators, reports.

Every function takes (n,) or (n, k), time along the first axis, and raises `InvalidValue` for a
window that is no whole number from 1 up, for other shapes, and for infinite cells.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.indicators._apply import HIDES, apply_one
from algotrendy.indicators._check import as_count, as_series
from algotrendy.indicators._engine import kernel
from algotrendy.indicators.memo import indicator
from algotrendy.model.arrays import FloatArray

__all__ = [
    "rolling_max",
    "rolling_min",
    "rolling_rank",
    "rolling_std",
    "rolling_sum",
    "sma",
    "zscore",
]

_VALUES = ("values",)


@indicator
def sma(values: ArrayLike, window: int) -> FloatArray:
    """Return the simple moving average, ``sum(window) / window``.

    Parameters
    ----------
    values : (n,) or (n, k) float64
    window : bars in the mean, 1 or more; warm-up is ``window - 1`` bars

    Raises
    ------
    InvalidValue
        See the module.

    Examples
    --------
    >>> from algotrendy.indicators.rolling import sma
    >>> sma([1.0, 2.0, 3.0, 4.0], 2).tolist()
    [nan, 1.5, 2.5, 3.5]
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(
        kernel("mean_into"), _VALUES, (series,), count, float(count), needs=count, sees=count
    )


@indicator
def rolling_sum(values: ArrayLike, window: int) -> FloatArray:
    """Return the moving sum; warm-up is ``window - 1`` bars."""
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("mean_into"), _VALUES, (series,), count, 1.0, needs=count, sees=count)


@indicator
def rolling_std(values: ArrayLike, window: int, ddof: int = 0) -> FloatArray:
    """Return the moving standard deviation, ``sqrt(sum((x - mean)**2) / (window - ddof))``.

    It is exactly 0 for a window of equal values. `ddof` is 0 as in Bollinger's bands and charting
    programs; pandas has 1. Warm-up is ``window - 1`` bars.

    Raises
    ------
    InvalidValue
        See the module; and for a window not larger than `ddof`.
    """
    series, count, less = _spread_arguments(values, window, ddof)
    return apply_one(
        kernel("spread_into"), _VALUES, (series,), count, less, needs=count, sees=count
    )


@indicator
def zscore(values: ArrayLike, window: int, ddof: int = 0) -> FloatArray:
    """Return ``(value - mean) / std`` of each window; 0 where the window does not vary.

    Warm-up is ``window - 1`` bars.
    """
    series, count, less = _spread_arguments(values, window, ddof)
    return apply_one(kernel("score_into"), _VALUES, (series,), count, less, needs=count, sees=count)


def _spread_arguments(values: ArrayLike, window: int, ddof: int) -> tuple[FloatArray, int, int]:
    series, count = as_series("values", values), as_count("window", window)
    less = as_count("ddof", ddof, 0)
    if count <= less:
        raise InvalidValue(
            "window",
            value=window,
            rule=f"more than ddof={ddof} bars are expected",
            hint=f"the least is {less + 1}",
        )
    return series, count, less


@indicator
def rolling_max(values: ArrayLike, window: int) -> FloatArray:
    """Return the greatest value of each window; warm-up is ``window - 1`` bars."""
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(
        kernel("extreme_into"),
        _VALUES,
        (series,),
        count,
        True,
        needs=count,
        sees=HIDES,
    )


@indicator
def rolling_min(values: ArrayLike, window: int) -> FloatArray:
    """Return the smallest value of each window; warm-up is ``window - 1`` bars."""
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(
        kernel("extreme_into"),
        _VALUES,
        (series,),
        count,
        False,
        needs=count,
        sees=HIDES,
    )


@indicator
def rolling_rank(values: ArrayLike, window: int) -> FloatArray:
    """Return the rank of each value within its window: 1 the smallest, `window` the greatest.

    Equal values share their mean rank, as in pandas' ``rolling(window).rank()``. Divide by `window`
    for a percentile. Work grows with n x window. Warm-up is ``window - 1`` bars.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("rank_into"), _VALUES, (series,), count, needs=count, sees=HIDES)
