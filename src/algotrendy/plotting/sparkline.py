"""Small line, column and histogram charts as inline SVG: no script, no colours of their own.

Laws: a line keeps the highest and lowest value of every stretch it draws; unknown values break it;
size does not grow with the data.
Used by: notebook views, the report where scripts do not run, sweep and walk-forward sections.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from algotrendy.model.arrays import FloatArray
from algotrendy.plotting.markup import Markup, svg_number, tag

__all__ = ["columns_svg", "histogram_svg", "sparkline_svg"]

_POINTS = 120
_BOTTOM, _TOP = 0.0, 1.0


def _extremes(values: FloatArray, points: int) -> tuple[FloatArray, FloatArray]:
    """Positions in [0, 1] and values: lowest and highest of each of `points` stretches."""
    n = len(values)
    if n <= 2 * points:
        return np.linspace(0, 1, n) if n > 1 else np.zeros(n), values
    edges = np.linspace(0, n, points + 1).astype(np.int64)
    rows: list[int] = [0]
    for start, end in pairwise(edges.tolist()):
        part = values[start:end]
        if np.isnan(part).all():
            rows.append(start)
            continue
        rows.extend(sorted({int(start + np.nanargmin(part)), int(start + np.nanargmax(part))}))
    rows.append(n - 1)
    picked = np.unique(np.array(rows, dtype=np.int64))
    return picked / (n - 1), values[picked]


def sparkline_svg(
    values: FloatArray,
    *,
    label: str,
    width: int = 260,
    height: int = 48,
    base: float | None = None,
    css_class: str = "spark",
) -> Markup:
    """Draw a line over equally spaced points.

    Parameters
    ----------
    values : (n,) float64; NaN and infinities break the line
    label : what a screen reader says
    width, height : of the drawing's own coordinates; it scales with its box
    base : a value to draw a dashed level at, such as the starting cash

    Returns
    -------
    Markup
        An ``<svg>`` in ``currentColor`` of at most about 3 kB.
    """
    numbers = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    at, level = _extremes(numbers, _POINTS)
    known = level[~np.isnan(level)]
    inside = known if base is None else np.append(known, base)
    low, high = (float(inside.min()), float(inside.max())) if inside.size else (_BOTTOM, _TOP)
    span = high - low or 1.0
    pad = 2.0

    def vertical(value: float) -> float:
        return height - pad - (value - low) / span * (height - 2 * pad)

    drawn: list[str] = []
    pen_up = True
    for x, value in zip(at, level, strict=True):
        if np.isnan(value):
            pen_up = True
            continue
        drawn.append(
            f"{'M' if pen_up else 'L'}{svg_number(x * width)} {svg_number(vertical(value))}"
        )
        pen_up = False
    line = tag(
        "path",
        d="".join(drawn),
        fill="none",
        stroke="currentColor",
        stroke_width="1.5",
        stroke_linejoin="round",
        vector_effect="non-scaling-stroke",
    )
    rule = None
    if base is not None:
        y = svg_number(vertical(base))
        rule = tag(
            "line",
            x1=0,
            x2=width,
            y1=y,
            y2=y,
            stroke="currentColor",
            stroke_opacity="0.4",
            stroke_dasharray="3 3",
            vector_effect="non-scaling-stroke",
        )
    return tag(
        "svg",
        rule,
        line,
        role="img",
        aria_label=label,
        class_=css_class,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
    )


def columns_svg(
    values: FloatArray, *, names: list[str], label: str, width: int = 640, height: int = 160
) -> Markup:
    """Draw one column for each value, up or down from zero; each carries its name as a tooltip."""
    known = values[np.isfinite(values)]
    low = min(0.0, float(known.min())) if known.size else 0.0
    high = max(0.0, float(known.max())) if known.size else 1.0
    span = high - low or 1.0
    step = width / max(len(values), 1)
    zero = high / span * height
    bars: list[Markup] = []
    for at, (value, name) in enumerate(zip(values, names, strict=True)):
        if not np.isfinite(value):
            continue
        size = max(abs(value) / span * height, 1.0)
        top = zero - size if value >= 0 else zero
        bars.append(
            tag(
                "rect",
                tag("title", name),
                class_="gain" if value >= 0 else "loss",
                x=svg_number(at * step + step * 0.15),
                y=svg_number(top),
                width=svg_number(step * 0.7),
                height=svg_number(size),
            )
        )
    axis = tag("line", class_="axis", x1=0, x2=width, y1=svg_number(zero), y2=svg_number(zero))
    return tag(
        "svg",
        *bars,
        axis,
        role="img",
        aria_label=label,
        class_="columns",
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
    )


def histogram_svg(
    values: FloatArray,
    *,
    mark: float,
    mark_name: str,
    label: str,
    width: int = 640,
    height: int = 160,
) -> Markup:
    """Draw how often values fall into 40 equal classes, with a vertical mark at one value."""
    known = values[np.isfinite(values)]
    if not known.size:
        return tag("p", "No trial has a known value.", class_="note")
    low, high = float(known.min()), float(known.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(known, bins=40, range=(low, high))
    step = width / len(counts)
    plot = height - 22
    top = int(counts.max()) or 1
    bars = [
        tag(
            "rect",
            tag("title", f"{edges[at]:.3g} to {edges[at + 1]:.3g}: {number} trials"),
            class_="bar",
            x=svg_number(at * step + 0.5),
            width=svg_number(step - 1),
            y=svg_number(plot - number / top * plot),
            height=svg_number(number / top * plot),
        )
        for at, number in enumerate(counts)
        if number
    ]

    def across(value: float) -> float:
        return (value - low) / (high - low) * width

    lines: list[Markup] = []
    for value, name, css in ((0.0, "0", "axis"), (mark, mark_name, "mark")):
        if not low <= value <= high:
            continue
        x = across(value)
        anchor = "end" if x > width * 0.8 else "start" if x < width * 0.2 else "middle"
        lines.append(tag("line", class_=css, x1=svg_number(x), x2=svg_number(x), y1=0, y2=plot))
        lines.append(tag("text", name, x=svg_number(x), y=height - 6, text_anchor=anchor))
    axis = tag("line", class_="axis", x1=0, x2=width, y1=plot, y2=plot)
    if across(0.0) > width * 0.2 or low > 0:  # else the name of zero is in the way
        lines.append(tag("text", f"{low:.3g}", x=0, y=height - 6))
    return tag(
        "svg",
        *bars,
        axis,
        *lines,
        role="img",
        aria_label=label,
        class_="histogram",
        viewBox=f"0 0 {width} {height}",
    )
