"""What an import may load: nothing heavy until it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import algotrendy as at

PARENT = Path(at.__file__).parents[1]

DEPENDENCIES = frozenset(
    [
        "numpy",
        "pandas",
        "pyarrow",
        "pydantic",
        "httpx",
        "websockets",
        "tenacity",
        "sqlalchemy",
        "platformdirs",
        "plotly",
        "tqdm",
        "ipywidgets",
        "numba",
        "polars",
        "scipy",
        "sklearn",
        "matplotlib",
        "ccxt",
        "ib_async",
        "redis",
    ]
)
STANDARD = frozenset(
    ["asyncio", "dataclasses", "decimal", "logging", "inspect", "importlib.metadata"]
)

LIGHT = {
    "errors": DEPENDENCIES | STANDARD,
    "AlgoTrendyError": DEPENDENCIES | STANDARD,
    "Symbol": DEPENDENCIES | {"asyncio", "decimal", "logging"},
    "Quantity": DEPENDENCIES | {"asyncio", "decimal", "logging"},
    "Bars": (DEPENDENCIES - {"numpy"}) | {"asyncio", "logging"},
    "Signals": (DEPENDENCIES - {"numpy"}) | {"asyncio", "logging"},
    "strategy": (DEPENDENCIES - {"numpy"}) | {"asyncio", "logging"},
    "BacktestSpec": (DEPENDENCIES - {"numpy"}) | {"asyncio", "logging"},
}


def _loaded_by(statement: str) -> set[str]:
    """Names of the modules a fresh, isolated interpreter loads for one statement."""
    code = (
        f"import sys; sys.path.insert(0, {str(PARENT)!r}); before = set(sys.modules)\n"
        f"{statement}\n"
        "loaded = sorted(set(sys.modules) - before)\n"
        "import json; print(json.dumps(loaded))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_no_dependency_and_no_heavy_standard_module():
    loaded = _loaded_by("import algotrendy")
    assert "algotrendy" in loaded
    assert not loaded & (DEPENDENCIES | STANDARD | {"typing", "re", "enum"})
    assert {name for name in loaded if name.startswith("algotrendy")} == {"algotrendy"}


@pytest.mark.parametrize("name", sorted(LIGHT))
def test_a_name_loads_only_what_it_needs(name):
    loaded = _loaded_by(f"import algotrendy; algotrendy.{name}")
    assert not loaded & LIGHT[name]


def test_no_public_name_loads_a_heavy_package_before_it_is_called():
    names = [name for name in at.__all__ if name != "__version__"]
    loaded = _loaded_by(f"import algotrendy\nfor name in {names}: getattr(algotrendy, name)")
    assert not loaded & (DEPENDENCIES - {"numpy"})
    assert "asyncio" not in loaded


def test_every_dependency_of_the_package_is_watched():
    from importlib.metadata import PackageNotFoundError, requires

    try:
        required = requires("algotrendy") or []
    except PackageNotFoundError:
        pytest.skip("algotrendy is on the path but not installed: no metadata to read")
    direct = {
        text.split(";")[0].split("[")[0].split(">")[0].split("<")[0].strip().lower()
        for text in required
        if "extra ==" not in text
    }
    assert direct <= {name.lower() for name in DEPENDENCIES}
