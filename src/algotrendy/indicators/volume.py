"""Prices weighed by volume: on-balance volume and volume-weighted average prices.

Laws: output has the input's shape; a run of rows without NaN is a series of its own; results are
read-only and never depend on later rows.
Used by: strategies, reports.

Every function raises `InvalidValue` for a window that is no whole number from 1 up, for other or
different shapes, and for infinite cells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.indicators._apply import HIDES, apply_one
from algotrendy.indicators._check import as_count, as_groups, as_series
from algotrendy.indicators._engine import kernel
from algotrendy.indicators.memo import indicator
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["obv", "rolling_vwap", "vwap"]

_NAMES = ("high", "low", "close", "volume")
_SHORT = 64
_BLOCK = 16_384


@indicator
def obv(close: ArrayLike, volume: ArrayLike) -> FloatArray:
    """Return on-balance volume: volume summed with the sign of the close's step.

    Starts with the first bar's volume, as in TA-Lib; Tulip starts with 0. No warm-up. Takes (n,) or
    (n, k). Source: Granville, 1963.
    """
    first = as_series("close", close)
    inputs = (first, as_series("volume", volume, first))
    return apply_one(kernel("balance_into"), ("close", "volume"), inputs, needs=1, sees=HIDES)


@indicator
def vwap(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    session: ArrayLike | None = None,
) -> FloatArray:
    """Return the volume-weighted mean of the typical price since the session began.

    Parameters
    ----------
    high, low, close, volume : (n,) float64
    session : (n,) labels; a session lasts while the label stays the same, such as
        ``bars.open_ns // 86_400_000_000_000`` for UTC days. None is one session for all bars.

    Returns
    -------
    (n,) float64, no warm-up; NaN while the session has had no volume, which has no such price.
    """
    inputs = _inputs(high, low, close, volume)
    if inputs[0].ndim != 1:
        raise InvalidValue(
            "high",
            value=inputs[0].shape,
            rule="shape (n,) is expected, sessions have one axis",
            hint="call it once a symbol",
        )
    n = len(inputs[0])
    labels = np.zeros(n, dtype=np.int64)
    if session is not None:
        labels[as_groups("session", session, n)] = 1
    return apply_one(
        _since_start,
        (*_NAMES, "session"),
        (*inputs, labels.astype(np.float64)),
        needs=1,
        sees=HIDES,
    )


@indicator
def rolling_vwap(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, volume: ArrayLike, window: int = 20
) -> FloatArray:
    """Return the volume-weighted mean of the typical price over `window` bars.

    Warm-up is ``window - 1`` bars; NaN where the window has no volume. Takes (n,) or (n, k).
    """
    inputs, count = _inputs(high, low, close, volume), as_count("window", window)
    return apply_one(_in_window, _NAMES, inputs, count, needs=count, sees=HIDES)


def _inputs(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, volume: ArrayLike
) -> tuple[FloatArray, ...]:
    first = as_series("high", high)
    return (
        first,
        as_series("low", low, first),
        as_series("close", close, first),
        as_series("volume", volume, first),
    )


def _money(high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray) -> FloatArray:
    money = np.empty(len(high))
    kernel("typical_into")(high, low, close, money)
    np.multiply(money, volume, out=money)
    return money


def _in_window(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    volume: FloatArray,
    window: int,
    out: FloatArray,
) -> None:
    mean = kernel("mean_into")
    traded = np.empty_like(out)
    mean(_money(high, low, close, volume), window, 1.0, out)
    mean(volume, window, 1.0, traded)
    _priced(out, traded)


def _since_start(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    volume: FloatArray,
    marks: FloatArray,
    out: FloatArray,
) -> None:
    starts = np.flatnonzero(marks)
    if not len(starts) or starts[0] != 0:
        starts = np.concatenate(([0], starts))
    traded = np.empty_like(out)
    _summed_by_group(_money(high, low, close, volume), starts, out)
    _summed_by_group(volume, starts, traded)
    _priced(out, traded)


def _priced(money: FloatArray, traded: FloatArray) -> None:
    for first in range(0, len(money), _BLOCK):
        price, weight = money[first : first + _BLOCK], traded[first : first + _BLOCK]
        void = weight == 0
        np.divide(price, weight, out=price)
        if void.any():
            price[void] = np.nan


def _summed_by_group(values: FloatArray, starts: IntArray, out: FloatArray) -> None:
    """Write running sums that begin anew at each start: never a difference of long sums."""
    lengths = np.diff(starts, append=len(values))
    long = lengths > _SHORT
    for first, length in zip(starts[long].tolist(), lengths[long].tolist(), strict=True):
        np.add.accumulate(values[first : first + length], out=out[first : first + length])
    rows, left = starts[~long], lengths[~long]
    if not len(rows):
        return
    out[rows] = values[rows]
    for step in range(1, int(left.max())):
        rows, left = rows[left > step], left[left > step]
        out[rows + step] = out[rows + step - 1] + values[rows + step]
