"""A local server that speaks Binance's spot REST wire: klines, time, exchangeInfo, and its failures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Row = list[object]


@dataclass
class Fault:
    """One answer that takes the place of the right one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False  # announce more bytes than are sent, then close


@dataclass
class Venue:
    """What the server knows; tests read `requests` and fill `faults`."""

    rows: dict[tuple[str, str], list[Row]]
    now_ms: int
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, object]:
        if path == "/api/v3/time":
            return 200, {"serverTime": self.now_ms}
        if path == "/api/v3/exchangeInfo":
            names = sorted({symbol for symbol, _ in self.rows})
            listed = [
                {"symbol": n, "status": "TRADING", "baseAsset": n[:-4], "quoteAsset": n[-4:]}
                for n in names
            ]
            return 200, {"timezone": "UTC", "serverTime": self.now_ms, "symbols": listed}
        if path != "/api/v3/klines":
            return 404, "not found"
        if query["symbol"] not in {symbol for symbol, _ in self.rows}:
            return 400, {"code": -1121, "msg": "Invalid symbol."}
        rows = self.rows.get((query["symbol"], query["interval"]))
        if rows is None:
            return 400, {"code": -1120, "msg": "Invalid interval."}
        start, end = int(query["startTime"]), int(query["endTime"])
        found = [r for r in rows if start <= r[0] <= end and r[0] <= self.now_ms]  # type: ignore[operator]
        return 200, found[: int(query.get("limit", "500"))]


@contextmanager
def serve(venue: Venue) -> Iterator[Venue]:
    """Serve on a free loopback port while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            venue.requests.append((parts.path, query))
            if venue.faults:
                fault = venue.faults.pop(0)
                self._send(fault.status, fault.body, fault.headers, cut=fault.cut)
                return
            status, payload = venue.answer(parts.path, query)
            self._send(status, json.dumps(payload).encode(), {"content-type": "application/json"})

        def _send(
            self, status: int, body: bytes, headers: dict[str, str], *, cut: bool = False
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body) + (100 if cut else 0)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            if cut:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    venue.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield venue
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def kline(open_ms: int, length_ms: int, prices: tuple[float, float, float, float, float]) -> Row:
    """One row as the venue writes it: prices are strings, twelve cells."""
    o, h, low, c, v = (f"{p:.8f}" for p in prices)
    quote = f"{prices[3] * prices[4]:.8f}"
    return [open_ms, o, h, low, c, v, open_ms + length_ms - 1, quote, 7, "0.0", "0.0", "0"]


def plain_rows(first_ms: int, n: int, length_ms: int) -> list[Row]:
    """`n` rows whose prices tell their number."""
    return [
        kline(
            first_ms + i * length_ms,
            length_ms,
            (100.0 + i, 102.0 + i, 99.0 + i, 101.0 + i, 1.0 + i),
        )
        for i in range(n)
    ]
