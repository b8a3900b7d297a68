"""Run a kernel over a whole series, over each run free of NaN, and over each column.

Laws: every run of rows without NaN is a series of its own, so a NaN ends one and the next value
starts a new one with a full warm-up; results are read-only; the good path adds no pass.
Used by: every public function of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isnan

import numpy as np

from algotrendy._buffers import fresh
from algotrendy.indicators._check import refuse_infinite
from algotrendy.model.arrays import FloatArray, IntArray

__all__ = ["HIDES", "STICKS", "Kernel", "apply", "apply_one", "runs_without_nan"]

STICKS = 0
HIDES = -1
_SHORT = 1_024

Kernel = Callable[..., object]
"""Takes contiguous (m,) inputs, parameters, and contiguous (m,) outputs, which it fills wholly."""


def apply_one(
    kernel: Kernel,
    names: tuple[str, ...],
    inputs: tuple[FloatArray, ...],
    *params: object,
    needs: int,
    sees: int = STICKS,
) -> FloatArray:
    """Return the one output of `kernel`; see `apply`."""
    return apply(kernel, names, inputs, *params, outputs=1, needs=needs, sees=sees)[0]


def apply(
    kernel: Kernel,
    names: tuple[str, ...],
    inputs: tuple[FloatArray, ...],
    *params: object,
    outputs: int,
    needs: int,
    sees: int = STICKS,
) -> tuple[FloatArray, ...]:
    """Return `outputs` read-only arrays of the inputs' shape.

    Parameters
    ----------
    kernel : what computes one run
    names : of the inputs, for the error
    inputs : checked arrays of one shape
    params : passed on after the inputs
    outputs : how many arrays the kernel fills
    needs : how many rows a run must have to give a value at all
    sees : `STICKS` where one bad input spoils the last output, as in recursions; `HIDES` where a
        bad input may not show at all, so that inputs are looked at first; else the window of a
        kernel that lets NaN through and forgets it
    """
    shape = inputs[0].shape
    if len(shape) == 1:
        results = tuple(fresh(shape[0]) for _ in range(outputs))
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            _one_column(kernel, names, inputs, params, results, needs, sees)
    else:
        turned = [np.ascontiguousarray(array.T) for array in inputs]
        rows = [np.empty(shape[::-1]) for _ in range(outputs)]
        refuse_infinite(names, inputs)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            for column in range(shape[1]):
                _one_column(
                    kernel,
                    names,
                    tuple(array[column] for array in turned),
                    params,
                    tuple(row[column] for row in rows),
                    needs,
                    sees,
                )
        results = tuple(np.ascontiguousarray(row.T) for row in rows)
    for result in results:
        result.flags.writeable = False
    return results


def _one_column(
    kernel: Kernel,
    names: tuple[str, ...],
    inputs: tuple[FloatArray, ...],
    params: tuple[object, ...],
    results: tuple[FloatArray, ...],
    needs: int,
    sees: int,
) -> None:
    if not inputs[0].size:
        return
    if isnan(inputs[0][0]) or any(isnan(array[0]) for array in inputs[1:]):
        # The warm-up of an indicator fed to another one: skipped without a look at every row.
        lead = max(_leading_nan(array) for array in inputs)
        for result in results:
            result[:lead] = np.nan
        inputs = tuple(array[lead:] for array in inputs)
        results = tuple(result[lead:] for result in results)
        if not inputs[0].size:
            return
    if sees == HIDES:
        if all(_all_finite(array) for array in inputs):
            kernel(*inputs, *params, *results)
            return
    else:
        kernel(*inputs, *params, *results)
        # Windows forget, so one output in each stretch of `sees` rows stands for all inputs.
        last = results[-1]
        if isfinite(last[-1]) and (not sees or _all_finite(last[sees - 1 :: sees])):
            return
    refuse_infinite(names, inputs)
    if sees <= STICKS:
        _run_by_run(kernel, inputs, params, results, needs)


def _run_by_run(
    kernel: Kernel,
    inputs: tuple[FloatArray, ...],
    params: tuple[object, ...],
    results: tuple[FloatArray, ...],
    needs: int,
) -> None:
    whole = ~np.isnan(inputs[0])
    for array in inputs[1:]:
        whole &= ~np.isnan(array)
    starts, ends = runs_without_nan(whole)
    long_enough = ends - starts >= needs
    for result in results:
        result.fill(np.nan)
    for start, end in zip(starts[long_enough].tolist(), ends[long_enough].tolist(), strict=True):
        kernel(
            *(array[start:end] for array in inputs),
            *params,
            *(result[start:end] for result in results),
        )


def _all_finite(values: FloatArray) -> bool:
    """Tell whether a sum over the cells is finite; False may also mean that finite cells overflow."""
    # A product costs a third of a sum's call; BLAS would spread a long one over threads.
    if len(values) <= _SHORT:
        return isfinite(values.dot(values))
    return isfinite(np.add.reduce(values))


def _leading_nan(values: FloatArray) -> int:
    n, width = len(values), 64
    while True:
        bad = np.isnan(values[:width])
        if not bad.all():
            return int(bad.argmin())
        if width >= n:
            return n
        width *= 8


def runs_without_nan(whole: np.ndarray) -> tuple[IntArray, IntArray]:
    """Return start and end (exclusive) of each run of true cells."""
    edges = np.diff(whole.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
