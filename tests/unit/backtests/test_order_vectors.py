"""Order and signal simulations of another program: each agrees, or differs by a convention with a name.

The inputs are restated in our words: a signal fills at the close of its bar, or, where a price of its
own is given, at the next open; orders that add up are a float target in units; an order of "as much
as possible" is all equity. A bar whose close is NaN is a missing bar. Every column is a run.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tests.shared_data import shared_path

from algotrendy.backtests.result import BacktestResult
from algotrendy.backtests.spec import Costs
from algotrendy.errors import InvalidValue
from algotrendy.model.bars import Bars
from algotrendy.model.instrument import Instrument
from algotrendy.model.signals import Signals
from algotrendy.model.sizes import EquityFraction, Notional, Quantity, Size
from algotrendy.model.symbol import Symbol
from algotrendy.runtime.research import backtest

ORACLE = "data/oracles/order_sim_vectors.json"
SYMBOL = Symbol.parse("X/USDT")
DAY = 86_400_000_000_000

PORTFOLIO = "several columns share one account: needs portfolios (a later issue)"
SHORT_LIMIT = "a short of a fixed size is limited by nothing; here by equity times leverage"
BUY_BACK = (
    "buying a short back is limited by cash, the rest stays short; here a position is closed whole"
)
REBALANCED = (
    "a constant target is restored at every bar; here a position is resized when its target changes"
)
FREE_CASH = (
    "a percentage is of free cash, at every order; here a fraction is of equity, at an entry"
)
VALUED_AT = "a value is turned into units at a price of its own (val_price); here at the fill price"
ORDER_CAP = (
    "a greatest size caps every order, a reversal and an exit too; here it caps what is entered"
)
LIMIT_STOP = "a stop of kind stoplimit does not slip; here a stop is a market order"
ENTRY_BAR = "a stop is looked for from the bar after the entry; here in an entry bar entered at its open too"
ACCUMULATE = "an entry while in a position adds to it; here it is ignored, a float target adds"
FULL_SLIP = "a slippage of 1 is allowed; here a rate is below 1"
NO_SIZE = "a size of zero places no order; here it is refused"
NO_CASH = "an account may start with no cash; here it starts with some"

DIFFERENCES = {
    "15/2": FULL_SLIP,
    "49/2": FULL_SLIP,
    "18": PORTFOLIO,
    "27": PORTFOLIO,
    "28": PORTFOLIO,
    "30": PORTFOLIO,
    "19/0": SHORT_LIMIT,
    "20/0": SHORT_LIMIT,
    "20/1": SHORT_LIMIT,
    "52/0": SHORT_LIMIT,
    "52/1": SHORT_LIMIT,
    "25/0": REBALANCED,
    "26/0": REBALANCED,
    "26/1": REBALANCED,
    "29/0": FREE_CASH,
    "33/0": BUY_BACK,
    "33/1": BUY_BACK,
    "33/2": BUY_BACK,
    "34/0": BUY_BACK,
    "34/1": BUY_BACK,
    "34/2": BUY_BACK,
    "35/2": BUY_BACK,
    "36/2": BUY_BACK,
    "35/0": NO_SIZE,
    "36/0": NO_SIZE,
    "43/0": VALUED_AT,
    "44/0": VALUED_AT,
    "47/0": VALUED_AT,
    "48/0": VALUED_AT,
    "51/0": ORDER_CAP,
    "51/1": ORDER_CAP,
    "54/0": NO_CASH,
    "56/0": ENTRY_BAR,
    "56/1": LIMIT_STOP,
    "56/2": LIMIT_STOP,
    "58/0": ACCUMULATE,
    "58/1": ACCUMULATE,
    "58/2": ACCUMULATE,
}


def _cases() -> list[dict[str, Any]]:
    return json.loads(shared_path(ORACLE).read_text(encoding="utf-8"))["cases"]


def _number(value: object) -> object:
    if isinstance(value, list):
        return [_number(v) for v in value]
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


class Column:
    """One column of one case: its arguments as arrays, its orders, its value at every bar."""

    def __init__(self, case: dict[str, Any], column: int) -> None:
        self.case, self.column, self.n = case, column, case["n_bars"]
        self.args = {name: _number(value) for name, value in case["args"].items()}
        self.orders = [o for o in case["orders"] if o["col"] == column]
        values = np.array(_number(case["value"]), dtype=float)
        self.value = values if values.ndim == 1 else values[:, column]
        cash = np.atleast_1d(np.array(case["init_cash"], dtype=float))
        if "group_by" in self.args:  # the cash of a group is the sum of its columns'
            group = self.args["group_by"][column]
            self.cash = cash[group] / self.args["group_by"].count(group)
        else:
            self.cash = cash[column]

    def row(self, name: str, default: object = None) -> np.ndarray:
        """(n,) the argument in this column."""
        value = np.array(self.args.get(name, default))
        if value.ndim == 2:
            value = value[:, min(self.column, value.shape[1] - 1)]
        return np.broadcast_to(value, (self.n,))

    def one(self, name: str, default: object) -> Any:
        return self.row(name, default)[0].item()

    def prices(self) -> np.ndarray:
        """(n,) execution prices: the close, the close before it (-inf), or their own."""
        close, price = self.row("close"), self.row("price", np.inf).astype(float)
        before = np.append(np.nan, close[:-1])
        return np.where(price == np.inf, close, np.where(price == -np.inf, before, price))


def _bars(column: Column, prices: np.ndarray | None) -> Bars:
    """Bars of the column; `prices` become opens, after one bar that only carries the first signal."""
    close = column.row("close").astype(float)
    opened, high, low = (column.row(side, close).astype(float) for side in ("open", "high", "low"))
    if prices is not None:
        # Where there are opens of their own only entries fill at `prices`, their bar's range being over.
        filled = ~np.isnan(prices) & column.row("entries" if "open" in column.args else "", True)
        opened = np.where(filled, prices, opened)
        high, low = (np.where(filled, close, side) for side in (high, low))
        opened, close, high, low = (np.append(x[0], x) for x in (opened, close, high, low))
    kept = np.flatnonzero(~np.isnan(close))
    return Bars(
        SYMBOL,
        "1d",
        open_ns=kept * DAY,
        open=opened[kept],
        close=close[kept],
        high=np.max([opened, close, high], axis=0)[kept],
        low=np.min([opened, close, low], axis=0)[kept],
        volume=np.ones(len(kept)),
    )


def _signals(column: Column, keep: np.ndarray) -> tuple[Signals, Size]:
    none = np.zeros(column.n, dtype=bool)
    first, second = (column.row(name, False).astype(bool) for name in ("entries", "exits"))
    direction = column.args.get("direction")
    if "short_entries" in column.args:
        sides = [
            first,
            second,
            *(column.row(f"short_{x}", False).astype(bool) for x in ("entries", "exits")),
        ]
    else:
        sides = {
            "longonly": [first, second, none, none],
            "shortonly": [none, none, first, second],
            "both": [first, none, second, none],
        }[str(direction)]
    amount = float(column.one("size", np.inf))
    kind = column.args.get("size_type", "amount")
    size: Size = EquityFraction(1.0)
    if amount != np.inf:
        size = {"amount": Quantity, "value": Notional, "percent": EquityFraction}[kind](amount)
    sides = [side[keep] for side in sides]
    return Signals(
        entries=sides[0], exits=sides[1], short_entries=sides[2], short_exits=sides[3]
    ), size


def _target(column: Column) -> tuple[np.ndarray, Size]:
    """Orders as the position they lead to: (n,) in [-1, 1], and the size it is a share of."""
    size, kind = column.row("size").astype(float), column.args.get("size_type", "amount")
    direction = column.args["direction"]
    side = -1.0 if direction == "shortonly" else 1.0
    least, most = {"longonly": (0, np.inf), "shortonly": (-np.inf, 0), "both": (-np.inf, np.inf)}[
        direction
    ]
    if kind == "value":
        valued = column.row("val_price", np.inf).astype(float)
        close = column.row("close")
        valued = np.where(valued == np.inf, close, valued)
        valued = np.where(valued == -np.inf, np.append(np.nan, close[:-1]), valued)
        if column.args.get("ffill_val_price", True):
            for t in range(1, column.n):
                valued[t] = valued[t - 1] if np.isnan(valued[t]) else valued[t]
        size = size / valued
    if kind.startswith("target"):
        target = np.clip(side * size, least, most)
        top = np.abs(target).max() or 1.0
        made = {"amount": Quantity, "value": Notional, "percent": EquityFraction}[
            kind.removeprefix("target")
        ]
        return target / top, made(top)
    position, path = 0.0, []
    big = np.abs(size[~np.isnan(size)]).max(initial=0.0) >= 1000  # more than any account can pay
    for order in side * size:
        if not np.isnan(order):
            position = np.clip(np.sign(order) if big else position + order, least, most)
        path.append(position)
    target = np.array(path)
    top = np.abs(target).max() or 1.0
    if kind == "percent":
        return np.sign(target), EquityFraction(float(np.abs(size).max()))
    if not big:
        return target / top, Quantity(top)
    amount = float(np.abs(size[0]))
    return target, EquityFraction(1.0) if amount == np.inf else Quantity(amount)


def run(column: Column, restated: np.ndarray | None = None) -> BacktestResult:
    prices = column.prices() if "price" in column.args else None
    bars = _bars(column, prices)
    close = column.row("close").astype(float)
    keep = np.flatnonzero(~np.isnan(close))
    if column.case["function"] == "from_signals":
        returned, size = _signals(column, keep)
    else:
        returned, size = _target(column)
        returned = returned[keep] if restated is None else restated
    stop = float(column.row("sl_stop", np.nan)[0])
    if stop > 0 and column.args.get("stop_entry_price") is None and prices is not None:
        # Their stop is measured from the close of the entry bar, ours from the fill.
        fill = prices[0] * (1 + float(column.one("slippage", 0.0)))
        stop = 1 - close[0] * (1 - stop) / fill
    if prices is not None:
        known = ~np.isnan(prices)
        returned = _earlier(returned, known)
    step = column.one("size_granularity", np.nan)
    least, most = float(column.one("min_size", 0.0)), float(column.one("max_size", np.inf))
    instrument = None
    if not np.isnan(step) or least > 0 or most < np.inf:
        instrument = Instrument(
            symbol=SYMBOL,
            tick=Decimal("0.01"),
            step=Decimal(str(0.5 if np.isnan(step) else step)),
            min_quantity=Decimal(str(least)),
            max_quantity=None if most == np.inf else Decimal(str(most)),
        )
    return backtest(
        lambda _: returned,
        bars,
        cash=column.cash,
        size=size,
        allow_short=True,
        instrument=instrument,
        fees=Costs(
            fee_rate=column.one("fees", 0.0),
            fee_fixed=column.one("fixed_fees", 0.0),
            slippage=float(column.one("slippage", 0.0)),
        ),
        fill="this_close" if prices is None else "next_open",
        stop_loss=stop if stop > 0 else None,
        on_insufficient="resize" if column.one("allow_partial", True) else "refuse",
    )


def _earlier(returned: np.ndarray | Signals, known: np.ndarray) -> np.ndarray | Signals:
    """State everything a bar earlier, on one bar more; where there is no price there is no signal."""
    if isinstance(returned, Signals):
        sides = ("entries", "exits", "short_entries", "short_exits")
        return Signals(
            **{side: np.append(getattr(returned, side) & known, False) for side in sides}
        )
    held = returned.copy()
    for t in range(len(held)):
        if not known[t]:
            held[t] = held[t - 1] if t else 0.0
    return np.append(held, held[-1])


def agrees(column: Column, result: BacktestResult) -> bool:
    """Compare orders, a reversal being one order at its bar, and the value at every bar, to 1e-9."""
    close = column.row("close").astype(float)
    rows = np.flatnonzero(~np.isnan(close))
    shift = 1 if "price" in column.args else 0
    fills, mine = result.fills_columns, {}
    for bar, quantity, price, fee in zip(
        fills.bar, fills.quantity, fills.price, fills.fee, strict=True
    ):
        at = int(rows[bar - shift])
        before = mine.get(at, (0.0, price, 0.0))
        mine[at] = (before[0] + quantity, price, before[2] + fee)
    theirs = {
        o["idx"]: (o["size"] if o["side"] == "Buy" else -o["size"], o["price"], o["fees"])
        for o in column.orders
    }
    if mine.keys() != theirs.keys():
        return False
    same = all(mine[at] == pytest.approx(theirs[at], rel=1e-9, abs=1e-9) for at in theirs)
    curve = np.full(column.n, np.nan)
    curve[rows] = result.equity_curve[shift:]
    for t in np.flatnonzero(np.isnan(curve)):
        curve[t] = curve[t - 1]  # they carry a value over a missing bar
    return same and bool(np.allclose(curve, column.value, rtol=1e-9, atol=1e-9))


def _runs() -> list[tuple[str, int, int]]:
    """Ids without opening the file, which may not be there: (id, case, column)."""
    columns = {
        1: 3,
        2: 2,
        15: 3,
        16: 3,
        17: 3,
        19: 2,
        20: 2,
        21: 2,
        22: 3,
        24: 2,
        25: 2,
        26: 2,
        29: 2,
        33: 3,
        34: 3,
        35: 3,
        36: 3,
        49: 3,
        50: 3,
        51: 3,
        52: 2,
        53: 2,
        54: 3,
        55: 3,
        56: 3,
        57: 3,
        58: 3,
    }
    shared = {18, 27, 28, 30}
    return [
        (str(case) if case in shared else f"{case}/{column}", case, column)
        for case in range(59)
        for column in range(1 if case in shared else columns.get(case, 1))
    ]


def test_every_column_of_every_case_is_run() -> None:
    counted = [
        (str(i) if case["cash_sharing"] else f"{i}/{column}", i, column)
        for i, case in enumerate(_cases())
        for column in range(1 if case["cash_sharing"] else case["n_columns"])
    ]
    assert counted == _runs()
    assert DIFFERENCES.keys() <= {name for name, _, _ in counted}


@pytest.mark.parametrize(
    ("name", "number", "column"), _runs(), ids=[name for name, _, _ in _runs()]
)
def test_an_order_simulation_agrees_or_differs_by_a_named_convention(
    name: str, number: int, column: int
) -> None:
    case = _cases()[number]
    difference = DIFFERENCES.get(name)
    if case["cash_sharing"]:
        assert difference == PORTFOLIO
        return
    one = Column(case, column)
    if difference in (FULL_SLIP, NO_SIZE, NO_CASH):
        with pytest.raises(InvalidValue):
            run(one)
        return
    result = run(one)
    assert agrees(one, result) == (difference is None), (result.fills_columns, one.orders)


@pytest.mark.parametrize(("number", "column"), [(25, 0), (26, 0), (26, 1)])
def test_a_target_that_is_stated_anew_at_every_bar_is_restored_at_every_bar(
    number: int, column: int
) -> None:
    """What REBALANCED says is all there is to it: a hair of change is a new target."""
    one = Column(_cases()[number], column)
    target, _ = _target(one)
    assert agrees(one, run(one, target * np.resize([1.0, 1 - 1e-15], one.n)))


@pytest.mark.parametrize("column", [1, 2])
def test_a_stop_exit_agrees_where_the_slippage_is_said_to_be_in_the_entry_price(
    column: int,
) -> None:
    """What LIMIT_STOP says is all there is to it: the entry slips, the exit at its limit does not."""
    one = Column(_cases()[56], column)
    one.args["price"] = [p * 1.1 for p in one.args["price"]]
    one.args["slippage"] = 0.0
    assert agrees(one, run(one))
