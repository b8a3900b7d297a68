"""Settings that a deployer gives by environment variables, read in one place.

Laws: settings are a frozen value made from a mapping; nothing else reads the environment.
Used by: the registry, the command line, the front doors.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, final

from algotrendy.errors import InvalidSettings

__all__ = ["Settings"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployer may set.

    Parameters
    ----------
    home : folder of the embedded store; ``ALGOTRENDY_HOME``, else the platform's user data
    plugins : names of entry points that may be imported; ``ALGOTRENDY_PLUGINS``, comma separated,
        each as ``group:name`` (``engines:acme``); by default none, since importing is running code
    """

    home: Path
    plugins: frozenset[str] = frozenset()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings.

        Parameters
        ----------
        environ : variables by name, by default those of the process

        Raises
        ------
        InvalidSettings
            For a relative home or a plug-in that is not ``group:name``.
        """
        given = os.environ if environ is None else environ
        home = given.get("ALGOTRENDY_HOME", "")
        plugins = frozenset(p.strip() for p in given.get("ALGOTRENDY_PLUGINS", "").split(",")) - {
            ""
        }
        for plugin in plugins:
            group, colon, name = plugin.partition(":")
            if not (group and colon and name):
                raise InvalidSettings(
                    f"ALGOTRENDY_PLUGINS holds {plugin!r}, group:name is expected",
                    hint="write it like engines:acme,channels:acme",
                )
        if home and not Path(home).expanduser().is_absolute():
            raise InvalidSettings(
                f"ALGOTRENDY_HOME was {home!r}, an absolute path is expected",
                hint=f"write {Path(home).absolute()}",
            )
        return cls(home=Path(home).expanduser() if home else _default_home(), plugins=plugins)


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("algotrendy", appauthor=False)
