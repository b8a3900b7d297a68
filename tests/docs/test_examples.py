"""Every example runs offline, from its own folder, in under ten seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import algotrendy as at

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LINES = 80

# Replaces the socket of the example's process before the example starts: what is not loopback fails.
OFFLINE = """
import runpy, socket, sys
true_connect = socket.socket.connect
def connect(self, address, *rest):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"examples run offline, {address} was asked for")
    return true_connect(self, address, *rest)
socket.socket.connect = connect
sys.argv = [sys.argv[1]]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_runs_offline(example, tmp_path):
    package = str(Path(at.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OFFLINE, str(example)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": package},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short_and_says_what_it_shows(example):
    lines = example.read_text("utf-8").splitlines()
    assert len(lines) <= LINES
    assert lines[0].startswith(("# %%", '"""'))
