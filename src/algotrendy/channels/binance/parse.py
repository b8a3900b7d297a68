"""Binance spot, pure: answers to bars, symbols and errors; symbols and times to request parts.

Laws: no HTTP client, no clock, no logging; an unknown field is ignored, a missing one is an error
that names it; the open candle is never returned.
Used by: `algotrendy.channels.binance.rest`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from algotrendy.errors import (
    AlgoTrendyError,
    AuthenticationFailed,
    BrokerError,
    DataError,
    InvalidBars,
    InvalidValue,
    NoData,
    RateLimited,
    Unsupported,
    VenueUnavailable,
)
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

__all__ = [
    "INTERVALS",
    "PAGE_LIMIT",
    "decode",
    "interval",
    "is_unknown_symbol",
    "kline_query",
    "parse_error",
    "parse_klines",
    "parse_server_time",
    "parse_symbols",
    "venue_symbol",
]

PAGE_LIMIT = 1000
"""Most rows one answer holds."""

INTERVALS: Mapping[str, str] = MappingProxyType(
    {
        text: text
        for text in [
            "1s",
            "1m",
            "3m",
            "5m",
            "15m",
            "30m",
            "1h",
            "2h",
            "4h",
            "6h",
            "8h",
            "12h",
            "1d",
            "1w",
            "1M",
        ]
    }
    | {"60m": "1h", "120m": "2h", "240m": "4h", "24h": "1d", "7d": "1w"}
)
"""Our timeframe to the venue's interval. Its 3d is left out: its grid is not ours."""

_MS = 1_000_000
_MICROSECONDS_FROM = 10**14  # milliseconds reach this in the year 5138, microseconds did in 1973
_COLUMNS = (
    "open_ms",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_ms",
    "quote_volume",
    "trades",
)
_TEXT_LIMIT = 200
_INVALID_SYMBOL = -1121
_RATE_CODES = frozenset({-1003, -1008, -1015})
_AUTH_CODES = frozenset({-2014, -2015, -1022})
_SERVER_CODES = frozenset({-1000, -1001, -1006, -1007, -1016})


def venue_symbol(symbol: Symbol) -> str:
    """Write a spot pair the venue's way: ``BTC/USDT`` to ``BTCUSDT``.

    Raises `Unsupported` for a ticker or a contract.
    """
    if symbol.quote is None or symbol.is_contract:
        raise Unsupported(f"Binance spot has no {symbol}", hint="pass a spot pair such as BTC/USDT")
    return f"{symbol.base}{symbol.quote}"


def interval(timeframe: Timeframe) -> str:
    """Write a timeframe the venue's way; raises `Unsupported` naming those it has."""
    try:
        return INTERVALS[str(timeframe)]
    except KeyError:
        known = ", ".join(k for k, v in INTERVALS.items() if k == v)
        raise Unsupported(
            f"Binance has no {timeframe} bars", hint=f"fetch one of {known} and resample"
        ) from None


def kline_query(symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int) -> dict[str, str]:
    """Make the query of GET /api/v3/klines for ``start_ns <= open time < end_ns``.

    The venue's `endTime` is inclusive and in milliseconds, hence the last one before `end_ns`.
    """
    return {
        "symbol": venue_symbol(symbol),
        "interval": interval(timeframe),
        "startTime": str(-(-start_ns // _MS)),
        "endTime": str(-(-end_ns // _MS) - 1),
        "limit": str(PAGE_LIMIT),
    }


def parse_klines(
    rows: object, *, symbol: Symbol, timeframe: Timeframe, server_time_ns: int
) -> Bars:
    """Turn one answer of GET /api/v3/klines into final bars: the open candle is dropped.

    Parameters
    ----------
    rows : the decoded answer
    symbol, timeframe : what was asked
    server_time_ns : the venue's clock; a bar is final when it closed at or before it

    Returns
    -------
    Bars
        Sorted, unique, with quote volume and trade count, ``sources=("binance",)``.

    Raises
    ------
    InvalidBars
        Naming row and column, where a row is short or a cell is no number.

    Notes
    -----
    Source: Binance "Market Data endpoints" page, GET /api/v3/klines. Row: [open_ms, open, high,
    low, close, base volume, close_ms, quote volume, trades, ...]; prices are strings. Repeats of an
    open time are one bar if all cells are equal. Times in microseconds are understood as well.
    """
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
        raise InvalidBars("klines", value=_short(rows), rule="a list of rows is expected")
    cells = {
        name: [_cell(row, i, at, name) for at, row in enumerate(rows)]
        for i, name in enumerate(_COLUMNS)
    }
    open_ns = np.array([_time_ns(ms, at) for at, ms in enumerate(cells["open_ms"])], dtype=np.int64)
    table = np.array([cells[name] for name in _COLUMNS[1:]], dtype=np.float64).reshape(8, -1)
    order = np.argsort(open_ns, kind="stable")
    open_ns, table = open_ns[order], table[:, order]
    repeats = np.zeros(len(open_ns), dtype=bool)
    repeats[1:] = (np.diff(open_ns) == 0) & (table[:, 1:] == table[:, :-1]).all(axis=0)
    keep = (timeframe.following(open_ns) <= server_time_ns) & ~repeats
    open_ns, table = open_ns[keep], table[:, keep]
    return Bars(
        symbol,
        timeframe,
        open_ns=open_ns,
        open=table[0],
        high=table[1],
        low=table[2],
        close=table[3],
        volume=table[4],
        quote_volume=table[6],
        trades_count=table[7].astype(np.int64),
        sources=("binance",),
    )


def parse_server_time(payload: object) -> int:
    """Read GET /api/v3/time: the venue's clock in nanoseconds UTC."""
    value = payload.get("serverTime") if isinstance(payload, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise DataError(
            f"Binance answered {_short(payload)}, an object with serverTime is expected"
        )
    return value * (1_000 if value >= _MICROSECONDS_FROM else _MS)


def parse_symbols(payload: object) -> tuple[Symbol, ...]:
    """Read GET /api/v3/exchangeInfo: the spot pairs, those outside our grammar left out."""
    listed = payload.get("symbols") if isinstance(payload, Mapping) else None
    if not isinstance(listed, Sequence):
        raise DataError(f"Binance answered {_short(payload)}, an object with symbols is expected")
    found: list[Symbol] = []
    for entry in listed:
        if isinstance(entry, Mapping):
            try:
                found.append(Symbol(str(entry.get("baseAsset")), str(entry.get("quoteAsset"))))
            except InvalidValue:
                continue  # the venue lists names of other alphabets
    return tuple(found)


def decode(body: bytes, *, content_type: str = "") -> object:
    """Decode a 2xx answer; raises `VenueUnavailable` where it is HTML or cut JSON.

    A page instead of data comes from a proxy, a firewall or a maintenance; half an answer from a
    cut connection. Both may be tried again.
    """
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        kind = "an HTML page" if _is_html(body, content_type) else "JSON that ends early or is none"
        raise VenueUnavailable(
            f"Binance answered {kind}: {_short(body)}",
            hint="try again; if it stays, a proxy or firewall stands between",
        ) from error
    return decoded


def is_unknown_symbol(body: bytes) -> bool:
    """Tell whether an error answer says that the venue does not know the symbol."""
    return _code_and_text(body)[0] == _INVALID_SYMBOL


def parse_error(  # noqa: PLR0911 - a table in prose: one answer, one error
    status: int,
    body: bytes,
    *,
    headers: Mapping[str, str],
    near: Sequence[str] = (),
    asked: str = "",
) -> AlgoTrendyError:
    """Turn a non-2xx answer of a read into a typed error.

    Parameters
    ----------
    status : HTTP status
    body : the answer as received
    headers : by lower-case name; `retry-after` in seconds is read
    near : unified names close to what was asked, for an unknown symbol
    asked : what was asked, unified

    Notes
    -----
    Source: Binance "Error codes" and "General API Information" pages. 429 and 418 carry Retry-After
    (418 is a ban that lengthens with every call); 403 is the web application firewall; 451 is a
    place the venue does not serve. A code that is not in the table is `VenueUnavailable` from 5xx
    and `BrokerError` else.
    """
    code, text = _code_and_text(body)
    said = f"HTTP {status}" + (f", code {code}" if code is not None else "") + f": {text}"
    if status in {418, 429} or code in _RATE_CODES:
        wait = _seconds(headers.get("retry-after"))
        return RateLimited(
            f"Binance limits this address ({said})",
            retry_after_s=wait,
            hint="wait" if wait is None else f"wait {wait:g} s",
        )
    if code == _INVALID_SYMBOL:
        return NoData(
            f"Binance lists no spot pair {asked}",
            hint=f"did you mean {' or '.join(near)}?" if near else "look it up at the venue",
        )
    if status == 401 or code in _AUTH_CODES:  # noqa: PLR2004
        return AuthenticationFailed(f"Binance refused the credentials ({said})")
    if status == 451:  # noqa: PLR2004
        return BrokerError(
            f"Binance does not serve this location ({said})",
            hint="pass another base_url, or import a file: algotrendy fetch file",
        )
    if status == 403:  # noqa: PLR2004
        return BrokerError(
            f"Binance's firewall refused the request ({said})", hint="wait some minutes, go slower"
        )
    if status >= 500 or code in _SERVER_CODES:  # noqa: PLR2004
        return VenueUnavailable(f"Binance is out of order ({said})", hint="try again later")
    return BrokerError(f"Binance refused the request ({said})")


def _code_and_text(body: bytes) -> tuple[int | None, str]:
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        return None, "an HTML page" if _is_html(body, "") else _short(body)
    if isinstance(decoded, Mapping):
        code, text = decoded.get("code"), decoded.get("msg")
        return (code if isinstance(code, int) else None), _short(text if text is not None else body)
    return None, _short(body)


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _is_html(body: bytes, content_type: str) -> bool:
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def _short(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}..."


def _cell(row: object, column: int, at: int, name: str) -> float:
    if not isinstance(row, Sequence) or isinstance(row, str | bytes) or len(row) <= column:
        raise InvalidBars(
            name,
            row=at,
            value=_short(row),
            rule=f"a row of {len(_COLUMNS)} cells or more is expected",
        )
    value = row[column]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidBars(name, row=at, value=value, rule="a number is expected")
    try:
        number = int(value) if name == "open_ms" else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InvalidBars(name, row=at, value=value, rule="a finite number is expected")
    return number


def _time_ns(value: float, at: int) -> int:
    time_ns = int(value) * (1_000 if value >= _MICROSECONDS_FROM else _MS)
    if not 0 <= time_ns < 2**63:
        raise InvalidBars(
            "open_ms", row=at, value=value, rule="milliseconds since 1970 are expected"
        )
    return time_ns
