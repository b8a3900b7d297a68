"""Signals: what a strategy wants, bar by bar, before anything is filled.

Used by: strategies (return it), engines (read it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from algotrendy.model.arrays import BoolArray, FloatArray

__all__ = ["Above", "Signals", "Target", "above"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signals:
    """Entries and exits per bar, each known at the close of its bar.

    Parameters
    ----------
    entries : (n,) bool, go long; ignored while long
    exits : (n,) bool, leave a long position; ignored while flat
    short_entries, short_exits : the same for short positions
    stop_loss, take_profit, trailing : distance from the entry price as a fraction: one number for
        all entries, or (n,) float64 read at the bar of the entry decision; NaN there means none.
        They win over the numbers given to the backtest.

    Notes
    -----
    An entry against the position reverses it. A bar with entries and exits of the same side, or
    with both entries, is contradictory: it changes nothing and is counted in the result's warnings.
    """

    entries: BoolArray
    exits: BoolArray
    short_entries: BoolArray | None = None
    short_exits: BoolArray | None = None
    stop_loss: FloatArray | float | None = None
    take_profit: FloatArray | float | None = None
    trailing: FloatArray | float | None = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Above:
    """``left > right``, not compared yet: a sweep compares many such pairs in one go.

    Anything else sees the plain comparison in `values`.

    Parameters
    ----------
    left, right : (n,) float64; NaN compares as False
    """

    left: FloatArray
    right: FloatArray

    @property
    def values(self) -> BoolArray:
        """(n,) bool, compared now."""
        return self.left > self.right


def above(left: FloatArray, right: FloatArray) -> Above:
    """Want to be long while `left` is above `right`; the fast way to write a cross-over.

    Parameters
    ----------
    left, right : (n,) float64

    Returns
    -------
    Above
        Means what ``left > right`` means, and lets a sweep of many pairs share the work.

    Examples
    --------
    >>> above(np.array([1.0, 3.0]), np.array([2.0, 2.0])).values
    array([False,  True])
    """
    return Above(left, right)


Target = BoolArray | FloatArray | Above
"""`Above`, (n,) bool (long or flat) or float64 in [-1, 1] (share of the size); leading NaN: warm-up."""
