"""Numpy columns to Arrow and back, over shared memory.

Laws: no copy where none is needed; pandas is not imported: Arrow's own conversions would, and that
costs a first write or read some tenths of a second.
Used by: year files, the result store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from algotrendy.model.arrays import BoolArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["from_arrow", "texts_to_arrow", "to_arrow"]

_KINDS: Final = {"f8": "float64", "i8": "int64", "i4": "int32", "u1": "uint8"}


def to_arrow(column: np.ndarray, *, unknown: BoolArray | None = None) -> pa.Array:
    """Wrap a column of float64, int64, int32, uint8 or bool; where `unknown`, it is null."""
    import pyarrow as pa

    validity = None
    if unknown is not None and unknown.any():
        validity = pa.py_buffer(np.packbits(~unknown, bitorder="little"))
    if column.dtype == np.bool_:
        kind, data = pa.bool_(), np.packbits(column, bitorder="little")
    else:
        kind = getattr(pa, _KINDS[column.dtype.str[1:]])()
        data = np.ascontiguousarray(column)
    return pa.Array.from_buffers(kind, len(column), [validity, pa.py_buffer(data)])


def texts_to_arrow(texts: Sequence[str]) -> pa.Array:
    """Make an Arrow array of strings."""
    import pyarrow as pa

    parts = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.string(), len(parts), buffers)


def from_arrow(column: pa.ChunkedArray, *, unknown: float | None = None) -> np.ndarray:
    """Return a column as numpy, null as `unknown`; raises `TypeError` for other types than ours."""
    parts = [_part(chunk, unknown) for chunk in column.chunks]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, _dtype(column.type))


def _part(chunk: pa.Array, unknown: float | None) -> np.ndarray:
    dtype = _dtype(chunk.type)
    validity, data = chunk.buffers()
    start, stop = chunk.offset, chunk.offset + len(chunk)
    if data is None or not len(chunk):
        return np.empty(0, dtype)
    found: np.ndarray
    if dtype == np.bool_:
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little", count=stop)
        found = bits[start:].astype(np.bool_)
    else:
        found = np.frombuffer(data, dtype, count=stop)[start:]
    if chunk.null_count:
        if unknown is None:
            raise TypeError(f"a column of {chunk.type} without nulls is expected")
        known = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little", count=stop)
        found = np.where(known[start:].astype(np.bool_), found, np.array(unknown, dtype))
    return found


def _dtype(kind: pa.DataType) -> np.dtype[np.generic]:
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return np.dtype(np.int64)
    names = {
        "double": "float64",
        "int64": "int64",
        "int32": "int32",
        "uint8": "uint8",
        "bool": "bool",
    }
    if str(kind) not in names:
        raise TypeError(f"a column of {kind} is not one of ours")
    return np.dtype(names[str(kind)])
