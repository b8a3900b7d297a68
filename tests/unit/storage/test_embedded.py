"""One folder for candles and results, found without being told, shown without being asked twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.unit.storage.candles import bars_at

from algotrendy.backtests.strategy import strategy
from algotrendy.errors import InvalidValue, NoData
from algotrendy.model.bars import Bars
from algotrendy.protocols.clock import ClockCapabilities
from algotrendy.runtime.research import backtest
from algotrendy.storage.embedded import Store, store


class Noon:
    capabilities = ClockCapabilities(is_simulated=True)

    def now_ns(self) -> int:
        return 12

    def monotonic_ns(self) -> int:
        return 12

    async def sleep(self, seconds: float, /) -> None:
        pass


@strategy
def always(bars: Bars) -> np.ndarray:
    return np.ones(len(bars), bool)


def test_bars_are_saved_and_loaded_by_plain_words(tmp_path: Path) -> None:
    here = store(tmp_path / "home")
    bars = bars_at(range(100))
    assert here.save(bars) == 100
    assert here.load("btc/usdt", "1m") == bars
    part = here.load(
        "BTC/USDT", "1m", start="2023-12-31T23:10Z", end=datetime(2024, 1, 1, 0, 10, tzinfo=UTC)
    )
    assert part == bars[10:70]
    assert len(here.load("BTC/USDT", "1m", sources=["binance"])) == 100


def test_a_result_is_saved_with_the_clocks_time_and_by_default_with_the_wall_clocks(
    tmp_path: Path,
) -> None:
    here = store(tmp_path)
    result = backtest(always, bars_at(range(50)))
    result_id = here.save(result, clock=Noon())
    assert here.results.load(result_id).saved_ns == 12
    other = store(tmp_path / "other")
    assert other.results.load(other.save(result)).saved_ns > 1_600_000_000 * 10**9


def test_nothing_there_says_what_is(tmp_path: Path) -> None:
    here = store(tmp_path)
    with pytest.raises(NoData, match="nothing yet"):
        here.load("BTC/USDT", "1h")
    here.save(bars_at(range(5)))
    with pytest.raises(
        NoData, match="BTC/USDT 1m: 5 bars, 2023-12-31 23:00 to 2023-12-31 23:04 UTC"
    ):
        here.load("BTC/USDT", "1h")
    with pytest.raises(NoData, match="BTC/USDT 1m: 5 bars"):
        here.load("BTC/USDT", "1m", start="2025-01-01T00:00Z")
    with pytest.raises(InvalidValue, match="zone"):
        here.load("BTC/USDT", "1m", start="2025-01-01")
    with pytest.raises(InvalidValue, match="bars or a backtest result"):
        here.save([1, 2])  # type: ignore[call-overload]


def test_the_folder_is_the_callers_or_the_environments_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALGOTRENDY_HOME", str(tmp_path / "home"))
    assert store().path == tmp_path / "home"
    assert store(tmp_path / "mine").path == tmp_path / "mine"
    monkeypatch.delenv("ALGOTRENDY_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert store().path == tmp_path / "data" / "algotrendy"
    assert not list(tmp_path.iterdir()), "opening writes nothing"


def test_it_shows_itself(tmp_path: Path) -> None:
    here: Store = store(tmp_path)
    assert repr(here).endswith("0 series, 0 results")
    here.save(bars_at(range(5), source="<okx>"))
    assert "BTC/USDT 1m: 5 bars, 2023-12-31 23:00 to 2023-12-31 23:04 UTC (<okx>)" in repr(here)
    page = here._repr_html_()
    assert "&lt;okx&gt;" in page
    assert "<okx>" not in page
    here.close()
    here.close()
    assert len(here.series()) == 1
