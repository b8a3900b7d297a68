from __future__ import annotations

import json
import os
import time

import pytest

from algotrendy.cli import doctor


def findings(run, *words):
    shown = run("doctor", "--json", *words)
    document = json.loads(shown.out)
    return shown.code, {f["name"]: f for f in document["findings"]}, document["ok"]


def test_a_sound_machine_passes(run, tmp_path):
    code, found, ok = findings(run, "--home", str(tmp_path / "new" / "home"))
    assert (code, ok) == (0, True), found
    for name in ("python", "platform", "numpy", "SQLAlchemy", "store folder", "clock", "memory"):
        assert found[name]["verdict"] == "ok", found[name]
    assert int(found["processors"]["text"]) >= 1
    assert list(tmp_path.iterdir()) == [], "it leaves nothing behind"


def test_the_table_says_the_same(run, tmp_path):
    shown = run("doctor", "--home", str(tmp_path))
    assert shown.code == 0
    assert "store folder" in shown.out


def test_a_missing_package_is_a_problem_and_a_missing_extra_a_note(run, monkeypatch):
    true_version = doctor.version

    def without(package):
        if package in {"httpx", "plotly"}:
            raise doctor.PackageNotFoundError(package)
        return true_version(package)

    monkeypatch.setattr(doctor, "version", without)
    code, found, _ = findings(run)
    assert code == 1
    assert found["httpx"]["verdict"] == "problem"
    assert found["extra plot"]["verdict"] == "note"
    assert found["extra plot"]["fix"] == "pip install 'algotrendy[plot]'"


def test_an_old_package_is_a_problem(run, monkeypatch):
    monkeypatch.setattr(doctor, "_floors", lambda: {"numpy": "999.1"})
    code, found, _ = findings(run)
    assert code == 1
    assert "999.1 or newer" in found["numpy"]["text"]


def test_floors_come_from_the_installed_metadata(monkeypatch):
    class Metadata:
        requires = [  # noqa: RUF012
            "httpx<1,>=0.27", "numpy>=1.26", "SQLAlchemy>=2.0.25", "plotly>=5.20; extra == 'plot'", "x",
        ]  # fmt: skip

    monkeypatch.setattr(doctor, "distribution", lambda _: Metadata)
    assert doctor._floors() == {"httpx": "0.27", "numpy": "1.26", "sqlalchemy": "2.0.25"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_problem(run, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    code, found, _ = findings(run, "--home", str(tmp_path / "locked"))
    assert code == 1
    assert found["store folder"]["verdict"] == "problem"


def test_a_disk_that_cannot_sync_is_a_problem(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doctor.os, "fsync", full)
    code, found, _ = findings(run)
    assert code == 1
    assert "No space left" in found["store folder"]["text"]


def test_a_wrong_setting_is_a_problem(run, monkeypatch):
    monkeypatch.setenv("ALGOTRENDY_HOME", "relative")
    code, found, _ = findings(run)
    assert code == 1
    assert "absolute" in found["store folder"]["text"]
    monkeypatch.delenv("ALGOTRENDY_HOME")
    monkeypatch.setenv("ALGOTRENDY_PLUGINS", "engines:nobody")
    code, found, _ = findings(run)
    assert code == 1
    assert "engines:nobody" in found["plug-ins"]["text"]


def test_a_clock_of_the_past_is_a_problem(run, monkeypatch):
    monkeypatch.setattr(doctor.time, "time", lambda: 1_000_000_000.0)
    code, found, _ = findings(run)
    assert code == 1
    assert found["clock"]["verdict"] == "problem"


def test_a_clock_that_jumps_is_a_note(run, monkeypatch):
    true, calls = time.time, []

    def jumping():
        calls.append(1)
        return true() + 5 * len(calls)

    monkeypatch.setattr(doctor.time, "time", jumping)
    code, found, _ = findings(run)
    assert code == 0
    assert found["clock"]["verdict"] == "note"


def test_installed_plugins_are_told_and_not_imported(run, monkeypatch):
    from algotrendy.runtime.registry import Plugin, Registry

    known = {"group": "engines", "reference": "acme:Engine", "package": "acme 1.2"}
    plugins = (
        Plugin(name="acme", allowed=True, **known),
        Plugin(name="beta", allowed=False, **known),
    )
    monkeypatch.setattr(Registry, "with_plugins", classmethod(lambda cls, _: cls(plugins)))
    code, found, _ = findings(run)
    assert code == 0
    assert found["plug-in engines:acme"]["verdict"] == "ok"
    assert "ALGOTRENDY_PLUGINS" in found["plug-in engines:beta"]["fix"]


def test_an_old_python_and_little_memory_are_said(monkeypatch):
    monkeypatch.setattr(doctor, "_OLDEST_PYTHON", (99, 0))
    assert doctor._python().verdict == "problem"
    monkeypatch.setattr(doctor, "_LEAST_MEMORY", 2**60)
    assert doctor._memory().verdict == "note"
    monkeypatch.delattr(doctor.os, "sysconf")
    assert "unknown" in doctor._memory().text
    monkeypatch.delattr(doctor.os, "sched_getaffinity", raising=False)
    assert doctor._processors() >= 1
