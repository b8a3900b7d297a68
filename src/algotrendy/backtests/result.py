"""What a backtest gave: trades, equity, costs, bounds and warnings; what is dear is built on demand.

Laws: the same spec on the same data gives the same numbers and the same hash; nothing that was
refused, ambiguous, pending or missing is left out.
Used by: people, reports, stores, walk-forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast, final

import numpy as np

from algotrendy import _lazy
from algotrendy.analytics.summary import Metrics, summarise
from algotrendy.backtests.equity import Fills, equity_curve, exposed_bars, fills_of
from algotrendy.backtests.spec import BacktestSpec
from algotrendy.backtests.trades import ExitReason, Refused, Trades
from algotrendy.model.arrays import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BacktestResult", "Pending"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A decision of the last bar: there is no next bar to fill it, so it was not filled."""

    bar: int
    target: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class BacktestResult:
    """One backtest, finished.

    Parameters
    ----------
    spec : what was asked
    engine : name of the engine that ran it
    trades_columns : round trips in columns; `trades` is the same as a DataFrame
    refused_columns : refused or resized entries in columns
    final_equity : quote units at the last close, open positions marked to it
    pending : the last bar's decision, if it changed the target
    warnings : sentences a person should read before the numbers
    optimistic : the same trades with every ambiguous bar resolved the other way, None when none is
    scaled_fills : executions of a run that resized positions, None when entries and exits say it all
    """

    spec: BacktestSpec
    engine: str
    trades_columns: Trades
    refused_columns: Refused
    final_equity: float
    pending: Pending | None = None
    warnings: tuple[str, ...] = ()
    optimistic: Trades | None = None
    scaled_fills: Fills | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def equity_curve(self) -> FloatArray:
        """(n,) quote units at every close, open positions marked to it; built on first use."""
        return equity_curve(self.fills_columns, self.spec.bars, self.spec.cash)

    @cached_property
    def fills_columns(self) -> Fills:
        """Every execution in columns, in order of time; built on first use."""
        return self.scaled_fills or fills_of(self.trades_columns)

    @property
    def total_return(self) -> float:
        """Final equity over starting cash, minus one, as a fraction."""
        return self.final_equity / self.spec.cash - 1

    @property
    def n_trades(self) -> int:
        """Number of round trips, one still open included."""
        return len(self.trades_columns)

    @property
    def n_ambiguous(self) -> int:
        """How many trades hinge on an unknown path inside a bar."""
        return int(np.count_nonzero(self.trades_columns.ambiguous))

    @property
    def equity_bounds(self) -> tuple[float, float]:
        """Final equity if every ambiguous bar went against the trade, and if every one went its way."""
        if self.optimistic is None:
            return self.final_equity, self.final_equity
        return self.final_equity, self.spec.cash + float(self.optimistic.pnl.sum())

    @cached_property
    def metrics(self) -> Metrics:
        """Every statistic of the run; built on first use."""
        trades = self.trades_columns
        closed = ~trades.is_open
        bars = self.spec.bars
        return summarise(
            self.equity_curve,
            initial=self.spec.cash,
            periods_per_year=bars.periods_per_year,
            trade_pnl=trades.pnl[closed],
            trade_returns=trades.return_fraction[closed],
            trade_bars=trades.bars_held[closed],
            exposed_bars=self.exposed_bars,
            traded_value=self.traded_value,
            benchmark=bars.close,
        )

    @property
    def exposed_bars(self) -> int:
        """How many closes saw an open position."""
        return exposed_bars(self.fills_columns, len(self.spec.bars))

    @property
    def traded_value(self) -> float:
        """Quote units traded, both sides together."""
        fills = self.fills_columns
        return float(np.abs(fills.quantity * fills.price).sum())

    @property
    def costs(self) -> dict[str, float]:
        """Quote units paid, by kind; slippage and spread are already inside the fill prices."""
        trades, costs = self.trades_columns, self.spec.costs
        moved = float(trades.slippage_cost.sum())
        share = costs.slippage / costs.price_shift if costs.price_shift else 0.0
        return {
            "fees": float(trades.entry_fee.sum() + trades.exit_fee.sum()),
            "slippage": moved * share,
            "spread": moved * (1 - share),
        }

    @property
    def exits_by_reason(self) -> dict[str, int]:
        """How many trades ended for which reason."""
        counts = np.bincount(self.trades_columns.exit_reason, minlength=len(ExitReason))
        return {r.name.lower(): int(counts[r]) for r in ExitReason if counts[r]}

    @property
    def hash(self) -> str:
        """The spec's hash: same data, same assumptions, same text."""
        return self.spec.hash

    @property
    def equity(self) -> pd.Series[float]:
        """The equity curve as a pandas Series over the bars' open times (UTC)."""
        import pandas as pd

        index = pd.DatetimeIndex(self.spec.bars.times, tz="UTC", name="time")
        return pd.Series(self.equity_curve, index=index, name="equity")

    @property
    def trades(self) -> pd.DataFrame:
        """The trades as a pandas DataFrame, with times (open times of the bars, UTC) and reasons."""
        return self._frame(self.trades_columns.columns(), ("entry", "exit"))

    @property
    def refused(self) -> pd.DataFrame:
        """The refused and resized entries as a pandas DataFrame."""
        return self._frame(self.refused_columns.columns(), ("",))

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page and return its path."""
        write = _lazy.attribute("algotrendy.plotting.report:write_report")
        return cast("Path", write(self, path))  # type: ignore[operator]

    def plot(self) -> object:
        """Return a plotly figure of price, trades, equity and drawdown; needs the extra `plot`."""
        plot = _lazy.attribute("algotrendy.plotting.figure:backtest_figure")
        return plot(self)  # type: ignore[operator]

    def _repr_html_(self) -> str:
        html = _lazy.attribute("algotrendy.plotting.notebook:backtest_html")
        return cast("str", html(self))  # type: ignore[operator]

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"BacktestResult({spec.strategy.name} on {spec.bars.symbols[0]} {spec.bars.timeframe}: "
            f"{self.total_return:+.2%}, {self.n_trades} trades, equity {self.final_equity:,.2f})"
        )

    def _frame(self, columns: Mapping[str, np.ndarray], places: tuple[str, ...]) -> pd.DataFrame:
        import pandas as pd

        from algotrendy.backtests.trades import RefuseReason

        frame = pd.DataFrame(dict(columns))
        times = pd.DatetimeIndex(self.spec.bars.times, tz="UTC")
        for at, place in enumerate(places):
            prefix = f"{place}_" if place else ""
            frame.insert(at, f"{prefix}time", times[columns[f"{prefix}bar"]])
        for name, reasons in (("exit_reason", ExitReason), ("reason", RefuseReason)):
            if name in frame:
                frame[name] = [reasons(code).name.lower() for code in columns[name]]
        return frame
