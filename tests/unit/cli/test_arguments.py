from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.cli import arguments
from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.sizes import Notional, Quantity, RiskFraction, VolTarget
from algotrendy.runtime.registry import Registry


def test_parameters_keep_their_kind():
    texts = ["fast=20", "band=0.5", "mode=wide", "on=true", "off=False", "small=1e-3", "below=-4"]
    assert arguments.parameters(texts) == {
        "fast": 20, "band": 0.5, "mode": "wide", "on": True, "off": False, "small": 0.001, "below": -4,
    }  # fmt: skip
    assert isinstance(arguments.parameters(["fast=20"])["fast"], int)


@pytest.mark.parametrize("text", ["fast", "=3", "fast=", "2x=3", "a b=1"])
def test_what_is_no_assignment_is_refused(text):
    with pytest.raises(InvalidValue, match="name=value"):
        arguments.parameters([text])


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(InvalidValue, match="given before"):
        arguments.parameters(["fast=1", "fast=2"])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=5:20:5", [5, 10, 15, 20]),
        ("a=5:22:5", [5, 10, 15, 20]),
        ("a=1:3", [1, 2, 3]),
        ("a=3:3", [3]),
        ("a=0.1:0.5:0.1", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("a=0:1:0.5", [0.0, 0.5, 1.0]),
        ("a=-2:2:2", [-2, 0, 2]),
        ("a=20,50,100", [20, 50, 100]),
        ("a=wide,narrow", ["wide", "narrow"]),
        ("a=7", [7]),
    ],
)
def test_a_range_holds_both_ends(text, values):
    assert arguments.ranges([text]) == {"a": values}


@pytest.mark.parametrize(
    "text", ["a=5:1", "a=1:5:0", "a=1:5:-1", "a=1:x", "a=1:2:3:4", "a=1:inf", "a=nan:3", "a=0:1e9"]
)
def test_a_senseless_range_is_refused(text):
    with pytest.raises(InvalidValue, match="-p a"):
        arguments.ranges([text])


@given(start=st.integers(-1000, 1000), count=st.integers(1, 50), step=st.integers(1, 100))
def test_decimal_steps_never_lose_or_gain_a_value(start, count, step):
    stop = start + (count - 1) * step
    text = f"a={start / 100}:{stop / 100}:{step / 100}"
    assert len(arguments.ranges([text])["a"]) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-01", 1_704_067_200),
        ("2024-01-01T01:00", 1_704_070_800),
        ("2024-01-01T01:00+01:00", 1_704_067_200),
        ("2024-01-01T00:00:00Z", 1_704_067_200),
    ],
)
def test_times_without_an_offset_are_utc(text, expected):
    assert arguments.time_ns(text, field="--from") == expected * 10**9


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", ""])
def test_what_is_no_time_is_refused_with_the_way_to_write_it(text):
    with pytest.raises(InvalidValue, match=r"--from.*2024-01-31"):
        arguments.time_ns(text, field="--from")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5", 0.5),
        ("quantity:10", Quantity(10)),
        ("notional:1000", Notional(1000)),
        ("risk:0.01", RiskFraction(0.01)),
        ("vol:0.2", VolTarget(0.2)),
    ],
)
def test_sizes_are_typed(text, expected):
    assert arguments.size(text) == expected


@pytest.mark.parametrize("text", ["half", "lots:3", "risk:", "nan", "quantity:-1"])
def test_a_senseless_size_is_refused(text):
    with pytest.raises(InvalidValue):
        arguments.size(text)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("mine"):
            del sys.modules[name]


ONE = "import algotrendy as at\n@at.strategy\ndef up(bars, n=2):\n    return bars.close > 0\n"


def find(text):
    return arguments.strategy(text, registry=Registry())


def test_a_ready_strategy_is_found_by_name():
    assert find("sma_cross").name == "sma_cross"


def test_a_strategy_is_found_in_a_file_with_and_without_its_name(folder):
    (folder / "mine_one.py").write_text(ONE)
    assert find("mine_one.py:up").name == "up"
    assert find("mine_one.py").name == "up"
    assert find(str(folder / "mine_one.py")).name == "up"
    assert find("mine_one:up").name == "up"


def test_a_plain_function_is_a_strategy(folder):
    (folder / "mine_plain.py").write_text("def f(bars, n=2):\n    return bars.close > 0\n")
    assert find("mine_plain.py:f").defaults == {"n": 2}


def test_it_pickles_so_that_workers_can_run_it(folder):
    import pickle

    (folder / "mine_pickled.py").write_text(ONE)
    found = find("mine_pickled.py:up")
    assert pickle.loads(pickle.dumps(found)).name == "up"


@pytest.mark.parametrize(
    ("source", "text", "kind", "says"),
    [
        (ONE, "mine_absent.py:up", UnknownName, "mine_case.py"),
        (ONE, "mine_case.py:upp", UnknownName, "did you mean 'up'"),
        (ONE + ONE.replace("up", "down"), "mine_case.py", UnknownName, "down, up"),
        ("x = 3\n", "mine_case.py:x", InvalidValue, "@at.strategy"),
        ("1 / 0\n", "mine_case.py:x", InvalidValue, "ZeroDivisionError"),
        ("import mine_missing_package\n", "mine_case.py:x", InvalidValue, "mine_missing_package"),
        (ONE, "mine_no_such_module:up", UnknownName, "module 'mine_no_such_module'"),
    ],
)
def test_what_is_no_strategy_is_refused(folder, source, text, kind, says):
    (folder / "mine_case.py").write_text(source)
    with pytest.raises(kind, match=says):
        find(text)


def test_a_file_that_is_called_like_a_module_is_refused(folder):
    (folder / "json.py").write_text(ONE)
    with pytest.raises(InvalidValue, match="rename the file"):
        find("json.py:up")
