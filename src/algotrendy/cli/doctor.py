"""`algotrendy doctor`: whether this machine and installation can do the work.

Laws: it looks and tells, it changes nothing but one probe file that it removes; a check is a value
with a verdict; only a `problem` fails the command.
Used by: the command line.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Literal, final

from algotrendy.cli.data import home_of
from algotrendy.cli.output import Output
from algotrendy.errors import AlgoTrendyError
from algotrendy.runtime.registry import Registry
from algotrendy.runtime.settings import Settings

__all__ = ["add_parser", "run"]

_OLDEST_PYTHON = (3, 11)
_BASE = (
    "numpy", "pandas", "pyarrow", "pydantic", "httpx", "websockets", "tenacity", "SQLAlchemy",
    "platformdirs",
)  # fmt: skip
_EXTRAS = {
    "plot": ("plotly",),
    "notebook": ("tqdm", "ipywidgets"),
    "fast": ("numba",),
    "polars": ("polars",),
}
_BUILT = datetime(2026, 1, 1, tzinfo=UTC).timestamp()  # no run of this release can be earlier
_LEAST_MEMORY = 512 * 2**20


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    verdict: Literal["ok", "note", "problem"]
    text: str
    fix: str = ""


def add_parser(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's options."""
    parser = parsers.add_parser(
        "doctor", help="look at this machine and installation", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--home", metavar="DIR", help="the store's folder")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, output: Output) -> int:
    """Print every finding; return 1 if one is a problem."""
    findings = list(examine(args))
    failed = any(finding.verdict == "problem" for finding in findings)
    if args.json:
        output.json(
            {
                "ok": not failed,
                "findings": [
                    {"name": f.name, "verdict": f.verdict, "text": f.text, "fix": f.fix}
                    for f in findings
                ],
            }
        )
        return int(failed)
    wide = max(len(finding.name) for finding in findings)
    for finding in findings:
        output.line(f"{finding.verdict:<8} {finding.name:<{wide}}  {finding.text}")
        if finding.fix:
            output.line(f"{'':<8} {'':<{wide}}  -> {finding.fix}")
    return int(failed)


def examine(args: argparse.Namespace) -> Iterator[Finding]:
    """Look at everything, one finding after another."""
    yield _python()
    yield Finding(name="platform", verdict="ok", text=platform.platform())
    yield from _packages()
    yield from _extras()
    yield _store(args)
    yield _clock()
    yield Finding(name="processors", verdict="ok", text=str(_processors()))
    yield _memory()
    yield from _plugins()


def _python() -> Finding:
    text = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < _OLDEST_PYTHON:
        wanted = ".".join(map(str, _OLDEST_PYTHON))
        return Finding(
            name="python", verdict="problem", text=text, fix=f"use Python {wanted} or newer"
        )
    return Finding(name="python", verdict="ok", text=text)


def _packages() -> Iterable[Finding]:
    try:
        mine = version("algotrendy")
    except PackageNotFoundError:
        mine = "a source tree that is not installed"
    yield Finding(name="algotrendy", verdict="ok", text=mine)
    for package in _BASE:
        found = _version(package)
        if found is None:
            yield Finding(
                name=package, verdict="problem", text="not installed", fix="pip install algotrendy"
            )
        else:
            yield _against_floor(package, found)


def _against_floor(package: str, found: str) -> Finding:
    floor = _floors().get(package.lower(), "")
    if floor and _numbers(found) < _numbers(floor):
        return Finding(
            name=package,
            verdict="problem",
            text=f"{found}, {floor} or newer is needed",
            fix=f"pip install '{package}>={floor}'",
        )
    return Finding(name=package, verdict="ok", text=found)


def _floors() -> dict[str, str]:
    """Lowest versions by package in lower case, as the installed metadata says."""
    try:
        lines = distribution("algotrendy").requires or []
    except PackageNotFoundError:
        return {}
    floors = {}
    for line in lines:
        requirement = line.partition(";")[0].strip()
        name, floor_sign, rest = requirement.partition(">=")
        if floor_sign and "extra" not in line:
            floors[name.partition("<")[0].split(",")[0].strip().lower()] = rest.split(",")[
                0
            ].strip()
    return floors


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _extras() -> Iterable[Finding]:
    for extra, packages in _EXTRAS.items():
        found = {package: _version(package) for package in packages}
        missing = [package for package, number in found.items() if number is None]
        if missing:
            yield Finding(
                name=f"extra {extra}",
                verdict="note",
                text=f"{', '.join(missing)} not installed",
                fix=f"pip install 'algotrendy[{extra}]'",
            )
        else:
            text = ", ".join(f"{package} {number}" for package, number in found.items())
            yield Finding(name=f"extra {extra}", verdict="ok", text=text)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _store(args: argparse.Namespace) -> Finding:
    try:
        home = home_of(args)
    except AlgoTrendyError as error:
        return Finding(
            name="store folder", verdict="problem", text=str(error.args[0]), fix=error.hint
        )
    there = home
    while not there.exists() and there != there.parent:
        there = there.parent  # the folder is made on first use: its nearest parent must allow it
    try:
        took = _fsync_seconds(there)
    except OSError as error:
        return Finding(
            name="store folder",
            verdict="problem",
            text=f"{there}: {error.strerror or error}",
            fix="pass --home or set ALGOTRENDY_HOME to a folder you may write to",
        )
    made = "" if home.exists() else " (not made yet)"
    return Finding(
        name="store folder",
        verdict="ok",
        text=f"{home}{made}, write and fsync took {took * 1e3:.1f} ms",
    )


def _fsync_seconds(folder: Path) -> float:
    started = time.perf_counter()
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".algotrendy-doctor-") as probe:
        probe.write(b"probe")
        probe.flush()
        os.fsync(probe.fileno())
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return time.perf_counter() - started


def _clock() -> Finding:
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.02)
    drift = abs((time.time() - wall) - (time.monotonic() - steady))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if wall < _BUILT:
        return Finding(
            name="clock",
            verdict="problem",
            text=f"{now} is before this release was made",
            fix="set the clock; venues refuse a wrong one",
        )
    if drift > 0.01:  # noqa: PLR2004
        return Finding(
            name="clock",
            verdict="note",
            text=f"{now}; it moved by {drift * 1e3:.0f} ms while looked at",
            fix="let it be synchronised slowly (chrony or systemd-timesyncd)",
        )
    return Finding(name="clock", verdict="ok", text=now)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return Finding(name="memory", verdict="note", text="unknown on this platform")
    text = f"{total / 2**30:.1f} GiB"
    if total < _LEAST_MEMORY:
        return Finding(
            name="memory", verdict="note", text=text, fix="keep sweeps small: pass max_bytes"
        )
    return Finding(name="memory", verdict="ok", text=text)


def _plugins() -> Iterable[Finding]:
    try:
        registry = Registry.with_plugins(Settings.from_environment().plugins)
    except AlgoTrendyError as error:
        yield Finding(name="plug-ins", verdict="problem", text=str(error.args[0]), fix=error.hint)
        return
    for plugin in registry.plugins:
        if plugin.allowed:
            yield Finding(name=f"plug-in {plugin.key}", verdict="ok", text=plugin.package)
        else:
            yield Finding(
                name=f"plug-in {plugin.key}",
                verdict="note",
                text=f"{plugin.package}: installed, not allowed, not imported",
                fix=f"add {plugin.key} to ALGOTRENDY_PLUGINS if you trust it",
            )
