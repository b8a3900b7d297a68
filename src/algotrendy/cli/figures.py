"""Results as lines of text: the statistics a person reads first, in a fixed order.

Laws: an in-sample best is never written without its trial count and deflated Sharpe ratio.
Used by: the commands that run a strategy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from algotrendy.plotting.metric_names import metric_label, metric_text

if TYPE_CHECKING:
    from algotrendy.analytics.summary import Metrics
    from algotrendy.backtests.sweep import Best

__all__ = ["best_lines", "metric_rows", "params_text"]

_SHOWN = (
    "final_equity", "total_return", "cagr", "benchmark_return", "volatility", "sharpe", "sortino",
    "calmar", "max_drawdown", "max_drawdown_bars", "exposure", "n_trades", "win_rate",
    "profit_factor", "expectancy_fraction", "probabilistic_sharpe",
)  # fmt: skip
_SKILL = 0.95


def metric_rows(metrics: Metrics) -> list[tuple[str, str]]:
    """Names and values of the statistics that are shown."""
    return [(metric_label(name), metric_text(name, getattr(metrics, name))) for name in _SHOWN]


def params_text(params: Mapping[str, object]) -> str:
    """Write parameters as they are typed: ``fast=20 slow=50``."""
    return " ".join(f"{name}={value}" for name, value in params.items()) or "defaults"


def best_lines(best: Best, metric: str) -> list[str]:
    """Write the in-sample best with what being the best of many is worth."""
    value = metric_text(metric, best.metrics[metric])
    verdict = (
        "above 0.95: better than luck alone explains"
        if best.deflated_sharpe >= _SKILL
        else "below 0.95: not to be told from luck"
    )
    chosen = f"{params_text(best.params)}, {metric_label(metric)} {value}"
    return [
        f"best in sample: {chosen}, chosen from {best.n_trials:,} trials",
        f"deflated Sharpe ratio {best.deflated_sharpe:.2f} ({verdict})",
    ]
