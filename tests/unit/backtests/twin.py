"""The slow obvious twin: one loop over bars, one account, no arrays of events, no shortcuts.

It says what semantics mean; the kernel must give the same numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from algotrendy.backtests.spec import BacktestSpec, FillMode, OnInsufficient
from algotrendy.backtests.trades import ExitReason
from algotrendy.model.signals import Signals
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget


@dataclass
class Position:
    """What is held, real or (where the account could not pay) only wanted."""

    side: float
    entry_bar: int
    average: float
    best: float
    target: float
    stop_loss: float | None
    take_profit: float | None
    trailing: float | None
    units: float = 0.0
    bought: float = 0.0
    bought_value: float = 0.0
    sold_value: float = 0.0
    entry_fees: float = 0.0
    exit_fees: float = 0.0


@dataclass
class Twin:
    """One run; `trades` rows are (entry_bar, exit_bar, side, quantity, entry, exit, fees, pnl, reason, unsure)."""

    spec: BacktestSpec
    optimistic: bool = False
    cash: float = 0.0
    position: Position | None = None
    trades: list[tuple] = field(default_factory=list)
    refused: list[tuple] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)
    pending: float | None = None

    def fee(self, value: float) -> float:
        costs = self.spec.costs
        return max(value * costs.fee_rate + costs.fee_fixed, costs.fee_minimum)

    def worse(self, quote: float, side: float) -> float:
        return quote * (1 + side * self.spec.costs.price_shift)

    def run(self, wanted: list[tuple], *, repeats: bool) -> Twin:
        """`wanted[t]` is None (nothing new) or (target, stop_loss, take_profit, trailing)."""
        spec, bars = self.spec, self.spec.bars
        n = len(bars)
        self.cash = spec.cash
        at_open = spec.fill is FillMode.NEXT_OPEN
        for t in range(n):
            if spec.fill is FillMode.THIS_CLOSE:
                due = wanted[t]
            else:
                due = wanted[t - 1] if t else None
            if at_open:
                self.at_fill_moment(t, due, float(bars.open[t]))
                self.inside(t)
            else:
                self.inside(t)
                self.at_fill_moment(t, due, float(bars.close[t]))
            if self.position is not None:
                price = bars.high[t] if self.position.side > 0 else bars.low[t]
                if at_open or self.position.entry_bar != t:
                    pick = max if self.position.side > 0 else min
                    self.position.best = pick(self.position.best, float(price))
            held = 0.0 if self.position is None else self.position.side * self.position.units
            self.equity.append(self.cash + held * float(bars.close[t]))
        if spec.fill is not FillMode.THIS_CLOSE and n and wanted[n - 1] is not None:
            held = 0.0 if self.position is None else self.position.target
            if not repeats or wanted[n - 1][0] != held:
                self.pending = wanted[n - 1][0]
        if self.position is not None:
            last = float(bars.close[-1])
            if spec.close_at_end:
                self.leave(n - 1, last, ExitReason.END, slips=True)
                self.equity[-1] = self.cash
            else:
                p = self.position
                if p.bought > 0:
                    p.sold_value += p.units * last
                    self.write(n - 1, ExitReason.OPEN, unsure=False)
        return self

    def at_fill_moment(self, t: int, due: tuple | None, quote: float) -> None:
        if due is not None:
            self.obey(t, due, quote)
        limit = self.spec.exits.max_bars
        if self.position is not None and limit is not None and t >= self.position.entry_bar + limit:
            self.leave(t, quote, ExitReason.MAX_BARS, slips=True)

    def obey(self, t: int, due: tuple, quote: float) -> None:
        target, stop_loss, take_profit, trailing = due
        p = self.position
        if p is not None and target == p.target:
            return
        if p is not None and target * p.side <= 0:
            self.leave(t, quote, ExitReason.SIGNAL, slips=True)
            p = None
        if target == 0:
            return
        side = math.copysign(1.0, target)
        price = self.worse(quote, side)
        if p is None:
            exits = self.spec.exits
            own = (stop_loss, take_profit, trailing)
            common = (exits.stop_loss, exits.take_profit, exits.trailing)
            levels = [c if o is None else o for o, c in zip(own, common, strict=True)]
            levels = [None if v is None or math.isnan(v) else v for v in levels]
            p = self.position = Position(side, t, price, price, target, *levels)
        p.target = target
        self.resize(t, p, abs(target), quote, price)

    def resize(self, t: int, p: Position, weight: float, quote: float, price: float) -> None:
        equity = self.cash + p.side * p.units * quote
        asked, shares = self.asked(t, p, weight, price, equity)
        if equity <= 0 or math.isnan(asked):
            self.refused.append((t, 0.0))
            return
        if self.spec.instrument is not None:
            asked = self.stepped(asked, price)
            if asked == 0:
                self.refused.append((t, 0.0))
                if p.units > 0:
                    self.leave(t, quote, ExitReason.SIGNAL, slips=True)
                return
        delta = asked - p.units
        if abs(delta) <= 1e-9 * p.units:  # rounding, not an order
            return
        if delta < 0:
            given = self.worse(quote, -p.side)
            fee = self.fee(-delta * given)
            self.cash += p.side * -delta * given - fee
            p.sold_value += -delta * given
            p.exit_fees += fee
            p.units += delta
            return
        room = self.room(p.units, equity, quote, price)
        given_units = delta
        if delta > room:
            allowed = shares or self.spec.on_insufficient is OnInsufficient.RESIZE
            given_units = max(room, 0.0) if allowed else 0.0
        stepped = self.stepped(given_units, price) if given_units > 0 else given_units
        if stepped == 0 and given_units > 0:
            self.refused.append((t, 0.0))
        elif given_units < delta and (not shares or (given_units <= 0 and p.units == 0)):
            self.refused.append((t, stepped))
        delta = stepped
        if delta <= 1e-9 * p.units:  # rounding, not an order
            return
        if p.units == 0:  # wanted before, held only from now on
            p.entry_bar, p.best, p.average = t, price, price
        else:
            p.average += (price - p.average) * (delta / (p.units + delta))
        fee = self.fee(delta * price)
        self.cash -= p.side * delta * price + fee
        p.units += delta
        p.bought += delta
        p.bought_value += delta * price
        p.entry_fees += fee

    def stepped(self, units: float, price: float) -> float:
        """Whole steps in Decimal, capped by the maximum; 0 below a minimum."""
        rule = self.spec.instrument
        if rule is None:
            return units
        exact = Decimal(f"{units:.11g}")  # float noise of a difference is not a missing step
        exact = exact if rule.max_quantity is None else min(exact, rule.max_quantity)
        whole = (exact / rule.step).quantize(Decimal(1), rounding=ROUND_FLOOR) * rule.step
        if whole < rule.min_quantity or float(whole) * price < float(rule.min_notional):
            return 0.0
        return float(whole)

    def room(self, units: float, equity: float, quote: float, price: float) -> float:
        """Bisect the largest growth whose margin and fee the free equity pays."""
        free = equity - units * quote / self.spec.leverage

        def short_of(q: float) -> bool:
            return q * price / self.spec.leverage + self.fee(q * price) > free

        if short_of(0.0):
            return 0.0
        low, high = 0.0, free * self.spec.leverage / price + 1
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (low, middle) if short_of(middle) else (middle, high)
        return low

    def asked(
        self, t: int, p: Position, weight: float, price: float, equity: float
    ) -> tuple[float, bool]:
        size, costs = self.spec.size, self.spec.costs
        if isinstance(size, Quantity):
            return size.units * weight, False
        if isinstance(size, Notional):
            return size.value / price * weight, False
        if isinstance(size, EquityFraction):
            share = size.fraction
        elif isinstance(size, RiskFraction):
            distance = p.stop_loss if p.stop_loss is not None else p.trailing
            share = math.nan if distance is None else size.fraction / distance
        else:
            assert isinstance(size, VolTarget)
            decided = t if self.spec.fill is FillMode.THIS_CLOSE else t - 1
            closes = self.spec.bars.close[: decided + 1]
            if len(closes) <= size.lookback:
                return math.nan, True
            last = closes[-size.lookback - 1 :]
            deviation = float(np.std(last[1:] / last[:-1] - 1, ddof=1))
            if deviation == 0:
                return math.nan, True
            share = size.annual / (deviation * math.sqrt(self.spec.bars.periods_per_year))
        share *= weight
        units = share * equity / (price * (1 + costs.fee_rate * max(1.0, share)))
        return min(units, equity / (price * (1 / self.spec.leverage + costs.fee_rate))), True

    def inside(self, t: int) -> None:
        p, bars = self.position, self.spec.bars
        if p is None:
            return
        s = p.side
        opened, near, far = float(bars.open[t]), float(bars.low[t]), float(bars.high[t])
        if s < 0:
            near, far = far, near
        levels = []
        if p.stop_loss is not None:
            levels.append((p.average * (1 - s * p.stop_loss), ExitReason.STOP_LOSS))
        if p.trailing is not None:
            levels.append((p.best * (1 - s * p.trailing), ExitReason.TRAILING))
        stop = max(levels, key=lambda x: (s * x[0], x[1] is ExitReason.STOP_LOSS), default=None)
        goal = None if p.take_profit is None else p.average * (1 + s * p.take_profit)
        stopped = stop is not None and s * near <= s * stop[0]
        reached = goal is not None and s * far >= s * goal
        if stop is not None and s * opened <= s * stop[0]:
            self.leave(t, opened, stop[1], slips=True)
        elif goal is not None and s * opened >= s * goal:
            self.leave(t, opened, ExitReason.TAKE_PROFIT, slips=False)
        elif stopped and reached:
            if self.optimistic:
                self.leave(t, goal, ExitReason.TAKE_PROFIT, slips=False, unsure=True)
            else:
                self.leave(t, stop[0], stop[1], slips=True, unsure=True)
        elif stopped:
            self.leave(t, stop[0], stop[1], slips=True)
        elif reached:
            self.leave(t, goal, ExitReason.TAKE_PROFIT, slips=False)

    def leave(
        self, t: int, quote: float, reason: ExitReason, *, slips: bool, unsure: bool = False
    ) -> None:
        p = self.position
        assert p is not None
        if p.units > 0:
            price = self.worse(quote, -p.side) if slips else quote
            fee = self.fee(p.units * price)
            self.cash += p.side * p.units * price - fee
            p.sold_value += p.units * price
            p.exit_fees += fee
        if p.bought > 0:
            self.write(t, reason, unsure=unsure)
        self.position = None

    def write(self, t: int, reason: ExitReason, *, unsure: bool) -> None:
        p = self.position
        assert p is not None
        pnl = p.side * (p.sold_value - p.bought_value) - p.entry_fees - p.exit_fees
        self.trades.append(
            (
                p.entry_bar,
                t,
                p.side,
                p.bought,
                p.bought_value / p.bought,
                p.sold_value / p.bought,
                p.entry_fees + p.exit_fees,
                pnl,
                int(reason),
                unsure,
            )
        )


def wanted_of(returned: np.ndarray | Signals, n: int) -> list[tuple | None]:
    """Bar by bar what the strategy says anew: None where it says nothing."""
    said: list[tuple | None] = [None] * n
    if isinstance(returned, Signals):
        owner = 0.0
        for t in range(n):
            enter, leave = bool(returned.entries[t]), bool(returned.exits[t])
            short = returned.short_entries is not None and bool(returned.short_entries[t])
            cover = returned.short_exits is not None and bool(returned.short_exits[t])
            if (enter and leave) or (short and cover) or (enter and short):
                continue
            own = [
                None
                if value is None
                else float(value)
                if isinstance(value, float)
                else float(value[t])
                for value in (returned.stop_loss, returned.take_profit, returned.trailing)
            ]
            if enter or short:
                owner = 1.0 if enter else -1.0
                said[t] = (owner, *own)
            elif (leave and owner > 0) or (cover and owner < 0):
                said[t] = (0.0, *own)
        return said
    before = 0.0
    for t in range(n):
        now = float(returned[t])
        now = 0.0 if math.isnan(now) else now
        if now != before:
            said[t] = (now, None, None, None)
        before = now
    return said
