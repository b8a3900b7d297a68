"""How far to trust a Sharpe ratio: its own error, the trials before it, the track record it needs.

Laws: Sharpe ratios here are per period, never annualised; kurtosis is the full fourth moment, 3 for
a normal; a best of many is never shown without the number of trials.
Used by: summary, sweep results, walk-forward.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray

__all__ = [
    "deflated_sharpe_ratio",
    "expected_maximum_sharpe",
    "minimum_backtest_length",
    "minimum_track_record_length",
    "normal_cdf",
    "normal_quantile",
    "probabilistic_sharpe_ratio",
    "sharpe_ratio_deviation",
]

_EULER = 0.5772156649015329
_NORMAL = NormalDist()
_cdf = np.frompyfunc(lambda z: 0.5 * math.erfc(-z / math.sqrt(2.0)), 1, 1)
_quantile = np.frompyfunc(
    lambda p: _NORMAL.inv_cdf(p) if 0.0 < p < 1.0 else math.copysign(math.inf, p - 0.5), 1, 1
)


def normal_cdf(z: ArrayLike) -> FloatArray:
    """Return the standard normal distribution function erfc(-z / sqrt(2)) / 2; NaN stays NaN."""
    return np.asarray(_cdf(np.asarray(z, dtype=np.float64)), dtype=np.float64)


def normal_quantile(p: ArrayLike) -> FloatArray:
    """Invert `normal_cdf`, elementwise; infinite at 0 and 1.

    Raises
    ------
    InvalidValue
        If a probability is outside 0 to 1 or NaN.
    """
    values = np.asarray(p, dtype=np.float64)
    if not bool(((values >= 0.0) & (values <= 1.0)).all()):
        raise InvalidValue("p", value=p, rule="0 to 1 is allowed", hint="pass probabilities")
    return np.asarray(_quantile(values), dtype=np.float64)


def sharpe_ratio_deviation(
    sharpe: ArrayLike, *, n: ArrayLike, skewness: ArrayLike = 0.0, kurtosis: ArrayLike = 3.0
) -> FloatArray:
    """Return the standard deviation of an estimated Sharpe ratio.

    Parameters
    ----------
    sharpe : Sharpe ratio per period (annualised / sqrt(P))
    n : number of returns it was estimated from, 2 or more
    skewness, kurtosis : of the returns, divisor n; kurtosis is 3 for a normal

    Returns
    -------
    float64 array, the broadcast shape
        sqrt((1 - skewness * SR + (kurtosis - 1) / 4 * SR^2) / (n - 1)); NaN where n < 2, an input
        is NaN, or the bracket is below zero (no distribution has such moments).

    References
    ----------
    Mertens, E. (2002), "Comments on variance of the IID estimator in Lo (2002)"; Bailey, D. and
    Lopez de Prado, M. (2012), "The Sharpe Ratio Efficient Frontier", J. of Risk 15(2).
    """
    ratio_, skew, kurt = (np.asarray(x, dtype=np.float64) for x in (sharpe, skewness, kurtosis))
    count = np.asarray(n, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        bracket = 1.0 - skew * ratio_ + (kurt - 1.0) / 4.0 * ratio_ * ratio_
        variance = bracket / np.where(count >= 2.0, count - 1.0, math.nan)  # noqa: PLR2004
        return np.asarray(np.sqrt(variance), dtype=np.float64)


def probabilistic_sharpe_ratio(
    sharpe: ArrayLike,
    *,
    n: ArrayLike,
    benchmark: ArrayLike = 0.0,
    skewness: ArrayLike = 0.0,
    kurtosis: ArrayLike = 3.0,
) -> FloatArray:
    """Probability that the true Sharpe ratio is above `benchmark`.

    Parameters
    ----------
    sharpe : estimated Sharpe ratio per period (annualised / sqrt(P))
    n : number of returns it was estimated from
    benchmark : Sharpe ratio per period to beat
    skewness, kurtosis : of the returns, divisor n; kurtosis is 3 for a normal

    Returns
    -------
    float64 array, the broadcast shape
        0 to 1: normal_cdf((SR - benchmark) / sharpe_ratio_deviation). NaN where the deviation is.

    References
    ----------
    Bailey, D. and Lopez de Prado, M. (2012), "The Sharpe Ratio Efficient Frontier", J. of Risk
    15(2), equation 11.

    Examples
    --------
    >>> float(probabilistic_sharpe_ratio(0.458, n=24, skewness=-2.448, kurtosis=10.164).round(3))
    0.913
    """
    deviation = sharpe_ratio_deviation(sharpe, n=n, skewness=skewness, kurtosis=kurtosis)
    above = np.asarray(sharpe, dtype=np.float64) - np.asarray(benchmark, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return normal_cdf(above / deviation)


def expected_maximum_sharpe(n_trials: ArrayLike, *, variance: ArrayLike) -> FloatArray:
    """Sharpe ratio that the best of `n_trials` worthless strategies is expected to show.

    Parameters
    ----------
    n_trials : number of independent trials, 1 or more; need not be whole
    variance : variance of the trials' Sharpe ratios, in the same unit squared (per period)

    Returns
    -------
    float64 array, the broadcast shape
        sqrt(variance) * ((1 - g) * z(1 - 1/N) + g * z(1 - 1/(N e))), g the Euler constant and z the
        normal quantile; 0 for one trial.

    Raises
    ------
    InvalidValue
        If a number of trials is below 1 or a variance below zero, or either is NaN.

    References
    ----------
    Bailey, D. and Lopez de Prado, M. (2014), "The Deflated Sharpe Ratio", J. of Portfolio
    Management 40(5), equation 1.
    """
    trials, spread = np.asarray(n_trials, np.float64), np.asarray(variance, np.float64)
    if not bool((trials >= 1.0).all()):
        raise InvalidValue(
            "n_trials",
            value=n_trials,
            rule="1 or more is allowed",
            hint="count every variant tried",
        )
    if not bool((spread >= 0.0).all()):
        raise InvalidValue(
            "variance", value=variance, rule="0 or more is allowed", hint="np.var(sharpes, ddof=1)"
        )
    many = np.maximum(trials, 1.0 + 1e-9)
    low, high = normal_quantile(1.0 - 1.0 / many), normal_quantile(1.0 - 1.0 / (many * math.e))
    best = np.where(trials > 1.0, (1.0 - _EULER) * low + _EULER * high, 0.0)
    return np.asarray(np.sqrt(spread) * best, dtype=np.float64)


def deflated_sharpe_ratio(
    sharpe: ArrayLike,
    *,
    n: ArrayLike,
    n_trials: ArrayLike,
    variance: ArrayLike,
    skewness: ArrayLike = 0.0,
    kurtosis: ArrayLike = 3.0,
) -> FloatArray:
    """Probability that the best of many trials has a true Sharpe ratio above zero.

    Parameters
    ----------
    sharpe : Sharpe ratio per period of the chosen trial
    n : number of returns it was estimated from
    n_trials : number of independent trials it was chosen from
    variance : variance of the trials' Sharpe ratios, per period squared
    skewness, kurtosis : of the chosen trial's returns, divisor n; kurtosis is 3 for a normal

    Returns
    -------
    float64 array, the broadcast shape
        `probabilistic_sharpe_ratio` against `expected_maximum_sharpe`; equal to it against 0 for
        one trial.

    Raises
    ------
    InvalidValue
        As `expected_maximum_sharpe`.

    Notes
    -----
    Variants of one idea are correlated, so counting them all is strict: the effective number of
    independent trials is smaller.

    References
    ----------
    Bailey, D. and Lopez de Prado, M. (2014), "The Deflated Sharpe Ratio", J. of Portfolio
    Management 40(5), equation 2.
    """
    return probabilistic_sharpe_ratio(
        sharpe,
        n=n,
        benchmark=expected_maximum_sharpe(n_trials, variance=variance),
        skewness=skewness,
        kurtosis=kurtosis,
    )


def minimum_track_record_length(
    sharpe: ArrayLike,
    *,
    benchmark: ArrayLike = 0.0,
    confidence: ArrayLike = 0.95,
    skewness: ArrayLike = 0.0,
    kurtosis: ArrayLike = 3.0,
) -> FloatArray:
    """Return how many returns the Sharpe ratio needs to beat `benchmark` with `confidence`.

    Parameters
    ----------
    sharpe : estimated Sharpe ratio per period
    benchmark : Sharpe ratio per period to beat
    confidence : wanted probability, 0.5 to 1
    skewness, kurtosis : of the returns, divisor n; kurtosis is 3 for a normal

    Returns
    -------
    float64 array, the broadcast shape
        Periods, not rounded up: 1 + (1 - skewness SR + (kurtosis - 1) / 4 SR^2)
        * (z(confidence) / (SR - benchmark))^2; infinite where SR is not above the benchmark.

    Raises
    ------
    InvalidValue
        If a confidence is outside 0.5 to 1.

    Notes
    -----
    With n set to it, `probabilistic_sharpe_ratio` is exactly the confidence.

    References
    ----------
    Bailey, D. and Lopez de Prado, M. (2012), "The Sharpe Ratio Efficient Frontier", J. of Risk
    15(2), equation 13.
    """
    wanted = np.asarray(confidence, dtype=np.float64)
    if not bool(((wanted >= 0.5) & (wanted < 1.0)).all()):  # noqa: PLR2004
        raise InvalidValue(
            "confidence", value=confidence, rule="0.5 up to below 1 is allowed", hint="try 0.95"
        )
    ratio_ = np.asarray(sharpe, dtype=np.float64)
    above = ratio_ - np.asarray(benchmark, dtype=np.float64)
    one = sharpe_ratio_deviation(ratio_, n=2.0, skewness=skewness, kurtosis=kurtosis)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = 1.0 + (one * normal_quantile(wanted) / above) ** 2
    needed = np.where(above > 0.0, needed, math.inf)
    return np.asarray(np.where(np.isnan(one), math.nan, needed), dtype=np.float64)


def minimum_backtest_length(n_trials: ArrayLike, *, sharpe: ArrayLike = 1.0) -> FloatArray:
    """Years of data below which the best of `n_trials` worthless strategies shows `sharpe`.

    Parameters
    ----------
    n_trials : number of independent trials
    sharpe : annualised Sharpe ratio that the best is not to reach by luck, above zero

    Returns
    -------
    float64 array, the broadcast shape
        Years: (expected_maximum_sharpe(N, variance=1) / sharpe)^2; 0 for one trial.

    Raises
    ------
    InvalidValue
        If a number of trials is below 1 or a Sharpe ratio is not above zero.

    References
    ----------
    Bailey, D., Borwein, J., Lopez de Prado, M. and Zhu, Q. (2014), "Pseudo-Mathematics and
    Financial Charlatanism", Notices of the AMS 61(5), theorem 1.
    """
    wanted = np.asarray(sharpe, dtype=np.float64)
    if not bool((wanted > 0.0).all()):
        raise InvalidValue("sharpe", value=sharpe, rule="above 0 is allowed", hint="try 1.0")
    return np.asarray((expected_maximum_sharpe(n_trials, variance=1.0) / wanted) ** 2, np.float64)
