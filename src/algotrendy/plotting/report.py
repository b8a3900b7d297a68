"""One self-contained HTML page for a backtest, a sweep or a walk-forward.

Laws: works offline, from a file; what was assumed stands beside what came out; same input, same
bytes.
Used by: `BacktestResult.report` and its siblings, people.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from algotrendy.analytics.summary import Metrics
from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.spec import BacktestSpec
from algotrendy.errors import InvalidValue
from algotrendy.plotting.backtest_sections import (
    assumed,
    backtest_sections,
    headline,
    provenance,
    statistics,
    top,
    warnings_box,
)
from algotrendy.plotting.charts import backtest_chart, walk_forward_chart
from algotrendy.plotting.markup import Markup, join, tag
from algotrendy.plotting.numerals import amount, count, day, fraction, things
from algotrendy.plotting.page import page
from algotrendy.plotting.parts import Tile, note, section
from algotrendy.plotting.sparkline import sparkline_svg
from algotrendy.plotting.sweep_sections import (
    best_of,
    sweep_honest,
    sweep_sections,
)
from algotrendy.plotting.views import SweepView, WalkForwardView, optional, optional_number
from algotrendy.plotting.walk_sections import walk_forward_sections

__all__ = ["report_html", "write_report"]


def write_report(
    result: BacktestResult | SweepView | WalkForwardView,
    path: str | Path,
    *,
    sweep: SweepView | None = None,
    walk_forward: WalkForwardView | None = None,
    title: str | None = None,
) -> Path:
    """Write one HTML page that needs nothing else: no network, no fonts, no other file.

    Parameters
    ----------
    result : a backtest, a sweep or a walk-forward
    path : file to write; an existing one is replaced
    sweep : the sweep a backtest was picked from; its trial count, deflated Sharpe ratio and
        probability of overfitting then stand beside the backtest's figures
    walk_forward : the walk-forward of the same strategy, shown on the same page
    title : heading; by default strategy, symbol and timeframe

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidValue
        If `result` is something else, or `path` is a folder or lies in one that does not exist.

    Notes
    -----
    Long runs are drawn with merged candles and the page says so; tables and figures use every bar.
    """
    file = Path(path)
    if file.is_dir() or not file.parent.is_dir():
        raise InvalidValue(
            "path",
            value=str(path),
            rule="a file in a folder that exists is expected",
            hint="pass a path such as report.html",
        )
    html = report_html(result, sweep=sweep, walk_forward=walk_forward, title=title)
    # A lone surrogate in a name must not lose the whole report.
    partial = file.with_name(f"{file.name}.part")
    partial.write_bytes(html.encode("utf-8", "replace"))
    os.replace(partial, file)  # noqa: PTH105 - a reader never sees half a page
    return file


def report_html(
    result: BacktestResult | SweepView | WalkForwardView,
    *,
    sweep: SweepView | None = None,
    walk_forward: WalkForwardView | None = None,
    title: str | None = None,
) -> str:
    """Return the page that `write_report` writes, as text."""
    if isinstance(result, BacktestResult):
        return _backtest_page(result, sweep, walk_forward, title)
    if hasattr(result, "folds"):
        return _walk_forward_page(cast("WalkForwardView", result), sweep, title)
    if hasattr(result, "params") and hasattr(result, "n_trials"):
        return _sweep_page(result, walk_forward, title)
    raise InvalidValue(
        "result",
        value=type(result).__name__,
        rule="a BacktestResult, a SweepResult or a WalkForwardResult is expected",
    )


def _heading(title: str | None, kind: str, under: Markup) -> Markup:
    kicker = tag("p", f"AlgoTrendy {kind}", class_="kicker")
    return join([kicker, tag("h1", title) if title else None, under])


def _backtest_page(
    result: BacktestResult, sweep: SweepView | None, walk: WalkForwardView | None, title: str | None
) -> str:
    spec = result.spec
    name = title or f"{spec.strategy.name} on {spec.bars.symbols[0]} {spec.bars.timeframe}"
    data: dict[str, object] = {}
    if sweep is not None:
        honest = sweep_honest(best_of(sweep), trials=sweep.n_trials)
    else:
        honest = [
            Tile(
                name="Trials",
                value="1 known",
                detail="how many variants came before is not known to this page",
            )
        ]
    body: list[Markup | None] = [warnings_box(result.warnings), top(result, honest=honest)]
    if len(spec.bars):
        chart, merged = backtest_chart(result)
        data["backtest"] = chart
        body.append(_charts(result, merged))
    body += backtest_sections(result)
    navigation = [
        ("figures", "Figures"),
        ("charts", "Charts"),
        ("doubts", "Doubts"),
        ("assumptions", "Assumptions"),
        ("months", "Months"),
        ("costs", "Costs"),
        ("trades", "Trades"),
    ]
    if sweep is not None:
        body += sweep_sections(sweep, alone=False)
        navigation.append(("sweep", "Sweep"))
    if walk is not None:
        body += walk_forward_sections(walk, alone=False)
        data["walk"] = walk_forward_chart(walk)
        navigation.append(("walk-forward", "Walk-forward"))
    body.append(provenance(result))
    navigation.append(("provenance", "Provenance"))
    header = _heading(title, "backtest report", headline(result, level="p" if title else "h1"))
    return page(title=name, header=header, navigation=navigation, body=body, charts=data)


def _charts(result: BacktestResult, merged: str) -> Markup:
    spec = result.spec
    fall = result.metrics.as_dict().get("max_drawdown")
    worst = f", deepest drawdown {fraction(float(fall))}" if isinstance(fall, float) else ""
    says = (
        f"Price with {count(result.n_trades)} trades, equity from {amount(spec.cash)} to "
        f"{amount(result.final_equity)}{worst}."
    )
    fallback = tag(
        "div",
        sparkline_svg(
            result.equity_curve,
            label=f"Equity curve. {says}",
            width=1000,
            height=220,
            base=spec.cash,
        ),
        class_="fallback",
        id="backtest-fallback",
    )
    legend = tag("p", class_="legend", id="backtest-legend", aria_hidden="true")
    buttons = tag(
        "div",
        class_="buttons",
        id="backtest-buttons",
        hidden=True,
        role="group",
        aria_label="Chart view",
    )
    box = tag(
        "div",
        class_="chart",
        id="backtest-chart",
        role="group",
        tabindex=0,
        hidden=True,
        aria_label=f"{says} Arrow keys move, plus and minus zoom, Home shows all.",
    )
    key = note(
        tag("span", "entry to exit with a gain", class_="key gain line"),
        " ",
        tag("span", "with a loss", class_="key loss line"),
        " ",
        "▲ long entry, ▼ short entry, ○ exit. Dashed: buy and hold, without costs.",
    )
    if result.scaled_fills is not None:
        resized = "Positions were resized on the way: a line joins a trade's first and last fill."
        merged = f"{merged} {resized}".strip()
    return section(
        "charts",
        "Price, equity and drawdown",
        buttons,
        legend,
        box,
        fallback,
        key,
        note(merged) if merged else None,
    )


def _sweep_page(sweep: SweepView, walk: WalkForwardView | None, title: str | None) -> str:
    name = title or f"Sweep of {sweep.strategy_name}"
    spec = optional(optional(sweep, "plan"), "spec")
    left_out = optional_number(sweep, "n_left_out")
    over = f"{things(sweep.n_trials, 'trial')} over {', '.join(sweep.params)}"
    if left_out > 0:
        over += f"; {things(int(left_out), 'combination')} left out as forbidden"
    under = _lines(title, name, spec, over)
    body: list[Markup | None] = [
        warnings_box(_warnings(sweep)),
        *sweep_sections(sweep, alone=True),
    ]
    navigation = [("sweep", "Sweep")]
    data: dict[str, object] = {}
    if walk is not None:
        body += walk_forward_sections(walk, alone=False)
        data["walk"] = walk_forward_chart(walk)
        navigation.append(("walk-forward", "Walk-forward"))
    _add_assumptions(spec, body, navigation)
    header = _heading(title, "sweep report", under)
    return page(title=name, header=header, navigation=navigation, body=body, charts=data)


def _walk_forward_page(walk: WalkForwardView, sweep: SweepView | None, title: str | None) -> str:
    strategy = optional(walk, "strategy_name")
    name = title or ("Walk-forward" + (f" of {strategy}" if isinstance(strategy, str) else ""))
    folds = list(walk.folds)
    period = "no folds"
    if folds:
        first, last = day(folds[0].train_start_ns), day(folds[-1].test_end_ns)
        period = f"{first} to {last} UTC, {things(len(folds), 'fold')}"
    spec = optional(optional(folds[0], "result"), "spec") if folds else None
    body: list[Markup | None] = [
        warnings_box(_warnings(walk)),
        *walk_forward_sections(walk, alone=True),
    ]
    navigation = [("walk-forward", "Out of sample")]
    if sweep is not None:
        body += sweep_sections(sweep, alone=False)
        navigation.append(("sweep", "Sweep"))
    metrics = optional(walk, "metrics")
    if isinstance(metrics, Metrics):
        body.append(statistics(metrics))
        navigation.append(("statistics", "Statistics"))
    _add_assumptions(spec, body, navigation)
    return page(
        title=name,
        header=_heading(title, "walk-forward report", _lines(title, name, spec, period)),
        navigation=navigation,
        body=body,
        charts={"walk": walk_forward_chart(walk)} if len(walk.equity_curve) else {},
    )


def _lines(title: str | None, name: str, spec: object, under: str) -> Markup:
    """The first lines of a page that is not a single backtest's."""
    on = None
    if isinstance(spec, BacktestSpec):
        on = tag("p", f"{spec.bars.symbols[0]} {spec.bars.timeframe}", class_="period")
    return join([tag("h1", name) if title is None else None, on, tag("p", under, class_="period")])


def _add_assumptions(
    spec: object, body: list[Markup | None], navigation: list[tuple[str, str]]
) -> None:
    if isinstance(spec, BacktestSpec):
        body.append(assumed(spec))
        navigation.append(("assumptions", "Assumptions"))


def _warnings(result: object) -> tuple[str, ...]:
    found = optional(result, "warnings")
    if isinstance(found, Mapping) or not isinstance(found, tuple | list):
        return ()
    return tuple(map(str, found))
