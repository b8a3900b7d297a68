"""Heat map of a sweep: one metric over two parameters, as inline SVG.

Laws: a cell says how many trials stand behind it; with more than two parameters it shows their
median, never their best; colours start from zero, not from the average.
Used by: the report, the notebook view of a sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.plotting.markup import Markup, svg_number, tag
from algotrendy.plotting.numerals import parameter, shown

__all__ = ["Grid", "grid", "heatmap_svg"]

MAX_STEPS = 48
_CONTRAST = 1.7  # above 1: values of one sign, close to each other, stay apart


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A metric laid out over two parameters.

    Parameters
    ----------
    across, down : names of the parameters; `down` is empty where there is only one
    across_labels, down_labels : what each column and row stands for
    values : (d, a) median of the metric over the trials of a cell, NaN where there is none
    trials : (d, a) number of trials in a cell
    others : names of the parameters over which the median was taken
    """

    across: str
    down: str
    across_labels: tuple[str, ...]
    down_labels: tuple[str, ...]
    values: FloatArray
    trials: IntArray
    others: tuple[str, ...]

    @property
    def is_merged(self) -> bool:
        """True when any cell holds more than one trial."""
        return bool((self.trials > 1).any())


def _classes(values: np.ndarray, most: int) -> tuple[IntArray, tuple[str, ...]]:
    """Number the distinct values of a parameter, neighbours merged where there are too many."""
    try:
        distinct, code = np.unique(values, return_inverse=True)
    except TypeError:  # values of several kinds have no order: take them as text
        distinct, code = np.unique([repr(value) for value in values], return_inverse=True)
    labels = [parameter(value) for value in distinct]
    if len(labels) <= most:
        return code.astype(np.int64), tuple(labels)
    group = np.arange(len(labels)) * most // len(labels)
    ends = [np.flatnonzero(group == at)[[0, -1]] for at in range(most)]
    merged = tuple(
        labels[first] if first == last else f"{labels[first]} to {labels[last]}"
        for first, last in ends
    )
    return group[code].astype(np.int64), merged


def grid(
    params: Mapping[str, np.ndarray],
    values: FloatArray,
    *,
    across: str | None = None,
    down: str | None = None,
) -> Grid:
    """Lay trials out over two parameters, by default the two with the most values.

    Parameters
    ----------
    params : by name, each (m,), the value of the parameter in each trial
    values : (m,) float64, the metric; NaN is left out of the medians
    across, down : names of the parameters to use

    Raises
    ------
    InvalidValue
        If there is no parameter, a name is unknown, or a length differs.
    """
    if not params:
        raise InvalidValue("params", value={}, rule="at least one swept parameter is expected")
    for name in (across, down):
        if name is not None and name not in params:
            raise InvalidValue(
                "parameter", value=name, rule=f"one of {', '.join(params)} is expected"
            )
    for name, column in params.items():
        if len(column) != len(values):
            raise InvalidValue(
                f"params[{name!r}]", value=len(column), rule=f"{len(values)} values are expected"
            )
    numbered = {name: _classes(np.asarray(column), MAX_STEPS) for name, column in params.items()}
    by_size = sorted(params, key=lambda name: -len(numbered[name][1]))
    first = across or next(name for name in by_size if name != down)
    rest = [name for name in by_size if name != first]
    second = down or next((name for name in rest if len(numbered[name][1]) > 1), "")
    columns, across_labels = numbered[first]
    rows, down_labels = numbered[second] if second else (np.zeros_like(columns), ("",))
    shape = (len(down_labels), len(across_labels))
    cell = rows * shape[1] + columns
    trials = np.bincount(cell, minlength=shape[0] * shape[1])
    return Grid(
        across=first,
        down=second,
        across_labels=across_labels,
        down_labels=down_labels,
        values=_medians(cell, values, shape[0] * shape[1]).reshape(shape),
        trials=trials.reshape(shape).astype(np.int64),
        others=tuple(name for name in rest if name != second and len(numbered[name][1]) > 1),
    )


def _medians(cell: IntArray, values: FloatArray, size: int) -> FloatArray:
    known = np.isfinite(values)
    cell, values = cell[known], values[known]
    order = np.lexsort((values, cell))
    cell, values = cell[order], values[order]
    here, start, number = np.unique(cell, return_index=True, return_counts=True)
    out = np.full(size, np.nan)
    out[here] = (values[start + (number - 1) // 2] + values[start + number // 2]) / 2
    return out


def _ticks(labels: tuple[str, ...], most: int) -> list[int]:
    step = -(-len(labels) // most)
    return list(range(0, len(labels), step))


def heatmap_svg(
    laid: Grid, *, metric: str, kind: str = "ratio", best: tuple[int, int] | None = None
) -> Markup:
    """Draw the grid; every cell carries its parameters, value and trial count as a tooltip.

    Parameters
    ----------
    laid : what to draw
    metric : name of the metric, in words
    kind : how a value is written, see `numerals.shown`
    best : (row, column) of the cell that holds the best trial, drawn with a frame
    """
    rows, cols = laid.values.shape
    left, bottom, wide = (74.0 if laid.down else 12.0), 42.0, 660.0
    cell_w = min((wide - left) / cols, 56.0)
    cell_h = min(max(cell_w * 0.62, 12.0), 30.0) if rows > 1 else 44.0
    height = rows * cell_h + bottom
    known = laid.values[np.isfinite(laid.values)]
    most = float(np.abs(known).max()) if known.size else 1.0
    drawn: list[Markup] = []
    for row, column in np.argwhere(laid.trials > 0):
        value = float(laid.values[row, column])
        place = f"{laid.across} {laid.across_labels[column]}"
        if laid.down:
            place += f", {laid.down} {laid.down_labels[row]}"
        number = int(laid.trials[row, column])
        behind = "" if number == 1 else f" (median of {number} trials)"
        strength = abs(value) / most if most and np.isfinite(value) else 0.0
        drawn.append(
            tag(
                "rect",
                tag("title", f"{place}: {metric} {shown(value, kind)}{behind}"),
                class_="none" if np.isnan(value) else "gain" if value >= 0 else "loss",
                fill_opacity=svg_number(0.06 + 0.94 * strength**_CONTRAST),
                x=svg_number(left + column * cell_w),
                y=svg_number((rows - 1 - row) * cell_h),
                width=svg_number(cell_w - 1),
                height=svg_number(cell_h - 1),
            )
        )
    if best is not None:
        drawn.append(
            tag(
                "rect",
                class_="best",
                x=svg_number(left + best[1] * cell_w + 1),
                y=svg_number((rows - 1 - best[0]) * cell_h + 1),
                width=svg_number(cell_w - 3),
                height=svg_number(cell_h - 3),
            )
        )
    drawn.extend(_axes(laid, left=left, cell_w=cell_w, cell_h=cell_h))
    label = f"Heat map of {metric} over {laid.across}" + (f" and {laid.down}" if laid.down else "")
    return tag(
        "svg",
        *drawn,
        role="img",
        aria_label=f"{label}; the table below names the best trials.",
        class_="heatmap",
        viewBox=f"0 0 {svg_number(left + cols * cell_w)} {svg_number(height)}",
        style=f"max-width:{svg_number((left + cols * cell_w) * 1.25)}px",
    )


def _axes(laid: Grid, *, left: float, cell_w: float, cell_h: float) -> list[Markup]:
    rows, cols = laid.values.shape
    under = rows * cell_h
    longest = max(map(len, laid.across_labels))
    fit = max(int(cols * cell_w // (7.0 * longest + 10)), 1)
    texts = [
        tag(
            "text",
            laid.across_labels[at],
            x=svg_number(left + (at + 0.5) * cell_w),
            y=svg_number(under + 14),
            text_anchor="middle",
        )
        for at in _ticks(laid.across_labels, fit)
    ]
    middle = svg_number(left + cols * cell_w / 2)
    texts.append(
        tag(
            "text",
            laid.across,
            x=middle,
            y=svg_number(under + 33),
            text_anchor="middle",
            class_="name",
        )
    )
    if laid.down:
        texts += [
            tag(
                "text",
                laid.down_labels[at],
                x=svg_number(left - 6),
                y=svg_number((rows - 0.5 - at) * cell_h + 4),
                text_anchor="end",
            )
            for at in _ticks(laid.down_labels, max(int(under // 16), 1))
        ]
        y = svg_number(under / 2)
        texts.append(
            tag(
                "text",
                laid.down,
                x=12,
                y=y,
                text_anchor="middle",
                class_="name",
                transform=f"rotate(-90 12 {y})",
            )
        )
    return texts
