"""Imports on first use: optional packages by extra, names of a package, names of a higher storey.

Laws: nothing heavy loads until it is used; a missing extra names the install command.
Used by: every module that touches an optional package or offers a method served from above, and the
packages whose names are resolved on first use (`algotrendy`, `model`, `protocols`).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import ModuleType

from algotrendy.errors import MissingExtra

__all__ = ["attribute", "loaded", "name_of", "need"]


def need(package: str, *, extra: str) -> ModuleType:
    """Import an optional package, or raise `MissingExtra` with the install command."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is not None and package.partition(".")[0] != error.name.partition(".")[0]:
            raise  # the package is there and broken inside: that is not a missing extra
        raise MissingExtra(package, extra=extra) from error


def attribute(reference: str) -> object:
    """Return what `"package.module:name"` names, importing the module now."""
    module, _, name = reference.partition(":")
    found: object = getattr(importlib.import_module(module), name)
    return found


def name_of(package: str, name: str, *, homes: Mapping[str, str]) -> object:
    """Return a package's public name from its home module and keep it; what `__getattr__` calls.

    `homes` says in which module below the package a name lives; empty says it is a module itself.

    Raises
    ------
    AttributeError
        For a name that is not in the table, as any module does.
    """
    if name not in homes:
        raise AttributeError(
            f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package]
        )
    if not homes[name]:
        return importlib.import_module(f"{package}.{name}")
    found: object = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
    setattr(sys.modules[package], name, found)
    return found


def loaded(package: str) -> ModuleType | None:
    """Return the package if somebody imported it already; never imports: asking must stay free."""
    return sys.modules.get(package)
