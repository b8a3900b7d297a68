"""Against a benchmark: alpha, beta, information ratio, capture, batting average.

Laws: both series are simple returns of the same periods; a period unknown in either is left out of
both; a risk-free rate is annual and divided by the periods per year.
Used by: summary, reports.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.returns import cagr
from algotrendy.analytics.samples import (
    RETURN_RESOLUTION,
    checked_periods,
    paired,
    product_sum,
    ratio,
    spread,
)

__all__ = [
    "alpha",
    "batting_average",
    "beta",
    "capture_ratio",
    "down_capture",
    "information_ratio",
    "up_capture",
    "up_down_capture",
]


def beta(returns: ArrayLike, benchmark: ArrayLike) -> float:
    """Slope of the returns on those of the benchmark: cov(r, b) / var(b).

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods

    Returns
    -------
    float
        Dimensionless, not annualised. NaN when fewer than two pairs or the benchmark does not vary.

    Raises
    ------
    InvalidValue
        If the shapes differ, one is not one-dimensional or holds an infinity.

    Notes
    -----
    NaN: the pair is dropped. A constant risk-free rate does not change the slope.

    References
    ----------
    Sharpe, W. (1964), "Capital Asset Prices", J. of Finance 19(3).
    """
    left, right = paired(returns, benchmark)
    n = len(left)
    if n < 2 or spread(right) == 0.0:  # noqa: PLR2004
        return math.nan
    moved = right - float(right.sum()) / n
    return product_sum(left - float(left.sum()) / n, moved) / product_sum(moved, moved)


def alpha(
    returns: ArrayLike, benchmark: ArrayLike, *, periods_per_year: float, risk_free: float = 0.0
) -> float:
    """Annual return that beta does not explain: P * (mean(r) - f - beta * (mean(b) - f)).

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions
    risk_free : annual rate, as a fraction; f = risk_free / P

    Returns
    -------
    float
        Fraction a year, summed and not compounded. NaN where `beta` is NaN.

    Raises
    ------
    InvalidValue
        If the shapes differ, one is not one-dimensional or holds an infinity, or P is not above 0.

    Notes
    -----
    NaN: the pair is dropped.

    References
    ----------
    Jensen, M. (1968), "The Performance of Mutual Funds in the Period 1945-1964", J. of Finance
    23(2).
    """
    periods = checked_periods(periods_per_year)
    left, right = paired(returns, benchmark)
    slope = beta(left, right)
    if math.isnan(slope):
        return math.nan
    free = risk_free / periods
    own, market = float(left.sum()) / len(left), float(right.sum()) / len(right)
    return periods * (own - free - slope * (market - free))


def information_ratio(
    returns: ArrayLike, benchmark: ArrayLike, *, periods_per_year: float
) -> float:
    """Annualised mean active return over its standard deviation (the tracking error).

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions, 1 for the ratio per period

    Returns
    -------
    float
        Dimensionless. NaN when fewer than two pairs or for 0/0; infinite, with the sign of the
        mean, when the difference does not vary.

    Raises
    ------
    InvalidValue
        If the shapes differ, one is not one-dimensional or holds an infinity, or P is not above 0.

    Notes
    -----
    NaN: the pair is dropped. With a = r - b: sqrt(P) * mean(a) / std(a), ddof=1.

    References
    ----------
    Goodwin, T. (1998), "The Information Ratio", Financial Analysts J. 54(4).
    """
    periods = checked_periods(periods_per_year)
    left, right = paired(returns, benchmark)
    if len(left) < 2:  # noqa: PLR2004
        return math.nan
    active = left - right
    mean, deviation = float(active.sum()) / len(active), spread(active)
    if deviation == 0.0 and abs(mean) <= RETURN_RESOLUTION:
        return math.nan
    return math.sqrt(periods) * ratio(mean, deviation)


def up_capture(returns: ArrayLike, benchmark: ArrayLike, *, periods_per_year: float) -> float:
    """Growth rate in the periods in which the benchmark rose, over that of the benchmark.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Dimensionless: 1 moves with the benchmark. NaN when it never rose.

    Raises
    ------
    InvalidValue
        If the shapes differ, one is not one-dimensional or holds an infinity, or P is not above 0.

    Notes
    -----
    NaN: the pair is dropped. cagr(r[b > 0]) / cagr(b[b > 0]), both annualised over the chosen
    periods alone.

    References
    ----------
    Morningstar (2011), "Upside and Downside Capture Ratio", methodology paper.
    """
    left, right = paired(returns, benchmark)
    chosen = right > 0.0
    return capture_ratio(left[chosen], right[chosen], periods_per_year=periods_per_year)


def down_capture(returns: ArrayLike, benchmark: ArrayLike, *, periods_per_year: float) -> float:
    """Growth rate in the periods in which the benchmark fell, over that of the benchmark.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Dimensionless: 1 falls with the benchmark, below zero rises against it. NaN when it never
        fell.

    Raises
    ------
    InvalidValue
        As `up_capture`.

    Notes
    -----
    NaN: the pair is dropped. cagr(r[b < 0]) / cagr(b[b < 0]).

    References
    ----------
    As `up_capture`.
    """
    left, right = paired(returns, benchmark)
    chosen = right < 0.0
    return capture_ratio(left[chosen], right[chosen], periods_per_year=periods_per_year)


def capture_ratio(returns: ArrayLike, benchmark: ArrayLike, *, periods_per_year: float) -> float:
    """Compound annual growth rate over that of the benchmark: cagr(r) / cagr(b).

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Dimensionless. NaN when empty or for 0/0, infinite when only the benchmark stood still.

    Raises
    ------
    InvalidValue
        If the shapes differ, one is not one-dimensional or holds an infinity, or P is not above 0.

    Notes
    -----
    NaN: the pair is dropped.

    References
    ----------
    As `up_capture`.
    """
    left, right = paired(returns, benchmark)
    return ratio(
        cagr(left, periods_per_year=periods_per_year),
        cagr(right, periods_per_year=periods_per_year),
    )


def up_down_capture(returns: ArrayLike, benchmark: ArrayLike, *, periods_per_year: float) -> float:
    """Up capture over down capture: above 1 keeps more of the rises than of the falls.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Dimensionless. NaN where either capture is NaN or for 0/0.

    Raises
    ------
    InvalidValue
        As `up_capture`.

    References
    ----------
    As `up_capture`.
    """
    return ratio(
        up_capture(returns, benchmark, periods_per_year=periods_per_year),
        down_capture(returns, benchmark, periods_per_year=periods_per_year),
    )


def batting_average(returns: ArrayLike, benchmark: ArrayLike) -> tuple[float, float, float]:
    """Share of periods with a higher return than the benchmark's: all, when it rose, when it fell.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    benchmark : (n,) simple returns of the same periods

    Returns
    -------
    everywhere, in_rises, in_falls
        Fractions of the periods of that kind; NaN when there is none. A tie is not a win, and a
        period in which the benchmark stood still counts only for the first.

    Raises
    ------
    InvalidValue
        If the shapes differ, one is not one-dimensional or holds an infinity.

    Notes
    -----
    NaN: the pair is dropped.

    References
    ----------
    Bacon, C. (2008), "Practical Portfolio Performance Measurement and Attribution", 2nd ed., ch. 4.
    """
    left, right = paired(returns, benchmark)
    won, rose, fell = left > right, right > 0.0, right < 0.0

    def share(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
        return ratio(float((won & chosen).sum()), float(chosen.sum()))

    return share(np.ones_like(won)), share(rose), share(fell)
