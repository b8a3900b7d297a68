"""The program `algotrendy`: reads the command, runs it, and turns every failure into one line.

Laws: 0 done, 1 a check failed, 2 an error with its code, 130 interrupted; a command's module is
imported when the command is chosen, so that help costs nothing.
Used by: the console script.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from algotrendy.errors import AlgoTrendyError

__all__ = ["main"]

_COMMANDS = {
    "demo": "data, store, sweep, walk-forward and report, offline, in seconds",
    "backtest": "run one strategy over bars",
    "sweep": "run a strategy over many parameter values",
    "fetch": "bring prices into the store",
    "doctor": "look at this machine and installation",
}
_KEYWORD = re.compile(
    r"\b(symbol|timeframe|time_unit|assume_timezone|stop_loss|leverage)='?([\w./:-]*[\w])'?"
)
_INTERRUPTED = 130
_FAILED = 2


class _Command(Protocol):
    add_parser: Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : the words after the program's name, by default the process's
    """
    words = list(sys.argv[1:] if argv is None else argv)
    traceback_wanted = "--traceback" in words
    parser = _parser(words)
    args = parser.parse_args([word for word in words if word != "--traceback"])
    if args.version:
        import algotrendy

        sys.stdout.write(f"algotrendy {algotrendy.__version__}\n")
        return 0
    if args.command is None:
        parser.print_help()
        return 0
    return _run(args, traceback_wanted=traceback_wanted)


def _run(args: argparse.Namespace, *, traceback_wanted: bool) -> int:
    from algotrendy.cli.output import Output

    output = Output.of_process(os.environ)
    try:
        code = cast("int", args.run(args, output))
        sys.stdout.flush()
    except KeyboardInterrupt:
        output.step("interrupted")
        code = _INTERRUPTED
    except BrokenPipeError:
        # The reader went away, as `| head` does: nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except AlgoTrendyError as error:
        if traceback_wanted:
            raise
        output.error(_as_options(str(error)), error.code)
        code = _FAILED
    except OSError as error:
        if traceback_wanted:
            raise
        output.error(f"{error.filename or 'system'}: {error.strerror or error}", "system")
        code = _FAILED
    return code


def _as_options(text: str) -> str:
    """Say ``--stop-loss 0.02`` where the library's text says ``stop_loss=0.02``."""
    return _KEYWORD.sub(lambda m: f"--{m[1].replace('_', '-')} {m[2]}", text)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="algotrendy",
        description="Research and backtest strategies; see algotrendy demo first.",
        epilog="algotrendy COMMAND --help tells more. --traceback shows where an error came from.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    chosen = next((word for word in words if word in _COMMANDS), None)
    for name, says in _COMMANDS.items():
        if name == chosen:
            module = importlib.import_module(f"algotrendy.cli.{name}")
            cast("_Command", module).add_parser(parsers)
        else:
            parsers.add_parser(name, help=says, add_help=False)
    return parser
