"""What every test starts from: folders of its own, and none of the settings of whoever runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no finding: no deadlines; what a failing example needs to come back is printed.
settings.register_profile(
    "algotrendy", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("algotrendy")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every user folder at a temporary place, so that no test reads or writes a home."""
    home: Path = tmp_path_factory.getbasetemp() / "home"
    for name, folder in {
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_STATE_HOME": "state",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    for name in [key for key in os.environ if key.startswith("ALGOTRENDY_")]:
        if name not in (
            "ALGOTRENDY_SHARED",
            "ALGOTRENDY_REQUIRE_SHARED",
            "ALGOTRENDY_REQUIRE_SERVICES",
        ):
            monkeypatch.delenv(name)
