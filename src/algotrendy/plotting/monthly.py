"""Monthly returns of an equity curve.

Laws: a bar belongs to the month of its open time (UTC); a month without bars is unknown, not zero.
Used by: the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["MonthlyReturns", "monthly_returns"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonthlyReturns:
    """Returns by calendar month.

    Parameters
    ----------
    years : (y,) calendar years, every year from first to last
    months : (y, 12) fractions, NaN for a month without bars
    totals : (y,) fractions over the year's months, NaN for a year without bars
    """

    years: IntArray
    months: FloatArray
    totals: FloatArray


def monthly_returns(equity: FloatArray, open_ns: IntArray, *, initial: float) -> MonthlyReturns:
    """Compound an equity curve into months and years.

    Parameters
    ----------
    equity : (n,) float64, quote units at each bar's close
    open_ns : (n,) int64, open times in nanoseconds UTC, increasing
    initial : quote units before the first bar

    Returns
    -------
    MonthlyReturns
        For each month the last equity in it over the last equity before it (`initial` for the
        first), minus one. The first and last month may be parts of a month.

    Raises
    ------
    InvalidValue
        If the lengths differ or there are no bars.

    Notes
    -----
    NaN: a month without bars; the next one then spans the hole. Equity at or below zero makes the
    months that follow NaN, since nothing can be compounded from it.
    """
    if len(equity) != len(open_ns) or not len(equity):
        raise InvalidValue(
            "equity",
            value=len(equity),
            rule=f"one value for each of {len(open_ns)} open times, at least one",
        )
    month = open_ns.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    last = np.flatnonzero(np.append(np.diff(month) != 0, True))
    closing = equity[last]
    before = np.concatenate(([initial], closing[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0, closing / before - 1, np.nan)
    year = month[last] // 12 + 1970
    years = np.arange(year[0], year[-1] + 1, dtype=np.int64)
    months = np.full((len(years), 12), np.nan)
    months[year - years[0], month[last] % 12] = change
    totals = np.full(len(years), np.nan)
    for row in range(len(years)):
        known = ~np.isnan(months[row])
        if known.any():
            totals[row] = np.prod(1 + months[row, known]) - 1
    return MonthlyReturns(years=years, months=months, totals=totals)
