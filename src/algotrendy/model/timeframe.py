"""Timeframes: how long a bar is, on which grid it lies, how many make a year.

Laws: a bar is named by its open time; time is int64 nanoseconds UTC; months follow the calendar.
Used by: bars, channels, stores, annualisation.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import BoolArray, IntArray
from algotrendy.model.symbol import Symbol

__all__ = ["Calendar", "Timeframe"]

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND
_UNIT_NS = {"s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND, "d": _DAY, "w": 7 * _DAY}
_MONDAY = 4 * _DAY  # 1970-01-05, the first Monday: weeks start there, as every venue has them
_TEXT = re.compile(r"([1-9][0-9]{0,3})([smhdwM])")
_MAX_COUNT = 9999
_RULE = "a count from 1 to 9999 and one of s m h d w M is allowed"
_HINT = "write it like 1m, 5m, 1h, 1d, 1w or 1M"


def _month_number(time_ns: IntArray) -> IntArray:
    """Months since January 1970 of each moment."""
    months: IntArray = time_ns.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    return months


def _month_start(months: IntArray) -> IntArray:
    start: IntArray = months.astype("datetime64[M]").astype("datetime64[ns]").astype(np.int64)
    return start


@final
class Calendar(enum.Enum):
    """When a market is open: the rule of annualisation.

    Each member is (days a year, hours a day). 365 x 24 for crypto; 252 sessions of 6.5 hours for US
    equities; 260 x 24 for foreign exchange.
    """

    CRYPTO = (365, 24.0)
    US_EQUITY = (252, 6.5)
    FOREX = (260, 24.0)

    @classmethod
    def of(cls, symbol: Symbol) -> Calendar:
        """Guess by the symbol's form: a plain ticker is an equity, every pair is crypto."""
        return cls.US_EQUITY if symbol.quote is None else cls.CRYPTO


@final
@dataclass(frozen=True, slots=True)
class Timeframe:
    """The length of a bar, as a count of seconds, minutes, hours, days, weeks or months.

    Examples
    --------
    >>> Timeframe.parse("5m").ns
    300000000000
    >>> str(Timeframe.parse("1M"))
    '1M'
    """

    count: int
    unit: str

    def __post_init__(self) -> None:
        if _TEXT.fullmatch(f"{self.count}{self.unit}") is None:
            raise InvalidValue(
                "timeframe",
                value=f"{self.count}{self.unit}",
                rule=_RULE,
                hint=_HINT,
            )

    @classmethod
    def parse(cls, text: str | Timeframe) -> Timeframe:
        """Read ``1m 5m 1h 1d 1w 1M``; ``m`` is minutes, ``M`` is months."""
        if isinstance(text, Timeframe):
            return text
        if not isinstance(text, str):
            raise InvalidValue("timeframe", value=text, rule="a str or a Timeframe is expected")
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidValue("timeframe", value=text, rule=_RULE, hint=_HINT)
        return cls(int(match[1]), match[2])

    @classmethod
    def infer(cls, open_ns: IntArray) -> Timeframe:
        """Guess the timeframe of increasing open times, shape (n,) int64, two or more.

        The step that more than half of the rows make is taken, else the smallest one; steps from 28
        to 31 days are months. Whether every time lies on its grid is for `Bars` to check: so a row
        that is out of step is refused and named, and does not make all bars finer.

        Raises
        ------
        InvalidValue
            For fewer than two times, and for a step that is not whole seconds.
        """
        if len(open_ns) < 2:  # noqa: PLR2004
            raise InvalidValue(
                "timeframe",
                value=None,
                rule="it can be inferred from two bars or more",
                hint="pass timeframe='1h'",
            )
        steps = np.diff(open_ns)
        step = int(steps.min())
        if step != int(steps[0]) or step != int(steps.max()):
            middle = int(np.partition(steps, len(steps) // 2)[len(steps) // 2])
            if 2 * np.count_nonzero(steps == middle) > len(steps):
                step = middle
        if step >= 28 * _DAY:
            months = _month_number(open_ns)
            starts_months = bool((open_ns == _month_start(months)).all())
            if starts_months or (step <= 31 * _DAY and (steps % step).any()):
                return cls(max(1, int(np.diff(months).min())), "M")
        for unit in ("w", "d", "h", "m", "s"):
            if step > 0 and step % _UNIT_NS[unit] == 0 and step // _UNIT_NS[unit] <= _MAX_COUNT:
                return cls(step // _UNIT_NS[unit], unit)
        raise InvalidValue(
            "timeframe",
            value=step,
            rule="the usual step, in nanoseconds, must be whole seconds",
            hint="sort the bars and pass timeframe='1m'",
        )

    @property
    def ns(self) -> int:
        """Length in nanoseconds; a month counts as 30 days here, its grid is the calendar's."""
        return self.count * (30 * _DAY if self.unit == "M" else _UNIT_NS[self.unit])

    @property
    def seconds(self) -> int:
        """Length in seconds; a month counts as 30 days."""
        return self.ns // _SECOND

    def on_grid(self, open_ns: IntArray) -> BoolArray:
        """Tell for each open time whether a bar may start there, shape (n,)."""
        on_grid: BoolArray = open_ns == self.floor(open_ns)
        return on_grid

    def floor(self, time_ns: IntArray) -> IntArray:
        """Open time of the bar that covers each moment, shape (n,) int64 ns.

        Weeks start on Monday, months on the first; other grids count from 1970-01-01 UTC.
        """
        if self.unit == "M":
            months = _month_number(time_ns)
            return _month_start(months - months % self.count)
        origin = _MONDAY if self.unit == "w" else 0
        floored: IntArray = time_ns - (time_ns - origin) % self.ns
        return floored

    def following(self, open_ns: IntArray, bars: int = 1) -> IntArray:
        """Open time so many bars after each open time on the grid: with 1, where the bar ends."""
        if self.unit == "M":
            return _month_start(_month_number(open_ns) + bars * self.count)
        following: IntArray = open_ns + bars * self.ns
        return following

    def between(self, first_ns: int, last_ns: int) -> int:
        """How many bars lie from one open time on the grid to another: 0 for the same one."""
        if self.unit == "M":
            first, last = _month_number(np.array([first_ns, last_ns]))
            return int(last - first) // self.count
        return (last_ns - first_ns) // self.ns

    def periods_per_year(self, calendar: Calendar = Calendar.CRYPTO) -> float:
        """How many bars make a year of `calendar`: days a year x hours a day over the length.

        From one day up the hours do not count: a daily equity bar is one of 252.
        """
        days, hours = calendar.value
        if self.unit == "M":
            return 12 / self.count
        if self.unit == "w":
            return days / 7 / self.count if calendar is Calendar.CRYPTO else 52 / self.count
        if self.unit == "d":
            return days / self.count
        return days * hours * 3600 / self.seconds

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"
