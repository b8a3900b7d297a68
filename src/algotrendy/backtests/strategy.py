"""Signal strategies: a pure function of bars, made a value that engines can run and workers pickle.

Laws: a strategy sees bars and parameters, nothing else; what it returns is checked before it trades.
Used by: users (`@at.strategy`), engines, sweeps.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, final, overload

from algotrendy.errors import AlgoTrendyError, InvalidValue, RunFailed, UnknownName, Unsupported
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Signals, Target

__all__ = ["Strategy", "strategy"]


@final
class Strategy:
    """A named signal function with its parameters; make one with `@at.strategy`.

    Calling it calls the function: ``cross(bars, fast=10)`` gives the raw target or `Signals`.

    Notes
    -----
    It is pickled by the address of its function, so a worker process must be able to import it; a
    lambda or a function inside another one is refused with `Unsupported`.
    """

    __slots__ = ("_source_hash", "defaults", "function", "name", "where")

    name: str
    function: Callable[..., Target | Signals]
    defaults: Mapping[str, object]
    where: Callable[..., bool] | None

    def __init__(
        self,
        function: Callable[..., Target | Signals],
        *,
        name: str | None = None,
        where: Callable[..., bool] | None = None,
    ) -> None:
        parameters = _parameters(function)
        label = name or str(_named(function).__name__)
        if not parameters:
            raise InvalidValue(
                f"strategy {label!r}",
                value="()",
                rule="the first parameter must take the bars",
                hint=f"write def {label}(bars, ...)",
            )
        defaults: dict[str, object] = {}
        for parameter in parameters[1:]:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise InvalidValue(
                    f"strategy {label!r}",
                    value=str(parameter),
                    rule="parameters must be named",
                    hint="replace *args and **kwargs by named parameters with defaults",
                )
            if parameter.default is parameter.empty:
                raise InvalidValue(
                    f"strategy {label!r}",
                    value=parameter.name,
                    rule="every parameter needs a default",
                    hint=f"write {parameter.name}=... in the signature",
                )
            defaults[parameter.name] = parameter.default
        self.name, self.function, self.defaults, self.where = label, function, defaults, where
        self._source_hash: str | None = None

    def __call__(self, bars: Bars, **params: object) -> Target | Signals:
        """Call the function itself."""
        try:
            return self.function(bars, **params)
        except AlgoTrendyError:
            raise
        except Exception as error:
            shown = ", ".join(f"{name}={value!r}" for name, value in params.items())
            raise RunFailed(
                f"strategy {self.name!r} raised {type(error).__name__} with {shown or 'its defaults'}: "
                f"{error}",
                hint="the traceback above this one shows where",
            ) from error

    def resolve(self, params: Mapping[str, object]) -> dict[str, object]:
        """Complete `params` by the defaults; refuse unknown names and forbidden combinations."""
        for name in params:
            if name not in self.defaults:
                raise UnknownName(
                    f"parameter of strategy {self.name!r}", name, known=tuple(self.defaults)
                )
        full = {**self.defaults, **params}
        if not self.permits(full):
            raise InvalidValue(
                f"parameters of strategy {self.name!r}",
                value=full,
                rule=self.where_text(),
                hint="choose other values; in a sweep such combinations are left out and counted",
            )
        return full

    def permits(self, params: Mapping[str, object]) -> bool:
        """Tell whether the strategy's own `where` allows these (complete) parameters."""
        if self.where is None:
            return True
        names = inspect.signature(self.where).parameters
        return bool(self.where(**{name: params[name] for name in names}))

    def where_text(self) -> str:
        """The rule of `where` in words: its docstring, else its source."""
        if self.where is None:
            return "anything is allowed"
        if self.where.__doc__:
            return self.where.__doc__.strip()
        return f"its where({', '.join(inspect.signature(self.where).parameters)}) must hold"

    @property
    def source_hash(self) -> str:
        """SHA-256 of the function's source text, or of its qualified name where there is none.

        It covers the text of this one function: not what that calls, not the values it closes over,
        not `where`. Two runs with one hash may differ where those do.
        """
        if self._source_hash is None:
            try:
                text = inspect.getsource(_named(self.function))
            except (OSError, TypeError):
                text = ".".join(_address(self.function))
            self._source_hash = hashlib.sha256(text.encode()).hexdigest()
        return self._source_hash

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.defaults.items())})"

    def __reduce__(self) -> tuple[object, ...]:
        # The decorator replaces the function under its own name, so pickle the address, not the code.
        address = _address(self.function)
        found = _at(*address)
        what = f"{'.'.join(address)} cannot be imported"
        if isinstance(found, Strategy):
            if (found.function, found.name, found.where) == (self.function, self.name, self.where):
                return _find, address
            what = f"another strategy is found at {'.'.join(address)}"
        elif found is self.function:
            if self.where is None or _at(*_address(self.where)) is self.where:
                return _made, (self.function, self.name, self.where)
            what = "its where cannot be imported"
        elif found is not None:
            what = f"something else is found at {'.'.join(address)}"
        raise Unsupported(
            f"strategy {self.name!r} cannot go to another process: {what}",
            hint="define it by `def` with @at.strategy above it, at the top level of a module; or use "
            "no executor, or threads",
        )


def _parameters(function: object) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InvalidValue(
            "strategy",
            value=repr(function),
            rule="a function of bars is expected",
            hint="write def cross(bars, fast=20): ..., and pass cross",
        ) from None


def _named(function: object) -> Any:
    """What has the name and the source: the function, that of a partial, or a callable's class."""
    if isinstance(function, functools.partial):
        return _named(function.func)
    return function if hasattr(function, "__qualname__") else type(function)


def _address(function: object) -> tuple[str, str]:
    named = _named(function)
    return named.__module__, named.__qualname__


def _at(module: str, qualname: str) -> object | None:
    """What is found at an address, None for nothing."""
    try:
        found: object = importlib.import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found


def _find(module: str, qualname: str) -> Strategy:
    found = _at(module, qualname)
    if isinstance(found, Strategy):
        return found
    raise UnknownName("strategy", f"{module}.{qualname}", known=())


def _made(
    function: Callable[..., Target | Signals], name: str, where: Callable[..., bool] | None
) -> Strategy:
    return Strategy(function, name=name, where=where)


@overload
def strategy(function: Callable[..., Target | Signals], /) -> Strategy: ...
@overload
def strategy(
    *, name: str | None = None, where: Callable[..., bool] | None = None
) -> Callable[[Callable[..., Target | Signals]], Strategy]: ...
def strategy(
    function: Callable[..., Target | Signals] | None = None,
    /,
    *,
    name: str | None = None,
    where: Callable[..., bool] | None = None,
) -> Strategy | Callable[[Callable[..., Target | Signals]], Strategy]:
    """Make a `Strategy` of a function of bars.

    Parameters
    ----------
    function : takes bars and named parameters with defaults; returns (n,) bool, (n,) float64 in
        [-1, 1], or `Signals`
    name : shown in results, by default the function's
    where : which parameter values are allowed; takes a subset of the parameters by name

    Raises
    ------
    InvalidValue
        For a signature without bars, without defaults or with `*args`.

    Examples
    --------
    >>> import algotrendy as at
    >>> @at.strategy(where=lambda fast, slow: fast < slow)
    ... def cross(bars, fast=20, slow=50):
    ...     return at.sma(bars.close, fast) > at.sma(bars.close, slow)
    >>> cross
    cross(fast=20, slow=50)
    """
    if function is not None:
        return Strategy(function)
    return lambda f: Strategy(f, name=name, where=where)
