from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from algotrendy.model.signals import Above, Signals, above


def test_signals_are_frozen():
    signals = Signals(entries=np.array([True]), exits=np.array([False]))
    assert signals.short_entries is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        signals.entries = signals.exits  # type: ignore[misc]


def test_above_means_greater_and_nan_is_false():
    pair = above(np.array([1.0, 3.0, np.nan]), np.array([2.0, 2.0, 2.0]))
    assert isinstance(pair, Above)
    assert pair.values.tolist() == [False, True, False]
