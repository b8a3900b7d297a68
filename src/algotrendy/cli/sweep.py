"""`algotrendy sweep`: run a strategy over many parameter values.

Laws: what the command prints is what `at.sweep` returns; a condition is read, never evaluated as
code.
Used by: the command line.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from algotrendy.cli import arguments
from algotrendy.cli.assumptions import add_assumptions, assumptions
from algotrendy.cli.backtest import add_strategy_option
from algotrendy.cli.condition import Condition
from algotrendy.cli.data import add_data_options, bars_of
from algotrendy.cli.output import Output
from algotrendy.errors import InvalidValue
from algotrendy.runtime.registry import Registry
from algotrendy.runtime.settings import Settings

if TYPE_CHECKING:
    from algotrendy.backtests.sweep import SweepResult

__all__ = ["add_parser", "run"]


def add_parser(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's options."""
    parser = parsers.add_parser(
        "sweep",
        help="run a strategy over many parameter values",
        description="Run a strategy for every combination of parameter values and rank them. The "
        "best comes with its trial count and deflated Sharpe ratio.",
        epilog="example: algotrendy sweep --sample MSFT -p fast=5:50:5 slow=20,50,100 --fee 0.001",
    )
    add_data_options(parser)
    add_strategy_option(parser)
    parser.add_argument(
        "-p",
        "--param",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=RANGE",
        help="start:stop:step (both ends included) or values with commas",
    )
    parser.add_argument("--where", metavar="COND", help='which combinations: "fast < slow"')
    parser.add_argument("--metric", default="sharpe", help="what ranks, default sharpe")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="worker processes, default 1"
    )
    parser.add_argument("--journal", metavar="FILE", help="keep finished parts; run again to go on")
    parser.add_argument(
        "--top", type=int, default=10, metavar="N", help="rows to print, default 10"
    )
    add_assumptions(parser)
    parser.add_argument("--report", metavar="FILE", help="write an HTML page")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, output: Output) -> int:
    """Run the sweep and print its best rows."""
    from algotrendy.runtime.research import sweep

    for name, least in (("jobs", 1), ("top", 1)):
        if getattr(args, name) < least:
            raise InvalidValue(f"--{name}", value=getattr(args, name), rule=f"at least {least}")
    registry = Registry.with_plugins(Settings.from_environment().plugins)
    strategy = arguments.strategy(args.strategy, registry=registry)
    given = arguments.ranges(args.param)
    fixed = {name: values[0] for name, values in given.items() if len(values) == 1}
    ranges: dict[str, Any] = {n: values for n, values in given.items() if n not in fixed}
    if not ranges:
        raise InvalidValue(
            "-p",
            value=" ".join(args.param) or None,
            rule="at least one range is expected",
            hint="write it like -p fast=5:50:5 slow=20,50,100",
        )
    where = None if args.where is None else Condition(args.where, known=tuple(strategy.defaults))
    options: dict[str, Any] = assumptions(args)
    with _workers(args.jobs) as executor:
        found = sweep(
            strategy, bars_of(args), where=where, executor=executor, journal=args.journal,
            metric=args.metric, params=fixed, **options, **ranges,
        )  # fmt: skip
    report = None if args.report is None else found.report(args.report).resolve()
    if args.json:
        output.json(_document(found, args.top) | ({"report": str(report)} if report else {}))
        return 0
    _print(found, args.top, output)
    if report is not None:
        output.line(f"report: {report}")
    return 0


@contextmanager
def _workers(jobs: int) -> Iterator[Executor | None]:
    if jobs == 1:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Spawned, not forked: numpy's and numba's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as executor:
        yield executor


def _print(found: SweepResult, top: int, output: Output) -> None:
    from algotrendy.cli.figures import best_lines
    from algotrendy.plotting.metric_names import metric_label, metric_text

    spec = found.plan.spec
    left_out = f", {found.n_left_out:,} left out by conditions" if found.n_left_out else ""
    output.title(f"{found.strategy_name} on {spec.bars!r}: {found.n_trials:,} trials{left_out}")
    rows = found.order[:top].tolist()
    params = list(found.params)
    output.table(
        [*params, *(metric_label(name) for name in found.metrics)],
        (
            [
                *(str(found.params[name][row]) for name in params),
                *(metric_text(name, float(v[row])) for name, v in found.metrics.items()),
            ]
            for row in rows
        ),
    )
    output.line()
    for line in best_lines(found.best, found.metric):
        output.line(line)


def _document(found: SweepResult, top: int) -> dict[str, object]:
    return {
        "strategy": found.strategy_name,
        "symbol": str(found.plan.spec.bars.symbols[0]),
        "timeframe": str(found.plan.spec.bars.timeframe),
        "n_trials": found.n_trials,
        "n_left_out": found.n_left_out,
        "metric": found.metric,
        "best": asdict(found.best),
        "top": [
            {
                **found.params_of(row),
                **{name: float(values[row]) for name, values in found.metrics.items()},
            }
            for row in found.order[:top].tolist()
        ],
    }
