"""`algotrendy backtest`: run one strategy over bars.

Laws: what the command prints is what `at.backtest` returns, nothing is computed here.
Used by: the command line.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from algotrendy.cli import arguments
from algotrendy.cli.assumptions import add_assumptions, assumptions
from algotrendy.cli.data import add_data_options, bars_of
from algotrendy.cli.output import Output
from algotrendy.runtime.registry import Registry
from algotrendy.runtime.settings import Settings

if TYPE_CHECKING:
    from algotrendy.backtests.result import BacktestResult

__all__ = ["add_parser", "add_strategy_option", "run"]


def add_parser(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's options."""
    parser = parsers.add_parser(
        "backtest",
        help="run one strategy over bars",
        description="Run one strategy over bars and print what would have come of it.",
        epilog="example: algotrendy backtest --sample MSFT --strategy sma_cross "
        "-p fast=20 slow=100 --fee 0.001",
    )
    add_data_options(parser)
    add_strategy_option(parser)
    parser.add_argument(
        "-p",
        "--param",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="values of the strategy's parameters",
    )
    add_assumptions(parser)
    parser.add_argument("--report", metavar="FILE", help="write an HTML page")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def add_strategy_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says which strategy."""
    parser.add_argument(
        "--strategy",
        default="sma_cross",
        metavar="WHICH",
        help="a ready one (breakout, ema_cross, macd_cross, rsi_reversion, sma_cross), "
        "module:attribute, or file.py:name; default sma_cross",
    )


def run(args: argparse.Namespace, output: Output) -> int:
    """Run the backtest and print it."""
    from algotrendy.runtime.research import backtest

    registry = Registry.with_plugins(Settings.from_environment().plugins)
    strategy = arguments.strategy(args.strategy, registry=registry)
    options: dict[str, Any] = assumptions(args)
    result = backtest(strategy, bars_of(args), params=arguments.parameters(args.param), **options)
    report = None if args.report is None else result.report(args.report).resolve()
    if args.json:
        output.json(_document(result) | ({"report": str(report)} if report else {}))
        return 0
    _print(result, output)
    if report is not None:
        output.line(f"report: {report}")
    return 0


def _print(result: BacktestResult, output: Output) -> None:
    from algotrendy.cli.figures import metric_rows, params_text

    spec = result.spec
    output.title(f"{spec.strategy.name} {params_text(spec.params)} on {spec.bars!r}")
    output.pairs(metric_rows(result.metrics))
    paid = ", ".join(f"{name} {value:,.2f}" for name, value in result.costs.items() if value)
    if paid:
        output.line(f"  costs inside: {paid}")
    ended = ", ".join(f"{name} {count}" for name, count in result.exits_by_reason.items())
    output.line(f"  exits: {ended or 'no trades'}; fills at {spec.fill}")
    if result.n_ambiguous:
        low, high = result.equity_bounds
        output.line(
            f"  {result.n_ambiguous} trades hinge on the path inside a bar: final equity lies "
            f"between {low:,.2f} and {high:,.2f}"
        )
    if len(result.refused_columns):
        output.line(f"  {len(result.refused_columns)} entries were refused or resized")
    if result.pending is not None:
        output.line("  the last bar's decision is pending: there is no bar after it to fill it")
    for warning in result.warnings:
        output.line(f"  warning: {warning}")


def _document(result: BacktestResult) -> dict[str, object]:
    spec = result.spec
    return {
        "strategy": spec.strategy.name,
        "params": dict(spec.params),
        "symbol": str(spec.bars.symbols[0]),
        "timeframe": str(spec.bars.timeframe),
        "bars": len(spec.bars),
        "engine": result.engine,
        "fill": str(spec.fill),
        "final_equity": result.final_equity,
        "equity_bounds": list(result.equity_bounds),
        "metrics": asdict(result.metrics),
        "costs": result.costs,
        "exits": result.exits_by_reason,
        "n_ambiguous": result.n_ambiguous,
        "n_refused": len(result.refused_columns),
        "pending": None if result.pending is None else asdict(result.pending),
        "warnings": list(result.warnings),
        "hash": result.hash,
    }
