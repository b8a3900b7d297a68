"""Adapters that give the compiled loops the signatures of the numpy kernels.

Laws: one function a kernel, under the kernel's name; imported on demand by `_engine` only.
Used by: `_engine`.
"""

from __future__ import annotations

import numpy as np

from algotrendy.indicators import _adaptive, _decay, _windows
from algotrendy.indicators import _compiled as windows
from algotrendy.indicators import _compiled_loops as loops
from algotrendy.model.arrays import FloatArray

__all__: list[str] = []


def _fixed(values: FloatArray) -> FloatArray:
    # One compiled version for read-only and writable inputs alike.
    if values.flags.writeable:
        values = values.view()
        values.flags.writeable = False
    return values


def _head(rows: int, *outs: FloatArray) -> bool:
    """Write the warm-up; tell whether rows are left."""
    for out in outs:
        out[:rows] = np.nan
    return len(outs[0]) > rows


def mean_into(values: FloatArray, window: int, divisor: float, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        windows.mean_loop(_fixed(values), window, divisor, out)


def extreme_into(
    values: FloatArray,
    window: int,
    greatest: bool,  # noqa: FBT001
    out: FloatArray,
) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        windows.extreme_loop(_fixed(values), window, 1.0 if greatest else -1.0, out)


def spread_into(values: FloatArray, window: int, ddof: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        windows.spread_loop(_fixed(values), window, ddof, out)
        _windows.spoil(values, window, out)


def score_into(values: FloatArray, window: int, ddof: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        windows.score_loop(_fixed(values), window, ddof, out)
        _windows.spoil(values, window, out)


def bands_into(
    values: FloatArray,
    window: int,
    width: float,
    lower: FloatArray,
    middle: FloatArray,
    upper: FloatArray,
) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, lower, middle, upper):
        windows.bands_loop(_fixed(values), window, width, lower, middle, upper)
        _windows.spoil(values, window, lower)
        _windows.spoil(values, window, upper)


def weighted_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if window == 1:
        out[:] = values
    elif _head(window - 1, out):
        windows.weighted_loop(_fixed(values), window, out)


def deviation_into(values: FloatArray, window: int, scale: float, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        windows.deviation_loop(_fixed(values), window, scale, out)


def rank_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        windows.rank_loop(_fixed(values), window, out)


def ema_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if window == 1 or len(values) < window:
        _decay.ema_into(values, window, out)
        return
    _head(window - 1, out)
    out[window - 1] = seed = _decay.first_mean(values, window)
    toward, _, shrink = _decay.ema_table(window)
    gap = seed - float(values[window - 1])
    loops.ema_loop(_fixed(values), window, toward, shrink, gap, out)


def chain_into(values: FloatArray, window: int, order: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    lead = window - 1
    if window == 1 or len(values) <= order * lead:
        _decay.chain_into(values, window, order, out)
        return
    _head(order * lead, out)
    head = _decay.chain(values[: order * lead + 1], window, order)
    seeds = np.array([average[(step + 1) * lead] for step, average in enumerate(head)])
    toward, _, shrink = _decay.ema_table(window)
    loops.chain_loop(_fixed(values), window, order, toward, shrink, seeds, out)


def wilder_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if window == 1 or len(values) < window:
        _decay.wilder_into(values, window, out)
        return
    last = _decay.first_mean(values, window)
    _head(window - 1, out)
    out[window - 1] = last
    _, grow, shrink = _decay.wilder_table(window)
    loops.wilder_loop(_fixed(values), window, grow, shrink, last, out)


def rsi_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if window == 1 or len(values) <= window:
        _decay.rsi_into(values, window, out)
        return
    _decay.rsi_into(values[: window + 1], window, out[: window + 1])
    gain, loss = _decay.first_steps(values, window)
    _, grow, shrink = _decay.wilder_table(window)
    loops.rsi_loop(_fixed(values), window + 1, grow, shrink, gain, loss, out)


def true_range_into(high: FloatArray, low: FloatArray, close: FloatArray, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(1, out):
        loops.range_loop(_fixed(high), _fixed(low), _fixed(close), out)


def atr_into(
    high: FloatArray, low: FloatArray, close: FloatArray, window: int, out: FloatArray
) -> None:
    """Do as the numpy kernel of this name."""
    if window == 1 or len(high) <= window:
        _decay.atr_into(high, low, close, window, out)
        return
    _head(window, out)
    out[window] = last = _decay.first_range(high, low, close, window)
    _, grow, shrink = _decay.wilder_table(window)
    loops.atr_loop(_fixed(high), _fixed(low), _fixed(close), window + 1, grow, shrink, last, out)


def adx_into(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    plus: FloatArray,
    minus: FloatArray,
    adx: FloatArray,
) -> None:
    """Do as the numpy kernel of this name."""
    if window == 1 or len(high) <= window:
        _decay.adx_into(high, low, close, window, plus, minus, adx)
        return
    _head(window, plus, minus, adx)
    up, down, spread = _decay.first_movements(high, low, close, window)
    _, grow, shrink = _decay.wilder_table(window)
    loops.adx_loop(
        _fixed(high),
        _fixed(low),
        _fixed(close),
        window,
        grow,
        shrink,
        up,
        down,
        spread,
        plus,
        minus,
        adx,
    )
    # In place: every row is read before it is written.
    wilder_into(adx[window:], window, adx[window:])


def kama_into(values: FloatArray, window: int, fast: int, slow: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    _head(window, out)
    if len(values) <= window:
        return
    loops.kama_loop(
        _fixed(values),
        window,
        _adaptive.stretch_of(fast),
        2 / (fast + 1),
        2 / (slow + 1),
        out,
    )


def balance_into(close: FloatArray, volume: FloatArray, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if len(close):
        loops.balance_loop(_fixed(close), _fixed(volume), out)


def supertrend_into(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    width: float,
    line: FloatArray,
    direction: FloatArray,
) -> None:
    """Do as the numpy kernel of this name."""
    _head(window, line, direction)
    if len(high) > window:
        atr_into(high, low, close, window, line)
        loops.supertrend_loop(
            _fixed(high), _fixed(low), _fixed(close), window, width, line, direction
        )


def place_into(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    window: int,
    scale: float,
    shift: float,
    out: FloatArray,
) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window - 1, out):
        loops.place_loop(_fixed(high), _fixed(low), _fixed(close), window, scale, shift, out)


def change_into(values: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window, out):
        loops.change_loop(_fixed(values), window, out)


def flow_into(price: FloatArray, volume: FloatArray, window: int, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    if _head(window, out):
        loops.flow_loop(_fixed(price), _fixed(volume), window, out)


def typical_into(high: FloatArray, low: FloatArray, close: FloatArray, out: FloatArray) -> None:
    """Do as the numpy kernel of this name."""
    loops.typical_loop(_fixed(high), _fixed(low), _fixed(close), out)
