"""Slow, obvious twins of the indicators: loops over Python floats, one formula a function.

Each takes one run without NaN; `by_runs` applies it to every run of rows without NaN.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

NAN = math.nan
Rows = Sequence[float]


def by_runs(
    function: Callable[..., object], *columns: np.ndarray, outputs: int = 1
) -> list[np.ndarray]:
    n = len(columns[0])
    outs = [np.full(n, NAN) for _ in range(outputs)]
    bad = [any(math.isnan(column[i]) for column in columns) for i in range(n)]
    start = 0
    while start < n:
        if bad[start]:
            start += 1
            continue
        end = start
        while end < n and not bad[end]:
            end += 1
        found = function(*([float(v) for v in column[start:end]] for column in columns))
        for out, part in zip(outs, found if outputs > 1 else [found], strict=True):
            out[start:end] = part
        start = end
    return outs


def windows(x: Rows, w: int, f: Callable[[Rows], float]) -> list[float]:
    return [NAN if i < w - 1 else f(x[i - w + 1 : i + 1]) for i in range(len(x))]


def mean(x: Rows) -> float:
    return math.fsum(x) / len(x)


def std(x: Rows, ddof: int = 0) -> float:
    m = mean(x)
    return math.sqrt(math.fsum((v - m) ** 2 for v in x) / (len(x) - ddof))


def sma(x: Rows, w: int) -> list[float]:
    return windows(x, w, mean)


def zscore(x: Rows, w: int, ddof: int = 0) -> list[float]:
    return windows(x, w, lambda s: 0.0 if max(s) == min(s) else (s[-1] - mean(s)) / std(s, ddof))


def rank(x: Rows, w: int) -> list[float]:
    def one(s: Rows) -> float:
        return sum(v < s[-1] for v in s) + (sum(v == s[-1] for v in s) + 1) / 2

    return windows(x, w, one)


def smooth(x: Rows, w: int, weight: float, start: int | None = None) -> list[float]:
    """Seed by the mean of the first w values, then y += weight (x - y)."""
    out, y = [], NAN
    for i in range(len(x)):
        if i == w - 1:
            y = mean(x[:w])
        elif i >= w:
            y += weight * (x[i] - y)
        out.append(y if i >= w - 1 else NAN)
    return out


def ema(x: Rows, w: int) -> list[float]:
    return smooth(x, w, 2 / (w + 1))


def wilder(x: Rows, w: int) -> list[float]:
    return smooth(x, w, 1 / w)


def chain(f: Callable[[Rows], list[float]], x: Rows) -> list[float]:
    lead = sum(math.isnan(v) for v in x)
    return [NAN] * lead + f(x[lead:])


def dema(x: Rows, w: int) -> list[float]:
    first = ema(x, w)
    return [2 * a - b for a, b in zip(first, chain(lambda s: ema(s, w), first), strict=True)]


def tema(x: Rows, w: int) -> list[float]:
    first = ema(x, w)
    second = chain(lambda s: ema(s, w), first)
    third = chain(lambda s: ema(s, w), second)
    return [3 * a - 3 * b + c for a, b, c in zip(first, second, third, strict=True)]


def macd(x: Rows, fast: int, slow: int, signal: int) -> tuple[list[float], ...]:
    line = [a - b for a, b in zip(ema(x, fast), ema(x, slow), strict=True)]
    smoothed = chain(lambda s: ema(s, signal), line)
    return line, smoothed, [a - b for a, b in zip(line, smoothed, strict=True)]


def wma(x: Rows, w: int) -> list[float]:
    total = w * (w + 1) / 2
    return windows(x, w, lambda s: math.fsum((i + 1) * v for i, v in enumerate(s)) / total)


def kama(x: Rows, w: int, fast: int, slow: int) -> list[float]:
    out, y = [], NAN
    for i in range(len(x)):
        if i == w - 1:
            y = x[i]
        elif i >= w:
            noise = math.fsum(abs(x[j] - x[j - 1]) for j in range(i - w + 1, i + 1))
            share = 1.0 if noise == 0 else min(1.0, abs(x[i] - x[i - w]) / noise)
            weight = (share * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)) ** 2
            y += weight * (x[i] - y)
        out.append(y if i >= w else NAN)
    return out


def true_range(h: Rows, l: Rows, c: Rows) -> list[float]:
    return [
        NAN if i == 0 else max(h[i] - l[i], abs(h[i] - c[i - 1]), abs(l[i] - c[i - 1]))
        for i in range(len(h))
    ]


def atr(h: Rows, l: Rows, c: Rows, w: int) -> list[float]:
    return [NAN, *wilder(true_range(h, l, c)[1:], w)]


def adx(h: Rows, l: Rows, c: Rows, w: int) -> tuple[list[float], ...]:
    n = len(h)
    ranges = true_range(h, l, c)
    plus, minus, contrast = [NAN] * n, [NAN] * n, [NAN] * n
    up = down = spread = 0.0
    for i in range(1, n):
        rise, fall = h[i] - h[i - 1], l[i - 1] - l[i]
        keep = (
            1.0 if i < w else (w - 1) / w
        )  # the first w - 1 steps are summed, then Wilder's sums decay
        up = up * keep + (rise if rise > fall and rise > 0 else 0.0)
        down = down * keep + (fall if fall > rise and fall > 0 else 0.0)
        spread = spread * keep + ranges[i]
        if i >= w:
            plus[i] = 100 * up / spread if spread else 0.0
            minus[i] = 100 * down / spread if spread else 0.0
            both = plus[i] + minus[i]
            contrast[i] = 100 * abs(plus[i] - minus[i]) / both if both else 0.0
    return [NAN] * min(w, n) + wilder(contrast[w:], w), plus, minus


def supertrend(h: Rows, l: Rows, c: Rows, w: int, width: float) -> tuple[list[float], ...]:
    line, direction, up = [], [], True
    upper = lower = NAN
    for i, swing in enumerate(atr(h, l, c, w)):
        if i < w:
            line.append(NAN)
            direction.append(NAN)
            continue
        middle = (h[i] + l[i]) / 2
        over, under = middle + width * swing, middle - width * swing
        if i == w or over < upper or c[i - 1] > upper:
            upper = over
        if i == w or under > lower or c[i - 1] < lower:
            lower = under
        if c[i] > upper and not up:
            up = True
        elif c[i] < lower and up:
            up = False
        line.append(lower if up else upper)
        direction.append(1.0 if up else -1.0)
    return line, direction


def rsi(x: Rows, w: int) -> list[float]:
    steps = [b - a for a, b in itertools.pairwise(x)]
    gains, losses = wilder([max(s, 0) for s in steps], w), wilder([max(-s, 0) for s in steps], w)
    return [
        NAN,
        *(
            NAN if math.isnan(g) else 50.0 if g + d == 0 else 100 * g / (g + d)
            for g, d in zip(gains, losses, strict=True)
        ),
    ]


def roc(x: Rows, w: int) -> list[float]:
    return [NAN if i < w or x[i - w] == 0 else 100 * (x[i] / x[i - w] - 1) for i in range(len(x))]


def place(h: Rows, l: Rows, c: Rows, w: int) -> list[float]:
    top, bottom = windows(h, w, max), windows(l, w, min)
    return [
        NAN if math.isnan(t) else 50.0 if t == b else 100 * (v - b) / (t - b)
        for v, t, b in zip(c, top, bottom, strict=True)
    ]


def stochastic(
    h: Rows, l: Rows, c: Rows, w: int, slow: int, signal: int
) -> tuple[list[float], ...]:
    k = chain(lambda s: sma(s, slow), place(h, l, c, w))
    return k, chain(lambda s: sma(s, signal), k)


def williams_r(h: Rows, l: Rows, c: Rows, w: int) -> list[float]:
    return [v - 100 for v in place(h, l, c, w)]


def cci(h: Rows, l: Rows, c: Rows, w: int) -> list[float]:
    def one(s: Rows) -> float:
        if max(s) == min(s):
            return 0.0
        m = mean(s)
        return (s[-1] - m) / (0.015 * mean([abs(v - m) for v in s]))

    return windows(typical(h, l, c), w, one)


def typical(h: Rows, l: Rows, c: Rows) -> list[float]:
    return [(a + b + d) / 3 for a, b, d in zip(h, l, c, strict=True)]


def mfi(h: Rows, l: Rows, c: Rows, v: Rows, w: int) -> list[float]:
    price = typical(h, l, c)
    out = [NAN] * len(price)
    for i in range(w, len(price)):
        up = down = 0.0
        for j in range(i - w + 1, i + 1):
            step = price[j] - price[j - 1]
            if abs(step) > price[j] * 1e-15:
                up, down = up + (step > 0) * price[j] * v[j], down + (step < 0) * price[j] * v[j]
        out[i] = 50.0 if up + down == 0 else 100 * up / (up + down)
    return out


def obv(c: Rows, v: Rows) -> list[float]:
    out = [v[0]]
    for i in range(1, len(c)):
        out.append(out[-1] + ((c[i] > c[i - 1]) - (c[i] < c[i - 1])) * v[i])
    return out


def rolling_vwap(h: Rows, l: Rows, c: Rows, v: Rows, w: int) -> list[float]:
    price = typical(h, l, c)
    return [
        NAN
        if i < w - 1 or not sum(v[i - w + 1 : i + 1])
        else math.fsum(price[j] * v[j] for j in range(i - w + 1, i + 1))
        / math.fsum(v[i - w + 1 : i + 1])
        for i in range(len(c))
    ]


def vwap(h: Rows, l: Rows, c: Rows, v: Rows, session: Rows) -> list[float]:
    price, out, money, traded = typical(h, l, c), [], 0.0, 0.0
    for i in range(len(c)):
        if i and session[i] != session[i - 1]:
            money = traded = 0.0
        money, traded = money + price[i] * v[i], traded + v[i]
        out.append(money / traded if traded else NAN)
    return out


def swings(  # the order of parameters is the public one
    h: Rows,
    l: Rows,
    left: int,
    right: int,
) -> tuple[list[float], ...]:
    highs, lows = [NAN] * len(h), [NAN] * len(h)
    for i in range(left, len(h) - right):
        if h[i] > max(h[i - left : i]) and h[i] >= max(h[i + 1 : i + right + 1]):
            highs[i + right] = h[i]
        if l[i] < min(l[i - left : i]) and l[i] <= min(l[i + 1 : i + right + 1]):
            lows[i + right] = l[i]
    return highs, lows
