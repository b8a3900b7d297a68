"""Compiled twins of the recursions and oscillators: the same operations in the same order, fused.

Laws: as in `_compiled`.
Used by: `_twins`.
"""

from __future__ import annotations

import numpy as np

from algotrendy.indicators._compiled import BLOCK, Array, compiled, extremes, size_of, sums_of
from algotrendy.indicators._decay import FADED

__all__ = [
    "adx_loop",
    "atr_loop",
    "balance_loop",
    "chain_loop",
    "change_loop",
    "ema_loop",
    "flow_loop",
    "kama_loop",
    "place_loop",
    "range_loop",
    "rsi_loop",
    "supertrend_loop",
    "typical_loop",
    "wilder_loop",
]

_SAME = 1e-15


@compiled
def _carried(value: float) -> float:
    return 0.0 if -FADED < value < FADED else value


@compiled
def ema_loop(
    values: Array, start: int, toward: Array, shrink: Array, gap: float, out: Array
) -> None:
    """See `_decay.ema_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(values), rows):
        total = gap
        count = min(rows, len(values) - first)
        now, before = values[first : first + count], values[first - 1 : first - 1 + count]
        into = out[first : first + count]
        for j in range(count):
            total += (now[j] - before[j]) * toward[j]
            into[j] = now[j] + total * shrink[j]
        gap = _carried(total * shrink[count - 1])


@compiled
def _average_on(
    now: Array, before: Array, toward: Array, shrink: Array, total: float, at: int, into: Array
) -> tuple[float, int]:
    """Go on with an EMA from row `at` of a stretch; return where it stands."""
    rows, done = len(shrink), 0
    while done < len(into):
        count = min(rows - at, len(into) - done)
        new, old = now[done : done + count], before[done : done + count]
        grown, left, target = toward[at:], shrink[at:], into[done : done + count]
        for j in range(count):
            total += (new[j] - old[j]) * grown[j]
            target[j] = new[j] + total * left[j]
        done, at = done + count, at + count
        if at == rows:
            total, at = _carried(total * shrink[rows - 1]), 0
    return total, at


@compiled
def _combine_two(one: Array, two: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = one[i] * 2.0 - two[i]


@compiled
def _combine_three(one: Array, two: Array, three: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = (one[i] - two[i]) * 3.0 + three[i]


@compiled
def chain_loop(
    values: Array, window: int, order: int, toward: Array, shrink: Array, seeds: Array, out: Array
) -> None:
    """See `_decay.chain_into`; each average counts its stretches from its own first row."""
    lead = window - 1
    start = order * lead
    rooms = np.empty((4, max(BLOCK, start) + 1))
    totals, at = np.zeros(4), np.zeros(4, dtype=np.int64)
    # Row 0 of a room holds the last row before the block, so that steps into it are known.
    rooms[0, : start - lead + 1] = values[lead : start + 1]
    for step in range(1, order + 1):
        length = start - step * lead + 1
        source = rooms[step - 1, :length] if step == 1 else rooms[step - 1, lead : lead + length]
        target = rooms[step]
        target[0] = seeds[step - 1]
        totals[step], at[step] = _average_on(
            source[1:], source, toward, shrink, seeds[step - 1] - source[0], 0, target[1:length]
        )
        source_last = source[length - 1]
        rooms[step - 1, 0] = source_last
    if order == 2:  # noqa: PLR2004
        _combine_two(rooms[1, :1], rooms[2, :1], out[start : start + 1])
    else:
        _combine_three(rooms[1, :1], rooms[2, :1], rooms[3, :1], out[start : start + 1])
    for first in range(start + 1, len(values), BLOCK):
        count = min(BLOCK, len(values) - first)
        rooms[0, 1 : count + 1] = values[first : first + count]
        for step in range(1, order + 1):
            source, target = rooms[step - 1], rooms[step]
            totals[step], at[step] = _average_on(
                source[1:], source, toward, shrink, totals[step], at[step], target[1 : count + 1]
            )
        into, end = out[first : first + count], count + 1
        if order == 2:  # noqa: PLR2004
            _combine_two(rooms[1, 1:end], rooms[2, 1:end], into)
        else:
            _combine_three(rooms[1, 1:end], rooms[2, 1:end], rooms[3, 1:end], into)
        for step in range(order + 1):
            rooms[step, 0] = rooms[step, count]


@compiled
def wilder_loop(
    values: Array, start: int, grow: Array, shrink: Array, last: float, out: Array
) -> None:
    """See `_decay.wilder_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(values), rows):
        total = last
        count = min(rows, len(values) - first)
        now, into = values[first : first + count], out[first : first + count]
        for j in range(count):
            total += now[j] * grow[j]
            into[j] = total * shrink[j]
        last = _carried(total * shrink[count - 1])


@compiled
def rsi_loop(
    values: Array, start: int, grow: Array, shrink: Array, gain: float, loss: float, out: Array
) -> None:
    """See `_decay.rsi_into`; from row `start`. A NaN shows through the loss."""
    rows = len(shrink)
    for first in range(start, len(values), rows):
        gains, losses = gain, loss
        count = min(rows, len(values) - first)
        now, before = values[first : first + count], values[first - 1 : first - 1 + count]
        into = out[first : first + count]
        for j in range(count):
            step = now[j] - before[j]
            up = step if step > 0 else 0.0
            gains += up * grow[j]
            losses += (up - step) * grow[j]
            rise = gains * shrink[j]
            both = rise + losses * shrink[j]
            into[j] = 50.0 if both == 0 else rise * 100.0 / both
        gain = _carried(gains * shrink[count - 1])
        loss = _carried(losses * shrink[count - 1])


@compiled
def _range(high: float, low: float, before: float) -> float:
    # Written so that a NaN on either side stays.
    top = high if high >= before or high != high else before  # noqa: PLR0124
    bottom = low if low <= before or low != low else before  # noqa: PLR0124
    return top - bottom


@compiled
def range_loop(high: Array, low: Array, close: Array, out: Array) -> None:
    """See `_decay.true_range_into`; from row 1."""
    tops, bottoms, into = high[1:], low[1:], out[1:]
    for i in range(len(into)):
        into[i] = _range(tops[i], bottoms[i], close[i])


@compiled
def atr_loop(
    high: Array,
    low: Array,
    close: Array,
    start: int,
    grow: Array,
    shrink: Array,
    last: float,
    out: Array,
) -> None:
    """See `_decay.atr_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(high), rows):
        total = last
        count = min(rows, len(high) - first)
        tops, bottoms = high[first : first + count], low[first : first + count]
        before, into = close[first - 1 : first - 1 + count], out[first : first + count]
        for j in range(count):
            total += _range(tops[j], bottoms[j], before[j]) * grow[j]
            into[j] = total * shrink[j]
        last = _carried(total * shrink[count - 1])


@compiled
def adx_loop(  # noqa: PLR0913, PLR0917
    high: Array,
    low: Array,
    close: Array,
    start: int,
    grow: Array,
    shrink: Array,
    up: float,
    down: float,
    spread: float,
    plus: Array,
    minus: Array,
    contrast: Array,
) -> None:
    """See `_decay.adx_into`; from row `start`."""
    rows = len(shrink)
    for first in range(start, len(high), rows):
        ups, downs, spreads = up, down, spread
        count = min(rows, len(high) - first)
        for j in range(count):
            i = first + j
            rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
            ups += (rise if rise > fall and rise > 0 else 0.0) * grow[j]
            downs += (fall if fall > rise and fall > 0 else 0.0) * grow[j]
            spreads += _range(high[i], low[i], close[i - 1]) * grow[j]
            whole = spreads * shrink[j]
            plus[i] = 0.0 if whole == 0 else ups * shrink[j] * 100.0 / whole
            minus[i] = 0.0 if whole == 0 else downs * shrink[j] * 100.0 / whole
            both = plus[i] + minus[i]
            contrast[i] = 0.0 if both == 0 else abs(plus[i] - minus[i]) * 100.0 / both
        up, down = _carried(ups * shrink[count - 1]), _carried(downs * shrink[count - 1])
        spread = _carried(spreads * shrink[count - 1])


@compiled
def kama_loop(values: Array, window: int, rows: int, quick: float, idle: float, out: Array) -> None:
    """See `_adaptive.kama_into`."""
    gap = 0.0
    rooms = np.empty((4, rows + window))
    moves, share = rooms[0], rooms[1]
    for first in range(window, len(values), rows):
        count = min(rows, len(values) - first)
        now, before = values[first : first + count], values[first - 1 : first - 1 + count]
        old, into = values[first - window : first - window + count], out[first : first + count]
        length = count + window - 1
        new, last = values[first - window + 1 :], values[first - window :]
        for i in range(length):
            moves[i] = abs(new[i] - last[i])
        path = sums_of(moves, count, window, rooms[2], rooms[3])
        for i in range(count):
            part = abs(now[i] - old[i]) / path[i]
            part = part if path[i] != 0 else 1.0
            part = part if not part > 1.0 else 1.0
            weight = part * (quick - idle) + idle
            share[i] = 1.0 - weight * weight
        total, kept, distance = gap, 1.0, gap
        for i in range(count):
            kept = kept * share[i]
            total += -((now[i] - before[i]) * share[i] / kept)
            distance = total * kept
            into[i] = now[i] + distance
        gap = _carried(distance)


@compiled
def balance_loop(close: Array, volume: Array, out: Array) -> None:
    """See `_adaptive.balance_into`."""
    total = volume[0]
    out[0] = total
    for i in range(1, len(close)):
        step = close[i] - close[i - 1]
        if step > 0:
            total += volume[i]
        elif step < 0:
            total -= volume[i]
        elif step != 0 or volume[i] != volume[i]:
            total += np.nan
        out[i] = total


@compiled
def supertrend_loop(
    high: Array, low: Array, close: Array, window: int, width: float, line: Array, direction: Array
) -> None:
    """See `_adaptive.supertrend_into`; `line` comes with the ATR in it."""
    up = True
    upper = lower = 0.0
    for i in range(window, len(high)):
        middle = (high[i] + low[i]) * 0.5
        reach = line[i] * width
        over, under = middle + reach, middle - reach
        if i == window:
            upper, lower = over, under
        else:
            if over < upper or close[i - 1] > upper:
                upper = over
            if under > lower or close[i - 1] < lower:
                lower = under
        above, below = close[i] > upper, close[i] < lower
        if above and below:
            up = not up
        elif above:
            up = True
        elif below:
            up = False
        line[i] = lower if up else upper
        direction[i] = 1.0 if up else -1.0
        if reach != reach:  # noqa: PLR0124 - a missing price
            line[i] = direction[i] = np.nan


@compiled
def place_loop(
    high: Array, low: Array, close: Array, window: int, scale: float, shift: float, out: Array
) -> None:
    """See `_ratios.place_into`."""
    total, size = len(high) - window + 1, size_of(window)
    rooms = np.empty((4, size + window))
    for first in range(0, total, size):
        count = min(size, total - first)
        highest = extremes(high, first, count, window, 1.0, rooms[0], rooms[1])
        lowest = extremes(low, first, count, window, -1.0, rooms[2], rooms[3])
        start = first + window - 1
        into, now = out[start : start + count], close[start : start + count]
        middle = scale / 2 + shift
        if shift != 0:
            for i in range(count):
                spread = highest[i] + lowest[i]
                place = (now[i] - highest[i]) / spread * scale
                into[i] = middle if spread == 0 else place
        else:
            for i in range(count):
                spread = highest[i] + lowest[i]
                place = (now[i] + lowest[i]) / spread * scale
                into[i] = middle if spread == 0 else place


@compiled
def change_loop(values: Array, window: int, out: Array) -> None:
    """See `_ratios.change_into`."""
    now, into = values[window:], out[window:]
    for i in range(len(now)):
        before = values[i]
        into[i] = np.nan if before == 0 else (now[i] / before - 1.0) * 100.0


@compiled
def flow_loop(price: Array, volume: Array, window: int, out: Array) -> None:
    """See `_ratios.flow_into`."""
    total, size = len(price) - window, size_of(window)
    rooms = np.empty((5, size + window))
    rising, money = rooms[0], rooms[1]
    for first in range(0, total, size):
        count = min(size, total - first)
        length = count + window - 1
        now, before = price[first + 1 : first + 1 + length], price[first : first + length]
        traded = volume[first + 1 : first + 1 + length]
        for i in range(length):
            flow, step, slack = now[i] * traded[i], now[i] - before[i], now[i] * _SAME
            rising[i] = flow if step > slack else 0.0
            money[i] = flow if abs(step) > slack else 0.0
        into = out[first + window : first + window + count]
        ups = sums_of(rising, count, window, rooms[2], rooms[3])
        for i in range(count):
            into[i] = ups[i] * 100.0
        both = sums_of(money, count, window, rooms[2], rooms[3])
        for i in range(count):
            share = into[i] / both[i]
            into[i] = 50.0 if both[i] == 0 else share


@compiled
def typical_loop(high: Array, low: Array, close: Array, out: Array) -> None:
    """See `_ratios.typical_into`."""
    for i in range(len(high)):
        out[i] = ((high[i] + low[i]) + close[i]) / 3.0
