"""Targets between -1 and 1: positions that grow and shrink while they are held, event by event.

Laws: as the kernel's; the reference price of protective exits is the average entry price; a position
from flat to flat is one trade whose prices are averages.
Used by: the kernel, when a target is neither -1, 0 nor 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import numpy as np

from algotrendy.backtests.booking import fee_of, rounded, wanted
from algotrendy.backtests.decisions import Decisions
from algotrendy.backtests.equity import Fills
from algotrendy.backtests.exits import Levels, first_hits
from algotrendy.backtests.legs import changes, shift_of
from algotrendy.backtests.spec import BacktestSpec, FillMode, OnInsufficient
from algotrendy.backtests.trades import ExitReason, Refused, RefuseReason, Trades
from algotrendy.model.arrays import FloatArray
from algotrendy.model.sizes import Notional, Quantity

__all__ = ["Scaled", "run_scaled"]

_NOISE = 1e-9  # a change below this share of the position is rounding, not an order


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scaled:
    """What a run with resized positions gives."""

    trades: Trades
    fills: Fills
    refused: Refused
    final_equity: float
    pending: int


@final
@dataclass(slots=True)
class _Account:
    """One position and the cash beside it, as Python floats: the loop touches them one by one."""

    spec: BacktestSpec
    cash: float
    held: float = 0.0
    average: float = 0.0
    first: float = 0.0
    bought: float = 0.0
    bought_value: float = 0.0
    sold_value: float = 0.0
    entry_fees: float = 0.0
    exit_fees: float = 0.0
    slipped: float = 0.0
    entry_bar: int = -1
    fills: list[tuple[int, float, float, float]] = field(default_factory=list)
    trades: list[tuple[object, ...]] = field(default_factory=list)
    refused: list[tuple[int, int, float, float, float, float, int]] = field(default_factory=list)

    def trade(self, bar: int, delta: float, quote: float, *, slips: bool = True) -> None:
        """Fill `delta` units; grows or shrinks the position, never through zero."""
        side = 1.0 if delta > 0 else -1.0
        price = quote * (1 + side * self.spec.costs.price_shift) if slips else quote
        fee = fee_of(abs(delta) * price, self.spec.costs)
        self.cash -= delta * price + fee
        self.slipped += abs(delta) * abs(price - quote)
        self.fills.append((bar, delta, price, fee))
        if self.held * delta >= 0:
            if self.held == 0.0:
                self.entry_bar, self.first = bar, price
            self.bought += abs(delta)
            self.bought_value += abs(delta) * price
            old, new = abs(self.held), abs(delta)
            # Growing at the average must leave it as it is, to the last digit: levels hang on it.
            before = self.average if old else price
            self.average = before + (price - before) * (new / (old + new))
            self.entry_fees += fee
        else:
            self.sold_value += abs(delta) * price
            self.exit_fees += fee
        self.held += delta

    def close(self, bar: int, quote: float, reason: ExitReason, *, unsure: bool = False) -> None:
        """Leave the whole position and write its trade down; an open one is only marked."""
        side = 1 if self.held > 0 else -1
        if reason is ExitReason.OPEN:
            self.sold_value += abs(self.held) * quote
        else:
            self.trade(bar, -self.held, quote, slips=reason is not ExitReason.TAKE_PROFIT)
            self.held = 0.0
        entry, leave = self.bought_value / self.bought, self.sold_value / self.bought
        pnl = side * (self.sold_value - self.bought_value) - self.entry_fees - self.exit_fees
        self.trades.append(
            (
                self.entry_bar,
                bar,
                side,
                self.bought,
                entry,
                leave,
                self.entry_fees,
                self.exit_fees,
                self.slipped,
                pnl,
                pnl / self.bought_value,
                int(reason),
                unsure,
            )
        )
        self.bought = self.bought_value = self.sold_value = 0.0
        self.entry_fees = self.exit_fees = self.slipped = 0.0

    def refuser(
        self, bar: int, side: float, price: float
    ) -> Callable[[float, float, RefuseReason], None]:
        """Return what writes a refusal at this place down: wanted units, given units, reason."""

        def refuse(asked: float, given: float, reason: RefuseReason) -> None:
            row = (bar, int(side), price, asked, given, self.cash, int(reason))
            self.refused.append(row)

        return refuse

    def room(self, quote: float, price: float) -> float:
        """Units by which the position can grow at `price`: margin and fee out of what is free."""
        costs, lever = self.spec.costs, self.spec.leverage
        equity = self.cash + self.held * quote
        free = equity - abs(self.held) * quote / lever
        by_rate = (free - costs.fee_fixed) / (price * (1 / lever + costs.fee_rate))
        if not costs.fee_minimum:
            return by_rate
        return min(by_rate, (free - costs.fee_minimum) * lever / price)


def run_scaled(spec: BacktestSpec, decisions: Decisions, *, optimistic: bool = False) -> Scaled:
    """Run decisions of any target; `optimistic` resolves ambiguous bars in favour of the trade."""
    n, shift = len(spec.bars), shift_of(spec.fill)
    quotes = spec.bars.open if spec.fill is FillMode.NEXT_OPEN else spec.bars.close
    index = changes(decisions.target)
    filled = decisions.bar[index] + shift
    pending = -1
    if len(filled) and filled[-1] >= n:
        pending, index, filled = int(index[-1]), index[:-1], filled[:-1]
    targets = decisions.target[index]
    amounts = _amounts(spec, decisions, index, quotes[filled], targets)
    account = _Account(spec, spec.cash)
    ends = np.append(filled[1:], n).tolist()
    for at, (bar, target, amount) in enumerate(
        zip(filled.tolist(), targets.tolist(), amounts.tolist(), strict=True)
    ):
        _move(account, bar, float(quotes[bar]), target, amount)
        if account.held and spec.exits.any:
            _protect(account, bar, ends[at], quotes, optimistic=optimistic)
    if account.held:
        last = float(spec.bars.close[-1])
        account.close(n - 1, last, ExitReason.END if spec.close_at_end else ExitReason.OPEN)
    final = account.cash + account.held * float(spec.bars.close[-1])
    return Scaled(
        trades=_trades(account),
        fills=_fills(account),
        refused=_refusals(account),
        final_equity=final,
        pending=pending,
    )


def _amounts(
    spec: BacktestSpec,
    decisions: Decisions,
    index: np.ndarray,
    quotes: FloatArray,
    targets: FloatArray,
) -> FloatArray:
    """Units, or units per unit of equity, each target stands for; without sign."""
    weight = np.abs(targets)
    price = quotes * (1 + np.sign(targets) * spec.costs.price_shift)
    common = spec.exits.stop_loss if spec.exits.stop_loss is not None else spec.exits.trailing
    stop = np.full(len(index), np.nan if common is None else common)
    return wanted(spec, price, decisions.bar[index], stop, weight).amount


def _move(account: _Account, bar: int, quote: float, target: float, amount: float) -> None:
    """Bring the position to the target at one price: leave first, then enter."""
    spec, side = account.spec, math.copysign(1.0, target)
    if account.held and (target == 0.0 or account.held * target < 0):
        account.close(bar, quote, ExitReason.SIGNAL)
    if target == 0.0:
        return
    price = quote * (1 + side * spec.costs.price_shift)
    equity = account.cash + account.held * quote
    per_equity = not isinstance(spec.size, Quantity | Notional)
    asked = amount * equity if per_equity else amount
    refuse = account.refuser(bar, side, price)
    if math.isnan(asked) or equity <= 0:
        refuse(asked, 0.0, RefuseReason.NO_EQUITY if equity <= 0 else RefuseReason.SIZE_UNKNOWN)
        return
    if spec.instrument is not None:
        wanted_units, asked = asked, rounded(spec.instrument, asked, price)
        if asked == 0.0:
            refuse(wanted_units, 0.0, RefuseReason.BELOW_MINIMUM)
            if account.held:
                account.close(bar, quote, ExitReason.SIGNAL)
            return
    delta = asked - abs(account.held)
    if abs(delta) <= _NOISE * abs(account.held):
        return
    if delta > 0:
        delta = _affordable(account, delta, quote, price, refuse, per_equity=per_equity)
    if abs(delta) > _NOISE * abs(account.held):
        account.trade(bar, side * delta, quote)


def _affordable(
    account: _Account,
    delta: float,
    quote: float,
    price: float,
    refuse: Callable[[float, float, RefuseReason], None],
    *,
    per_equity: bool,
) -> float:
    """Cut a growth to what the account can pay and the instrument allows."""
    spec = account.spec
    room = account.room(quote, price)
    given = delta
    if delta > room:
        resize = per_equity or spec.on_insufficient is OnInsufficient.RESIZE
        given = max(room, 0.0) if resize else 0.0
    stepped = given
    if spec.instrument is not None and given > 0:
        # The difference of two whole numbers of steps is whole but for rounding; a cut one is not.
        whole = given * (1 + _NOISE) if given == delta else given
        stepped = rounded(spec.instrument, whole, price)
    if stepped == 0.0 < given:
        refuse(delta, 0.0, RefuseReason.BELOW_MINIMUM)
    # A share of equity is by definition what the account can pay; only nothing at all is a refusal.
    elif given < delta and (not per_equity or (given <= 0 and not account.held)):
        refuse(delta, stepped, RefuseReason.INSUFFICIENT_CASH)
    return stepped


def _protect(
    account: _Account, bar: int, end: int, quotes: FloatArray, *, optimistic: bool
) -> None:
    """Look for a protective exit between this decision's fill and the next one's."""
    spec, n = account.spec, len(account.spec.bars)
    at_close = spec.fill is not FillMode.NEXT_OPEN
    exits = spec.exits
    due = n if exits.max_bars is None else account.entry_bar + exits.max_bars
    last = min(end, due)
    best = _best_since_entry(account, bar + at_close)
    hits = first_hits(
        spec.bars,
        np.array([bar + at_close]),
        np.array([min(last + at_close, n)]),
        np.array([math.copysign(1.0, account.held)]),
        Levels(
            entry_price=np.array([account.average]),
            stop_loss=_one(exits.stop_loss),
            take_profit=_one(exits.take_profit),
            trailing=_one(exits.trailing),
        ),
        best=np.array([best]),
    )
    if hits.bar[0] >= 0:
        unsure = bool(hits.ambiguous[0])
        bright = unsure and optimistic
        reason = ExitReason.TAKE_PROFIT if bright else ExitReason(int(hits.reason[0]))
        price = hits.optimistic[0] if bright else hits.price[0]
        account.close(int(hits.bar[0]), float(price), reason, unsure=unsure)
    elif due < min(end, n):
        account.close(due, float(quotes[due]), ExitReason.MAX_BARS)


def _best_since_entry(account: _Account, until: int) -> float:
    """Best price of the completed bars since the position was opened, and its first fill price."""
    bars, at_close = account.spec.bars, account.spec.fill is not FillMode.NEXT_OPEN
    first = account.entry_bar + at_close
    if account.held > 0:
        return max(account.first, float(bars.high[first:until].max(initial=-np.inf)))
    return min(account.first, float(bars.low[first:until].min(initial=np.inf)))


def _one(value: float | None) -> FloatArray:
    return np.array([np.nan if value is None else value])


_TRADE_FIELDS = (
    "entry_bar",
    "exit_bar",
    "direction",
    "quantity",
    "entry_price",
    "exit_price",
    "entry_fee",
    "exit_fee",
    "slippage_cost",
    "pnl",
    "return_fraction",
    "exit_reason",
    "ambiguous",
)
_TYPES = {
    "entry_bar": np.int64,
    "exit_bar": np.int64,
    "direction": np.int64,
    "exit_reason": np.uint8,
    "ambiguous": np.bool_,
    "bar": np.int64,
    "reason": np.uint8,
}


def _columns(rows: list[tuple[object, ...]], fields: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {
        name: np.array([row[at] for row in rows], dtype=_TYPES.get(name, np.float64))
        for at, name in enumerate(fields)
    }


def _trades(account: _Account) -> Trades:
    return Trades(**_columns(account.trades, _TRADE_FIELDS))


def _fills(account: _Account) -> Fills:
    return Fills(**_columns(list(account.fills), ("bar", "quantity", "price", "fee")))


def _refusals(account: _Account) -> Refused:
    fields = ("bar", "direction", "price", "wanted", "filled", "cash", "reason")
    return Refused(**_columns(list(account.refused), fields))
