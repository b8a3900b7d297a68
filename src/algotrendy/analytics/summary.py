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

from algotrendy.analytics import benchmark as versus
from algotrendy.analytics import trades as trade
from algotrendy.analytics.drawdown import deepest_fall
from algotrendy.analytics.overfit import probabilistic_sharpe_ratio
from algotrendy.analytics.passes import pair_sums, return_sums
from algotrendy.analytics.ratios import omega_ratio, sharpe_ratio, sortino_ratio
from algotrendy.analytics.returns import simple_returns, volatility
from algotrendy.analytics.samples import (
    RETURN_RESOLUTION,
    checked_periods,
    power,
    ratio,
    sample,
)
from algotrendy.analytics.tail import (
    expected_shortfall,
    kurtosis,
    low_quantile,
    quantile_of_tail,
    sample_shape,
    shape_of_sums,
    skewness,
    tail_ratio,
    value_at_risk,
)
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["Metrics", "summarise"]

_TAIL = 0.05
_AGAINST = ("benchmark_return", "alpha", "beta", "information_ratio", "up_capture", "down_capture")
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
    recovery_bars : bars from the deepest point back to the old peak, -1 when not yet or no fall
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
        """Return the statistics by name, in the order of the table."""
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


_MONEY = frozenset(
    {"initial_equity", "final_equity", "expectancy", "average_win", "average_loss"}
)  # fmt: skip


def _text(name: str, value: float) -> str:
    """One value for people: percent for fractions, a dash for what is not known."""
    if isinstance(value, int):
        return "-" if value < 0 else f"{value:,}"
    if math.isnan(value):
        return "-"
    if name in _PERCENT:
        return f"{value:,.2%}"
    return f"{value:,.2f}" if name in _MONEY else f"{value:,.4g}"


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
    values = np.ascontiguousarray(equity, dtype=np.float64)
    curve = sample(values, "equity")
    prices = None if benchmark is None else _aligned(values, benchmark, len(curve))
    fall = deepest_fall(curve, initial=initial)
    bars = len(curve)
    final_equity = float(curve[-1]) if bars else math.nan
    growth = final_equity / initial
    cagr = power(growth, periods / bars) - 1.0 if bars else math.nan
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
        **_reward(curve, float(initial), periods, risk_free),
        **_trades(trade_pnl, trade_returns),
        n_trades=len(trade_pnl),
        average_bars_held=float(trade_bars.mean()) if len(trade_bars) else math.nan,
        max_bars_held=int(trade_bars.max()) if len(trade_bars) else -1,
        **_against(curve, float(initial), prices, periods, risk_free),
    )


def _aligned(equity: FloatArray, benchmark: FloatArray, known: int) -> FloatArray:
    """Return the benchmark prices of the known equity rows; refuse another length."""
    prices = np.asarray(benchmark, dtype=np.float64)
    if prices.shape != equity.shape:
        raise InvalidValue(
            "benchmark",
            value=prices.shape,
            rule=f"the shape of the equity {equity.shape} is allowed",
            hint="pass one price for each bar",
        )
    return prices if known == len(equity) else prices[~np.isnan(equity)]


def _reward(
    curve: FloatArray, initial: float, periods: float, risk_free: float
) -> dict[str, float]:
    """Volatility, ratios, shape and tails of the bar returns."""
    if len(curve) < 2 or float(curve.min()) <= 0.0:  # noqa: PLR2004
        return _reward_slowly(curve, initial, periods, risk_free)
    free = risk_free / periods
    sums = return_sums(curve, initial=initial, free=free, cutoff=_TAIL)
    n, mean = sums.n, sums.mean
    noise = RETURN_RESOLUTION * max(1.0, abs(mean))
    second, skew, kurt = shape_of_sums(n, sums.powers, resolution=noise)
    deviation = math.sqrt(max(second, 0.0) * n / (n - 1))
    deviation = deviation if deviation > noise else 0.0
    top = mean - free
    sharpe = math.nan if deviation == 0.0 and abs(top) <= noise else ratio(top, deviation)
    corrected_skew, corrected_kurt = sample_shape(skew, kurt, n)
    low = quantile_of_tail(sums.low, _TAIL, n)
    high = quantile_of_tail(-sums.high, _TAIL, n)
    if low is None or high is None:
        returns = simple_returns(curve, initial=initial)
        low, high = low_quantile(returns, _TAIL), low_quantile(returns, _TAIL, upper=True)
    return {
        "volatility": math.sqrt(periods) * deviation,
        "sharpe": math.sqrt(periods) * sharpe,
        "sortino": math.sqrt(periods) * ratio(top, math.sqrt(sums.below / n)),
        "omega": ratio(max(mean * n - sums.lost, 0.0), -sums.lost),
        "skewness": corrected_skew,
        "kurtosis": corrected_kurt,
        "probabilistic_sharpe": float(
            probabilistic_sharpe_ratio(sharpe, n=n, skewness=skew, kurtosis=kurt)
        ),
        "value_at_risk": low[0],
        "expected_shortfall": float(low[1].mean()),
        "tail_ratio": ratio(abs(high[0]), abs(low[0])),
    }


def _reward_slowly(
    curve: FloatArray, initial: float, periods: float, risk_free: float
) -> dict[str, float]:
    """Compute the same by the public functions: for empty curves and for ruin."""
    returns = sample(simple_returns(curve, initial=initial))
    sharpe = sharpe_ratio(returns, periods_per_year=1, risk_free=risk_free / periods)
    skew = skewness(returns, bias_corrected=False)
    kurt = kurtosis(returns, bias_corrected=False) + 3.0
    return {
        "volatility": volatility(returns, periods_per_year=periods),
        "sharpe": math.sqrt(periods) * sharpe,
        "sortino": sortino_ratio(returns, periods_per_year=periods, target=risk_free),
        "omega": omega_ratio(returns),
        "skewness": skewness(returns),
        "kurtosis": kurtosis(returns),
        "probabilistic_sharpe": float(
            probabilistic_sharpe_ratio(sharpe, n=len(returns), skewness=skew, kurtosis=kurt)
        ),
        "value_at_risk": value_at_risk(returns, cutoff=_TAIL),
        "expected_shortfall": expected_shortfall(returns, cutoff=_TAIL),
        "tail_ratio": tail_ratio(returns, cutoff=_TAIL),
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
    curve: FloatArray,
    initial: float,
    prices: FloatArray | None,
    periods: float,
    risk_free: float,
) -> dict[str, float]:
    """Benchmark statistics; the first bar is left out, its benchmark return is unknown."""
    if prices is None:
        return dict.fromkeys(_AGAINST, math.nan)
    known = sample(prices, "benchmark")
    if len(known) < max(len(curve), 3) or min(float(curve.min()), float(known.min())) <= 0.0:
        return _against_slowly(curve, initial, prices, periods, risk_free)
    sums = pair_sums(curve, prices)
    n, free = sums.n, risk_free / periods
    active = sums.own_mean - sums.market_mean
    noise = RETURN_RESOLUTION * max(1.0, abs(sums.market_mean))
    varies = math.sqrt(max(sums.market_square, 0.0) / (n - 1)) > noise
    slope = sums.shared / sums.market_square if varies else math.nan
    error = math.sqrt(max(sums.active_square, 0.0) / (n - 1))
    noise = RETURN_RESOLUTION * max(1.0, abs(active))
    error = error if error > noise else 0.0
    still = error == 0.0 and abs(active) <= noise
    up, down = (
        ratio(math.expm1(own / count), math.expm1(market / count)) if count else math.nan
        for own, market, count in zip(sums.logs[::2], sums.logs[1::2], sums.counts, strict=True)
    )
    return {
        "benchmark_return": float(known[-1]) / float(known[0]) - 1.0,
        "alpha": periods * (sums.own_mean - free - slope * (sums.market_mean - free)),
        "beta": slope,
        "information_ratio": math.nan if still else math.sqrt(periods) * ratio(active, error),
        "up_capture": up,
        "down_capture": down,
    }


def _against_slowly(
    curve: FloatArray, initial: float, prices: FloatArray, periods: float, risk_free: float
) -> dict[str, float]:
    """Compute the same by the public functions: for short curves, gaps and ruin."""
    known = sample(prices, "benchmark")
    own, market = simple_returns(curve, initial=initial)[1:], simple_returns(prices)
    return {
        "benchmark_return": float(known[-1]) / float(known[0]) - 1.0 if len(known) else math.nan,
        "alpha": versus.alpha(own, market, periods_per_year=periods, risk_free=risk_free),
        "beta": versus.beta(own, market),
        "information_ratio": versus.information_ratio(own, market, periods_per_year=periods),
        "up_capture": versus.up_capture(own, market, periods_per_year=1),
        "down_capture": versus.down_capture(own, market, periods_per_year=1),
    }
