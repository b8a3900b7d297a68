"""The options that move a number: cash, costs, size, exits, fill, leverage; one way to say them.

Used by: the commands that run a strategy.
"""

from __future__ import annotations

import argparse
from typing import Any

from algotrendy.cli import arguments

__all__ = ["add_assumptions", "assumptions"]


def add_assumptions(parser: argparse.ArgumentParser) -> None:
    """Add the options, with the defaults of `at.backtest`."""
    group = parser.add_argument_group("assumptions")
    number: dict[str, Any] = {"type": float, "metavar": "N"}
    group.add_argument("--cash", default=10_000.0, help="starting cash, default 10000", **number)
    group.add_argument("--fee", default=0.0, help="fee rate a side: 0.001 is 10 bp", **number)
    group.add_argument("--slippage", default=0.0, help="fraction a fill is worse", **number)
    group.add_argument(
        "--size",
        default="1",
        metavar="SIZE",
        help="fraction of equity (default 1), quantity:N, notional:N, risk:N or vol:N",
    )
    group.add_argument("--stop-loss", help="fraction below the entry price", **number)
    group.add_argument("--take-profit", help="fraction above the entry price", **number)
    group.add_argument("--trailing", help="fraction below the best price since entry", **number)
    group.add_argument("--max-bars", type=int, metavar="N", help="leave after so many bars")
    group.add_argument(
        "--fill",
        default="next_open",
        metavar="MODE",
        help="next_open (default), this_close, next_close",
    )
    group.add_argument("--leverage", default=1.0, help="1 (default) or more", **number)
    group.add_argument("--allow-short", action="store_true", help="allow short positions")


def assumptions(args: argparse.Namespace) -> dict[str, object]:
    """Return them as the front doors take them."""
    return {
        "cash": args.cash,
        "fees": args.fee,
        "slippage": args.slippage,
        "size": arguments.size(args.size),
        "stop_loss": args.stop_loss,
        "take_profit": args.take_profit,
        "trailing": args.trailing,
        "max_bars": args.max_bars,
        "fill": args.fill,
        "leverage": args.leverage,
        "allow_short": True if args.allow_short else None,
    }
