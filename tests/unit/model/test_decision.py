"""Risk decisions: the strictest verdict wins, and no verdict is no approval."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidValue
from algotrendy.model import Allow, Reject, Resize, RiskDecision, RuleVerdict, strictest

SMALL, LARGE = (Resize(quantity=Decimal(q), reason="cap") for q in (1, 2))
VERDICTS = [Allow(), SMALL, LARGE, Reject(reason="no"), Reject(reason="never", latches=True)]


@pytest.mark.parametrize(
    ("verdicts", "wins"),
    [
        ((Allow(), Allow(reason="x")), Allow()),
        ((Allow(), LARGE), LARGE),
        ((LARGE, SMALL, Allow()), SMALL),
        ((SMALL, Reject(reason="no")), Reject(reason="no")),
        ((Reject(reason="a"), Reject(reason="b")), Reject(reason="a")),
    ],
)
def test_the_strictest_wins_and_the_first_of_equals(verdicts, wins):
    assert strictest(verdicts) == wins


def test_no_verdict_is_a_rejection():
    assert isinstance(strictest(()), Reject)


@given(st.lists(st.sampled_from(VERDICTS), min_size=1), st.sampled_from(VERDICTS))
def test_one_more_verdict_never_loosens_the_decision(verdicts, more):
    before, after = strictest(tuple(verdicts)), strictest((*verdicts, more))
    rank = [Allow, Resize, Reject]
    assert rank.index(type(after)) >= rank.index(type(before))
    if isinstance(before, Resize) and isinstance(after, Resize):
        assert after.quantity <= before.quantity


@pytest.mark.parametrize("quantity", [Decimal(0), Decimal(-1), 0.5])
def test_a_resize_leaves_something(quantity):
    with pytest.raises(InvalidValue):
        Resize(quantity=quantity, reason="")


def _decision(verdict, *verdicts):
    codes = tuple(RuleVerdict(code=f"r{i}", verdict=v) for i, v in enumerate(verdicts))
    return RiskDecision(client_order_id="at1", time_ns=0, verdict=verdict, verdicts=codes)


def test_a_decision_is_approved_unless_rejected():
    assert _decision(Allow(), Allow()).is_approved
    assert _decision(SMALL, LARGE, SMALL).is_approved
    assert not _decision(Reject(reason="no"), Allow(), Reject(reason="no")).is_approved


@pytest.mark.parametrize(
    ("verdict", "verdicts"),
    [
        (Allow(), (Allow(), Reject(reason="no"))),
        (LARGE, (LARGE, SMALL)),
        (Allow(), ()),
        (Reject(reason="no"), (Allow(),)),
    ],
)
def test_a_decision_that_its_verdicts_do_not_give_is_refused(verdict, verdicts):
    with pytest.raises(InvalidValue, match="the strictest of verdicts is"):
        _decision(verdict, *verdicts)
