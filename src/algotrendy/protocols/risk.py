"""Risk rule: one reason why an order must not be sent, or only smaller.

Implement one method and one member; inherit nothing. The same rule is meant for backtest, paper and
live. The ids in the docstring, such as RSK-01, name the checks of a conformance kit.

    class MaxOrderValue:
        \"\"\"No order above this value, unless it can only reduce.\"\"\"

        code = "max_order_value"

        def __init__(self, limit: Decimal) -> None:
            self._limit = limit

        def check(self, order: OrderRequest, view: PortfolioView) -> Allow | Resize | Reject:
            value = order.quantity * view.mark(order.symbol)
            if value <= self._limit or view.reduces(order):
                return Allow()
            return Reject(reason=f"order value was {value}, at most {self._limit} is allowed")

Laws: a rule is a pure function of the order and the view: no clock, no file, no memory; all rules
run and the strictest verdict wins; a rule that raises rejects.
Used by: the risk gate, backtest engines, the order service.

A rule that must go on rejecting, such as a daily loss limit, returns ``Reject(latches=True)``: the
gate keeps its code on record, over restarts, and shows it to the rule in `PortfolioView.latches`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

if TYPE_CHECKING:
    from algotrendy.model.account import PortfolioView
    from algotrendy.model.arrays import BoolArray, FloatArray, IntArray
    from algotrendy.model.decision import Allow, Reject, Resize
    from algotrendy.model.order import OrderRequest

__all__ = ["OrderColumns", "RiskRule", "VectorRiskRule"]


class RiskRule(Protocol):
    """One reason to refuse or reduce an order. No capabilities: every rule can do the same."""

    @property
    def code(self) -> str:
        """Its stable name, in records and messages. A class attribute is enough."""
        ...

    def check(self, order: OrderRequest, view: PortfolioView, /) -> Allow | Resize | Reject:
        """Return the verdict, with its reason in words and numbers (RSK-01).

        The same order and view give the same verdict (RSK-02). `Resize` is above zero and below the
        order's quantity (RSK-03), and the resized order passes the rule (RSK-04). More exposure,
        unknown orders included, never turns a rejection into an approval (RSK-05). A size rule does
        not block an order that can only reduce (RSK-06). Whatever it raises rejects the order.
        """
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderColumns:
    """Simulated orders in columns, each (n,): what a scalar rule sees in an order and its view.

    Parameters
    ----------
    time_ns : int64 nanoseconds UTC
    held : base units before the order, below zero is short
    quantity : base units with the sign of the side
    price : quote units
    equity, cash : quote units before the order
    day_start_equity, peak_equity : quote units
    """

    time_ns: IntArray
    held: FloatArray
    quantity: FloatArray
    price: FloatArray
    equity: FloatArray
    cash: FloatArray
    day_start_equity: FloatArray
    peak_equity: FloatArray


@runtime_checkable
class VectorRiskRule(Protocol):
    """A risk rule that also works on arrays, so that a numpy engine can apply it."""

    def mask(self, orders: OrderColumns, /) -> BoolArray:
        """Return (n,) bool, True where `RiskRule.check` gives `Allow` (RSK-11).

        Row by row equal to the scalar form, with float64 in place of Decimal (RSK-12).
        """
        ...
