"""A condition on parameters, such as ``fast < slow``, read without running any code.

Laws: only names, numbers, text, comparisons, and, or, not, and + - * / // % are understood; nothing
is called, nothing is looked up but parameters.
Used by: the sweep command.
"""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, final

from algotrendy.errors import InvalidValue, UnknownName

__all__ = ["Condition"]

_LONGEST = 500
_BINARY: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
    }
)


@final
class Condition:
    """A callable made of a text; its signature names the parameters that the text uses.

    Parameters
    ----------
    text : such as ``fast < slow and slow % 10 == 0``
    known : names that may be used

    Raises
    ------
    InvalidValue
        For anything outside the small language, naming it.
    UnknownName
        For a parameter that is not known, with close ones.
    """

    __signature__: inspect.Signature

    def __init__(self, text: str, *, known: tuple[str, ...]) -> None:
        if len(text) > _LONGEST:
            raise InvalidValue(
                "--where", value=f"{text[:40]}...", rule=f"at most {_LONGEST} characters"
            )
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise InvalidValue(
                "--where",
                value=text,
                rule="a condition is expected",
                hint='write it like "fast < slow"',
            ) from None
        names: dict[str, None] = {}
        _check(tree, text, names)
        for name in names:
            if name not in known:
                raise UnknownName("parameter in --where", name, known=known)
        self._tree = tree
        self.__doc__ = text.strip()
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
        )

    def __call__(self, **values: object) -> bool:
        """Tell whether the condition holds for these values."""
        try:
            return bool(_evaluate(self._tree, values))
        except (TypeError, ZeroDivisionError, OverflowError) as error:
            raise InvalidValue(
                "--where", value=values, rule=f"{self.__doc__!r} cannot be decided: {error}"
            ) from error

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (str(self.__doc__), tuple(self.__signature__.parameters))


def _remade(text: str, known: tuple[str, ...]) -> Condition:
    return Condition(text, known=known)


def _check(node: ast.AST, text: str, names: dict[str, None]) -> None:
    match node:
        case ast.Name(id=name):
            names[name] = None
        case ast.Constant(value=bool() | int() | float() | str()):
            pass
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(
            type(o) in _BINARY for o in ops
        ):
            for part in (left, *rest):
                _check(part, text, names)
        case ast.BoolOp(values=parts):
            for part in parts:
                _check(part, text, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left, text, names)
            _check(right, text, names)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            _check(operand, text, names)
        case _:
            raise InvalidValue(
                "--where",
                value=text,
                rule=f"{type(node).__name__} is not understood: only names, numbers, comparisons, "
                "and, or, not, + - * / // % are",
            )


def _evaluate(node: ast.AST, values: Mapping[str, object]) -> Any:  # noqa: PLR0911 - one a node
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return value
        case ast.Compare(left=left, ops=ops, comparators=rest):
            parts = [_evaluate(part, values) for part in (left, *rest)]
            return all(
                _BINARY[type(o)](a, b) for o, a, b in zip(ops, parts, parts[1:], strict=False)
            )
        case ast.BoolOp(op=op, values=inner):
            test = all if isinstance(op, ast.And) else any
            return test(_evaluate(part, values) for part in inner)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _evaluate(left, values), _evaluate(right, values)
            if isinstance(a, str) or isinstance(b, str):
                raise TypeError("text has no arithmetic")  # "a" * 10**9 would take all memory
            return _BINARY[type(op)](a, b)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _evaluate(operand, values)
        case ast.UnaryOp(operand=operand):
            return -_evaluate(operand, values)
    raise InvalidValue("--where", value=type(node).__name__, rule="it was not checked")
