"""All trades of a run as a file inside the page: CSV, compressed where it is large.

Laws: every digit; every trade up to a bound that keeps a page openable, and the count says so; the
link needs no script; the same run gives the same bytes.
Used by: the report.
"""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.trades import ExitReason, Trades
from algotrendy.model.bars import Bars

__all__ = ["Download", "trades_csv", "trades_download"]

_PLAIN_UP_TO = 200_000
_TRADES = 30_000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file to be saved from the page.

    Parameters
    ----------
    name : file name to suggest
    href : data address that holds it
    size : bytes of the file itself
    rows : number of trades in it, the first ones
    """

    name: str
    href: str
    size: int
    rows: int


def trades_csv(trades: Trades, bars: Bars, *, most: int | None = None) -> str:
    """Write trades as CSV: times are open times in UTC, numbers are exact, one line a trade."""
    columns: dict[str, list[str]] = {}
    for name in ("entry", "exit"):
        rows = getattr(trades, f"{name}_bar")[:most]
        columns[f"{name}_time"] = [f"{time}Z" for time in bars.times[rows].astype("datetime64[s]")]
    for name, whole in trades.columns().items():
        values = whole[:most]
        if name == "exit_reason":
            columns[name] = [ExitReason(code).name.lower() for code in values]
        elif name == "direction":
            columns[name] = ["long" if side > 0 else "short" for side in values]
        elif values.dtype == np.bool_:
            columns[name] = ["true" if value else "false" for value in values]
        else:
            columns[name] = [repr(value) for value in values.tolist()]
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def trades_download(trades: Trades, bars: Bars) -> Download:
    """Make the download of the trades, 30,000 at most.

    Above 200 kB it is compressed (gzip, which pandas reads as it is).
    """
    text = trades_csv(trades, bars, most=_TRADES).encode()
    name, kind, data = "trades.csv", "text/csv", text
    if len(text) > _PLAIN_UP_TO:
        name, kind, data = "trades.csv.gz", "application/gzip", gzip.compress(text, mtime=0)
    href = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return Download(name=name, href=href, size=len(data), rows=min(len(trades), _TRADES))
