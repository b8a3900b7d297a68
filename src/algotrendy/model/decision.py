"""Risk decisions: what one rule says about an order, and what all of them together decided.

Laws: the strictest verdict wins; every verdict is recorded; a verdict says its reason in words with
numbers.
Used by: risk rules (return verdicts), the risk gate (makes decisions), the journal, reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import final

from algotrendy.errors import InvalidValue
from algotrendy.model.amounts import check_positive

__all__ = ["Allow", "Reject", "Resize", "RiskDecision", "RuleVerdict", "Verdict", "strictest"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """The order may be sent as it is, as far as this rule goes."""

    reason: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """The order may be sent with this smaller quantity, base units above zero."""

    quantity: Decimal
    reason: str

    def __post_init__(self) -> None:
        check_positive("quantity", self.quantity)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """The order must not be sent.

    With `latches` the rule wants to go on rejecting: the gate keeps its code on record, over
    restarts, and shows it in `PortfolioView.latches` until a person or a new day releases it.
    """

    reason: str
    latches: bool = False


Verdict = Allow | Resize | Reject
"""What one rule says."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdict:
    """What the rule with this code said."""

    code: str
    verdict: Verdict


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDecision:
    """What the gate decided about one order: on record before anything is sent.

    Parameters
    ----------
    client_order_id : of the order
    time_ns : time of the decision, nanoseconds UTC
    verdict : the strictest of them
    verdicts : one a rule, in the order in which the rules ran
    """

    client_order_id: str
    time_ns: int
    verdict: Verdict
    verdicts: tuple[RuleVerdict, ...]

    def __post_init__(self) -> None:
        expected = strictest(tuple(one.verdict for one in self.verdicts))
        if _strictness(expected) != _strictness(self.verdict):
            raise InvalidValue(
                "verdict", value=self.verdict, rule=f"the strictest of verdicts is {expected}"
            )

    @property
    def is_approved(self) -> bool:
        """True when something may be sent: the order, or a smaller one."""
        return not isinstance(self.verdict, Reject)


def _strictness(verdict: Verdict) -> tuple[int, Decimal]:
    if isinstance(verdict, Reject):
        return 2, Decimal(0)
    if isinstance(verdict, Resize):
        return 1, -verdict.quantity
    return 0, Decimal(0)


def strictest(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Return the verdict that wins: any `Reject`, else the smallest `Resize`, else `Allow`.

    The first of equals, so that the answer does not depend on anything but the order of the rules.
    No verdict at all is a `Reject`: without a rule nobody approved.
    """
    if not verdicts:
        return Reject(reason="no risk rule was asked")
    return max(verdicts, key=_strictness)
