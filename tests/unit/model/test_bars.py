from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model.made_bars import MINUTE, START, columns, made

from algotrendy.errors import InvalidBars, InvalidState, InvalidSymbol, InvalidValue, UnknownName
from algotrendy.model.bars import Bars
from algotrendy.model.bars_columns import Repairs
from algotrendy.model.bars_readers import BarsReaders
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar


def two_symbols(n: int = 6) -> Bars:
    """Return bars of two symbols; the first has none in rows 1 and 2."""
    wide = {name: np.column_stack([values, values * 2]) for name, values in columns(n).items()}
    for values in wide.values():
        values[1:3, 0] = np.nan
    return Bars(["BTC/USDT", "ETH/USDT"], "1m", open_ns=START + np.arange(n) * MINUTE, **wide)


def test_columns_are_float64_contiguous_and_read_only():
    bars = made(5)
    for column in bars.columns().values():
        assert column.dtype == np.float64
        assert column.flags.c_contiguous
        assert not column.flags.writeable
    assert bars.open_ns.dtype == np.int64
    assert len(bars) == 5


def test_lists_and_whole_numbers_are_taken_too():
    bars = Bars(
        "AAPL",
        "1d",
        open_ns=[0, 86_400 * 10**9],
        open=[1, 2],
        high=[1, 2],
        low=[1, 2],
        close=[1, 2],
        volume=[0, 0],
    )
    assert bars.close.tolist() == [1.0, 2.0]


def test_an_array_that_is_changed_later_changes_nothing():
    given_columns = columns(5)
    times = START + np.arange(5) * MINUTE
    bars = Bars("BTC/USDT", "1m", open_ns=times, **given_columns)
    before = bars.fingerprint
    given_columns["close"][:] = 7
    times[0] = 0
    assert bars.close[0] != 7
    assert Bars("BTC/USDT", "1m", open_ns=bars.open_ns, **bars.columns()).fingerprint == before


def test_a_read_only_view_of_a_writeable_array_is_copied():
    owner = columns(5)["volume"]
    view = owner.view()
    view.flags.writeable = False
    bars = Bars(
        "BTC/USDT", "1m", open_ns=START + np.arange(5) * MINUTE, **{**columns(5), "volume": view}
    )
    assert not np.shares_memory(bars.volume, owner)


def test_an_array_nobody_can_write_to_is_not_copied():
    bars = made(5)
    again = Bars("BTC/USDT", "1m", open_ns=bars.open_ns, **bars.columns())
    assert np.shares_memory(again.close, bars.close)
    assert np.shares_memory(again.open_ns, bars.open_ns)


@pytest.mark.parametrize(
    "name", ["close", "open_ns", "quote_volume", "trades_count", "source", "times"]
)
def test_no_array_can_be_written_or_made_writeable(name):
    for bars in (
        made(5),
        pickle.loads(pickle.dumps(made(5))),
        made(9)[2:7],
        two_symbols()["ETH/USDT"],
    ):
        array = getattr(bars, name)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_no_attribute_can_be_set_or_deleted():
    bars = made(5)
    for name in ("close", "symbols", "_fingerprint", "anything"):
        with pytest.raises(InvalidState, match=f"bars.{name} cannot be set"):
            setattr(bars, name, 1)
    with pytest.raises(InvalidState, match="cannot be deleted"):
        del bars.close


def test_copies_are_the_same_object_and_pickles_are_equal():
    bars = made(
        5,
        quote_volume=np.ones(5),
        trades_count=np.arange(5),
        source=[0, 1, 1, 0, 0],
        sources=("a", "b"),
    )
    assert copy.copy(bars) is bars
    assert copy.deepcopy(bars) is bars
    again = pickle.loads(pickle.dumps(bars))
    assert again == bars
    assert hash(again) == hash(bars)
    assert again.trades_count.tolist() == [0, 1, 2, 3, 4]
    assert again.source.tolist() == [0, 1, 1, 0, 0]
    assert again.sources == ("a", "b")


def test_a_pickled_slice_holds_its_rows_only():
    bars = made(100_000)
    bars.quote_volume  # noqa: B018  filled once, and not sent along
    assert len(pickle.dumps(bars[:10])) < 3_000


def test_unknown_numbers_read_as_nan_and_minus_one():
    bars = made(3)
    assert np.isnan(bars.quote_volume).all()
    assert bars.trades_count.tolist() == [-1, -1, -1]
    assert bars.source.tolist() == [0, 0, 0]
    assert bars.quote_volume is bars.quote_volume
    assert bars.trades_count is bars.trades_count
    assert (bars.has_quote_volume, bars.has_trades_count) == (False, False)
    known = made(3, quote_volume=[1.0, np.nan, 2.0], trades_count=[1, -1, 2])
    assert (known.has_quote_volume, known.has_trades_count) == (True, True)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"quote_volume": [1.0, -2.0, 3.0]}, "row 1, column quote_volume was -2.0"),
        ({"quote_volume": [1.0, 2.0, np.inf]}, "row 2, column quote_volume was inf"),
        ({"trades_count": [1, 2, -2]}, "row 2, column trades_count was -2"),
        ({"trades_count": [1, 2.5, 3]}, "row 1, column trades_count was 2.5, a whole number"),
        ({"trades_count": [1.0, np.nan, 3]}, "row 1, column trades_count was nan, a whole number"),
        ({"trades_count": [1, 2]}, r"trades_count was \(2,\), shape \(3,\)"),
        ({"source": [0, 1, 0]}, "row 1, column source was 1, an index into sources"),
        ({"source": [0, 300, 0]}, "row 1, column source was 300"),
        ({"source": [0, -1, 0]}, "row 1, column source was -1"),
        ({"close": [1.0, 2.0]}, r"close was \(2,\), shape \(3,\) is expected"),
        ({"close": ["1", "2", "3"]}, "close was '<U1', a numeric column"),
        ({"open_ns": np.array([1, 2, 3], "datetime64[s]")}, "int64 nanoseconds: times.astype"),
        ({"open_ns": [[1, 2, 3]]}, "one-dimensional"),
        ({"open_ns": [0.0, 6e10, 1.2e11 + 0.5]}, "row 2, column open_ns"),
        ({"open_ns": np.array([0, 2**63, 2**64 - 1], np.uint64)}, "row 1, column open_ns"),
        ({"open_ns": [0, MINUTE, MINUTE]}, "row 2, column open_ns .* unique.*drop_repeats"),
        ({"open_ns": [0, 2 * MINUTE, MINUTE]}, "row 2, column open_ns .* increase.*sort=True"),
        ({"open_ns": [0, MINUTE, 2 * MINUTE + 1]}, "row 2, column open_ns .* 1m grid"),
        ({"open_ns": [1, MINUTE + 1, 2 * MINUTE]}, "row 0, column open_ns .* 1m grid"),
        ({"high": [200, np.nan, 200]}, "row 1, column high was nan, a finite number.*never filled"),
        ({"volume": [1, 1, np.inf]}, "row 2, column volume was inf, a finite number"),
        ({"volume": [1, -1, 0]}, "row 1, column volume was -1.0, it must be at least zero"),
        ({"low": [90, 0, 90]}, "row 1, column low was 0.0, a price must be above zero"),
        ({"open": [100, -5, 100]}, "row 1, column open was -5.0, a price must be above zero"),
        (
            {"high": [300, 300, 1], "low": [90, 90, 2]},
            "row 2, column high was 1.0, it must not be below low 2.0",
        ),
        ({"open": [100, 900, 100]}, "row 1, column open was 900.0, it must lie between low"),
        ({"close": [100, 100, 900]}, "row 2, column close was 900.0, it must lie between low"),
    ],
)
def test_an_error_names_row_column_value_and_rule(extra, message):
    sound = {
        "open": [100.0] * 3,
        "high": [200.0] * 3,
        "low": [90.0] * 3,
        "close": [100.0] * 3,
        "volume": [1.0] * 3,
    }
    times = {"open_ns": START + np.arange(3) * MINUTE}
    with pytest.raises(InvalidBars, match=message):
        Bars("BTC/USDT", "1m", **{**times, **sound, **extra})


@pytest.mark.parametrize("row", [0, 32_767, 32_768, 70_000, 99_999])
def test_the_first_bad_row_is_found_in_any_block(row):
    bad = columns(100_000)
    bad["high"][row] = np.nan
    bad["volume"][-1] = -1
    with pytest.raises(InvalidBars) as error:
        Bars("BTC/USDT", "1m", open_ns=START + np.arange(100_000) * MINUTE, **bad)
    assert error.value.row == row
    assert error.value.column == "high"


CELL = st.sampled_from([1.0, 2.0, 3.0, 0.0, -1.0, np.nan, np.inf, -np.inf])


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), min_size=1, max_size=4))
def test_the_fast_check_refuses_what_the_rules_say(rows):
    def is_sound(o, h, low, c, v):
        return (
            all(map(np.isfinite, (o, h, low, c, v)))
            and low > 0
            and low <= min(o, c)
            and max(o, c) <= h
            and v >= 0
        )

    table = np.array(rows)
    times = START + np.arange(len(rows)) * MINUTE
    named = dict(zip(("open", "high", "low", "close", "volume"), table.T, strict=True))
    wrong = [at for at, row in enumerate(rows) if not is_sound(*row)]
    if not wrong:
        assert len(Bars("BTC/USDT", "1m", open_ns=times, **named)) == len(rows)
        return
    with pytest.raises(InvalidBars) as error:
        Bars("BTC/USDT", "1m", open_ns=times, **named)
    assert error.value.row == wrong[0]


def test_months_are_checked_by_the_calendar():
    times = np.array(["2024-01-01", "2024-02-01", "2024-03-02"], "datetime64[ns]").astype(np.int64)
    with pytest.raises(InvalidBars, match="row 2, column open_ns .* 1M grid.*floor_times"):
        Bars("BTC/USDT", "1M", open_ns=times, **columns(3))


def test_no_bars_are_bars():
    bars = made(0)
    assert len(bars) == 0
    assert repr(bars) == "Bars(BTC/USDT 1m, empty)"
    assert bars == made(3)[:0]


def test_the_text_tells_symbol_timeframe_count_and_range():
    assert repr(made(3)) == "Bars(BTC/USDT 1m, 3 bars, 2024-01-01T00:00 to 2024-01-01T00:02 UTC)"
    names = ["A", "B", "C", "D"]
    wide = {name: np.column_stack([values] * 4) for name, values in columns(2).items()}
    many = Bars(names, "1m", open_ns=START + np.arange(2) * MINUTE, **wide)
    assert repr(many).startswith("Bars(A, B, C, … 1m, 2 bars")


@pytest.mark.parametrize("symbols", [[], ["BTC/USDT", "btc/usdt"]])
def test_symbols_are_one_or_more_and_different(symbols):
    with pytest.raises(InvalidValue, match="different symbols"):
        Bars(symbols, "1m", open_ns=[], **columns(0))


def test_equal_data_is_equal_and_any_change_is_not():
    bars = made(5)
    assert bars == made(5)
    assert bars == bars  # noqa: PLR0124
    assert bars != made(5, seed=2)
    assert bars != made(5, symbol="ETH/USDT")
    assert bars != "bars"
    assert two_symbols() == two_symbols()


def test_a_slice_is_a_view_with_all_its_columns():
    bars = made(
        10,
        quote_volume=np.arange(10.0),
        trades_count=np.arange(10),
        source=[0] * 5 + [1] * 5,
        sources=("a", "b"),
    )
    part = bars[3:7]
    assert len(part) == 4
    assert np.shares_memory(part.close, bars.close)
    assert part.quote_volume.tolist() == [3.0, 4.0, 5.0, 6.0]
    assert part.trades_count.tolist() == [3, 4, 5, 6]
    assert part.source.tolist() == [0, 0, 1, 1]
    assert part == Bars(
        "BTC/USDT",
        "1m",
        open_ns=bars.open_ns[3:7],
        **{name: c[3:7] for name, c in bars.columns().items()},
    )
    assert len(bars[-3:]) == 3
    assert len(bars[:]) == 10


def test_a_step_is_refused():
    with pytest.raises(InvalidValue, match="resample instead"):
        made(5)[::2]


def test_one_of_many_symbols_leaves_its_missing_rows_out():
    many = two_symbols()
    assert many.is_many
    one = many["btc/usdt"]
    assert one.symbol == Symbol("BTC", "USDT")
    assert len(one) == 4
    assert one.open.ndim == 1
    assert [len(bars) for bars in many] == [4, 6]
    assert made(3)["BTC/USDT"] == made(3)
    with pytest.raises(UnknownName, match="ETH/USDT"):
        many["ETH/USD"]
    with pytest.raises(InvalidValue, match=r"pick one: bars\['BTC/USDT'\]"):
        many.symbol  # noqa: B018


def test_optional_columns_are_picked_too():
    many = two_symbols(4)
    full = Bars(
        many.symbols,
        "1m",
        open_ns=many.open_ns,
        **many.columns(),
        quote_volume=np.arange(8.0).reshape(4, 2),
        trades_count=np.arange(8).reshape(4, 2),
    )
    one = full["BTC/USDT"]
    assert one.quote_volume.tolist() == [0.0, 6.0]
    assert one.trades_count.tolist() == [0, 6]


def test_a_cell_is_missing_in_all_columns_or_in_none():
    many = two_symbols()
    holed = {name: values.copy() for name, values in many.columns().items()}
    holed["close"][4, 1] = np.nan
    with pytest.raises(InvalidBars, match="row 4, column close was nan"):
        Bars(many.symbols, "1m", open_ns=many.open_ns, **holed)


def test_the_calendar_is_guessed_unless_given():
    assert made(3).calendar is Calendar.CRYPTO
    assert made(3).periods_per_year == 525_600
    assert made(3, symbol="AAPL").calendar is Calendar.US_EQUITY
    assert made(3, symbol="AAPL", calendar=Calendar.CRYPTO).periods_per_year == 525_600


def test_between_takes_the_open_times_from_start_up_to_end():
    bars = made(10)
    assert bars.between("2024-01-01T00:02Z", "2024-01-01T00:05Z") == bars[2:5]
    assert bars.between(datetime(2024, 1, 1, 0, 8, tzinfo=UTC), None) == bars[8:]
    assert bars.between(None, "2024-01-01T03:01:00+03:00") == bars[:1]
    assert len(bars.between("2025-01-01T00:00Z", "2024-01-01T00:00Z")) == 0
    with pytest.raises(InvalidValue, match="start was '2024-01-01', a time without a zone"):
        bars.between("2024-01-01", None)


def test_bars_from_arrays_have_no_repairs():
    assert made(3).repairs == Repairs()
    assert not made(3).repairs
    assert str(Repairs()) == "none"
    assert str(Repairs(moved=2) + Repairs(invalid=1)) == "2 moved, 1 invalid dropped"


def test_readers_alone_make_nothing():
    with pytest.raises(NotImplementedError):
        BarsReaders._of(None)


def test_a_wrong_symbol_is_an_error_of_the_symbol():
    with pytest.raises(InvalidSymbol):
        made(3, symbol="btc usdt")
