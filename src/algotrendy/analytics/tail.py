"""Tails and shape: how bad the bad periods are, and how far from normal.

Laws: a quantile is a return, so a loss is below zero; quantiles interpolate linearly; skewness and
kurtosis are corrected for the sample size unless asked otherwise.
Used by: summary, overfit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.samples import RETURN_RESOLUTION, product_sum, ratio, sample
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray

__all__ = [
    "PROBED",
    "expected_shortfall",
    "kurtosis",
    "low_quantile",
    "moments",
    "quantile_of_tail",
    "sample_shape",
    "shape_of_sums",
    "skewness",
    "tail_ratio",
    "tail_thresholds",
    "value_at_risk",
]

_PROBE = 1024  # values sorted to guess where a tail begins
PROBED = 8 * _PROBE
"""From this length on tails are found by a probe."""


def _share(cutoff: float) -> float:
    if not 0.0 <= cutoff <= 1.0:
        raise InvalidValue(
            "cutoff",
            value=cutoff,
            rule="0 to 1 is allowed",
            hint="0.05 is the worst 5 % of periods",
        )
    return float(cutoff)


def low_quantile(
    values: FloatArray, cutoff: float, *, upper: bool = False
) -> tuple[float, FloatArray]:
    """Return the linear quantile, and the values at or before its position, unsorted.

    Long arrays are not sorted: a small strided probe guesses a threshold, and only the values
    beyond it are partitioned. A guess that catches too few falls back to everything, so the result
    is exact.

    Parameters
    ----------
    values : (n,) finite numbers, n above zero
    cutoff : 0 to 1
    upper : look at -values instead, without building it: the upper tail with its sign turned
    """
    n = len(values)
    few = values
    if n >= PROBED:
        low, high = tail_thresholds(np.sort(values[:: n // _PROBE]), cutoff, n)
        few = np.compress(values >= high if upper else values <= low, values)
    found = quantile_of_tail(-few if upper else few, cutoff, n)
    return found or quantile_of_tail(-values if upper else values, cutoff, n) or (math.nan, few)


def tail_thresholds(probe: FloatArray, cutoff: float, n: int) -> tuple[float, float]:
    """Guess from a sorted probe below and above which values the two tails of n values lie."""
    size = len(probe)
    share = min(cutoff + 2.0 / n, 1.0) * size
    at = min(math.ceil(share + 3.0 * math.sqrt(share)) + 2, size - 1)
    return float(probe[at]), float(probe[size - 1 - at])


def quantile_of_tail(few: FloatArray, cutoff: float, n: int) -> tuple[float, FloatArray] | None:
    """`low_quantile` of n values of which `few` are the smallest; None where they are too few."""
    position = (n - 1) * cutoff
    whole = math.floor(position)
    after = min(whole + 1, n - 1)
    if after >= len(few):
        return None
    few = np.partition(few, (whole, after))
    here = float(few[whole])
    return here + (float(few[after]) - here) * (position - whole), few[: whole + 1]


def value_at_risk(returns: ArrayLike, *, cutoff: float = 0.05) -> float:
    """Historical value at risk: the return that a share `cutoff` of the periods did not exceed.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    cutoff : share of the worst periods, 0 to 1

    Returns
    -------
    float
        A return per period, not annualised: a loss is below zero. NaN when empty.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or `cutoff` is outside 0 to 1.

    Notes
    -----
    NaN: dropped. Linear interpolation at position (n - 1) * cutoff of the sorted returns.

    References
    ----------
    Jorion, P. (2006), "Value at Risk", 3rd ed., chapter 5. Quantile: Hyndman, R. and Fan, Y.
    (1996), "Sample Quantiles in Statistical Packages", The American Statistician 50(4), type 7.

    Examples
    --------
    >>> value_at_risk([1.0, 2.0], cutoff=0.3)
    1.3
    """
    share, values = _share(cutoff), sample(returns)
    return low_quantile(values, share)[0] if len(values) else math.nan


def expected_shortfall(returns: ArrayLike, *, cutoff: float = 0.05) -> float:
    """Mean of the worst periods: of the floor((n - 1) * cutoff) + 1 smallest returns.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    cutoff : share of the worst periods, 0 to 1

    Returns
    -------
    float
        A return per period, not annualised: a loss is below zero. NaN when empty.

    Raises
    ------
    InvalidValue
        As `value_at_risk`.

    Notes
    -----
    NaN: dropped. Also called conditional value at risk; never above `value_at_risk`.

    References
    ----------
    Acerbi, C. and Tasche, D. (2002), "On the coherence of expected shortfall", J. of Banking and
    Finance 26(7).
    """
    share, values = _share(cutoff), sample(returns)
    return float(low_quantile(values, share)[1].mean()) if len(values) else math.nan


def tail_ratio(returns: ArrayLike, *, cutoff: float = 0.05) -> float:
    """Size of the right tail over the left: abs(quantile(1 - cutoff)) / abs(quantile(cutoff)).

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    cutoff : share of the periods in each tail, 0 to 1

    Returns
    -------
    float
        Dimensionless; NaN when empty or for 0/0, infinite when only the left quantile is zero.

    Raises
    ------
    InvalidValue
        As `value_at_risk`.

    Notes
    -----
    NaN: dropped. Quantiles as in `value_at_risk`.

    References
    ----------
    Definition of the open-source package empyrical, `tail_ratio`.
    """
    share, values = _share(cutoff), sample(returns)
    if len(values) == 0:
        return math.nan
    high, low = low_quantile(values, share, upper=True)[0], low_quantile(values, share)[0]
    return ratio(abs(high), abs(low))


def moments(
    centred: FloatArray, *, resolution: float = RETURN_RESOLUTION
) -> tuple[float, float, float]:
    """Second central moment, skewness and kurtosis of centred values, divisor n.

    Parameters
    ----------
    centred : (n,) finite values minus their mean
    resolution : a root of the second moment at or below this is rounding noise, so the shape is NaN

    Returns
    -------
    variance, skewness, kurtosis
        mean(c^2), mean(c^3) / m2^1.5 and mean(c^4) / m2^2 (3 for a normal).
    """
    squares = centred * centred
    sums = float(squares.sum()), product_sum(squares, centred), product_sum(squares, squares)
    return shape_of_sums(len(centred), sums, resolution=resolution)


def shape_of_sums(
    n: int, sums: tuple[float, float, float], *, resolution: float
) -> tuple[float, float, float]:
    """`moments` from the sums of the second, third and fourth powers of n centred values."""
    second = sums[0] / n if n else math.nan
    if not second > resolution * resolution:
        return second, math.nan, math.nan
    return second, sums[1] / n / second**1.5, sums[2] / n / (second * second)


def sample_shape(skew: float, kurt: float, n: int) -> tuple[float, float]:
    """Skewness and excess kurtosis corrected for the sample size, from the moments' own."""
    full = n > 2  # noqa: PLR2004
    skew = skew * math.sqrt(n * (n - 1)) / (n - 2) if full else math.nan
    if n <= 3:  # noqa: PLR2004
        return skew, math.nan
    return skew, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (kurt - 3) + 6)


def _shape(returns: ArrayLike) -> tuple[float, float, int]:
    values = sample(returns)
    n = len(values)
    if n == 0:
        return math.nan, math.nan, 0
    mean = float(values.sum()) / n
    noise = max(RETURN_RESOLUTION, RETURN_RESOLUTION * abs(mean))
    _, skew, kurt = moments(values - mean, resolution=noise)
    return skew, kurt, n


def skewness(returns: ArrayLike, *, bias_corrected: bool = True) -> float:
    """Skewness: below zero when the losses are the larger surprises.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    bias_corrected : adjust for the sample size (as pandas does); False gives the moment's own g1

    Returns
    -------
    float
        Dimensionless, not annualised. NaN for a constant series, or n < 3 when corrected.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity.

    Notes
    -----
    NaN: dropped. g1 = m3 / m2^1.5 with divisor n; corrected: g1 * sqrt(n (n - 1)) / (n - 2).

    References
    ----------
    Joanes, D. and Gill, C. (1998), "Comparing measures of sample skewness and kurtosis",
    J. of the Royal Statistical Society D 47(1).
    """
    skew, kurt, n = _shape(returns)
    return sample_shape(skew, kurt, n)[0] if bias_corrected else skew


def kurtosis(returns: ArrayLike, *, bias_corrected: bool = True) -> float:
    """Excess kurtosis: 0 for a normal, above zero for fat tails.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    bias_corrected : adjust for the sample size (as pandas does); False gives the moment's own g2

    Returns
    -------
    float
        Dimensionless, not annualised. NaN for a constant series, or n < 4 when corrected.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity.

    Notes
    -----
    NaN: dropped. g2 = m4 / m2^2 - 3 with divisor n; corrected:
    (n - 1) / ((n - 2)(n - 3)) * ((n + 1) g2 + 6).

    References
    ----------
    As `skewness`.
    """
    skew, kurt, n = _shape(returns)
    return sample_shape(skew, kurt, n)[1] if bias_corrected else kurt - 3.0
