"""The life of an order: one table, and the laws that it keeps."""

from __future__ import annotations

import dataclasses
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidState
from algotrendy.model.order import OrderStatus as S
from algotrendy.trading.order_state import TRANSITIONS, Alarm, Happening, Transition, next_state

H = Happening
TERMINAL = {S.FILLED, S.CANCELED, S.EXPIRED, S.REFUSED, S.ABSENT}
VENUE = {S.OPEN, S.PARTIALLY_FILLED, S.CANCEL_PENDING, S.FILLED, S.CANCELED, S.EXPIRED, S.REFUSED}
SAID = [one for one in H if one.value.startswith("said_") and one is not H.SAID_UNREADABLE]
FILLS = [H.PART_FILL, H.LAST_FILL]

# Every move between different states that there may be: "Order outcomes" of the semantics, spelled out.
# NEW -> APPROVED -> SUBMITTING -> (OPEN | REFUSED | UNKNOWN); OPEN -> PARTIALLY_FILLED -> FILLED | CANCELED
# | EXPIRED; CANCEL_PENDING beside them; UNKNOWN -> any venue state | ABSENT; before sending, an order may be
# stopped (REFUSED), withdrawn (CANCELED) or too late (ABSENT); a fill may come before the answer.
LEGAL = {
    S.NEW: {S.APPROVED, S.REFUSED},
    S.APPROVED: {S.SUBMITTING, S.REFUSED, S.CANCELED, S.ABSENT},
    S.SUBMITTING: {*VENUE, S.UNKNOWN, S.ABSENT},
    S.UNKNOWN: {*VENUE, S.ABSENT},
    S.OPEN: {S.PARTIALLY_FILLED, S.CANCEL_PENDING, S.FILLED, S.CANCELED, S.EXPIRED},
    S.PARTIALLY_FILLED: {S.CANCEL_PENDING, S.FILLED, S.CANCELED, S.EXPIRED},
    S.CANCEL_PENDING: {S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED},
    **{status: set() for status in TERMINAL},
}


def test_the_table_holds_exactly_the_legal_moves():
    moves = {status: set(row.values()) - {status} for status, row in TRANSITIONS.items()}
    assert moves == LEGAL


def test_every_state_is_in_the_table_and_terminal_states_have_no_way_out():
    assert set(TRANSITIONS) == set(S)
    assert {status for status, row in TRANSITIONS.items() if not row} == TERMINAL
    assert {status for status in S if status.is_terminal} == TERMINAL


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        TRANSITIONS[S.FILLED] = {}
    with pytest.raises(TypeError):
        TRANSITIONS[S.OPEN][H.APPROVE] = S.NEW


def _reached(start, moves):
    seen, todo = set(), [start]
    while todo:
        status = todo.pop()
        if status not in seen:
            seen.add(status)
            todo.extend(moves[status])
    return seen


def test_every_state_can_be_reached_and_every_order_can_end():
    assert _reached(S.NEW, LEGAL) == set(S)
    for status in S:
        assert _reached(status, LEGAL) & TERMINAL


@pytest.mark.parametrize("status", sorted(TERMINAL))
@pytest.mark.parametrize("happening", H)
def test_a_terminal_state_never_moves(status, happening):
    for counted in (False, True):
        try:
            after = next_state(status, happening, has_fills=True, counted=counted)
        except InvalidState as error:
            assert happening in (H.APPROVE, H.REJECT, H.SUBMIT, H.EXPIRE_UNSENT)
            assert "new order, with a new id" in str(error)
        else:
            assert after.status is status


@pytest.mark.parametrize("status", [S.CANCELED, S.EXPIRED])
@pytest.mark.parametrize("fill", FILLS)
def test_a_late_fill_is_flagged_unless_the_end_counted_it(status, fill):
    assert next_state(status, fill) == Transition(status=status, alarm=Alarm.LATE_FILL)
    assert next_state(status, fill, counted=True) == Transition(status=status)


@pytest.mark.parametrize("fill", FILLS)
def test_a_fill_that_comes_after_the_report_of_filled_is_not_late(fill):
    assert next_state(S.FILLED, fill) == Transition(status=S.FILLED)


@pytest.mark.parametrize("status", [S.REFUSED, S.ABSENT])
@pytest.mark.parametrize("sign", [one for one in (*SAID, *FILLS) if one is not H.SAID_REFUSED])
def test_a_sign_of_life_of_an_order_that_never_was_is_a_ghost(status, sign):
    assert next_state(status, sign, counted=True).alarm is Alarm.GHOST


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.FILLED, H.SAID_CANCELED),
        (S.FILLED, H.SAID_EXPIRED),
        (S.FILLED, H.SAID_REFUSED),
        (S.FILLED, H.PROVE_ABSENT),
        (S.CANCELED, H.SAID_FILLED),
        (S.CANCELED, H.PROVE_ABSENT),
        (S.EXPIRED, H.SAID_FILLED),
    ],
)
def test_a_venue_that_contradicts_an_end_is_told(status, said):
    assert next_state(status, said).alarm is Alarm.CONTRADICTION


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.FILLED, H.SAID_OPEN),
        (S.FILLED, H.SAID_FILLED),
        (S.FILLED, H.SAID_PARTIALLY_FILLED),
        (S.FILLED, H.REQUEST_CANCEL),
        (S.CANCELED, H.SAID_CANCELED),
        (S.CANCELED, H.SAID_OPEN),
        (S.CANCELED, H.ANSWER_UNKNOWN),
        (S.EXPIRED, H.SAID_CANCELED),
        (S.REFUSED, H.SAID_REFUSED),
        (S.REFUSED, H.SAID_UNREADABLE),
        (S.ABSENT, H.PROVE_ABSENT),
        (S.ABSENT, H.ANSWER_UNKNOWN),
    ],
)
def test_a_stale_repeat_after_the_end_is_silent(status, said):
    assert next_state(status, said) == Transition(status=status)


@pytest.mark.parametrize("status", [S.SUBMITTING, S.UNKNOWN])
@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (H.SAID_OPEN, S.OPEN),
        (H.SAID_PARTIALLY_FILLED, S.PARTIALLY_FILLED),
        (H.SAID_FILLED, S.FILLED),
        (H.SAID_CANCEL_PENDING, S.CANCEL_PENDING),
        (H.SAID_CANCELED, S.CANCELED),
        (H.SAID_EXPIRED, S.EXPIRED),
        (H.SAID_REFUSED, S.REFUSED),
        (H.PART_FILL, S.PARTIALLY_FILLED),
        (H.LAST_FILL, S.FILLED),
        (H.SAID_UNREADABLE, None),
        (H.REQUEST_CANCEL, None),
    ],
)
def test_an_order_that_may_exist_becomes_whatever_the_venue_says(status, happening, expected):
    assert next_state(status, happening).status is (expected or status)


def test_only_an_unknown_order_is_proven_absent_and_only_an_unsent_one_is_too_late():
    able = {status for status, row in TRANSITIONS.items() if H.PROVE_ABSENT in row}
    unsent = {status for status, row in TRANSITIONS.items() if H.EXPIRE_UNSENT in row}
    assert able == {S.UNKNOWN}
    assert unsent == {S.APPROVED, S.SUBMITTING}


def test_only_an_approved_order_is_sent_and_only_a_new_one_is_approved():
    assert {s for s, row in TRANSITIONS.items() if H.SUBMIT in row} == {S.APPROVED}
    assert {s for s, row in TRANSITIONS.items() if H.APPROVE in row} == {S.NEW}


def test_a_lost_answer_never_unsettles_what_is_known():
    for status in (S.OPEN, S.PARTIALLY_FILLED, S.CANCEL_PENDING, S.UNKNOWN):
        assert next_state(status, H.ANSWER_UNKNOWN).status is status
    assert next_state(S.SUBMITTING, H.ANSWER_UNKNOWN).status is S.UNKNOWN


def test_a_cancel_on_its_way_stays_until_the_end_or_a_look():
    for happening in (H.SAID_OPEN, H.SAID_PARTIALLY_FILLED, H.PART_FILL, H.REQUEST_CANCEL):
        assert next_state(S.CANCEL_PENDING, happening, has_fills=True).status is S.CANCEL_PENDING
    assert next_state(S.CANCEL_PENDING, H.LAST_FILL).status is S.FILLED
    assert next_state(S.CANCEL_PENDING, H.CANCEL_UNDONE).status is S.OPEN
    undone = next_state(S.CANCEL_PENDING, H.CANCEL_UNDONE, has_fills=True)
    assert undone.status is S.PARTIALLY_FILLED


@pytest.mark.parametrize("status", [S.OPEN, S.PARTIALLY_FILLED, S.CANCEL_PENDING])
def test_an_acceptance_that_is_taken_back_ends_as_canceled(status):
    assert next_state(status, H.SAID_REFUSED).status is S.CANCELED


def test_what_cannot_happen_raises_and_says_what_can():
    with pytest.raises(
        InvalidState, match="submit cannot happen to an order that is new"
    ) as caught:
        next_state(S.NEW, H.SUBMIT)
    assert "possible are: approve, reject" in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from(H), st.booleans()), max_size=30))
def test_whatever_happens_in_whatever_order_only_legal_moves_are_made(happenings):
    status, has_fills = S.NEW, False
    for happening, counted in happenings:
        try:
            after = next_state(status, happening, has_fills=has_fills, counted=counted)
        except InvalidState:
            continue
        legal = {status, *LEGAL[status]}
        if has_fills and S.OPEN in legal:
            legal = (legal - {S.OPEN}) | {S.PARTIALLY_FILLED}
        assert after.status in legal
        assert after.alarm is None or status.is_terminal
        has_fills = has_fills or happening in FILLS
        status = after.status


@given(st.permutations([H.SAID_OPEN, H.PART_FILL, H.LAST_FILL, H.SAID_FILLED, H.SAID_OPEN]))
def test_reports_and_fills_in_any_order_end_filled_without_an_alarm(happenings):
    status, has_fills = S.SUBMITTING, False
    for happening in happenings:
        after = next_state(status, happening, has_fills=has_fills)
        assert after.alarm is None
        status, has_fills = after.status, has_fills or happening in FILLS
    assert status is S.FILLED


def test_a_transition_is_a_value():
    one = Transition(status=S.OPEN)
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.status = S.NEW


def test_the_page_of_the_states_is_the_table():
    page = Path(__file__).parents[3] / "docs" / "reference" / "order-states.md"
    if not page.exists():
        pytest.skip("docs are not beside the tests")
    written = {
        (state, happening, target)
        for state, happenings, target in re.findall(
            r"^\| (\w+) \| ([\w, ]+) \| (\w+) \|$", page.read_text("utf-8"), re.MULTILINE
        )
        for happening in happenings.split(", ")
    }
    table = {(s, h, t) for s, row in TRANSITIONS.items() for h, t in row.items()}
    assert written == table
