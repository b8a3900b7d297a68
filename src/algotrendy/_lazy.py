"""Imports on first use: optional packages by extra, and names that live in a higher storey.

Laws: nothing heavy loads until it is used; a missing extra names the install command.
Used by: every module that touches an optional package or offers a method served from above.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from algotrendy.errors import MissingExtra

__all__ = ["attribute", "loaded", "need"]


def need(package: str, *, extra: str) -> ModuleType:
    """Import an optional package, or raise `MissingExtra` with the install command."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is not None and package.split(".")[0] != error.name.split(".")[0]:
            raise  # the package is there and broken inside: that is not a missing extra
        raise MissingExtra(package, extra=extra) from error


def attribute(reference: str) -> object:
    """Return what `"package.module:name"` names, importing the module now."""
    module, _, name = reference.partition(":")
    found: object = getattr(importlib.import_module(module), name)
    return found


def loaded(package: str) -> ModuleType | None:
    """Return the package if somebody imported it already; never imports: asking must stay free."""
    return sys.modules.get(package)
