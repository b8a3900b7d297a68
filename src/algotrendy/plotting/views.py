"""What this package reads of results: the least that a sweep or a walk-forward must offer.

Laws: read-only; a property that may be missing is asked for by `optional`, never assumed.
Used by: the report, notebook views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["FoldView", "SweepView", "WalkForwardView", "optional", "optional_number"]


class SweepView(Protocol):
    """Many runs of one strategy over parameters."""

    @property
    def params(self) -> Mapping[str, np.ndarray]:
        """Swept parameters by name, each (m,)."""
        ...

    @property
    def metrics(self) -> Mapping[str, FloatArray]:
        """Metrics by name, each (m,)."""
        ...

    @property
    def n_trials(self) -> int:
        """How many combinations were tried."""
        ...

    @property
    def strategy_name(self) -> str:
        """Name of the strategy."""
        ...


class FoldView(Protocol):
    """One step of a walk-forward."""

    @property
    def train_start_ns(self) -> int:
        """Open time of the first training bar."""
        ...

    @property
    def train_end_ns(self) -> int:
        """Open time of the last training bar."""
        ...

    @property
    def test_start_ns(self) -> int:
        """Open time of the first test bar."""
        ...

    @property
    def test_end_ns(self) -> int:
        """Open time of the last test bar."""
        ...

    @property
    def params(self) -> Mapping[str, object]:
        """Parameters chosen on the training bars."""
        ...

    @property
    def train_metric(self) -> float:
        """The metric that chose them, in sample."""
        ...

    @property
    def test_return(self) -> float:
        """Return over the test bars, a fraction."""
        ...

    @property
    def n_trials(self) -> int:
        """How many combinations were tried."""
        ...

    @property
    def deflated_sharpe(self) -> float:
        """Deflated Sharpe ratio of the choice, a probability."""
        ...


class WalkForwardView(Protocol):
    """Parameters chosen on past data only, traded on the data that followed."""

    @property
    def folds(self) -> Sequence[FoldView]:
        """The steps, in order of time."""
        ...

    @property
    def equity_curve(self) -> FloatArray:
        """(n,) quote units, test periods only."""
        ...

    @property
    def open_ns(self) -> IntArray:
        """(n,) open times of the bars of `equity_curve`."""
        ...


def optional(value: object, *names: str) -> object:
    """Return the first attribute or key that exists among `names`, else None."""
    for name in names:
        if isinstance(value, Mapping) and name in value:
            found: object = value[name]
            return found
        if hasattr(value, name):
            return getattr(value, name)
    return None


def optional_number(value: object, *names: str) -> float:
    """As `optional`, as a float; NaN where there is no such number."""
    found = optional(value, *names)
    if isinstance(found, int | float | np.integer | np.floating) and not isinstance(found, bool):
        return float(found)
    return float("nan")
