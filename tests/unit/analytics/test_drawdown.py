from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics.drawdown import (
    average_drawdown,
    deepest_fall,
    drawdown_periods,
    drawdowns,
    max_drawdown,
    max_drawdown_duration,
    ulcer_index,
)
from algotrendy.errors import InvalidValue

LEVELS = st.lists(st.sampled_from([80.0, 90.0, 100.0, 100.0, 110.0, 120.0]), max_size=200)
WALKS = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 700), st.floats(-0.02, 0.02))


def walk(seed, n, drift):
    return 100.0 * np.cumprod(1.0 + np.random.default_rng(seed).normal(drift, 0.01, n))


def test_starting_cash_is_the_first_peak():
    np.testing.assert_allclose(drawdowns([90.0, 120.0, 60.0], initial=100.0), [-0.1, 0.0, -0.5])
    np.testing.assert_allclose(drawdowns([90.0, 120.0, 60.0]), [0.0, 0.0, -0.5])


@settings(deadline=None)
@given(LEVELS, st.sampled_from([None, 100.0, 115.0]))
def test_every_figure_is_that_of_the_loop(equity, initial):
    fall = deepest_fall(equity, initial=initial)
    assert fall.depth == pytest.approx(twins.max_drawdown(equity, initial), nan_ok=True)
    assert fall.duration_bars == twins.longest_below(equity, initial)
    assert fall.recovery_bars == twins.recovery(equity, initial)
    np.testing.assert_array_equal(
        drawdowns(equity, initial=initial), twins.drawdowns(equity, initial)
    )


@settings(max_examples=60, deadline=None)
@given(WALKS)
def test_blocks_give_the_same_as_every_bar(made):
    equity = walk(*made)
    falls = drawdowns(equity, initial=100.0)
    fall = deepest_fall(equity, initial=100.0)
    assert fall.depth == falls.min()
    assert fall.trough == (int(falls.argmin()) if fall.depth < 0.0 else -1)
    assert fall.duration_bars == twins.longest_below(equity, 100.0)
    assert fall.recovery_bars == twins.recovery(equity, 100.0)


@settings(deadline=None)
@given(LEVELS, st.sampled_from([None, 100.0, 115.0]))
def test_stretches_are_those_of_the_loop(equity, initial):
    found = drawdown_periods(equity, initial=initial)
    rows = list(
        zip(
            *(
                x.tolist()
                for x in (found.start, found.trough, found.end, found.depth, found.is_open)
            ),
            strict=True,
        )
    )
    expected = twins.stretches(equity, initial)
    assert rows == expected
    assert found.duration_bars.tolist() == [end - start for start, _, end, _, _ in expected]
    assert len(found) == len(expected)
    if expected:
        assert average_drawdown(equity, initial=initial) == pytest.approx(
            twins.mean([depth for *_, depth, _ in expected])
        )


def test_a_curve_that_only_rises_has_no_fall():
    fall = deepest_fall(np.arange(1.0, 300.0), initial=0.5)
    assert (fall.depth, fall.trough, fall.recovery_bars, fall.duration_bars) == (0.0, -1, -1, 0)
    assert average_drawdown([1.0, 2.0]) == 0.0
    assert ulcer_index([1.0, 2.0]) == 0.0


def test_an_open_stretch_counts_as_long_as_it_stands():
    assert max_drawdown_duration([100.0, 90.0, 95.0, 99.0]) == 3
    assert deepest_fall([100.0, 90.0, 95.0, 99.0]).recovery_bars == -1


def test_nothing_falls_in_an_empty_curve():
    assert math.isnan(max_drawdown([]))
    assert max_drawdown_duration([]) == 0
    assert math.isnan(average_drawdown([]))
    assert math.isnan(ulcer_index([]))
    assert len(drawdowns([])) == 0


def test_one_bar_falls_only_from_the_cash():
    assert max_drawdown([90.0]) == 0.0
    assert max_drawdown([90.0], initial=100.0) == pytest.approx(-0.1)


def test_a_debt_is_a_fall_of_more_than_everything():
    assert max_drawdown([100.0, -50.0, 20.0]) == pytest.approx(-1.5)


def test_a_missing_value_is_dropped():
    assert max_drawdown([100.0, math.nan, 80.0]) == pytest.approx(-0.2)


def test_the_ulcer_index_is_the_root_mean_square():
    equity = walk(3, 500, 0.0)
    falls = np.array(twins.drawdowns(equity))
    assert ulcer_index(equity) == pytest.approx(math.sqrt((falls**2).mean()))


@pytest.mark.parametrize("equity", [[0.0, 1.0], [-1.0, 1.0]])
def test_a_first_peak_of_nothing_is_refused(equity):
    with pytest.raises(InvalidValue, match="row 0, equity"):
        drawdowns(equity)
    with pytest.raises(InvalidValue, match="initial"):
        drawdowns([1.0], initial=equity[0])


def test_an_infinity_is_refused():
    with pytest.raises(InvalidValue, match="row 1, equity"):
        max_drawdown([1.0, math.inf])
