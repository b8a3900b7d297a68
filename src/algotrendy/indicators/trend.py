"""Averages that follow a trend: EMA and its kin, WMA, KAMA, MACD, ADX, Supertrend.

Laws: output has the input's shape and starts with NaN, as many as each function states; a run of
rows without NaN is a series of its own, so that a NaN is followed by a full warm-up; results are
read-only and never depend on later rows.
Used by: strategies, the other indicators.

Every function takes (n,) or (n, k), time along the first axis, and raises `InvalidValue` for a
window that is no whole number in its range, for other or different shapes, and for infinite cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.indicators._apply import HIDES, apply, apply_one
from algotrendy.indicators._check import as_count, as_factor, as_series
from algotrendy.indicators._engine import kernel
from algotrendy.indicators.memo import indicator
from algotrendy.model.arrays import FloatArray

__all__ = [
    "ADX",
    "MACD",
    "Supertrend",
    "adx",
    "dema",
    "ema",
    "kama",
    "macd",
    "supertrend",
    "tema",
    "wilder",
    "wma",
]

_VALUES = ("values",)
_PRICES = ("high", "low", "close")


class MACD(NamedTuple):
    """Difference of two EMAs, its own EMA, and the difference of both."""

    macd: FloatArray
    signal: FloatArray
    histogram: FloatArray


class ADX(NamedTuple):
    """Average directional index with the two directional indicators, each from 0 to 100."""

    adx: FloatArray
    plus_di: FloatArray
    minus_di: FloatArray


class Supertrend(NamedTuple):
    """The trailing line, and its side: 1.0 while it runs below the price, -1.0 above."""

    line: FloatArray
    direction: FloatArray


@indicator
def ema(values: ArrayLike, window: int) -> FloatArray:
    """Return the exponential moving average, ``y += 2 / (window + 1) * (x - y)``.

    Seeded by the simple mean of the first `window` values, as in TA-Lib; warm-up is ``window - 1``
    bars. Tulip and pandas (``adjust=False``) seed with the first value; the difference fades by the
    factor ``1 - 2 / (window + 1)`` a bar.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("ema_into"), _VALUES, (series,), count, needs=count)


@indicator
def wilder(values: ArrayLike, window: int) -> FloatArray:
    """Return Wilder's moving average (RMA, SMMA), ``y += (x - y) / window``.

    Seeded by the simple mean of the first `window` values; warm-up is ``window - 1`` bars.
    Source: Wilder, "New Concepts in Technical Trading Systems", 1978.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("wilder_into"), _VALUES, (series,), count, needs=count)


@indicator
def wma(values: ArrayLike, window: int) -> FloatArray:
    """Return the mean weighted 1, 2, ... `window`, newest heaviest; warm-up ``window - 1`` bars."""
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("weighted_into"), _VALUES, (series,), count, needs=count, sees=count)


@indicator
def dema(values: ArrayLike, window: int) -> FloatArray:
    """Return ``2 e1 - e2``, e1 being the EMA and e2 the EMA of e1; warm-up ``2 window - 2`` bars.

    Source: Mulloy, Stocks & Commodities 12:1, 1994.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("chain_into"), _VALUES, (series,), count, 2, needs=2 * count - 1)


@indicator
def tema(values: ArrayLike, window: int) -> FloatArray:
    """Return ``3 e1 - 3 e2 + e3``, e3 being the EMA of e2; warm-up ``3 window - 3`` bars.

    Source: Mulloy, Stocks & Commodities 12:1, 1994.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("chain_into"), _VALUES, (series,), count, 3, needs=3 * count - 2)


@indicator
def kama(values: ArrayLike, window: int = 10, fast: int = 2, slow: int = 30) -> FloatArray:
    """Return Kaufman's adaptive moving average.

    ``y += c (x - y)`` with ``c = (e (2/(fast+1) - 2/(slow+1)) + 2/(slow+1))**2`` and the efficiency
    ``e = |x[i] - x[i-window]| / sum of |steps|``, which is 1 where nothing moved, as in TA-Lib.
    Started from the value at row ``window - 1``; warm-up is `window` bars.

    Parameters
    ----------
    values : (n,) or (n, k) float64
    window : bars of the efficiency
    fast, slow : EMA windows for efficiency 1 and 0; `fast` from 2 up, `slow` not below `fast`

    Notes
    -----
    Source: Kaufman, "Smarter Trading", 1995.
    """
    series, count = as_series("values", values), as_count("window", window)
    quick, idle = as_count("fast", fast, 2), as_count("slow", slow, 2)
    _ordered("fast", quick, "slow", idle, equal=True)
    return apply_one(kernel("kama_into"), _VALUES, (series,), count, quick, idle, needs=count + 1)


@indicator
def macd(values: ArrayLike, fast: int = 12, slow: int = 26, signal: int = 9) -> MACD:
    """Return ``ema(fast) - ema(slow)``, its EMA over `signal` bars, and their difference.

    Warm-up of `macd` is ``slow - 1`` bars, of the others ``slow + signal - 2``. TA-Lib starts the
    fast EMA later, at the slow one's seed, and hides `macd` until the signal exists.

    Raises
    ------
    InvalidValue
        See the module; and unless fast < slow.
    """
    quick, idle = as_count("fast", fast), as_count("slow", slow)
    smooth = as_count("signal", signal)
    _ordered("fast", quick, "slow", idle, equal=False)
    series = as_series("values", values)
    return MACD(
        *apply(_convergence, _VALUES, (series,), quick, idle, smooth, outputs=3, needs=idle)
    )


def _convergence(
    values: FloatArray,
    fast: int,
    slow: int,
    signal: int,
    line: FloatArray,
    smoothed: FloatArray,
    histogram: FloatArray,
) -> None:
    average = kernel("ema_into")
    average(values, fast, line)
    average(values, slow, histogram)
    np.subtract(line, histogram, out=line)
    smoothed[: slow - 1] = np.nan
    average(line[slow - 1 :], signal, smoothed[slow - 1 :])
    np.subtract(line, smoothed, out=histogram)


@indicator
def adx(high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 14) -> ADX:
    """Return Wilder's average directional index, +DI and -DI, in percent.

    Warm-up of the DIs is `window` bars, of `adx` ``2 window - 1``. Directional movement and true
    range are Wilder averages seeded as in TA-Lib; without any movement DI and DX are 0.
    Source: Wilder, "New Concepts in Technical Trading Systems", 1978.
    """
    prices = _prices(high, low, close)
    plus, minus, index = apply(
        kernel("adx_into"),
        _PRICES,
        prices,
        count := as_count("window", window),
        outputs=3,
        needs=count + 1,
        sees=HIDES,
    )
    return ADX(index, plus, minus)


@indicator
def supertrend(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 10, width: float = 3.0
) -> Supertrend:
    """Return the Supertrend line and its direction.

    Bands lie `width` ATRs of `window` bars around ``(high + low) / 2``. A band moves towards the
    price only, until a close breaks it. The trend turns down when a close is below the lower band,
    up when it is above the upper one; the line is the band behind the price. It starts up. Warm-up
    is `window` bars.
    """
    prices = _prices(high, low, close)
    count, reach = as_count("window", window), as_factor("width", width)
    return Supertrend(
        *apply(
            kernel("supertrend_into"),
            _PRICES,
            prices,
            count,
            reach,
            outputs=2,
            needs=count + 1,
            sees=HIDES,
        )
    )


def _prices(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> tuple[FloatArray, ...]:
    first = as_series("high", high)
    return first, as_series("low", low, first), as_series("close", close, first)


def _ordered(small: str, less: int, large: str, more: int, *, equal: bool) -> None:
    if less > more or (less == more and not equal):
        raise InvalidValue(
            small,
            value=less,
            rule=f"{'at most' if equal else 'less than'} {large}={more} is expected",
            hint=f"swap {small} and {large}",
        )
