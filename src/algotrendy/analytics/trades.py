"""Statistics of closed trades: how often, how much, how evenly.

Laws: a trade wins above zero and loses below it, after costs; a trade that broke even counts in the
number of trades and is neither; open trades are left out by the caller.
Used by: summary.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.samples import checked_periods, ratio, sample, spread
from algotrendy.model.arrays import FloatArray

__all__ = [
    "average_loss",
    "average_win",
    "best_trade",
    "expectancy",
    "exposure",
    "kelly_fraction",
    "payoff_ratio",
    "profit_factor",
    "sqn",
    "turnover",
    "win_rate",
    "worst_trade",
]


def _mean(values: FloatArray) -> float:
    return float(values.sum()) / len(values) if len(values) else math.nan


def win_rate(pnl: ArrayLike) -> float:
    """Share of trades that made money: count(pnl > 0) / n.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; any unit

    Returns
    -------
    float
        0 to 1; NaN without trades. NaN trades are dropped.

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.
    """
    values = sample(pnl, "pnl")
    return ratio(float(np.count_nonzero(values > 0.0)), float(len(values)))


def profit_factor(pnl: ArrayLike) -> float:
    """Gross profit over gross loss: sum(pnl > 0) / -sum(pnl < 0).

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs, quote units

    Returns
    -------
    float
        Dimensionless, 1 is break-even. NaN without a win or a loss, infinite without a loss. NaN
        trades are dropped.

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.

    References
    ----------
    Schwager, J. (1996), "Technical Analysis", chapter on measuring performance.
    """
    values = sample(pnl, "pnl")
    lost = np.minimum(values, 0.0)
    return ratio(float((values - lost).sum()), -float(lost.sum()))


def expectancy(pnl: ArrayLike) -> float:
    """Mean profit and loss of a trade, in the unit of `pnl`.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; quote units or fractions

    Returns
    -------
    float
        Same unit; NaN without trades. NaN trades are dropped.

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.

    Notes
    -----
    Equal to win_rate * average_win + loss rate * average_loss.

    References
    ----------
    Tharp, V. (2007), "Trade Your Way to Financial Freedom", 2nd ed., chapter 7.
    """
    return _mean(sample(pnl, "pnl"))


def sqn(pnl: ArrayLike) -> float:
    """System quality number: sqrt(m) * mean(pnl) / std(pnl), ddof=1.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; any unit

    Returns
    -------
    float
        Dimensionless, not annualised and not capped at 100 trades. NaN for fewer than two trades or
        0/0, infinite when all trades are alike. NaN trades are dropped.

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.

    Notes
    -----
    This is the t statistic of the mean trade.

    References
    ----------
    Tharp, V. (2008), "The Definitive Guide to Position Sizing", chapter 2.
    """
    values = sample(pnl, "pnl")
    if len(values) < 2:  # noqa: PLR2004
        return math.nan
    return math.sqrt(len(values)) * ratio(_mean(values), spread(values, resolution=0.0))


def average_win(pnl: ArrayLike) -> float:
    """Mean of the trades above zero, in the unit of `pnl`; NaN without one.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; NaN is dropped

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.
    """
    values = sample(pnl, "pnl")
    return _mean(values[values > 0.0])


def average_loss(pnl: ArrayLike) -> float:
    """Mean of the trades below zero, a negative number in the unit of `pnl`; NaN without one.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; NaN is dropped

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.
    """
    values = sample(pnl, "pnl")
    return _mean(values[values < 0.0])


def payoff_ratio(pnl: ArrayLike) -> float:
    """Average win over the size of the average loss; NaN without a win or without a loss.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; NaN is dropped

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.
    """
    return ratio(average_win(pnl), -average_loss(pnl))


def kelly_fraction(pnl: ArrayLike) -> float:
    """Kelly bet of a two-outcome game with this win rate and payoff: W - (1 - W) / R.

    Parameters
    ----------
    pnl : (m,) profit and loss of each closed trade, after costs; NaN is dropped

    Returns
    -------
    float
        Fraction; below zero when the trades lose on average. NaN without a win or without a loss.

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.

    Notes
    -----
    W is `win_rate`, R is `payoff_ratio`. It assumes every win and every loss is the average one,
    and past odds that hold: a full Kelly bet on estimated odds is too large.

    References
    ----------
    Kelly, J. (1956), "A New Interpretation of Information Rate", Bell System Technical J. 35(4).
    """
    won = win_rate(pnl)
    return won - ratio(1.0 - won, payoff_ratio(pnl))


def best_trade(pnl: ArrayLike) -> float:
    """Largest trade, in the unit of `pnl`; NaN without trades.

    Parameters
    ----------
    pnl : (m,) profit and loss, or return, of each closed trade; NaN is dropped

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.
    """
    values = sample(pnl, "pnl")
    return float(values.max()) if len(values) else math.nan


def worst_trade(pnl: ArrayLike) -> float:
    """Smallest trade, in the unit of `pnl`; NaN without trades.

    Parameters
    ----------
    pnl : (m,) profit and loss, or return, of each closed trade; NaN is dropped

    Raises
    ------
    InvalidValue
        If `pnl` is not one-dimensional or holds an infinity.
    """
    values = sample(pnl, "pnl")
    return float(values.min()) if len(values) else math.nan


def exposure(exposed_bars: int, bars: int) -> float:
    """Share of the bars with an open position: exposed_bars / bars; NaN without bars."""
    return ratio(float(exposed_bars), float(bars)) if bars else math.nan


def turnover(traded_value: float, equity: ArrayLike, *, periods_per_year: float) -> float:
    """Value traded in a year over the mean equity: traded / mean(equity) * P / n.

    Parameters
    ----------
    traded_value : quote units bought and sold, both sides counted
    equity : (n,) quote units at each bar close; NaN is dropped
    periods_per_year : P

    Returns
    -------
    float
        Times a year, both sides: buying and selling the whole account once a year is 2. NaN for an
        empty curve.

    Raises
    ------
    InvalidValue
        If `equity` is not one-dimensional or holds an infinity, or P is not above zero.
    """
    curve, periods = sample(equity, "equity"), checked_periods(periods_per_year)
    if len(curve) == 0:
        return math.nan
    return ratio(traded_value, _mean(curve)) * periods / len(curve)
