"""The kernel gives what the slow obvious twin gives, on random bars, signals, costs, sizes and exits."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.backtests.twin import Twin, wanted_of

from algotrendy.backtests.decisions import decide
from algotrendy.backtests.spec import BacktestSpec, Costs, Exits, FillMode, OnInsufficient
from algotrendy.backtests.strategy import Strategy
from algotrendy.engines.vector.engine import run_signal
from algotrendy.model.bars import Bars
from algotrendy.model.instrument import Instrument
from algotrendy.model.signals import Signals
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget
from algotrendy.model.symbol import Symbol


def _anything(bars: Bars) -> np.ndarray:
    return np.zeros(len(bars), dtype=bool)


STRATEGY = Strategy(_anything)


@st.composite
def markets(draw: st.DrawFn) -> Bars:
    n = draw(st.integers(1, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    scale = draw(st.sampled_from([0.002, 0.01, 0.04]))
    close = 100 * np.exp(np.cumsum(rng.normal(0, scale, n)))
    gap = rng.normal(0, scale * draw(st.sampled_from([0.0, 1.0])), n)
    opened = np.concatenate([[100.0], close[:-1]]) * np.exp(gap)
    top = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, scale, n)))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, scale, n)))
    if draw(st.booleans()):  # a coarse grid makes prices meet levels exactly
        opened, close = np.round(opened), np.round(close)
        top, low = np.ceil(np.maximum(top, opened)), np.floor(np.minimum(low, close))
        top, low = (
            np.maximum(top, np.maximum(opened, close)),
            np.minimum(low, np.minimum(opened, close)),
        )
    return Bars(
        "X/USDT:USDT",
        "1h",
        open_ns=np.arange(n) * 3_600_000_000_000,
        open=opened,
        high=top,
        low=low,
        close=close,
        volume=np.ones(n),
    )


@st.composite
def returns(draw: st.DrawFn, n: int) -> np.ndarray | Signals:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["bool", "unit", "weights", "signals"]))
    stay = draw(st.sampled_from([0.3, 0.7, 0.9]))
    if kind == "signals":

        def flags() -> np.ndarray:
            return rng.random(n) > stay

        def distance() -> np.ndarray | float | None:
            choice = draw(st.sampled_from(["none", "one", "each"]))
            if choice == "none":
                return None
            if choice == "one":
                return 0.02
            return np.where(rng.random(n) < 0.3, np.nan, rng.uniform(0.005, 0.05, n))

        both = draw(st.booleans())
        return Signals(
            entries=flags(),
            exits=flags(),
            short_entries=flags() if both else None,
            short_exits=flags() if both else None,
            stop_loss=distance(),
            take_profit=distance(),
            trailing=distance(),
        )
    choices = {
        "bool": [0.0, 1.0],
        "unit": [-1.0, 0.0, 1.0],
        "weights": [-1.0, -0.5, 0.0, 0.25, 0.6, 1.0],
    }
    values = rng.choice(choices[kind], n)
    keep = rng.random(n) < stay
    for t in range(1, n):
        if keep[t]:
            values[t] = values[t - 1]
    return values.astype(bool) if kind == "bool" else values


SIZES = st.sampled_from(
    [
        EquityFraction(1.0),
        EquityFraction(0.4),
        EquityFraction(2.0),
        Quantity(3.0),
        Quantity(70.0),
        Notional(900.0),
        Notional(9_999.0),
        RiskFraction(0.01),
        RiskFraction(0.5),
        VolTarget(0.3, lookback=3),
        VolTarget(9.0, lookback=2),
    ]
)
DISTANCES = st.sampled_from([None, 0.004, 0.02, 0.1])
COSTS = st.builds(
    Costs,
    fee_rate=st.sampled_from([0.0, 0.001, 0.02]),
    fee_fixed=st.sampled_from([0.0, 0.0, 2.5]),
    fee_minimum=st.sampled_from([0.0, 0.0, 5.0]),
    slippage=st.sampled_from([0.0, 0.0005, 0.01]),
    spread=st.sampled_from([0.0, 0.002]),
)
INSTRUMENTS = st.sampled_from(
    [
        None,
        None,
        Instrument(symbol=Symbol.parse("X/USDT:USDT"), tick=Decimal("0.01"), step=Decimal("0.1")),
        Instrument(
            symbol=Symbol.parse("X/USDT:USDT"),
            tick=Decimal("0.01"),
            step=Decimal(1),
            min_quantity=Decimal(2),
            max_quantity=Decimal(60),
            min_notional=Decimal(700),
        ),
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[BacktestSpec, np.ndarray | Signals]:
    bars = draw(markets())
    size = draw(SIZES)
    stop = draw(DISTANCES)
    returned = draw(returns(len(bars)))
    if isinstance(size, RiskFraction) and stop is None:
        stop = 0.03
    return BacktestSpec(
        strategy=STRATEGY,
        bars=bars,
        cash=draw(st.sampled_from([10_000.0, 300.0])),
        costs=draw(COSTS),
        size=size,
        exits=Exits(
            stop_loss=stop,
            take_profit=draw(DISTANCES),
            trailing=draw(DISTANCES),
            max_bars=draw(st.sampled_from([None, None, 1, 3])),
        ),
        fill=draw(st.sampled_from(FillMode)),
        leverage=draw(st.sampled_from([2.0, 5.0])) if size == EquityFraction(2.0) else 1.0,
        instrument=draw(INSTRUMENTS),
        on_insufficient=draw(st.sampled_from(OnInsufficient)),
        close_at_end=draw(st.booleans()),
    ), returned


def assert_equal(spec: BacktestSpec, returned: np.ndarray | Signals) -> None:
    wanted = wanted_of(returned, len(spec.bars))
    repeats = isinstance(returned, Signals)
    twin = Twin(spec).run(wanted, repeats=repeats)
    result = run_signal(spec, returned)
    mine = result.trades_columns
    assert len(mine) == len(twin.trades)
    if twin.trades:
        columns = list(zip(*twin.trades, strict=True))
        for name, column in zip(("entry_bar", "exit_bar", "direction"), columns[:3], strict=True):
            np.testing.assert_array_equal(getattr(mine, name), column, err_msg=name)
        np.testing.assert_array_equal(mine.exit_reason, columns[8])
        np.testing.assert_array_equal(mine.ambiguous, columns[9])
        scale = spec.cash
        for name, column in zip(
            ("quantity", "entry_price", "exit_price"), columns[3:6], strict=True
        ):
            np.testing.assert_allclose(getattr(mine, name), column, rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(
            mine.entry_fee + mine.exit_fee, columns[6], rtol=1e-9, atol=1e-9 * scale
        )
        np.testing.assert_allclose(mine.pnl, columns[7], rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(result.equity_curve, twin.equity, rtol=1e-9, atol=1e-9 * spec.cash)
    assert result.final_equity == pytest.approx(twin.equity[-1], rel=1e-9, abs=1e-9 * spec.cash)
    assert (result.pending.target if result.pending else None) == twin.pending
    refused = result.refused_columns
    assert [int(b) for b in refused.bar] == [r[0] for r in twin.refused]
    np.testing.assert_allclose(refused.filled, [r[1] for r in twin.refused], rtol=1e-9, atol=1e-9)
    if result.n_ambiguous:
        bright = Twin(spec, optimistic=True).run(wanted, repeats=repeats)
        assert result.equity_bounds[1] == pytest.approx(
            bright.equity[-1], rel=1e-9, abs=1e-9 * spec.cash
        )


@settings(max_examples=400, deadline=None)
@given(cases())
def test_kernel_equals_twin(case: tuple[BacktestSpec, np.ndarray | Signals]) -> None:
    assert_equal(*case)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=20_000, deadline=None)
@given(cases())
def test_kernel_equals_twin_at_length(case: tuple[BacktestSpec, np.ndarray | Signals]) -> None:
    assert_equal(*case)


def test_contradictory_signals_change_nothing_and_are_counted() -> None:
    n = 6
    bars = Bars(
        "X/USDT",
        "1h",
        open_ns=np.arange(n) * 3_600_000_000_000,
        open=np.ones(n),
        high=np.ones(n),
        low=np.ones(n),
        close=np.ones(n),
        volume=np.ones(n),
    )
    both = np.array([True, False, False, False, False, False])
    assert decide(Signals(entries=both, exits=both), bars, name="s").contradictory == 1
