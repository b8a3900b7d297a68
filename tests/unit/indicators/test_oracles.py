"""Agreement with TA-Lib and Tulip, and every known difference of convention by its name."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from tests.shared_data import shared_path

from algotrendy.indicators import momentum, rolling, trend, volatility, volume


@cache
def talib() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Give the expected outputs and the 800 bars they were computed from."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    oracle = json.loads(shared_path("data/oracles/talib_AVAXUSDT_1m.json").read_text())
    candles = shared_path("data/candles/binance_AVAXUSDT_1m_2023-02_full.parquet")
    frame = pandas.read_parquet(candles).iloc[:800]
    bars = {
        short: np.array(frame[name], dtype=float)
        for short, name in {"h": "high", "l": "low", "c": "close", "v": "volume"}.items()
    }
    values = {
        name: np.array([np.nan if v is None else v for v in column], dtype=float)
        for name, column in oracle["values"].items()
    }
    return values, bars


SAME = {
    "SMA(20)": lambda b: rolling.sma(b["c"], 20),
    "EMA(20)": lambda b: trend.ema(b["c"], 20),
    "WMA(14)": lambda b: trend.wma(b["c"], 14),
    "DEMA(20)": lambda b: trend.dema(b["c"], 20),
    "TEMA(20)": lambda b: trend.tema(b["c"], 20),
    "KAMA(10)": lambda b: trend.kama(b["c"], 10),
    "RSI(14)": lambda b: momentum.rsi(b["c"]),
    "BBANDS(20,2,2).upper": lambda b: volatility.bollinger(b["c"]).upper,
    "BBANDS(20,2,2).middle": lambda b: volatility.bollinger(b["c"]).middle,
    "BBANDS(20,2,2).lower": lambda b: volatility.bollinger(b["c"]).lower,
    "ATR(14)": lambda b: volatility.atr(b["h"], b["l"], b["c"]),
    "NATR(14)": lambda b: 100 * volatility.atr(b["h"], b["l"], b["c"]) / b["c"],
    "ADX(14)": lambda b: trend.adx(b["h"], b["l"], b["c"]).adx,
    "PLUS_DI(14)": lambda b: trend.adx(b["h"], b["l"], b["c"]).plus_di,
    "MINUS_DI(14)": lambda b: trend.adx(b["h"], b["l"], b["c"]).minus_di,
    "STOCH(14,3,3).d": lambda b: momentum.stochastic(b["h"], b["l"], b["c"]).d,
    "CCI(20)": lambda b: momentum.cci(b["h"], b["l"], b["c"]),
    "MFI(14)": lambda b: momentum.mfi(b["h"], b["l"], b["c"], b["v"]),
    "OBV": lambda b: volume.obv(b["c"], b["v"]),
    "ROC(10)": lambda b: momentum.roc(b["c"]),
    "WILLR(14)": lambda b: momentum.williams_r(b["h"], b["l"], b["c"]),
    "STDDEV(20)": lambda b: rolling.rolling_std(b["c"], 20),
}


@pytest.mark.parametrize("name", SAME)
def test_values_and_warm_up_are_those_of_talib(name: str) -> None:
    expected, bars = talib()
    ours = SAME[name](bars)
    assert np.array_equal(np.isnan(ours), np.isnan(expected[name]))
    np.testing.assert_allclose(ours, expected[name], rtol=1e-9, atol=1e-9)


def test_difference_stochastic_k_is_shown_before_d_exists() -> None:
    expected, bars = talib()
    ours, theirs = (
        momentum.stochastic(bars["h"], bars["l"], bars["c"]).k,
        expected["STOCH(14,3,3).k"],
    )
    assert (np.flatnonzero(~np.isnan(ours))[0], np.flatnonzero(~np.isnan(theirs))[0]) == (15, 17)
    np.testing.assert_allclose(ours[17:], theirs[17:], rtol=1e-9, atol=1e-9)


def test_difference_macd_seeds_its_fast_average_at_its_own_window() -> None:
    """TA-Lib seeds the fast EMA from the 12 closes before the slow one's seed, and hides macd till 33."""
    expected, bars = talib()
    line = trend.macd(bars["c"])
    theirs = {part: expected[f"MACD(12,26,9).{part}"] for part in ("macd", "signal", "hist")}
    assert [int(np.flatnonzero(~np.isnan(part))[0]) for part in line] == [25, 33, 33]
    gap = np.abs(line.macd - theirs["macd"])
    assert gap[33] > 1e-4
    fading = gap[33] * (1 - 2 / 13) ** np.arange(len(gap) - 33)
    np.testing.assert_allclose(gap[33:], fading, rtol=1e-3, atol=1e-12)
    for ours, other in zip(line, theirs.values(), strict=True):
        np.testing.assert_allclose(ours[200:], other[200:], rtol=0, atol=1e-9)
    seeded_late = np.full(800, np.nan)
    seeded_late[14:] = trend.ema(bars["c"][14:], 12)
    np.testing.assert_allclose(
        (seeded_late - trend.ema(bars["c"], 26))[33:], theirs["macd"][33:], rtol=0, atol=1e-9
    )


def test_difference_standing_markets_are_neutral_not_zero() -> None:
    talib_module = pytest.importorskip("talib")
    flat = np.full(60, 10.0)
    with_volume = np.full(60, 3.0)
    pairs = [
        (momentum.rsi(flat), talib_module.RSI(flat, 14), 50.0, 0.0),
        (momentum.williams_r(flat, flat, flat), talib_module.WILLR(flat, flat, flat), -50.0, 0.0),
        (
            momentum.stochastic(flat, flat, flat).k,
            talib_module.STOCHF(flat, flat, flat)[0],
            50.0,
            0.0,
        ),
        (
            momentum.mfi(flat, flat, flat, with_volume),
            talib_module.MFI(flat, flat, flat, with_volume),
            50.0,
            0.0,
        ),
    ]
    for ours, theirs, neutral, zero in pairs:
        assert ours[-1] == neutral
        assert theirs[-1] == zero


def test_rsi_keeps_its_ratio_while_the_market_rests_as_talib_does() -> None:
    talib_module = pytest.importorskip("talib")
    moved = np.round(20 + np.cumsum(np.random.default_rng(1).normal(0, 0.01, 100)), 3)
    values = np.concatenate((moved, np.full(900, moved[-1])))
    np.testing.assert_allclose(momentum.rsi(values), talib_module.RSI(values, 14), rtol=1e-9)


def test_difference_talib_stays_nan_after_a_nan_and_ours_starts_again() -> None:
    talib_module = pytest.importorskip("talib")
    values = np.arange(60.0)
    values[20] = np.nan
    assert np.isnan(talib_module.EMA(values, 5)[21:]).all()
    assert np.array_equal(trend.ema(values, 5)[21:], trend.ema(values[21:], 5), equal_nan=True)


def tulip(
    indicator: str,
) -> list[tuple[dict[str, float], dict[str, np.ndarray], dict[str, list[float]]]]:
    vectors = json.loads(shared_path("data/oracles/indicator_vectors.json").read_text())
    found = [
        (
            case["options"],
            {k: np.array(v, dtype=float) for k, v in case["inputs"].items()},
            case["outputs"],
        )
        for case in vectors["cases"]
        if case["indicator"] == indicator
    ]
    assert found
    return found


def close_to_printed(ours: np.ndarray, printed: list[float], digits: float = 6e-4) -> None:
    valid = ours[len(ours) - len(printed) :]
    assert not np.isnan(valid).any()
    np.testing.assert_allclose(valid, printed, rtol=0, atol=digits)


TULIP = {
    "sma": lambda o, i: [rolling.sma(i["real"], int(o["period"]))],
    "sum": lambda o, i: [rolling.rolling_sum(i["real"], int(o["period"]))],
    "max": lambda o, i: [rolling.rolling_max(i["real"], int(o["period"]))],
    "min": lambda o, i: [rolling.rolling_min(i["real"], int(o["period"]))],
    "wma": lambda o, i: [trend.wma(i["real"], int(o["period"]))],
    "bbands": lambda o, i: list(volatility.bollinger(i["real"], int(o["period"]), o["stddev"])),
    "roc": lambda o, i: [momentum.roc(i["real"], int(o["period"])) / 100],
    "rsi": lambda o, i: [momentum.rsi(i["real"], int(o["period"]))],
    "mfi": lambda o, i: [
        momentum.mfi(i["high"], i["low"], i["close"], i["volume"], int(o["period"]))
    ],
    "cci": lambda o, i: [momentum.cci(i["high"], i["low"], i["close"], int(o["period"]))],
    "stoch": lambda o, i: list(
        momentum.stochastic(
            i["high"],
            i["low"],
            i["close"],
            int(o["k_period"]),
            int(o["k_slowing_period"]),
            int(o["d_period"]),
        )
    ),
}


@pytest.mark.parametrize("name", TULIP)
def test_values_are_those_tulip_prints(name: str) -> None:
    for options, inputs, outputs in tulip(name):
        for ours, printed in zip(TULIP[name](options, inputs), outputs.values(), strict=True):
            close_to_printed(ours, printed)


def test_difference_tulip_seeds_an_ema_with_the_first_value() -> None:
    for options, inputs, outputs in tulip("ema"):
        window, values = int(options["period"]), inputs["real"]
        theirs = [values[0]]
        for value in values[1:]:
            theirs.append(theirs[-1] + 2 / (window + 1) * (value - theirs[-1]))
        close_to_printed(np.array(theirs), outputs["ema"])
        ours = trend.ema(values, window)
        gap = np.abs(ours - np.array(theirs))[window - 1 :]
        np.testing.assert_allclose(
            gap, gap[0] * (1 - 2 / (window + 1)) ** np.arange(len(gap)), rtol=1e-6
        )


def test_difference_tulip_shows_directional_indicators_one_bar_earlier() -> None:
    for options, inputs, outputs in tulip("di"):
        found = trend.adx(inputs["high"], inputs["low"], inputs["close"], int(options["period"]))
        assert np.isnan(found.plus_di).sum() == int(options["period"])
        assert len(found.plus_di) - len(outputs["plus_di"]) == int(options["period"]) - 1


def test_difference_tulip_counts_the_first_bar_into_the_atr() -> None:
    for options, inputs, outputs in tulip("natr"):
        window = int(options["period"])
        close = inputs["close"]
        ranges = volatility.true_range(inputs["high"], inputs["low"], close).copy()
        ranges[0] = inputs["high"][0] - inputs["low"][0]
        close_to_printed(100 * trend.wilder(ranges, window) / close, outputs["natr"])
