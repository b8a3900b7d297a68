"""The parts of the report that show one backtest.

Laws: what was refused, ambiguous, pending, missing or free is shown as plainly as the return.
Used by: the report.
"""

from __future__ import annotations

import math

import numpy as np

from algotrendy.analytics.summary import Metrics
from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.spec import BacktestSpec
from algotrendy.plotting.markup import Markup, join, tag
from algotrendy.plotting.metric_names import metric_label, metric_text
from algotrendy.plotting.monthly import monthly_returns
from algotrendy.plotting.numerals import (
    amount,
    count,
    fraction,
    moment,
    parameter,
    ratio,
    things,
    tone,
)
from algotrendy.plotting.parts import Cell, Tile, facts, note, section, table, tiles
from algotrendy.plotting.trade_sections import costs, doubts, exits, is_daily, trades
from algotrendy.plotting.views import optional_number
from algotrendy.plotting.words import assumptions

__all__ = [
    "assumed",
    "backtest_sections",
    "headline",
    "provenance",
    "statistics",
    "top",
    "warnings_box",
]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def headline(result: BacktestResult, *, level: str) -> Markup:
    """Strategy, symbol, period and parameters of a run; `level` names the first line's element."""
    spec, bars = result.spec, result.spec.bars
    daily = is_daily(result)
    title = tag(
        level,
        tag("bdi", spec.strategy.name),
        " on ",
        tag("bdi", ", ".join(map(str, bars.symbols[:4]))),
        tag("span", str(bars.timeframe), class_="chip"),
        class_="title",
    )
    period = "no bars"
    if len(bars):
        first, last = (moment(int(ns), daily=daily) for ns in bars.open_ns[[0, -1]])
        period = f"{first} to {last} UTC, {things(len(bars), 'bar')}"
    params = spec.params
    chips = [
        tag("li", tag("bdi", name), " ", tag("b", tag("bdi", parameter(value))))
        for name, value in params.items()
    ]
    shown_params = tag("ul", *chips, class_="params", aria_label="Parameters") if chips else None
    return join([title, tag("p", period, class_="period"), shown_params])


def backtest_sections(result: BacktestResult) -> list[Markup | None]:
    """Every part but the charts, in order."""
    return [
        doubts(result),
        assumed(result.spec),
        _monthly(result),
        tag("div", costs(result), exits(result), class_="pair"),
        statistics(result.metrics),
        trades(result),
    ]


def figures(result: BacktestResult) -> list[Tile]:
    """The figures at the top."""
    metrics = result.metrics.as_dict()
    bars, spec = result.spec.bars, result.spec
    closed = result.trades_columns.pnl[~result.trades_columns.is_open]
    still_open = result.n_trades - len(closed)
    sharpe, fall = optional_number(metrics, "sharpe"), optional_number(metrics, "max_drawdown")
    held = float(bars.close[-1] / bars.close[0] - 1) if len(bars) and not bars.is_many else math.nan
    low, high = result.equity_bounds
    paid = sum(result.costs.values())
    made = [
        Tile(
            name="Total return",
            value=fraction(result.total_return, signed=True),
            tone=tone(result.total_return),
            detail=f"{amount(spec.cash)} to {amount(result.final_equity)}",
        ),
        Tile(
            name="Buy and hold",
            value=fraction(held, signed=True),
            detail="first to last close, no costs",
        ),
        Tile(
            name="Sharpe",
            value=ratio(sharpe),
            detail=f"a year of {bars.periods_per_year:,.6g} bars",
        ),
        Tile(
            name="Max drawdown",
            value=fraction(fall),
            tone="loss" if fall else None,
            detail="worst fall from a peak",
        ),
        Tile(
            name="Trades",
            value=count(result.n_trades),
            detail=f"{count(still_open)} still open" if still_open else "all closed",
        ),
        Tile(
            name="Win rate",
            value=fraction(float(np.mean(closed > 0))) if len(closed) else "n/a",
            detail=f"of {things(len(closed), 'closed trade')}",
        ),
        Tile(
            name="Profit factor",
            value=ratio(optional_number(metrics, "profit_factor")),
            detail="gains over losses",
        ),
        Tile(
            name="Costs paid",
            value=amount(paid),
            detail=f"{fraction(paid / spec.cash)} of starting cash",
        ),
    ]
    if result.n_ambiguous:
        made.append(
            Tile(
                name="Bounds of final equity",
                value=f"{amount(low)} to {amount(high)}",
                detail=f"{things(result.n_ambiguous, 'trade')} with an unknown path inside a bar",
            )
        )
    return made


def top(result: BacktestResult, *, honest: list[Tile]) -> Markup:
    """The figures, those that keep them honest beside them."""
    shown_tiles = [*figures(result), *honest]
    return section("figures", "In figures", tiles(shown_tiles, label="Main figures"))


def warnings_box(warnings: tuple[str, ...]) -> Markup | None:
    """What a person should read before the numbers."""
    if not warnings:
        return None
    items = [tag("li", text) for text in warnings]
    return tag(
        "section",
        tag("h2", "Read this first", id="warnings-title"),
        tag("ul", *items),
        id="warnings",
        class_="card warn",
        aria_labelledby="warnings-title",
    )


def assumed(spec: BacktestSpec) -> Markup:
    """Every assumption of a run in words."""
    return section("assumptions", "What was assumed", facts(assumptions(spec)))


def _monthly(result: BacktestResult) -> Markup | None:
    bars = result.spec.bars
    if not len(bars):
        return None
    months = monthly_returns(result.equity_curve, bars.open_ns, initial=result.spec.cash)
    known = np.abs(months.months[np.isfinite(months.months)])
    most = float(known.max()) if known.size and known.max() > 0 else 1.0
    rows: list[list[Cell | str]] = []
    for at, year in enumerate(months.years):
        row: list[Cell | str] = [Cell(str(year))]
        row += [_month(float(value), most) for value in months.months[at]]
        total = float(months.totals[at])
        row.append(
            Cell(
                "" if math.isnan(total) else fraction(total, signed=True, digits=1),
                tone=tone(total),
            )
        )
        rows.append(row)
    made = table(
        ("Year", *_MONTHS, "Year total"), rows, caption="Monthly returns", css_class="months"
    )
    return section(
        "months",
        "Month by month",
        made,
        note(
            "By open time in UTC; the first and last month may be parts of a month. Empty: no bars."
        ),
    )


def _month(value: float, most: float) -> Cell:
    if math.isnan(value):
        return Cell("")
    strength = f"--level:{abs(value) / most:.3f}"
    return Cell(fraction(value, signed=True, digits=1), tone=tone(value), style=strength)


def statistics(metrics: Metrics) -> Markup:
    """The whole table of statistics."""
    pairs = [
        (metric_label(name), metric_text(name, value)) for name, value in metrics.as_dict().items()
    ]
    return section("statistics", "All statistics", facts_grid(pairs))


def facts_grid(pairs: list[tuple[str, str]]) -> Markup:
    """Names and values in as many columns as fit."""
    rows = [tag("div", tag("dt", name), tag("dd", value, class_="num")) for name, value in pairs]
    return tag("dl", *rows, class_="grid")


def provenance(result: BacktestResult) -> Markup:
    """What this page was made from: equal texts mean equal runs."""
    spec = result.spec
    pairs = [
        ("Run hash", result.hash),
        ("Data fingerprint", spec.bars.fingerprint),
        ("Strategy source", spec.strategy.source_hash),
        ("Engine", result.engine),
        *((f"Version of {name}", version) for name, version in sorted(result.versions.items())),
    ]
    says = note(
        "Hashes are SHA-256. The same data, strategy and assumptions give the same run hash."
    )
    return section("provenance", "Provenance", facts(pairs), says)
