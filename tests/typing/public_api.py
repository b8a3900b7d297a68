"""Never executed: what type checkers must see of the public names (mypy and pyright read it)."""

from typing import assert_type

import numpy as np

import algotrendy as at
from algotrendy.model.arrays import BoolArray


@at.strategy
def held(bars: at.Bars) -> BoolArray:
    return np.ones(len(bars), dtype=np.bool_)


@at.strategy(name="crossing", where=lambda fast, slow: fast < slow)
def cross(bars: at.Bars, fast: int = 20, slow: int = 50) -> at.Signals:
    up = bars.close > bars.open
    return at.Signals(entries=up, exits=~up)


def front_door(bars: at.Bars) -> None:
    assert_type(held, at.Strategy)
    assert_type(cross, at.Strategy)
    result = at.backtest(cross, bars, params={"fast": 10}, fees=at.Costs(fee_rate=0.001))
    assert_type(result, at.BacktestResult)
    assert_type(
        at.BacktestSpec(strategy=cross, bars=bars, size=at.RiskFraction(0.01)), at.BacktestSpec
    )


def catching(error: Exception) -> str:
    if isinstance(error, at.errors.InvalidBars):
        assert_type(error.row, int | None)
    if isinstance(error, at.AlgoTrendyError):
        assert_type(error.code, str)
        return error.hint
    return at.__version__
