"""Probability of backtest overfitting, by combinatorially symmetric cross-validation (CSCV).

Laws: every split serves once on each side; the winner in sample is judged where it was not chosen;
the trials handed in are all that were run, not the good ones.
Used by: sweep results, walk-forward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, final

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.samples import RETURN_RESOLUTION
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["Overfitting", "probability_of_backtest_overfitting"]

_MOST_SPLITS = 20  # 184,756 ways to halve; 24 would be 2.7 million


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overfitting:
    """What cross-validation says about choosing the best of many trials.

    Parameters
    ----------
    probability : share of the halvings in which the winner lands in the lower half out of sample
    logits : (c,) ln(w / (1 - w)) of the winner's relative rank w out of sample, one a halving
    winners : (c,) the trial that won in sample
    in_sample, out_of_sample : (c,) the winner's score on each side
    slope : of a straight line of out_of_sample on in_sample: below zero, better looks do worse
    probability_of_loss : share of the halvings in which the winner scores below zero out of sample
    trials : number of trials
    """

    probability: float
    logits: FloatArray
    winners: IntArray
    in_sample: FloatArray
    out_of_sample: FloatArray
    slope: float
    probability_of_loss: float
    trials: int


def probability_of_backtest_overfitting(
    returns: ArrayLike,
    *,
    splits: int = 16,
    score: Literal["sharpe", "mean"] = "sharpe",
    max_bytes: int = 1 << 25,
) -> Overfitting:
    """Cross-validate the choice of the best of many trials.

    Parameters
    ----------
    returns : (m, n) simple returns per period, one trial a row, all over the same periods
    splits : even number of equal stretches of time, 2 to 20; n - n % splits periods are used
    score : what the trials are ranked by: Sharpe ratio per period, or mean return
    max_bytes : size of the working arrays, about

    Returns
    -------
    Overfitting
        `probability` near 0: the choice holds out of sample; near 0.5: it is worth nothing; above:
        it is worse than chance.

    Raises
    ------
    InvalidValue
        If `returns` is not two-dimensional, has fewer than two trials or two periods a split, holds
        a NaN or an infinity, or `splits` is odd or out of range, or `score` is unknown.

    Notes
    -----
    NaN: refused, since all trials must be ranked over the same periods. All C(splits, splits / 2)
    halvings are scored from sums per split, so no return is read twice. The relative rank is
    rank / (m + 1) with ties at their mean rank; a rank in the middle counts half. A trial without
    spread scores 0.

    References
    ----------
    Bailey, D., Borwein, J., Lopez de Prado, M. and Zhu, Q. (2017), "The Probability of Backtest
    Overfitting", J. of Computational Finance 20(4).
    """
    matrix = _checked(returns, splits, score)
    m, n = matrix.shape
    length = n // splits
    parts = matrix[:, : length * splits].reshape(m, splits, length)
    centre = parts.mean(axis=(1, 2))
    centred = parts - centre[:, None, None]  # sums of squares lose no digits to the mean
    sums, squares = centred.sum(axis=2), np.einsum("msl,msl->ms", centred, centred)
    chosen = np.zeros((math.comb(splits, splits // 2) // 2, splits))
    for row, members in zip(chosen, combinations(range(splits), splits // 2), strict=False):
        row[list(members)] = 1.0  # the first half of the list; the other half are its mirrors
    c = len(chosen)
    winners = np.empty((2, c), dtype=np.int64)
    inside, outside, rank = np.empty((2, c)), np.empty((2, c)), np.empty((2, c))
    step = max(1, max_bytes // (8 * 6 * m))
    for low in range(0, c, step):
        part = slice(low, min(low + step, c))
        sides = [
            _scores(mask, sums, squares, centre, length * splits // 2, score)
            for mask in (chosen[part], 1.0 - chosen[part])
        ]
        for mirror, (here, there) in enumerate((sides, sides[::-1])):
            best = here.argmax(axis=1)
            rows = np.arange(len(best))
            winners[mirror, part] = best
            inside[mirror, part], outside[mirror, part] = here[rows, best], there[rows, best]
            own = outside[mirror, part, None]
            below, ties = (there < own).sum(axis=1), (there == own).sum(axis=1)
            rank[mirror, part] = below + (ties + 1.0) / 2.0
    share = rank.ravel() / (m + 1.0)
    logits = np.log(share / (1.0 - share))
    return Overfitting(
        probability=float(((logits < 0.0).sum() + 0.5 * (logits == 0.0).sum()) / len(logits)),
        logits=logits,
        winners=winners.ravel(),
        in_sample=inside.ravel(),
        out_of_sample=outside.ravel(),
        slope=_slope(inside.ravel(), outside.ravel()),
        probability_of_loss=float((outside < 0.0).mean()),
        trials=m,
    )


def _checked(returns: ArrayLike, splits: int, score: str) -> FloatArray:
    matrix = np.asarray(returns, dtype=np.float64)
    if not (2 <= splits <= _MOST_SPLITS and splits % 2 == 0):  # noqa: PLR2004
        raise InvalidValue(
            "splits", value=splits, rule="an even number from 2 to 20 is allowed", hint="try 16"
        )
    if score not in {"sharpe", "mean"}:
        raise InvalidValue(
            "score", value=score, rule="'sharpe' or 'mean' is allowed", hint="try 'sharpe'"
        )
    if matrix.ndim != 2 or matrix.shape[0] < 2 or matrix.shape[1] < 2 * splits:  # noqa: PLR2004
        raise InvalidValue(
            "returns",
            value=matrix.shape,
            rule=f"two trials or more (rows) of {2 * splits} periods or more are allowed",
            hint="pass one trial a row, or fewer splits",
        )
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise InvalidValue(
            f"row {row}, column {column}, returns",
            value=float(matrix[row, column]),
            rule="finite numbers are allowed",
            hint="use 0.0 where a trial was out of the market",
        )
    return matrix


def _scores(
    mask: FloatArray,
    sums: FloatArray,
    squares: FloatArray,
    centre: FloatArray,
    count: int,
    score: str,
) -> FloatArray:
    """Score of every trial over the chosen splits, (halvings, m)."""
    off = mask @ sums.T / count
    mean = off + centre
    if score == "mean":
        return mean
    variance = (mask @ squares.T - count * off * off) / (count - 1)
    deviation = np.sqrt(np.maximum(variance, 0.0))
    flat = deviation <= RETURN_RESOLUTION * np.maximum(1.0, np.abs(mean))
    return np.divide(mean, deviation, out=np.zeros_like(mean), where=~flat)


def _slope(x: FloatArray, y: FloatArray) -> float:
    centred = x - x.mean()
    spread = float((centred * centred).sum())
    return float((centred * (y - y.mean())).sum()) / spread if spread > 0.0 else math.nan
