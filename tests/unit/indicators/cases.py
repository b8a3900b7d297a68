"""Every indicator in one table: how to call it, its slow twin, its warm-up, and what it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.unit.indicators import naive

from algotrendy.indicators import momentum, rolling, trend, volatility, volume


@dataclass(frozen=True)
class Case:
    name: str
    call: Callable[..., Any]
    twin: Callable[..., Any]
    reads: str  # c close, h high, l low, v volume
    params: Callable[[int], tuple[int, ...]] = lambda w: (w,)
    warm: Callable[[int], tuple[int, ...]] = lambda w: (w - 1,)
    outputs: int = 1
    order: tuple[int, ...] = field(default=())  # of the twin's outputs in ours

    def ours(self, columns: dict[str, np.ndarray], w: int) -> list[np.ndarray]:
        found = self.call(*(columns[name] for name in self.reads), *self.params(w))
        return list(found) if isinstance(found, tuple) else [found]

    def naive(self, columns: dict[str, np.ndarray], w: int) -> list[np.ndarray]:
        def one_run(*rows: list[float]) -> Any:
            return self.twin(*rows, *self.params(w))

        return naive.by_runs(one_run, *(columns[name] for name in self.reads), outputs=self.outputs)


def _bands(x: list[float], w: int) -> tuple[list[float], ...]:
    middle, spread = naive.sma(x, w), naive.windows(x, w, naive.std)
    return (
        [m - 2 * s for m, s in zip(middle, spread, strict=True)],
        middle,
        [m + 2 * s for m, s in zip(middle, spread, strict=True)],
    )


def _donchian(h: list[float], l: list[float], w: int) -> tuple[list[float], ...]:
    low, top = naive.windows(l, w, min), naive.windows(h, w, max)
    return low, [(a + b) / 2 for a, b in zip(low, top, strict=True)], top


def _keltner(h, l, c, w, width, swing_window):
    middle, swing = naive.ema(c, w), naive.atr(h, l, c, swing_window)
    return (
        [m - width * s for m, s in zip(middle, swing, strict=True)],
        middle,
        [m + width * s for m, s in zip(middle, swing, strict=True)],
    )


CASES = [
    Case("sma", rolling.sma, naive.sma, "c"),
    Case("rolling_sum", rolling.rolling_sum, lambda x, w: [v * w for v in naive.sma(x, w)], "c"),
    Case("rolling_std", rolling.rolling_std, lambda x, w: naive.windows(x, w, naive.std), "c"),
    Case("rolling_min", rolling.rolling_min, lambda x, w: naive.windows(x, w, min), "c"),
    Case("rolling_max", rolling.rolling_max, lambda x, w: naive.windows(x, w, max), "c"),
    Case("rolling_rank", rolling.rolling_rank, naive.rank, "c"),
    Case("zscore", rolling.zscore, naive.zscore, "c"),
    Case("ema", trend.ema, naive.ema, "c"),
    Case("wilder", trend.wilder, naive.wilder, "c"),
    Case("wma", trend.wma, naive.wma, "c"),
    Case("dema", trend.dema, naive.dema, "c", warm=lambda w: (2 * w - 2,)),
    Case("tema", trend.tema, naive.tema, "c", warm=lambda w: (3 * w - 3,)),
    Case("kama", trend.kama, naive.kama, "c", lambda w: (w, 2, 30), lambda w: (w,)),
    Case("kama_slow", trend.kama, naive.kama, "c", lambda w: (w, 5, 9), lambda w: (w,)),
    Case(
        "macd",
        trend.macd,
        naive.macd,
        "c",
        lambda w: (w, w + 3, 4),
        lambda w: (w + 2, w + 5, w + 5),
        3,
    ),
    Case("adx", trend.adx, naive.adx, "hlc", warm=lambda w: (2 * w - 1, w, w), outputs=3),
    Case(
        "supertrend",
        trend.supertrend,
        naive.supertrend,
        "hlc",
        lambda w: (w, 3.0),
        lambda w: (w, w),
        2,
    ),
    Case(
        "supertrend_tight",
        trend.supertrend,
        naive.supertrend,
        "hlc",
        lambda w: (w, 0.3),
        lambda w: (w, w),
        2,
    ),
    Case(
        "true_range", volatility.true_range, naive.true_range, "hlc", lambda w: (), lambda w: (1,)
    ),
    Case("atr", volatility.atr, naive.atr, "hlc", warm=lambda w: (w,)),
    Case("bollinger", volatility.bollinger, _bands, "c", warm=lambda w: (w - 1,) * 3, outputs=3),
    Case(
        "keltner",
        volatility.keltner,
        _keltner,
        "hlc",
        lambda w: (w, 2.0, 5),
        lambda w: (max(w - 1, 5), w - 1, max(w - 1, 5)),
        3,
    ),
    Case("donchian", volatility.donchian, _donchian, "hl", warm=lambda w: (w - 1,) * 3, outputs=3),
    Case("rsi", momentum.rsi, naive.rsi, "c", warm=lambda w: (w,)),
    Case("roc", momentum.roc, naive.roc, "c", warm=lambda w: (w,)),
    Case(
        "stochastic",
        momentum.stochastic,
        naive.stochastic,
        "hlc",
        lambda w: (w, 3, 2),
        lambda w: (w + 1, w + 2),
        2,
    ),
    Case(
        "stochastic_fast",
        momentum.stochastic,
        naive.stochastic,
        "hlc",
        lambda w: (w, 1, 3),
        lambda w: (w - 1, w + 1),
        2,
    ),
    Case("williams_r", momentum.williams_r, naive.williams_r, "hlc"),
    Case("cci", momentum.cci, naive.cci, "hlc"),
    Case("mfi", momentum.mfi, naive.mfi, "hlcv", warm=lambda w: (w,)),
    Case("obv", volume.obv, naive.obv, "cv", lambda w: (), lambda w: (0,)),
    Case("rolling_vwap", volume.rolling_vwap, naive.rolling_vwap, "hlcv"),
]

BY_NAME = {case.name: case for case in CASES}

#: What may be NaN behind its warm-up although no input is: a price of no volume, a swing bar.
SPARSE = {"rolling_vwap", "swing_pivots"}


def market(seed: int, n: int, *, flat: float = 0.2, tick: float = 0.01) -> dict[str, np.ndarray]:
    """A random market on a grid of ticks: many equal prices, stretches without any movement."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 0.3, n) * (rng.random(n) > flat)
    if n > 20:
        start = int(rng.integers(0, n - 10))
        steps[start : start + int(rng.integers(1, 40))] = 0.0
    close = np.round(50.0 * np.exp(np.cumsum(steps) / 50.0) / tick) * tick
    moving = np.concatenate(([True], np.diff(close) != 0)) if n else np.empty(0, dtype=bool)
    high = close + np.round(np.abs(rng.normal(0.0, 0.2, n)), 2) * moving
    low = close - np.minimum(np.round(np.abs(rng.normal(0.0, 0.2, n)), 2), close / 2) * moving
    volume_ = np.round(rng.random(n) * 100) * (rng.random(n) > 0.1)
    return {"h": high, "l": low, "c": close, "v": volume_}


@st.composite
def markets(draw: st.DrawFn, *, most: int = 150, holes: bool = True) -> dict[str, np.ndarray]:
    n = draw(st.integers(0, most))
    columns = market(
        draw(st.integers(0, 2**32 - 1)), n, flat=draw(st.sampled_from([0.0, 0.3, 0.9, 1.0]))
    )
    if holes and n:
        for name, row in draw(
            st.lists(st.tuples(st.sampled_from("hlcv"), st.integers(0, n - 1)), max_size=4)
        ):
            columns[name][row] = np.nan
    return columns
