"""Where a command's bars come from: a file, a shipped sample, or the embedded store.

Laws: exactly one source; the range is half-open and in UTC; an empty answer is an error that says
what there is.
Used by: the commands that run something over bars.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from algotrendy.cli.arguments import time_ns
from algotrendy.errors import InvalidValue, NoData, UnknownName
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.runtime.settings import Settings

if TYPE_CHECKING:
    from algotrendy.model.bars import Bars
    from algotrendy.storage.parquet import ParquetStore

__all__ = ["add_data_options", "bars_of", "file_bars", "home_of", "open_store"]


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which bars."""
    group = parser.add_argument_group("bars (one of FILE, --sample, --store)")
    group.add_argument("file", nargs="?", metavar="FILE", help="a CSV or Parquet file of bars")
    group.add_argument("--sample", metavar="NAME", help="a shipped history: AAPL, GOOG, IBM, MSFT")
    group.add_argument(
        "--store", nargs=2, metavar=("SYMBOL", "TF"), help="bars in the store: BTC/USDT 1h"
    )
    group.add_argument("--home", metavar="DIR", help="the store's folder")
    add_file_options(group)
    group.add_argument("--from", dest="start", metavar="TIME", help="first open time, UTC")
    group.add_argument("--to", dest="end", metavar="TIME", help="open times before this, UTC")


def add_file_options(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Add the options that say how to read a file."""
    group.add_argument(
        "--time-unit", choices=("s", "ms", "us", "ns"), help="what whole-number times in FILE count"
    )
    group.add_argument(
        "--assume-timezone", metavar="ZONE", help="the zone of times in FILE without one: UTC"
    )
    group.add_argument(
        "--symbol", metavar="SYMBOL", help="the symbol of FILE, if it has none inside"
    )
    group.add_argument("--timeframe", metavar="TF", help="the timeframe of FILE, else inferred")
    group.add_argument("--sort", action="store_true", help="sort the rows of FILE by time")
    group.add_argument(
        "--drop-repeats", action="store_true", help="leave out rows of FILE that are there twice"
    )
    group.add_argument(
        "--drop-invalid", action="store_true", help="leave out rows of FILE with impossible prices"
    )


def bars_of(args: argparse.Namespace) -> Bars:
    """Load the bars that the options name, cut to the range.

    Raises
    ------
    InvalidValue
        For none or several sources.
    NoData
        For an empty range, saying what there is.
    """
    given = [o for o in (args.file, args.sample, args.store) if o is not None]
    if len(given) != 1:
        raise InvalidValue(
            "bars",
            value=len(given),
            rule="exactly one of FILE, --sample and --store is expected",
            hint="try --sample MSFT",
        )
    if args.sample is not None:
        from algotrendy import sample

        bars = sample.load(args.sample)
    elif args.store is not None:
        bars = _stored(args)
    else:
        bars = file_bars(args)
    return _cut(bars, args)


def file_bars(args: argparse.Namespace) -> Bars:
    """Read a CSV or Parquet file."""
    from algotrendy.model.bars import Bars

    path = Path(args.file)
    if not path.is_file():
        near = tuple(sorted(p.name for p in path.parent.glob("*"))) if path.parent.is_dir() else ()
        raise UnknownName("file", str(path), known=near[:20])
    options = {
        "symbol": args.symbol,
        "timeframe": args.timeframe,
        "time_unit": args.time_unit,
        "assume_timezone": args.assume_timezone,
        "sort": args.sort,
        "drop_repeats": args.drop_repeats,
        "drop_invalid": args.drop_invalid,
        "source": "file",
    }
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    if kind in {"parquet", "pq"}:
        return Bars.from_parquet(path, **options)
    if kind in {"csv", "txt"}:
        return Bars.from_csv(path, **options)
    raise InvalidValue("FILE", value=path.name, rule="a .csv, .csv.gz or .parquet file is expected")


def home_of(args: argparse.Namespace) -> Path:
    """Return the store's folder: the option, else the settings'."""
    return Path(args.home).absolute() if args.home else Settings.from_environment().home


def open_store(home: Path) -> ParquetStore:
    """Open the embedded bar store in a folder; nothing is written by opening."""
    from algotrendy.storage.embedded import store

    return store(home).bars


def _stored(args: argparse.Namespace) -> Bars:
    symbol, timeframe = Symbol.parse(args.store[0]), Timeframe.parse(args.store[1])
    home = home_of(args)
    store = open_store(home)
    bars = store.read(symbol, timeframe, 0, 2**63 - 1)
    if not len(bars):
        held = ", ".join(f"{one.symbol} {one.timeframe}" for one in store.series()) or "nothing"
        raise NoData(
            f"{home} has no {symbol} {timeframe} bars, it holds {held}",
            hint=f"algotrendy fetch binance {symbol} {timeframe} --from 2024-01-01 --into {home}",
        )
    return bars


def _cut(bars: Bars, args: argparse.Namespace) -> Bars:
    if args.start is None and args.end is None:
        return bars
    start = 0 if args.start is None else time_ns(args.start, field="--from")
    end = 2**63 - 1 if args.end is None else time_ns(args.end, field="--to")
    first, last = np.searchsorted(bars.open_ns, [start, end]).tolist()
    if first >= last:
        raise NoData(f"no bars from {args.start} to {args.end}", hint=f"there are {bars!r}")
    return bars[first:last]
