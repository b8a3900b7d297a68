"""Sessions of the volume-weighted price, and its undefined places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.indicators import naive
from tests.unit.indicators.cases import market, markets

from algotrendy.errors import InvalidValue
from algotrendy.indicators.volume import rolling_vwap, vwap


@settings(max_examples=60, deadline=None)
@given(columns=markets(), length=st.integers(1, 90), seed=st.integers(0, 99))
def test_vwap_by_sessions_is_that_of_the_slow_twin(columns: dict, length: int, seed: int) -> None:
    n = len(columns["c"])
    rng = np.random.default_rng(seed)
    session = np.cumsum(rng.random(n) < 1 / length)
    ours = vwap(*(columns[k] for k in "hlcv"), session)
    expected = naive.by_runs(naive.vwap, *(columns[k] for k in "hlcv"), session.astype(float))[0]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_without_sessions_the_first_bar_is_the_anchor() -> None:
    columns = market(3, 500)
    inputs = [columns[k] for k in "hlcv"]
    expected = naive.vwap(*(c.tolist() for c in inputs), [0.0] * 500)
    np.testing.assert_allclose(vwap(*inputs), expected, rtol=1e-9)


def test_days_of_datetimes_are_sessions_and_labels_may_return() -> None:
    columns = market(5, 300)
    columns["v"] += 1.0
    days = np.datetime64("2024-01-01") + np.arange(300) // 100
    by_day = vwap(*(columns[k] for k in "hlcv"), days)
    again = vwap(*(columns[k] for k in "hlcv"), np.array([1, 2, 1]).repeat(100))
    assert np.array_equal(by_day, again)
    typical = (columns["h"] + columns["l"] + columns["c"]) / 3
    np.testing.assert_allclose(by_day[[0, 100, 200]], typical[[0, 100, 200]], rtol=1e-15)


def test_a_late_session_keeps_its_digits_on_a_long_series() -> None:
    n = 400_000
    price = np.full(n, 60_000.0)
    traded = np.full(n, 1e12)
    traded[-1_000:] = 1e-6
    price[-1] = 60_001.0
    session = np.arange(n) // 1_000
    ours = vwap(price, price, price, traded, session)
    np.testing.assert_allclose(ours[-1], 60_000.0 + 1 / 1_000, rtol=1e-14)


def test_no_volume_has_no_price() -> None:
    price = np.arange(1.0, 7.0)
    traded = np.array([0.0, 0.0, 2.0, 0.0, 0.0, 0.0])
    assert np.isnan(vwap(price, price, price, traded)).tolist() == [True, True] + [False] * 4
    rolling = rolling_vwap(price, price, price, traded, 2)
    assert np.isnan(rolling).tolist() == [True, True, False, False, True, True]


@pytest.mark.parametrize(
    "session",
    [np.zeros(3, dtype=int), np.zeros(5), np.zeros((5, 1), dtype=int)],
    ids=["too short", "floats", "two axes"],
)
def test_labels_of_another_shape_or_kind_are_refused(session: np.ndarray) -> None:
    x = np.ones(5)
    with pytest.raises(InvalidValue, match="session") as caught:
        vwap(x, x, x, x, session)
    assert caught.value.hint


def test_two_dimensions_are_refused_by_vwap() -> None:
    x = np.ones((5, 2))
    with pytest.raises(InvalidValue, match="once a symbol"):
        vwap(x, x, x, x)
