"""Both type checkers accept the good, refuse the bad, and agree with the docstrings of the contracts.

The files beside this one are never executed. What must be refused carries a ``type: ignore`` that
both tools report as soon as it is not needed, so no error at all is what is expected. One run a tool.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.protocol_examples import EXAMPLES, program

import algotrendy as at

CASES = sorted(
    path for path in Path(__file__).parent.glob("*.py") if path.name != Path(__file__).name
)
PACKAGE_PARENT = Path(at.__file__).parents[1]
# Strict, as the project is; but what is behind the heavy packages is not asked for: it takes a minute.
MYPY_SETTINGS = """\
[mypy]
strict = true
python_version = 3.11
warn_unused_ignores = true
[mypy-pandas.*,pyarrow.*,polars.*,sqlalchemy.*,httpx.*,pydantic.*,numba.*,plotly.*,tqdm.*]
follow_imports = skip
ignore_missing_imports = true
"""
# A check that cannot fail proves nothing: a mark that is not needed, and a fault without a mark.
PLANTED = """\
# pyright: reportUnnecessaryTypeIgnoreComment=true
from algotrendy.model import Side
from algotrendy.protocols import Broker

good: Side = Side.BUY  # type: ignore[assignment]
bad: Broker = Side.BUY
"""


def _run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "NO_COLOR": "1"}
    if str(PACKAGE_PARENT) != sysconfig.get_path("purelib"):
        environment["MYPYPATH"] = str(PACKAGE_PARENT)  # mypy refuses to be told of site-packages
    return subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=folder,
        env=environment,
    ).stdout


def _mypy(folder: Path) -> list[tuple[str, int, str]]:
    # A cache of our own: a shared one would remember files of the same name from earlier runs.
    (folder / "mypy.ini").write_text(MYPY_SETTINGS)
    out = _run(["mypy", "--cache-dir", str(folder / "cache"), "--output", "json", "cases"], folder)
    errors = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [
        (Path(one["file"]).name, one["line"], one["message"])
        for one in errors
        if one["severity"] == "error" and (folder / one["file"]).parent == folder / "cases"
    ]


def _pyright(folder: Path) -> list[tuple[str, int, str]]:
    config = {
        "include": ["cases"],
        "pythonVersion": "3.11",
        "extraPaths": [str(PACKAGE_PARENT)],
        "reportUnnecessaryTypeIgnoreComment": "error",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    try:
        out = _run(["pyright", "--outputjson", "--pythonpath", sys.executable], folder)
        report = json.loads(out)
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        pytest.skip(f"pyright cannot run here (it needs node): {type(error).__name__}")
    return [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    ]


@pytest.fixture(scope="module", params=["mypy", "pyright"])
def errors(request, tmp_path_factory):
    """(file, line, text) of every error in the cases, the docstrings and the planted file."""
    pytest.importorskip(
        request.param, reason=f"{request.param} is not installed: pip install 'algotrendy[dev]'"
    )
    folder = tmp_path_factory.mktemp(request.param)
    cases = folder / "cases"
    cases.mkdir()
    for path in CASES:
        shutil.copy(path, cases)
    for module in EXAMPLES:
        (cases / f"docstring_{module}.py").write_text(program(module))
    (cases / "planted.py").write_text(PLANTED)
    return _mypy(folder) if request.param == "mypy" else _pyright(folder)


def test_both_checkers_agree_with_every_case_and_every_docstring(errors):
    assert not [error for error in errors if error[0] != "planted.py"]


def test_the_same_run_reports_a_needless_mark_and_an_unmarked_fault(errors):
    assert [line for name, line, _ in sorted(errors) if name == "planted.py"] == [5, 6]
