from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv
from tests.shared_data import shared_path
from tests.unit.model.made_bars import MINUTE, START, columns, made

from algotrendy.errors import InvalidBars, InvalidValue, UnknownName
from algotrendy.model.bars import Bars
from algotrendy.model.bars_columns import Repairs
from algotrendy.model.bars_rows import KLINE_COLUMNS
from algotrendy.model.timeframe import Calendar

CANDLES = [
    "BTCUSDT_5m_2025-04-03_2025-07-02",
    "ETHUSDT_5m_2025-04-03_2025-07-02",
    "XRPUSDT_5m_2025-04-03_2025-07-02",
    "binance_AVAXUSDT_1m_2023-02_full",
    "binance_BTCUSDT_1m_2023-03-16_2023-05-01",
    "binance_ETHUSDT_1h",
    "binance_ETHUSDT_1m_2023-03-16_2023-05-01",
    "binance_LINKUSDT_1m_2023-02_full",
    "binance_NEARUSDT_1m_2023-02_full",
    "bt_EURUSD",
    "freqtrade_ADABTC_5m",
    "freqtrade_ETHBTC_5m",
    "freqtrade_LTCBTC_5m",
    "freqtrade_UNITTEST_BTC-1m",
    "index_sp500_daily",
    "lean_AAPL_daily",
    "lean_bybit_BTCUSDT_1m_2022-12-13",
    "lean_coinbase_BTCUSD_1m_2018-04-05",
    "lean_coinbase_BTCUSD_daily",
]


def frame_of(n: int = 5, unit: str = "ns", tz: str | None = "UTC") -> pd.DataFrame:
    """Return a pandas frame of made bars with a time index."""
    index = pd.DatetimeIndex(pd.to_datetime(START + np.arange(n) * MINUTE, unit="ns")).as_unit(unit)
    return pd.DataFrame(columns(n), index=index.tz_localize(tz) if tz else index)


@pytest.mark.parametrize("file", CANDLES)
def test_real_candles_load_alike_from_every_kind_of_table(file, tmp_path):
    path = shared_path(f"data/candles/{file}.parquet")
    bars = Bars.from_parquet(path)
    table = pq.read_table(path)
    assert len(bars) == table.num_rows
    assert str(bars.timeframe) in path.stem or path.stem.startswith(("bt_", "index", "lean"))
    assert Bars.from_arrow(table) == bars
    assert Bars.from_pandas(table.to_pandas()) == bars
    assert Bars.from_pandas(table.to_pandas().set_index("timestamp")) == bars
    csv.write_csv(table, tmp_path / "candles.csv")
    assert Bars.from_csv(tmp_path / "candles.csv") == bars
    assert bars.has_trades_count == ("trades_count" in table.column_names)


@pytest.mark.parametrize("file", CANDLES)
def test_real_candles_load_alike_from_polars(file):
    polars = pytest.importorskip("polars")
    path = shared_path(f"data/candles/{file}.parquet")
    assert Bars.from_polars(polars.from_arrow(pq.read_table(path))) == Bars.from_parquet(path)


def test_bad_rows_of_real_data_are_named_and_left_out_when_asked():
    path = shared_path("data/candles/us_equities_daily_2012-12_2017-12.parquet")
    with pytest.raises(
        InvalidBars, match="row 24747, column open was 39.83.*between low .*2017-12-06"
    ):
        Bars.from_parquet(path)
    bars = Bars.from_parquet(path, drop_invalid=True)
    assert bars.repairs == Repairs(invalid=4)
    assert bars.open.shape == (1260, 98)
    frame = pq.read_table(path).to_pandas()
    for symbol in ("A", "QCOM", "EVHC"):
        one = frame[(frame.symbol == symbol) & (frame.timestamp < "2017-12-06T00:00Z")]
        assert bars[symbol].between(None, "2017-12-06T00:00Z") == Bars.from_pandas(one)
    assert Bars.from_parquet(path, "QCOM") == bars["QCOM"]
    by_time = Bars.from_pandas(frame.sort_values(["timestamp", "symbol"]), drop_invalid=True)
    assert all(by_time[symbol] == bars[symbol] for symbol in bars.symbols)


def test_stamps_at_the_end_of_the_month_are_set_back_when_asked():
    path = shared_path("data/candles/bt_BTCUSD.parquet")
    with pytest.raises(
        InvalidBars, match="row 0, column open_ns was '2012-01-31T00:00:00Z'.*floor_times"
    ):
        Bars.from_parquet(path)
    bars = Bars.from_parquet(path, "BTC/USD", columns={"symbol": None}, floor_times=True)
    assert bars.repairs == Repairs(floored=156)
    assert str(bars.timeframe) == "1M"
    assert bars.n_missing == 0


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_every_unit_of_pandas_times_is_read(unit):
    assert Bars.from_pandas(frame_of(unit=unit), "BTC/USDT") == made(5)


def test_a_zone_is_converted_to_utc():
    frame = frame_of().tz_convert("America/New_York")
    assert Bars.from_pandas(frame, "BTC/USDT") == made(5)


def test_times_without_a_zone_are_refused_with_the_fix():
    frame = frame_of(tz=None)
    with pytest.raises(
        InvalidBars, match=r"without a zone are refused.*assume_timezone='UTC'.*dt.tz_localize"
    ):
        Bars.from_pandas(frame, "BTC/USDT")
    assert Bars.from_pandas(frame, "BTC/USDT", assume_timezone="UTC") == made(5)
    berlin = Bars.from_pandas(frame, "BTC/USDT", assume_timezone="Europe/Berlin")
    assert berlin.open_ns[0] == START - 60 * MINUTE


@pytest.mark.parametrize("zone", ["Mars/Base", "America/New_York"])
def test_a_zone_that_does_not_fit_is_refused(zone):
    frame = frame_of(tz=None)
    frame.index = pd.date_range(
        "2024-03-10T02:30", periods=5, freq="min"
    )  # an hour New York does not have
    with pytest.raises(InvalidBars, match="cannot be read in this zone"):
        Bars.from_pandas(frame, "BTC/USDT", assume_timezone=zone)


@pytest.mark.parametrize("label", ["Date", "TIMESTAMP", "open time", "datetime", "Open_Time"])
def test_columns_are_found_whatever_their_case(label):
    frame = frame_of().rename(columns=str.upper).reset_index(names=label)
    assert Bars.from_pandas(frame, "BTC/USDT") == made(5)


def test_a_time_index_wins_over_a_column_called_date():
    frame = frame_of().assign(date=1)
    assert Bars.from_pandas(frame, "BTC/USDT") == made(5)
    named = (
        frame_of().reset_index(names="when").set_index(pd.DatetimeIndex(["2020-01-01T00:00Z"] * 5))
    )
    assert Bars.from_pandas(named, "BTC/USDT", columns={"time": "when"}) == made(5)


def test_named_index_levels_are_columns():
    frame = (
        frame_of().reset_index(names="time").assign(symbol="BTC/USDT").set_index(["symbol", "time"])
    )
    assert Bars.from_pandas(frame) == made(5)


@pytest.mark.parametrize(
    ("field", "label", "message"),
    [
        ("close", "Adj Close", r"columns=\{'close': 'Adj Close'\}"),
        ("high", "hihg", r"columns=\{'high': 'hihg'\}"),
        ("open", "xx", r"columns=\{'open': '...'\}"),
        ("volume", "x", "column of zeros"),
    ],
)
def test_a_column_that_is_absent_is_refused_with_what_was_found(field, label, message):
    frame = frame_of().rename(columns={field: label})
    with pytest.raises(
        InvalidBars,
        match=f"{field} was .*'{label}'.*no column was found for {field}; name it: {message}|{message}",
    ):
        Bars.from_pandas(frame, "BTC/USDT")


def test_two_columns_that_could_be_meant_are_refused():
    frame = frame_of().assign(Close=1.0)
    with pytest.raises(
        InvalidBars,
        match=r"close was \['close', 'Close'\], only one column may be meant; choose: columns=\{'close': 'close'\}",
    ):
        Bars.from_pandas(frame, "BTC/USDT")
    assert Bars.from_pandas(frame, "BTC/USDT", columns={"close": "close"}) == made(5)
    with pytest.raises(UnknownName, match="column 'CLOSE' is unknown"):
        Bars.from_pandas(frame, "BTC/USDT", columns={"close": "CLOSE"})


def test_columns_can_be_named():
    frame = frame_of().rename(columns={"close": "last", "open": "first"})
    bars = Bars.from_pandas(frame, "BTC/USDT", columns={"close": "last", "open": "FIRST"})
    assert bars == made(5)
    with pytest.raises(UnknownName, match="columns key 'opne' is unknown.*did you mean 'open'"):
        Bars.from_pandas(frame, "BTC/USDT", columns={"opne": "first"})
    with pytest.raises(UnknownName, match="column 'lats' is unknown"):
        Bars.from_pandas(frame, "BTC/USDT", columns={"close": "lats"})
    with pytest.raises(InvalidValue, match="close.*required"):
        Bars.from_pandas(frame, "BTC/USDT", columns={"open": "first", "close": None})


def test_the_same_column_name_twice_is_refused():
    frame = frame_of()
    doubled = pd.concat([frame, frame[["close"]]], axis=1)
    with pytest.raises(InvalidBars, match="only one column may be meant"):
        Bars.from_pandas(doubled, "BTC/USDT")
    with pytest.raises(InvalidBars, match="only one column may be meant"):
        Bars.from_pandas(doubled, "BTC/USDT", columns={"close": "close"})


def test_columns_of_two_levels_are_refused_with_the_way_out():
    frame = pd.concat({"AAPL": frame_of()}, axis=1).swaplevel(axis=1)
    with pytest.raises(InvalidBars, match="stack"):
        Bars.from_pandas(frame)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1"] * 5, "column close was '1'|close was '1', numbers are expected"),
        ([Decimal(1)] * 5, "numbers are expected, the column is of type decimal128"),
        ([True] * 5, "numbers are expected, the column is of type bool"),
        ([1, "x", None, 2, 3], "close was 'object', one type of value is expected"),
        ([None] * 5, "row 0, column close was nan"),
        (pd.array([100, None, 100, 100, 100], dtype="Int64"), "row 1, column close was nan"),
        ([*columns(5)["close"][:2], np.nan, 100.0, 100.0], "row 2, column close was nan"),
    ],
)
def test_prices_are_numbers(values, message):
    with pytest.raises(InvalidBars, match=message):
        Bars.from_pandas(frame_of().assign(close=values), "BTC/USDT")


def test_other_numeric_types_are_converted():
    frame = frame_of().assign(volume=pd.array([1, 2, 3, 4, 5], dtype="Int32"))
    assert Bars.from_pandas(frame, "BTC/USDT").volume.tolist() == [1, 2, 3, 4, 5]
    single = pa.table(
        {"time": [0, 1], **{name: pa.array([1.5, 1.5], pa.float32()) for name in columns(0)}}
    )
    assert Bars.from_arrow(single, "BTC/USDT", "1s", time_unit="s").close.tolist() == [1.5, 1.5]


def test_optional_columns_keep_what_is_unknown():
    frame = frame_of().assign(
        quote_volume=[1.0, np.nan, 3, 4, 5], trades=[1.0, 2, np.nan, 4, 5], source=list("aabba")
    )
    bars = Bars.from_pandas(frame, "BTC/USDT")
    assert bars.trades_count.tolist() == [1, 2, -1, 4, 5]
    assert np.isnan(bars.quote_volume[1])
    assert bars.sources == ("a", "b")
    assert bars.source.tolist() == [0, 0, 1, 1, 0]
    nullable = frame.assign(trades=pd.array([1, None, 3, 4, 5], dtype="Int64"))
    assert Bars.from_pandas(nullable, "BTC/USDT").trades_count.tolist() == [1, -1, 3, 4, 5]
    assert Bars.from_pandas(frame_of(), "BTC/USDT", source="venue").sources == ("venue",)
    with pytest.raises(InvalidBars, match="row 1, column trades was 2.5"):
        Bars.from_pandas(frame.assign(trades=[1, 2.5, 3, 4, 5]), "BTC/USDT")


def test_more_sources_than_codes_are_refused():
    frame = frame_of(300).assign(source=[f"s{at}" for at in range(300)])
    with pytest.raises(InvalidBars, match="at most 255 sources"):
        Bars.from_pandas(frame, "BTC/USDT")


def test_a_row_without_a_symbol_or_source_is_named():
    with pytest.raises(InvalidBars, match="row 3, column symbol was None, a text is expected"):
        Bars.from_pandas(frame_of().assign(symbol=["A", "A", "A", None, "A"]))
    with pytest.raises(InvalidBars, match="symbol was 1, texts are expected"):
        Bars.from_pandas(frame_of().assign(symbol=1))


def test_an_unused_category_is_no_symbol():
    frame = frame_of().assign(symbol=pd.Categorical(["A"] * 5, categories=["Z", "A", "B"]))
    assert str(Bars.from_pandas(frame).symbol) == "A"


def test_nothing_says_which_symbol_it_is():
    with pytest.raises(InvalidValue, match="pass symbol='BTC/USDT'"):
        Bars.from_pandas(frame_of())
    with pytest.raises(InvalidValue, match="the table has no rows"):
        Bars.from_pandas(frame_of(0).assign(symbol=[]), timeframe="1m")
    with pytest.raises(UnknownName, match="'ETH/USDT' is unknown, known: BTC/USDT"):
        Bars.from_pandas(frame_of().assign(symbol="BTC/USDT"), "ETH/USDT")


def test_an_empty_table_gives_no_bars():
    assert len(Bars.from_pandas(frame_of(0), "BTC/USDT", "1m")) == 0
    assert len(Bars.from_arrow(made(0).to_arrow(), "BTC/USDT")) == 0
    assert len(Bars.from_pandas(frame_of(0).assign(symbol=[], source=[]), "A", "1m")) == 0
    with pytest.raises(InvalidValue, match="two bars or more"):
        Bars.from_pandas(frame_of(1), "BTC/USDT")


LONG = pd.DataFrame(
    {
        "time": pd.to_datetime(
            ["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03"], utc=True
        ),
        "ticker": ["B", "A", "B", "A", "B"],
        **{name: [1.0, 2.0, 3.0, 4.0, 5.0] for name in columns(0)},
    }
)


def test_a_long_table_gives_one_column_a_symbol():
    bars = Bars.from_pandas(LONG)
    assert [str(symbol) for symbol in bars.symbols] == ["B", "A"]
    assert str(bars.timeframe) == "1d"
    np.testing.assert_array_equal(bars.close, [[1, 2], [3, np.nan], [5, 4]])
    full = LONG.assign(quote_volume=1.0, trades=7, source=list("xyxyx"))
    bars = Bars.from_pandas(full)
    assert bars.trades_count.tolist() == [[7, 7], [7, -1], [7, 7]]
    assert bars.source.tolist() == [[0, 1], [0, 0], [0, 1]]
    assert np.isnan(bars.quote_volume[1, 1])


def test_errors_in_a_long_table_name_its_rows():
    bad = LONG.assign(close=[1.0, 2, 3, -4, 5])
    with pytest.raises(InvalidBars, match="row 3, column close was -4.0"):
        Bars.from_pandas(bad)
    with pytest.raises(InvalidBars, match="row 3, column close was -4.0"):
        Bars.from_pandas(bad, "A", "1d")
    late = LONG.assign(time=LONG.time.where(LONG.index != 4, LONG.time[0]))
    with pytest.raises(
        InvalidBars, match="row 4, column open_ns was '2024-01-01T00:00:00Z'.*must increase"
    ):
        Bars.from_pandas(late)
    off = LONG.assign(time=LONG.time.where(LONG.index != 3, LONG.time[3] + pd.Timedelta("1h")))
    with pytest.raises(InvalidBars, match="row 3, column open_ns .* 1d grid"):
        Bars.from_pandas(off, timeframe="1d")


def test_a_symbol_by_symbol_table_gives_the_same():
    grouped = LONG.sort_values("ticker", ascending=False, kind="stable")
    assert Bars.from_pandas(grouped) == Bars.from_pandas(LONG)


def test_sorting_is_asked_for_and_counted():
    shuffled = frame_of().iloc[[1, 0, 2, 4, 3]]
    with pytest.raises(InvalidBars, match="row 1, column open_ns .*sort=True"):
        Bars.from_pandas(shuffled, "BTC/USDT")
    bars = Bars.from_pandas(shuffled, "BTC/USDT", sort=True)
    assert bars == made(5)
    assert bars.repairs == Repairs(moved=4)
    assert Bars.from_pandas(frame_of(), "BTC/USDT", sort=True).repairs == Repairs()
    assert Bars.from_pandas(LONG.iloc[::-1], sort=True)["A"] == Bars.from_pandas(LONG)["A"]


def test_identical_repeats_are_dropped_when_asked_and_others_refused():
    twice = frame_of().iloc[[0, 1, 1, 2, 3, 3, 3, 4]]
    with pytest.raises(InvalidBars, match="row 2, column open_ns .*drop_repeats=True"):
        Bars.from_pandas(twice, "BTC/USDT")
    bars = Bars.from_pandas(twice, "BTC/USDT", drop_repeats=True)
    assert bars == made(5)
    assert bars.repairs == Repairs(repeated=3)
    assert Bars.from_pandas(frame_of(), "BTC/USDT", drop_repeats=True).repairs == Repairs()
    other = twice.copy()
    other.iloc[2, 3] += 0.001
    with pytest.raises(
        InvalidBars,
        match="row 2, column close was .*row 1 has the same time 2024-01-01T00:01:00Z and says",
    ):
        Bars.from_pandas(other, "BTC/USDT", drop_repeats=True)
    sorted_bars = Bars.from_pandas(twice.iloc[::-1], "BTC/USDT", sort=True, drop_repeats=True)
    assert sorted_bars == made(5)


def test_repeats_in_a_long_table_are_counted_by_symbol():
    twice = pd.concat([LONG, LONG.iloc[[4]]])
    assert Bars.from_pandas(twice, drop_repeats=True) == Bars.from_pandas(LONG)


def test_invalid_rows_are_dropped_when_asked_and_rows_keep_their_numbers():
    frame = frame_of(6)
    frame.iloc[1, 3] = np.nan
    bars = Bars.from_pandas(frame, "BTC/USDT", drop_invalid=True)
    assert bars.repairs == Repairs(invalid=1)
    assert len(bars) == 5
    assert bars.n_missing == 1
    frame.index = frame.index[[0, 1, 2, 4, 3, 5]]
    with pytest.raises(InvalidBars, match="row 4, column open_ns"):
        Bars.from_pandas(frame, "BTC/USDT", drop_invalid=True)
    assert Bars.from_pandas(frame_of(), "BTC/USDT", drop_invalid=True).repairs == Repairs()


def test_times_at_the_close_are_set_back_when_asked():
    frame = frame_of()
    frame.index = frame.index + pd.Timedelta("59.999s")
    bars = Bars.from_pandas(frame, "BTC/USDT", floor_times=True)
    assert bars == made(5)
    assert bars.repairs == Repairs(floored=5)


def test_sessions_that_open_off_the_grid_are_set_back_when_asked():
    index = pd.DatetimeIndex(
        ["2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12"], tz="America/New_York"
    )
    frame = frame_of(4).set_index(index)
    with pytest.raises(InvalidBars, match="1d grid.*floor_times"):
        Bars.from_pandas(frame, "AAPL")
    bars = Bars.from_pandas(frame, "AAPL", floor_times=True)
    assert [str(time)[:10] for time in bars.times] == [
        "2024-03-07",
        "2024-03-08",
        "2024-03-11",
        "2024-03-12",
    ]


def test_a_pandas_frame_that_changes_later_changes_nothing():
    frame = frame_of()
    bars = Bars.from_pandas(frame, "BTC/USDT")
    before = bars.close.copy()
    frame.loc[:, "close"] = 1.0
    frame.iloc[:, :] = 2.0
    assert np.array_equal(bars.close, before)


def test_arrow_columns_are_taken_without_a_copy():
    table = made(50).to_arrow()
    bars = Bars.from_arrow(table)
    for name in ("open", "close", "volume"):
        assert np.shares_memory(getattr(bars, name), table[name].chunk(0).to_numpy())
    assert np.shares_memory(bars.open_ns, table["time"].chunk(0).cast(pa.int64()).to_numpy())


def test_polars_columns_are_taken_without_a_copy():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {"time": polars.Series(made(50).times).dt.replace_time_zone("UTC"), **columns(50)}
    )
    assert np.shares_memory(Bars.from_polars(frame, "BTC/USDT").close, frame["close"].to_numpy())


def test_chunks_are_joined():
    table = made(50).to_arrow()
    assert Bars.from_arrow(pa.concat_tables([table[:20], table[20:]])) == made(50)


def test_timeframe_and_calendar_travel_with_the_table():
    bars = made(1, symbol="AAPL", calendar=Calendar.CRYPTO)
    again = Bars.from_arrow(bars.to_arrow())
    assert again == bars
    assert again.calendar is Calendar.CRYPTO
    forced = Bars.from_arrow(bars.to_arrow(), timeframe="1s", calendar=Calendar.FOREX)
    assert (str(forced.timeframe), forced.calendar) == ("1s", Calendar.FOREX)


def table_of(times: object, name: str = "time") -> pa.Table:
    """Return an Arrow table of made bars with these times."""
    return pa.table({name: times, **columns(len(times))})


SECONDS = (START + np.arange(3) * MINUTE) // 10**9


@pytest.mark.parametrize(
    ("unit", "factor"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)]
)
@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.uint64])
def test_whole_numbers_are_read_in_the_unit_that_is_given(unit, factor, dtype):
    table = table_of((SECONDS * factor).astype(dtype))
    assert Bars.from_arrow(table, "BTC/USDT", time_unit=unit) == made(3)
    with pytest.raises(InvalidBars, match=f"a whole number needs a unit; pass time_unit='{unit}'"):
        Bars.from_arrow(table, "BTC/USDT")


@pytest.mark.parametrize(("name", "factor"), [("open_ns", 10**9), ("open_ms", 10**3)])
def test_a_column_may_be_called_by_its_unit(name, factor):
    assert Bars.from_arrow(table_of(SECONDS * factor, name), "BTC/USDT") == made(3)


@pytest.mark.parametrize(
    ("times", "unit", "message"),
    [
        ([1, 2, 3], None, "time was 1, a whole number needs a unit; pass time_unit='ms'"),
        ([], None, "time was None, a whole number needs a unit"),
        ([1, 2, 3], "minutes", "time_unit was 'minutes', one of s, ms, us, ns"),
        ([1.0, 2.5, 3.0], "s", "row 1, column time was 2.5, whole s are expected"),
        ([1.0, np.inf, 3.0], "s", "row 1, column time was inf"),
        (
            [0, SECONDS[0] * 10**3, SECONDS[0] * 10**6],
            "s",
            "row 1.*outside the years 1678 to 2261; it looks like time_unit='ms'",
        ),
        ([0, 1, 2**62], "ms", "row 2.*outside the years.*check the unit"),
        ([0, 1, -(2**62)], "ms", "row 2.*outside the years.*check the unit"),
    ],
)
def test_numbers_that_are_no_times_are_refused(times, unit, message):
    kind = pa.float64() if any(isinstance(t, float) for t in times) else pa.int64()
    with pytest.raises(InvalidValue, match=message):
        Bars.from_arrow(table_of(pa.array(times, kind)), "BTC/USDT", time_unit=unit)


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-01T00:00Z", "2024-01-01T00:01:00+00:00", "2024-01-01 00:02:00.000Z"],
        ["2024-01-01T03:00+03:00", "2024-01-01T01:01+01:00", "2023-12-31T23:02-01:00"],
    ],
)
@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_iso_texts_with_an_offset_are_read(texts, kind):
    column = (
        pa.array(texts).dictionary_encode()
        if pa.types.is_dictionary(kind)
        else pa.array(texts, kind)
    )
    assert Bars.from_arrow(table_of(column), "BTC/USDT") == made(3)


@pytest.mark.parametrize(
    ("texts", "row"),
    [
        (["2024-01-01T00:00Z", "soon", "2024-01-01T00:02Z"], 1),
        (["2024-01-01T00:00Z", "2024-01-01T00:01", "2024-01-01T00:02Z"], 1),
        (["2024-01-01T00:00", "2024-01-01T00:01", "2024-01-01T00:02Z"], 2),
        (["01.01.2024", "x", "y"], 0),
    ],
)
def test_a_text_that_is_no_time_is_named(texts, row):
    with pytest.raises(InvalidBars, match=f"row {row}, column time was .*ISO 8601"):
        Bars.from_arrow(table_of(texts), "BTC/USDT")


def test_texts_and_dates_without_a_zone_are_refused_unless_one_is_given():
    texts = ["2024-01-01 00:00", "2024-01-01 00:01", "2024-01-01 00:02"]
    with pytest.raises(InvalidBars, match="without a zone"):
        Bars.from_arrow(table_of(texts), "BTC/USDT")
    assert Bars.from_arrow(table_of(texts), "BTC/USDT", assume_timezone="UTC") == made(3)
    dates = table_of([dt.date(2024, 1, 1), dt.date(2024, 1, 2)])
    with pytest.raises(InvalidBars, match="time was '2024-01-01'|'2024-01-01 00:00:00'"):
        Bars.from_arrow(dates, "BTC/USDT")
    assert str(Bars.from_arrow(dates, "BTC/USDT", assume_timezone="UTC").timeframe) == "1d"
    with pytest.raises(InvalidBars, match="time was 'None', times without a zone"):
        Bars.from_arrow(table_of(pa.array([], pa.timestamp("s"))), "BTC/USDT", "1d")


def test_a_missing_time_is_named():
    with pytest.raises(InvalidBars, match="row 1, column time was None, a time is expected"):
        Bars.from_arrow(table_of(pa.array([0, None, 2])), "BTC/USDT", time_unit="s")


def test_what_is_no_time_at_all_is_refused():
    with pytest.raises(InvalidBars, match="time was 'bool', times, ISO texts or whole numbers"):
        Bars.from_arrow(table_of([True, False]), "BTC/USDT")


def test_objects_of_datetimes_have_a_zone_in_every_row_or_in_none():
    moments = [dt.datetime(2024, 1, 1, 0, at, tzinfo=dt.UTC) for at in range(3)]
    frame = pd.DataFrame({"time": pd.Series(moments, dtype=object), **columns(3)})
    assert Bars.from_pandas(frame, "BTC/USDT") == made(3)
    mixed = frame.assign(
        time=pd.Series([moments[0], moments[1].replace(tzinfo=None), moments[2]], dtype=object)
    )
    with pytest.raises(
        InvalidBars,
        match="row 1, column time was '2024-01-01 00:01:00', a zone is expected in every row",
    ):
        Bars.from_pandas(mixed, "BTC/USDT")
    naive = frame.assign(
        time=pd.Series([moment.replace(tzinfo=None) for moment in moments], dtype=object)
    )
    with pytest.raises(InvalidBars, match="without a zone"):
        Bars.from_pandas(naive, "BTC/USDT")
    texts = frame.assign(time=pd.Series([moment.isoformat() for moment in moments], dtype=object))
    assert Bars.from_pandas(texts, "BTC/USDT") == made(3)


def test_a_csv_file_is_read_compressed_or_not(tmp_path):
    text = "Date;O;H;L;C;V\n2024-01-01T00:00:00Z;1;2;1;2;5\n2024-01-01T00:01:00Z;2;2;1;1;6\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    bars = Bars.from_csv(tmp_path / "a.csv", "BTC/USDT", delimiter=";")
    assert bars.close.tolist() == [2, 1]
    assert Bars.from_csv(str(tmp_path / "a.csv.gz"), "BTC/USDT", delimiter=";") == bars


def test_a_csv_file_without_a_header_needs_names(tmp_path):
    row = "{0},1.0,2.0,0.5,1.5,10,{1},15,3,5,7,0"
    lines = [
        row.format(START // 10**6 + at * 60_000, START // 10**6 + at * 60_000 + 59_999)
        for at in range(3)
    ]
    (tmp_path / "archive.csv").write_text("\n".join(lines))
    with pytest.raises(InvalidBars, match="no header line: pass names="):
        Bars.from_csv(tmp_path / "archive.csv", "BTC/USDT")
    bars = Bars.from_csv(tmp_path / "archive.csv", "BTC/USDT", names=KLINE_COLUMNS, time_unit="ms")
    assert bars.trades_count.tolist() == [3, 3, 3]
    assert bars.quote_volume.tolist() == [15, 15, 15]
    assert bars.open_ns[0] == START


def test_a_file_that_is_no_csv_is_named(tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(InvalidBars, match="bad.csv.*cannot be read as CSV"):
        Bars.from_csv(tmp_path / "bad.csv", "BTC/USDT")
