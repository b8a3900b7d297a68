"""Every statistic of one run in one table, counted in few passes over the equity curve.

Laws: each number equals the public function of the same meaning; annual numbers use the periods per
year that were passed; what cannot be computed is NaN (or -1 for a count of bars), never zero.
Used by: backtest results, reports, stores, people in notebooks.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, fields
from typing import final

import numpy as np

from algotrendy.analytics import benchmark as against
from algotrendy.analytics import trades as trade
from algotrendy.analytics.drawdown import deepest_fall
from algotrendy.analytics.overfit import probabilistic_sharpe_ratio
from algotrendy.analytics.returns import simple_returns
from algotrendy.analytics.samples import (
    RETURN_RESOLUTION,
    checked_periods,
    paired,
    power,
    product_sum,
    ratio,
    sample,
)
from algotrendy.analytics.tail import low_quantile, moments, sample_shape
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["Metrics", "summarise"]

_TAIL = 0.05
_NO_FLOATS = np.empty(0)
_NO_INTS = np.empty(0, dtype=np.int64)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Statistics of one run; fractions, not percent; formulas in docs/reference/metrics.md.

    Parameters
    ----------
    bars : number of known equity values
    years : bars over periods per year
    initial_equity, final_equity : quote units
    total_return : fraction
    cagr : fraction a year, compounded
    volatility : fraction a year, ddof=1
    sharpe, sortino : annualised, over the risk-free rate
    calmar : cagr over the size of max_drawdown
    omega : gains over losses of the bar returns, threshold 0
    max_drawdown : fraction at or below zero
    max_drawdown_bars : most bars in a row below the peak
    recovery_bars : bars from the deepest point back to the old peak, -1 when not yet or nothing fell
    value_at_risk, expected_shortfall : returns per bar, worst 5 %
    tail_ratio : 95 % quantile over 5 % quantile, sizes
    skewness, kurtosis : of bar returns, corrected for the sample size; kurtosis is 0 for a normal
    probabilistic_sharpe : probability that the true Sharpe ratio is above zero
    exposure : share of bars with a position
    turnover : value traded a year over mean equity, both sides
    n_trades : closed trades
    win_rate, profit_factor, sqn, kelly : as in analytics.trades
    expectancy, average_win, average_loss : quote units a trade
    expectancy_fraction, best_trade, worst_trade : returns of trades, fractions
    average_bars_held, max_bars_held : bars
    benchmark_return : fraction, last price over first, minus one
    alpha : fraction a year; beta : dimensionless
    information_ratio : annualised
    up_capture, down_capture : dimensionless, mean growth a bar over the bars in question
    """

    bars: int
    years: float
    initial_equity: float
    final_equity: float
    total_return: float
    cagr: float
    volatility: float
    sharpe: float
    sortino: float
    calmar: float
    omega: float
    max_drawdown: float
    max_drawdown_bars: int
    recovery_bars: int
    value_at_risk: float
    expected_shortfall: float
    tail_ratio: float
    skewness: float
    kurtosis: float
    probabilistic_sharpe: float
    exposure: float
    turnover: float
    n_trades: int
    win_rate: float
    profit_factor: float
    expectancy: float
    expectancy_fraction: float
    average_win: float
    average_loss: float
    best_trade: float
    worst_trade: float
    sqn: float
    kelly: float
    average_bars_held: float
    max_bars_held: int
    benchmark_return: float
    alpha: float
    beta: float
    information_ratio: float
    up_capture: float
    down_capture: float

    def as_dict(self) -> dict[str, float | int]:
        """The statistics by name, in the order of the table."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        rows = [(name.replace("_", " "), _text(name, x)) for name, x in self.as_dict().items()]
        left, right = (max(len(row[i]) for row in rows) for i in (0, 1))
        return "\n".join(f"{name:<{left}}  {value:>{right}}" for name, value in rows)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name.replace('_', ' '))}</th>"
            f"<td style='text-align:right'>{html.escape(_text(name, value))}</td></tr>"
            for name, value in self.as_dict().items()
        )
        return f"<table><tbody>{rows}</tbody></table>"


_PERCENT = frozenset(
    {
        "total_return", "cagr", "volatility", "max_drawdown", "value_at_risk", "expected_shortfall",
        "probabilistic_sharpe", "exposure", "win_rate", "expectancy_fraction", "best_trade",
        "worst_trade", "kelly", "benchmark_return", "alpha",
    }
)  # fmt: skip


def _text(name: str, value: float) -> str:
    """One value for people: percent for fractions, a dash for what is not known."""
    if isinstance(value, int):
        return "-" if value < 0 else f"{value:,}"
    if math.isnan(value):
        return "-"
    return (
        f"{value:,.2%}"
        if name in _PERCENT
        else f"{value:,.4g}"
        if abs(value) < 1e4
        else f"{value:,.2f}"
    )


def summarise(  # noqa: PLR0913
    equity: FloatArray,
    *,
    initial: float,
    periods_per_year: float,
    trade_pnl: FloatArray = _NO_FLOATS,
    trade_returns: FloatArray = _NO_FLOATS,
    trade_bars: IntArray = _NO_INTS,
    exposed_bars: int = 0,
    traded_value: float = 0.0,
    benchmark: FloatArray | None = None,
    risk_free: float = 0.0,
) -> Metrics:
    """Compute every statistic of one run.

    Parameters
    ----------
    equity : (n,) quote units at each bar close
    initial : starting cash: the base of the first return and the first peak
    periods_per_year : 365 for daily crypto bars, 252 for US sessions
    trade_pnl : (m,) quote units of each closed trade, after costs
    trade_returns : (m,) return of each closed trade, fraction
    trade_bars : (m,) bars each closed trade was held
    exposed_bars : bars with an open position
    traded_value : quote units bought and sold
    benchmark : (n,) prices at the same closes, None for no benchmark
    risk_free : annual rate, as a fraction

    Returns
    -------
    Metrics
        Benchmark statistics leave out the first bar, whose benchmark return is unknown.

    Raises
    ------
    InvalidValue
        If an array is not one-dimensional or holds an infinity, `benchmark` has another length,
        or `initial` or `periods_per_year` is not above zero.

    Notes
    -----
    NaN: dropped from equity, with its benchmark price, and from trades; `bars` counts the rest.
    """
    periods = checked_periods(periods_per_year)
    curve = sample(equity, "equity")
    if benchmark is not None:
        benchmark = _aligned(np.asarray(equity, np.float64), benchmark, len(curve))
    returns = simple_returns(curve, initial=initial)
    known = sample(returns)
    fall = deepest_fall(curve, initial=initial)
    bars = len(curve)
    final_equity = float(curve[-1]) if bars else math.nan
    growth = final_equity / initial
    cagr = power(growth, periods / len(known)) - 1.0 if len(known) else math.nan
    return Metrics(
        bars=bars,
        years=bars / periods,
        initial_equity=float(initial),
        final_equity=final_equity,
        total_return=growth - 1.0,
        cagr=cagr,
        calmar=ratio(cagr, abs(fall.depth)),
        max_drawdown=fall.depth,
        max_drawdown_bars=fall.duration_bars,
        recovery_bars=fall.recovery_bars,
        exposure=trade.exposure(exposed_bars, bars),
        turnover=trade.turnover(traded_value, curve, periods_per_year=periods),
        **_reward(known, periods, risk_free),
        **_tails(known),
        **_trades(trade_pnl, trade_returns),
        n_trades=len(trade_pnl),
        average_bars_held=float(trade_bars.mean()) if len(trade_bars) else math.nan,
        max_bars_held=int(trade_bars.max()) if len(trade_bars) else -1,
        **_against(returns, benchmark, periods, risk_free),
    )


def _aligned(equity: FloatArray, benchmark: FloatArray, known: int) -> FloatArray:
    """The benchmark prices of the known equity rows; refuses another length."""
    prices = np.asarray(benchmark, dtype=np.float64)
    if prices.shape != equity.shape:
        raise InvalidValue(
            "benchmark",
            value=prices.shape,
            rule=f"the shape of the equity {equity.shape} is allowed",
            hint="pass one price for each bar",
        )
    return prices if known == len(equity) else prices[~np.isnan(equity)]


def _reward(returns: FloatArray, periods: float, risk_free: float) -> dict[str, float]:
    """Volatility, ratios and shape from one centred copy of the returns."""
    n, free = len(returns), risk_free / periods
    below = np.minimum(returns, 0.0)
    omega = ratio(float((returns - below).sum()), -float(below.sum()))
    if n < 2:  # noqa: PLR2004
        names = ("volatility", "sharpe", "sortino", "skewness", "kurtosis", "probabilistic_sharpe")
        return {**dict.fromkeys(names, math.nan), "omega": omega}
    mean = float(returns.sum()) / n
    noise = RETURN_RESOLUTION * max(1.0, abs(mean))
    second, skew, kurt = moments(returns - mean, resolution=noise)
    deviation = math.sqrt(second * n / (n - 1))
    deviation = deviation if deviation > noise else 0.0
    top = mean - free
    if deviation == 0.0 and abs(top) <= RETURN_RESOLUTION:
        top = 0.0
    if free:
        below = np.minimum(returns - free, 0.0)
    sharpe = ratio(top, deviation)
    corrected_skew, corrected_kurt = sample_shape(skew, kurt, n)
    return {
        "volatility": math.sqrt(periods) * deviation,
        "sharpe": math.sqrt(periods) * sharpe,
        "sortino": math.sqrt(periods)
        * ratio(mean - free, math.sqrt(product_sum(below, below) / n)),
        "omega": omega,
        "skewness": corrected_skew,
        "kurtosis": corrected_kurt,
        "probabilistic_sharpe": float(
            probabilistic_sharpe_ratio(sharpe, n=n, skewness=skew, kurtosis=kurt)
        ),
    }


def _tails(returns: FloatArray) -> dict[str, float]:
    if len(returns) == 0:
        return dict.fromkeys(("value_at_risk", "expected_shortfall", "tail_ratio"), math.nan)
    low, worst = low_quantile(returns, _TAIL)
    high, _ = low_quantile(-returns, _TAIL)
    return {
        "value_at_risk": low,
        "expected_shortfall": float(worst.mean()),
        "tail_ratio": ratio(abs(high), abs(low)),
    }


def _trades(pnl: FloatArray, returns: FloatArray) -> dict[str, float]:
    return {
        "win_rate": trade.win_rate(pnl),
        "profit_factor": trade.profit_factor(pnl),
        "expectancy": trade.expectancy(pnl),
        "expectancy_fraction": trade.expectancy(returns),
        "average_win": trade.average_win(pnl),
        "average_loss": trade.average_loss(pnl),
        "best_trade": trade.best_trade(returns),
        "worst_trade": trade.worst_trade(returns),
        "sqn": trade.sqn(pnl),
        "kelly": trade.kelly_fraction(pnl),
    }


def _against(
    returns: FloatArray, prices: FloatArray | None, periods: float, risk_free: float
) -> dict[str, float]:
    """Benchmark statistics; the first bar is left out, its benchmark return is unknown."""
    names = (
        "benchmark_return", "alpha", "beta", "information_ratio", "up_capture", "down_capture",
    )  # fmt: skip
    if prices is None or len(prices) == 0:
        return dict.fromkeys(names, math.nan)
    left, right = paired(returns[1:], simple_returns(prices))
    slope = against.beta(left, right)
    ends = sample(prices, "benchmark")
    return {
        "benchmark_return": float(ends[-1]) / float(ends[0]) - 1.0 if len(ends) else math.nan,
        "alpha": against.alpha(left, right, periods_per_year=periods, risk_free=risk_free),
        "beta": slope,
        "information_ratio": against.information_ratio(left, right, periods_per_year=periods),
        "up_capture": against.up_capture(left, right, periods_per_year=1),
        "down_capture": against.down_capture(left, right, periods_per_year=1),
    }
