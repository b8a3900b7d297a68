"""`algotrendy.model` and `algotrendy.protocols`: the table, the imports for checkers and `__all__`."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import algotrendy as at
from algotrendy import model, protocols

PARENT = str(Path(at.__file__).parents[1])
PACKAGES = {"model": model, "protocols": protocols}
packages = pytest.mark.parametrize("name", PACKAGES)


def _typing_block(package):
    tree = ast.parse(Path(package.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@packages
def test_table_typing_block_and_all_name_the_same_things(name):
    package = PACKAGES[name]
    assert package.__all__ == sorted(package._HOMES)
    homes = {entry: f"algotrendy.{name}.{home}" for entry, home in package._HOMES.items()}
    assert homes == _typing_block(package)


@packages
def test_every_name_is_the_object_of_its_home(name):
    package = PACKAGES[name]
    for entry, home in package._HOMES.items():
        module = importlib.import_module(f"algotrendy.{name}.{home}")
        assert getattr(package, entry) is getattr(module, entry)
        assert entry in module.__all__


def test_every_protocol_file_is_offered_whole():
    files = {path.stem for path in Path(protocols.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(protocols._HOMES.values())
    for home in files:
        module = importlib.import_module(f"algotrendy.protocols.{home}")
        assert set(module.__all__) <= set(protocols.__all__), home


@packages
def test_a_wrong_name_is_an_attribute_error_naming_the_package(name):
    with pytest.raises(AttributeError, match=f"module 'algotrendy.{name}' has no attribute 'no'"):
        PACKAGES[name].no  # noqa: B018


@packages
def test_dir_lists_the_names(name):
    assert set(PACKAGES[name].__all__) <= set(dir(PACKAGES[name]))


def _loaded_by(statement):
    code = (
        f"import sys; sys.path.insert(0, {PARENT!r}); before = set(sys.modules)\n{statement}\n"
        "loaded = sorted(set(sys.modules) - before); import json; print(json.dumps(loaded))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


def test_importing_the_packages_loads_nothing():
    loaded = _loaded_by("import algotrendy.model, algotrendy.protocols")
    assert not loaded & {"numpy", "dataclasses", "decimal", "enum", "typing", "re", "asyncio"}
    assert loaded >= {"algotrendy.model", "algotrendy.protocols"}


def test_orders_and_their_contracts_load_no_numpy_and_no_event_loop():
    names = "Broker, RiskRule, Clock, Cache, Observer, Notifier, BarStore, DataChannel"
    loaded = _loaded_by(
        f"from algotrendy.protocols import {names}; from algotrendy.model import OrderRequest, Fill"
    )
    assert not loaded & {"numpy", "asyncio", "pandas", "logging"}
