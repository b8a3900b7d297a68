"""Speed of prices: RSI, stochastic, CCI, Williams %R, rate of change, money flow.

Laws: output has the input's shape and starts with NaN, as many as each function states; a run of
rows without NaN is a series of its own; an oscillator whose formula is 0 / 0 shows its neutral
middle, so that a market that stands still gives no signal; results are read-only and never depend
on later rows.
Used by: strategies.

Every function takes (n,) or (n, k), time along the first axis, and raises `InvalidValue` for a
window that is no whole number from 1 up, for other or different shapes, and for infinite cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.indicators._apply import HIDES, apply, apply_one
from algotrendy.indicators._check import as_count, as_series
from algotrendy.indicators._engine import kernel
from algotrendy.indicators.memo import indicator
from algotrendy.model.arrays import FloatArray

__all__ = ["Stochastic", "cci", "mfi", "roc", "rsi", "stochastic", "williams_r"]

_PRICES = ("high", "low", "close")


class Stochastic(NamedTuple):
    """Smoothed position of the close within the range, and its moving mean, from 0 to 100."""

    k: FloatArray
    d: FloatArray


@indicator
def rsi(values: ArrayLike, window: int = 14) -> FloatArray:
    """Return Wilder's relative strength index, ``100 gain / (gain + loss)`` of average steps.

    Averages are Wilder's, seeded by the mean of the first `window` steps; warm-up is `window` bars.
    50 where neither gain nor loss is left (TA-Lib: 0).
    Source: Wilder, "New Concepts in Technical Trading Systems", 1978.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(kernel("rsi_into"), ("values",), (series,), count, needs=count + 1, sees=HIDES)


@indicator
def roc(values: ArrayLike, window: int = 10) -> FloatArray:
    """Return the change against `window` bars ago in percent, ``100 (x / x[-window] - 1)``.

    NaN where the earlier value is 0. Warm-up is `window` bars.
    """
    series, count = as_series("values", values), as_count("window", window)
    return apply_one(_change, ("values",), (series,), count, needs=count + 1, sees=HIDES)


def _change(values: FloatArray, window: int, out: FloatArray) -> None:
    kernel("change_into")(values, window, out)


@indicator
def stochastic(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    window: int = 14,
    smooth: int = 3,
    signal: int = 3,
) -> Stochastic:
    """Return the slow stochastic: %K, the mean over `smooth` bars of the raw one, and its mean %D.

    Raw %K is ``100 (close - lowest low) / (highest high - lowest low)`` of `window` bars, 50 where
    both are equal (TA-Lib: 0). ``smooth=1`` is the fast stochastic. Warm-up of k is
    ``window + smooth - 2`` bars, of d ``signal - 1`` more. Source: Lane, 1984.
    """
    prices, count = _prices(high, low, close), as_count("window", window)
    slower, slowest = as_count("smooth", smooth), as_count("signal", signal)
    return Stochastic(
        *apply(
            _oscillate,
            _PRICES,
            prices,
            count,
            slower,
            slowest,
            outputs=2,
            needs=count + slower - 1,
            sees=HIDES,
        )
    )


def _oscillate(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    smooth: int,
    signal: int,
    k: FloatArray,
    d: FloatArray,
) -> None:
    raw = k if smooth == 1 else np.empty(len(close))
    kernel("place_into")(high, low, close, window, 100.0, 0.0, raw)
    mean = kernel("mean_into")
    start = window - 1
    if smooth > 1:
        k[:start] = np.nan
        mean(raw[start:], smooth, float(smooth), k[start:])
    start += smooth - 1
    d[:start] = np.nan
    mean(k[start:], signal, float(signal), d[start:])


@indicator
def williams_r(high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 14) -> FloatArray:
    """Return Williams %R, ``-100 (highest high - close) / (highest high - lowest low)``.

    -50 where both are equal (TA-Lib: 0). Warm-up is ``window - 1`` bars.
    """
    prices, count = _prices(high, low, close), as_count("window", window)
    return apply_one(_below, _PRICES, prices, count, needs=count, sees=HIDES)


def _below(
    high: FloatArray, low: FloatArray, close: FloatArray, window: int, out: FloatArray
) -> None:
    kernel("place_into")(high, low, close, window, 100.0, -100.0, out)


@indicator
def cci(high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 20) -> FloatArray:
    """Return the commodity channel index of the typical price ``(high + low + close) / 3``.

    ``(price - mean) / (0.015 mean |price - mean|)``; 0 where the window does not vary. Work grows
    with n x window. Warm-up is ``window - 1`` bars. Source: Lambert, Commodities, 1980.
    """
    prices, count = _prices(high, low, close), as_count("window", window)
    return apply_one(_channel_index, _PRICES, prices, count, needs=count, sees=HIDES)


def _channel_index(
    high: FloatArray, low: FloatArray, close: FloatArray, window: int, out: FloatArray
) -> None:
    kernel("deviation_into")(_typical(high, low, close), window, 0.015, out)


@indicator
def mfi(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, volume: ArrayLike, window: int = 14
) -> FloatArray:
    """Return the money flow index: the share of rising money flow in `window` bars, in percent.

    Money flow is the typical price times volume; a bar counts as rising or falling by its typical
    price against the bar before. 50 where nothing flowed (TA-Lib: 0). Warm-up is `window` bars.
    Source: Quong and Soudack, Stocks & Commodities 7:3, 1989.
    """
    prices, count = _prices(high, low, close), as_count("window", window)
    inputs = (*prices, as_series("volume", volume, prices[0]))
    return apply_one(_flow_index, (*_PRICES, "volume"), inputs, count, needs=count + 1, sees=HIDES)


def _flow_index(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    volume: FloatArray,
    window: int,
    out: FloatArray,
) -> None:
    kernel("flow_into")(_typical(high, low, close), volume, window, out)


def _typical(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    price = np.empty(len(high))
    kernel("typical_into")(high, low, close, price)
    return price


def _prices(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> tuple[FloatArray, ...]:
    first = as_series("high", high)
    return first, as_series("low", low, first), as_series("close", close, first)
