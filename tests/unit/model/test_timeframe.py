from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidValue
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Calendar, Timeframe
from algotrendy.model.times import to_ns

TIMEFRAMES = st.sampled_from(
    ["1s", "1m", "5m", "1h", "4h", "1d", "3d", "1w", "2w", "1M", "3M", "12M"]
).map(Timeframe.parse)
MOMENTS = st.integers(-(2**60), 2**62)


def ns(*texts: str) -> np.ndarray:
    return np.array([to_ns(text) for text in texts], dtype=np.int64)


@pytest.mark.parametrize("text", ["1s", "1m", "15m", "1h", "1d", "1w", "1M", "9999s"])
def test_text_and_timeframe_are_one_to_one(text):
    assert str(Timeframe.parse(text)) == text
    assert Timeframe.parse(Timeframe.parse(text)) == Timeframe.parse(text)


@pytest.mark.parametrize("text", ["", "m", "0m", "1x", "1H", "10000m", "1.5h", "-1m", " 1m"])
def test_what_is_no_timeframe_is_refused_with_an_example(text):
    with pytest.raises(InvalidValue, match="1m, 5m, 1h"):
        Timeframe.parse(text)


def test_other_types_are_refused():
    with pytest.raises(InvalidValue, match="str or a Timeframe"):
        Timeframe.parse(60)  # type: ignore[arg-type]


def test_parts_are_checked_too():
    with pytest.raises(InvalidValue, match="1 to 9999"):
        Timeframe(0, "m")


@given(TIMEFRAMES, MOMENTS)
def test_floor_is_the_last_grid_time_not_after_a_moment(timeframe, moment):
    moments = np.array([moment])
    opened = timeframe.floor(moments)
    assert timeframe.on_grid(opened)[0]
    assert opened[0] <= moment < timeframe.following(opened)[0]
    assert np.array_equal(timeframe.floor(opened), opened)


@given(TIMEFRAMES, MOMENTS, st.integers(0, 50))
def test_following_and_between_count_the_same_bars(timeframe, moment, bars):
    opened = timeframe.floor(np.array([moment]))
    later = timeframe.following(opened, bars)
    assert timeframe.on_grid(later)[0]
    assert timeframe.between(int(opened[0]), int(later[0])) == bars


def test_weeks_start_on_monday_and_months_on_the_first():
    moments = ns("2024-02-29T13:00Z", "2023-12-31T23:59Z")
    assert np.array_equal(
        Timeframe.parse("1w").floor(moments), ns("2024-02-26T00:00Z", "2023-12-25T00:00Z")
    )
    assert np.array_equal(
        Timeframe.parse("1M").floor(moments), ns("2024-02-01T00:00Z", "2023-12-01T00:00Z")
    )
    assert np.array_equal(
        Timeframe.parse("3M").floor(moments), ns("2024-01-01T00:00Z", "2023-10-01T00:00Z")
    )


@pytest.mark.parametrize("text", ["1s", "1m", "5m", "4h", "1d", "1w", "1M", "3M", "12M"])
def test_bars_without_a_gap_give_their_timeframe_back(text):
    timeframe = Timeframe.parse(text)
    first = timeframe.floor(ns("2024-01-01T00:00Z"))
    times = np.concatenate([timeframe.following(first, bars) for bars in range(5)])
    assert Timeframe.infer(times) == timeframe


def test_gaps_do_not_change_the_timeframe_that_is_inferred():
    days = ns("2024-01-05T00:00Z", "2024-01-08T00:00Z", "2024-01-09T00:00Z", "2024-01-10T00:00Z")
    assert str(Timeframe.infer(days)) == "1d"
    rare = np.cumsum([0, 2, 3, 2, 5, 1]) * 60 * 10**9
    assert str(Timeframe.infer(rare)) == "1m"


def test_a_row_out_of_step_does_not_make_all_bars_finer():
    times = np.arange(9) * 60 * 10**9
    times[5] += 17 * 10**9
    assert str(Timeframe.infer(times)) == "1m"


def test_ends_of_months_are_months():
    times = ns("2024-01-31T00:00Z", "2024-02-29T00:00Z", "2024-03-31T00:00Z", "2024-04-30T00:00Z")
    assert str(Timeframe.infer(times)) == "1M"


def test_four_weeks_are_not_a_month():
    times = np.arange(5) * 28 * 86_400 * 10**9 + 4 * 86_400 * 10**9
    assert str(Timeframe.infer(times)) == "4w"


@pytest.mark.parametrize(
    "times", [[], [0], [0, 1], [0, 0], [0, 10_000 * 7 * 86_400 * 10**9 + 10**9]]
)
def test_what_gives_no_timeframe_is_refused(times):
    with pytest.raises(InvalidValue, match="pass timeframe="):
        Timeframe.infer(np.array(times, dtype=np.int64))


@pytest.mark.parametrize(
    ("text", "calendar", "periods"),
    [
        ("1d", Calendar.CRYPTO, 365),
        ("1h", Calendar.CRYPTO, 8760),
        ("1m", Calendar.CRYPTO, 525_600),
        ("1w", Calendar.CRYPTO, 365 / 7),
        ("1M", Calendar.CRYPTO, 12),
        ("3M", Calendar.US_EQUITY, 4),
        ("1d", Calendar.US_EQUITY, 252),
        ("1w", Calendar.US_EQUITY, 52),
        ("1h", Calendar.US_EQUITY, 252 * 6.5),
        ("1h", Calendar.FOREX, 6240),
    ],
)
def test_periods_a_year_follow_the_calendar(text, calendar, periods):
    assert Timeframe.parse(text).periods_per_year(calendar) == pytest.approx(periods)


def test_the_calendar_is_guessed_by_the_form_of_the_symbol():
    assert Calendar.of(Symbol("AAPL")) is Calendar.US_EQUITY
    assert Calendar.of(Symbol("BTC", "USDT")) is Calendar.CRYPTO


def test_lengths():
    assert Timeframe.parse("5m").seconds == 300
    assert Timeframe.parse("1M").ns == 30 * 86_400 * 10**9
