"""The part of the report that shows a walk-forward.

Laws: only test periods count in its figures; every choice stands with its trial count and its
deflated Sharpe ratio.
Used by: the report.
"""

from __future__ import annotations

import math

import numpy as np

from algotrendy.plotting.markup import Markup, tag
from algotrendy.plotting.metric_names import metric_label, metric_text
from algotrendy.plotting.numerals import count, day, fraction, parameter, ratio, tone
from algotrendy.plotting.parts import Cell, Tile, section, table, tiles
from algotrendy.plotting.sparkline import columns_svg
from algotrendy.plotting.views import FoldView, WalkForwardView, optional, optional_number

__all__ = ["walk_forward_sections"]

_FOLDS = 60


def walk_forward_sections(walk: WalkForwardView, *, alone: bool) -> list[Markup]:
    """Figures, equity and returns of the test periods, and the folds."""
    folds = list(walk.folds)
    says = tag(
        "p",
        "Parameters were chosen on the training period of each fold and traded on the test "
        "period that followed; only test periods count here.",
    )
    chart = tag(
        "div",
        class_="chart small",
        id="walk-chart",
        role="img",
        aria_label="Equity over the test periods; the table below lists the folds",
    )
    return [
        section(
            "walk-forward",
            "Out of sample" if alone else "Walk-forward: the same rule out of sample",
            says,
            tiles(_figures(walk, folds), label="Out of sample"),
            chart,
            _returns(folds) if folds else None,
            _table(folds),
        )
    ]


def _figures(walk: WalkForwardView, folds: list[FoldView]) -> list[Tile]:
    metrics = optional(walk, "metrics")
    whole = optional_number(metrics, "total_return")
    fall = optional_number(metrics, "max_drawdown")
    gained = sum(fold.test_return > 0 for fold in folds)
    kept = optional_number(walk, "efficiency") if folds else math.nan
    made = [
        Tile(
            name="Return out of sample",
            value=fraction(whole, signed=True),
            tone=tone(whole),
            detail="all test periods, one after the other",
        ),
        Tile(
            name="Sharpe out of sample",
            value=ratio(optional_number(metrics, "sharpe")),
            detail="annualised",
        ),
        Tile(name="Max drawdown", value=fraction(fall), tone=tone(fall), detail="out of sample"),
        Tile(name="Folds with a gain", value=f"{gained} of {len(folds)}", detail="test periods"),
        Tile(
            name="Kept out of sample",
            value=ratio(kept),
            detail="mean test score over mean training score; near 0 is overfitting",
        ),
        Tile(
            name="Trials",
            value=count(sum(fold.n_trials for fold in folds)),
            detail="over all folds",
        ),
    ]
    return [tile for tile in made if tile.name != "Kept out of sample" or not math.isnan(kept)]


def _returns(folds: list[FoldView]) -> Markup:
    returns = np.array([fold.test_return for fold in folds], dtype=np.float64)
    names = [f"{_span(fold)}: {fraction(fold.test_return, signed=True)}" for fold in folds]
    return tag(
        "figure",
        tag("figcaption", "Return of each test period."),
        columns_svg(
            returns, names=names, label="Return of each test period; the table below lists them"
        ),
    )


def _table(folds: list[FoldView]) -> Markup:
    score = optional(folds[0], "metric") if folds else None
    name = score if isinstance(score, str) else ""
    label = metric_label(name) if name else "the training metric"
    rows = [_row(at, fold, name) for at, fold in enumerate(folds[:_FOLDS])]
    headings = (
        "Fold",
        "Trained",
        "Tested",
        "Chosen",
        "In training",
        "In test",
        "Test return",
        "Trials",
        "Deflated Sharpe",
    )
    return table(
        headings, rows, caption=f"Folds; scored by {label}", left_out=len(folds) - len(rows)
    )


def _span(fold: FoldView) -> str:
    return f"{day(fold.test_start_ns)} to {day(fold.test_end_ns)}"


def _row(at: int, fold: FoldView, name: str) -> list[Cell | str]:
    chosen = ", ".join(f"{key} {parameter(value)}" for key, value in fold.params.items())
    return [
        Cell(str(at + 1)),
        f"{day(fold.train_start_ns)} to {day(fold.train_end_ns)}",
        _span(fold),
        chosen,
        Cell(metric_text(name, fold.train_metric)),
        Cell(metric_text(name, optional_number(fold, "test_metric"))),
        Cell(fraction(fold.test_return, signed=True), tone=tone(fold.test_return)),
        Cell(count(fold.n_trials)),
        Cell(fraction(fold.deflated_sharpe, digits=1)),
    ]
