"""Parameter combinations of a sweep, in columns: a million of them is two arrays, not a million dicts.

Used by: sweeps.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.strategy import Strategy
from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.arrays import BoolArray, IntArray

__all__ = ["Grid", "make_grid"]

_SPOT_CHECKS = 64


@final
@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Combinations: `values` by name and, for each combination, which of them it takes.

    Parameters
    ----------
    values : the distinct values of each parameter
    places : by name, (m,) index into its values; m combinations
    left_out : how many combinations `where` and the strategy's own rule refused
    """

    values: Mapping[str, tuple[object, ...]]
    places: Mapping[str, IntArray]
    left_out: int

    def __len__(self) -> int:
        return len(next(iter(self.places.values())))

    def combinations(self, start: int, stop: int) -> Iterator[dict[str, object]]:
        """Yield the parameters of combinations start to stop, one dict each."""
        columns = [
            [self.values[name][i] for i in place[start:stop].tolist()]
            for name, place in self.places.items()
        ]
        names = tuple(self.places)
        for row in zip(*columns, strict=True):
            yield dict(zip(names, row, strict=True))

    def columns(self) -> dict[str, np.ndarray]:
        """Each parameter as an array of its values, one for each combination."""
        return {name: np.array(self.values[name])[place] for name, place in self.places.items()}

    def take(self, rows: slice | IntArray) -> Grid:
        """Some of the combinations."""
        return Grid(self.values, {n: p[rows] for n, p in self.places.items()}, self.left_out)


def make_grid(
    strategy: Strategy, ranges: Mapping[str, object], where: Callable[..., bool] | None
) -> Grid:
    """Cross the ranges and leave out what `where` or the strategy's own rule refuses.

    Raises
    ------
    UnknownName
        For a parameter the strategy does not have.
    InvalidValue
        For an empty range, or when nothing is left.
    """
    if not ranges:
        raise InvalidValue(
            "ranges",
            value="none",
            rule="a sweep needs at least one parameter with values",
            hint=f"pass for example {_example(strategy)}",
        )
    for name in ranges:
        if name not in strategy.defaults:
            raise UnknownName(
                f"parameter of strategy {strategy.name!r}", name, known=tuple(strategy.defaults)
            )
    values = {name: _values(name, given) for name, given in ranges.items()}
    sizes = [len(v) for v in values.values()]
    total = math.prod(sizes)
    places = dict(zip(values, np.unravel_index(np.arange(total), sizes), strict=True))
    grid = Grid(values, places, 0)
    for rule in (where, strategy.where):
        if rule is not None:
            grid = grid.take(np.flatnonzero(_allowed(rule, grid, strategy.defaults)))
    if not len(grid):
        raise InvalidValue(
            "ranges",
            value=total,
            rule="not one of these combinations is allowed",
            hint=strategy.where_text()
            if where is None
            else "loosen where=..., or widen the ranges",
        )
    return Grid(values, grid.places, total - len(grid))


def _example(strategy: Strategy) -> str:
    name = next(iter(strategy.defaults), "window")
    return f"{name}=range(5, 50, 5)"


def _values(name: str, given: object) -> tuple[object, ...]:
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if isinstance(given, str) or not isinstance(given, Iterable):
        given = (given,)
    values = tuple(given)
    if not values:
        raise InvalidValue(
            f"range of {name}",
            value=given,
            rule="a range must hold at least one value",
            hint="range(a, b) stops before b",
        )
    return values


def _allowed(rule: Callable[..., bool], grid: Grid, defaults: Mapping[str, object]) -> BoolArray:
    """Ask the rule for all combinations at once if it speaks numpy, else one by one."""
    names = tuple(inspect.signature(rule).parameters)
    for name in names:
        if name not in defaults:
            raise UnknownName("parameter in where", name, known=tuple(defaults))
    columns = grid.columns()
    m = len(grid)
    given = {name: columns.get(name, defaults[name]) for name in names}

    def one(row: int) -> bool:
        return bool(
            rule(
                **{
                    n: grid.values[n][grid.places[n][row]] if n in grid.places else defaults[n]
                    for n in names
                }
            )
        )

    try:
        answer = np.asarray(rule(**given))
    except (ValueError, TypeError):  # written for single values: `and`, `in`, min(...)
        answer = np.empty(0)
    if answer.shape == (m,) and answer.dtype == np.bool_:
        checks = np.linspace(0, m - 1, min(m, _SPOT_CHECKS)).astype(np.int64)
        if all(one(int(row)) == answer[row] for row in checks):
            return answer
    return np.fromiter((one(row) for row in range(m)), dtype=np.bool_, count=m)
