"""The one registry: short names of engines, channels, stores and strategies, and where they live.

Laws: a name is text until it is used: nothing is imported to list it; ours come first and cannot be
taken over; a plug-in's code runs only where the deployer named it.
Used by: the front doors and the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self, final

from algotrendy import _lazy
from algotrendy.errors import InvalidSettings, InvalidState, UnknownName

__all__ = ["BUILT_IN", "Plugin", "Registry"]

_KINDS = MappingProxyType(
    {"engines": "engine", "channels": "channel", "stores": "store", "strategies": "strategy"}
)

BUILT_IN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "engines": MappingProxyType({"vector": "algotrendy.engines.vector.engine:VectorEngine"}),
        "channels": MappingProxyType(
            {"binance": "algotrendy.channels.binance.rest:BinanceChannel"}
        ),
        "stores": MappingProxyType({"embedded": "algotrendy.storage.embedded:Store"}),
        "strategies": MappingProxyType(
            {
                "breakout": "algotrendy.strategies.breakout:breakout",
                "ema_cross": "algotrendy.strategies.ema_cross:ema_cross",
                "macd_cross": "algotrendy.strategies.macd_cross:macd_cross",
                "rsi_reversion": "algotrendy.strategies.rsi_reversion:rsi_reversion",
                "sma_cross": "algotrendy.strategies.sma_cross:sma_cross",
            }
        ),
    }
)
"""What the library brings, by group: name to ``module:attribute``."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """An entry point somebody installed.

    Parameters
    ----------
    group, name : ``engines``, ``acme`` for the entry point ``acme`` of ``algotrendy.engines``
    reference : ``module:attribute``
    package : the distribution that brings it, with its version
    allowed : whether the deployer listed it, so that it may be imported
    """

    group: str
    name: str
    reference: str
    package: str
    allowed: bool

    @property
    def key(self) -> str:
        """``group:name``, as a deployer lists it."""
        return f"{self.group}:{self.name}"


@final
@dataclass(frozen=True, slots=True)
class Registry:
    """Names and where they live; a value: `with_plugins` gives a new one.

    Examples
    --------
    >>> Registry().names("strategies")
    ('breakout', 'ema_cross', 'macd_cross', 'rsi_reversion', 'sma_cross')
    """

    plugins: tuple[Plugin, ...] = field(default=())

    @classmethod
    def with_plugins(cls, allowed: Iterable[str] = ()) -> Self:
        """Make a registry that also knows the installed entry points ``algotrendy.<group>``.

        Parameters
        ----------
        allowed : ``group:name`` of those that may be imported; the rest is listed in `plugins` only

        Raises
        ------
        UnknownName
            For an allowed name that nothing installed provides.
        InvalidSettings
            For an allowed name that is one of ours, or that two packages provide.
        """
        permitted = frozenset(allowed)
        found = tuple(_installed(permitted))
        keys = [plugin.key for plugin in found]
        for key in sorted(permitted):
            group, _, name = key.partition(":")
            if name in BUILT_IN.get(group, {}):
                raise InvalidSettings(
                    f"plug-in {key!r} has the name of one of ours", hint="rename the entry point"
                )
            if key not in keys:
                raise UnknownName("plug-in", key, known=tuple(sorted(set(keys))))
            if keys.count(key) > 1:
                packages = ", ".join(p.package for p in found if p.key == key)
                raise InvalidSettings(
                    f"plug-in {key!r} is provided by {packages}", hint="uninstall all but one"
                )
        return cls(found)

    def names(self, group: str) -> tuple[str, ...]:
        """Every name of a group that `load` would take, sorted."""
        return tuple(sorted(self._references(group)))

    def reference(self, group: str, name: str) -> str:
        """Return ``module:attribute`` of a name, importing nothing.

        Raises
        ------
        UnknownName
            With the names that are close.
        InvalidState
            For a plug-in that is installed and not allowed.
        """
        references = self._references(group)
        if name in references:
            return references[name]
        for plugin in self.plugins:
            if plugin.key == f"{group}:{name}":
                raise InvalidState(
                    f"plug-in {plugin.key!r} of {plugin.package} is installed and not allowed",
                    hint=f"add {plugin.key} to ALGOTRENDY_PLUGINS if you trust it",
                )
        raise UnknownName(_KINDS[group], name, known=tuple(sorted(references)))

    def load(self, group: str, name: str) -> object:
        """Import what a name stands for and return it."""
        return _lazy.attribute(self.reference(group, name))

    def _references(self, group: str) -> dict[str, str]:
        if group not in BUILT_IN:
            raise UnknownName("group", group, known=tuple(BUILT_IN))
        mine = {p.name: p.reference for p in self.plugins if p.group == group and p.allowed}
        return {**mine, **BUILT_IN[group]}


def _installed(allowed: frozenset[str]) -> Iterable[Plugin]:
    from importlib.metadata import entry_points

    for group in BUILT_IN:
        for point in entry_points(group=f"algotrendy.{group}"):
            package = "?" if point.dist is None else f"{point.dist.name} {point.dist.version}"
            yield Plugin(
                group=group,
                name=point.name,
                reference=point.value,
                package=package,
                allowed=f"{group}:{point.name}" in allowed,
            )
