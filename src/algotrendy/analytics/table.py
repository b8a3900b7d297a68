"""The same statistics for many return curves at once, in blocks of rows that stay in the cache.

Laws: each number equals the scalar function of the same name to 1e-9; no Python call per curve;
memory beside the input is one block, whatever the number of curves.
Used by: sweeps, walk-forward, portfolios of strategies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from algotrendy.analytics.samples import RETURN_RESOLUTION, checked_periods
from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.arrays import BoolArray, FloatArray

__all__ = ["TABLE_METRICS", "metrics_table"]

TABLE_METRICS: tuple[str, ...] = (
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
)
"""Names that `metrics_table` knows, in its order."""

_GROWTH = frozenset({"total_return", "cagr", "max_drawdown", "calmar"})
_COLUMNS = 8192  # longest dot product: beyond, BLAS would split it over threads
_STRETCH = 30  # days walked one by one; a row is many stretches walked side by side


def metrics_table(
    returns: ArrayLike | Sequence[ArrayLike],
    *,
    periods_per_year: float,
    metrics: Sequence[str] = TABLE_METRICS,
    risk_free: float = 0.0,
    max_bytes: int = 1 << 21,
) -> dict[str, FloatArray]:
    """Compute statistics of many return curves.

    Parameters
    ----------
    returns : (m, n) simple returns per period, one curve a row, or a sequence of m rows, which may
        differ in length
    periods_per_year : P; 365 for daily crypto bars, 252 for US sessions
    metrics : names out of `TABLE_METRICS`
    risk_free : annual rate, as a fraction: subtracted in the Sharpe ratio, target of the Sortino
    max_bytes : size of the blocks of rows; a second-level cache is the fastest

    Returns
    -------
    dict of name to (m,) float64
        In the order asked for. Each value is that of `total_return`, `cagr`, `volatility`,
        `sharpe_ratio`, `sortino_ratio`, `max_drawdown` (of the curve that starts at 1) and
        `calmar_ratio`, with their rules for NaN, empty and constant rows.

    Raises
    ------
    UnknownName
        If a metric is unknown.
    InvalidValue
        If `returns` is not two-dimensional or holds an infinity, P is not above zero, or
        `max_bytes` is below 1.

    Notes
    -----
    NaN: dropped, row by row; a block of rows without NaN takes a shorter way.
    """
    periods = checked_periods(periods_per_year)
    for name in metrics:
        if name not in TABLE_METRICS:
            raise UnknownName("metric", name, known=TABLE_METRICS)
    if max_bytes < 1:
        raise InvalidValue(
            "max_bytes", value=max_bytes, rule="1 or more is allowed", hint="try 1 << 21"
        )
    curves = _matrix(returns)
    m, n = curves.shape
    table = {name: np.full(m, math.nan) for name in metrics}
    if n == 0:
        return table
    rows = max(1, min(m, max_bytes // (8 * n)))
    scratch = np.empty((rows, n))
    ones = np.ones((1, n))
    for low in range(0, m, rows):
        block = np.ascontiguousarray(curves[low : low + rows])
        clean = _clean(block, low, scratch[: len(block)], ones)
        for name, values in _statistics(clean, frozenset(metrics), periods, risk_free).items():
            table[name][low : low + rows] = values
    return table


def _matrix(returns: ArrayLike | Sequence[ArrayLike]) -> FloatArray:
    """Return two dimensions: rows of different lengths are filled up with NaN."""
    if isinstance(returns, Sequence):
        rows = [np.asarray(row, dtype=np.float64) for row in returns]
        if all(row.ndim == 1 for row in rows):
            matrix = np.full((len(rows), max((len(r) for r in rows), default=0)), math.nan)
            for place, row in zip(matrix, rows, strict=True):
                place[: len(row)] = row
            return matrix
    matrix = np.asarray(returns, dtype=np.float64)
    if matrix.ndim != 2:  # noqa: PLR2004
        raise InvalidValue(
            "returns",
            value=matrix.shape,
            rule="two dimensions are allowed, one curve a row",
            hint="pass returns[None, :] for one curve; a frame of days x curves as frame.T",
        )
    return matrix


@final
@dataclass(slots=True, eq=False)
class _Rows:
    """A block of rows: what is known of it, and how many values of each row are."""

    values: FloatArray  # NaN replaced by 0, which changes no growth
    known: BoolArray | None  # None: everything
    n: FloatArray
    total: FloatArray
    scratch: FloatArray


def _statistics(
    rows: _Rows, names: frozenset[str], periods: float, risk_free: float
) -> dict[str, FloatArray]:
    result: dict[str, FloatArray] = {}
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        if names & {"volatility", "sharpe", "sortino"}:
            _risk(rows, names, periods, risk_free / periods, result)
        if names & _GROWTH:
            _growth(rows, periods, result)
    return {name: values for name, values in result.items() if name in names}


def _clean(block: FloatArray, low: int, scratch: FloatArray, ones: FloatArray) -> _Rows:
    with np.errstate(invalid="ignore", over="ignore"):
        total = _dots(block, ones)
    if np.isfinite(total).all():
        return _Rows(block, None, np.full(len(block), float(block.shape[1])), total, scratch)
    infinite = np.argwhere(np.isinf(block))
    if len(infinite):
        row, column = infinite[0]
        raise InvalidValue(
            f"row {low + row}, column {column}, returns",
            value=float(block[row, column]),
            rule="finite numbers are allowed, NaN is dropped",
            hint="repair the equity: a return is infinite where the equity before it was zero",
        )
    known = ~np.isnan(block)
    values = np.where(known, block, 0.0)
    return _Rows(values, known, known.sum(axis=1).astype(np.float64), _dots(values, ones), scratch)


def _dots(left: FloatArray, right: FloatArray) -> FloatArray:
    """Dot product of each row, (k,)."""
    total = np.zeros(len(left))
    for low in range(0, left.shape[1], _COLUMNS):
        one, two = left[:, low : low + _COLUMNS], right[:, low : low + _COLUMNS]
        total += np.matmul(one[:, None, :], two[:, :, None])[:, 0, 0]
    return total


def _risk(
    rows: _Rows, names: frozenset[str], periods: float, free: float, result: dict[str, FloatArray]
) -> None:
    """Volatility, Sharpe and Sortino ratio."""
    values, n = rows.values, rows.n
    mean = rows.total / n
    squares = _dots(values, values)
    variance = (squares - n * mean * mean) / (n - 1.0)
    # One pass cancels where the mean is large against the spread: those rows are centred first.
    doubtful = np.flatnonzero(~(variance * n > 1e-3 * squares))
    if doubtful.size:
        centred = values[doubtful] - mean[doubtful, None]
        if rows.known is not None:
            centred *= rows.known[doubtful]
        variance[doubtful] = _dots(centred, centred) / (n[doubtful] - 1.0)
    noise = RETURN_RESOLUTION * np.maximum(1.0, np.abs(mean))
    deviation = np.sqrt(variance)
    deviation[deviation <= noise] = 0.0
    deviation[n < 2.0] = math.nan  # noqa: PLR2004
    result["volatility"] = math.sqrt(periods) * deviation
    top = mean - free
    still = (deviation == 0.0) & (np.abs(top) <= noise)
    result["sharpe"] = math.sqrt(periods) * np.where(still, math.nan, top / deviation)
    if "sortino" in names:
        down = np.sqrt(_below(rows, squares, free) / n)
        result["sortino"] = math.sqrt(periods) * np.where(n < 2.0, math.nan, top / down)  # noqa: PLR2004


def _below(rows: _Rows, squares: FloatArray, free: float) -> FloatArray:
    """Sum of the squares of what falls short of `free`, (k,)."""
    values = rows.values
    if free == 0.0:
        # sum(min(r, 0)^2) = (sum(r^2) - sum(r |r|)) / 2, two quick passes, where little cancels.
        below = (squares - _dots(values, np.abs(values, out=rows.scratch))) * 0.5
        doubtful = np.flatnonzero(~(below > 1e-3 * squares))
        if doubtful.size:
            short = np.minimum(values[doubtful], 0.0)
            below[doubtful] = _dots(short, short)
        return below
    short = np.subtract(values, free, out=rows.scratch)
    np.minimum(short, 0.0, out=short)
    if rows.known is not None:
        short *= rows.known
    return _dots(short, short)


def _growth(rows: _Rows, periods: float, result: dict[str, FloatArray]) -> None:
    """Total return, growth rate, deepest drawdown and Calmar ratio."""
    growth, logs, lowest = _walk(rows.values, rows.scratch)
    n = rows.n
    none = n == 0.0
    cagr = np.where(np.isnan(logs), -1.0, np.expm1(logs * (periods / n)))
    depth = np.minimum(lowest - 1.0, 0.0)
    result["total_return"] = np.where(none, math.nan, growth - 1.0)
    result["cagr"] = np.where(none, math.nan, cagr)
    result["max_drawdown"] = np.where(none, math.nan, depth)
    result["calmar"] = result["cagr"] / np.abs(result["max_drawdown"])


def _walk(values: FloatArray, scratch: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Growth factor, its logarithm (NaN after a loss of everything) and the least of curve / peak.

    Every row is cut into stretches; all stretches of all rows take their days side by side, so one
    array operation serves a day of each. What a stretch did then combines: its product, highest and
    lowest point. Where a stretch both made a new high and might hold the deepest fall, it is walked
    again by itself.
    """
    n = values.shape[1]
    size = min(_STRETCH, n)
    cut = n - n % size
    cube = values[:, :cut].reshape(len(values), -1, size)
    rest = values[:, None, cut:]
    wealth, high, low = _stretches(cube, scratch)
    if cut < n:
        parts = zip((wealth, high, low), _stretches(rest, scratch), strict=True)
        wealth, high, low = (np.concatenate(pair, axis=1) for pair in parts)
    ends = np.multiply.accumulate(wealth, axis=1)
    start = np.ones_like(ends)
    start[:, 1:] = ends[:, :-1]
    high *= start
    low *= start
    after = np.maximum.accumulate(high, axis=1)
    before = np.ones_like(after)
    before[:, 1:] = after[:, :-1]
    lowest = (low / before).min(axis=1)
    row, place = np.nonzero((high > before) & (low / after < lowest[:, None]))
    if row.size:
        inside = np.zeros((row.size, size))
        whole = place < cube.shape[1]
        inside[whole] = cube[row[whole], place[whole]]
        inside[~whole, : n - cut] = rest[row[~whole], 0]
        np.minimum.at(lowest, row, _least(inside, start[row, place], before[row, place]))
    logs = np.log(wealth).sum(axis=1)
    ruined = np.flatnonzero((low <= 0.0).any(axis=1))
    if ruined.size:  # a factor below zero turns high into low
        one = np.ones(ruined.size)
        lowest[ruined] = _least(values[ruined], one, one)
        logs[ruined] = math.nan
    return ends[:, -1], logs, lowest


def _stretches(cube: FloatArray, scratch: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Growth factor, highest and lowest point of each stretch of (k, stretches, days)."""
    k, count, days = cube.shape
    factors = scratch.reshape(-1)[: cube.size].reshape(days, k, count)
    np.add(cube.transpose(2, 0, 1), 1.0, out=factors)
    wealth = factors[0].copy()
    high, low = np.maximum(wealth, 1.0), np.minimum(wealth, 1.0)
    for factor in factors[1:]:
        np.multiply(wealth, factor, out=wealth)
        np.maximum(high, wealth, out=high)
        np.minimum(low, wealth, out=low)
    return wealth, high, low


def _least(returns: FloatArray, start: FloatArray, peak: FloatArray) -> FloatArray:
    """Least of curve / peak in every row, walked day by day: (k, days) from `start` and `peak`."""
    curve = np.multiply.accumulate(returns + 1.0, axis=1)
    curve *= start[:, None]
    running = np.maximum.accumulate(curve, axis=1)
    np.maximum(running, peak[:, None], out=running)
    least: FloatArray = (curve / running).min(axis=1)
    return least
