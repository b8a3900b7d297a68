"""The life of an order as one table: state x what happened -> state.

Laws: everything that moves an order stands in `TRANSITIONS`; a terminal state never moves; what is
told about an order that has ended is flagged, and a fill among it is booked all the same; what does
not stand in the table cannot happen and raises.
Used by: the order service, the simulated broker, replay of the journal, the documentation.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from algotrendy.errors import InvalidState
from algotrendy.model.order import OrderStatus

__all__ = ["TRANSITIONS", "Alarm", "Happening", "Transition", "next_state"]


@final
class Happening(enum.StrEnum):
    """What can happen to an order: what we do, what the venue says, what is proven."""

    # what we do
    APPROVE = "approve"
    """Every risk rule let it pass."""
    REJECT = "reject"
    """Validation or a risk rule stopped it."""
    SUBMIT = "submit"
    """The journal holds it; the first byte may leave now."""
    EXPIRE_UNSENT = "expire_unsent"
    """Its deadline passed before it was sent: nothing left."""
    REQUEST_CANCEL = "request_cancel"

    # how a write of ours ended
    ANSWER_UNKNOWN = "answer_unknown"
    """A time-out, a 5xx, a crash, an id that exists: nobody knows."""
    CANCEL_UNDONE = "cancel_undone"
    """A look after a refused cancel proved that the order works on."""

    # what the venue says, in an answer, by the stream or when asked
    SAID_OPEN = "said_open"
    SAID_PARTIALLY_FILLED = "said_partially_filled"
    SAID_FILLED = "said_filled"
    SAID_CANCEL_PENDING = "said_cancel_pending"
    SAID_CANCELED = "said_canceled"
    SAID_EXPIRED = "said_expired"
    SAID_REFUSED = "said_refused"
    SAID_UNREADABLE = "said_unreadable"
    """A status that we cannot read; it moves nothing: ask again."""

    # what our books say after a fill was booked
    PART_FILL = "part_fill"
    LAST_FILL = "last_fill"
    """The fill that completes the quantity."""

    # what is proven
    PROVE_ABSENT = "prove_absent"
    """Every condition of absence holds."""


@final
class Alarm(enum.StrEnum):
    """What a person must hear about."""

    LATE_FILL = "late_fill"
    """A fill nobody counted, of an order that had ended: booked, and the order stays as it ended."""
    GHOST = "ghost"
    """An order appeared that was refused or proven absent: adopt it as external, halt its symbol."""
    CONTRADICTION = "contradiction"
    """The venue says something about an ended order that cannot be: look at it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an order is now, and whether a person must hear about it."""

    status: OrderStatus
    alarm: Alarm | None = None


_S = OrderStatus
_H = Happening

# What the venue may say of an order that it may have: the way out of SUBMITTING and of UNKNOWN.
_SAID: dict[Happening, OrderStatus] = {
    _H.SAID_OPEN: _S.OPEN,
    _H.SAID_PARTIALLY_FILLED: _S.PARTIALLY_FILLED,
    _H.SAID_FILLED: _S.FILLED,
    _H.SAID_CANCEL_PENDING: _S.CANCEL_PENDING,
    _H.SAID_CANCELED: _S.CANCELED,
    _H.SAID_EXPIRED: _S.EXPIRED,
    _H.SAID_REFUSED: _S.REFUSED,
    _H.PART_FILL: _S.PARTIALLY_FILLED,
    _H.LAST_FILL: _S.FILLED,
}

# The same of an order that it had already. A refusal now takes back an acceptance: the order
# existed, so it ends as canceled. A venue that is late with "open" takes back no fill.
_SAID_LATER = {**_SAID, _H.SAID_REFUSED: _S.CANCELED}

TRANSITIONS: Mapping[OrderStatus, Mapping[Happening, OrderStatus]] = MappingProxyType(
    {
        _S.NEW: MappingProxyType({_H.APPROVE: _S.APPROVED, _H.REJECT: _S.REFUSED}),
        _S.APPROVED: MappingProxyType(
            {
                _H.SUBMIT: _S.SUBMITTING,
                _H.REJECT: _S.REFUSED,
                _H.EXPIRE_UNSENT: _S.ABSENT,
                _H.REQUEST_CANCEL: _S.CANCELED,
            }
        ),
        _S.SUBMITTING: MappingProxyType(
            {
                **_SAID,
                _H.ANSWER_UNKNOWN: _S.UNKNOWN,
                _H.EXPIRE_UNSENT: _S.ABSENT,
                _H.CANCEL_UNDONE: _S.OPEN,
                _H.REQUEST_CANCEL: _S.SUBMITTING,
                _H.SAID_UNREADABLE: _S.SUBMITTING,
            }
        ),
        _S.UNKNOWN: MappingProxyType(
            {
                **_SAID,
                _H.PROVE_ABSENT: _S.ABSENT,
                _H.ANSWER_UNKNOWN: _S.UNKNOWN,
                _H.CANCEL_UNDONE: _S.OPEN,
                _H.REQUEST_CANCEL: _S.UNKNOWN,
                _H.SAID_UNREADABLE: _S.UNKNOWN,
            }
        ),
        _S.OPEN: MappingProxyType(
            {
                **_SAID_LATER,
                _H.REQUEST_CANCEL: _S.CANCEL_PENDING,
                _H.ANSWER_UNKNOWN: _S.OPEN,
                _H.CANCEL_UNDONE: _S.OPEN,
                _H.SAID_UNREADABLE: _S.OPEN,
            }
        ),
        _S.PARTIALLY_FILLED: MappingProxyType(
            {
                **_SAID_LATER,
                _H.SAID_OPEN: _S.PARTIALLY_FILLED,
                _H.REQUEST_CANCEL: _S.CANCEL_PENDING,
                _H.ANSWER_UNKNOWN: _S.PARTIALLY_FILLED,
                _H.CANCEL_UNDONE: _S.PARTIALLY_FILLED,
                _H.SAID_UNREADABLE: _S.PARTIALLY_FILLED,
            }
        ),
        # Beside the working states: until a report ends it, the order may still fill.
        _S.CANCEL_PENDING: MappingProxyType(
            {
                **_SAID_LATER,
                _H.SAID_OPEN: _S.CANCEL_PENDING,
                _H.SAID_PARTIALLY_FILLED: _S.CANCEL_PENDING,
                _H.PART_FILL: _S.CANCEL_PENDING,
                _H.CANCEL_UNDONE: _S.OPEN,
                _H.REQUEST_CANCEL: _S.CANCEL_PENDING,
                _H.ANSWER_UNKNOWN: _S.CANCEL_PENDING,
                _H.SAID_UNREADABLE: _S.CANCEL_PENDING,
            }
        ),
        **{status: MappingProxyType({}) for status in OrderStatus if status.is_terminal},
    }
)
"""Every move there is, by state and happening; terminal states have none."""

_FILLS = frozenset({_H.PART_FILL, _H.LAST_FILL})
_OURS_ALONE = frozenset({_H.APPROVE, _H.REJECT, _H.SUBMIT, _H.EXPIRE_UNSENT})

# After the end: what streams repeat and late answers say, for every terminal state alike.
_STALE = frozenset({_H.REQUEST_CANCEL, _H.ANSWER_UNKNOWN, _H.SAID_UNREADABLE})
# The same, for orders that a venue has had.
_STALE_LIFE = _STALE | {
    _H.CANCEL_UNDONE,
    _H.SAID_OPEN,
    _H.SAID_PARTIALLY_FILLED,
    _H.SAID_CANCEL_PENDING,
}
_SILENT: Mapping[OrderStatus, frozenset[Happening]] = MappingProxyType(
    {
        # Its fills may come after the report of the end; the ledger holds filled <= quantity.
        _S.FILLED: _STALE_LIFE | _FILLS | {_H.SAID_FILLED},
        _S.CANCELED: _STALE_LIFE | {_H.SAID_CANCELED, _H.SAID_EXPIRED, _H.SAID_REFUSED},
        _S.EXPIRED: _STALE_LIFE | {_H.SAID_CANCELED, _H.SAID_EXPIRED},
        _S.REFUSED: _STALE | {_H.PROVE_ABSENT, _H.SAID_REFUSED},
        _S.ABSENT: _STALE | {_H.PROVE_ABSENT, _H.SAID_REFUSED},
    }
)


def next_state(
    status: OrderStatus, happening: Happening, /, *, has_fills: bool = False, counted: bool = False
) -> Transition:
    """Return where the order is after this happened; pure.

    Parameters
    ----------
    status : where it is
    happening : what happened
    has_fills : whether our books hold a fill of it: an order that works with fills is
        PARTIALLY_FILLED, never OPEN
    counted : for a fill, whether the report that ended the order counted it already: reports and
        fills come by different ways, so such a fill is not late

    Raises
    ------
    InvalidState
        For what cannot happen in this state: approving twice, sending what is not approved, proving
        absent what the venue has.

    Notes
    -----
    A terminal state never moves. A fill of an ended order that its end did not count is
    `Alarm.LATE_FILL`; a sign of life of an order that was refused or proven absent is `Alarm.GHOST`;
    anything else that contradicts how it ended is `Alarm.CONTRADICTION`. Stale repeats ("open" after
    the end, the same end again) are silent: streams repeat themselves.

    Examples
    --------
    >>> next_state(OrderStatus.UNKNOWN, Happening.SAID_FILLED).status.value
    'filled'
    >>> late = next_state(OrderStatus.CANCELED, Happening.PART_FILL)
    >>> late.status.value, late.alarm.value
    ('canceled', 'late_fill')
    """
    if status.is_terminal:
        return Transition(status=status, alarm=_after_the_end(status, happening, counted=counted))
    target = TRANSITIONS[status].get(happening)
    if target is None:
        raise InvalidState(
            f"{happening} cannot happen to an order that is {status}",
            hint=f"possible are: {', '.join(TRANSITIONS[status])}",
        )
    if target is OrderStatus.OPEN and has_fills:
        target = OrderStatus.PARTIALLY_FILLED
    return Transition(status=target)


def _after_the_end(status: OrderStatus, happening: Happening, *, counted: bool) -> Alarm | None:
    if happening in _SILENT[status]:
        return None
    if happening in _OURS_ALONE:
        raise InvalidState(
            f"{happening} cannot happen to an order that is {status}",
            hint="it has ended: make a new order, with a new id and a new risk check",
        )
    if status in (OrderStatus.REFUSED, OrderStatus.ABSENT):
        return Alarm.GHOST
    if happening in _FILLS:
        return None if counted else Alarm.LATE_FILL
    return Alarm.CONTRADICTION
