from __future__ import annotations

import pickle
from decimal import Decimal as D

import pytest

from algotrendy.errors import InvalidValue
from algotrendy.model.instrument import Instrument
from algotrendy.model.symbol import Symbol

BTC = Symbol("BTC", "USDT")


def test_equal_rules_have_equal_texts():
    one = Instrument(
        symbol=BTC, tick=D("0.10"), step=D("1E-5"), min_notional=D("5.0"), taker_fee=D("0.0010")
    )
    other = Instrument(
        symbol=BTC, tick=D("0.1"), step=D("0.00001"), min_notional=D(5), taker_fee=D("0.001")
    )
    assert one == other
    assert repr(one) == repr(other)
    assert pickle.loads(pickle.dumps(one)) == one


def test_the_least_and_the_most_are_multiples_of_the_step():
    rules = Instrument(
        symbol=BTC, tick=D("0.1"), step=D("0.3"), min_quantity=D(1), max_quantity=D(10)
    )
    assert rules.smallest == D("1.2")
    assert rules.largest == D("9.9")
    plain = Instrument(symbol=BTC, tick=D("0.1"), step=D("0.3"))
    assert plain.smallest == D("0.3")
    assert plain.largest is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tick": D(0)}, "tick was .*above zero"),
        ({"step": D("-1")}, "step was .*above zero"),
        ({"step": 0.1}, r"step was 0.1, a finite Decimal is expected; write Decimal\('0.1'\)"),
        ({"contract_size": D("NaN")}, "contract_size was .*finite"),
        ({"min_quantity": D("-1")}, "min_quantity was .*at least zero"),
        ({"min_notional": D("Infinity")}, "min_notional was .*finite"),
        ({"max_quantity": D(0)}, "max_quantity was .*above zero"),
        (
            {"min_quantity": D(2), "max_quantity": D(1)},
            "max_quantity was .*no multiple of step 0.1",
        ),
        ({"step": D(2), "min_quantity": D(1), "max_quantity": D("1.5")}, "no multiple of step 2"),
        ({"taker_fee": D(1)}, "taker_fee was .*10 basis points"),
        ({"maker_fee": D("Infinity")}, "maker_fee was .*finite"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(InvalidValue, match=message):
        Instrument(**{"symbol": BTC, "tick": D("0.1"), "step": D("0.1"), **wrong})


def test_a_rebate_is_a_fee_below_zero():
    assert Instrument(symbol=BTC, tick=D(1), step=D(1), maker_fee=D("-0.0001")).maker_fee == D(
        "-0.0001"
    )
