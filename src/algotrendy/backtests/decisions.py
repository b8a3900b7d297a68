"""From what a strategy returned to the sparse list of bars at which it changed its mind.

Laws: whatever cannot be traded raises here, with the bar; nothing is clipped, filled or guessed.
Used by: the kernel, sweeps, the tests' slow twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.errors import InvalidSignal
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Above, Signals, Target

__all__ = ["Decisions", "decide", "flips"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decisions:
    """The wanted position wherever it is stated anew, in order of bars.

    Parameters
    ----------
    bar : (m,) int64, strictly increasing row numbers; each is known at that bar's close
    target : (m,) float64 in [-1, 1]
    alternating : target is 1, 0, 1, 0, … so that slices say it all
    may_repeat : equal targets may follow one another, and re-enter after a protective exit
    stop_loss, take_profit, trailing : (m,) distances for an entry at this decision, NaN for none;
        None where the run's own numbers hold
    contradictory : bars whose signals contradicted each other and changed nothing
    """

    bar: IntArray
    target: FloatArray
    alternating: bool = False
    may_repeat: bool = False
    stop_loss: FloatArray | None = None
    take_profit: FloatArray | None = None
    trailing: FloatArray | None = None
    contradictory: int = 0

    @property
    def is_unit(self) -> bool:
        """True when every target is -1, 0 or 1: positions are opened and closed, never resized."""
        return self.alternating or bool(np.isin(self.target, (-1.0, 0.0, 1.0)).all())


def flips(target: BoolArray) -> IntArray:
    """Rows at which a boolean target changes, the state before the first row being False."""
    state = target.view(np.uint8)
    changed = np.empty(len(state), dtype=np.uint8)
    if len(state):
        changed[0] = state[0]
        np.bitwise_xor(state[1:], state[:-1], out=changed[1:])
    return np.flatnonzero(changed.view(np.bool_))


def decide(returned: Target | Signals, bars: Bars, *, name: str) -> Decisions:
    """Check what strategy `name` returned and reduce it to decisions.

    Raises
    ------
    InvalidSignal
        For a wrong type, shape or length, NaN after warm-up, or a target outside [-1, 1].
    """
    if isinstance(returned, Signals):
        return _from_signals(returned, len(bars), name)
    if isinstance(returned, Above):
        left = _row(returned.left, len(bars), name, "the left side of above(...)")
        returned = left > _row(returned.right, len(bars), name, "the right side of above(...)")
    target = _row(returned, len(bars), name, "its target")
    if target.dtype == np.bool_:
        bar = flips(target)
        states = np.zeros(len(bar))
        states[::2] = 1.0
        return Decisions(bar=bar, target=states, alternating=True)
    return _from_floats(target, name)


def _row(returned: object, n: int, name: str, what: str) -> np.ndarray:
    array = returned
    if type(returned).__module__.startswith(("pandas", "polars")) and hasattr(returned, "to_numpy"):
        array = returned.to_numpy()
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "bfiu":
        raise InvalidSignal(
            name,
            value=type(returned).__name__
            if not isinstance(array, np.ndarray)
            else str(array.dtype),
            rule="a bool or float array, or Signals, must be returned",
            hint="return an expression such as sma(bars.close, 20) > sma(bars.close, 50)",
        )
    if array.shape != (n,):
        raise InvalidSignal(
            name,
            value=array.shape,
            rule=f"{what} must have shape ({n},), one value for every bar",
            hint="a longer one would speak of bars that do not exist yet; do not drop warm-up rows, "
            "leave them False or NaN",
        )
    return np.ascontiguousarray(array)


def _from_floats(values: np.ndarray, name: str) -> Decisions:
    target = values.astype(np.float64, copy=False)
    missing = np.isnan(target)
    if missing.any():
        first = int(np.argmin(missing)) if not missing.all() else len(target)
        late = np.flatnonzero(missing[first:])
        if len(late):
            raise InvalidSignal(
                name,
                bar=first + int(late[0]),
                value=float("nan"),
                rule="NaN is allowed during warm-up only, before the first number",
                hint="say what is wanted there: 0.0 for flat, or the last target",
            )
        target = np.where(missing, 0.0, target)
    outside = ~(np.abs(target) <= 1.0)
    if outside.any():
        first = int(np.argmax(outside))
        raise InvalidSignal(
            name,
            bar=first,
            value=float(target[first]),
            rule="a target must lie in [-1, 1], a fraction of the size",
            hint="scale it, and say how much with size=...",
        )
    changed = np.empty(len(target), dtype=np.bool_)
    if len(target):
        changed[0] = target[0] != 0.0
        np.not_equal(target[1:], target[:-1], out=changed[1:])
    bar = np.flatnonzero(changed)
    return Decisions(bar=bar, target=target[bar])


def _from_signals(signals: Signals, n: int, name: str) -> Decisions:
    def flags(field: str) -> BoolArray:
        given = getattr(signals, field)
        if given is None:
            return np.zeros(n, dtype=np.bool_)
        row = _row(given, n, name, f"Signals.{field}")
        if row.dtype != np.bool_:
            raise InvalidSignal(name, value=str(row.dtype), rule=f"Signals.{field} must be bool")
        return row

    enter, leave = flags("entries"), flags("exits")
    enter_short, leave_short = flags("short_entries"), flags("short_exits")
    clash = (enter & leave) | (enter_short & leave_short) | (enter & enter_short)
    entry = np.flatnonzero((enter | enter_short) & ~clash)
    side = np.where(enter[entry], 1.0, -1.0)
    # An exit counts only after an entry of its own side, so look up the last entry before each bar.
    exits = np.flatnonzero((leave | leave_short) & ~clash & ~enter & ~enter_short)
    last = np.searchsorted(entry, exits) - 1
    owner = np.where(last >= 0, side[last], 0.0) if len(entry) else np.zeros(len(exits))
    exits = exits[(leave[exits] & (owner > 0)) | (leave_short[exits] & (owner < 0))]
    bar = np.concatenate([entry, exits])
    target = np.concatenate([side, np.zeros(len(exits))])
    order = np.argsort(bar, kind="stable")
    bar, target = bar[order], target[order]
    stop_loss, take_profit, trailing = (
        _distances(getattr(signals, field), bar, target != 0, n, name, field)
        for field in ("stop_loss", "take_profit", "trailing")
    )
    return Decisions(
        bar=bar,
        target=target,
        may_repeat=True,
        contradictory=int(np.count_nonzero(clash)),
        stop_loss=stop_loss,
        take_profit=take_profit,
        trailing=trailing,
    )


def _distances(
    given: FloatArray | float | None,
    bar: IntArray,
    enters: BoolArray,
    n: int,
    name: str,
    field: str,
) -> FloatArray | None:
    if given is None:
        return None
    if isinstance(given, int | float | np.integer | np.floating):
        values = np.full(len(bar), float(given))
    else:
        values = _row(given, n, name, f"Signals.{field}").astype(np.float64)[bar]
    values[~enters] = np.nan  # a distance is read where a position may be entered, nowhere else
    top = np.inf if field == "take_profit" else 1.0
    bad = ~np.isnan(values) & ~((values > 0) & (values < top))
    if bad.any():
        at = int(np.argmax(bad))
        raise InvalidSignal(
            name,
            bar=int(bar[at]),
            value=float(values[at]),
            rule=f"Signals.{field} must be a fraction above 0{'' if top == np.inf else ' and below 1'}",
            hint="NaN means none",
        )
    return values
