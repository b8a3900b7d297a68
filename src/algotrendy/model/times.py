"""Moments: int64 nanoseconds UTC inside, aware datetimes at the edge.

Laws: a naive time is refused with the fix in the message; nothing is rounded, what is finer than a
nanosecond or outside 1677 to 2262 is refused.
Used by: bars, and everything that takes a time from a caller.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from algotrendy.errors import InvalidValue

__all__ = ["to_datetime", "to_ns", "utc_text"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT = 2**63 - 1


def to_ns(when: datetime | str, *, field: str = "time") -> int:
    """Turn an aware datetime, or ISO text with an offset, into nanoseconds since 1970 UTC.

    Raises
    ------
    InvalidValue
        For a naive time, for text that is no ISO time, and outside the years 1677 to 2262.

    Examples
    --------
    >>> to_ns("2024-01-01T00:00Z")
    1704067200000000000
    """
    if isinstance(when, str):
        try:
            moment = datetime.fromisoformat(when)
        except ValueError as error:
            raise InvalidValue(
                field, value=when, rule="an ISO 8601 time is expected", hint=_FIX_TEXT
            ) from error
    elif isinstance(when, datetime):
        moment = when
    else:
        raise InvalidValue(field, value=when, rule="an aware datetime or ISO text is expected")
    if moment.utcoffset() is None:
        fix = _FIX_TEXT if isinstance(when, str) else "add tzinfo=datetime.UTC if it is UTC"
        rule = "a time without a zone is refused"
        raise InvalidValue(field, value=str(when), rule=rule, hint=fix)
    since = moment - _EPOCH
    time_ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    if abs(time_ns) > _LIMIT:
        raise InvalidValue(field, value=str(when), rule="years 1678 to 2261 fit in nanoseconds")
    return time_ns


_FIX_TEXT = "write it like 2024-01-01T00:00Z"


def to_datetime(time_ns: int) -> datetime:
    """Turn nanoseconds since 1970 UTC into an aware datetime, cut to whole microseconds."""
    return _EPOCH + timedelta(microseconds=int(time_ns) // 1000)


def utc_text(time_ns: int) -> str:
    """Write a moment for a human, such as ``2024-01-01T00:00:00Z``; fractions only where any."""
    moment = np.datetime64(int(time_ns), "ns")
    return f"{moment if int(time_ns) % 10**9 else moment.astype('datetime64[s]')}Z"
