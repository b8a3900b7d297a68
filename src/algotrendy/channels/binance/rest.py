"""Binance spot market data over REST: public, read only, no key.

Laws: history is final bars only, by the venue's clock; nothing is tried twice and nothing here
writes; every failure is a typed error.
Used by: the registry (channel `binance`), the market data service.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from difflib import get_close_matches
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast, final

import numpy as np

from algotrendy.channels.binance import parse
from algotrendy.errors import (
    AlgoTrendyError,
    DataError,
    InvalidSettings,
    InvalidValue,
    Unsupported,
    VenueUnavailable,
)
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.channel import ChannelCapabilities

if TYPE_CHECKING:
    import httpx

    from algotrendy.model.arrays import FloatArray
    from algotrendy.model.market import MarketEvent, Subscription

__all__ = ["BinanceChannel"]

_TIME, _KLINES, _SYMBOLS = "/api/v3/time", "/api/v3/klines", "/api/v3/exchangeInfo"


@final
class BinanceChannel:
    """Spot bars of Binance; a `DataChannel`.

    Parameters
    ----------
    base_url : where the venue is; ``https://data-api.binance.vision`` serves market data only
    http : a client to use instead of an own one; it is not closed by `aclose`
    timeout_s : seconds for connecting, and for each part of an answer

    Notes
    -----
    History only: `stream` comes in a later release. One channel belongs to one event loop.

    Examples
    --------
    .. code-block:: python

        async with BinanceChannel() as channel:
            bars = await channel.bars(symbol, timeframe, start_ns, end_ns)
    """

    name = "binance"
    capabilities: ChannelCapabilities

    def __init__(
        self,
        *,
        base_url: str = "https://api.binance.com",
        http: httpx.AsyncClient | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        if not base_url.startswith(("https://", "http://")):
            raise InvalidSettings(
                f"base_url was {base_url!r}, http:// or https:// is expected",
                hint="write it like https://api.binance.com",
            )
        self.capabilities = ChannelCapabilities(
            timeframes=frozenset(parse.INTERVALS),
            max_bars=parse.PAGE_LIMIT,
            requests_per_second=20.0,
            has_quote_volume=True,
            has_trades_count=True,
        )
        self._base_url = base_url.rstrip("/")
        self._http, self._owns_http = http, http is None
        self._timeout_s = timeout_s
        self._past_ns = 0

    async def bars(
        self, symbol: Symbol, timeframe: Timeframe, start_ns: int, end_ns: int, /
    ) -> Bars:
        """Return the final bars with ``start_ns <= open time < end_ns``, sorted and unique.

        A range of more than 1,000 bars takes several requests. A bar that is open by the venue's
        clock is left out; bars the venue never had (an outage, before the listing) are missing.

        Raises
        ------
        Unsupported
            For a symbol that is no spot pair, or a timeframe the venue lacks.
        NoData
            For a pair the venue does not list, with close ones.
        RateLimited, VenueUnavailable
            May be tried again, by the caller.
        InvalidBars, DataError, BrokerError
            For an answer that cannot be bars, or is a refusal.
        """
        if not 0 <= start_ns <= end_ns:
            raise InvalidValue(
                "range",
                value=(start_ns, end_ns),
                rule="0 <= start <= end in nanoseconds is expected",
            )
        parse.kline_query(symbol, timeframe, start_ns, end_ns)  # refused before anything is sent
        # Asked before the rows, never after: a bar that closed in between would count as final with
        # the prices it had while it was open. A time already seen is enough for older bars.
        if start_ns < end_ns and end_ns + timeframe.ns > self._past_ns:
            self._past_ns = max(self._past_ns, await self.server_time_ns())
        pieces: list[Bars] = []
        next_ns = start_ns
        while next_ns < min(end_ns, self._past_ns):
            query = parse.kline_query(symbol, timeframe, next_ns, end_ns)
            rows = await self._get(_KLINES, query, symbol=symbol)
            piece = parse.parse_klines(
                rows, symbol=symbol, timeframe=timeframe, server_time_ns=self._past_ns
            )
            if len(piece) and not next_ns <= piece.open_ns[0] <= piece.open_ns[-1] < end_ns:
                raise DataError(
                    f"Binance answered bars outside {query['startTime']} to {query['endTime']} ms",
                    hint="the address does not serve what it should",
                )
            pieces.append(piece)
            if len(cast("list[object]", rows)) < parse.PAGE_LIMIT or not len(piece):
                break
            next_ns = int(timeframe.following(piece.open_ns[-1:])[0])
        return _joined(pieces, symbol, timeframe)

    def stream(self, subscriptions: Sequence[Subscription], /) -> AsyncIterator[MarketEvent]:
        """Raise `Unsupported`: streams come in a later release."""
        raise Unsupported(
            f"binance serves history only, {len(subscriptions)} subscriptions were asked for",
            hint="call bars(...) after each close",
        )

    async def server_time_ns(self) -> int:
        """Return the venue's time, nanoseconds UTC."""
        return parse.parse_server_time(await self._get(_TIME, {}))

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
        except httpx.InvalidURL as error:
            raise InvalidSettings(f"base_url was {self._base_url!r}: {error}") from error
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
        return tuple(get_close_matches(str(symbol), listed, n=3))


def _joined(pieces: list[Bars], symbol: Symbol, timeframe: Timeframe) -> Bars:
    if len(pieces) == 1:
        return pieces[0]
    empty = parse.parse_klines([], symbol=symbol, timeframe=timeframe, server_time_ns=0)
    found = [empty, *pieces]

    def column(name: str) -> FloatArray:
        joined: FloatArray = np.concatenate([getattr(piece, name) for piece in found])
        return joined

    return Bars(
        symbol,
        timeframe,
        open_ns=np.concatenate([piece.open_ns for piece in found]),
        open=column("open"),
        high=column("high"),
        low=column("low"),
        close=column("close"),
        volume=column("volume"),
        quote_volume=column("quote_volume"),
        trades_count=column("trades_count"),
        sources=("binance",),
    )
