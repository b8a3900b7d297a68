"""Results made by hand for the tests of pages: bars of a seeded walk, trades of a fixed rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from algotrendy.backtests.result import BacktestResult, Pending
from algotrendy.backtests.spec import BacktestSpec, Costs, Exits
from algotrendy.backtests.strategy import Strategy
from algotrendy.backtests.trades import ExitReason, Refused, RefuseReason, Trades
from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
from algotrendy.model.bars import Bars

START_NS = 1_672_531_200_000_000_000  # 2023-01-01
HOUR_NS = 3_600_000_000_000


def hold(bars: Bars, fast: int = 20, slow: int = 50) -> BoolArray:
    return np.ones(len(bars), dtype=np.bool_)


def make_bars(
    n: int = 400, *, seed: int = 7, symbol: str = "BTC/USDT", missing: tuple[int, ...] = ()
) -> Bars:
    dice = np.random.default_rng(seed)
    close = 20_000 * np.exp(np.cumsum(dice.normal(0, 0.004, n)))
    open_ = np.concatenate(([20_000.0], close[:-1]))
    wick = np.abs(dice.normal(0, 0.002, n))
    rows = np.setdiff1d(np.arange(n), np.array(missing, dtype=np.int64))
    return Bars(
        symbol,
        "1h",
        open_ns=(START_NS + HOUR_NS * np.arange(n))[rows],
        open=open_[rows],
        high=(np.maximum(open_, close) * (1 + wick))[rows],
        low=(np.minimum(open_, close) * (1 - wick))[rows],
        close=close[rows],
        volume=dice.uniform(1, 50, n)[rows],
    )


def make_trades(
    bars: Bars,
    *,
    every: int = 20,
    hold_bars: int = 9,
    cash: float = 10_000.0,
    open_last: bool = True,
) -> Trades:
    """All-in long trades from open to open, fee 10 bp, the last one left open."""
    entry = np.arange(3, len(bars) - 1, every, dtype=np.int64)
    exit_ = np.minimum(entry + hold_bars, len(bars) - 1)
    m = len(entry)
    columns: dict[str, list[float]] = {
        name: [] for name in ("quantity", "entry_fee", "exit_fee", "pnl", "return_fraction")
    }
    equity = cash
    for at in range(m):
        is_open = open_last and at == m - 1
        price, out = (
            float(bars.open[entry[at]]),
            float(bars.close[-1] if is_open else bars.open[exit_[at]]),
        )
        quantity = equity / (price * 1.001)
        fee, exit_fee = quantity * price * 0.001, 0.0 if is_open else quantity * out * 0.001
        pnl = quantity * (out - price) - fee - exit_fee
        equity += pnl
        for name, value in (
            ("quantity", quantity),
            ("entry_fee", fee),
            ("exit_fee", exit_fee),
            ("pnl", pnl),
            ("return_fraction", pnl / (quantity * price)),
        ):
            columns[name].append(value)
    reason = np.array(
        [
            (ExitReason.SIGNAL, ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT)[at % 3]
            for at in range(m)
        ],
        dtype=np.uint8,
    )
    leaving = bars.open[exit_].copy()
    if open_last and m:
        reason[-1] = ExitReason.OPEN
        exit_[-1] = len(bars) - 1
        leaving[-1] = bars.close[-1]
    return Trades(
        entry_bar=entry,
        exit_bar=exit_,
        direction=np.ones(m, dtype=np.int64),
        entry_price=bars.open[entry].copy(),
        exit_price=leaving,
        slippage_cost=np.zeros(m),
        exit_reason=reason,
        ambiguous=np.arange(m) % 5 == 1,
        **{name: np.array(values) for name, values in columns.items()},
    )


def make_refused(count: int = 0) -> Refused:
    return Refused(
        bar=np.arange(count, dtype=np.int64) + 5,
        direction=np.ones(count, dtype=np.int64),
        price=np.full(count, 20_000.0),
        wanted=np.full(count, 1.5),
        filled=np.where(np.arange(count) % 2 == 0, 0.0, 0.5),
        cash=np.full(count, 10_000.0),
        reason=np.full(count, RefuseReason.INSUFFICIENT_CASH, dtype=np.uint8),
    )


def make_result(
    bars: Bars | None = None,
    *,
    every: int = 20,
    name: str | None = None,
    params: Mapping[str, object] | None = None,
    refused: int = 0,
    warnings: tuple[str, ...] = (),
    pending: Pending | None = None,
    optimistic: bool = True,
    versions: Mapping[str, str] | None = None,
) -> BacktestResult:
    bars = make_bars() if bars is None else bars
    trades = make_trades(bars, every=every)
    spec = BacktestSpec(
        strategy=Strategy(hold, name=name),
        bars=bars,
        params={"fast": 20, "slow": 50} if params is None else params,
        costs=Costs(fee_rate=0.001),
        exits=Exits(stop_loss=0.02, take_profit=0.04),
    )
    better = Trades(
        **{**trades.columns(), "pnl": trades.pnl + np.where(trades.ambiguous, 50.0, 0.0)}
    )  # type: ignore[arg-type]
    return BacktestResult(
        spec=spec,
        engine="vector",
        trades_columns=trades,
        refused_columns=make_refused(refused),
        final_equity=spec.cash + float(trades.pnl.sum()),
        pending=pending,
        warnings=warnings,
        optimistic=better if optimistic else None,
        versions={"algotrendy": "0.1.0", "numpy": "2.4"} if versions is None else versions,
    )


@dataclass(frozen=True, kw_only=True)
class MadeBest:
    deflated_sharpe: float


@dataclass(frozen=True, kw_only=True)
class MadeSweep:
    params: dict[str, np.ndarray]
    metrics: dict[str, FloatArray]
    n_trials: int
    strategy_name: str = "cross"
    best: MadeBest = field(default_factory=lambda: MadeBest(deflated_sharpe=0.61))
    pbo: float = 0.34
    warnings: tuple[str, ...] = ()


def make_sweep(fast: int = 12, slow: int = 10, *, seed: int = 3) -> MadeSweep:
    dice = np.random.default_rng(seed)
    across, down = np.meshgrid(np.arange(5, 5 + 5 * fast, 5), np.arange(40, 40 + 20 * slow, 20))
    m = across.size
    sharpe = 1.2 * np.exp(-(((across.ravel() - 30) / 22.0) ** 2)) - 0.4 + dice.normal(0, 0.15, m)
    return MadeSweep(
        params={"fast": across.ravel(), "slow": down.ravel()},
        metrics={
            "sharpe": sharpe,
            "total_return": sharpe * 0.2,
            "max_drawdown": -np.abs(dice.normal(0.2, 0.05, m)),
            "n_trades": dice.integers(5, 90, m).astype(np.float64),
        },
        n_trials=m,
    )


@dataclass(frozen=True, kw_only=True)
class MadeFold:
    train_start_ns: int
    train_end_ns: int
    test_start_ns: int
    test_end_ns: int
    params: dict[str, object]
    train_metric: float
    test_return: float
    n_trials: int = 40
    deflated_sharpe: float = 0.4


@dataclass(frozen=True, kw_only=True)
class MadeWalk:
    folds: list[MadeFold]
    equity_curve: FloatArray
    open_ns: IntArray
    metrics: dict[str, float]
    strategy_name: str = "cross"


def make_walk(folds: int = 6, *, seed: int = 5) -> MadeWalk:
    dice = np.random.default_rng(seed)
    day = 24 * HOUR_NS
    length = 30
    returns = dice.normal(0.0004, 0.004, folds * length)
    made = []
    for at in range(folds):
        test = START_NS + (60 + at * length) * day
        gained = float(np.prod(1 + returns[at * length : (at + 1) * length]) - 1)
        made.append(
            MadeFold(
                train_start_ns=test - 60 * day,
                train_end_ns=test,
                test_start_ns=test,
                test_end_ns=test + length * day,
                params={"fast": 10 + at, "slow": 60},
                train_metric=float(dice.normal(1.4, 0.3)),
                test_return=gained,
            )
        )
    equity = 10_000 * np.cumprod(1 + returns)
    return MadeWalk(
        folds=made,
        equity_curve=equity,
        open_ns=START_NS + day * (60 + np.arange(folds * length, dtype=np.int64)),
        metrics={"total_return": float(equity[-1] / 10_000 - 1), "sharpe": 0.7},
    )
