"""Walk-forward: choose parameters on the past, trade them on the bars that follow, again and again.

Laws: a fold's test bars are later than its training bars by at least the purge; the signal of a test
bar sees the bars before it, never after; every fold tells its trial count and deflated Sharpe ratio.
Used by: `at.walk_forward`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast, final

import numpy as np

from algotrendy import _lazy
from algotrendy.analytics.summary import Metrics, summarise
from algotrendy.backtests.result import BacktestResult
from algotrendy.errors import InvalidValue
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.signals import Above, Signals, Target

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fold", "WalkForwardResult", "Window", "cut_signal", "windows"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Rows of one fold: ``[train_start, train_stop)`` and ``[test_start, test_stop)``."""

    train_start: int
    train_stop: int
    test_start: int
    test_stop: int


def windows(
    n: int, *, train: int, test: int, purge: int = 0, embargo: int = 0, anchored: bool = False
) -> tuple[Window, ...]:
    """Cut n bars into folds; the tests follow one another, the last may be shorter.

    Parameters
    ----------
    n : number of bars
    train, test : bars of each part
    purge : bars left out between training and test, so that no label or indicator window reaches over
    embargo : bars left out after each test before the next fold's test may start
    anchored : train from the first bar on, growing, instead of on a moving window

    Raises
    ------
    InvalidValue
        When a length is out of range or not one fold fits.
    """
    for name, value, least in (
        ("train", train, 2),
        ("test", test, 1),
        ("purge", purge, 0),
        ("embargo", embargo, 0),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidValue(name, value=value, rule=f"a number of bars, at least {least}")
    if train + purge + test > n:
        raise InvalidValue(
            "train + purge + test",
            value=train + purge + test,
            rule=f"there are {n} bars",
            hint="use shorter parts or more bars",
        )
    folds = []
    start = train + purge
    while start < n:
        stop = min(start + test, n)
        train_stop = start - purge
        train_start = 0 if anchored else train_stop - train
        folds.append(
            Window(train_start=train_start, train_stop=train_stop, test_start=start, test_stop=stop)
        )
        start = stop + embargo
    return tuple(folds)


def cut_signal(returned: Target | Signals, start: int, stop: int) -> Target | Signals:
    """Return the part of a signal that speaks of bars start to stop."""
    if isinstance(returned, Above):
        return Above(returned.left[start:stop], returned.right[start:stop])
    if not isinstance(returned, Signals):
        return np.asarray(returned)[start:stop]  # type: ignore[return-value]

    def part(value: np.ndarray | float | None) -> np.ndarray | float | None:
        return value[start:stop] if isinstance(value, np.ndarray) else value

    return Signals(**{name: part(getattr(returned, name)) for name in Signals.__dataclass_fields__})  # type: ignore[arg-type]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One choice and what came of it.

    Parameters
    ----------
    window : the rows
    train_start_ns, train_end_ns, test_start_ns, test_end_ns : open times of first and last bar
    params : chosen on the training bars
    metric : name of the score that chose
    train_metric : the score of the chosen parameters in training
    test_metric : the same score on the test bars
    test_return : total return on the test bars, as a fraction
    n_trials : combinations it was chosen from
    deflated_sharpe : of the choice in training
    result : the test run
    """

    window: Window
    train_start_ns: int
    train_end_ns: int
    test_start_ns: int
    test_end_ns: int
    params: Mapping[str, object]
    metric: str
    train_metric: float
    test_metric: float
    test_return: float
    n_trials: int
    deflated_sharpe: float
    result: BacktestResult


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class WalkForwardResult:
    """Out-of-sample results of every fold, one after the other.

    Parameters
    ----------
    strategy_name : name of the strategy
    bars : all bars
    cash : starting cash
    folds : in order of time
    """

    strategy_name: str
    bars: Bars
    cash: float
    folds: tuple[Fold, ...]

    @cached_property
    def rows(self) -> IntArray:
        """Row numbers of the test bars, in order."""
        return np.concatenate(
            [np.arange(f.window.test_start, f.window.test_stop) for f in self.folds]
        )

    @property
    def open_ns(self) -> IntArray:
        """Open times of the test bars."""
        return self.bars.open_ns[self.rows]

    @cached_property
    def equity_curve(self) -> FloatArray:
        """Equity at the close of every test bar, each fold starting with what the one before left."""
        parts, equity = [], self.cash
        for fold in self.folds:
            curve = fold.result.equity_curve * (equity / fold.result.spec.cash)
            parts.append(curve)
            equity = float(curve[-1])
        return np.concatenate(parts)

    @property
    def total_return(self) -> float:
        """Out-of-sample total return over all folds, as a fraction."""
        return float(self.equity_curve[-1]) / self.cash - 1

    @property
    def n_trials(self) -> int:
        """Combinations tried, all folds together."""
        return sum(fold.n_trials for fold in self.folds)

    @cached_property
    def metrics(self) -> Metrics:
        """Statistics of the out-of-sample equity curve."""
        trades = [fold.result.trades_columns for fold in self.folds]
        scales = np.cumprod([1.0, *(1 + fold.test_return for fold in self.folds[:-1])])
        return summarise(
            self.equity_curve,
            initial=self.cash,
            periods_per_year=self.bars.periods_per_year,
            trade_pnl=np.concatenate([t.pnl * s for t, s in zip(trades, scales, strict=True)]),
            trade_returns=np.concatenate([t.return_fraction for t in trades]),
            trade_bars=np.concatenate([t.bars_held for t in trades]),
            exposed_bars=sum(fold.result.exposed_bars for fold in self.folds),
            traded_value=sum(
                fold.result.traded_value * s for fold, s in zip(self.folds, scales, strict=True)
            ),
            benchmark=self.bars.close[self.rows],
        )

    @property
    def efficiency(self) -> float:
        """Mean test score over mean training score: 1 keeps all of it, near 0 is over-fitting."""
        train = float(np.mean([fold.train_metric for fold in self.folds]))
        return float(np.mean([fold.test_metric for fold in self.folds])) / train

    @property
    def equity(self) -> pd.Series[float]:
        """The equity curve as a pandas Series over the test bars' open times (UTC)."""
        import pandas as pd

        index = pd.DatetimeIndex(self.bars.times[self.rows], tz="UTC", name="time")
        return pd.Series(self.equity_curve, index=index, name="equity")

    @property
    def frame(self) -> pd.DataFrame:
        """One row a fold, as a pandas DataFrame."""
        import pandas as pd

        rows = [
            {
                "test_start": pd.Timestamp(f.test_start_ns, tz="UTC"),
                "test_end": pd.Timestamp(f.test_end_ns, tz="UTC"),
                **f.params,
                f"train_{f.metric}": f.train_metric,
                f"test_{f.metric}": f.test_metric,
                "test_return": f.test_return,
                "n_trials": f.n_trials,
                "deflated_sharpe": f.deflated_sharpe,
            }
            for f in self.folds
        ]
        return pd.DataFrame(rows)

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page of the out-of-sample result and return its path."""
        write = _lazy.attribute("algotrendy.plotting.report:write_report")
        return cast("Path", write(self, path))  # type: ignore[operator]

    def _repr_html_(self) -> str:
        html = _lazy.attribute("algotrendy.plotting.notebook:walk_forward_html")
        return cast("str", html(self))  # type: ignore[operator]

    def __repr__(self) -> str:
        return (
            f"WalkForwardResult({self.strategy_name}: {len(self.folds)} folds, out of sample "
            f"{self.total_return:+.2%}, {self.n_trials:,} trials)"
        )
