"""Ratios of reward to risk: Sharpe, Sortino, Calmar, omega.

Laws: annual rates are divided by the periods per year, never compounded down; the sample standard
deviation has ddof=1; a ratio over zero is infinite with the sign of its top, 0 / 0 is NaN.
Used by: summary, table (the same numbers for many curves), overfit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from algotrendy.analytics.drawdown import max_drawdown
from algotrendy.analytics.returns import cagr, cumulative_returns
from algotrendy.analytics.samples import (
    RETURN_RESOLUTION,
    checked_periods,
    product_sum,
    ratio,
    sample,
    spread,
)
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray

__all__ = [
    "calmar_ratio",
    "downside_deviation",
    "omega_ratio",
    "rolling_sharpe_ratio",
    "sharpe_ratio",
    "sortino_ratio",
]


def sharpe_ratio(returns: ArrayLike, *, periods_per_year: float, risk_free: float = 0.0) -> float:
    """Annualised mean excess return over its standard deviation.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions, 1 for the ratio per period
    risk_free : annual rate, as a fraction

    Returns
    -------
    float
        Dimensionless. NaN when n < 2 or for 0/0; infinite, with the sign of the mean, when the
        returns do not vary.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or P is not above zero.

    Notes
    -----
    NaN: dropped; n counts the rest. With e = returns - risk_free / P: sqrt(P) * mean(e) / std(e),
    ddof=1.

    References
    ----------
    Sharpe, W. (1994), "The Sharpe Ratio", J. of Portfolio Management 21(1). Annualisation:
    Lo, A. (2002), "The Statistics of Sharpe Ratios", Financial Analysts J. 58(4), for uncorrelated
    returns.

    Examples
    --------
    >>> round(sharpe_ratio([0.02, -0.01, 0.03, -0.02], periods_per_year=365), 4)
    4.0128
    """
    periods, values = checked_periods(periods_per_year), sample(returns)
    n = len(values)
    if n < 2:  # noqa: PLR2004
        return math.nan
    mean = float(values.sum()) / n - risk_free / periods
    deviation = spread(values)
    if deviation == 0.0 and abs(mean) <= RETURN_RESOLUTION:
        return math.nan
    return math.sqrt(periods) * ratio(mean, deviation)


def downside_deviation(
    returns: ArrayLike, *, periods_per_year: float, target: float = 0.0
) -> float:
    """Annualised root mean square of the returns below a target.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions
    target : annual minimum acceptable return, as a fraction

    Returns
    -------
    float
        Fraction a year, 0.0 when nothing fell below the target; NaN when empty.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or P is not above zero.

    Notes
    -----
    NaN: dropped; n counts the rest. With e = returns - target / P:
    sqrt(P) * sqrt(mean(min(e, 0)^2)). The mean divides by n, not by the number of losing periods.

    References
    ----------
    Sortino, F. and van der Meer, R. (1991), "Downside Risk", J. of Portfolio Management 17(4).
    """
    periods, values = checked_periods(periods_per_year), sample(returns)
    if len(values) == 0:
        return math.nan
    below = np.minimum(values - target / periods, 0.0)
    return math.sqrt(periods) * math.sqrt(product_sum(below, below) / len(values))


def sortino_ratio(returns: ArrayLike, *, periods_per_year: float, target: float = 0.0) -> float:
    """Annualised mean return above a target over its downside deviation.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions
    target : annual minimum acceptable return, as a fraction

    Returns
    -------
    float
        Dimensionless. NaN when n < 2 or for 0/0; infinite, with the sign of the mean, when nothing
        fell below the target.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or P is not above zero.

    Notes
    -----
    NaN: dropped; n counts the rest. With e = returns - target / P:
    sqrt(P) * mean(e) / sqrt(mean(min(e, 0)^2)). The downside mean divides by n, not by the number
    of losing periods.

    References
    ----------
    Sortino, F. and Price, L. (1994), "Performance Measurement in a Downside Risk Framework",
    J. of Investing 3(3).

    Examples
    --------
    >>> round(sortino_ratio([0.02, -0.01, 0.03, -0.02], periods_per_year=365), 4)
    8.544
    """
    periods, values = checked_periods(periods_per_year), sample(returns)
    n = len(values)
    if n < 2:  # noqa: PLR2004
        return math.nan
    excess = values - target / periods
    below = np.minimum(excess, 0.0)
    down = math.sqrt(product_sum(below, below) / n)
    return math.sqrt(periods) * ratio(float(excess.sum()) / n, down)


def calmar_ratio(returns: ArrayLike, *, periods_per_year: float) -> float:
    """Compound annual growth rate over the size of the deepest drawdown.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Dimensionless. NaN when empty or for 0/0; infinite when nothing fell.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or P is not above zero.

    Notes
    -----
    NaN: dropped. cagr / abs(max_drawdown) over the whole series (the first publication looks at 36
    months); the value before the first period counts as a peak.

    References
    ----------
    Young, T. (1991), "Calmar Ratio: A Smoother Tool", Futures 20(1).
    """
    growth = cagr(returns, periods_per_year=periods_per_year)
    deepest = max_drawdown(cumulative_returns(returns), initial=1.0)
    return ratio(growth, abs(deepest))


def omega_ratio(returns: ArrayLike, *, threshold: float = 0.0) -> float:
    """Sum of the gains above a threshold over the sum of the losses below it.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    threshold : return per period, as a fraction (not a year's)

    Returns
    -------
    float
        Dimensionless, not annualised, 1 is break-even. NaN when empty or for 0/0; infinite when
        nothing fell below the threshold.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity.

    Notes
    -----
    NaN: dropped. sum(max(r - threshold, 0)) / sum(max(threshold - r, 0)).

    References
    ----------
    Keating, C. and Shadwick, W. (2002), "A Universal Performance Measure", J. of Performance
    Measurement 6(3).
    """
    excess = sample(returns) - threshold
    below = np.minimum(excess, 0.0)
    return ratio(float((excess - below).sum()), -float(below.sum()))


def rolling_sharpe_ratio(
    returns: ArrayLike, *, window: int, periods_per_year: float, risk_free: float = 0.0
) -> FloatArray:
    """Sharpe ratio of every window of `window` periods.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    window : periods in a window, 2 or more
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions
    risk_free : annual rate, as a fraction

    Returns
    -------
    (n,) float64
        A new array. The first window - 1 values are NaN, and so is every window with fewer than
        two known returns; each value is `sharpe_ratio` of its window.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, P is not above zero or `window` is
        below 2.

    Notes
    -----
    NaN: dropped inside each window.
    """
    periods = checked_periods(periods_per_year)
    values = np.asarray(returns, dtype=np.float64)
    sample(values)
    if window < 2:  # noqa: PLR2004
        raise InvalidValue("window", value=window, rule="2 or more is allowed", hint="try 60")
    result = np.full(len(values), math.nan)
    if window > len(values):
        return result
    rows = max(1, 131_072 // window)
    windows = sliding_window_view(values, window)
    for begin in range(0, len(windows), rows):
        part = windows[begin : begin + rows]
        result[window - 1 + begin : window - 1 + begin + len(part)] = _sharpe_rows(
            part, risk_free / periods
        )
    result *= math.sqrt(periods)
    return result


def _sharpe_rows(windows: FloatArray, risk_free: float) -> FloatArray:
    """Sharpe ratio per period of every row of (k, w); NaN is left out of its row."""
    known = ~np.isnan(windows)
    n = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, windows, 0.0).sum(axis=1) / n
        centred = np.where(known, windows - mean[:, None], 0.0)
        deviation = np.sqrt((centred * centred).sum(axis=1) / (n - 1))
        flat = deviation <= RETURN_RESOLUTION * np.maximum(1.0, np.abs(mean))
        deviation[flat] = 0.0
        top = mean - risk_free
        top[flat & (np.abs(top) <= RETURN_RESOLUTION)] = 0.0
        result: FloatArray = top / deviation
    result[n < 2] = math.nan  # noqa: PLR2004
    return result
