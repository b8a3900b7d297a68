from __future__ import annotations

import pytest

from algotrendy.cli.main import main


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command line in a folder of its own; return its code and what it wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    def go(*words: str) -> Ran:
        capsys.readouterr()
        code = main(list(words))
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return go
