from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidValue
from algotrendy.plotting.markup import Markup, embed_json, join, script_source, svg_number, tag


def test_text_is_escaped_and_markup_is_kept():
    inner = tag("b", "<i>")
    assert inner == "<b>&lt;i&gt;</b>"
    assert tag("p", inner, " & ") == "<p><b>&lt;i&gt;</b> &amp; </p>"


def test_attributes_are_escaped_named_and_left_out():
    made = tag("a", "x", class_="c", aria_label='"<', hidden=True, title=None, download=False)
    assert made == '<a class="c" aria-label="&quot;&lt;" hidden>x</a>'


def test_an_attribute_may_be_called_name():
    assert tag("meta", name="viewport") == '<meta name="viewport">'


def test_join_escapes_plain_parts_and_skips_none():
    assert join(["<", None, Markup("<br>")], between="|") == "&lt;|<br>"


@given(st.text())
def test_no_text_leaves_its_json_block(text):
    made = embed_json({"name": text, text: [text]}, element_id="data")
    inner = re.fullmatch(
        r'<script type="application/json" id="data">(.*)</script>', made, re.DOTALL
    )
    assert inner is not None
    assert not set("<>&\u2028\u2029") & set(inner[1])
    assert inner[1].isascii()
    assert json.loads(inner[1])["name"] == text


def test_numbers_json_does_not_know_become_null():
    made = embed_json([float("nan"), float("inf"), 1.5, {"a": (float("-inf"), 2)}], element_id="d")
    assert '[null,null,1.5,{"a":[null,2]}]' in made


def test_a_script_is_named_by_its_hash():
    digest = base64.b64encode(hashlib.sha256(b"alert(1)").digest()).decode()
    assert script_source("alert(1)") == f"'sha256-{digest}'"


@pytest.mark.parametrize("code", ["a</SCRIPT>b", "x <!-- y"])
def test_a_script_that_would_end_early_is_refused(code):
    with pytest.raises(InvalidValue, match="may not contain"):
        script_source(code)


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (1.25, "1.25"), (-0.001, "0"), (10.0, "10"), (0.5, "0.5")]
)
def test_coordinates_are_short(value, text):
    assert svg_number(value) == text
