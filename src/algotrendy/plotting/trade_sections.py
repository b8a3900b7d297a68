"""The parts of the report on trades, refused orders, costs, and what a result hinges on.

Laws: a cut table and a cut file say what they leave out.
Used by: the report.
"""

from __future__ import annotations

import numpy as np

from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.trades import ExitReason, RefuseReason
from algotrendy.model.gaps import Gap
from algotrendy.model.timeframe import Calendar
from algotrendy.plotting.export import trades_download
from algotrendy.plotting.markup import Markup, tag
from algotrendy.plotting.numerals import amount, count, fraction, moment, price, things, tone
from algotrendy.plotting.parts import Cell, bars_list, facts, note, section, table

__all__ = ["costs", "doubts", "exits", "is_daily", "trades", "words"]

_TRADES_SHOWN = 25
_REFUSED_SHOWN = 20
_GAPS_SHOWN = 10


def words(name: str) -> str:
    """A field's name as words."""
    return name.replace("_", " ").capitalize()


def is_daily(result: BacktestResult) -> bool:
    """True when times of day say nothing."""
    return result.spec.bars.timeframe.unit in "dwM"


def doubts(result: BacktestResult) -> Markup:
    """What was ambiguous, pending, refused or missing."""
    bars = result.spec.bars
    is_counted = bars.calendar is Calendar.CRYPTO  # elsewhere a hole may be a closed market
    holes = bars.gaps() if is_counted else ()
    low, high = result.equity_bounds
    if result.n_ambiguous:
        path = (
            f"{things(result.n_ambiguous, 'trade')} had stop and target inside one bar. "
            f"Final equity lies between {amount(low)} (the stop first each time: the figure used "
            f"on this page) and {amount(high)} (the target first each time)."
        )
    else:
        path = "No trade hinges on the path inside a bar."
    if result.pending is None:
        waiting = "None: the last bar asked for no change."
    else:
        waiting = (
            f"The last bar asked for a target of {result.pending.target:g}; "
            "there is no next bar to fill it."
        )
    refused = len(result.refused_columns)
    cut = int(np.count_nonzero(result.refused_columns.filled > 0))
    orders = f"{count(refused - cut)} refused, {count(cut)} made smaller." if refused else "None."
    if not is_counted:
        missing = "Not counted: this market has closing hours, which look like missing bars."
    elif holes:
        total = sum(hole.n_bars for hole in holes)
        missing = (
            f"{things(total, 'bar')} missing in {things(len(holes), 'place')}; none was invented."
        )
    else:
        missing = "None."
    pairs = [
        ("Path inside bars", path),
        ("Decision not filled", waiting),
        ("Entries refused or cut", orders),
        ("Missing bars", missing),
    ]
    return section(
        "doubts", "What the result hinges on", facts(pairs), _refused(result), _holes(result, holes)
    )


def _refused(result: BacktestResult) -> Markup | None:
    orders = result.refused_columns
    if not len(orders):
        return None
    bars, daily = result.spec.bars, is_daily(result)
    rows = [
        (
            moment(int(bars.open_ns[orders.bar[at]]), daily=daily),
            "buy" if orders.direction[at] > 0 else "sell",
            Cell(price(float(orders.price[at]))),
            Cell(price(float(orders.wanted[at]))),
            Cell(price(float(orders.filled[at]))),
            Cell(amount(float(orders.cash[at]))),
            words(RefuseReason(orders.reason[at]).name.lower()),
        )
        for at in range(min(len(orders), _REFUSED_SHOWN))
    ]
    return table(
        ("Time (UTC)", "Side", "Price", "Wanted", "Filled", "Free cash", "Why"),
        rows,
        caption="Refused and cut entries",
        left_out=len(orders) - len(rows),
    )


def _holes(result: BacktestResult, holes: tuple[Gap, ...]) -> Markup | None:
    if not holes:
        return None
    daily = is_daily(result)
    longest = sorted(holes, key=lambda hole: -hole.n_bars)[:_GAPS_SHOWN]
    rows = [
        (
            moment(hole.start_ns, daily=daily),
            moment(hole.end_ns, daily=daily),
            Cell(count(hole.n_bars)),
        )
        for hole in longest
    ]
    return table(
        ("First missing (UTC)", "Next bar (UTC)", "Bars"),
        rows,
        caption="Missing bars, longest first",
        left_out=len(holes) - len(rows),
    )


def costs(result: BacktestResult) -> Markup:
    """What trading cost, by kind."""
    costs = result.costs
    most = max(costs.values(), default=0.0)
    total = sum(costs.values())
    pairs = [
        (words(name), value / most if most else 0.0, amount(value)) for name, value in costs.items()
    ]
    gross = float(result.trades_columns.pnl.sum()) + total
    return section(
        "costs",
        "Costs by kind",
        bars_list(pairs, label="Costs by kind"),
        note(
            f"{amount(total)} in all. Before costs the trades made {amount(gross, signed=True)}, "
            f"after costs {amount(gross - total, signed=True)}. "
            "Slippage and spread are inside the fill prices."
        ),
    )


def exits(result: BacktestResult) -> Markup:
    """Why trades ended, and what they made."""
    trades = result.trades_columns
    reasons = result.exits_by_reason
    most = max(reasons.values(), default=0)
    pairs = []
    for name, number in reasons.items():
        made = float(trades.pnl[trades.exit_reason == ExitReason[name.upper()]].sum())
        pairs.append(
            (
                words(name),
                number / most if most else 0.0,
                f"{count(number)} ({amount(made, signed=True)})",
            )
        )
    body = bars_list(pairs, label="Exits by reason") if pairs else note("No trades.")
    return section(
        "exits", "Exits by reason", body, note("In brackets: profit or loss of those trades.")
    )


def trades(result: BacktestResult) -> Markup:
    """The first trades, and all of them as a file."""
    trades, bars, daily = result.trades_columns, result.spec.bars, is_daily(result)
    if not len(trades):
        return section("trades", "Trades", note("There was no trade."))
    rows = []
    for at in range(min(len(trades), _TRADES_SHOWN)):
        pnl, gained = float(trades.pnl[at]), float(trades.return_fraction[at])
        why = words(ExitReason(trades.exit_reason[at]).name.lower())
        rows.append(
            [
                Cell(str(at + 1)),
                "long" if trades.direction[at] > 0 else "short",
                moment(int(bars.open_ns[trades.entry_bar[at]]), daily=daily),
                Cell(price(float(trades.entry_price[at]))),
                moment(int(bars.open_ns[trades.exit_bar[at]]), daily=daily),
                Cell(price(float(trades.exit_price[at]))),
                Cell(price(float(trades.quantity[at]))),
                Cell(amount(pnl, signed=True), tone=tone(pnl)),
                Cell(fraction(gained, signed=True), tone=tone(gained)),
                Cell(amount(float(trades.entry_fee[at] + trades.exit_fee[at]))),
                f"{why} (path unknown)" if trades.ambiguous[at] else why,
            ]
        )
    made = table(
        (
            "No.",
            "Side",
            "Entry (UTC)",
            "Price",
            "Exit (UTC)",
            "Price",
            "Quantity",
            "Profit",
            "Return",
            "Fees",
            "Why",
        ),
        rows,
        caption="Trades in order of entry",
        left_out=len(trades) - len(rows),
    )
    file = trades_download(trades, bars)
    size = f"{file.size / 1000:,.0f} kB" if file.size >= 1000 else f"{file.size} bytes"  # noqa: PLR2004
    left = len(trades) - file.rows
    link = tag(
        "a",
        f"Save {'the first ' if left else ''}{things(file.rows, 'trade')} as {file.name} ({size})",
        href=file.href,
        download=file.name,
        class_="save",
    )
    rest = note(f"{count(left)} are not in the file; result.trades has them all.") if left else None
    return section("trades", "Trades", made, tag("p", link), rest)
