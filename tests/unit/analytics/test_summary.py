from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared_data import shared_path
from tests.unit.analytics import twins

from algotrendy.analytics import benchmark, drawdown, ratios, returns, tail, trades
from algotrendy.analytics.overfit import probabilistic_sharpe_ratio
from algotrendy.analytics.summary import Metrics, summarise
from algotrendy.errors import InvalidValue

YEAR = 365.0
# Pairs of figures whose ties of rounding differ by path are compared to 1e-8 of their own size.
CLOSE = {"rel": 1e-8, "abs": 1e-9, "nan_ok": True}


def one_by_one(equity, initial, pnl=(), prices=None, rate=0.0):
    """The whole table by the public functions alone."""
    kept = ~np.isnan(equity)
    curve = np.asarray(equity)[kept]
    made = returns.simple_returns(curve, initial=initial)
    known = made[~np.isnan(made)]
    sharpe = ratios.sharpe_ratio(known, periods_per_year=1, risk_free=rate / YEAR)
    fall = drawdown.deepest_fall(curve, initial=initial)
    growth = curve[-1] / initial if len(curve) else math.nan
    cagr = -1.0 if growth <= 0 else growth ** (YEAR / len(curve)) - 1.0 if len(curve) else math.nan
    table = {
        "bars": len(curve),
        "years": len(curve) / YEAR,
        "initial_equity": initial,
        "final_equity": curve[-1] if len(curve) else math.nan,
        "total_return": growth - 1.0,
        "cagr": cagr,
        "volatility": returns.volatility(known, periods_per_year=YEAR),
        "sharpe": ratios.sharpe_ratio(known, periods_per_year=YEAR, risk_free=rate),
        "sortino": ratios.sortino_ratio(known, periods_per_year=YEAR, target=rate),
        "calmar": twins.divide(cagr, abs(fall.depth)),
        "omega": ratios.omega_ratio(known),
        "max_drawdown": drawdown.max_drawdown(curve, initial=initial),
        "max_drawdown_bars": drawdown.max_drawdown_duration(curve, initial=initial),
        "recovery_bars": fall.recovery_bars,
        "value_at_risk": tail.value_at_risk(known),
        "expected_shortfall": tail.expected_shortfall(known),
        "tail_ratio": tail.tail_ratio(known),
        "skewness": tail.skewness(known),
        "kurtosis": tail.kurtosis(known),
        "probabilistic_sharpe": float(
            probabilistic_sharpe_ratio(
                sharpe,
                n=len(known),
                skewness=tail.skewness(known, bias_corrected=False),
                kurtosis=tail.kurtosis(known, bias_corrected=False) + 3.0,
            )
        ),
        "exposure": trades.exposure(3, len(curve)),
        "turnover": trades.turnover(1234.0, curve, periods_per_year=YEAR),
        "n_trades": len(pnl),
        "win_rate": trades.win_rate(pnl),
        "profit_factor": trades.profit_factor(pnl),
        "expectancy": trades.expectancy(pnl),
        "expectancy_fraction": trades.expectancy(np.array(pnl) / 100.0),
        "average_win": trades.average_win(pnl),
        "average_loss": trades.average_loss(pnl),
        "best_trade": trades.best_trade(np.array(pnl) / 100.0),
        "worst_trade": trades.worst_trade(np.array(pnl) / 100.0),
        "sqn": trades.sqn(pnl),
        "kelly": trades.kelly_fraction(pnl),
        "average_bars_held": twins.mean(list(range(len(pnl)))),
        "max_bars_held": len(pnl) - 1,
    }
    names = ("benchmark_return", "alpha", "beta", "information_ratio", "up_capture", "down_capture")
    table.update(dict.fromkeys(names, math.nan))
    if prices is not None and len(curve):
        held = np.asarray(prices)[kept]
        market, own = returns.simple_returns(held), made[1:]
        ends = held[~np.isnan(held)]
        table["benchmark_return"] = ends[-1] / ends[0] - 1.0 if len(ends) else math.nan
        table["alpha"] = benchmark.alpha(own, market, periods_per_year=YEAR, risk_free=rate)
        table["beta"] = benchmark.beta(own, market)
        table["information_ratio"] = benchmark.information_ratio(own, market, periods_per_year=YEAR)
        table["up_capture"] = benchmark.up_capture(own, market, periods_per_year=1)
        table["down_capture"] = benchmark.down_capture(own, market, periods_per_year=1)
    return table


def agrees(equity, *, initial=100.0, pnl=(), prices=None, rate=0.0):
    pnl = np.array(pnl, dtype=np.float64)
    found = summarise(
        np.asarray(equity, dtype=np.float64),
        initial=initial,
        periods_per_year=YEAR,
        trade_pnl=pnl,
        trade_returns=pnl / 100.0,
        trade_bars=np.arange(len(pnl)),
        exposed_bars=3,
        traded_value=1234.0,
        benchmark=prices,
        risk_free=rate,
    )
    expected = one_by_one(np.asarray(equity, dtype=np.float64), initial, pnl, prices, rate)
    assert list(found.as_dict()) == list(Metrics.__slots__)
    assert set(found.as_dict()) == set(expected)
    for name, value in found.as_dict().items():
        assert value == pytest.approx(expected[name], **CLOSE), name
    return found


def walk(seed, n, flat=0.3):
    dice = np.random.default_rng(seed)
    steps = dice.normal(0.0005, 0.02, n) * (dice.random(n) > flat)
    prices = 50.0 * np.cumprod(1.0 + np.round(dice.normal(0.0, 0.02, n), 3))
    return 100.0 * np.cumprod(1.0 + steps), prices


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.sampled_from([0.0, 0.04]), st.booleans())
def test_a_table_equals_the_functions_one_by_one(seed, n, rate, with_benchmark):
    equity, prices = walk(seed, n)
    pnl = np.random.default_rng(seed).normal(1.0, 5.0, n // 5)
    agrees(equity, pnl=pnl, prices=prices if with_benchmark else None, rate=rate)


@pytest.mark.parametrize("n", [8191, 8192, 8193, 16_385, 20_000])
@pytest.mark.parametrize("rate", [0.0, 0.04])
def test_a_table_over_blocks_equals_the_functions_one_by_one(n, rate):
    equity, prices = walk(n, n)
    agrees(equity, prices=prices, rate=rate)


def test_a_probe_that_sees_nothing_of_the_tail_falls_back_to_everything():
    n = 20_480
    steps = np.where(np.arange(n) % 20 == 1, -0.02, 0.001)
    agrees(100.0 * np.cumprod(1.0 + steps))
    agrees(100.0 * np.cumprod(1.0 - steps))


def test_equity_that_stands_still_has_no_ratios():
    found = agrees(np.full(50, 100.0), prices=np.full(50, 9.0))
    assert math.isnan(found.sharpe)
    assert found.volatility == 0.0
    assert found.max_drawdown == 0.0


def test_equity_that_grows_evenly_has_an_infinite_sharpe_ratio():
    found = agrees(100.0 * 1.001 ** np.arange(1, 10_000 // 20))
    assert found.sharpe == math.inf
    assert found.calmar == math.inf


def test_holding_the_benchmark_is_beta_one_and_no_information():
    _, prices = walk(3, 9000)
    found = agrees(prices * 3.0, initial=150.0, prices=prices)
    assert found.beta == pytest.approx(1.0)
    assert found.alpha == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(found.information_ratio)
    assert found.up_capture == pytest.approx(1.0)


def test_ruin_and_gaps_go_the_slow_way_and_give_the_same():
    equity, prices = walk(5, 300)
    for at, value in ((100, 0.0), (200, -5.0), (150, math.nan), (0, math.nan)):
        equity[at] = value
    prices[7] = math.nan
    agrees(equity, prices=prices)


@pytest.mark.parametrize("equity", [[], [90.0], [90.0, 110.0], [0.0], [math.nan]])
def test_the_shortest_curves_have_a_table(equity):
    agrees(equity, prices=np.arange(1.0, len(equity) + 1.0))


def test_a_table_reads_as_text_as_html_and_as_a_dict():
    equity, prices = walk(2, 100)
    found = agrees(equity, pnl=[1.0, -2.0], prices=prices)
    assert f"{found.total_return:,.2%}" in str(found)
    assert "nan" not in str(summarise(np.empty(0), initial=1.0, periods_per_year=1.0))
    page = found._repr_html_()
    assert page.startswith("<table>")
    assert "script" not in page
    assert page.count("<tr>") == len(found.as_dict())
    assert json.loads(json.dumps(found.as_dict()))["bars"] == 100


def test_a_table_cannot_be_changed_and_travels():
    found = agrees(walk(2, 10)[0])
    with pytest.raises(AttributeError):
        found.sharpe = 9.0
    assert pickle.loads(pickle.dumps(found)).total_return == found.total_return


def test_bad_calls_are_refused():
    with pytest.raises(InvalidValue, match="initial"):
        summarise(np.ones(3), initial=0.0, periods_per_year=1.0)
    with pytest.raises(InvalidValue, match="periods_per_year"):
        summarise(np.ones(3), initial=1.0, periods_per_year=0.0)
    with pytest.raises(InvalidValue, match="benchmark"):
        summarise(np.ones(3), initial=1.0, periods_per_year=1.0, benchmark=np.ones(2))
    with pytest.raises(InvalidValue, match="row 1, equity"):
        summarise(np.array([1.0, math.inf]), initial=1.0, periods_per_year=1.0)


# ---- other programs' runs: what their samples of equity and their trades tell

SMA = "data/oracles/backtest_sma_eurusd.json"
SIGNALS = "data/oracles/backtest_signals_ETHUSDT_5m.json"


@pytest.mark.parametrize("at", range(8))
def test_the_trades_of_the_moving_average_run_have_its_statistics(at):
    run = json.loads(shared_path(SMA).read_text("utf-8"))["runs"][at]
    stats = {key: math.nan if value is None else value for key, value in run["stats"].items()}
    pnl = np.array([trade["pnl"] for trade in run["trades"]])
    made = np.array([trade["return_pct"] for trade in run["trades"]])
    assert len(pnl) == stats["# Trades"]
    for found, name in (
        (100 * trades.win_rate(pnl), "Win Rate [%]"),
        (100 * trades.best_trade(made), "Best Trade [%]"),
        (100 * trades.worst_trade(made), "Worst Trade [%]"),
        (trades.sqn(pnl), "SQN"),
        # That program takes these two of the trades' returns, ours takes what it is given.
        (trades.profit_factor(made), "Profit Factor"),
        (100 * trades.expectancy(made), "Expectancy [%]"),
    ):
        if name == "Profit Factor" and len(pnl) and pnl.min() > 0.0:
            assert found == math.inf  # it has no factor without a loss, ours is infinite
        else:
            assert found == pytest.approx(stats[name], nan_ok=True), name
    sample = list(run["equity_sample"].values())
    total = returns.total_return(returns.simple_returns(sample, initial=run["params"]["cash"]))
    assert sample[-1] == pytest.approx(stats["Equity Final [$]"])
    assert 100 * total == pytest.approx(stats["Return [%]"])


def completed(run, signals, opens):
    """The trades of a run; one file lists the first 400 of 418: the rest by its stated convention."""
    listed = run["trades"]
    if len(listed) == run["n_trades"]:
        return listed
    turns = [(bar + 1, "long") for bar in signals["up"]] + [
        (bar + 1, "short") for bar in signals["down"]
    ]
    turns = [turn for turn in sorted(turns) if turn[0] >= listed[-1]["exit_bar"]]
    rest = []
    for at, (bar, direction) in enumerate(turns):
        is_open = at + 1 == len(turns)
        leave = len(opens) - 1 if is_open else turns[at + 1][0]
        size, side = 1000.0 / opens[bar], 1.0 if direction == "long" else -1.0
        fees = 0.001 * size * (opens[bar] + opens[leave])
        rest.append(
            {
                "direction": direction,
                "size": size,
                "entry_bar": bar,
                "entry_price": opens[bar],
                "entry_fees": 0.001 * 1000.0,
                "exit_bar": leave,
                "pnl": side * size * (opens[leave] - opens[bar]) - fees,
                "open_at_end": is_open,
            }
        )
    assert len(listed) + len(rest) == run["n_trades"]
    return listed + rest


def rebuilt(rows, close, cash):
    """Equity at every close from the trades alone: long or short, one at a time."""
    equity, now = np.empty(len(close)), cash
    at = 0
    for trade in rows:
        side = 1.0 if trade["direction"] == "long" else -1.0
        equity[at : trade["entry_bar"]] = now
        end = len(close) if trade["open_at_end"] else trade["exit_bar"]
        inside = slice(trade["entry_bar"], end)
        gained = side * trade["size"] * (close[inside] - trade["entry_price"])
        equity[inside] = now + gained - trade["entry_fees"]
        at = end
        if not trade["open_at_end"]:
            now += trade["pnl"]
    equity[at:] = now
    return equity


@pytest.mark.parametrize("at", range(6))
def test_the_signal_runs_have_their_drawdown_and_sharpe_ratio(at):
    parquet = pytest.importorskip("pyarrow.parquet")
    data = json.loads(shared_path(SIGNALS).read_text("utf-8"))
    run = data["runs"][at]
    bars = parquet.read_table(shared_path("data/" + data["bars"]))
    rows = completed(run, data["signal_bars"], bars["open"].to_numpy())
    equity = rebuilt(rows, bars["close"].to_numpy(), float(data["init_cash"]))
    sample = {int(bar): value for bar, value in run["equity_sample"].items()}
    np.testing.assert_allclose(equity[list(sample)], list(sample.values()), rtol=1e-9)
    found = summarise(equity, initial=data["init_cash"], periods_per_year=1.0)
    assert found.total_return == pytest.approx(run["total_return"], rel=1e-9)
    assert found.max_drawdown == pytest.approx(run["max_drawdown"], rel=1e-9)
    assert found.sharpe == pytest.approx(run["sharpe_per_bar"], rel=1e-9)


@pytest.mark.parametrize("at", range(2))
def test_the_sampled_portfolio_fell_no_further_than_the_whole_one(at):
    text = shared_path("data/oracles/portfolio_monthly_equal_weight.json").read_text("utf-8")
    run = json.loads(text)["runs"][at]
    sample = list(run["equity_sample"].values())
    assert run["max_drawdown"] <= drawdown.max_drawdown(sample, initial=1e6) < -0.1
    total = returns.total_return(returns.simple_returns(sample, initial=1e6))
    assert total == pytest.approx(run["final_value"] / 1e6 - 1.0)
