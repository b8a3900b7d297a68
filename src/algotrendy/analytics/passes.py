"""One pass over an equity curve in blocks that stay in the cache, and no array of its length.

Laws: sums are shifted by the mean of the first block, so that nothing cancels; they are those of
the public functions; memory does not grow with the curve, but for its tails.
Used by: summary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.analytics.tail import PROBED, tail_thresholds
from algotrendy.model.arrays import BoolArray, FloatArray

__all__ = ["PairSums", "ReturnSums", "pair_sums", "return_sums"]

_ROWS = 8192  # three buffers of 64 KB stay in a second-level cache; BLAS keeps to one thread
_FACTORS = 64  # growth factors multiplied before a logarithm is taken
_PROBE = 1024


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReturnSums:
    """Sums over the simple returns of a curve.

    Parameters
    ----------
    n : returns
    mean : of the returns
    powers : sums of the second, third and fourth powers of the centred returns
    lost : sum of the returns below zero
    below : sum of the squares of what falls short of the risk-free return
    low, high : values among which the lowest and the highest lie
    """

    n: int
    mean: float
    powers: tuple[float, float, float]
    lost: float
    below: float
    low: FloatArray
    high: FloatArray


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairSums:
    """Sums over the pairs of a curve's returns and a benchmark's; the first bar has no pair.

    Parameters
    ----------
    n : pairs
    own_mean, market_mean : of the returns
    shared, market_square, active_square : sums of centred products
    counts : pairs in which the benchmark rose, and in which it fell
    logs : (4,) logarithm of growth: own, benchmark where it rose; own, benchmark where it fell
    """

    n: int
    own_mean: float
    market_mean: float
    shared: float
    market_square: float
    active_square: float
    counts: tuple[int, int]
    logs: tuple[float, float, float, float]


def return_sums(curve: FloatArray, *, initial: float, free: float, cutoff: float) -> ReturnSums:
    """Sum the returns of `curve` and pick out its tails.

    Parameters
    ----------
    curve : (n,) finite equity above zero, n 1 or more, contiguous
    initial : equity before the first bar, above zero
    free : risk-free return per period
    cutoff : share of the returns in each tail
    """
    part, work = np.empty(_ROWS), np.empty(_ROWS)
    low_cut, high_cut = _thresholds(curve, cutoff)
    total = np.zeros(6)  # powers one to four of the shifted returns, lost, below
    low, high = [], []
    shift = math.nan
    for returns in _blocks(curve, part, initial):
        buffer = work[: len(returns)]
        shift = float(returns.mean()) if math.isnan(shift) else shift
        negative = np.minimum(returns, 0.0, out=buffer)
        lost = negative.sum()
        if free:
            np.minimum(np.subtract(returns, free, out=buffer), 0.0, out=buffer)
        below = np.dot(buffer, buffer)
        low.append(np.compress(returns <= low_cut, returns))
        high.append(np.compress(returns >= high_cut, returns))
        np.subtract(returns, shift, out=returns)
        squares = np.multiply(returns, returns, out=buffer)
        third, fourth = np.dot(squares, returns), np.dot(squares, squares)
        total += (returns.sum(), squares.sum(), third, fourth, lost, below)
    n = len(curve)
    off, second, third, fourth = (float(x) / n for x in total[:4])
    centred = second - off * off
    return ReturnSums(
        n=n,
        mean=shift + off,
        powers=(
            n * centred,
            n * (third - off * (3.0 * centred + off * off)),
            n * (fourth - 4.0 * off * third + 6.0 * off * off * second - 3.0 * off**4),
        ),
        lost=float(total[4]),
        below=float(total[5]),
        low=np.concatenate(low),
        high=np.concatenate(high),
    )


def pair_sums(curve: FloatArray, prices: FloatArray) -> PairSums:
    """Sum the pairs of returns of `curve` and of `prices`.

    Parameters
    ----------
    curve, prices : (n,) finite numbers above zero, n 2 or more, contiguous
    """
    one, two, three = np.empty(_ROWS), np.empty(_ROWS), np.empty(_ROWS)
    total = np.zeros(10)
    shifts: tuple[float, float] | None = None
    for own, market in zip(_blocks(curve, one), _blocks(prices, two), strict=True):
        if shifts is None:
            shifts = float(own.mean()), float(market.mean())
        rose = market > 0.0
        rises, changes = np.count_nonzero(rose), np.count_nonzero(market)
        still = np.log1p(own[market == 0.0]).sum() if changes < len(own) else 0.0
        grown = _log_growth(own, rose, three), _log_growth(market, rose, three)
        active = np.subtract(own, market, out=three[: len(own)])
        np.subtract(active, shifts[0] - shifts[1], out=active)
        np.subtract(own, shifts[0], out=own)
        np.subtract(market, shifts[1], out=market)
        moments = np.dot(own, market), np.dot(market, market), np.dot(active, active)
        total += np.array(
            (own.sum(), market.sum(), *moments, rises, changes, *grown, still), dtype=np.float64
        )
    n = len(curve) - 1
    first, second = shifts or (math.nan, math.nan)
    off, market_off = float(total[0]) / n, float(total[1]) / n
    own_logs = math.log(curve[-1] / curve[0])
    market_logs = math.log(prices[-1] / prices[0])
    up_count, changed = int(total[5]), int(total[6])
    up, market_up, still = (float(x) for x in total[7:])
    return PairSums(
        n=n,
        own_mean=first + off,
        market_mean=second + market_off,
        shared=float(total[2]) - n * off * market_off,
        market_square=float(total[3]) - n * market_off * market_off,
        active_square=float(total[4]) - n * (off - market_off) ** 2,
        counts=(up_count, changed - up_count),
        logs=(up, market_up, own_logs - up - still, market_logs - market_up),
    )


def _blocks(
    values: FloatArray, out: FloatArray, initial: float | None = None
) -> Iterator[FloatArray]:
    """Yield the simple returns in blocks, each written over `out`; from `initial`, if given."""
    rows = len(out)
    low = 1
    if initial is not None:
        head = out[: min(rows, len(values))]
        np.divide(values[1 : len(head)], values[: len(head) - 1], out=head[1:])
        head[0] = values[0] / initial
        head -= 1.0
        yield head
        low = len(head)
    for begin in range(low, len(values), rows):
        end = min(begin + rows, len(values))
        part = np.divide(values[begin:end], values[begin - 1 : end - 1], out=out[: end - begin])
        part -= 1.0
        yield part


def _thresholds(curve: FloatArray, cutoff: float) -> tuple[float, float]:
    """Below and above which returns the tails lie; infinite for short curves."""
    n = len(curve)
    if n < PROBED:
        return math.inf, -math.inf
    after = np.arange(1, n, n // _PROBE)
    probe = curve[after] / curve[after - 1] - 1.0
    probe.sort()
    return tail_thresholds(probe, cutoff, n)


def _log_growth(returns: FloatArray, chosen: BoolArray, buffer: FloatArray) -> float:
    """Logarithm of the growth over the chosen returns; the others grow by factor one."""
    growth = buffer[: len(returns)]
    np.add(np.multiply(returns, chosen, out=growth), 1.0, out=growth)
    buffer[len(returns) :] = 1.0
    products = np.multiply.reduce(buffer.reshape(_FACTORS, -1), axis=0)
    total = float(np.log(products).sum())
    return total if math.isfinite(total) else float(np.log(growth).sum())
