"""From decisions to legs: which bars a position is entered and left in, before any account is asked.

Laws: the path of a strategy does not depend on the account: the account books each leg as far as it
can pay, a refused leg is not tried again; no fill lies before its decision is known.
Used by: the kernel and sweeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.decisions import Decisions
from algotrendy.backtests.spec import FillMode
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["Legs", "legs_of", "shift_of"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Legs:
    """Positions from entry fill to exit fill; columns of shape (m,).

    Parameters
    ----------
    entry, exit : row numbers of the fills; `exit` is n for a position nothing closes
    direction : +1.0 or -1.0
    decision : index into the decisions of the one that opened the leg
    pending : index of a last decision that has no bar to fill in, or -1
    """

    entry: IntArray
    exit: IntArray
    direction: FloatArray
    decision: IntArray
    pending: int


def shift_of(fill: FillMode) -> int:
    """How many bars after its decision an order fills."""
    return 0 if fill is FillMode.THIS_CLOSE else 1


def legs_of(decisions: Decisions, n: int, fill: FillMode) -> Legs:
    """Pair every decision that opens a position with the next one that wants another position."""
    shift = shift_of(fill)
    if decisions.alternating:
        filled = decisions.bar + shift if shift else decisions.bar
        m = len(filled)
        pending = -1
        if m and filled[-1] >= n:
            m -= 1
            pending = m
        entry, leave = filled[0:m:2], filled[1:m:2]
        if len(leave) < len(entry):
            leave = np.append(leave, n)
        return Legs(
            entry=entry,
            exit=leave,
            direction=np.ones(len(entry)),
            decision=np.arange(0, m, 2),
            pending=pending,
        )
    index = changes(decisions.target)
    filled = decisions.bar[index] + shift
    pending = -1
    if len(filled) and filled[-1] >= n:
        pending = int(index[-1])
        index, filled = index[:-1], filled[:-1]
    target = decisions.target[index]
    opens = np.flatnonzero(target)
    following = np.append(filled[1:], n)
    return Legs(
        entry=filled[opens],
        exit=following[opens],
        direction=target[opens],
        decision=index[opens],
        pending=pending,
    )


def changes(target: FloatArray) -> IntArray:
    """Indices at which the target differs from the one before it; before the first it is flat."""
    before = np.empty(len(target))
    if len(target):
        before[0] = 0.0
        before[1:] = target[:-1]
    return np.flatnonzero(target != before)
