"""Missing bars of a run, counted and listed.

Laws: only a market without closing hours can be said to miss bars; of others it is not known.
Used by: the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.model.arrays import IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.timeframe import Calendar

__all__ = ["Gaps", "gaps"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """The holes between bars, in order of time.

    Parameters
    ----------
    start_ns : (g,) open time of the first missing bar
    end_ns : (g,) open time of the next bar that exists
    missing : (g,) number of missing bars
    is_known : False where closing hours and missing bars cannot be told apart
    """

    start_ns: IntArray
    end_ns: IntArray
    missing: IntArray
    is_known: bool

    @property
    def total(self) -> int:
        """Number of missing bars."""
        return int(self.missing.sum())


def gaps(bars: Bars) -> Gaps:
    """Find the missing bars of a market that never closes; for others nothing is known."""
    known = bars.calendar is Calendar.CRYPTO and bars.timeframe.unit != "M"
    step = bars.timeframe.ns
    at = np.flatnonzero(np.diff(bars.open_ns) > step) if known else np.zeros(0, dtype=np.int64)
    start, end = bars.open_ns[at] + step, bars.open_ns[at + 1]
    return Gaps(start_ns=start, end_ns=end, missing=(end - start) // step, is_known=known)
