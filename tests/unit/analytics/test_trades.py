from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analytics import twins

from algotrendy.analytics import trades
from algotrendy.errors import InvalidValue

PNL = st.lists(st.one_of(st.integers(-5000, 5000).map(float), st.just(math.nan)), max_size=60)
OF_PNL = [
    trades.win_rate,
    trades.profit_factor,
    trades.expectancy,
    trades.sqn,
    trades.average_win,
    trades.average_loss,
    trades.payoff_ratio,
    trades.kelly_fraction,
    trades.best_trade,
    trades.worst_trade,
]


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(deadline=None)
@given(PNL)
def test_figures_are_those_of_the_loop(pnl):
    known = twins.known(pnl)
    won, lost = [x for x in known if x > 0], [x for x in known if x < 0]
    rate = len(won) / len(known) if known else math.nan
    assert trades.win_rate(pnl) == near(rate)
    assert trades.profit_factor(pnl) == near(twins.divide(math.fsum(won), -math.fsum(lost)))
    assert trades.expectancy(pnl) == near(twins.mean(known))
    assert trades.average_win(pnl) == near(twins.mean(won))
    assert trades.average_loss(pnl) == near(twins.mean(lost))
    assert trades.best_trade(pnl) == near(max(known, default=math.nan))
    assert trades.worst_trade(pnl) == near(min(known, default=math.nan))
    if won and lost:
        payoff = twins.mean(won) / -twins.mean(lost)
        assert trades.payoff_ratio(pnl) == near(payoff)
        assert trades.kelly_fraction(pnl) == near(rate - (1.0 - rate) / payoff)
    if len(known) > 1:
        quality = twins.divide(twins.mean(known), twins.deviation(known))
        assert trades.sqn(pnl) == near(math.sqrt(len(known)) * quality)


@pytest.mark.parametrize("function", OF_PNL)
def test_no_trades_give_no_figure(function):
    assert math.isnan(function([]))
    assert math.isnan(function([math.nan]))


@pytest.mark.parametrize("function", OF_PNL)
def test_an_infinite_trade_is_refused(function):
    with pytest.raises(InvalidValue, match="row 1, pnl"):
        function([1.0, math.inf])


def test_a_trade_that_broke_even_counts_and_does_not_win():
    assert trades.win_rate([1.0, 0.0]) == 0.5
    assert trades.expectancy([1.0, 0.0]) == 0.5
    assert trades.average_win([1.0, 0.0]) == 1.0


def test_a_run_without_a_loss_has_an_infinite_profit_factor():
    assert trades.profit_factor([1.0, 2.0]) == math.inf
    assert math.isnan(trades.profit_factor([0.0]))


def test_trades_all_alike_have_an_infinite_quality():
    assert trades.sqn([0.1] * 7) == math.inf
    assert trades.sqn([-1e-9] * 7) == -math.inf
    assert math.isnan(trades.sqn([0.0] * 7))


def test_quality_does_not_depend_on_the_unit():
    pnl = [3.0, -1.0, 2.0, 0.5]
    assert trades.sqn([x * 1e-18 for x in pnl]) == near(trades.sqn(pnl))


def test_exposure_is_a_share_of_the_bars():
    assert trades.exposure(3, 12) == 0.25
    assert math.isnan(trades.exposure(0, 0))


def test_trading_the_account_in_and_out_once_a_year_is_a_turnover_of_two():
    assert trades.turnover(200.0, [100.0] * 365, periods_per_year=365) == near(2.0)
    assert trades.turnover(200.0, [100.0] * 730, periods_per_year=365) == near(1.0)
    assert math.isnan(trades.turnover(0.0, [], periods_per_year=365))
