"""Binance spot market data over REST: public, read only, no key.

Laws: history is final bars only, by the venue's clock; a read is tried again within a budget, and
nothing here writes; every failure is a typed error.
Used by: the registry (`channels: binance`), `algotrendy fetch`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast, final

import numpy as np

from algotrendy.channels.binance import parse
from algotrendy.channels.reads import ReadRetries, read_again
from algotrendy.errors import (
    AlgoTrendyError,
    DataError,
    InvalidSettings,
    InvalidValue,
    VenueUnavailable,
)
from algotrendy.model.arrays import FloatArray
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

if TYPE_CHECKING:
    import httpx

__all__ = ["BinanceChannel"]

_TIME, _KLINES, _SYMBOLS = "/api/v3/time", "/api/v3/klines", "/api/v3/exchangeInfo"


@final
class BinanceChannel:
    """Spot bars of Binance.

    Parameters
    ----------
    base_url : where the venue is; ``https://data-api.binance.vision`` serves market data only
    http : a client to use instead of an own one; it is not closed by `aclose`
    timeout_s : seconds for connecting, and for each part of an answer
    retries : how patient reads are
    sleep, dice : passed in so that tests neither wait nor guess

    Notes
    -----
    Streams come in a later release. Not thread-safe: one channel belongs to one event loop.

    Examples
    --------
    .. code-block:: python

        async with BinanceChannel() as channel:
            bars = await channel.bars(symbol, timeframe, start_ns, end_ns)
    """

    def __init__(
        self,
        *,
        base_url: str = "https://api.binance.com",
        http: httpx.AsyncClient | None = None,
        timeout_s: float = 10.0,
        retries: ReadRetries | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        dice: random.Random | None = None,
    ) -> None:
        if not base_url.startswith(("https://", "http://")):
            raise InvalidSettings(
                f"base_url was {base_url!r}, http:// or https:// is expected",
                hint="write it like https://api.binance.com",
            )
        self._base_url = base_url.rstrip("/")
        self._http, self._owns_http = http, http is None
        self._timeout_s = timeout_s
        self._retries = retries or ReadRetries()
        self._sleep, self._dice = sleep, dice

    @property
    def name(self) -> str:
        """The source's name in every row: ``binance``."""
        return "binance"

    async def bars(self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int) -> Bars:
        """Return the final bars with ``start_ns <= open time < end_ns``, sorted and unique.

        Pages of 1,000 rows are read one after another. A bar that is open by the venue's clock is
        left out. Bars the venue never had (an outage, before the listing) are missing.

        Raises
        ------
        InvalidValue
            For an empty or reversed range.
        Unsupported
            For a symbol that is no spot pair, or a timeframe the venue lacks.
        UnknownName
            For a pair the venue does not list, with close ones.
        RateLimited, VenueUnavailable
            When patience ended.
        InvalidBars, DataError
            For an answer that cannot be bars.
        """
        if not 0 <= start_ns < end_ns:
            raise InvalidValue(
                "range",
                value=(start_ns, end_ns),
                rule="0 <= start < end in nanoseconds is expected",
            )
        parse.kline_query(
            symbol, timeframe, start_ns, end_ns
        )  # refuse what cannot be asked, offline
        now_ns = parse.parse_server_time(await self._get(_TIME, {}))
        pieces: list[Bars] = []
        next_ns = start_ns
        while next_ns < min(end_ns, now_ns):
            query = parse.kline_query(symbol, timeframe, next_ns, end_ns)
            rows = await self._get(_KLINES, query, symbol=symbol)
            piece = parse.parse_klines(
                rows, symbol=symbol, timeframe=timeframe, server_time_ns=now_ns
            )
            if len(piece) and int(piece.open_ns[0]) < next_ns:
                raise DataError(
                    f"Binance answered bars before {query['startTime']} ms, which was asked for",
                    hint="the address does not serve what it should",
                )
            pieces.append(piece)
            if len(cast("list[object]", rows)) < parse.PAGE_LIMIT or not len(piece):
                break
            next_ns = int(piece.open_ns[-1]) + 1
        return _joined(pieces, symbol, timeframe, end_ns)

    async def symbols(self) -> tuple[Symbol, ...]:
        """Return every spot pair the venue lists, halted ones included."""
        return parse.parse_symbols(await self._get(_SYMBOLS, {"showPermissionSets": "false"}))

    async def aclose(self) -> None:
        """Close the connections; idempotent. A client that was passed in stays open."""
        if self._owns_http and self._http is not None:
            http, self._http = self._http, None
            await http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _get(
        self, path: str, query: Mapping[str, str], *, symbol: Symbol | None = None
    ) -> object:
        return await read_again(
            lambda: self._get_once(path, query, symbol),
            retries=self._retries,
            sleep=self._sleep,
            dice=self._dice,
        )

    async def _get_once(self, path: str, query: Mapping[str, str], symbol: Symbol | None) -> object:
        import httpx

        if self._http is None:
            self._http = httpx.AsyncClient(timeout=self._timeout_s)
        try:
            answer = await self._http.get(f"{self._base_url}{path}", params=dict(query))
        except httpx.TimeoutException as error:
            raise VenueUnavailable(
                f"Binance did not answer GET {path} within {self._timeout_s:g} s",
                hint="check the connection",
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise VenueUnavailable(
                f"GET {self._base_url}{path} failed: {type(error).__name__} {error}".rstrip(),
                hint="check the connection and the address",
            ) from error
        if answer.is_success:
            return parse.decode(answer.content, content_type=answer.headers.get("content-type", ""))
        near: tuple[str, ...] = ()
        if symbol is not None and parse.is_unknown_symbol(answer.content):
            near = await self._near(symbol)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        raise parse.parse_error(
            answer.status_code, answer.content, headers=headers, near=near, asked=str(symbol)
        )

    async def _near(self, symbol: Symbol) -> tuple[str, ...]:
        try:
            listed = [str(one) for one in await self.symbols()]
        except AlgoTrendyError:
            return ()  # the suggestion is a courtesy: the error it belongs to must come through
        return tuple(get_close_matches(str(symbol), listed, n=5))


def _joined(pieces: list[Bars], symbol: Symbol, timeframe: Timeframe, end_ns: int) -> Bars:
    empty = parse.parse_klines([], symbol=symbol, timeframe=timeframe, server_time_ns=0)
    found = [empty, *pieces]
    open_ns = np.concatenate([piece.open_ns for piece in found])
    keep = open_ns < end_ns

    def column(name: str) -> FloatArray:
        joined: FloatArray = np.concatenate([getattr(piece, name) for piece in found])[keep]
        return joined

    return Bars(
        symbol,
        timeframe,
        open_ns=open_ns[keep],
        open=column("open"),
        high=column("high"),
        low=column("low"),
        close=column("close"),
        volume=column("volume"),
        quote_volume=column("quote_volume"),
        trades_count=column("trades_count"),
        sources=("binance",),
    )
