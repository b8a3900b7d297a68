"""Every assumption of a run in plain words.

Laws: an assumption that moves a number is named whether it is on or off; "free" is said out loud.
Used by: the report, the notebook view.
"""

from __future__ import annotations

from algotrendy.backtests.spec import (
    BacktestSpec,
    Costs,
    Exits,
    FillMode,
    GapPolicy,
    OnInsufficient,
)
from algotrendy.model.instrument import Instrument
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, RiskFraction, Size, VolTarget
from algotrendy.plotting.numerals import amount, price

__all__ = ["assumptions", "costs_in_words", "exits_in_words", "size_in_words"]

_FILL = {
    FillMode.NEXT_OPEN: "A decision made at a bar's close fills at the open of the next bar.",
    FillMode.THIS_CLOSE: "A decision fills at the close of the very bar it was made on: this "
    "assumes that the close could be traded while it was being decided.",
    FillMode.NEXT_CLOSE: "A decision made at a bar's close fills at the close of the next bar.",
}
_INSUFFICIENT = {
    OnInsufficient.RESIZE: "An entry that cash cannot pay is made smaller, and listed.",
    OnInsufficient.REFUSE: "An entry that cash cannot pay is refused, and listed.",
}
_GAPS = {
    GapPolicy.ERROR: "A missing bar stops the run.",
    GapPolicy.SKIP: "Missing bars are skipped: the next bar that exists is the next bar.",
    GapPolicy.MARK: "Missing bars are skipped, counted and warned about; none is invented.",
}


def _share(value: float) -> str:
    return f"{value * 100:.6g}%"


def costs_in_words(costs: Costs) -> str:
    """Fees, slippage and spread; zero is said as well."""
    if costs == Costs():
        return "No fees, no slippage, no spread: trading was free."
    fee = (
        f"Fee {_share(costs.fee_rate)} of traded value per side"
        if costs.fee_rate
        else "No fee rate"
    )
    if costs.fee_fixed:
        fee += f", plus {amount(costs.fee_fixed)} per fill"
    if costs.fee_minimum:
        fee += f", at least {amount(costs.fee_minimum)} per fill"
    slippage = f"slippage {_share(costs.slippage)}" if costs.slippage else "no slippage"
    spread = (
        f"spread {_share(costs.spread)}, half paid on each side" if costs.spread else "no spread"
    )
    return f"{fee}; {slippage}; {spread}."


def size_in_words(size: Size) -> str:
    """How much an entry buys."""
    if isinstance(size, Quantity):
        return f"Each entry trades {price(size.units)} units."
    if isinstance(size, Notional):
        return f"Each entry trades {amount(size.value)} in quote units."
    if isinstance(size, EquityFraction):
        return f"Each entry uses {_share(size.fraction)} of equity."
    if isinstance(size, RiskFraction):
        return f"Each entry risks {_share(size.fraction)} of equity at its stop."
    if isinstance(size, VolTarget):
        return (
            f"Each entry aims at an annual volatility of {_share(size.annual)} of equity, "
            f"measured over {size.lookback} bars."
        )
    return repr(size)


def exits_in_words(exits: Exits) -> str:
    """Protective exits given to the run; a strategy may set its own beside them."""
    parts = []
    if exits.stop_loss is not None:
        parts.append(f"stop loss {_share(exits.stop_loss)} from entry")
    if exits.take_profit is not None:
        parts.append(f"take profit {_share(exits.take_profit)} from entry")
    if exits.trailing is not None:
        parts.append(f"trailing stop {_share(exits.trailing)} from the best price")
    if exits.max_bars is not None:
        parts.append(f"out after {exits.max_bars} bars")
    if not parts:
        return "None set for the run; only the strategy's own signals and stops."
    text = "; ".join(parts)
    both = exits.take_profit is not None and (exits.stop_loss or exits.trailing)
    tail = " If stop and target lie in one bar, the stop is taken first." if both else ""
    return f"{text[0].upper()}{text[1:]}.{tail}"


def instrument_in_words(instrument: Instrument | None) -> list[tuple[str, str]]:
    """The venue's rules for quantities, if the run was given any."""
    if instrument is None:
        return [("Venue rules", "None: quantities are not rounded, no order is too small.")]
    text = f"Quantities are rounded down to a step of {instrument.step}"
    if instrument.min_quantity:
        text += f", at least {instrument.min_quantity}"
    if instrument.min_notional:
        text += f", worth at least {instrument.min_notional} in quote units"
    return [("Venue rules", f"{text}; a smaller entry is refused, and listed.")]


def assumptions(spec: BacktestSpec) -> list[tuple[str, str]]:
    """Name and sentence of each assumption, in the order they act."""
    bars = spec.bars
    days, hours = bars.calendar.value
    shorts = (
        "Short positions are allowed." if spec.shorts_allowed else "Long only: no short positions."
    )
    lever = (
        "No leverage" if spec.leverage == 1 else f"Leverage up to {spec.leverage:g} times equity"
    )
    end = (
        "A position open at the end is closed at the last close, with costs."
        if spec.close_at_end
        else "A position open at the end stays open, marked to the last close."
    )
    return [
        ("Starting cash", amount(spec.cash)),
        ("Fills", _FILL[spec.fill]),
        ("Costs", costs_in_words(spec.costs)),
        ("Size", size_in_words(spec.size)),
        *instrument_in_words(spec.instrument),
        ("Exits", exits_in_words(spec.exits)),
        ("Shorts and leverage", f"{shorts} {lever}."),
        ("Too little cash", _INSUFFICIENT[spec.on_insufficient]),
        ("Missing bars", _GAPS[spec.gaps]),
        ("At the end", end),
        (
            "A year",
            f"{bars.periods_per_year:,.6g} bars of {bars.timeframe}, from {days} days a year"
            + (f" of {hours:g} hours." if bars.timeframe.unit in "smh" else "."),
        ),
    ]
