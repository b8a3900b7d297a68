from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algotrendy.analytics.crossvalidation import probability_of_backtest_overfitting as overfitting
from algotrendy.errors import InvalidValue


def noise(seed, trials=20, periods=240):
    return np.random.default_rng(seed).normal(0.0, 0.01, (trials, periods))


def slowly(returns, splits, score):
    """Every halving by concatenating its returns: winner, both scores, logit."""

    def judged(row):
        spread = np.std(row, ddof=1)
        return row.mean() if score == "mean" else (row.mean() / spread if spread > 1e-14 else 0.0)

    length = returns.shape[1] // splits
    parts = [returns[:, s * length : (s + 1) * length] for s in range(splits)]
    found = []
    for members in combinations(range(splits), splits // 2):
        inside = np.hstack([parts[s] for s in members])
        outside = np.hstack([parts[s] for s in range(splits) if s not in members])
        here, there = ([judged(row) for row in side] for side in (inside, outside))
        best = int(np.argmax(here))
        rank = sum(x < there[best] for x in there) + 1
        share = rank / (len(here) + 1)
        found.append((best, here[best], there[best], math.log(share / (1.0 - share))))
    return sorted(found)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 4, 6]),
    st.integers(2, 9),
    st.integers(30, 60),
    st.sampled_from(["sharpe", "mean"]),
    st.sampled_from([1, 1 << 25]),
)
def test_every_halving_is_that_of_the_loop(seed, splits, trials, periods, score, max_bytes):
    returns = noise(seed, trials, periods)
    found = overfitting(returns, splits=splits, score=score, max_bytes=max_bytes)
    rows = sorted(
        zip(
            found.winners.tolist(),
            found.in_sample.tolist(),
            found.out_of_sample.tolist(),
            found.logits.tolist(),
            strict=True,
        )
    )
    np.testing.assert_allclose(rows, slowly(returns, splits, score), rtol=1e-7, atol=1e-9)
    assert found.trials == trials


def test_the_best_of_noise_is_a_coin_toss_out_of_sample():
    found = [overfitting(noise(seed), splits=8).probability for seed in range(60)]
    assert 0.4 < np.mean(found) < 0.6


def test_an_edge_that_is_there_is_found_again():
    returns = noise(3, periods=2000)
    returns[7] += 0.003
    found = overfitting(returns, splits=10)
    assert found.probability == 0.0
    assert set(found.winners.tolist()) == {7}
    assert found.probability_of_loss == 0.0


def test_an_edge_that_moves_about_is_overfit():
    returns = noise(4, trials=8, periods=800)
    for trial in range(8):  # each trial shines in one stretch of time and loses in the others
        returns[trial] -= 0.002
        returns[trial, trial * 100 : (trial + 1) * 100] += 0.02
    found = overfitting(returns, splits=8)
    assert found.probability > 0.8
    assert found.slope < 0.0


def test_which_half_is_called_in_sample_does_not_matter():
    found = overfitting(noise(5), splits=6)
    half = len(found.logits) // 2
    returns = noise(5)
    mirrored = returns.reshape(20, 6, 40)[:, ::-1].reshape(20, 240)
    turned = overfitting(mirrored, splits=6)
    assert found.probability == turned.probability
    assert sorted(found.logits.round(12)) == sorted(turned.logits.round(12))
    assert half == 10


def test_the_level_of_all_returns_does_not_change_the_ranks_by_mean():
    found, lifted = (overfitting(noise(6) + x, splits=6, score="mean") for x in (0.0, 5.0))
    np.testing.assert_array_equal(found.winners, lifted.winners)
    np.testing.assert_allclose(found.logits, lifted.logits)


def test_twins_share_their_rank_and_a_middle_rank_counts_half():
    returns = np.tile(noise(7, trials=1), (3, 1))
    found = overfitting(returns, splits=4)
    assert found.probability == 0.5
    np.testing.assert_allclose(found.logits, 0.0, atol=1e-12)


def test_a_trial_that_never_traded_scores_nothing():
    returns = noise(8, trials=3)
    returns[1] = 0.0
    found = overfitting(returns, splits=4)
    assert np.isfinite(found.in_sample).all()


def test_left_over_periods_at_the_end_are_not_used():
    returns = noise(9, periods=243)
    np.testing.assert_array_equal(
        overfitting(returns, splits=8).logits, overfitting(returns[:, :240], splits=8).logits
    )


@pytest.mark.parametrize("splits", [0, 3, 22])
def test_splits_must_be_even_and_few(splits):
    with pytest.raises(InvalidValue, match="splits"):
        overfitting(noise(1), splits=splits)


def test_bad_calls_are_refused():
    with pytest.raises(InvalidValue, match="two trials"):
        overfitting(noise(1, trials=1), splits=4)
    with pytest.raises(InvalidValue, match="two trials"):
        overfitting(noise(1, periods=7), splits=4)
    with pytest.raises(InvalidValue, match="score"):
        overfitting(noise(1), score="luck")
    returns = noise(1)
    returns[3, 5] = math.nan
    with pytest.raises(InvalidValue, match="row 3, column 5"):
        overfitting(returns)
