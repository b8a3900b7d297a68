"""How each statistic is called and written.

Laws: a statistic that is not listed here is shown under its own name, never dropped.
Used by: the report, notebook views.
"""

from __future__ import annotations

import math

from algotrendy.plotting.numerals import UNKNOWN, shown

__all__ = ["metric_kind", "metric_label", "metric_text"]

_LABELS = {
    "cagr": "Annual return (CAGR)",
    "volatility": "Annual volatility",
    "sharpe": "Sharpe ratio",
    "sortino": "Sortino ratio",
    "calmar": "Calmar ratio",
    "omega": "Omega ratio",
    "max_drawdown": "Maximum drawdown",
    "max_drawdown_bars": "Longest drawdown, bars",
    "recovery_bars": "Recovery, bars",
    "value_at_risk": "Value at risk, a bar, 5%",
    "expected_shortfall": "Expected shortfall, a bar, 5%",
    "probabilistic_sharpe": "Probabilistic Sharpe ratio",
    "turnover": "Turnover a year",
    "n_trades": "Closed trades",
    "expectancy": "Expectancy a trade",
    "expectancy_fraction": "Mean return a trade",
    "sqn": "System quality number",
    "kelly": "Kelly fraction",
    "average_bars_held": "Mean holding, bars",
    "max_bars_held": "Longest holding, bars",
    "benchmark_return": "Buy and hold return",
    "alpha": "Alpha a year",
}
_KINDS = {
    **dict.fromkeys(
        (
            "total_return",
            "cagr",
            "benchmark_return",
            "alpha",
            "expectancy_fraction",
            "best_trade",
            "worst_trade",
            "test_return",
        ),
        "signed",
    ),
    **dict.fromkeys(
        (
            "volatility",
            "max_drawdown",
            "value_at_risk",
            "expected_shortfall",
            "probabilistic_sharpe",
            "exposure",
            "win_rate",
            "kelly",
            "deflated_sharpe",
            "pbo",
        ),
        "fraction",
    ),
    **dict.fromkeys(
        ("initial_equity", "final_equity", "expectancy", "average_win", "average_loss"), "amount"
    ),
    **dict.fromkeys(
        ("bars", "max_drawdown_bars", "recovery_bars", "n_trades", "max_bars_held", "n_trials"),
        "count",
    ),
}


def metric_label(name: str) -> str:
    """Name of a statistic for people."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def metric_kind(name: str) -> str:
    """How its value is written, see `numerals.shown`."""
    return _KINDS.get(name, "ratio")


def metric_text(name: str, value: object) -> str:
    """The value for people; a count below zero means that there is none yet."""
    kind = metric_kind(name)
    if kind == "count" and isinstance(value, int | float) and not math.isnan(value) and value < 0:
        return UNKNOWN
    return shown(value, kind)
