"""`algotrendy demo`: data, store, sweep, walk-forward and report, offline, in seconds.

Laws: the lines it prints are the lines that made the result (a test runs them and compares); it
writes the report and one folder, both named on the screen.
Used by: the command line.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from algotrendy.cli.output import Output

if TYPE_CHECKING:
    from algotrendy.backtests.sweep import SweepResult
    from algotrendy.backtests.walkforward import WalkForwardResult

__all__ = ["add_parser", "run", "source"]

_SAMPLE = "MSFT"
_TRAIN, _TEST = 1_000, 250
_FEES, _SLIPPAGE = 0.001, 0.0005
_FAST, _SLOW = (5, 65, 5), (20, 210, 10)


def add_parser(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's options."""
    parser = parsers.add_parser(
        "demo",
        help="data, store, sweep, walk-forward and report, offline, in seconds",
        description="Load shipped prices, keep them in a store, sweep a moving-average cross, "
        "walk it forward, and write a report. Needs no network.",
    )
    parser.add_argument(
        "--home", metavar="DIR", help="folder of the store, default a temporary one"
    )
    parser.add_argument(
        "--report", default="report.html", metavar="FILE", help="the page, default ./report.html"
    )
    parser.set_defaults(run=run)


def source(home: Path, report: Path) -> str:
    """Return the Python that does what the demo does."""
    return f"""\
import algotrendy as at
from algotrendy.plotting.report import write_report
from algotrendy.strategies.sma_cross import sma_cross

store = at.store({str(home)!r})
store.save(at.sample.load({_SAMPLE!r}))
bars = store.load({_SAMPLE!r}, "1d")

ranges = {{"fast": range{_FAST}, "slow": range{_SLOW}}}
costs = {{"fees": {_FEES}, "slippage": {_SLIPPAGE}}}
found = at.sweep(sma_cross, bars, **ranges, **costs)
walk = at.walk_forward(sma_cross, bars, ranges=ranges, train={_TRAIN}, test={_TEST}, **costs)

best = found.run(found.order[0])
print(found.best)
print(walk.metrics)
write_report(best, {str(report)!r}, sweep=found, walk_forward=walk)
"""


def run(args: argparse.Namespace, output: Output) -> int:
    """Do it, and say how."""
    started = time.perf_counter()
    home = Path(args.home or tempfile.mkdtemp(prefix="algotrendy-demo-")).absolute()
    report = Path(args.report).absolute()
    found, walk = _work(home, report, output)
    took = time.perf_counter() - started
    _print(found, walk, output)
    output.title("How it was done: these lines do the same")
    output.line()
    output.code(source(home, report))
    output.line(f"report: {report}")
    output.line(f"store:  {home}")
    output.line(f"done in {took:.1f} s")
    return 0


def _work(home: Path, report: Path, output: Output) -> tuple[SweepResult, WalkForwardResult]:
    from algotrendy import sample
    from algotrendy.plotting.report import write_report
    from algotrendy.runtime.research import sweep, walk_forward
    from algotrendy.storage.embedded import store
    from algotrendy.strategies.sma_cross import sma_cross

    output.step(f"1/5 load {_SAMPLE}: real daily prices that come with the package")
    shipped = sample.load(_SAMPLE)
    output.step(f"2/5 keep {len(shipped):,} bars in the store, and read them back")
    kept = store(home)
    kept.save(shipped)
    bars = kept.load(_SAMPLE, "1d")
    fast, slow = range(*_FAST), range(*_SLOW)
    output.step("3/5 sweep a moving-average cross over its two windows")
    found = sweep(sma_cross, bars, fast=fast, slow=slow, fees=_FEES, slippage=_SLIPPAGE)
    output.step(f"4/5 walk forward: choose on {_TRAIN:,} bars, trade the {_TEST} after them, again")
    walk = walk_forward(
        sma_cross,
        bars,
        ranges={"fast": fast, "slow": slow},
        train=_TRAIN,
        test=_TEST,
        fees=_FEES,
        slippage=_SLIPPAGE,
    )
    output.step("5/5 write the report")
    write_report(found.run(int(found.order[0])), report, sweep=found, walk_forward=walk)
    return found, walk


def _print(found: SweepResult, walk: WalkForwardResult, output: Output) -> None:
    from algotrendy.cli.figures import best_lines, metric_rows

    output.title("In sample: the best of many, which proves little")
    for line in best_lines(found.best, found.metric):
        output.line(f"  {line}")
    output.line(f"  its return over all bars: {found.best.metrics['total_return']:+.1%}")
    output.title(
        f"Out of sample: {len(walk.folds)} folds, chosen on the past, traded on what followed"
    )
    output.pairs(metric_rows(walk.metrics))
