"""Columns go to Arrow and back bit by bit, nulls and slices included."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from algotrendy.storage.arrow_columns import from_arrow, texts_to_arrow, to_arrow

KINDS = st.sampled_from(["f8", "i8", "i4", "u1", "?"])
SHAPES = array_shapes(max_dims=1, min_side=0, max_side=40)


@given(KINDS.flatmap(lambda kind: arrays(kind, SHAPES)), st.integers(0, 9), st.integers(0, 9))
def test_what_goes_in_comes_out(column: np.ndarray, start: int, split: int) -> None:
    array = to_arrow(column)
    array.validate(full=True)
    chunks = pa.chunked_array([array[start : start + split], array[start + split :]])
    got = from_arrow(chunks)
    assert got.dtype == column.dtype
    assert got.tobytes() == column[start:].tobytes()
    assert (
        array.to_pylist() == pytest.approx(column.tolist(), nan_ok=True) or column.dtype.kind != "f"
    )


@given(arrays("i8", SHAPES), st.data())
def test_nulls_come_out_as_asked(column: np.ndarray, data: st.DataObject) -> None:
    unknown = data.draw(arrays("?", column.shape))
    array = to_arrow(column, unknown=unknown)
    array.validate(full=True)
    assert array.null_count == int(unknown.sum())
    got = from_arrow(pa.chunked_array([array]), unknown=-1)
    assert np.array_equal(got, np.where(unknown, -1, column))


@given(st.lists(st.text()))
def test_texts_come_out(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    array = texts_to_arrow(texts)
    array.validate(full=True)
    assert array.to_pylist() == texts


def test_other_columns_are_refused() -> None:
    with pytest.raises(TypeError, match="not one of ours"):
        from_arrow(pa.chunked_array([pa.array(["a"])]))
    with pytest.raises(TypeError, match="without nulls"):
        from_arrow(pa.chunked_array([pa.array([1, None], pa.int64())]))
    assert from_arrow(pa.chunked_array([], pa.float64())).dtype == np.float64
