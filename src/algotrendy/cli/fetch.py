"""`algotrendy fetch`: bring prices into the store, from a venue or from a file.

Laws: what was stored stays when a fetch breaks, and the next one goes on there; nothing is written
outside the folder that was named.
Used by: the command line.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from algotrendy.cli.arguments import time_ns
from algotrendy.cli.data import add_file_options, file_bars, home_of, open_store
from algotrendy.cli.output import Output
from algotrendy.errors import InvalidValue
from algotrendy.model.bars_check import utc_text
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.protocols.closing import SupportsAsyncClose
from algotrendy.runtime.history import Fetched, fetch_into
from algotrendy.runtime.progress import progress
from algotrendy.runtime.registry import Registry
from algotrendy.runtime.settings import Settings

if TYPE_CHECKING:
    from algotrendy.protocols.channel import DataChannel
    from algotrendy.protocols.store import BarStore

__all__ = ["add_parser", "run"]


def add_parser(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's options."""
    parser = parsers.add_parser(
        "fetch",
        help="bring prices into the store",
        description="Bring prices into the store, from a venue (public data, no key) or from a "
        "file. Only what is missing is asked for; without --from it goes on after the last stored "
        "bar.",
        epilog="examples: algotrendy fetch binance BTC/USDT 1h --from 2024-01-01 | "
        "algotrendy fetch file prices.csv AAPL 1d",
    )
    parser.add_argument("channel", help="binance, or file")
    parser.add_argument("what", nargs="+", help="SYMBOL TF, or PATH SYMBOL TF for a file")
    parser.add_argument(
        "--from", dest="start", metavar="TIME", help="first open time, UTC: 2024-01-01"
    )
    parser.add_argument(
        "--to", dest="end", metavar="TIME", help="open times before this; default now"
    )
    parser.add_argument("--into", dest="home", metavar="DIR", help="the store's folder")
    parser.add_argument("--base-url", metavar="URL", help="another address of the venue")
    add_file_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, output: Output) -> int:
    """Fetch, and say what is in the store now."""
    home = home_of(args)
    store = open_store(home)
    if args.channel == "file":
        symbol, timeframe = _from_file(args, store, output)
    else:
        symbol, timeframe = _from_venue(args, store, output)
    held = next((s for s in store.series() if (s.symbol, s.timeframe) == (symbol, timeframe)), None)
    found = {
        "home": str(home),
        "symbol": str(symbol),
        "timeframe": str(timeframe),
        "bars": 0 if held is None else held.n_bars,
        "first": None if held is None else utc_text(held.first_ns),
        "last": None if held is None else utc_text(held.last_ns),
    }
    if args.json:
        output.json(found)
    elif held is None:
        output.line(f"{home} holds no {symbol} {timeframe} bars: there were none in this range")
    else:
        output.line(
            f"{home} holds {held.n_bars:,} {symbol} {timeframe} bars, "
            f"{found['first']} to {found['last']}"
        )
    return 0


def _from_file(
    args: argparse.Namespace, store: BarStore, output: Output
) -> tuple[Symbol, Timeframe]:
    path, symbol, timeframe = _words(args.what, ("PATH", "SYMBOL", "TF"))
    args.file, args.symbol, args.timeframe = path, symbol, timeframe
    bars = file_bars(args)
    n_rows = store.append(bars)
    output.step(f"imported {n_rows:,} rows of {Path(path).name}")
    return bars.symbols[0], bars.timeframe


def _from_venue(
    args: argparse.Namespace, store: BarStore, output: Output
) -> tuple[Symbol, Timeframe]:
    words = _words(args.what, ("SYMBOL", "TF"))
    symbol, timeframe = Symbol.parse(words[0]), Timeframe.parse(words[1])
    if args.start is None and store.last_ns(symbol, timeframe) is None:
        raise InvalidValue(
            "--from",
            value=None,
            rule=f"the store has no {symbol} {timeframe} bars to go on from",
            hint="write it like --from 2024-01-01",
        )
    start_ns = None if args.start is None else time_ns(args.start, field="--from")
    end_ns = None if args.end is None else time_ns(args.end, field="--to")
    done = asyncio.run(_fetch(args, store, symbol, timeframe, start_ns, end_ns))
    if done.resumed and done.ranges:
        output.step(f"only what was missing, from {utc_text(done.ranges[0][0])} on")
    output.step(f"fetched {done.n_bars:,} bars")
    return symbol, timeframe


async def _fetch(
    args: argparse.Namespace,
    store: BarStore,
    symbol: Symbol,
    timeframe: Timeframe,
    start_ns: int | None,
    end_ns: int | None,
) -> Fetched:
    registry = Registry.with_plugins(Settings.from_environment().plugins)
    make = cast("Callable[..., DataChannel]", registry.load("channels", args.channel))
    channel = make(base_url=args.base_url) if args.base_url else make()
    total = None
    if start_ns is not None and end_ns is not None:
        total = max(0, end_ns - start_ns) // timeframe.ns
    try:
        with progress(total, f"{symbol} {timeframe}") as advance:

            def on_part(first_ns: int, last_ns: int, _n_bars: int) -> None:
                advance((last_ns - first_ns) // timeframe.ns)

            return await fetch_into(
                store,
                channel,
                symbol,
                timeframe,
                start_ns=start_ns,
                end_ns=end_ns,
                on_part=on_part,
            )
    finally:
        if isinstance(channel, SupportsAsyncClose):
            await channel.aclose()


def _words(given: list[str], names: tuple[str, ...]) -> list[str]:
    if len(given) != len(names):
        raise InvalidValue(
            "arguments",
            value=" ".join(given),
            rule=f"{' '.join(names)} is expected",
            hint="see algotrendy fetch --help",
        )
    return given
