"""Rules that every protocol file keeps: one shape, check ids that are unique, abilities found."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest

from algotrendy import protocols

FOLDER = Path(protocols.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
CHECK_ID = re.compile(r"\(([A-Z]{3}-\d\d)\)")
PREFIXES = {
    "broker": "BRK",
    "cache": "CAC",
    "channel": "CHN",
    "clock": "CLK",
    "closing": "CLO",
    "engine": "ENG",
    "notifier": "NTF",
    "observer": "OBS",
    "predictor": "PRD",
    "risk": "RSK",
    "store": "STO",
    "strategy": "STR",
}


def _classes(module):
    home = importlib.import_module(f"algotrendy.protocols.{module}")
    return [
        found
        for name in home.__all__
        if inspect.isclass(found := getattr(home, name)) and found.__module__ == home.__name__
    ]


def _contracts(module):
    return [one for one in _classes(module) if getattr(one, "_is_protocol", False)]


@pytest.mark.parametrize("module", MODULES)
def test_check_ids_have_the_prefix_of_their_contract_and_are_defined_once(module):
    text = (FOLDER / f"{module}.py").read_text("utf-8")
    ids = CHECK_ID.findall(text)
    assert ids
    assert {one[:3] for one in ids} == {PREFIXES[module]}
    repeated = {one for one, count in Counter(ids).items() if count > 1}
    assert repeated <= {"STO-02"}, "a check id is defined in one place"


@pytest.mark.parametrize("module", MODULES)
def test_every_member_of_a_contract_is_documented_and_public(module):
    for contract in _contracts(module):
        for name, member in vars(contract).items():
            if name.startswith("_") and name != "__call__":
                continue
            assert inspect.getdoc(member), f"{contract.__name__}.{name}"


@pytest.mark.parametrize("module", MODULES)
def test_members_that_are_data_are_properties(module):
    """A bare attribute in a protocol is mutable and refuses properties."""
    for contract in _contracts(module):
        assert not inspect.get_annotations(contract), contract.__name__


@pytest.mark.parametrize("module", MODULES)
def test_required_parameters_are_positional_only_or_keyword_only(module):
    """Without a slash pyright refuses implementers who name a parameter differently."""
    for contract in _contracts(module):
        for name, member in vars(contract).items():
            if name.startswith("_") or not inspect.isfunction(member):
                continue
            loose = [
                parameter.name
                for parameter in list(inspect.signature(member).parameters.values())[1:]
                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
                and parameter.default is parameter.empty
            ]
            assert not loose, f"{contract.__name__}.{name}"


@pytest.mark.parametrize("module", MODULES)
def test_what_returns_an_iterator_is_no_coroutine_function(module):
    """`async def f() -> AsyncIterator` does not match an async generator."""
    for contract in _contracts(module):
        for member in vars(contract).values():
            if inspect.isfunction(member) and "AsyncIterator" in str(
                member.__annotations__.get("return")
            ):
                assert not inspect.iscoroutinefunction(member)


@pytest.mark.parametrize("module", MODULES)
def test_abilities_can_be_asked_for_and_contracts_are_documented(module):
    for contract in _contracts(module):
        assert inspect.getdoc(contract)
        if contract.__name__.startswith("Supports"):
            assert not isinstance(object(), contract)


def test_an_ability_is_found_by_its_method():
    class Closing:
        def close(self):
            pass

    class Streaming:
        async def order_events(self):
            yield None

    assert isinstance(Closing(), protocols.SupportsClose)
    assert not isinstance(Closing(), protocols.SupportsAsyncClose)
    assert isinstance(Streaming(), protocols.SupportsOrderStream)
    assert not isinstance(Streaming(), protocols.SupportsAmend)


REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def _page(name):
    if not REFERENCE.exists():
        pytest.skip("docs are not beside the tests")
    return (REFERENCE / name).read_text("utf-8")


def test_the_reference_lists_every_contract_and_every_capability():
    text = _page("protocols.md")
    for module in MODULES:
        for contract in _contracts(module):
            assert f"| `{contract.__name__}` |" in text, contract.__name__
        for found in _classes(module):
            if found.__name__.endswith(("Capabilities", "Needs")):
                for field in dataclasses.fields(found):
                    assert re.search(rf"^\|[^|]*`{field.name}`[^|]*\|", text, re.MULTILINE), (
                        field.name
                    )


def test_the_list_of_checks_names_each_id_once_and_no_other():
    listed = re.findall(r"^\| ([A-Z]{3}-\d\d) \| `\w+\.\w+` \| ", _page("checks.md"), re.MULTILINE)
    written = {
        one for module in MODULES for one in CHECK_ID.findall((FOLDER / f"{module}.py").read_text())
    }
    assert sorted(listed) == sorted(written)


def test_no_contract_promises_a_module_that_is_not_there():
    for module in MODULES:
        text = (FOLDER / f"{module}.py").read_text("utf-8")
        for named in re.findall(r"``(algotrendy\.[\w.]+)", text):
            assert importlib.util.find_spec(named), named
