"""Returns: from equity to periods, from periods to growth, and their yearly size.

Laws: a simple return is equity over the equity before it, minus one; a log return is the logarithm
of the same quotient; simple returns compound, log returns add; every function says which it takes.
Used by: ratios, benchmark, summary, table.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.samples import checked_periods, log_growth, ratio, sample, spread
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray

__all__ = [
    "annual_growth",
    "cagr",
    "cumulative_returns",
    "log_returns",
    "simple_returns",
    "stability",
    "total_return",
    "volatility",
]


def simple_returns(equity: ArrayLike, *, initial: float | None = None) -> FloatArray:
    """Return the simple return of every period: equity[t] / equity[t - 1] - 1.

    Parameters
    ----------
    equity : (n,) quote units at each bar close, or prices
    initial : what there was before the first bar; None takes the first bar as the start

    Returns
    -------
    (n,) float64, or (n - 1,) without `initial`
        Fractions, a new array. NaN where the value before is NaN or not above zero: a loss of
        everything has no return after it.

    Raises
    ------
    InvalidValue
        If `equity` is not one-dimensional or holds an infinity, or `initial` is not above zero.

    Notes
    -----
    NaN: a NaN in the equity makes the return into it and out of it NaN.

    Examples
    --------
    >>> simple_returns([110.0, 99.0], initial=100.0).round(6).tolist()
    [0.1, -0.1]
    """
    curve = np.asarray(equity, dtype=np.float64)
    known = sample(curve, "equity")
    if initial is not None and not (math.isfinite(initial) and initial > 0):
        raise InvalidValue(
            "initial",
            value=initial,
            rule="a finite number above zero is allowed",
            hint="pass the starting cash",
        )
    if len(curve) == 0:
        return np.empty(0)
    result = np.empty(len(curve) if initial is not None else len(curve) - 1)
    inner = result if initial is None else result[1:]
    if len(known) == len(curve) and float(known.min()) > 0.0:
        np.divide(curve[1:], curve[:-1], out=inner)
    else:
        inner.fill(math.nan)
        np.divide(curve[1:], curve[:-1], out=inner, where=curve[:-1] > 0.0)
    if initial is not None:
        result[0] = curve[0] / initial
    result -= 1.0
    return result


def log_returns(equity: ArrayLike, *, initial: float | None = None) -> FloatArray:
    """Return the log return of every period: ln(equity[t] / equity[t - 1]) = ln(1 + simple return).

    Parameters
    ----------
    equity : (n,) quote units at each bar close, or prices
    initial : what there was before the first bar; None takes the first bar as the start

    Returns
    -------
    (n,) float64, or (n - 1,) without `initial`
        A new array. NaN where either value is NaN or not above zero.

    Raises
    ------
    InvalidValue
        As `simple_returns`.
    """
    growth = simple_returns(equity, initial=initial)
    growth[growth <= -1.0] = math.nan
    return np.log1p(growth, out=growth)


def cumulative_returns(returns: ArrayLike, *, start: float = 1.0) -> FloatArray:
    """Compound simple returns into a curve: start * prod(1 + returns up to t).

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    start : value before the first period; 1.0 gives growth factors

    Returns
    -------
    (n,) float64
        A new array of the same length: a NaN return leaves the curve where it was.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity.
    """
    array = np.asarray(returns, dtype=np.float64)
    sample(array)
    curve = np.where(np.isnan(array), 1.0, 1.0 + array)
    np.multiply.accumulate(curve, out=curve)
    curve *= start
    return curve


def total_return(returns: ArrayLike) -> float:
    """Compounded return of all periods: prod(1 + returns) - 1.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions

    Returns
    -------
    float
        Fraction, not annualised; NaN when empty.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity.

    Notes
    -----
    NaN: dropped, which is the same as a period without change.
    """
    values = sample(returns)
    return float(np.multiply.reduce(1.0 + values)) - 1.0 if len(values) else math.nan


def cagr(returns: ArrayLike, *, periods_per_year: float) -> float:
    """Compound annual growth rate: (prod(1 + returns))^(P / n) - 1.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Fraction a year; -1.0 when one period lost everything or more, infinite where the power
        overflows, NaN when empty.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or P is not above zero.

    Notes
    -----
    NaN: dropped; n counts the rest, so time without data is not counted. Under a year of data this
    extrapolates: a good week becomes an absurd year.

    References
    ----------
    Bacon, C. (2008), "Practical Portfolio Performance Measurement and Attribution", 2nd ed., ch. 2.

    Examples
    --------
    >>> round(cagr([0.03, 0.03, 0.03], periods_per_year=1), 6)
    0.03
    """
    periods, values = checked_periods(periods_per_year), sample(returns)
    if len(values) == 0:
        return math.nan
    growth = 1.0 + values
    return annual_growth(growth, periods)


def annual_growth(growth: FloatArray, periods: float) -> float:
    """`cagr` of (n,) finite growth factors, n above zero, and checked periods per year."""
    if float(growth.min()) <= 0.0:
        return -1.0
    try:
        return math.expm1(log_growth(growth) * periods / len(growth))
    except OverflowError:
        return math.inf


def volatility(returns: ArrayLike, *, periods_per_year: float) -> float:
    """Annualised standard deviation: sqrt(P) * std(returns), ddof=1.

    Parameters
    ----------
    returns : (n,) returns per period, as fractions; simple or log, the answer is for the same kind
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions

    Returns
    -------
    float
        Fraction a year; NaN when n < 2, 0.0 when the spread is rounding noise.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional or holds an infinity, or P is not above zero.

    Notes
    -----
    NaN: dropped; n counts the rest. The square root of time holds for uncorrelated periods.

    References
    ----------
    Bacon, C. (2008), "Practical Portfolio Performance Measurement and Attribution", 2nd ed., ch. 4.
    """
    periods = checked_periods(periods_per_year)
    return math.sqrt(periods) * spread(sample(returns))


def stability(returns: ArrayLike) -> float:
    """R^2 of a straight line through the cumulative log returns: 1 is steady growth or decay.

    Parameters
    ----------
    returns : (n,) simple returns per period, as fractions

    Returns
    -------
    float
        0 to 1, not annualised; NaN when n < 2 or the curve is flat.

    Raises
    ------
    InvalidValue
        If `returns` is not one-dimensional, holds an infinity, or a loss of everything.

    Notes
    -----
    NaN: dropped. Squared Pearson correlation of cumsum(ln(1 + r)) with the row number.

    References
    ----------
    Definition of the open-source package empyrical, `stability_of_timeseries`.
    """
    values = sample(returns)
    if len(values) < 2:  # noqa: PLR2004
        return math.nan
    if float(values.min()) <= -1.0:
        raise InvalidValue(
            "returns",
            value=float(values.min()),
            rule="returns above -1 are allowed: a lost account has no logarithm",
            hint="cut the series before the loss of everything",
        )
    path = np.add.accumulate(np.log1p(values))
    path -= path.mean()
    rows = np.arange(len(path), dtype=np.float64)
    rows -= rows.mean()
    shared = float(path @ rows)
    return ratio(shared * shared, float(path @ path) * float(rows @ rows))
