"""Public signatures: named, few positions, no flag by position."""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import algotrendy as at

PACKAGE = Path(at.__file__).parent
POSITIONS_TOP_LEVEL = 2  # names of `at.`: people type these
POSITIONS_PROTOCOLS = 4  # symbol, timeframe, start, end

# Reviewed: signatures that break the rule on purpose, each with its reason.
REVIEWED: dict[str, str] = {
    "algotrendy.backtests.strategy.Strategy.__call__": "passes a user's own named parameters on",
    "algotrendy.model.symbol.Symbol.__init__": "base, quote, settle: the order in which it is written",
    "algotrendy.plotting.markup.tag": "an HTML element takes any children and attributes",
    "algotrendy.plotting.parts.note": "an HTML element takes any children",
    "algotrendy.plotting.parts.section": "an HTML element takes any children",
    "algotrendy.plotting.views.optional": "names in order of preference",
    "algotrendy.plotting.views.optional_number": "names in order of preference",
    "algotrendy.cli.condition.Condition.__call__": "takes the parameters that its own text names",
    "algotrendy.runtime.research.sweep": "values for a user's own named parameters",
    "algotrendy.runtime.research.make_spec": "hands the fields of a spec on",
}
# Columns of bars have an order everybody knows: open, high, low, close, volume.
COLUMNS = frozenset({"open", "high", "low", "close", "volume", "open_", "values", "x", "y"})


TOP_LEVEL = {f"algotrendy.{home}.{name}" for name, home in at._HOMES.items() if home}
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages([str(PACKAGE)], prefix="algotrendy.")
    if not any(part.startswith("_") for part in found.name.split("."))
)


def _callables(name: str) -> Iterator[tuple[str, Callable[..., object], bool]]:
    """Yield (label, function, is a method) for everything public that a module defines."""
    module = importlib.import_module(name)
    for entry in getattr(module, "__all__", ()):
        found = getattr(module, entry)
        if getattr(found, "__module__", None) != name:
            continue
        label = f"{name}.{entry}"
        if inspect.isfunction(found):
            yield label, found, False
        elif inspect.isclass(found) and not issubclass(found, enum.Enum):
            for key, member in vars(found).items():
                if key.startswith("_") and key not in ("__init__", "__call__"):
                    continue
                function = (
                    member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
                )
                if inspect.isfunction(function) and function.__module__ == name:
                    yield f"{label}.{key}", function, not isinstance(member, staticmethod)


def faults(
    function: Callable[..., object], *, is_method: bool, positions: int | None = POSITIONS_TOP_LEVEL
) -> list[str]:
    """List what a signature holds against the rules."""
    parameters = list(inspect.signature(function).parameters.values())[1 if is_method else 0 :]
    found: list[str] = []
    positional = []
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            found.append(f"{parameter} hides what may be passed")
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(parameter)
            annotation = parameter.annotation
            if isinstance(parameter.default, bool) or annotation in (bool, "bool", "bool | None"):
                found.append(f"{parameter.name} is a flag by position")
    counted = [parameter for parameter in positional if parameter.name not in COLUMNS]
    if positions is not None and len(positional) > positions and len(counted) > 1:
        found.append(f"{len(positional)} positional parameters, {positions} are allowed")
    return found


def _allowed(label: str) -> int | None:
    """How many positions a signature may have; None below what people meet: there, readers decide."""
    owner = label.rsplit(".", 1)[0]
    if label.startswith("algotrendy.protocols."):
        return POSITIONS_PROTOCOLS
    if label.startswith("algotrendy.indicators."):
        return None  # series, then settings in the order everybody writes them: MACD(12, 26, 9)
    return POSITIONS_TOP_LEVEL if {label, owner} & TOP_LEVEL else None


@pytest.mark.parametrize("module", MODULES)
def test_public_signatures_of_a_module_are_explicit(module):
    found = {
        label: what
        for label, function, is_method in _callables(module)
        if label not in REVIEWED
        and (what := faults(function, is_method=is_method, positions=_allowed(label)))
    }
    assert not found


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_of_a_module_are_documented(module):
    bare = [
        label
        for label, function, _ in _callables(module)
        if not label.endswith("__") and not inspect.getdoc(function)
    ]
    assert not bare


def test_reviewed_exceptions_are_still_needed():
    known = {
        label: faults(function, is_method=is_method, positions=_allowed(label))
        for module in MODULES
        for label, function, is_method in _callables(module)
    }
    stale = [label for label in REVIEWED if not known.get(label)]
    assert not stale, "take it out of REVIEWED"


def test_the_check_catches_what_it_names():
    def many(a, b, c): ...
    def flag(a, loud=False): ...
    def hidden(*args, **kwargs): ...
    def columns(high, low, close, length): ...

    assert "3 positional" in faults(many, is_method=False)[0]
    assert "flag by position" in faults(flag, is_method=False)[0]
    assert len(faults(hidden, is_method=False)) == 2
    assert not faults(columns, is_method=False)
