"""The storeys, purity, one door per optional package, no cycles: the contracts of pyproject.toml."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import algotrendy as at

ROOT = Path(__file__).parents[2]


def test_import_contracts_are_kept(tmp_path):
    if importlib.util.find_spec("importlinter") is None:
        pytest.skip("import-linter is not installed: pip install 'algotrendy[dev]'")
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("no pyproject.toml beside the tests")
    package = str(Path(at.__file__).parents[1])
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--config",
            str(ROOT / "pyproject.toml"),
            "--cache-dir",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": package, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout, done.stdout


def test_the_contracts_catch_a_planted_violation(tmp_path):
    """A lint that cannot fail proves nothing: plant an upward import and a clock, expect both named."""
    if importlib.util.find_spec("importlinter") is None:
        pytest.skip("import-linter is not installed: pip install 'algotrendy[dev]'")
    package = tmp_path / "algotrendy"
    for name, text in {
        "__init__.py": "",
        "errors.py": "",
        "_lazy.py": "",
        "model/__init__.py": "import time\n",
        "protocols/__init__.py": "",
        "indicators/__init__.py": "import algotrendy.backtests\n",
        "backtests/__init__.py": "",
        "trading/__init__.py": "",
        "analytics/__init__.py": "",
        "plotting/__init__.py": "import plotly\n",
    }.items():
        path = package / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--config",
            str(ROOT / "pyproject.toml"),
            "--no-cache",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "NO_COLOR": "1"},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "algotrendy.indicators is not allowed to import algotrendy.backtests" in done.stdout
    assert "algotrendy.model is not allowed to import time" in done.stdout
    assert "plotly" in done.stdout
