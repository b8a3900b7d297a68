from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model.made_bars import made
from tests.unit.model.test_bars import two_symbols

from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol

NEEDS_POLARS = pytest.mark.skipif(find_spec("polars") is None, reason="polars is not installed")
POLARS = pytest.param("polars", marks=NEEDS_POLARS)


def full(n: int = 10) -> Bars:
    """Return bars with every optional column, some of it unknown."""
    return made(
        n,
        quote_volume=np.where(np.arange(n) % 3, 1.5, np.nan),
        trades_count=np.arange(n) - 1,
        source=np.arange(n) % 2,
        sources=("a", "b"),
    )


@given(st.integers(2, 30), st.integers(0, 2**31))
def test_every_table_gives_equal_bars_back(n, seed):
    bars = made(n, seed=seed)
    assert Bars.from_arrow(bars.to_arrow()) == bars
    assert Bars.from_pandas(bars.to_pandas(), "BTC/USDT") == bars


@NEEDS_POLARS
@given(st.integers(2, 30), st.integers(0, 2**31))
def test_polars_gives_equal_bars_back(n, seed):
    bars = made(n, seed=seed)
    assert Bars.from_polars(bars.to_polars()) == bars


@pytest.mark.parametrize("kind", ["pandas", "arrow", POLARS])
def test_optional_columns_come_back_too(kind):
    bars = full()
    again = getattr(Bars, f"from_{kind}")(getattr(bars, f"to_{kind}")(), "BTC/USDT")
    assert again == bars
    assert np.array_equal(again.quote_volume, bars.quote_volume, equal_nan=True)
    assert np.array_equal(again.trades_count, bars.trades_count)
    assert [again.sources[code] for code in again.source] == [
        bars.sources[code] for code in bars.source
    ]


@pytest.mark.parametrize("kind", ["pandas", "arrow", POLARS])
def test_many_symbols_come_back_without_their_missing_bars(kind):
    part = full(8)
    many = Bars.from_many({"BTC/USDT": part[:5], "ETH/USDT": part[2:]})
    for bars in (many, two_symbols(6)):
        table = getattr(bars, f"to_{kind}")()
        assert len(table) == sum(len(one) for one in bars)
        assert getattr(Bars, f"from_{kind}")(table) == bars


def test_what_is_unknown_has_no_column():
    assert list(made(3).to_pandas().columns) == ["open", "high", "low", "close", "volume"]
    assert made(3).to_arrow().column_names == [
        "time",
        "symbol",
        "open",
        "high",
        "low",
        "close",
        "volume",
    ]


def test_pandas_times_are_utc_and_the_frame_is_a_copy():
    bars = made(3)
    frame = bars.to_pandas()
    assert str(frame.index.dtype) == "datetime64[ns, UTC]"
    assert frame.index.name == "time"
    frame.loc[:, "close"] = 1.0
    assert bars.close[0] != 1.0
    assert frame.index[0] == pd.Timestamp("2024-01-01T00:00Z")


def test_arrow_shares_the_memory_of_one_symbol():
    bars = made(100)
    assert np.shares_memory(bars.to_arrow()["close"].chunk(0).to_numpy(), bars.close)


def test_polars_gets_aware_times():
    pl = pytest.importorskip("polars")
    assert made(3).to_polars().schema["time"] == pl.Datetime("ns", "UTC")


def test_the_notebook_table_is_small_and_holds_no_script():
    html = made(1000)._repr_html_()
    assert html.count("<tr>") == 7
    assert "2024-01-01T00:00:00Z" in html
    assert "script" not in html
    assert made(2)._repr_html_().count("<tr>") == 3
    assert "<td></td>" in two_symbols(6)._repr_html_()
    assert made(0)._repr_html_().count("<tr>") == 1


def test_names_are_escaped():
    bars = made(2, symbol=Symbol("A.B"))
    assert "Bars(A.B 1m" in bars._repr_html_()
