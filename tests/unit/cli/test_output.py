from __future__ import annotations

import io
import json
import math
import sys

import numpy as np
import pytest

from algotrendy.cli.output import Output


def make(width=80, *, colour=False):
    return Output(
        out=io.StringIO(), err=io.StringIO(), width=width, colour_out=colour, colour_err=colour
    )


def text_of(output):
    return output.out.getvalue()


def test_an_error_is_one_line_with_its_code():
    output = make()
    output.error("first\nsecond", "usage.invalid_value")
    assert output.err.getvalue() == "error: first second [usage.invalid_value]\n"


def test_json_has_no_nan_and_knows_numpy():
    output = make()
    value = {"a": math.nan, "b": np.float64(1.5), "c": np.int64(2), "d": (1, None), "e": np.inf}
    output.json(value | {"f": np.bool_(True), 3: range(2)})
    assert json.loads(text_of(output)) == {
        "a": None, "b": 1.5, "c": 2, "d": [1, None], "e": None, "f": True, "3": "range(0, 2)",
    }  # fmt: skip


def test_a_table_leaves_out_columns_that_do_not_fit_and_says_so():
    output = make(width=40)
    output.table(["a", "b" * 20, "c" * 30], [["1", "2", "3"]])
    assert "c" * 30 not in text_of(output).splitlines()[0]
    assert "left out for width" in text_of(output)
    wide = make(width=80)
    wide.table(["a", "b" * 20, "c" * 30], [["1", "2", "3"]])
    assert "left out" not in text_of(wide)


@pytest.mark.parametrize("width", [40, 60, 200])
def test_pairs_fit_the_width(width):
    output = make(width=width)
    rows = [(f"name {i}", f"{i * 1000:,}") for i in range(9)]
    output.pairs(rows)
    lines = text_of(output).splitlines()
    assert all(len(line) <= width for line in lines)
    assert all(name in text_of(output) for name, _ in rows)
    make().pairs([])


def test_colour_only_where_it_is_wanted():
    plain, coloured = make(), make(colour=True)
    for output in (plain, coloured):
        output.title("t")
        output.step("s")
        output.error("e", "c")
        output.table(["h"], [["1"]])
    assert "\x1b" not in text_of(plain) + plain.err.getvalue()
    assert "\x1b" in text_of(coloured)
    assert "\x1b" in coloured.err.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environ", "stream", "coloured"),
    [
        ({}, Terminal, True),
        ({"NO_COLOR": "1"}, Terminal, False),
        ({"TERM": "dumb"}, Terminal, False),
        ({}, io.StringIO, False),
    ],
)
def test_colour_follows_the_terminal_and_no_color(monkeypatch, environ, stream, coloured):
    monkeypatch.setattr(sys, "stdout", stream())
    monkeypatch.setattr(sys, "stderr", stream())
    output = Output.of_process(environ)
    assert (output.colour_out, output.colour_err) == (coloured, coloured)
    assert output.width >= 40
