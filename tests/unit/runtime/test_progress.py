from __future__ import annotations

import io
import sys
import types

import pytest

from algotrendy.runtime.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_it_is_silent_where_nobody_looks(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress(3, "steps") as advance:
        advance(2)
    assert stream.getvalue() == ""


def test_it_draws_on_a_terminal(monkeypatch):
    pytest.importorskip("tqdm")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress(3, "steps") as advance:
        advance(3)
    assert "steps" in stream.getvalue()


def test_it_is_silent_without_tqdm(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with progress(None) as advance:
        advance(1)
    assert stream.getvalue() == ""


def test_a_closed_or_absent_stream_is_no_error(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress(1) as advance:
            advance(1)


def test_a_notebook_is_recognised_without_importing_ipython(monkeypatch):
    pytest.importorskip("tqdm")
    shell = type("ZMQInteractiveShell", (), {})()
    module = types.ModuleType("IPython")
    monkeypatch.setattr(module, "get_ipython", lambda: shell, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", module)
    from algotrendy.runtime import progress as home

    assert home._in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    assert not home._in_notebook()


def test_an_error_in_the_block_comes_through_and_the_bar_is_closed(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(KeyError), progress(3, "steps"):
        raise KeyError("mine")
