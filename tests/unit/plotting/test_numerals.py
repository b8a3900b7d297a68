from __future__ import annotations

import math

import numpy as np
import pytest

from algotrendy.plotting import numerals


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.1234, False, "12.34%"),
        (0.1234, True, "+12.34%"),
        (-0.5, True, "-50.00%"),
        (0.0, True, "0.00%"),
        (-0.000001, False, "0.00%"),
        (123.456, True, "+12,345.60%"),
        (5e7, False, "5e+09%"),
        (math.nan, True, "n/a"),
        (math.inf, False, "∞"),
        (-math.inf, False, "-∞"),
    ],
)
def test_fractions_read_as_percent(value, signed, text):
    assert numerals.fraction(value, signed=signed) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.234, "1.23"), (0.0, "0.00"), (0.0012, "0.0012"), (1234.5, "1,234.50"), (math.nan, "n/a")],
)
def test_ratios_keep_small_values(value, text):
    assert numerals.ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10_000, "10,000.00"),
        (0.00012345, "0.0001234"),
        (-2.5, "-2.50"),
        (0, "0.00"),
        (math.nan, "n/a"),
    ],
)
def test_amounts_have_two_decimals_or_four_digits(value, text):
    assert numerals.amount(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(27_654.32, "27,654.32"), (0.00001234, "1.234e-05"), (20_000.0, "20,000.00"), (1.5, "1.50")],
)
def test_prices_keep_their_digits(value, text):
    assert numerals.price(value) == text


def test_shown_follows_the_kind_and_writes_the_rest_as_text():
    assert numerals.shown(0.5, "fraction") == "50.00%"
    assert numerals.shown(np.float64(0.5), "signed") == "+50.00%"
    assert numerals.shown(3, "count") == "3"
    assert numerals.shown(np.bool_(True), "ratio") == "yes"
    assert numerals.shown(None, "ratio") == "n/a"
    assert numerals.shown("fast", "ratio") == "fast"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20, "20"),
        (0.1, "0.1"),
        (np.int64(5), "5"),
        ("slow", "slow"),
        (None, "None"),
        ((1, 2), "(1, 2)"),
    ],
)
def test_parameters_are_short_and_exact(value, text):
    assert numerals.parameter(value) == text


def test_times_are_utc_minutes_days_or_seconds():
    ns = 1_672_578_300_000_000_000
    assert numerals.moment(ns) == "2023-01-01 13:05"
    assert numerals.moment(ns + 1_000_000_000) == "2023-01-01 13:05:01"
    assert numerals.moment(ns, daily=True) == "2023-01-01"


def test_one_thing_is_singular():
    assert numerals.things(1, "bar") == "1 bar"
    assert numerals.things(2000, "bar") == "2,000 bars"
    assert numerals.things(2, "entry", "entries") == "2 entries"


def test_the_tone_of_zero_and_unknown_is_none():
    assert [numerals.tone(value) for value in (1.0, -1.0, 0.0, math.nan)] == [
        "gain",
        "loss",
        None,
        None,
    ]
