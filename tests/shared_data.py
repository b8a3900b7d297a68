"""Where the reference data lies that is not part of this project; absent data skips visibly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(os.environ.get("ALGOTRENDY_SHARED", Path(__file__).parents[2] / "shared"))


def shared_path(relative: str) -> Path:
    """Return the path of a reference file, or skip the calling test (fail it where CI requires data)."""
    path = _ROOT / relative
    if not path.exists():
        reason = f"reference data {relative} is absent; set ALGOTRENDY_SHARED to its folder"
        if os.environ.get("ALGOTRENDY_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
