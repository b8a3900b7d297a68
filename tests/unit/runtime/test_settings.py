from __future__ import annotations

from pathlib import Path

import pytest

from algotrendy.errors import InvalidSettings
from algotrendy.runtime.settings import Settings


def test_an_empty_environment_gives_a_home_for_user_data_and_no_plugins():
    settings = Settings.from_environment({})
    assert settings.home.is_absolute()
    assert settings.home.name == "algotrendy"
    assert settings.plugins == frozenset()


def test_home_and_plugins_are_read():
    given = {
        "ALGOTRENDY_HOME": "/data/prices",
        "ALGOTRENDY_PLUGINS": "engines:acme, channels:acme,",
    }
    settings = Settings.from_environment(given)
    assert settings.home == Path("/data/prices")
    assert settings.plugins == {"engines:acme", "channels:acme"}


def test_a_home_under_tilde_is_the_users():
    assert Settings.from_environment({"ALGOTRENDY_HOME": "~/x"}).home == Path.home() / "x"


def test_a_relative_home_is_refused_with_the_absolute_one():
    with pytest.raises(InvalidSettings, match="absolute"):
        Settings.from_environment({"ALGOTRENDY_HOME": "data"})


@pytest.mark.parametrize("plugin", ["acme", "engines:", ":acme"])
def test_a_plugin_without_group_or_name_is_refused(plugin):
    with pytest.raises(InvalidSettings, match="group:name"):
        Settings.from_environment({"ALGOTRENDY_PLUGINS": plugin})
