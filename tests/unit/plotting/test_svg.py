from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from algotrendy.errors import InvalidValue
from algotrendy.plotting.heatmap import grid, heatmap_svg
from algotrendy.plotting.sparkline import columns_svg, histogram_svg, sparkline_svg


def parsed(svg):
    return ET.fromstring(svg)  # noqa: S314 - our own output


def heights(svg):
    path = parsed(svg).find("path")
    return [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path.get("d"))]


def test_a_line_of_any_length_stays_small_and_keeps_its_extremes():
    values = np.sin(np.linspace(0, 60, 200_000))
    values[77_777] = 9.0
    values[99_999] = -9.0
    svg = sparkline_svg(values, label="x")
    assert len(svg) < 5_000
    assert min(heights(svg)) == pytest.approx(2.0)
    assert max(heights(svg)) == pytest.approx(46.0)


def test_unknown_values_break_the_line():
    svg = sparkline_svg(np.array([1.0, 2.0, np.nan, 2.0, 1.0]), label="x")
    assert parsed(svg).find("path").get("d").count("M") == 2


@pytest.mark.parametrize("values", [[], [5.0], [5.0, 5.0], [np.nan, np.nan], [np.inf, 1.0]])
def test_degenerate_lines_are_still_drawings(values):
    parsed(sparkline_svg(np.array(values), label="x", base=5.0))


def test_labels_are_text():
    svg = sparkline_svg(np.array([1.0, 2.0]), label='"><script>alert(1)</script>')
    assert "<script" not in svg
    assert parsed(svg).get("aria-label") == '"><script>alert(1)</script>'


def test_columns_grow_from_zero_and_skip_what_is_unknown():
    svg = parsed(columns_svg(np.array([0.1, -0.2, np.nan]), names=["a", "b", "c"], label="x"))
    rects = svg.findall("rect")
    assert [rect.get("class") for rect in rects] == ["gain", "loss"]
    assert float(rects[1].get("height")) == pytest.approx(
        2 * float(rects[0].get("height")), rel=0.01
    )


def test_the_histogram_counts_every_trial_once():
    dice = np.random.default_rng(4)
    values = dice.normal(size=500)
    svg = parsed(histogram_svg(values, mark=float(values.max()), mark_name="best", label="x"))
    counts = [int(re.search(r": (\d+) trials", title.text)[1]) for title in svg.iter("title")]
    assert sum(counts) == 500
    assert [text.text for text in svg.findall("text")][:2] == ["0", "best"]


def test_a_histogram_of_equal_values_is_one_column():
    svg = parsed(histogram_svg(np.array([2.0, 2.0]), mark=2.0, mark_name="best", label="x"))
    assert len(svg.findall("rect")) == 1


def test_a_grid_takes_the_two_widest_parameters_and_medians_over_the_rest():
    a, b, c = (axis.ravel() for axis in np.meshgrid([1, 2, 3], [10, 20], [0.1, 0.2], indexing="ij"))
    values = a * 100 + b + np.where(c == 0.1, 0.0, 1.0)
    laid = grid({"c": c, "b": b, "a": a}, values)
    assert laid.across == "a"
    assert laid.down in ("b", "c")
    assert laid.trials.tolist() == [[2, 2, 2], [2, 2, 2]]
    assert laid.is_merged
    chosen = grid({"c": c, "b": b, "a": a}, values, across="a", down="b")
    assert chosen.others == ("c",)
    np.testing.assert_allclose(chosen.values[0], [110.5, 210.5, 310.5])


def test_unknown_trials_are_counted_but_not_in_the_median():
    laid = grid({"a": np.array([1, 1, 2])}, np.array([3.0, np.nan, np.nan]))
    assert laid.trials.tolist() == [[2, 1]]
    assert laid.values[0, 0] == 3.0
    assert np.isnan(laid.values[0, 1])
    assert parsed(heatmap_svg(laid, metric="x")).findall("rect")[1].get("class") == "none"


def test_many_values_are_merged_into_ranges():
    laid = grid({"a": np.arange(1_000), "b": np.zeros(1_000)}, np.arange(1_000.0))
    assert len(laid.across_labels) == 48
    assert laid.trials.sum() == 1_000
    assert laid.across_labels[0] == "0 to 20"


def test_parameters_of_mixed_kinds_are_laid_out_by_their_text():
    laid = grid({"a": np.array([None, "x", 3], dtype=object)}, np.array([1.0, 2.0, 3.0]))
    assert laid.trials.sum() == 3


def test_a_cell_says_what_it_is_and_the_best_is_framed():
    laid = grid({"fast": np.array([5, 10]), "slow": np.array([50, 50])}, np.array([-1.0, 2.0]))
    svg = parsed(heatmap_svg(laid, metric="Sharpe", best=(0, 1)))
    rects = svg.findall("rect")
    assert [rect.get("class") for rect in rects] == ["loss", "gain", "best"]
    assert rects[1].find("title").text == "fast 10: Sharpe 2.00"
    assert float(rects[1].get("fill-opacity")) > float(rects[0].get("fill-opacity"))


@pytest.mark.parametrize(
    ("params", "values", "kwargs"),
    [
        ({}, [], {}),
        ({"a": np.array([1])}, [1.0, 2.0], {}),
        ({"a": np.array([1])}, [1.0], {"across": "b"}),
    ],
)
def test_a_grid_refuses_what_it_cannot_lay_out(params, values, kwargs):
    with pytest.raises(InvalidValue):
        grid(params, np.array(values), **kwargs)
