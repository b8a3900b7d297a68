"""Gaps: runs of bars that a grid without sessions should have and that are not there.

Laws: a gap is reported, never filled; where a market closes, a hole in the grid proves nothing.
Used by: `Bars.gaps` and `Bars.n_missing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.model.arrays import IntArray
from algotrendy.model.timeframe import Timeframe
from algotrendy.model.times import utc_text

__all__ = ["Gap", "count_missing", "find_gaps"]


@final
@dataclass(frozen=True, slots=True)
class Gap:
    """One run of missing bars.

    Parameters
    ----------
    start_ns : open time of the first missing bar
    end_ns : open time of the first bar that is there again
    n_bars : how many bars are missing between them
    """

    start_ns: int
    end_ns: int
    n_bars: int

    def __str__(self) -> str:
        return f"{self.n_bars} bars from {utc_text(self.start_ns)} up to {utc_text(self.end_ns)}"


def count_missing(open_ns: IntArray, timeframe: Timeframe) -> int:
    """How many bars are missing between the first and the last of (n,) increasing open times."""
    if not len(open_ns):
        return 0
    return timeframe.between(int(open_ns[0]), int(open_ns[-1])) + 1 - len(open_ns)


def find_gaps(open_ns: IntArray, timeframe: Timeframe) -> tuple[Gap, ...]:
    """Return the runs of missing bars between the first and the last open time, in order."""
    expected = timeframe.following(open_ns)
    holes = np.flatnonzero(open_ns[1:] != expected[:-1])
    return tuple(
        Gap(start, end, timeframe.between(start, end))
        for start, end in zip(expected[holes].tolist(), open_ns[holes + 1].tolist(), strict=True)
    )
