"""Slow, obvious versions of the statistics: loops over Python floats, one formula a function."""

from __future__ import annotations

import math


def known(values):
    return [float(x) for x in values if not math.isnan(x)]


def divide(top, bottom):
    if bottom == 0:
        return math.nan if top == 0 or math.isnan(top) else math.copysign(math.inf, top)
    return top / bottom


def mean(values):
    return math.fsum(values) / len(values) if values else math.nan


def deviation(values):
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    found = math.sqrt(math.fsum((x - centre) ** 2 for x in values) / (len(values) - 1))
    return found if found > 1e-14 * max(1.0, abs(centre)) else 0.0


def total_return(returns):
    growth = 1.0
    for r in known(returns):
        growth *= 1.0 + r
    return growth - 1.0 if known(returns) else math.nan


def cagr(returns, periods):
    values = known(returns)
    if not values:
        return math.nan
    if any(r <= -1.0 for r in values):
        return -1.0
    return math.exp(math.fsum(math.log1p(r) for r in values) * periods / len(values)) - 1.0


def volatility(returns, periods):
    return deviation(known(returns)) * math.sqrt(periods)


def sharpe(returns, periods, risk_free=0.0):
    values = known(returns)
    if len(values) < 2:
        return math.nan
    top, spread = mean(values) - risk_free / periods, deviation(values)
    if spread == 0.0 and abs(top) <= 1e-14:
        return math.nan
    return divide(top, spread) * math.sqrt(periods)


def downside(returns, periods, target=0.0):
    values = known(returns)
    if not values:
        return math.nan
    short = [min(r - target / periods, 0.0) ** 2 for r in values]
    return math.sqrt(mean(short)) * math.sqrt(periods)


def sortino(returns, periods, target=0.0):
    values = known(returns)
    if len(values) < 2:
        return math.nan
    down = downside(values, periods, target) / math.sqrt(periods)
    return divide(mean(values) - target / periods, down) * math.sqrt(periods)


def omega(returns, threshold=0.0):
    values = known(returns)
    gained = math.fsum(max(r - threshold, 0.0) for r in values)
    return divide(gained, math.fsum(max(threshold - r, 0.0) for r in values))


def curve(returns, start=1.0):
    points = []
    for r in returns:
        start *= 1.0 if math.isnan(r) else 1.0 + r
        points.append(start)
    return points


def drawdowns(equity, initial=None):
    values = known(equity)
    peak, found = initial if initial is not None else (values[0] if values else 1.0), []
    for value in values:
        peak = max(peak, value)
        found.append(value / peak - 1.0)
    return found


def max_drawdown(equity, initial=None):
    return min(drawdowns(equity, initial), default=math.nan)


def longest_below(equity, initial=None):
    longest = now = 0
    for fall in drawdowns(equity, initial):
        now = now + 1 if fall < 0.0 else 0
        longest = max(longest, now)
    return longest


def recovery(equity, initial=None):
    """Bars from the deepest point to the next bar at its peak; -1 without one."""
    falls = drawdowns(equity, initial)
    if not falls or min(falls) == 0.0:
        return -1
    trough = falls.index(min(falls))
    for bar in range(trough, len(falls)):
        if falls[bar] == 0.0:
            return bar - trough
    return -1


def stretches(equity, initial=None):
    """(start, trough, end, depth, open) of every run of bars below the peak."""
    found, begin = [], None
    falls = drawdowns(equity, initial)
    for bar, fall in enumerate([*falls, 0.0]):
        if fall < 0.0 and begin is None:
            begin = bar
        if fall == 0.0 and begin is not None:
            run = falls[begin:bar]
            found.append((begin, begin + run.index(min(run)), bar, min(run), bar == len(falls)))
            begin = None
    return found


def calmar(returns, periods):
    return divide(cagr(returns, periods), abs(max_drawdown(curve(returns), 1.0)))


def quantile(values, share):
    ordered = sorted(known(values))
    if not ordered:
        return math.nan
    at = (len(ordered) - 1) * share
    low = ordered[math.floor(at)]
    return low + (ordered[min(math.floor(at) + 1, len(ordered) - 1)] - low) * (at - math.floor(at))


def shortfall(values, share):
    ordered = sorted(known(values))
    return mean(ordered[: math.floor((len(ordered) - 1) * share) + 1]) if ordered else math.nan


def moments(values):
    centre = mean(values)
    second, third, fourth = (mean([(x - centre) ** p for x in values]) for p in (2, 3, 4))
    return third / second**1.5, fourth / second**2


def beta(returns, market):
    pairs = [(r, b) for r, b in zip(returns, market, strict=True) if not math.isnan(r + b)]
    own, other = [r for r, _ in pairs], [b for _, b in pairs]
    if len(pairs) < 2 or deviation(other) == 0.0:
        return math.nan
    left, right = mean(own), mean(other)
    shared = math.fsum((r - left) * (b - right) for r, b in pairs)
    return shared / math.fsum((b - right) ** 2 for b in other)


def alpha(returns, market, periods, risk_free=0.0):
    pairs = [(r, b) for r, b in zip(returns, market, strict=True) if not math.isnan(r + b)]
    free = risk_free / periods
    own, other = mean([r for r, _ in pairs]), mean([b for _, b in pairs])
    return periods * (own - free - beta(returns, market) * (other - free))


def capture(returns, market, chosen, periods=1.0):
    pairs = [(r, b) for r, b in zip(returns, market, strict=True) if not math.isnan(r + b)]
    pairs = [(r, b) for r, b in pairs if chosen(b)]
    return divide(cagr([r for r, _ in pairs], periods), cagr([b for _, b in pairs], periods))
