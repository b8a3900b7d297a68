"""How far prices swing: true range, ATR, and the channels of Bollinger, Keltner and Donchian.

Laws: output has the input's shape and starts with NaN, as many as each function states; a run of
rows without NaN is a series of its own; results are read-only and never depend on later rows.
Used by: strategies, the other indicators.

Every function takes (n,) or (n, k), time along the first axis, and raises `InvalidValue` for a
window that is no whole number from 1 up, for other or different shapes, and for infinite cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.indicators._apply import HIDES, apply, apply_one
from algotrendy.indicators._check import as_count, as_factor, as_series
from algotrendy.indicators._engine import kernel
from algotrendy.indicators.memo import indicator
from algotrendy.model.arrays import FloatArray

__all__ = ["Bands", "atr", "bollinger", "donchian", "keltner", "true_range"]

_PRICES = ("high", "low", "close")


class Bands(NamedTuple):
    """A channel."""

    lower: FloatArray
    middle: FloatArray
    upper: FloatArray


@indicator
def true_range(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> FloatArray:
    """Return ``max(high, previous close) - min(low, previous close)``; warm-up is one bar.

    Source: Wilder, "New Concepts in Technical Trading Systems", 1978.
    """
    first = as_series("high", high)
    prices = (first, as_series("low", low, first), as_series("close", close, first))
    return apply_one(kernel("true_range_into"), _PRICES, prices, needs=2, sees=HIDES)


@indicator
def atr(high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 14) -> FloatArray:
    """Return the average true range: Wilder's average of `true_range`; warm-up is `window` bars.

    The first value is the mean of the first `window` true ranges, as in TA-Lib.
    Source: Wilder, "New Concepts in Technical Trading Systems", 1978.
    """
    first = as_series("high", high)
    prices = (first, as_series("low", low, first), as_series("close", close, first))
    count = as_count("window", window)
    return apply_one(kernel("atr_into"), _PRICES, prices, count, needs=count + 1, sees=HIDES)


@indicator
def bollinger(values: ArrayLike, window: int = 20, width: float = 2.0) -> Bands:
    """Return the moving mean and the bands `width` standard deviations (ddof 0) around it.

    Warm-up is ``window - 1`` bars. The middle of a window of equal values is that value exactly,
    and the bands lie on it. Source: Bollinger, "Bollinger on Bollinger Bands", 2001.
    """
    series, count = as_series("values", values), as_count("window", window)
    reach = as_factor("width", width)
    return Bands(
        *apply(
            kernel("bands_into"),
            ("values",),
            (series,),
            count,
            reach,
            outputs=3,
            needs=count,
            sees=count,
        )
    )


@indicator
def keltner(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    window: int = 20,
    width: float = 2.0,
    atr_window: int = 10,
) -> Bands:
    """Return the EMA of closes and the bands `width` ATRs around it.

    Warm-up of the middle is ``window - 1`` bars, of the bands ``max(window - 1, atr_window)``.
    """
    first = as_series("high", high)
    prices = (first, as_series("low", low, first), as_series("close", close, first))
    count, swings = as_count("window", window), as_count("atr_window", atr_window)
    reach = as_factor("width", width)
    return Bands(
        *apply(
            _keltner,
            _PRICES,
            prices,
            count,
            reach,
            swings,
            outputs=3,
            needs=min(count, swings + 1),
            sees=HIDES,
        )
    )


def _keltner(  # noqa: PLR0913, PLR0917
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    width: float,
    swings: int,
    lower: FloatArray,
    middle: FloatArray,
    upper: FloatArray,
) -> None:
    kernel("ema_into")(close, window, middle)
    kernel("atr_into")(high, low, close, swings, upper)
    np.multiply(upper, width, out=upper)
    np.subtract(middle, upper, out=lower)
    np.add(middle, upper, out=upper)


@indicator
def donchian(high: ArrayLike, low: ArrayLike, window: int = 20) -> Bands:
    """Return the lowest low, the mid-point and the highest high of each window.

    The window includes the bar itself; for a breakout compare with the bar before. Warm-up is
    ``window - 1`` bars.
    """
    first = as_series("high", high)
    lows, count = as_series("low", low, first), as_count("window", window)
    return Bands(
        *apply(_channel, ("high", "low"), (first, lows), count, outputs=3, needs=count, sees=HIDES)
    )


def _channel(
    high: FloatArray,
    low: FloatArray,
    window: int,
    lower: FloatArray,
    middle: FloatArray,
    upper: FloatArray,
) -> None:
    extreme = kernel("extreme_into")
    extreme(low, window, False, lower)
    extreme(high, window, True, upper)
    np.add(lower, upper, out=middle)
    np.multiply(middle, 0.5, out=middle)
