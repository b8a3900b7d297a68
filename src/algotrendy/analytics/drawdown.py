"""Drawdowns: how far equity fell below its highest value so far, and for how long.

Laws: a drawdown is a fraction at or below zero; starting cash, where given, is the first peak; a
bar is under water when strictly below the peak; what has not recovered says so.
Used by: summary, ratios (Calmar), reports.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.samples import sample
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray

__all__ = [
    "DrawdownPeriods",
    "Fall",
    "average_drawdown",
    "deepest_fall",
    "drawdown_periods",
    "drawdowns",
    "max_drawdown",
    "max_drawdown_duration",
    "ulcer_index",
]

_BLOCK = 64  # bars looked at as one; only blocks that touch the peak are walked bar by bar


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """The deepest drawdown and the longest one of an equity curve.

    Parameters
    ----------
    depth : fraction at or below zero; NaN for an empty curve
    trough : row of the lowest point of the deepest drawdown, -1 when nothing fell
    recovery_bars : bars from that trough to the first bar back at the old peak, -1 when not yet
    duration_bars : most bars in a row strictly below the peak, a last open stretch included
    """

    depth: float
    trough: int
    recovery_bars: int
    duration_bars: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawdownPeriods:
    """Every stretch under water in columns, each (k,), in order of time.

    Parameters
    ----------
    start : first row strictly below the peak
    trough : row of the lowest equity of the stretch
    end : first row back at the peak, or n when the stretch is still open
    depth : fraction below zero at the trough
    is_open : the stretch had not recovered at the last row
    """

    start: IntArray
    trough: IntArray
    end: IntArray
    depth: FloatArray
    is_open: BoolArray

    def __len__(self) -> int:
        return len(self.start)

    @property
    def duration_bars(self) -> IntArray:
        """Rows strictly below the peak, (k,)."""
        return self.end - self.start


def _curve(equity: ArrayLike, initial: float | None) -> FloatArray:
    curve = sample(equity, "equity")
    first = initial if initial is not None else (float(curve[0]) if len(curve) else 1.0)
    if not (math.isfinite(first) and first > 0):
        raise InvalidValue(
            "initial" if initial is not None else "row 0, equity",
            value=first,
            rule="the first peak must be a finite number above zero",
            hint="pass the starting cash as initial",
        )
    return curve


def drawdowns(equity: ArrayLike, *, initial: float | None = None) -> FloatArray:
    """Distance of every bar from the highest equity so far.

    Parameters
    ----------
    equity : (n,) quote units at each bar close
    initial : starting cash, which counts as the first peak; None takes the first bar

    Returns
    -------
    (n,) float64
        Fractions at or below zero: equity / max(initial, equity so far) - 1. A new array.

    Raises
    ------
    InvalidValue
        If `equity` is not one-dimensional or holds an infinity, or the first peak is not above 0.

    Notes
    -----
    NaN: dropped, so rows count the known bars.

    References
    ----------
    Magdon-Ismail, M. and Atiya, A. (2004), "Maximum Drawdown", Risk 17(10).
    """
    curve = _curve(equity, initial)
    peak = np.maximum.accumulate(curve)
    if initial is not None:
        np.maximum(peak, initial, out=peak)
    return curve / peak - 1.0


def deepest_fall(equity: ArrayLike, *, initial: float | None = None) -> Fall:
    """Deepest drawdown with its recovery, and the longest time under water, in one pass.

    Blocks of bars that stay below the peak are judged by their minimum; only blocks that reach the
    peak are walked bar by bar. The result is that of `drawdowns`, exactly.

    Parameters
    ----------
    equity : (n,) quote units at each bar close; NaN is dropped
    initial : starting cash, which counts as the first peak; None takes the first bar

    Returns
    -------
    Fall
        Depth NaN, trough and recovery -1, duration 0 for an empty curve.

    Raises
    ------
    InvalidValue
        As `drawdowns`.
    """
    curve = _curve(equity, initial)
    n = len(curve)
    if n == 0:
        return Fall(depth=math.nan, trough=-1, recovery_bars=-1, duration_bars=0)
    first = float(curve[0]) if initial is None else float(initial)
    starts = np.arange(0, n, _BLOCK)
    highs = np.maximum.reduceat(curve, starts)
    peaks = np.empty_like(highs)  # the highest equity before each block
    peaks[0] = first
    np.maximum.accumulate(highs[:-1], out=peaks[1:])
    np.maximum(peaks, first, out=peaks)
    reaching = np.flatnonzero(highs >= peaks)

    lows = np.minimum.reduceat(curve, starts)
    falls = lows / peaks
    rows, running = _walk(curve, starts[reaching], peaks[reaching])
    falls[reaching] = (curve[rows] / running).min(axis=1, initial=math.inf)
    worst = int(falls.argmin())
    depth = min(float(falls[worst]) - 1.0, 0.0)

    at_peak = rows[curve[rows] >= running]
    edges = np.concatenate(([-1], at_peak, [n]))
    duration = int(np.diff(edges).max()) - 1
    if depth == 0.0:
        return Fall(depth=0.0, trough=-1, recovery_bars=-1, duration_bars=duration)
    begin = int(starts[worst])
    block = curve[begin : begin + _BLOCK]
    peak = np.maximum(np.maximum.accumulate(block), peaks[worst])
    trough = begin + int((block / peak).argmin())
    after = int(np.searchsorted(at_peak, trough))
    recovery = int(at_peak[after]) - trough if after < at_peak.size else -1
    return Fall(depth=depth, trough=trough, recovery_bars=recovery, duration_bars=duration)


def _walk(curve: FloatArray, begins: IntArray, peaks: FloatArray) -> tuple[IntArray, FloatArray]:
    """Rows (k, block) of the named blocks and the running peak in them; the end repeats row n-1."""
    rows = np.minimum(begins[:, None] + np.arange(_BLOCK), len(curve) - 1)
    running = np.maximum.accumulate(curve[rows], axis=1)
    np.maximum(running, peaks[:, None], out=running)
    return rows, running


def max_drawdown(equity: ArrayLike, *, initial: float | None = None) -> float:
    """Deepest drawdown: the least of `drawdowns`, a fraction at or below zero.

    Parameters
    ----------
    equity : (n,) quote units at each bar close; NaN is dropped
    initial : starting cash, which counts as the first peak; None takes the first bar

    Returns
    -------
    float
        Fraction; 0.0 when nothing fell, NaN for an empty curve.

    Raises
    ------
    InvalidValue
        As `drawdowns`.

    References
    ----------
    Magdon-Ismail, M. and Atiya, A. (2004), "Maximum Drawdown", Risk 17(10).

    Examples
    --------
    >>> round(max_drawdown([110.0, 88.0, 120.0, 108.0], initial=100.0), 6)
    -0.2
    """
    return deepest_fall(equity, initial=initial).depth


def max_drawdown_duration(equity: ArrayLike, *, initial: float | None = None) -> int:
    """Most bars in a row strictly below the peak; a last open stretch counts as it stands.

    This is the longest stretch, which need not be the deepest one.

    Parameters
    ----------
    equity : (n,) quote units at each bar close; NaN is dropped
    initial : starting cash, which counts as the first peak; None takes the first bar

    Returns
    -------
    int
        Bars; 0 for an empty curve or when nothing fell.

    Raises
    ------
    InvalidValue
        As `drawdowns`.
    """
    return deepest_fall(equity, initial=initial).duration_bars


def drawdown_periods(equity: ArrayLike, *, initial: float | None = None) -> DrawdownPeriods:
    """Every stretch under water, with trough, depth and end.

    Parameters
    ----------
    equity : (n,) quote units at each bar close; NaN is dropped
    initial : starting cash, which counts as the first peak; None takes the first bar

    Raises
    ------
    InvalidValue
        As `drawdowns`.
    """
    falls = drawdowns(equity, initial=initial)
    below = np.concatenate(([False], falls < 0.0, [False]))
    edges = np.flatnonzero(below[1:] != below[:-1])
    start, end = edges[0::2], edges[1::2]
    if start.size == 0:
        none = np.empty(0, dtype=np.int64)
        return DrawdownPeriods(
            start=none, trough=none, end=none, depth=np.empty(0), is_open=np.empty(0, np.bool_)
        )
    # Between two stretches the drawdown is zero, so a reduction that runs on to the next start
    # still finds the stretch's own minimum.
    depth = np.minimum.reduceat(falls, start)
    tail = falls[start[0] :]
    own = np.repeat(depth, np.diff(np.append(start, len(falls))))
    lowest = start[0] + np.flatnonzero(tail == own)
    trough = lowest[np.searchsorted(lowest, start)]
    return DrawdownPeriods(
        start=start, trough=trough, end=end, depth=depth, is_open=end == len(falls)
    )


def average_drawdown(equity: ArrayLike, *, initial: float | None = None) -> float:
    """Mean depth of the stretches under water: the mean of `drawdown_periods(...).depth`.

    Parameters
    ----------
    equity : (n,) quote units at each bar close; NaN is dropped
    initial : starting cash, which counts as the first peak; None takes the first bar

    Returns
    -------
    float
        Fraction at or below zero; 0.0 when nothing fell, NaN for an empty curve.

    Raises
    ------
    InvalidValue
        As `drawdowns`.
    """
    depth = drawdown_periods(equity, initial=initial).depth
    if depth.size:
        return float(depth.mean())
    return 0.0 if len(sample(equity, "equity")) else math.nan


def ulcer_index(equity: ArrayLike, *, initial: float | None = None) -> float:
    """Root mean square of the drawdowns: sqrt(mean(drawdown^2)), divisor n.

    Parameters
    ----------
    equity : (n,) quote units at each bar close; NaN is dropped
    initial : starting cash, which counts as the first peak; None takes the first bar

    Returns
    -------
    float
        Fraction at or above zero, not annualised; NaN for an empty curve.

    Raises
    ------
    InvalidValue
        As `drawdowns`.

    References
    ----------
    Martin, P. and McCann, B. (1989), "The Investor's Guide to Fidelity Funds", chapter 4.
    """
    falls = drawdowns(equity, initial=initial)
    return math.sqrt(float((falls * falls).mean())) if len(falls) else math.nan
