"""Backtests: what is asked, how fills happen, what came out; and, called, `at.backtest` itself.

Laws: the package bears the name of the function, and importing any module of it sets that name on
the top level: so the package can be called, and ``at.backtest`` is one and the same thing always.
Used by: `algotrendy`, which types the name as the function.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from algotrendy._lazy import attribute

if TYPE_CHECKING:
    from inspect import Signature


class _CallablePackage(ModuleType):
    """A package that stands for the function of its name, found in a higher storey when called."""

    @staticmethod
    def _function() -> object:
        return attribute("algotrendy.runtime.research:backtest")

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self._function()(*args, **kwargs)  # type: ignore[operator]

    @property
    def __signature__(self) -> Signature:
        from inspect import signature

        return signature(self._function())  # type: ignore[arg-type]

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self._function().__doc__


sys.modules[__name__].__class__ = _CallablePackage
