"""What an account makes of legs: quantities, fees, profits, refusals.

Laws: cash never goes negative beyond what leverage lends; a cost never improves a fill; one formula a
size, the same in the vector paths and in the loop; which path ran can be told only by a clock.
Used by: the kernel and sweeps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from algotrendy.backtests.spec import BacktestSpec, Costs, OnInsufficient
from algotrendy.backtests.trades import ExitReason, Refused, RefuseReason, Trades
from algotrendy.model.arrays import BoolArray, ByteArray, FloatArray, IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.instrument import Instrument
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction
from algotrendy.trading.planning import tradable_quantity

__all__ = [
    "Booked",
    "Priced",
    "Wanted",
    "book",
    "capacity",
    "fee_of",
    "fill_price",
    "rounded",
    "wanted",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """Legs with their fills; columns of shape (m,).

    `entry_quote` and `exit_quote` are the bars' prices, `entry_price` and `exit_price` what is paid
    and got for them; `reason` holds `ExitReason` codes.
    """

    entry: IntArray
    exit: IntArray
    direction: FloatArray
    entry_quote: FloatArray
    exit_quote: FloatArray
    entry_price: FloatArray
    exit_price: FloatArray
    reason: ByteArray
    ambiguous: BoolArray


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """How much each leg wants: base units when `per_equity` is False, else units per unit of equity.

    NaN: the size cannot be known (a volatility of too few or constant bars).
    """

    amount: FloatArray
    per_equity: bool


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Booked:
    """Trades, refusals and the equity at the last close."""

    trades: Trades
    refused: Refused
    final_equity: float


def fill_price(quote: FloatArray, side: FloatArray | float, costs: Costs) -> FloatArray:
    """Worsen a quoted price by slippage and half the spread; `side` is +1 to buy, -1 to sell."""
    return quote * (1 + side * costs.price_shift) if costs.price_shift else quote


def rounded(instrument: Instrument, quantity: float, price: float) -> float:
    """Round a quantity down to the instrument's step and its maximum; 0 below a minimum."""
    if instrument.largest is not None:
        quantity = min(quantity, float(instrument.largest))
    return float(tradable_quantity(instrument, np.array([quantity]), price)[0])


def fee_of(value: float, costs: Costs) -> float:
    """Fee of one fill of a traded value: rate and fixed part, at least the minimum."""
    return max(value * costs.fee_rate + costs.fee_fixed, costs.fee_minimum)


def capacity(equity: float, price: float, costs: Costs, leverage: float) -> float:
    """The most base units an account without positions can enter at `price`, fee included.

    Solves ``q * price / leverage + fee(q) = equity`` for both branches of the fee; may be negative.
    """
    by_rate = (equity - costs.fee_fixed) / (price * (1 / leverage + costs.fee_rate))
    if not costs.fee_minimum:
        return by_rate
    return min(by_rate, (equity - costs.fee_minimum) * leverage / price)


def wanted(
    spec: BacktestSpec,
    price: FloatArray,
    decided: IntArray,
    stop: FloatArray | None = None,
    weight: FloatArray | float = 1.0,
) -> Wanted:
    """Turn the spec's size into units, or units per equity, for entries at `price`.

    Parameters
    ----------
    price : (m,) fill prices of the entries
    decided : (m,) row numbers of the decisions
    stop : (m,) distance of the stop as a fraction, for `RiskFraction`
    weight : absolute target in (0, 1], one for all or (m,)
    """
    size, rate = spec.size, spec.costs.fee_rate
    share: FloatArray | float
    match size:
        case Quantity():
            return Wanted(amount=np.full(len(price), size.units) * weight, per_equity=False)
        case Notional():
            return Wanted(amount=size.value / price * weight, per_equity=False)
        case EquityFraction():
            share = size.fraction * weight
        case RiskFraction():
            # The loss at the stop, fees left aside, is the fraction: share x stop = fraction.
            share = size.fraction / (np.nan if stop is None else stop) * weight
        case _:  # VolTarget
            share = size.annual / _volatility(spec.bars, decided, size.lookback) * weight
    # Value and fee together are the share; no more than margin and fee can be paid out of equity.
    each = np.minimum(share / (1 + rate * np.maximum(1.0, share)), 1 / (1 / spec.leverage + rate))
    return Wanted(amount=each / price, per_equity=True)


def _volatility(bars: Bars, decided: IntArray, lookback: int) -> FloatArray:
    """Annual sample deviation of the `lookback` bar returns up to each decision; NaN if too few."""
    result = np.full(len(decided), np.nan)
    enough = decided >= lookback
    if enough.any():
        rows = decided[enough, None] + np.arange(-lookback, 1)
        closes = bars.close[rows]
        deviation = np.std(closes[:, 1:] / closes[:, :-1] - 1, axis=1, ddof=1)
        result[enough] = np.where(deviation > 0, deviation, np.nan) * math.sqrt(
            bars.periods_per_year
        )
    return result


def book(spec: BacktestSpec, legs: Priced, want: Wanted) -> Booked:
    """Book the legs one after the other: by a product or a sum where that is exact, else by a loop."""
    costs = spec.costs
    simple = not (costs.fee_fixed or costs.fee_minimum or spec.instrument is not None)
    if simple:
        booked = _book_product(spec, legs, want) if want.per_equity else _book_sum(spec, legs, want)
        if booked is not None:
            return booked
    return _book_loop(spec, legs, want)


def _unit_profit(costs: Costs, legs: Priced) -> FloatArray:
    """Profit after fees of one base unit; an open leg has paid no exit fee yet."""
    gross = (legs.exit_price - legs.entry_price) * legs.direction
    if not costs.fee_rate:
        return gross
    paid = np.where(legs.reason == ExitReason.OPEN, 0.0, legs.exit_price)
    return gross - costs.fee_rate * (legs.entry_price + paid)


def _book_product(spec: BacktestSpec, legs: Priced, want: Wanted) -> Booked | None:
    """Equity-proportional sizes: every leg multiplies the equity by a factor of its own."""
    unknown = np.isnan(want.amount)
    amount = np.where(unknown, 0.0, want.amount) if unknown.any() else want.amount
    growth = 1 + amount * _unit_profit(spec.costs, legs)
    equity = np.multiply.accumulate(np.concatenate([[spec.cash], growth]))
    if len(growth) and not equity[:-1].min() > 0:
        return None  # wiped out on the way: the loop knows what to refuse
    quantity = amount * equity[:-1]
    refusals = _no_refusals()
    if unknown.any():
        rows = np.flatnonzero(unknown)
        refusals = _refusals(
            legs,
            rows,
            quantity[rows],
            quantity[rows],
            equity[rows],
            np.full(len(rows), RefuseReason.SIZE_UNKNOWN, dtype=np.uint8),
        )
    fees = spec.costs.fee_rate * quantity
    trades = _trades(legs, quantity, fees * legs.entry_price, fees * legs.exit_price)
    return Booked(trades=trades, refused=refusals, final_equity=float(equity[-1]))


def _book_sum(spec: BacktestSpec, legs: Priced, want: Wanted) -> Booked | None:
    """Fixed sizes that the account can always pay: profits just add up."""
    quantity = want.amount
    profit = quantity * _unit_profit(spec.costs, legs)
    equity = np.add.accumulate(np.concatenate([[spec.cash], profit]))
    unit = legs.entry_price * (1 / spec.leverage + spec.costs.fee_rate)
    if (quantity * unit > equity[:-1]).any():
        return None  # somewhere the account cannot pay: the loop refuses or resizes
    fees = spec.costs.fee_rate * quantity
    trades = _trades(legs, quantity, fees * legs.entry_price, fees * legs.exit_price)
    return Booked(trades=trades, refused=_no_refusals(), final_equity=float(equity[-1]))


def _book_loop(spec: BacktestSpec, legs: Priced, want: Wanted) -> Booked:
    """The general case, leg by leg: fixed and minimum fees, steps, refusals."""
    costs, leverage, instrument = spec.costs, spec.leverage, spec.instrument
    resize = spec.on_insufficient is OnInsufficient.RESIZE
    m = len(legs.entry)
    quantity, entry_fee, exit_fee = np.zeros(m), np.zeros(m), np.zeros(m)
    refused: list[tuple[int, float, float, float, int]] = []
    equity = spec.cash
    prices = zip(
        legs.entry_price.tolist(),
        legs.exit_price.tolist(),
        legs.direction.tolist(),
        (legs.reason == ExitReason.OPEN).tolist(),
        want.amount.tolist(),
        strict=True,
    )
    for i, (entry, leave, side, is_open, amount) in enumerate(prices):
        asked = amount * equity if want.per_equity else amount
        most = capacity(equity, entry, costs, leverage)
        planned = asked
        if instrument is not None and asked > 0 and equity > 0:
            planned = rounded(instrument, asked, entry)
        given, reason = _grant(planned, most, equity, want, resize=resize)
        if planned == 0.0:
            given, reason = 0.0, RefuseReason.BELOW_MINIMUM
        if instrument is not None and 0 < given < planned:
            given = rounded(instrument, given, entry)
            reason = reason if given > 0 else RefuseReason.BELOW_MINIMUM
        if reason is not None:
            refused.append((i, asked, given, equity, reason))
        if given <= 0:
            continue
        quantity[i] = given
        entry_fee[i] = fee_of(given * entry, costs)
        exit_fee[i] = 0.0 if is_open else fee_of(given * leave, costs)
        equity += given * (leave - entry) * side - entry_fee[i] - exit_fee[i]
    rows = np.array([r[0] for r in refused], dtype=np.int64)
    asked_for, filled, cash = (
        np.array([r[k] for r in refused], dtype=np.float64) for k in (1, 2, 3)
    )
    reasons = np.array([r[4] for r in refused], dtype=np.uint8)
    return Booked(
        trades=_trades(legs, quantity, entry_fee, exit_fee),
        refused=_refusals(legs, rows, asked_for, filled, cash, reasons),
        final_equity=equity,
    )


def _grant(
    asked: float, most: float, equity: float, want: Wanted, *, resize: bool
) -> tuple[float, RefuseReason | None]:
    if equity <= 0:
        return 0.0, RefuseReason.NO_EQUITY
    if math.isnan(asked):
        return 0.0, RefuseReason.SIZE_UNKNOWN
    if most <= 0:
        return 0.0, RefuseReason.INSUFFICIENT_CASH
    if asked <= most or want.per_equity:  # a share of equity is by definition what it can pay
        return min(asked, most), None
    return (most if resize else 0.0), RefuseReason.INSUFFICIENT_CASH


def _trades(
    legs: Priced, quantity: FloatArray, entry_fee: FloatArray, exit_fee: FloatArray
) -> Trades:
    is_open = legs.reason == ExitReason.OPEN
    if len(is_open) and is_open[-1]:  # only the last leg can be open
        exit_fee = np.where(is_open, 0.0, exit_fee)
    gross = (legs.exit_price - legs.entry_price) * legs.direction * quantity
    pnl = gross - entry_fee - exit_fee
    moved = np.abs(legs.entry_price - legs.entry_quote) + np.abs(legs.exit_price - legs.exit_quote)
    value = quantity * legs.entry_price
    columns: dict[str, np.ndarray] = {
        "entry_bar": legs.entry,
        "exit_bar": legs.exit,
        "direction": legs.direction.astype(np.int64),
        "quantity": quantity,
        "entry_price": legs.entry_price,
        "exit_price": legs.exit_price,
        "entry_fee": entry_fee,
        "exit_fee": exit_fee,
        "slippage_cost": quantity * moved,
        "pnl": pnl,
        "return_fraction": np.divide(pnl, value, out=np.zeros(len(pnl)), where=value > 0),
        "exit_reason": legs.reason,
        "ambiguous": legs.ambiguous,
    }
    booked = quantity > 0
    if not booked.all():
        columns = {name: column[booked] for name, column in columns.items()}
    return Trades(**columns)


def _refusals(
    legs: Priced,
    rows: IntArray,
    asked: FloatArray,
    given: FloatArray,
    cash: FloatArray,
    reason: ByteArray,
) -> Refused:
    return Refused(
        bar=legs.entry[rows],
        direction=legs.direction[rows].astype(np.int64),
        price=legs.entry_price[rows],
        wanted=asked,
        filled=given,
        cash=cash,
        reason=reason,
    )


def _no_refusals() -> Refused:
    none, whole = np.empty(0), np.empty(0, dtype=np.int64)
    return Refused(
        bar=whole,
        direction=whole,
        price=none,
        wanted=none,
        filled=none,
        cash=none,
        reason=np.empty(0, dtype=np.uint8),
    )
