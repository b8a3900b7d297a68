"""Turning points: floor pivots of the period before, and swing highs and lows once they are known.

Laws: nothing here looks ahead: a level stands at the first bar at whose close it is known; output
has the input's shape; results are read-only.
Used by: strategies, charts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.indicators._apply import HIDES, apply
from algotrendy.indicators._check import as_count, as_groups, as_series, refuse_infinite
from algotrendy.indicators._windows import extreme_into
from algotrendy.indicators.memo import indicator
from algotrendy.model.arrays import FloatArray

__all__ = ["FloorPivots", "Swings", "floor_pivots", "swing_pivots"]

_PRICES = ("high", "low", "close")


class FloorPivots(NamedTuple):
    """The pivot with three supports below and three resistances above."""

    s3: FloatArray
    s2: FloatArray
    s1: FloatArray
    pivot: FloatArray
    r1: FloatArray
    r2: FloatArray
    r3: FloatArray


class Swings(NamedTuple):
    """Prices of swing highs and lows at the bars where they became known, NaN elsewhere."""

    high: FloatArray
    low: FloatArray


@indicator
def floor_pivots(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, session: ArrayLike | None = None
) -> FloorPivots:
    """Return the classic floor pivots of the bar before, or of the session before.

    ``P = (H + L + C) / 3``, ``R1 = 2 P - L``, ``S1 = 2 P - H``, ``R2 = P + (H - L)``,
    ``S2 = P - (H - L)``, ``R3 = H + 2 (P - L)``, ``S3 = L - 2 (H - P)``.

    Parameters
    ----------
    high, low, close : (n,) float64
    session : (n,) labels as for `vwap`; H, L, C are then highest high, lowest low and last close of
        the whole session before, and stay for a session. None takes every bar as a session.

    Returns
    -------
    FloorPivots of (n,) arrays; NaN in the first session, and after a session that holds a NaN.
    """
    first = as_series("high", high)
    prices = (first, as_series("low", low, first), as_series("close", close, first))
    if first.ndim != 1:
        raise InvalidValue(
            "high",
            value=first.shape,
            rule="shape (n,) is expected, sessions have one axis",
            hint="call it once a symbol",
        )
    refuse_infinite(_PRICES, prices)
    n = len(first)
    starts = np.arange(n) if session is None else as_groups("session", session, n)
    if not n:
        return FloorPivots(*(_frozen(np.empty(0)) for _ in range(7)))
    tops = np.maximum.reduceat(prices[0], starts)
    bottoms = np.minimum.reduceat(prices[1], starts)
    ends = np.append(starts[1:], n) - 1
    pivot = (tops + bottoms + prices[2][ends]) / 3.0
    # A NaN close inside a session counts as well, although only the last one enters the formula.
    pivot[np.isnan(np.add.reduceat(prices[2], starts))] = np.nan
    spread = tops - bottoms
    levels = (
        bottoms - 2.0 * (tops - pivot),
        pivot - spread,
        2.0 * pivot - tops,
        pivot,
        2.0 * pivot - bottoms,
        pivot + spread,
        tops + 2.0 * (pivot - bottoms),
    )
    lengths = ends - starts + 1
    return FloorPivots(
        *(_frozen(np.repeat(np.concatenate(([np.nan], level[:-1])), lengths)) for level in levels)
    )


@indicator
def swing_pivots(high: ArrayLike, low: ArrayLike, left: int = 2, right: int = 2) -> Swings:
    """Return swing highs and lows, each at the bar where it is known, `right` bars after it.

    A bar is a swing high if its high is above those of the `left` bars before and not below those
    of the `right` bars after, so of equal neighbours the first counts; mirrored for lows.

    Returns
    -------
    Swings of (n,) or (n, k) arrays: the swing's price at the bar ``right`` after it, else NaN.
    """
    first = as_series("high", high)
    lows = as_series("low", low, first)
    before, after = as_count("left", left), as_count("right", right)
    return Swings(
        *apply(
            _swings,
            ("high", "low"),
            (first, lows),
            before,
            after,
            outputs=2,
            needs=before + after + 1,
            sees=HIDES,
        )
    )


def _swings(
    high: FloatArray,
    low: FloatArray,
    left: int,
    right: int,
    highs: FloatArray,
    lows: FloatArray,
) -> None:
    n = len(high)
    for values, greatest, out in ((high, True, highs), (low, False, lows)):
        out.fill(np.nan)
        if n <= left + right:
            continue
        before, after = np.empty(n), np.empty(n)
        extreme_into(values, left, greatest, before)
        extreme_into(values, right, greatest, after)
        middle = values[left : n - right]
        past, coming = before[left - 1 : n - right - 1], after[left + right :]
        if greatest:
            found = (middle > past) & (middle >= coming)
        else:
            found = (middle < past) & (middle <= coming)
        out[left + right :][found] = middle[found]


def _frozen(values: FloatArray) -> FloatArray:
    values.flags.writeable = False
    return values
