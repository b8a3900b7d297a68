from __future__ import annotations

import pytest

from algotrendy.errors import InvalidBars, UnknownName
from algotrendy.model.bars_names import FIELD_NAMES, match_columns

PRICES = ["open", "high", "low", "close", "volume"]


@pytest.mark.parametrize(
    ("found", "fields"),
    [
        (["Date", "Open", "High", "Low", "Close", "Volume"], {"time": 0, "close": 4}),
        (["t", "o", "h", "l", "c", "v"], {"time": 0, "volume": 5}),
        (
            ["open_time", *PRICES, "close_time", "quote_volume", "count", "number_of_trades"],
            {"time": 0, "quote_volume": 7, "trades_count": 9},
        ),
        (
            [
                "Open Time",
                "OPEN",
                "HIGH",
                "LOW",
                "CLOSE",
                "VOLUME",
                "Quote asset volume",
                "Number of trades",
            ],
            {"time": 0, "quote_volume": 6, "trades_count": 7},
        ),
        (["ticker", "timestamp", *PRICES, "turnover"], {"symbol": 0, "time": 1, "quote_volume": 7}),
        (["time", *PRICES, "Adj Close"], {"close": 4}),
    ],
)
def test_names_are_matched_without_case(found, fields):
    places = match_columns(found)
    assert fields.items() <= places.items()
    assert set(places) <= set(FIELD_NAMES)


def test_a_chosen_column_is_not_matched_again():
    places = match_columns(["date", "time", *PRICES], {"time": "date"})
    assert places["time"] == 0
    with pytest.raises(InvalidBars, match=r"time was \['date', 'time'\]"):
        match_columns(["date", "time", *PRICES])


def test_an_optional_column_can_be_left_unread():
    assert "symbol" not in match_columns(["time", "symbol", *PRICES], {"symbol": None})


def test_the_adjusted_close_is_never_taken_for_the_close():
    with pytest.raises(
        InvalidBars, match="no column was found for close; name it: columns={'close': 'Adj Close'}"
    ):
        match_columns(["time", "open", "high", "low", "Adj Close", "volume"])


def test_no_columns_at_all():
    with pytest.raises(InvalidBars, match=r"time was \[\], no column was found for time"):
        match_columns([])


def test_a_name_that_is_not_there_gets_a_close_one():
    with pytest.raises(UnknownName, match="did you mean 'volume'"):
        match_columns(["time", *PRICES], {"volume": "volumee"})
