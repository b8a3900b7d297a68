from __future__ import annotations

import importlib.metadata
import sys

import pytest

import algotrendy
from algotrendy import _lazy
from algotrendy.errors import MissingExtra


def test_a_missing_extra_names_the_install_command():
    with pytest.raises(MissingExtra, match=r"pip install 'algotrendy\[plot\]'") as caught:
        _lazy.need("no_such_package_of_ours", extra="plot")
    assert (caught.value.package, caught.value.extra) == ("no_such_package_of_ours", "plot")


def test_a_package_that_is_broken_inside_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "broken_inside.py").write_text("import another_absent_package\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="another_absent_package") as caught:
        _lazy.need("broken_inside", extra="plot")
    assert not isinstance(caught.value, MissingExtra)


def test_asking_whether_a_package_is_loaded_never_loads_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert _lazy.loaded("colorsys") is None
    assert "colorsys" not in sys.modules
    assert _lazy.loaded("sys") is sys


def test_a_reference_is_resolved_to_what_it_names():
    assert _lazy.attribute("algotrendy.errors:MissingExtra") is MissingExtra


def test_a_source_tree_that_was_never_installed_has_a_version_all_the_same(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    monkeypatch.delitem(vars(algotrendy), "__version__", raising=False)
    assert algotrendy.__version__ == "0+source"
    monkeypatch.delitem(vars(algotrendy), "__version__")


def test_a_resolved_name_is_kept_so_that_the_table_is_read_once(monkeypatch):
    monkeypatch.delitem(vars(algotrendy), "Symbol", raising=False)
    found = algotrendy.Symbol
    assert vars(algotrendy)["Symbol"] is found
