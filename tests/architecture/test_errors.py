"""The one error tree: drawn as it is, coded uniquely, picklable, raised, documented."""

from __future__ import annotations

import ast
import copy
import inspect
import pickle
import re
from pathlib import Path

import pytest

import algotrendy as at
from algotrendy import errors

PACKAGE = Path(at.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
CLASSES = [getattr(errors, name) for name in errors.__all__]
LEAVES = [found for found in CLASSES if not found.__subclasses__()]

# What later parts raise: orders, brokers, live data, remote engines, servers.
PLANNED = frozenset(
    [
        "ClockSkew",
        "DuplicateOrderId",
        "InsufficientFunds",
        "OrderNotFound",
        "OrderRefused",
        "OutcomeUnknown",
        "RemoteIncomplete",
        "RiskRejected",
        "RunTimeout",
        "SourcesExhausted",
        "StaleData",
    ]
)

SAMPLES = {
    "message": "the message",
    "field": "quantity",
    "value": 0.0004,
    "rule": "at least 0.001 is expected",
    "hint": "0.001 passes",
    "row": 3,
    "bar": 7,
    "column": "high",
    "strategy": "cross",
    "suggestion": "0.001",
    "package": "plotly",
    "extra": "plot",
    "kind": "timeframe",
    "asked": "1n",
    "known": ("1m", "1h"),
    "verdicts": ("too large",),
    "retry_after_s": 1.5,
}


def _example(kind: type[errors.AlgoTrendyError]) -> errors.AlgoTrendyError:
    """Make one with every parameter given, from the table above."""
    positional, named = [], {}
    for parameter in list(inspect.signature(kind.__init__).parameters.values())[1:]:
        value = SAMPLES[parameter.name]
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            positional.append(value)
    return kind(*positional, **named)


def _drawing() -> dict[str, str]:
    """Child -> parent, read from the tree in the docstring of errors.py."""
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^\s*(?P<branch>[│├└─ ]*)(?P<name>[A-Z]\w+)(?:\s{2,}.*|\s*)$", line)
        if match is None or match["name"] not in errors.__all__:
            continue
        column = line.index(match["name"])
        while stack and stack[-1][0] >= column:
            stack.pop()
        parents[match["name"]] = stack[-1][1] if stack else ""
        stack.append((column, match["name"]))
    return parents


def test_the_drawing_is_the_class_tree():
    real = {
        found.__name__: next(
            (base.__name__ for base in found.__bases__ if base.__module__ == errors.__name__), ""
        )
        for found in CLASSES
    }
    assert _drawing() == real


def test_every_error_class_is_public():
    defined = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.AlgoTrendyError)
    }
    assert defined == set(errors.__all__)


def test_codes_are_unique_and_follow_the_tree():
    codes = [found.code for found in CLASSES]
    assert len(codes) == len(set(codes))
    for found in CLASSES:
        assert "code" in vars(found), f"{found.__name__} has no code of its own"
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", found.code)


def test_leaves_are_final():
    assert not [leaf.__name__ for leaf in LEAVES if not getattr(leaf, "__final__", False)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_survives_pickle_and_copy_with_its_fields(kind):
    error = _example(kind)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert twin.args == error.args
        assert twin.__dict__ == error.__dict__
        assert str(twin) == str(error)
        assert (twin.code, twin.retryable) == (error.code, error.retryable)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_text_and_fields_say_what_was_given(kind):
    error = _example(kind)
    for name in inspect.signature(kind.__init__).parameters:
        if name in ("self", "message") or (name == "hint" and not error.hint):
            continue
        assert hasattr(error, name), f"{kind.__name__} does not keep {name}"
    assert str(error)


def test_unknown_outcomes_are_never_retryable():
    assert errors.OutcomeUnknown.retryable is False
    assert errors.WriteUnconfirmed.retryable is False


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_docstring_says_what_to_do(kind):
    assert kind.__doc__
    if kind is not errors.AlgoTrendyError:
        assert "React:" in kind.__doc__


def _raised() -> set[str]:
    """Names of error classes that any module but errors.py itself uses."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path != PACKAGE / "errors.py":
            tree = ast.parse(path.read_text("utf-8"))
            names |= {getattr(node, "id", "") for node in ast.walk(tree)}
    return names & set(errors.__all__)


def test_every_leaf_is_raised_somewhere_or_is_planned():
    leaves = {leaf.__name__ for leaf in LEAVES}
    idle = leaves - _raised() - PLANNED
    assert not idle, "raise it, or say in PLANNED which part will"


def test_no_planned_error_is_raised_already():
    assert not PLANNED & _raised(), "take it out of PLANNED"


def test_every_error_has_its_entry_in_the_docs():
    if not PAGE.exists():
        pytest.skip("docs are not beside the tests")
    text = PAGE.read_text("utf-8")
    missing = [
        found.__name__
        for found in CLASSES
        if f"`{found.__name__}`" not in text or f"`{found.code}`" not in text
    ]
    assert not missing
