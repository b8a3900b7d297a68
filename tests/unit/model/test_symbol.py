from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algotrendy.errors import InvalidSymbol
from algotrendy.model.symbol import Symbol

PART = st.from_regex(r"[A-Z0-9]([A-Z0-9._-]{0,6}[A-Z0-9])?", fullmatch=True)
SYMBOL = (
    st.builds(Symbol, PART) | st.builds(Symbol, PART, PART) | st.builds(Symbol, PART, PART, PART)
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("BTC/USDT", ("BTC", "USDT", None)),
        (" btc/usdt:usdt ", ("BTC", "USDT", "USDT")),
        ("AAPL", ("AAPL", None, None)),
        ("BRK.B", ("BRK.B", None, None)),
    ],
)
def test_unified_forms_are_read(text, parts):
    symbol = Symbol.parse(text)
    assert (symbol.base, symbol.quote, symbol.settle) == parts
    assert Symbol.parse(symbol) is symbol


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "BTC/",
        "/USDT",
        "BTC/USDT:",
        "BTC:USDT",
        "../etc",
        "A B",
        "A" * 33,
        "A/B/C",
        "BTC/USDT\n;x",
        "ß",
        "-A",
    ],
)
def test_what_is_no_symbol_is_refused_with_the_grammar(text):
    with pytest.raises(InvalidSymbol, match="BASE/QUOTE"):
        Symbol.parse(text)


def test_a_long_symbol_of_allowed_parts_is_refused():
    with pytest.raises(InvalidSymbol, match="64 characters"):
        Symbol("A" * 32, "B" * 32)


def test_a_settle_asset_needs_a_quote_asset():
    with pytest.raises(InvalidSymbol, match="quote"):
        Symbol("BTC", None, "USDT")


def test_other_types_are_refused():
    with pytest.raises(InvalidSymbol, match="str or a Symbol"):
        Symbol.parse(5)  # type: ignore[arg-type]


def test_only_what_settles_is_a_contract():
    assert Symbol.parse("BTC/USDT:USDT").is_contract
    assert not Symbol.parse("BTC/USDT").is_contract


@given(SYMBOL)
def test_text_and_symbol_are_one_to_one(symbol):
    assert Symbol.parse(str(symbol)) == symbol


@given(SYMBOL, SYMBOL)
def test_encoded_names_meet_only_for_equal_symbols_even_where_case_is_folded(one, other):
    assert (one.encoded.lower() == other.encoded.lower()) == (one == other)
    assert re.fullmatch(r"[A-Z0-9%]+~[0-9a-f]{8}", one.encoded)
