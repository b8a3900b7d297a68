"""The compiled twins give the numpy kernels' results bit for bit; they are off unless asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from tests.unit.indicators.cases import CASES, market

from algotrendy.indicators import fast
from algotrendy.indicators.rolling import sma

SOURCE = os.pathsep.join(p for p in sys.path if p)


@pytest.fixture
def compiled() -> Iterator[None]:
    pytest.importorskip("numba")
    fast.enable()
    yield
    fast.disable()


def both(case, columns: dict, window: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    fast.enable()
    quick = case.ours(columns, window)
    fast.disable()
    yield from zip(quick, case.ours(columns, window), strict=True)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_compiled_results_are_the_same_bits(case) -> None:
    for seed, n in ((1, 0), (2, 5), (3, 300), (4, 40_000)):
        columns = market(seed, n)
        if seed == 3:
            columns["c"][50] = columns["h"][170] = np.nan
        for window in (1, 2, 7, 14, 31, 200):
            for quick, plain in both(case, columns, window):
                assert np.array_equal(quick, plain, equal_nan=True)
                assert not quick.flags.writeable


@pytest.mark.usefixtures("compiled")
def test_enabled_tells_and_disable_goes_back() -> None:
    assert fast.enabled()
    fast.disable()
    assert not fast.enabled()


def _fresh(code: str, **environment: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCE, **environment},
    )
    return found.stdout.strip()


SEES = """
import sys
from algotrendy.indicators.rolling import sma
from algotrendy.indicators import fast
sma([1.0, 2.0, 3.0], 2)
print(fast.enabled(), "numba" in sys.modules)
"""


def test_numba_is_not_loaded_unless_asked_for() -> None:
    assert _fresh(SEES, ALGOTRENDY_FAST="0") == "False False"


def test_the_environment_asks_for_it() -> None:
    pytest.importorskip("numba")
    assert _fresh(SEES, ALGOTRENDY_FAST="1") == "True True"


def test_a_missing_numba_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r"algotrendy\[fast\]"):
        fast.enable()
    assert not fast.enabled()
    assert sma([1.0, 3.0], 2)[-1] == 2.0
