"""The manual of development commands: `nox -l` lists them, `nox` runs the check.

With `nox --no-venv -s <session>` a session runs in the environment nox itself is installed in,
which is then expected to hold `pip install -e '.[dev]'`; that is how `.ci/run` uses this file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["check"]
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")


def _starts(version: str) -> bool:
    """Tell whether this Python is here; version managers leave stand-ins that do not start."""
    try:
        done = subprocess.run([f"python{version}", "-c", ""], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


PYTHONS = [version for version in ("3.11", "3.12", "3.13") if _starts(version)]
WORKERS = ("-n", "2")
CODE = ("src", "tests", "benchmarks", "examples", "tools", "noxfile.py")

# Percent of lines and branches that tests must run, by the start of the path below src/algotrendy.
FLOOR_OF_ALL = 95.0
FULL = ("model/", "protocols/", "backtests/")


def _install(session: nox.Session, *what: str) -> None:
    """Install into the session's own environment; with --no-venv everything is there already."""
    if session.virtualenv.is_sandboxed:
        session.install(*what)


def _existing(*paths: str) -> list[str]:
    return [path for path in paths if Path(path).exists()]


def _wheel(session: nox.Session) -> str:
    """Build the wheel into a temporary folder and return its path."""
    folder = Path(tempfile.mkdtemp(dir=session.create_tmp()))
    session.run(
        "python", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), silent=True
    )
    (wheel,) = folder.glob("*.whl")
    return str(wheel)


def _test_installed(session: nox.Session, *arguments: str) -> None:
    """Run the suite after making sure that it meets the installed package and not the source."""
    where = "import algotrendy as at; print(at.__file__); assert 'site-packages' in at.__file__"
    session.run("python", "-c", where)
    session.run("pytest", *WORKERS, *arguments, *session.posargs)


@nox.session
def check(session: nox.Session) -> None:
    """Format, lint, types, import contracts, architecture and unit tests: before every commit."""
    _install(session, "-e", ".[dev]")
    session.run("ruff", "format", "--check", *_existing(*CODE))
    session.run("ruff", "check", *_existing(*CODE))
    session.run("mypy", *_existing(*CODE))
    session.run("lint-imports")
    session.run("pytest", *WORKERS, "-q", "tests/architecture", "tests/unit", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Format and lint."""
    _install(session, "-e", ".[dev]")
    session.run("ruff", "format", "--check", *_existing(*CODE))
    session.run("ruff", "check", *_existing(*CODE))


@nox.session
def types(session: nox.Session) -> None:
    """Strict mypy, every public name completely typed, and the typing tests under both checkers."""
    _install(session, "-e", ".[dev]")
    session.run("mypy", *_existing(*CODE))
    session.run("pyright", "--verifytypes", "algotrendy", "--ignoreexternal")
    if Path("tests/typing").exists():
        session.run("pyright", "tests/typing")


@nox.session
def contracts(session: nox.Session) -> None:
    """Check the import contracts: direction, purity, one door per optional package, no cycles."""
    _install(session, "-e", ".[dev]")
    session.run("lint-imports")


@nox.session(python=PYTHONS)
@nox.parametrize("extras", [nox.param("bare", id="bare"), nox.param("all", id="all")])
def tests(session: nox.Session, extras: str) -> None:
    """Run the suite against the built wheel, without any extra and with all."""
    session.install("build", "hatchling")
    wheel = _wheel(session)
    session.install(f"{wheel}[test]" if extras == "bare" else f"{wheel}[all,test]")
    # A kept environment holds an older build of the same version.
    session.install("--force-reinstall", "--no-deps", wheel)
    _test_installed(session)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the suite against the wheel with the lowest versions that pyproject.toml allows."""
    session.install("uv", "build", "hatchling")
    pins = str(Path(session.create_tmp()) / "lowest.txt")
    session.run(
        "uv", "pip", "compile", "--quiet", "--resolution", "lowest-direct", "--extra", "all",
        "--python-version", "3.11", "pyproject.toml", "--output-file", pins,
    )  # fmt: skip
    session.install("-r", pins)
    session.install("--force-reinstall", "--no-deps", _wheel(session))
    session.install(
        "pytest", "pytest-xdist", "pytest-cov", "pytest-randomly", "pytest-timeout",
        "pytest-socket", "hypothesis", "--constraint", pins,
    )  # fmt: skip
    _test_installed(session)


@nox.session
def slow(session: nox.Session) -> None:
    """Longer proofs: crashes, large grids, memory."""
    _install(session, "-e", ".[all,test]")
    session.run("pytest", *WORKERS, "-m", "slow", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Lines and branches run by the default suite, against the floors above."""
    _install(session, "-e", ".[all,test]")
    folder = session.create_tmp()
    report = Path(folder).resolve() / "coverage.json"
    session.run(
        "pytest", *WORKERS, "-q", "--cov", "--cov-report=term:skip-covered",
        f"--cov-report=json:{report}", *session.posargs,
        env={"COVERAGE_FILE": str(report.with_suffix(".data"))},
    )  # fmt: skip
    found = json.loads(report.read_text("utf-8"))
    faults = []
    for label, part in (("lines and branches", ""), ("branches", "_branches")):
        key = "percent_covered" if not part else "percent_branches_covered"
        total = found["totals"].get(key)
        if total is None:
            total = 100 * found["totals"]["covered_branches"] / found["totals"]["num_branches"]
        session.log(f"{label}: {total:.2f} %, at least {FLOOR_OF_ALL} is asked")
        if total < FLOOR_OF_ALL:
            faults.append(f"{label} of all: {total:.2f} %")
    for path, entry in found["files"].items():
        inside = path.rpartition("algotrendy/")[2]
        if inside.startswith(FULL) and entry["summary"]["percent_covered"] < 100:  # noqa: PLR2004
            missing = [*entry["missing_lines"], *entry["missing_branches"]]
            faults.append(f"{inside}: {entry['summary']['percent_covered']:.2f} %, {missing}")
    if faults:
        session.error("too little is tested:\n" + "\n".join(faults))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the pages, strictly, and run every block and every example."""
    _install(session, "-e", ".[dev]")
    site = session.posargs[0] if session.posargs else str(Path(session.create_tmp()) / "site")
    session.run(
        "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(Path(site).resolve()),
        env={"NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    session.run("pytest", *WORKERS, "-q", "tests/docs")


@nox.session
def bench(session: nox.Session) -> None:
    """Ratios against other libraries where they are installed: `nox -s bench -- import_time`."""
    _install(session, "-e", ".[all]")
    names = session.posargs or ["import_time"]
    # Some machines pin the linear algebra kernel to repeat results; a benchmark wants the real one.
    quiet = {name: None for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if name in os.environ}
    for name in names:
        session.run("python", f"benchmarks/{name}.py", env=quiet)


if __name__ == "__main__":
    sys.exit("run me with nox")
