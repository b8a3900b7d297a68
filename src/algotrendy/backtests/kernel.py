"""The vector kernel: decisions to legs to fills to bookings, on events, never bar by bar.

Laws: the same numbers as the slow bar-by-bar twin in the tests, on every input; nothing dear is
built before somebody asks.
Used by: `engines.vector`, sweeps, walk-forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from algotrendy.backtests.booking import Booked, Priced, book, fill_price, wanted
from algotrendy.backtests.decisions import Decisions
from algotrendy.backtests.exits import Hits, Levels, first_hits
from algotrendy.backtests.legs import Legs, legs_of, shift_of
from algotrendy.backtests.spec import BacktestSpec, FillMode
from algotrendy.backtests.trades import ExitReason
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.sizes import RiskFraction

__all__ = ["Outcome", "run_units"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What the kernel gives: the pessimistic booking, the optimistic one where they differ."""

    booked: Booked
    optimistic: Booked | None
    pending: int


def run_units(spec: BacktestSpec, decisions: Decisions) -> Outcome:
    """Run decisions whose targets are -1, 0 or 1."""
    n = len(spec.bars)
    legs = legs_of(decisions, n, spec.fill)
    protected = spec.exits.any or any(
        d is not None for d in (decisions.stop_loss, decisions.take_profit, decisions.trailing)
    )
    optimistic: FloatArray | None = None
    if protected:
        legs, priced, optimistic = _protected(spec, decisions, legs)
    else:
        priced = _priced(spec, legs)
    want = wanted(
        spec,
        priced.entry_price,
        decisions.bar[legs.decision],
        _stop_distance(spec, decisions, legs),
    )
    booked = book(spec, priced, want)
    bright = None
    if optimistic is not None and priced.ambiguous.any():
        exit_price = np.where(priced.ambiguous, optimistic, priced.exit_price)
        bright = book(spec, replace(priced, exit_price=exit_price, exit_quote=exit_price), want)
    return Outcome(
        booked=booked, optimistic=bright, pending=_pending(spec, decisions, legs, priced)
    )


def _pending(spec: BacktestSpec, decisions: Decisions, legs: Legs, priced: Priced) -> int:
    """Index of a decision of the last bar that would change the position, or -1."""
    if not decisions.may_repeat:
        return legs.pending
    last = len(decisions.bar) - 1
    if last < 0 or decisions.bar[last] + shift_of(spec.fill) < len(spec.bars):
        return -1
    held = len(legs.entry) and priced.reason[-1] in (ExitReason.OPEN, ExitReason.END)
    return last if decisions.target[last] != (legs.direction[-1] if held else 0.0) else -1


def _quotes(spec: BacktestSpec) -> FloatArray:
    return spec.bars.open if spec.fill is FillMode.NEXT_OPEN else spec.bars.close


def _priced(spec: BacktestSpec, legs: Legs) -> Priced:
    """Price legs that only decisions (or the end) close."""
    n, quotes, costs = len(spec.bars), _quotes(spec), spec.costs
    entry_quote = quotes[legs.entry]
    reason = np.full(len(legs.entry), ExitReason.SIGNAL, dtype=np.uint8)
    leave = legs.exit
    if len(leave) and leave[-1] >= n:  # only the last leg can be open
        leave = leave.copy()
        leave[-1] = n - 1
        exit_quote = quotes[leave]
        exit_quote[-1] = spec.bars.close[-1]
        reason[-1] = ExitReason.END if spec.close_at_end else ExitReason.OPEN
    else:
        exit_quote = quotes[leave]
    exit_price = fill_price(exit_quote, -legs.direction, costs)
    if len(reason) and reason[-1] == ExitReason.OPEN and costs.price_shift:
        exit_price[-1] = exit_quote[-1]  # marked, not sold
    return Priced(
        entry=legs.entry,
        exit=leave,
        direction=legs.direction,
        entry_quote=entry_quote,
        exit_quote=exit_quote,
        entry_price=fill_price(entry_quote, legs.direction, costs),
        exit_price=exit_price,
        reason=reason,
        ambiguous=np.zeros(len(reason), dtype=np.bool_),
    )


def _protected(
    spec: BacktestSpec, decisions: Decisions, legs: Legs
) -> tuple[Legs, Priced, FloatArray]:
    """Cut legs short where an exit is met, and re-enter where the decisions ask for it again."""
    rounds = [_cut(spec, decisions, legs)]
    if decisions.may_repeat:
        while (again := _reentries(spec, decisions, *rounds[-1][:2])) is not None:
            rounds.append(_cut(spec, decisions, again))
    if len(rounds) == 1:
        return rounds[0]
    order = np.argsort(np.concatenate([r[0].entry for r in rounds]), kind="stable")

    def joined(columns: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(columns)[order]

    every = Legs(
        pending=legs.pending,
        **{
            f: joined([getattr(r[0], f) for r in rounds])
            for f in ("entry", "exit", "direction", "decision")
        },
    )
    priced = Priced(
        **{f: joined([getattr(r[1], f) for r in rounds]) for f in Priced.__dataclass_fields__}
    )
    return every, priced, joined([r[2] for r in rounds])


def _cut(spec: BacktestSpec, decisions: Decisions, legs: Legs) -> tuple[Legs, Priced, FloatArray]:
    n, exits, costs = len(spec.bars), spec.exits, spec.costs
    at_close = spec.fill is not FillMode.NEXT_OPEN
    plain = _priced(spec, legs)
    leave, reason = plain.exit.copy(), plain.reason.copy()
    exit_quote, exit_price = plain.exit_quote.copy(), plain.exit_price.copy()
    last = legs.exit.copy()
    if exits.max_bars is not None:
        due = legs.entry + exits.max_bars
        timed = np.flatnonzero(due < np.minimum(legs.exit, n))
        last[timed] = leave[timed] = due[timed]
        reason[timed] = ExitReason.MAX_BARS
        exit_quote[timed] = _quotes(spec)[due[timed]]
        exit_price[timed] = fill_price(exit_quote[timed], -legs.direction[timed], costs)
    # A fill at the close comes after the bar's range: the entry bar is over, the exit bar is not.
    hits = first_hits(
        spec.bars,
        legs.entry + at_close,
        np.minimum(last + at_close, n),
        legs.direction,
        _levels(spec, decisions, legs.decision, plain.entry_price),
    )
    rows = np.flatnonzero(hits.bar >= 0)
    leave[rows], reason[rows] = hits.bar[rows], hits.reason[rows]
    exit_quote[rows] = hits.price[rows]
    exit_price[rows] = _exit_price(spec, legs, hits, rows)
    optimistic = exit_price.copy()
    unsure = np.flatnonzero(hits.ambiguous)
    optimistic[unsure] = hits.optimistic[unsure]  # the target, a limit: it does not slip
    priced = replace(
        plain,
        exit=leave,
        exit_quote=exit_quote,
        exit_price=exit_price,
        reason=reason,
        ambiguous=hits.ambiguous,
    )
    return legs, priced, optimistic


def _exit_price(spec: BacktestSpec, legs: Legs, hits: Hits, rows: IntArray) -> FloatArray:
    """A stop is a market order and slips; a target is a limit order and does not."""
    slipped = fill_price(hits.price[rows], -legs.direction[rows], spec.costs)
    return np.where(hits.reason[rows] == ExitReason.TAKE_PROFIT, hits.price[rows], slipped)


def _reentries(spec: BacktestSpec, decisions: Decisions, legs: Legs, priced: Priced) -> Legs | None:
    """For each leg that ended early, the next decision for the same side before its own end."""
    at_close = spec.fill is not FillMode.NEXT_OPEN
    filled = decisions.bar + shift_of(spec.fill)
    early = np.flatnonzero(np.isin(priced.reason, _EARLY))
    # The first fill after the exit's moment: a later bar, or the same bar's close after an exit
    # inside it; a timed exit happens at the fill price itself, so it needs a later bar.
    inside = priced.reason[early] != ExitReason.MAX_BARS
    after = priced.exit[early] + np.where(inside & at_close, 0, 1)
    following = np.searchsorted(filled, after)
    ends = legs.exit[early]
    there = following < len(filled)
    early, following, ends = early[there], following[there], ends[there]
    fresh = filled[following] < np.minimum(ends, len(spec.bars))
    if not fresh.any():
        return None
    early, following = early[fresh], following[fresh]
    return Legs(
        entry=filled[following],
        exit=legs.exit[early],
        direction=legs.direction[early],
        decision=following,
        pending=legs.pending,
    )


_EARLY = (
    ExitReason.STOP_LOSS,
    ExitReason.TAKE_PROFIT,
    ExitReason.TRAILING,
    ExitReason.MAX_BARS,
)


def _stop_distance(spec: BacktestSpec, decisions: Decisions, legs: Legs) -> FloatArray | None:
    """Distance of the protective stop at each entry, for the one size that asks for it.

    The stop loss, else the trailing distance.
    """
    if not isinstance(spec.size, RiskFraction):
        return None
    rows = legs.decision
    stop = _distance(decisions.stop_loss, spec.exits.stop_loss, rows)
    return np.where(np.isnan(stop), _distance(decisions.trailing, spec.exits.trailing, rows), stop)


def _distance(own: FloatArray | None, common: float | None, rows: IntArray) -> FloatArray:
    if own is not None:
        return own[rows]
    return np.full(len(rows), np.nan if common is None else common)


def _levels(
    spec: BacktestSpec, decisions: Decisions, rows: IntArray, entry_price: FloatArray
) -> Levels:
    return Levels(
        entry_price=entry_price,
        stop_loss=_distance(decisions.stop_loss, spec.exits.stop_loss, rows),
        take_profit=_distance(decisions.take_profit, spec.exits.take_profit, rows),
        trailing=_distance(decisions.trailing, spec.exits.trailing, rows),
    )
