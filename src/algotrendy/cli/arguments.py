"""What people type, made into values: parameters, ranges, conditions, times, sizes, strategies.

Laws: nothing typed is ever evaluated as code, except the strategy file a person names; a wrong
argument is a typed error with what would have been right.
Used by: every command.
"""

from __future__ import annotations

import importlib
import inspect
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType

from algotrendy.backtests.strategy import Strategy
from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.sizes import Notional, Quantity, RiskFraction, Size, VolTarget
from algotrendy.model.times import to_ns
from algotrendy.runtime.registry import Registry

__all__ = ["parameters", "ranges", "size", "strategy", "time_ns"]

Value = bool | int | float | str
_MOST_VALUES = 100_000
_SIZES: Mapping[str, Callable[[float], Size]] = MappingProxyType(
    {"quantity": Quantity, "notional": Notional, "risk": RiskFraction, "vol": VolTarget}
)


def value(text: str) -> Value:
    """Read ``20``, ``0.5``, ``true`` or, if it is none of these, the text itself."""
    if text in {"true", "True", "false", "False"}:
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def parameters(texts: Sequence[str]) -> dict[str, object]:
    """Read ``fast=20 slow=50``."""
    return {name: value(text) for name, text in _assignments(texts)}


def ranges(texts: Sequence[str]) -> dict[str, list[Value]]:
    """Read ``fast=5:50:5 slow=20,50,100``: ``start:stop:step`` holds both ends, a comma lists."""
    found: dict[str, list[Value]] = {}
    for name, text in _assignments(texts):
        found[name] = _steps(name, text) if ":" in text else [value(t) for t in text.split(",")]
    return found


def time_ns(text: str, *, field: str) -> int:
    """Read ``2024-01-31`` or ``2024-01-31T12:00`` (UTC) or a time with offset, to nanoseconds."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(
            field,
            value=text,
            rule="an ISO date or time is expected",
            hint="write it like 2024-01-31",
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)  # said in the help: times without offset are UTC
    return to_ns(moment, field=field)


def size(text: str) -> float | Size:
    """Read ``0.5`` (of equity), ``quantity:10``, ``notional:1000``, ``risk:0.01``, ``vol:0.2``."""
    kind, colon, rest = text.partition(":")
    number = rest if colon else kind
    try:
        amount = float(number)
    except ValueError:
        amount = float("nan")
    if math.isnan(amount) or (colon and kind not in _SIZES):
        raise InvalidValue(
            "--size",
            value=text,
            rule="a fraction of equity, or one of "
            + ", ".join(f"{name}:NUMBER" for name in _SIZES)
            + " is expected",
            hint="write it like 0.5 or notional:1000",
        )
    return _SIZES[kind](amount) if colon else amount


def strategy(text: str, *, registry: Registry) -> Strategy:
    """Find a strategy by ``name``, ``module:attribute``, ``file.py:name`` or ``file.py``.

    Raises
    ------
    UnknownName
        For a name, module, file or attribute that is not there, with close ones.
    InvalidValue
        For a file that cannot be imported, or an attribute that is no strategy.
    """
    place, _, attribute = text.partition(":")
    if place.endswith(".py"):
        return _member(_module_of_file(Path(place)), attribute, place)
    if attribute:
        if str(Path.cwd()) not in sys.path:
            sys.path.append(str(Path.cwd()))  # last, so that no file here takes a package's place
        return _member(_imported(place), attribute, place)
    found = registry.load("strategies", place)
    return _checked(found, place)


def _assignments(texts: Sequence[str]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        if not (name.isidentifier() and equals and rest):
            raise InvalidValue(
                "-p", value=text, rule="name=value is expected", hint="write it like -p fast=20"
            )
        if name in found:
            raise InvalidValue("-p", value=text, rule=f"{name} was given before: {found[name]}")
        found[name] = rest
    return list(found.items())


def _steps(name: str, text: str) -> list[Value]:
    parts = text.split(":")
    try:
        numbers = [Decimal(part) for part in parts]
    except InvalidOperation:
        numbers = []
    step = numbers[2] if len(numbers) == 3 else Decimal(1)  # noqa: PLR2004
    if len(numbers) not in {2, 3} or not all(n.is_finite() for n in numbers) or step <= 0:
        raise InvalidValue(
            f"-p {name}",
            value=text,
            rule="start:stop or start:stop:step with a step above zero is expected",
            hint=f"write it like {name}=5:50:5",
        )
    count = int((numbers[1] - numbers[0]) / step) + 1 if numbers[1] >= numbers[0] else 0
    if not 0 < count <= _MOST_VALUES:
        raise InvalidValue(
            f"-p {name}",
            value=text,
            rule=f"1 to {_MOST_VALUES:,} values are allowed, these are {count:,}",
        )
    whole = all(n == n.to_integral_value() for n in (numbers[0], step))
    steps = (numbers[0] + i * step for i in range(count))
    return [int(n) if whole else float(n) for n in steps]


def _module_of_file(path: Path) -> object:
    if not path.is_file():
        near = (
            tuple(sorted(p.name for p in path.parent.glob("*.py"))) if path.parent.is_dir() else ()
        )
        raise UnknownName("strategy file", str(path), known=near)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        # By its name on the path, and not as a nameless file: workers of a sweep import it again.
        sys.path.append(folder)
    module = _imported(path.stem)
    home = getattr(module, "__file__", None)
    if home is None or Path(home).resolve() != path.resolve():
        raise InvalidValue(
            "--strategy",
            value=str(path),
            rule=f"the module name {path.stem!r} is taken by {home}",
            hint="rename the file",
        )
    return module


def _imported(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.split(".", maxsplit=1)[0] == error.name.split(".")[0]:
            raise UnknownName("module", name, known=()) from error
        raise InvalidValue(
            "--strategy", value=name, rule=f"importing it failed: {error}"
        ) from error
    except Exception as error:
        what = f"importing it failed: {type(error).__name__}: {error}"
        raise InvalidValue(
            "--strategy", value=name, rule=what, hint="run it with --traceback to see where"
        ) from error


def _member(module: object, attribute: str, place: str) -> Strategy:
    mine = {name: found for name, found in vars(module).items() if isinstance(found, Strategy)}
    if not attribute:
        if len(mine) == 1:
            return next(iter(mine.values()))
        raise UnknownName(
            f"strategy in {place}: name one of several,", "", known=tuple(sorted(mine))
        )
    if not hasattr(module, attribute):
        raise UnknownName(f"strategy in {place}", attribute, known=tuple(sorted(mine)))
    return _checked(getattr(module, attribute), f"{place}:{attribute}")


def _checked(found: object, place: str) -> Strategy:
    if isinstance(found, Strategy):
        return found
    if inspect.isfunction(found):
        return Strategy(found)
    raise InvalidValue(
        "--strategy",
        value=place,
        rule=f"a strategy is expected, it is {type(found).__name__}",
        hint="decorate a function with @at.strategy",
    )
