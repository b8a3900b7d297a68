"""Laws every indicator keeps, checked on all of them against slow twins and against themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.indicators.cases import CASES, SPARSE, Case, market, markets

from algotrendy.errors import InvalidValue

every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
windows = st.integers(1, 25)
bounded = settings(max_examples=40, deadline=None)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=True)


@every
@bounded
@given(columns=markets(), window=windows)
def test_values_are_those_of_the_slow_twin(case: Case, columns: dict, window: int) -> None:
    ours, theirs = case.ours(columns, window), case.naive(columns, window)
    for mine, other in zip(ours, theirs, strict=True):
        assert same(np.isnan(mine), np.isnan(other))
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-9)


@every
@bounded
@given(columns=markets(), window=windows)
def test_a_run_between_nans_is_a_series_of_its_own(case: Case, columns: dict, window: int) -> None:
    n = len(columns["c"])
    bad = np.zeros(n, dtype=bool)
    for name in case.reads:
        bad |= np.isnan(columns[name])
    whole = case.ours(columns, window)
    edges = [-1, *np.flatnonzero(bad).tolist(), n]
    for before, after in itertools.pairwise(edges):
        part = {name: column[before + 1 : after] for name, column in columns.items()}
        for out, alone in zip(whole, case.ours(part, window), strict=True):
            assert same(out[before + 1 : after], alone)
    for out in whole:
        assert np.isnan(out[bad]).all()


@every
@bounded
@given(columns=markets(), window=windows, share=st.floats(0, 1))
def test_later_rows_change_nothing_bit_for_bit(
    case: Case, columns: dict, window: int, share: float
) -> None:
    cut = int(len(columns["c"]) * share)
    early = case.ours({name: column[:cut] for name, column in columns.items()}, window)
    for out, alone in zip(case.ours(columns, window), early, strict=True):
        assert same(out[:cut], alone)


@every
def test_later_rows_change_nothing_over_many_blocks(case: Case) -> None:
    columns = market(7, 40_000)
    for cut in (16_384, 16_390, 33_000):
        early = case.ours({name: column[:cut] for name, column in columns.items()}, 14)
        for out, alone in zip(case.ours(columns, 14), early, strict=True):
            assert same(out[:cut], alone)


@every
@pytest.mark.parametrize("window", [1, 2, 3, 14])
def test_warm_up_is_as_stated_and_nothing_behind_it_is_nan(case: Case, window: int) -> None:
    columns = market(11, 200)
    columns["v"] += 1.0
    for out, warm in zip(case.ours(columns, window), case.warm(window), strict=True):
        assert np.isnan(out[:warm]).all()
        assert not np.isnan(out[warm:]).any()


@every
def test_a_window_longer_than_the_series_gives_only_nan(case: Case) -> None:
    if not case.params(1):
        return
    columns = market(3, 12)
    for out in case.ours(columns, 500):
        assert len(out) == 12
        assert np.isnan(out).all()


@every
def test_no_rows_give_no_rows(case: Case) -> None:
    for out in case.ours(market(1, 0), 5):
        assert out.shape == (0,)


@every
def test_results_are_read_only_float64_of_the_input_length(case: Case) -> None:
    for out in case.ours(market(5, 60), 5):
        assert out.dtype == np.float64
        assert out.shape == (60,)
        assert not out.flags.writeable


@every
def test_inputs_are_left_as_they_were(case: Case) -> None:
    columns = market(6, 300)
    before = {name: column.copy() for name, column in columns.items()}
    case.ours(columns, 5)
    for name, column in columns.items():
        assert same(column, before[name])
        assert column.flags.writeable


@every
def test_two_dimensions_are_columns_side_by_side(case: Case) -> None:
    symbols = [market(seed, 80) for seed in (1, 2, 3)]
    symbols[1]["c"][:20] = np.nan
    both = {name: np.stack([s[name] for s in symbols], axis=1) for name in "hlcv"}
    for index, out in enumerate(case.ours(both, 5)):
        assert out.shape == (80, 3)
        for column, symbol in enumerate(symbols):
            assert same(out[:, column], case.ours(symbol, 5)[index])


@every
def test_strided_integer_and_list_inputs_give_the_same(case: Case) -> None:
    columns = {name: np.round(column) for name, column in market(8, 90).items()}
    expected = case.ours(columns, 5)
    strided = {name: np.repeat(column, 2)[::2] for name, column in columns.items()}
    for form in (
        strided,
        {name: column.astype(np.int64) for name, column in columns.items()},
        {name: column.tolist() for name, column in columns.items()},
    ):
        for out, plain in zip(case.ours(form, 5), expected, strict=True):
            assert same(out, plain)


@every
@pytest.mark.parametrize("bad", [np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 3, 150, 199])
def test_an_infinite_cell_is_refused_by_name_and_row(case: Case, bad: float, row: int) -> None:
    long_names = {"h": "high", "l": "low", "c": ("close", "values"), "v": "volume"}
    for name in case.reads:
        columns = market(9, 200)
        columns[name][row] = bad
        with pytest.raises(InvalidValue, match="finite number or NaN") as caught:
            case.ours(columns, 6)
        place = caught.value.field
        assert place.endswith(f"[{row}]")
        assert place.split("[")[0] in long_names[name]


@every
@pytest.mark.parametrize("window", [0, -3, 2.0, "5", None, True])
def test_a_window_that_is_no_whole_number_from_one_is_refused(case: Case, window: object) -> None:
    if case.name in {"true_range", "obv"}:
        return
    columns = market(4, 30)
    arrays = [columns[name] for name in case.reads]
    with pytest.raises(InvalidValue) as caught:
        case.call(*arrays, window)
    assert caught.value.field in {"window", "fast"}
    assert caught.value.value is window
    assert caught.value.hint


@every
def test_arrays_of_different_lengths_are_refused(case: Case) -> None:
    if len(case.reads) == 1:
        return
    columns = market(4, 30)
    arrays = [columns[name] for name in case.reads]
    arrays[-1] = arrays[-1][:-1]
    with pytest.raises(InvalidValue, match=r"shape \(30,\) is expected"):
        case.call(*arrays, *case.params(5))


@every
@pytest.mark.parametrize(
    "values",
    [5.0, np.zeros((2, 2, 2)), np.array(["a", "b"]), [[1.0], [1.0, 2.0]]],
    ids=["scalar", "three axes", "text", "ragged"],
)
def test_what_is_no_series_is_refused(case: Case, values: object) -> None:
    with pytest.raises(InvalidValue) as caught:
        case.call(*(values for _ in case.reads), *case.params(5))
    assert caught.value.hint


@every
def test_a_flat_market_gives_neutral_values_and_no_warning(case: Case) -> None:
    flat = {name: np.full(300, 61_234.57) for name in "hlc"} | {"v": np.full(300, 7.0)}
    neutral = {
        "rsi": 50.0,
        "stochastic": 50.0,
        "stochastic_fast": 50.0,
        "williams_r": -50.0,
        "cci": 0.0,
        "mfi": 50.0,
        "zscore": 0.0,
        "rolling_std": 0.0,
        "roc": 0.0,
        "atr": 0.0,
        "adx": 0.0,
        "macd": 0.0,
        "ema": 61_234.57,
        "dema": 61_234.57,
        "tema": 61_234.57,
        "kama": 61_234.57,
        "bollinger": 61_234.57,
        "obv": 7.0,
    }
    for window in (2, 3, 11, 20, 23):
        for out in case.ours(flat, window):
            if case.name in neutral:
                assert (out[~np.isnan(out)] == neutral[case.name]).all()
            if case.name not in SPARSE:
                assert not np.isnan(out[100:]).any()


@pytest.mark.parametrize("name", ["sma", "rolling_std", "rolling_max", "wma", "cci", "zscore"])
def test_a_window_result_depends_on_its_own_rows_only(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    columns = market(21, 40_000)
    for window in (1, 13, 20, 50):
        whole = case.ours(columns, window)[0]
        for start in (1, 777, 20_001):
            tail = case.ours({k: v[start:] for k, v in columns.items()}, window)[0]
            assert same(tail[window - 1 :], whole[start + window - 1 :])
