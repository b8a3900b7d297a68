"""The same statistics for many return curves at once, in blocks of rows that stay in the cache.

Laws: each number equals the scalar function of the same name to 1e-9; no Python call per curve;
memory beside the input is one block, whatever the number of curves.
Used by: sweeps, walk-forward, portfolios of strategies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_CANCELS = 1e-3  # a difference below this share of its parts has lost digits
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
    sums = _Sums(m)
    if n:
        _fill(sums, curves, frozenset(metrics), risk_free / periods, max_bytes)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        table = _formulas(sums, periods, risk_free / periods)
    return {name: table[name] for name in metrics}


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
class _Sums:
    """What one pass over the rows gives, each (m,)."""

    __slots__ = ("below", "growth", "logs", "lowest", "n", "squares", "total", "variance")

    def __init__(self, m: int) -> None:
        self.n, self.total, self.squares, self.below = (np.zeros(m) for _ in range(4))
        self.growth, self.logs, self.lowest, self.variance = (np.zeros(m) for _ in range(4))


def _fill(
    sums: _Sums, curves: FloatArray, names: frozenset[str], free: float, max_bytes: int
) -> None:
    """Pass over the rows in blocks; rows in which digits would be lost are passed over again."""
    m, n = curves.shape
    rows = max(1, min(m, max_bytes // (8 * n)))
    scratch, ones = np.empty((rows, n)), np.ones((1, n))
    risk = bool(names & {"volatility", "sharpe", "sortino"})
    for low in range(0, m, rows):
        part = slice(low, min(low + rows, m))
        values, sums.n[part], sums.total[part], known = _clean(curves[part], low, ones)
        buffer = scratch[: len(values)]
        if risk:
            squares = sums.squares[part] = _dots(values, values)
            if free == 0.0:
                # sum(min(r, 0)^2) is half of sum(r^2) - sum(r |r|): two quick passes.
                sums.below[part] = 0.5 * (squares - _dots(values, np.abs(values, out=buffer)))
            else:
                sums.below[part] = _below(values, known, free)
        if names & _GROWTH:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                found = _walk(values, buffer)
            sums.growth[part], sums.logs[part], sums.lowest[part] = found
    if not risk:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.total / sums.n
        sums.variance = (sums.squares - sums.total * mean) / (sums.n - 1.0)
        steady = ~(sums.variance * sums.n > _CANCELS * sums.squares)
        rising = ~(sums.below > _CANCELS * sums.squares)
    again = np.flatnonzero(steady | rising)
    for low in range(0, len(again), rows):
        chosen = again[low : low + rows]
        values, _, _, known = _clean(curves[chosen], 0, ones)
        centred = values - mean[chosen, None]
        if known is not None:
            centred *= known
        with np.errstate(divide="ignore", invalid="ignore"):
            sums.variance[chosen] = _dots(centred, centred) / (sums.n[chosen] - 1.0)
        sums.below[chosen] = _below(values, known, free)


def _clean(
    block: FloatArray, low: int, ones: FloatArray
) -> tuple[FloatArray, FloatArray | float, FloatArray, BoolArray | None]:
    """Return the rows with NaN as 0, which grows nothing; their counts, sums, and what was known."""
    values = np.ascontiguousarray(block)
    with np.errstate(invalid="ignore", over="ignore"):
        total = _dots(values, ones)
    if np.isfinite(total).all():
        return values, float(values.shape[1]), total, None
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = infinite[0]
        raise InvalidValue(
            f"row {low + row}, column {column}, returns",
            value=float(values[row, column]),
            rule="finite numbers are allowed, NaN is dropped",
            hint="repair the equity: a return is infinite where the equity before it was zero",
        )
    known = ~np.isnan(values)
    values = np.where(known, values, 0.0)
    return values, known.sum(axis=1).astype(np.float64), _dots(values, ones), known


def _dots(left: FloatArray, right: FloatArray) -> FloatArray:
    """Dot product of each row, (k,)."""
    if left.shape[1] <= _COLUMNS:
        product: FloatArray = np.matmul(left[:, None, :], right[:, :, None])[:, 0, 0]
        return product
    total = np.zeros(len(left))
    for low in range(0, left.shape[1], _COLUMNS):
        total += _dots(left[:, low : low + _COLUMNS], right[:, low : low + _COLUMNS])
    return total


def _below(values: FloatArray, known: BoolArray | None, free: float) -> FloatArray:
    """Sum of the squares of what falls short of `free`, (k,)."""
    short = np.minimum(values - free, 0.0)
    if known is not None:
        short *= known
    return _dots(short, short)


def _formulas(sums: _Sums, periods: float, free: float) -> dict[str, FloatArray]:
    """Every statistic from the sums, each (m,)."""
    n, root = sums.n, math.sqrt(periods)
    mean = sums.total / n
    noise = RETURN_RESOLUTION * np.maximum(1.0, np.abs(mean))
    deviation = np.sqrt(sums.variance)
    deviation[deviation <= noise] = 0.0
    top = mean - free
    few = n < 2.0  # noqa: PLR2004
    deviation[few] = math.nan
    still = (deviation == 0.0) & (np.abs(top) <= noise)
    ruined = np.isnan(sums.logs)
    growth = np.where(ruined, -1.0, np.expm1(sums.logs * (periods / n)))
    table = {
        "total_return": sums.growth - 1.0,
        "cagr": growth,
        "volatility": root * deviation,
        "sharpe": root * np.where(still, math.nan, top / deviation),
        "sortino": root * np.where(few, math.nan, top / np.sqrt(sums.below / n)),
        "max_drawdown": np.minimum(sums.lowest - 1.0, 0.0),
    }
    table["calmar"] = growth / np.abs(table["max_drawdown"])
    for values in table.values():
        values[n == 0.0] = math.nan
    return table


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
