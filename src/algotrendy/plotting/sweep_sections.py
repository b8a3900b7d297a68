"""The parts of the report that show a sweep.

Laws: a best never stands without the number of trials it was picked from and its deflated Sharpe
ratio; a figure that was not computed reads "n/a", never as good.
Used by: the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.model.arrays import FloatArray
from algotrendy.plotting.heatmap import Grid, grid, heatmap_svg
from algotrendy.plotting.markup import Markup, tag
from algotrendy.plotting.metric_names import metric_kind, metric_label, metric_text
from algotrendy.plotting.numerals import count, fraction, parameter, shown, tone
from algotrendy.plotting.parts import Cell, Tile, note, section, table, tiles
from algotrendy.plotting.sparkline import histogram_svg
from algotrendy.plotting.views import (
    SweepView,
    optional,
    optional_number,
)

__all__ = ["Best", "best_of", "sweep_honest", "sweep_label", "sweep_sections"]

_ROWS = 12


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Best:
    """The best trial of a sweep, and what it was picked from.

    Parameters
    ----------
    row : its row in the sweep's columns
    metric : name of the metric that chose it
    value : that metric
    trials : how many combinations were tried
    deflated : deflated Sharpe ratio, a probability; NaN when it was not computed
    overfit : probability of backtest overfitting; NaN when it was not computed
    """

    row: int
    metric: str
    value: float
    trials: int
    deflated: float
    overfit: float


def best_of(sweep: SweepView, *, may_compute: bool = True) -> Best | None:
    """Find the best trial by the sweep's own metric (else Sharpe); None if all are NaN.

    The probability of overfitting takes many runs; `may_compute` False shows it only if it is there.
    """
    metric = optional(sweep, "metric", "rank_by", "objective")
    if not isinstance(metric, str) or metric not in sweep.metrics:
        metric = "sharpe" if "sharpe" in sweep.metrics else next(iter(sweep.metrics))
    values = np.asarray(sweep.metrics[metric], dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        return None
    row = int(np.argmax(np.where(known, values, -np.inf)))
    own = optional(sweep, "best")
    deflated = optional_number(own, "deflated_sharpe", "deflated_sharpe_ratio")
    if np.isnan(deflated):
        deflated = optional_number(sweep, "deflated_sharpe", "deflated_sharpe_ratio")
    overfit = optional_number(sweep if may_compute else vars(sweep), "pbo")
    return Best(
        row=row,
        metric=metric,
        value=float(values[row]),
        trials=sweep.n_trials,
        deflated=deflated,
        overfit=overfit,
    )


def sweep_honest(best: Best | None, *, trials: int) -> list[Tile]:
    """The three figures that keep an in-sample best honest."""
    deflated = best.deflated if best else float("nan")
    overfit = best.overfit if best else float("nan")
    return [
        Tile(name="Trials", value=count(trials), detail="combinations the best was picked from"),
        Tile(
            name="Deflated Sharpe",
            value=fraction(deflated, digits=1),
            detail="chance that the best is better than luck among so many"
            if best
            else "no trial has a known value",
        ),
        Tile(
            name="Overfitting (PBO)",
            value=fraction(overfit, digits=1),
            detail="chance that the best falls below the middle out of sample"
            if not np.isnan(overfit)
            else "not computed for this sweep",
        ),
    ]


def sweep_label(name: str) -> str:
    """Name of a score; a sweep counts open trades too."""
    return "Trades" if name == "n_trades" else metric_label(name)


def _row_params(params: Mapping[str, np.ndarray], row: int) -> str:
    return ", ".join(f"{name} {parameter(column[row])}" for name, column in params.items())


def sweep_sections(sweep: SweepView, *, alone: bool) -> list[Markup]:
    """Heat map, distribution, best trials; figures on top if the page is the sweep's own."""
    best = best_of(sweep)
    parts: list[str | None] = []
    if alone:
        parts.append(
            tiles(
                [*_best_tiles(sweep, best), *sweep_honest(best, trials=sweep.n_trials)],
                label="Main figures",
            )
        )
    parts.append(_verdict(sweep, best))
    if best is not None and sweep.params:
        values = np.asarray(sweep.metrics[best.metric], dtype=np.float64)
        parts.append(_map(sweep, best, values))
        parts.append(_spread(best, values))
        parts.append(_best_rows(sweep, best, values))
    heading = "Sweep" if alone else "The sweep behind this run"
    return [section("sweep", heading, *parts)]


def _best_tiles(sweep: SweepView, best: Best | None) -> list[Tile]:
    if best is None:
        return []
    label = sweep_label(best.metric)
    made = [
        Tile(
            name=f"Best {label}",
            value=metric_text(best.metric, best.value),
            detail="in sample, picked after the fact",
        )
    ]
    for name in ("total_return", "max_drawdown", "n_trades"):
        if name in sweep.metrics and name != best.metric:
            value = float(sweep.metrics[name][best.row])
            color = tone(value) if name == "total_return" else None
            made.append(
                Tile(
                    name=sweep_label(name),
                    value=metric_text(name, value),
                    tone=color,
                    detail="of that trial",
                )
            )
    return made


def _verdict(sweep: SweepView, best: Best | None) -> Markup:
    if best is None:
        return note("No trial has a known value, so there is no best one.")
    label = sweep_label(best.metric)
    return tag(
        "p",
        f"Best of {count(best.trials)} trials by {label}: ",
        tag("b", tag("bdi", _row_params(sweep.params, best.row))),
        f", {label} {metric_text(best.metric, best.value)}; "
        f"deflated Sharpe {fraction(best.deflated, digits=1)}"
        + ("" if np.isnan(best.overfit) else f"; overfitting {fraction(best.overfit, digits=1)}")
        + ". The best of many tries is too good by construction, the more so the more tries.",
    )


def _best_cell(sweep: SweepView, laid: Grid, row: int) -> tuple[int, int] | None:
    """Cell of the best trial, where labels are not merged."""
    across = parameter(sweep.params[laid.across][row])
    down = parameter(sweep.params[laid.down][row]) if laid.down else ""
    if across in laid.across_labels and down in laid.down_labels:
        return laid.down_labels.index(down), laid.across_labels.index(across)
    return None


def _map(sweep: SweepView, best: Best, values: FloatArray) -> Markup:
    laid = grid(sweep.params, values)
    label = sweep_label(best.metric)
    drawing = heatmap_svg(
        laid, metric=label, kind=metric_kind(best.metric), best=_best_cell(sweep, laid, best.row)
    )
    merged = ""
    if laid.is_merged:
        over = f" over {', '.join(laid.others)}" if laid.others else " over neighbouring values"
        merged = f"A cell is the median{over} of its trials, never their best."
    low, high = (float(f(laid.values[np.isfinite(laid.values)])) for f in (np.min, np.max))
    kind = metric_kind(best.metric)
    return tag(
        "figure",
        tag(
            "figcaption",
            f"{label} by parameter, from {shown(low, kind)} to {shown(high, kind)}. ",
            tag("span", "above zero", class_="key gain"),
            " ",
            tag("span", "below zero", class_="key loss"),
            " ",
            tag("span", "best trial", class_="key best"),
            merged,
        ),
        tag("div", drawing, class_="scroll", tabindex=0, role="region", aria_label="Heat map"),
    )


def _spread(best: Best, values: FloatArray) -> Markup:
    label = sweep_label(best.metric)
    known = values[np.isfinite(values)]
    kind = metric_kind(best.metric)
    middle = float(np.median(known))
    share = float(np.mean(known > 0))
    return tag(
        "figure",
        tag(
            "figcaption",
            f"All trials by {label}: middle {shown(middle, kind)}, "
            f"{fraction(share, digits=0)} above zero, best {shown(best.value, kind)}.",
        ),
        histogram_svg(
            known, mark=best.value, mark_name="best", label=f"Histogram of {label} over all trials"
        ),
    )


def _best_rows(sweep: SweepView, best: Best, values: FloatArray) -> Markup:
    known = np.isfinite(values)
    order = np.argsort(np.where(known, -values, np.inf), kind="stable")[
        : min(_ROWS, int(known.sum()))
    ]
    columns = [
        name
        for name in ("sharpe", "total_return", "max_drawdown", "n_trades")
        if name in sweep.metrics
    ]
    if best.metric not in columns:
        columns.insert(0, best.metric)
    rows = [
        [
            Cell(str(rank + 1)),
            *(Cell(parameter(column[at])) for column in sweep.params.values()),
            *(Cell(metric_text(name, float(sweep.metrics[name][at]))) for name in columns),
        ]
        for rank, at in enumerate(order)
    ]
    return table(
        ("Rank", *sweep.params, *map(sweep_label, columns)),
        rows,
        caption=f"Best trials of {count(sweep.n_trials)}, in sample",
        left_out=len(values) - len(rows),
    )
