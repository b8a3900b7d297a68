"""Every ready strategy: legal signals, nothing in warm-up, no look-ahead."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from algotrendy import sample
from algotrendy.backtests.strategy import Strategy
from algotrendy.errors import InvalidValue
from algotrendy.model.signals import Above, Signals
from algotrendy.runtime.registry import Registry
from algotrendy.runtime.research import backtest

REGISTRY = Registry()
NAMES = REGISTRY.names("strategies")
BARS = sample.load("MSFT")
WARM_UP = {
    "sma_cross": 49,
    "ema_cross": 25,
    "macd_cross": 33,
    "rsi_reversion": 14,
    "breakout": 10,
}


def ready(name) -> Strategy:
    found = REGISTRY.load("strategies", name)
    assert isinstance(found, Strategy)
    return found


def columns(returned):
    """The signal's boolean columns, whatever its form."""
    if isinstance(returned, Above):
        return [returned.values]
    if isinstance(returned, Signals):
        values = [getattr(returned, f.name) for f in dataclasses.fields(returned)]
        return [value for value in values if isinstance(value, np.ndarray)]
    return [returned]


@pytest.mark.parametrize("name", NAMES)
def test_it_returns_booleans_of_the_bars_length(name):
    for column in columns(ready(name)(BARS)):
        assert column.dtype == np.bool_
        assert column.shape == BARS.close.shape


@pytest.mark.parametrize("name", NAMES)
def test_it_wants_nothing_in_warm_up(name):
    for column in columns(ready(name)(BARS)):
        assert not column[: WARM_UP[name]].any()
        assert column.any(), "over thirteen years it should want something"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cut", [1, 2, 49, 50, 51, 333, 3000])
def test_it_sees_no_bar_that_is_still_to_come(name, cut):
    found = ready(name)
    whole, part = columns(found(BARS)), columns(found(BARS[:cut]))
    for of_whole, of_part in zip(whole, part, strict=True):
        assert (of_whole[:cut] == of_part).all()


@pytest.mark.parametrize("name", NAMES)
def test_it_trades(name):
    result = backtest(ready(name), BARS, fees=0.001)
    assert result.n_trades > 5
    assert result.spec.strategy.name == name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sma_cross", {"fast": 50, "slow": 50}),
        ("ema_cross", {"fast": 26, "slow": 12}),
        ("macd_cross", {"fast": 30}),
        ("rsi_reversion", {"low": 70.0}),
        ("breakout", {"leave": 30}),
    ],
)
def test_senseless_parameters_are_refused(name, wrong):
    with pytest.raises(InvalidValue, match=name):
        backtest(ready(name), BARS, params=wrong)


def test_a_breakout_compares_with_the_bars_before_and_not_with_its_own():
    signals = ready("breakout")(BARS, entry=20, leave=10)
    t = int(np.flatnonzero(signals.entries)[0])
    assert BARS.close[t] > BARS.high[t - 20 : t].max()
    leave = int(np.flatnonzero(signals.exits)[0])
    assert BARS.close[leave] < BARS.low[leave - 10 : leave].min()
    expected = [BARS.close[i] > BARS.high[i - 20 : i].max() for i in range(20, len(BARS))]
    assert (signals.entries[20:] == expected).all()
