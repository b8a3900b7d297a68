"""Sweeps: one strategy, many parameter sets, and what that number of trials does to the best of them.

Laws: memory does not grow with the number of combinations beyond their scores; the best is never
shown without its number of trials and its deflated Sharpe ratio.
Used by: `at.sweep`, walk-forward.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast, final

import numpy as np

from algotrendy import _lazy
from algotrendy.analytics.crossvalidation import (
    Overfitting,
    probability_of_backtest_overfitting,
)
from algotrendy.analytics.overfit import deflated_sharpe_ratio
from algotrendy.backtests.grid import Grid
from algotrendy.backtests.scoring import Scorer
from algotrendy.backtests.spec import BacktestSpec
from algotrendy.errors import InvalidValue
from algotrendy.indicators.memo import memo
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.signals import Above

if TYPE_CHECKING:
    import pandas as pd

    from algotrendy.backtests.result import BacktestResult
    from algotrendy.protocols.engine import BacktestEngine

__all__ = ["Best", "SweepPlan", "SweepResult", "evaluate"]

_CELLS = 2_000_000_000  # bars x combinations of one chunk: a few seconds of the fast path
_RETURN_BYTES = 256 * 2**20
_FLIPS_ENGINE = "vector"
_PAIRS = 2048  # comparisons scored together: enough to read every series from memory but once


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepPlan:
    """What a sweep does, as one picklable value.

    Parameters
    ----------
    spec : the run all combinations share
    grid : the combinations
    metrics : names of scores, `total_return`, `sharpe` and `n_trades` first
    max_bytes : bound of what a worker keeps of indicators
    engine : name of the engine that runs it; what flips can score is that of the vector engine
    """

    spec: BacktestSpec
    grid: Grid
    metrics: tuple[str, ...]
    max_bytes: int
    engine: str = _FLIPS_ENGINE

    @property
    def hash(self) -> str:
        """SHA-256 over spec, engine, combinations and metrics: a journal belongs to one sweep."""
        digest = hashlib.sha256(self.spec.hash.encode())
        digest.update(repr((self.engine, self.metrics, dict(self.grid.values))).encode())
        for place in self.grid.places.values():
            digest.update(place.astype(np.int64).tobytes())
        return digest.hexdigest()

    def chunks(self, workers: int) -> list[tuple[int, int]]:
        """Cut the combinations into ranges of about a second's work, a few for each worker."""
        m = len(self.grid)
        size = max(1, _CELLS // max(1, len(self.spec.bars)))
        size = max(1, min(size, -(-m // (4 * workers)) if workers > 1 else size))
        return [(start, min(start + size, m)) for start in range(0, m, size)]

    def order(self) -> IntArray:
        """In which order to run the combinations: tiles whose indicators fit `max_bytes` together.

        Row by row, a wide grid would push every indicator out just before it is wanted again.
        """
        grid = self.grid
        room = self.max_bytes // (2 * 8 * max(1, len(self.spec.bars)))  # half of it, in rows
        if sum(len(np.unique(place)) for place in grid.places.values()) <= room:
            return np.arange(len(grid))
        side = max(1, room // len(grid.places))
        tiles = [place // side for place in grid.places.values()]
        return np.lexsort(tiles[::-1])

    def part(self, start: int, stop: int) -> SweepPlan:
        """The same plan for some of the combinations: what a worker is sent."""
        return replace(self, grid=self.grid.take(slice(start, stop)))


def evaluate(plan: SweepPlan, engine: BacktestEngine) -> FloatArray:
    """Score every combination of the plan, shape (m, number of metrics)."""
    spec = plan.spec
    scores = np.empty((len(plan.grid), len(plan.metrics)))
    scored = plan.engine == _FLIPS_ENGINE and Scorer.claims(spec, plan.metrics)
    scorer = Scorer(spec) if scored else None
    pairs: list[tuple[int, Above]] = []
    with memo(max_bytes=plan.max_bytes):
        order = plan.order()
        ordered = plan.grid.take(order).combinations(0, len(order))
        for row, params in zip(order.tolist(), ordered, strict=True):
            if scorer is None:
                scores[row] = _full(plan, engine, params)
                continue
            returned = spec.strategy(spec.bars, **{**spec.params, **params})
            if isinstance(returned, Above) and _fits(returned, spec):
                pairs.append((row, returned))
                if len(pairs) == _PAIRS:
                    _flush(scorer, pairs, scores)
            elif (
                isinstance(returned, np.ndarray)
                and returned.dtype == np.bool_
                and returned.shape == spec.bars.close.shape
            ):
                scores[row] = scorer.score(returned.astype(np.bool_, copy=False))
            else:
                scores[row] = _full(plan, engine, params)
        if scorer is not None:
            _flush(scorer, pairs, scores)
    return scores


def _fits(pair: Above, spec: BacktestSpec) -> bool:
    return all(
        isinstance(side, np.ndarray)
        and side.dtype == np.float64
        and side.shape == spec.bars.close.shape
        for side in (pair.left, pair.right)
    )


def _flush(scorer: Scorer, pairs: list[tuple[int, Above]], scores: FloatArray) -> None:
    if pairs:
        rows = [row for row, _ in pairs]
        scores[rows] = scorer.score_pairs([pair for _, pair in pairs])
        pairs.clear()


def _full(
    plan: SweepPlan, engine: BacktestEngine, params: Mapping[str, object]
) -> tuple[float, ...]:
    result = engine.run(replace(plan.spec, params={**plan.spec.params, **params}))
    own = {
        "total_return": result.total_return,
        "n_trades": float(result.n_trades),
        "n_refused": float(len(result.refused_columns)),
        "n_ambiguous": float(result.n_ambiguous),
        "final_equity": result.final_equity,
    }
    return tuple(
        own[name] if name in own else float(getattr(result.metrics, name)) for name in plan.metrics
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best combination in sample, and what its being the best of many is worth.

    Parameters
    ----------
    params : its parameters
    metrics : its scores
    n_trials : how many combinations it was chosen from
    deflated_sharpe : probability that its true Sharpe ratio is above what the best of that many
        trials without skill would show; below 0.95 it is not distinguishable from luck
    """

    params: Mapping[str, object]
    metrics: Mapping[str, float]
    n_trials: int
    deflated_sharpe: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SweepResult:
    """Scores of every combination.

    Parameters
    ----------
    plan : what was asked
    engine : the engine that ran it, for `run`
    scores : (m, number of metrics)
    metric : the score that ranks
    """

    plan: SweepPlan
    engine: BacktestEngine
    scores: FloatArray
    metric: str

    @property
    def strategy_name(self) -> str:
        """Name of the strategy."""
        return self.plan.spec.strategy.name

    @property
    def n_trials(self) -> int:
        """Number of combinations tried."""
        return len(self.plan.grid)

    @property
    def n_left_out(self) -> int:
        """Number of combinations that `where` refused."""
        return self.plan.grid.left_out

    @cached_property
    def params(self) -> dict[str, np.ndarray]:
        """The parameters, one array each, one row a combination."""
        return self.plan.grid.columns()

    @property
    def metrics(self) -> dict[str, FloatArray]:
        """The scores, one array each, one row a combination."""
        return {name: self.scores[:, at] for at, name in enumerate(self.plan.metrics)}

    @cached_property
    def order(self) -> IntArray:
        """Rows from best to worst by `metric`; NaN last, ties in the order of the grid."""
        return np.argsort(-self.metrics[self.metric], kind="stable")

    @cached_property
    def best(self) -> Best:
        """The best combination with its trial count and deflated Sharpe ratio; runs it once more."""
        row = int(self.order[0])
        result = self.run(row)
        per_bar = 1 / np.sqrt(self.plan.spec.bars.periods_per_year)
        sharpes = self.metrics["sharpe"] * per_bar
        known = sharpes[np.isfinite(sharpes)]
        metrics = result.metrics
        deflated = deflated_sharpe_ratio(
            metrics.sharpe * per_bar,
            n=len(self.plan.spec.bars),
            n_trials=self.n_trials,
            variance=float(known.var(ddof=1)) if len(known) > 1 else 0.0,
            skewness=metrics.skewness,
            kurtosis=metrics.kurtosis + 3.0,
        )
        return Best(
            params=self.params_of(row),
            metrics={name: float(values[row]) for name, values in self.metrics.items()},
            n_trials=self.n_trials,
            deflated_sharpe=float(deflated),
        )

    def overfitting(self, *, splits: int = 16, max_trials: int = 200) -> Overfitting:
        """Cross-validate the choice of the best combination over time (CSCV).

        Parameters
        ----------
        splits : even number of equal stretches of time
        max_trials : at most so many combinations, evenly spread over the grid with the best among
            them, are run once more; fewer where their returns would take over 256 MB

        Raises
        ------
        InvalidValue
            For fewer than two combinations or too few bars.
        """
        n = len(self.plan.spec.bars)
        count = max(2, min(max_trials, self.n_trials, _RETURN_BYTES // (8 * n)))
        rows = np.linspace(0, self.n_trials - 1, count).astype(np.int64)
        rows = np.union1d(rows, self.order[:1])
        curves = np.stack([self.run(int(row)).equity_curve for row in rows])
        start = np.full((len(rows), 1), self.plan.spec.cash)
        before = np.concatenate([start, curves[:, :-1]], axis=1)
        alive = (before > 0).all(axis=1)  # a wiped-out account has no returns to rank
        return probability_of_backtest_overfitting(curves[alive] / before[alive] - 1, splits=splits)

    @cached_property
    def pbo(self) -> float:
        """Probability of backtest overfitting; NaN where there are too few combinations or bars."""
        try:
            return self.overfitting().probability
        except InvalidValue:
            return float("nan")

    def params_of(self, row: int) -> dict[str, object]:
        """The swept parameters of one combination."""
        return next(self.plan.grid.combinations(row, row + 1))

    def run(self, row: int) -> BacktestResult:
        """Run one combination in full: row 0 is the first of the grid, `order[0]` the best."""
        if not -self.n_trials <= row < self.n_trials:
            raise InvalidValue("row", value=row, rule=f"0 to {self.n_trials - 1} is allowed")
        spec = self.plan.spec
        params = {**spec.params, **self.params_of(row % self.n_trials)}
        return self.engine.run(replace(spec, params=params))

    @property
    def frame(self) -> pd.DataFrame:
        """Parameters and scores as a pandas DataFrame in the order of the grid."""
        import pandas as pd

        return pd.DataFrame({**self.params, **self.metrics})

    def top(self, n: int = 10) -> pd.DataFrame:
        """The best n combinations as a pandas DataFrame, best first."""
        return self.frame.iloc[self.order[:n]]

    def report(self, path: str | Path) -> Path:
        """Write the best combination's report, with the sweep's heat map and trial count beside it."""
        write = _lazy.attribute("algotrendy.plotting.report:write_report")
        return cast("Path", write(self.run(int(self.order[0])), path, sweep=self))  # type: ignore[operator]

    def _repr_html_(self) -> str:
        html = _lazy.attribute("algotrendy.plotting.notebook:sweep_html")
        return cast("str", html(self))  # type: ignore[operator]

    def __repr__(self) -> str:
        best = self.best
        shown = ", ".join(f"{k}={v}" for k, v in best.params.items())
        return (
            f"SweepResult({self.strategy_name}: {self.n_trials:,} combinations, best {self.metric} "
            f"{best.metrics[self.metric]:.3f} at {shown}, deflated Sharpe {best.deflated_sharpe:.2f})"
        )
