from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.plotting.made import make_result

from algotrendy.backtests.spec import Costs, Exits, FillMode, GapPolicy
from algotrendy.model.instrument import Instrument
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, VolTarget
from algotrendy.model.symbol import Symbol
from algotrendy.plotting import words


def test_free_trading_is_said():
    assert "trading was free" in words.costs_in_words(Costs())


def test_every_kind_of_cost_is_named():
    text = words.costs_in_words(
        Costs(fee_rate=0.001, fee_fixed=1, fee_minimum=2, slippage=0.0005, spread=0.0002)
    )
    for part in ("Fee 0.1%", "1.00 per fill", "at least 2.00", "slippage 0.05%", "spread 0.02%"):
        assert part in text


@pytest.mark.parametrize(
    ("size", "part"),
    [
        (Quantity(2), "2.00 units"),
        (Notional(500), "500.00 in quote units"),
        (EquityFraction(0.5), "50% of equity"),
        (RiskFraction(0.01), "risks 1% of equity at its stop"),
        (VolTarget(0.2), "annual volatility of 20%"),
    ],
)
def test_sizes_are_sentences(size, part):
    assert part in words.size_in_words(size)


def test_exits_say_which_comes_first():
    text = words.exits_in_words(Exits(stop_loss=0.02, take_profit=0.04, trailing=0.1, max_bars=5))
    assert text.startswith("Stop loss 2% from entry; take profit 4%")
    assert "the stop is taken first" in text
    assert "None set" in words.exits_in_words(Exits())


@pytest.mark.parametrize("kind", [FillMode, GapPolicy])
def test_every_choice_has_words(kind):
    table = {FillMode: words._FILL, GapPolicy: words._GAPS}[kind]
    assert set(table) == set(kind)


def test_assumptions_name_cash_fills_costs_size_gaps_and_the_year():
    names = [name for name, _ in words.assumptions(make_result().spec)]
    assert names[:4] == ["Starting cash", "Fills", "Costs", "Size"]
    assert {"Missing bars", "At the end", "A year", "Shorts and leverage"} <= set(names)


def test_venue_rules_are_named_or_said_to_be_absent():
    assert "not rounded" in words.instrument_in_words(None)[0][1]
    rules = Instrument(
        symbol=Symbol.parse("BTC/USDT"),
        tick=Decimal("0.01"),
        step=Decimal("0.001"),
        min_quantity=Decimal("0.002"),
        min_notional=Decimal(10),
    )
    text = words.instrument_in_words(rules)[0][1]
    for part in ("step of 0.001", "at least 0.002", "worth at least 10"):
        assert part in text
