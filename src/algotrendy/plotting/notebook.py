"""What a notebook shows of a result: a table and a line, no script, any colour scheme.

Laws: below 20 kB whatever the run's length; colours are inherited, so dark notebooks stay dark; an
in-sample best has its trial count and deflated Sharpe ratio beside it.
Used by: `_repr_html_` of results.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from algotrendy.backtests.result import BacktestResult
from algotrendy.plotting.heatmap import grid
from algotrendy.plotting.markup import Markup, tag
from algotrendy.plotting.metric_names import metric_label, metric_text
from algotrendy.plotting.numerals import (
    amount,
    count,
    day,
    fraction,
    moment,
    parameter,
    ratio,
    things,
)
from algotrendy.plotting.sparkline import sparkline_svg
from algotrendy.plotting.sweep_sections import best_of, sweep_label
from algotrendy.plotting.views import SweepView, WalkForwardView, optional, optional_number

__all__ = ["backtest_html", "sweep_html", "walk_forward_html"]

_SHOWN = (
    "total_return",
    "cagr",
    "sharpe",
    "sortino",
    "max_drawdown",
    "volatility",
    "n_trades",
    "win_rate",
    "profit_factor",
    "exposure",
)
_WARNINGS = 5
_TOP = 5
_NAME = 120
_BOX = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.5;max-width:720px"
_SOFT = "opacity:.7"
_TABLE = "border-collapse:collapse;font-size:inherit;color:inherit"
_CELL = (
    "white-space:nowrap;text-align:right;padding:2px 14px 2px 0;font-variant-numeric:tabular-nums"
)


def _short(text: str, most: int = _NAME) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _box(*children: str | None) -> str:
    return str(tag("div", *children, style=_BOX))


def _pairs(pairs: Iterable[tuple[str, str]], *, caption: str) -> Markup:
    rows = [
        tag(
            "tr",
            tag(
                "th",
                name,
                scope="row",
                style="text-align:left;font-weight:400;padding:2px 18px 2px 0",
            ),
            tag("td", value, style=_CELL),
        )
        for name, value in pairs
    ]
    return tag(
        "table",
        tag("caption", caption, style=f"text-align:left;{_SOFT}"),
        tag("tbody", *rows),
        style=_TABLE,
    )


def _rows(headings: Iterable[str], rows: Iterable[Iterable[str]], *, caption: str) -> Markup:
    head = tag("tr", *(tag("th", _short(name, 30), scope="col", style=_CELL) for name in headings))
    body = [tag("tr", *(tag("td", _short(text, 60), style=_CELL) for text in row)) for row in rows]
    return tag(
        "table",
        tag("caption", caption, style=f"text-align:left;{_SOFT}"),
        tag("thead", head),
        tag("tbody", *body),
        style=_TABLE,
    )


def _warned(warnings: tuple[str, ...]) -> Markup | None:
    if not warnings:
        return None
    items = [tag("li", _short(text, 300)) for text in warnings[:_WARNINGS]]
    if len(warnings) > _WARNINGS:
        items.append(tag("li", f"and {things(len(warnings) - _WARNINGS, 'more warning')}"))
    return tag(
        "ul",
        *items,
        style="margin:6px 0;padding-left:18px;border-left:3px solid #d39b00",
        aria_label="Warnings",
    )


def backtest_html(result: BacktestResult) -> str:
    """Return a backtest as a small piece of HTML: what was run, equity as a line, main figures."""
    spec, bars = result.spec, result.spec.bars
    params = ", ".join(f"{name} {parameter(value)}" for name, value in spec.params.items())
    period = "no bars"
    if len(bars):
        daily = bars.timeframe.unit in "dwM"
        first, last = (moment(int(ns), daily=daily) for ns in bars.open_ns[[0, -1]])
        period = f"{first} to {last} UTC, {things(len(bars), 'bar')}"
    title = tag("b", _short(f"{spec.strategy.name} on {bars.symbols[0]} {bars.timeframe}"))
    says = f"equity {amount(spec.cash)} to {amount(result.final_equity)}"
    figures = result.metrics.as_dict()
    pairs = [
        (metric_label(name), metric_text(name, figures[name])) for name in _SHOWN if name in figures
    ]
    pairs.append(("Costs paid", amount(sum(result.costs.values()))))
    if result.n_ambiguous:
        low, high = result.equity_bounds
        pairs.append(
            (
                f"Bounds of equity ({things(result.n_ambiguous, 'trade')} unclear)",
                f"{amount(low)} to {amount(high)}",
            )
        )
    if len(result.refused_columns):
        pairs.append(("Entries refused or cut", count(len(result.refused_columns))))
    line = None
    if len(bars):
        line = tag(
            "div", sparkline_svg(result.equity_curve, label=f"Equity curve, {says}", base=spec.cash)
        )
    return _box(
        tag("div", title, f" {_short(params, 300)}" if params else None),
        tag("div", period, style=_SOFT),
        line,
        _warned(result.warnings),
        _pairs(pairs, caption=says),
    )


def _overfit(probability: float) -> str:
    unknown = "not computed yet, ask for .pbo"
    return unknown if math.isnan(probability) else fraction(probability, digits=1)


def sweep_html(sweep: SweepView) -> str:
    """Return a sweep as a small piece of HTML: the best trials, with what keeps them honest."""
    best = best_of(sweep, may_compute=False)  # showing a result must stay instant
    heading = tag(
        "div",
        tag("b", _short(f"Sweep of {sweep.strategy_name}")),
        f" over {things(sweep.n_trials, 'trial')}",
    )
    if best is None:
        return _box(heading, tag("div", "No trial has a known value."))
    values = np.asarray(sweep.metrics[best.metric], dtype=np.float64)
    known = np.isfinite(values)
    order = np.argsort(np.where(known, -values, np.inf), kind="stable")[
        : min(_TOP, int(known.sum()))
    ]
    shown_metrics = [
        name
        for name in ("sharpe", "total_return", "max_drawdown", "n_trades")
        if name in sweep.metrics
    ]
    if best.metric not in shown_metrics:
        shown_metrics.insert(0, best.metric)
    names = list(sweep.params)[:8]
    rows = [
        [
            *(parameter(sweep.params[name][at]) for name in names),
            *(metric_text(name, float(sweep.metrics[name][at])) for name in shown_metrics),
        ]
        for at in order
    ]
    honest = [
        ("Trials", count(best.trials)),
        ("Deflated Sharpe of the best", fraction(best.deflated, digits=1)),
        ("Probability of overfitting", _overfit(best.overfit)),
    ]
    line = None
    if sweep.params:
        laid = grid(sweep.params, values)
        across = np.array(
            [
                np.nanmedian(column) if np.isfinite(column).any() else np.nan
                for column in laid.values.T
            ]
        )
        label = sweep_label(best.metric)
        line = tag(
            "div",
            sparkline_svg(across, label=f"Median {label} along {laid.across}"),
            tag("span", f" median {label} along {_short(laid.across, 40)}", style=_SOFT),
        )
    return _box(
        heading,
        line,
        _rows([*names, *map(sweep_label, shown_metrics)], rows, caption="Best trials, in sample"),
        _pairs(honest, caption="Beside any best"),
    )


def walk_forward_html(walk: WalkForwardView) -> str:
    """Return a walk-forward as a small piece of HTML: figures out of sample, equity, the folds."""
    folds = list(walk.folds)
    metrics = optional(walk, "metrics")
    tested = np.array([fold.test_return for fold in folds], dtype=np.float64)
    pairs = [
        ("Return out of sample", fraction(optional_number(metrics, "total_return"), signed=True)),
        ("Sharpe out of sample", ratio(optional_number(metrics, "sharpe"))),
        ("Folds with a gain", f"{int(np.count_nonzero(tested > 0))} of {len(folds)}"),
        ("Trials in all", count(sum(fold.n_trials for fold in folds))),
    ]
    rows = [
        [
            f"{day(fold.test_start_ns)} to {day(fold.test_end_ns)}",
            ", ".join(f"{name} {parameter(value)}" for name, value in fold.params.items()),
            ratio(fold.train_metric),
            fraction(fold.test_return, signed=True),
            fraction(fold.deflated_sharpe, digits=1),
        ]
        for fold in folds[:12]
    ]
    more = len(folds) - len(rows)
    line = (
        tag("div", sparkline_svg(walk.equity_curve, label="Equity over the test periods"))
        if len(walk.equity_curve)
        else None
    )
    return _box(
        tag("div", tag("b", "Walk-forward"), f" in {things(len(folds), 'fold')}"),
        line,
        _pairs(pairs, caption="Test periods only"),
        _rows(
            ("Tested", "Chosen", "Train metric", "Test return", "Deflated Sharpe"),
            rows,
            caption="Folds",
        ),
        tag("div", f"and {things(more, 'more fold')}", style=_SOFT) if more else None,
    )
