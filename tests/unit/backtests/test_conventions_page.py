"""docs/explanation/conventions.md names every difference to other programs that the tests name, with its cases."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from tests.unit.backtests import test_oracles
from tests.unit.backtests.test_order_vectors import DIFFERENCES

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "conventions.md"


def _rows() -> dict[str, set[str]]:
    """Text of each row of the page's tables, and the words of its second cell."""
    if not PAGE.exists():
        pytest.skip("docs are not beside the tests")
    found = re.findall(r"^\| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {text: set(cases.split()) for text, cases in found}


def test_every_difference_of_the_order_simulations_has_a_row_with_exactly_its_cases() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for case, text in DIFFERENCES.items():
        named[text].add(case)
    rows = _rows()
    assert {text: rows.get(text) for text in named} == named


def test_every_other_convention_of_the_exit_scenarios_has_a_row_with_exactly_its_cases() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for case, texts in test_oracles.OTHER_CONVENTION.items():
        for text in texts.split("; "):
            named[text].add(case)
    rows = _rows()
    assert {text: rows.get(text) for text in named} == named


def test_every_named_difference_in_the_source_of_the_oracles_has_a_row() -> None:
    source = re.sub(r"\n\s*#\s*", " ", Path(test_oracles.__file__).read_text("utf-8"))
    named = re.findall(r"Named difference: (.+?\.)(?:\n|\"\"\")", source)
    assert len(named) == 4
    rows = _rows()
    assert [text for text in named if text not in rows] == []
