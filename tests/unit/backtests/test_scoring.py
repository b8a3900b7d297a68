"""Scores read off flips equal those of a full run, pair by pair and in blocks."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algotrendy.backtests.scoring import SCORES, Scorer
from algotrendy.backtests.spec import BacktestSpec, Costs, Exits, FillMode
from algotrendy.backtests.strategy import Strategy
from algotrendy.engines.vector.engine import run_signal
from algotrendy.model.bars import Bars
from algotrendy.model.instrument import Instrument
from algotrendy.model.signals import Above
from algotrendy.model.sizes import EquityFraction
from algotrendy.sample import random_walk

STRATEGY = Strategy(lambda bars: np.zeros(len(bars), dtype=np.bool_), name="any")


def _full(spec: BacktestSpec, target: np.ndarray) -> list[float]:
    result = run_signal(spec, target)
    return [result.total_return, result.metrics.sharpe, float(result.n_trades)]


@settings(max_examples=150, deadline=None)
@given(
    n=st.integers(2, 300),
    seed=st.integers(0, 2**32 - 1),
    fill=st.sampled_from(FillMode),
    fee=st.sampled_from([0.0, 0.001, 0.02]),
    slippage=st.sampled_from([0.0, 0.003]),
    lefts=st.integers(1, 4),
    rights=st.integers(1, 4),
)
def test_scores_equal_a_full_run(
    n: int, seed: int, fill: FillMode, fee: float, slippage: float, lefts: int, rights: int
) -> None:
    rng = np.random.default_rng(seed)
    spec = BacktestSpec(
        strategy=STRATEGY,
        bars=random_walk(n, seed=seed % 1000, symbol="X/USDT"),
        costs=Costs(fee_rate=fee, slippage=slippage),
        fill=fill,
    )
    scorer = Scorer(spec)
    left = [np.cumsum(rng.normal(size=n)) for _ in range(lefts)]
    right = [np.cumsum(rng.normal(size=n)) for _ in range(rights)]
    left[0][: n // 3] = np.nan
    pairs = [Above(a, b) for a in left for b in right if rng.random() < 0.8] or [
        Above(left[0], right[0])
    ]
    together = scorer.score_pairs(pairs)
    for row, pair in zip(together, pairs, strict=True):
        expected = _full(spec, pair.values)
        np.testing.assert_allclose(scorer.score(pair.values), expected, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(row, expected, rtol=1e-8, atol=1e-9)


def test_blocks_carry_the_state_over_their_borders() -> None:
    n = 70_000
    spec = BacktestSpec(strategy=STRATEGY, bars=random_walk(n, seed=3, symbol="X/USDT"))
    rng = np.random.default_rng(3)
    pairs = [Above(np.cumsum(rng.normal(size=n)), np.zeros(n)) for _ in range(40)]
    scorer = Scorer(spec)
    together = scorer.score_pairs(pairs)
    alone = [scorer.score(pair.values) for pair in pairs]
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        {"exits": Exits(stop_loss=0.1)},
        {"size": EquityFraction(0.5)},
        {"close_at_end": True},
        {"costs": Costs(fee_fixed=1.0)},
        {"costs": Costs(fee_minimum=1.0)},
        {"leverage": 2.0},
    ],
)
def test_what_it_cannot_score_it_does_not_claim(change: dict[str, object]) -> None:
    spec = BacktestSpec(strategy=STRATEGY, bars=random_walk(10, seed=1), **change)
    assert not Scorer.claims(spec, SCORES)


def test_other_metrics_are_not_claimed() -> None:
    bars = random_walk(10, seed=1)
    spec = BacktestSpec(strategy=STRATEGY, bars=bars)
    assert Scorer.claims(spec, SCORES)
    assert not Scorer.claims(BacktestSpec(strategy=STRATEGY, bars=bars[:1]), SCORES)
    many = Bars.from_many({"A/USDT": bars, "B/USDT": bars})
    assert not Scorer.claims(BacktestSpec(strategy=STRATEGY, bars=many), SCORES)
    rules = Instrument(symbol=bars.symbol, tick=Decimal(1), step=Decimal(1))
    ruled = BacktestSpec(strategy=STRATEGY, bars=bars, instrument=rules)
    assert not Scorer.claims(ruled, SCORES)
    assert not Scorer.claims(spec, (*SCORES, "max_drawdown"))
