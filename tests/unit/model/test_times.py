from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidValue
from algotrendy.model.times import to_datetime, to_ns, utc_text


@given(st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_aware_datetime_comes_back_from_nanoseconds(moment):
    assert to_datetime(to_ns(moment)) == moment.astimezone(UTC)
    assert to_ns(moment.isoformat()) == to_ns(moment)


def test_an_offset_is_converted():
    assert to_ns("2024-01-01T02:00+02:00") == to_ns("2024-01-01T00:00Z") == 1_704_067_200 * 10**9
    assert (
        to_ns(datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == 1_704_067_200 * 10**9
    )


def test_a_naive_datetime_is_refused_with_the_fix():
    with pytest.raises(InvalidValue, match=r"start was '2024-01-01 00:00:00'.*tzinfo=datetime.UTC"):
        to_ns(datetime(2024, 1, 1), field="start")  # noqa: DTZ001


@pytest.mark.parametrize("text", ["2024-01-01", "2024-01-01T00:00"])
def test_naive_text_is_refused_with_the_fix(text):
    with pytest.raises(
        InvalidValue, match="without a zone is refused; write it like 2024-01-01T00:00Z"
    ):
        to_ns(text)


@pytest.mark.parametrize("what", ["yesterday", 5, None])
def test_what_is_no_time_is_refused(what):
    with pytest.raises(InvalidValue, match="expected"):
        to_ns(what)


@pytest.mark.parametrize("year", [1600, 2300])
def test_a_time_that_nanoseconds_cannot_hold_is_refused(year):
    with pytest.raises(InvalidValue, match="1678 to 2261"):
        to_ns(datetime(year, 1, 1, tzinfo=UTC))


def test_text_shows_fractions_only_where_there_are_any():
    assert utc_text(to_ns("2024-01-01T00:00:07Z")) == "2024-01-01T00:00:07Z"
    assert utc_text(1) == "1970-01-01T00:00:00.000000001Z"
