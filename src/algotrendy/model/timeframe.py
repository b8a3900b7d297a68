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
                rule="a count from 1 to 9999 and one of s m h d w M is allowed",
                hint="write it like 1m, 5m, 1h, 1d, 1w or 1M",
            )

    @classmethod
    def parse(cls, text: str | Timeframe) -> Timeframe:
        """Read ``1m 5m 1h 1d 1w 1M``; ``m`` is minutes, ``M`` is months."""
        if isinstance(text, Timeframe):
            return text
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidValue(
                "timeframe",
                value=text,
                rule="a count and one of s m h d w M is allowed",
                hint="write it like 1m, 5m, 1h, 1d, 1w or 1M",
            )
        return cls(int(match[1]), match[2])

    @classmethod
    def infer(cls, open_ns: IntArray) -> Timeframe:
        """The coarsest timeframe whose grid holds every time: the smallest step, made readable."""
        if len(open_ns) < 2:  # noqa: PLR2004
            raise InvalidValue(
                "timeframe", value=None, rule="it can be inferred from two bars or more",
                hint="pass timeframe='1h'",
            )
        step = int(np.diff(open_ns).min())
        if 28 * _DAY <= step <= 31 * _DAY:
            return cls(1, "M")
        for unit in ("w", "d", "h", "m", "s"):
            if step > 0 and step % _UNIT_NS[unit] == 0:
                return cls(step // _UNIT_NS[unit], unit)
        raise InvalidValue(
            "timeframe", value=step, rule="the smallest step must be whole seconds",
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
        if self.unit == "M":
            days = open_ns.astype("datetime64[ns]").astype("datetime64[D]")
            return (open_ns % _DAY == 0) & (days == days.astype("datetime64[M]"))
        origin = _MONDAY if self.unit == "w" else 0
        on_grid: BoolArray = (open_ns - origin) % self.ns == 0
        return on_grid

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
