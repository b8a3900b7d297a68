"""Pivots stand where they are known, never earlier."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.indicators import naive
from tests.unit.indicators.cases import market, markets

from algotrendy.errors import InvalidValue
from algotrendy.indicators.pivots import floor_pivots, swing_pivots


@settings(max_examples=80, deadline=None)
@given(columns=markets(), left=st.integers(1, 6), right=st.integers(1, 6))
def test_swings_are_those_of_the_slow_twin(columns: dict, left: int, right: int) -> None:
    ours = swing_pivots(columns["h"], columns["l"], left, right)
    expected = naive.by_runs(
        lambda h, l: naive.swings(h, l, left, right),
        columns["h"],
        columns["l"],
        outputs=2,
    )
    for mine, other in zip(ours, expected, strict=True):
        assert np.array_equal(mine, other, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(columns=markets(), left=st.integers(1, 5), right=st.integers(1, 5), share=st.floats(0, 1))
def test_swings_do_not_look_ahead(columns: dict, left: int, right: int, share: float) -> None:
    cut = int(len(columns["h"]) * share)
    whole = swing_pivots(columns["h"], columns["l"], left, right)
    early = swing_pivots(columns["h"][:cut], columns["l"][:cut], left, right)
    for mine, other in zip(whole, early, strict=True):
        assert np.array_equal(mine[:cut], other, equal_nan=True)


def test_a_swing_is_shown_when_it_is_known() -> None:
    high = np.array([1.0, 2.0, 5.0, 3.0, 2.0, 1.0])
    assert swing_pivots(high, high - 1.0, 2, 2).high.tolist()[4] == 5.0
    assert np.isnan(swing_pivots(high, high - 1.0, 2, 2).high[[0, 1, 2, 3, 5]]).all()


def test_of_equal_tops_the_first_counts() -> None:
    high = np.array([1.0, 5.0, 5.0, 1.0, 0.5])
    assert np.flatnonzero(~np.isnan(swing_pivots(high, high, 1, 1).high)).tolist() == [2]


def test_floor_pivots_are_the_classic_formulas_of_the_bar_before() -> None:
    levels = floor_pivots([110.0, 0.0], [90.0, 0.0], [100.0, 0.0])
    assert [float(level[1]) for level in levels] == [70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 130.0]
    assert all(np.isnan(level[0]) for level in levels)
    assert list(levels._fields) == ["s3", "s2", "s1", "pivot", "r1", "r2", "r3"]


def test_floor_pivots_of_sessions_stay_for_the_next_session() -> None:
    columns = market(3, 300)
    session = np.arange(300) // 100
    levels = floor_pivots(columns["h"], columns["l"], columns["c"], session)
    assert np.isnan(levels.pivot[:100]).all()
    top, low, last = columns["h"][:100].max(), columns["l"][:100].min(), columns["c"][99]
    np.testing.assert_allclose(levels.pivot[100:200], (top + low + last) / 3, rtol=1e-15)
    np.testing.assert_allclose(levels.r1[100:200], 2 * (top + low + last) / 3 - low, rtol=1e-15)
    assert np.unique(levels.pivot[200:]).size == 1


def test_floor_pivots_do_not_look_into_their_own_session() -> None:
    columns = market(5, 300)
    session = np.arange(300) // 100
    before = floor_pivots(columns["h"], columns["l"], columns["c"], session)
    changed = {name: column.copy() for name, column in columns.items()}
    for column in changed.values():
        column[230:] *= 2
    after = floor_pivots(changed["h"], changed["l"], changed["c"], session)
    for a, b in zip(before, after, strict=True):
        assert np.array_equal(a, b, equal_nan=True)


def test_a_session_with_a_nan_gives_the_next_none() -> None:
    columns = market(7, 300)
    columns["c"][150] = np.nan
    levels = floor_pivots(columns["h"], columns["l"], columns["c"], np.arange(300) // 100)
    assert not np.isnan(levels.pivot[100:200]).any()
    for level in levels:
        assert np.isnan(level[200:]).all()


def test_no_rows_give_no_levels() -> None:
    for level in floor_pivots([], [], []):
        assert level.shape == (0,)


@pytest.mark.parametrize("bad", [0, -1, 1.0])
def test_sides_of_a_swing_are_whole_numbers_from_one(bad: object) -> None:
    with pytest.raises(InvalidValue, match="left"):
        swing_pivots(np.ones(5), np.ones(5), bad, 1)  # type: ignore[arg-type]


def test_infinite_prices_and_two_dimensions_are_refused() -> None:
    x = np.ones(5)
    broken = x.copy()
    broken[2] = np.inf
    with pytest.raises(InvalidValue, match=r"low\[2\]"):
        floor_pivots(x, broken, x)
    with pytest.raises(InvalidValue, match="once a symbol"):
        floor_pivots(*(np.ones((5, 2)),) * 3)
