from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import algotrendy as at
from algotrendy.cli import backtest
from algotrendy.errors import InvalidValue

PROGRAM = "import sys; from algotrendy.cli.main import main; sys.exit(main())"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(at.__file__).parents[1]), "NO_COLOR": "1"}


def program(*words, **options):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *words],
        capture_output=True, text=True, check=False, timeout=60, env=ENVIRONMENT, **options,
    )  # fmt: skip


def test_help_names_every_command(run):
    shown = run()
    assert shown.code == 0
    for command in ("demo", "backtest", "sweep", "fetch", "doctor"):
        assert command in shown.out


@pytest.mark.parametrize("command", ["demo", "backtest", "sweep", "fetch", "doctor"])
def test_every_command_has_help(run, command, capsys):
    with pytest.raises(SystemExit) as left:
        run(command, "--help")
    assert left.value.code == 0
    assert "usage: algotrendy" in capsys.readouterr().out


def test_the_version_is_the_packages(run):
    assert run("--version").out == f"algotrendy {at.__version__}\n"


def test_an_error_of_ours_is_one_line_and_code_2(run):
    shown = run("backtest", "--sample", "MSFD")
    assert shown.code == 2
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("error: sample 'MSFD' is unknown")
    assert shown.err.endswith("[setup.unknown_name]\n")


def test_traceback_shows_where_it_came_from(run):
    with pytest.raises(at.AlgoTrendyError):
        run("backtest", "--sample", "MSFD", "--traceback")


def test_a_hint_speaks_of_options(run, tmp_path):
    (tmp_path / "bars.csv").write_text(
        "time,open,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1,1\n2024-01-02T00:00Z,1,1,1,1,1\n"
    )
    assert "--symbol BTC/USDT" in run("backtest", "bars.csv").err


def test_an_error_of_the_system_is_one_line(run, tmp_path):
    (tmp_path / "there").write_text("a file where a folder should be")
    shown = run("demo", "--home", "there", "--report", "r.html")
    assert shown.code == 2
    assert shown.err.splitlines()[-1].startswith("error: ")


def test_interrupting_is_130(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(backtest, "bars_of", interrupted)
    shown = run("backtest", "--sample", "MSFT")
    assert shown.code == 130
    assert "interrupted" in shown.err


def test_a_bug_is_not_hidden(run, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(backtest, "bars_of", broken)
    with pytest.raises(ZeroDivisionError):
        run("backtest", "--sample", "MSFT")


def test_an_error_as_a_process_has_no_traceback():
    done = program("sweep", "--sample", "MSFT")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert InvalidValue.code in done.stderr


def test_a_reader_that_goes_away_is_no_error():
    line = f'"{sys.executable}" -c "{PROGRAM}" doctor --json | head -c 1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],  # noqa: S607
        capture_output=True, text=True, check=False, timeout=60, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from algotrendy.cli.main import main; main([]);"
        "sys.exit(bool({'numpy', 'pandas', 'pyarrow', 'httpx', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, env=ENVIRONMENT, timeout=60
    )
    assert done.returncode == 0


def test_an_error_of_the_system_with_traceback(run, tmp_path):
    (tmp_path / "there").write_text("a file where a folder should be")
    with pytest.raises((OSError, at.AlgoTrendyError)):
        run("demo", "--home", "there", "--report", "r.html", "--traceback")


def test_a_system_error_while_reading_is_one_line(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "/data")

    monkeypatch.setattr(backtest, "bars_of", full)
    shown = run("backtest", "--sample", "MSFT")
    assert (shown.code, shown.err) == (2, "error: /data: No space left on device [system]\n")
    with pytest.raises(OSError, match="No space"):
        run("backtest", "--sample", "MSFT", "--traceback")
