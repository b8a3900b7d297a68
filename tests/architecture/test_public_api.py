"""The top level: one table, one block for type checkers, one `__all__`, and they agree."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import types
from pathlib import Path

import pytest

import algotrendy as at

PACKAGE = Path(at.__file__).parent


def _typing_block(package: str = "") -> dict[str, str]:
    """Name -> module of every import below `if TYPE_CHECKING` in a package's `__init__`."""
    tree = ast.parse((PACKAGE / package / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    found: dict[str, str] = {}
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            found.update({(alias.asname or alias.name): node.module for alias in node.names})
        elif isinstance(node, ast.AnnAssign):
            assert isinstance(node.target, ast.Name)
            found[node.target.id] = "algotrendy"
    return found


def test_table_typing_block_and_all_name_the_same_things():
    table = {*at._HOMES, "__version__"}
    assert table == set(_typing_block()) == set(at.__all__)
    assert len(at.__all__) == len(set(at.__all__)), "a name stands twice in __all__"


@pytest.mark.parametrize("package", ["model", "protocols"])
def test_lazy_packages_below_keep_the_same_order(package):
    module = importlib.import_module(f"algotrendy.{package}")
    assert set(module._HOMES) == set(_typing_block(package)) == set(module.__all__)
    for name, home in _typing_block(package).items():
        assert home == f"algotrendy.{package}.{module._HOMES[name]}"
        assert getattr(module, name) is getattr(importlib.import_module(home), name)
    with pytest.raises(AttributeError, match=f"module 'algotrendy.{package}' has no attribute"):
        module.nonsense  # noqa: B018


def test_type_checkers_and_the_interpreter_look_in_the_same_module():
    for name, module in _typing_block().items():
        home = at._HOMES.get(name, "")
        if home:
            assert module == f"algotrendy.{home}", name


def test_no_public_name_is_also_a_package():
    """Importing a package sets its name on the top level, so the two must never share one."""
    packages = {path.name for path in Path(at.__file__).parent.iterdir() if path.is_dir()}
    assert packages & {name for name, home in at._HOMES.items() if home} == set()


@pytest.mark.parametrize("name", at.__all__)
def test_every_public_name_resolves_to_the_object_of_its_home(name):
    found = getattr(at, name)
    home = at._HOMES.get(name, "")
    if home:
        assert found is getattr(importlib.import_module(f"algotrendy.{home}"), name)
        assert name in importlib.import_module(f"algotrendy.{home}").__all__


def test_every_public_function_and_class_is_documented():
    bare = [
        name
        for name in at.__all__
        if callable(getattr(at, name)) and not (getattr(at, name).__doc__ or "").strip()
    ]
    assert not bare


def test_dir_lists_the_public_names():
    assert set(at.__all__) <= set(dir(at))


def test_a_wrong_name_is_an_attribute_error_naming_the_package():
    with pytest.raises(AttributeError, match="module 'algotrendy' has no attribute 'nonsense'"):
        at.nonsense  # noqa: B018


def test_version_is_text():
    assert at.__version__
    assert isinstance(at.__version__, str)


def test_no_public_name_is_shadowed_by_a_module_of_the_same_name():
    """Importing a.b sets the attribute b of a: a public name equal to a module must be that module."""
    modules = {found.name for found in pkgutil.iter_modules([str(PACKAGE)])}
    clashes = {name for name in modules & set(at._HOMES) if at._HOMES[name]}
    assert not clashes
    for name in modules & set(at._HOMES):
        assert isinstance(getattr(at, name), types.ModuleType)


def _modules() -> list[str]:
    return sorted(
        found.name
        for found in pkgutil.walk_packages([str(PACKAGE)], prefix="algotrendy.")
        if not found.name.endswith("__main__")
    )


@pytest.mark.parametrize("name", _modules())
def test_all_of_each_module_names_what_exists(name):
    private = any(part.startswith("_") for part in name.split("."))
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not private or (error.name or "").startswith("algotrendy"):
            raise  # a public module imports without any extra
        pytest.skip(f"{error.name} is not installed")
    listed = getattr(module, "__all__", None)
    if listed is None:
        is_package = hasattr(module, "__path__")
        assert is_package or private, f"{name} is a public module without __all__"
        return
    assert len(listed) == len(set(listed))
    for entry in listed:
        assert hasattr(module, entry), f"{name}.__all__ names {entry}, which does not exist"
