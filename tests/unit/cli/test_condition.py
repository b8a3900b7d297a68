from __future__ import annotations

import inspect
import pickle

import pytest

from algotrendy.cli.condition import Condition
from algotrendy.errors import InvalidValue, UnknownName

KNOWN = ("fast", "slow", "mode")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fast < slow", True),
        ("fast >= slow", False),
        ("5 < fast < slow", True),
        ("fast * 3 <= slow", False),
        ("fast / 2 == 10 and slow // 20 == 2", True),
        ("slow % 20 == 10 or fast == 1", True),
        ("not fast == 20", False),
        ("-fast < 0", True),
        ("mode == 'wide'", True),
        ("fast + slow - 70", False),
        ("fast != slow", True),
    ],
)
def test_a_condition_means_what_it_says(text, expected):
    condition = Condition(text, known=KNOWN)
    values = {"fast": 20, "slow": 50, "mode": "wide"}
    names = inspect.signature(condition).parameters
    assert condition(**{name: values[name] for name in names}) is expected


def test_its_signature_names_what_it_uses():
    assert list(inspect.signature(Condition("slow > 3 < fast", known=KNOWN)).parameters) == [
        "slow",
        "fast",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "fast.real",
        "fast[0]",
        "[fast]",
        "lambda: 1",
        "(fast := 3)",
        "fast if slow else mode",
        "f'{fast}'",
        "fast ** slow",
        "fast << slow",
        "fast in (1, 2)",
        "fast is slow",
        "b'x' == mode",
        "...",
        "1j < fast",
        "{fast}",
        "*fast",
        "fast <",
        "import os",
        "",
        "fast\0",
        "(" * 200,
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(InvalidValue, match="--where"):
        Condition(text, known=KNOWN)


def test_a_very_long_text_is_refused():
    with pytest.raises(InvalidValue, match="500 characters"):
        Condition("fast < slow and " * 100 + "fast", known=KNOWN)


def test_an_unknown_name_is_met_with_close_ones():
    with pytest.raises(UnknownName, match="did you mean 'slow'"):
        Condition("fast < slw", known=KNOWN)


@pytest.mark.parametrize("text", ["fast / 0 > 1", "fast < mode", "mode * 9999999999 == 'x'"])
def test_what_cannot_be_decided_is_an_error_and_not_a_guess(text):
    with pytest.raises(InvalidValue, match="cannot be decided"):
        Condition(text, known=KNOWN)(fast=1, slow=2, mode="wide")


def test_it_pickles():
    condition = pickle.loads(pickle.dumps(Condition("fast < slow", known=KNOWN)))
    assert condition(fast=1, slow=2)
    assert condition.__doc__ == "fast < slow"
