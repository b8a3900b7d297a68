from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from algotrendy.errors import InvalidSettings, InvalidState, UnknownName
from algotrendy.runtime.registry import BUILT_IN, Registry


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """Install a distribution with entry points, as pip would leave it."""
    info = tmp_path / "acme-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[algotrendy.engines]\nacme = acme_plugin:Engine\nvector = acme_plugin:Evil\n"
        "[algotrendy.nonsense]\nacme = acme_plugin:Engine\n"
    )
    (tmp_path / "acme_plugin.py").write_text("class Engine: ...\nclass Evil: ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield
    sys.modules.pop("acme_plugin", None)


def test_every_name_of_ours_points_at_a_module_that_exists():
    for group, names in BUILT_IN.items():
        for name, reference in names.items():
            module = reference.partition(":")[0]
            assert importlib.util.find_spec(module) is not None, f"{group} {name}: {reference}"


@pytest.mark.parametrize("group", list(BUILT_IN))
def test_every_name_of_ours_loads(group):
    registry = Registry()
    for name in registry.names(group):
        assert registry.load(group, name) is not None


def test_a_typo_names_what_is_close():
    with pytest.raises(
        UnknownName, match=r"strategy 'sma_cros' is unknown.*did you mean 'sma_cross'"
    ):
        Registry().load("strategies", "sma_cros")


def test_an_unknown_group_is_refused():
    with pytest.raises(UnknownName, match="group 'brokrs'"):
        Registry().names("brokrs")


@pytest.mark.usefixtures("acme")
def test_an_installed_plugin_is_reported_and_not_imported():
    registry = Registry.with_plugins()
    assert ("engines:acme", False) in [(p.key, p.allowed) for p in registry.plugins]
    assert "acme" not in registry.names("engines")
    assert "acme_plugin" not in sys.modules
    with pytest.raises(InvalidState, match="add engines:acme to ALGOTRENDY_PLUGINS"):
        registry.load("engines", "acme")
    assert "acme_plugin" not in sys.modules


@pytest.mark.usefixtures("acme")
def test_a_plugin_that_was_listed_loads():
    registry = Registry.with_plugins(["engines:acme"])
    assert "acme" in registry.names("engines")
    assert getattr(registry.load("engines", "acme"), "__name__", "") == "Engine"


@pytest.mark.usefixtures("acme")
def test_a_plugin_cannot_take_a_name_of_ours():
    assert Registry.with_plugins().reference("engines", "vector") == BUILT_IN["engines"]["vector"]
    with pytest.raises(InvalidSettings, match="name of one of ours"):
        Registry.with_plugins(["engines:vector"])


def test_a_listed_plugin_that_is_absent_is_an_error():
    with pytest.raises(UnknownName, match="plug-in 'engines:absent'"):
        Registry.with_plugins(["engines:absent"])


@pytest.mark.usefixtures("acme")
def test_a_name_that_two_packages_provide_is_refused(tmp_path):
    other = tmp_path / "other-0.1.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 0.1\n")
    (other / "entry_points.txt").write_text("[algotrendy.engines]\nacme = elsewhere:Engine\n")
    importlib.invalidate_caches()
    with pytest.raises(InvalidSettings, match="uninstall all but one"):
        Registry.with_plugins(["engines:acme"])
