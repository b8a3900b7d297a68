"""The front door of storage: candles and results in one folder, without a server.

Laws: opening writes nothing; the folder is the caller's, else ``ALGOTRENDY_HOME``, else the user's
data folder.
Used by: people, as `at.store()`.
"""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast, final, overload

from algotrendy import _lazy
from algotrendy.errors import InvalidValue, NoData
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe
from algotrendy.model.times import to_ns, utc_text
from algotrendy.protocols.store import StoredSeries
from algotrendy.storage.parquet import ParquetStore
from algotrendy.storage.results import SqlResultStore

if TYPE_CHECKING:
    from algotrendy.backtests.result import BacktestResult
    from algotrendy.protocols.clock import Clock

__all__ = ["Store", "store"]

_LAST_NS = 2**63 - 1
_SHOWN = 50


@final
class Store:
    """Candles and backtest results in one folder.

    Parameters
    ----------
    path : the folder; made by the first save

    Attributes
    ----------
    bars : the candles, a `BarStore` in ``<path>/bars``
    results : the backtests, a `ResultStore` in ``<path>/results.sqlite``
    """

    path: Path
    bars: ParquetStore
    results: SqlResultStore

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self.bars = ParquetStore(self.path / "bars")
        self.results = SqlResultStore(self.path / "results.sqlite")

    @overload
    def save(self, what: Bars, /, *, clock: Clock | None = None) -> int: ...
    @overload
    def save(self, what: BacktestResult, /, *, clock: Clock | None = None) -> str: ...
    def save(self, what: Bars | BacktestResult, /, *, clock: Clock | None = None) -> int | str:
        """Keep bars or a result; durable when this returns.

        Parameters
        ----------
        what : bars, or what `at.backtest` gave
        clock : where a result's time of saving comes from, by default the wall clock

        Returns
        -------
        int or str
            For bars the number of rows kept, all of them; for a result its id.
        """
        if isinstance(what, Bars):
            return self.bars.append(what)
        if not hasattr(what, "trades_columns"):
            raise InvalidValue(
                "what", value=type(what).__name__, rule="bars or a backtest result is expected",
                hint="make bars with Bars.from_pandas and its siblings",
            )  # fmt: skip
        if clock is None:
            make = cast("type[Clock]", _lazy.attribute("algotrendy.runtime.clock:WallClock"))
            clock = make()
        return self.results.save(what, saved_ns=clock.now_ns())

    def load(
        self,
        symbol: str | Symbol,
        timeframe: str | Timeframe,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        sources: Sequence[str] = (),
    ) -> Bars:
        """Return stored bars with ``start <= open time < end``.

        Parameters
        ----------
        symbol, timeframe : such as ``"BTC/USDT", "1h"``
        start, end : aware datetimes or ISO text with an offset; None is no limit
        sources : ranking of sources; those not named are left out; empty takes all, by name

        Raises
        ------
        NoData
            When nothing is stored there, saying what is.
        """
        wanted, length = Symbol.parse(symbol), Timeframe.parse(timeframe)
        start_ns = -_LAST_NS if start is None else to_ns(start, field="start")
        end_ns = _LAST_NS if end is None else to_ns(end, field="end")
        found = self.bars.read(wanted, length, start_ns, end_ns, sources=sources)
        if len(found):
            return found
        held = [one for one in self.series() if one.symbol == wanted] or self.series()
        raise NoData(
            f"no {wanted} {length} bars in that range in {self.path}",
            hint="there is "
            + ("; ".join(map(_line, held[:5])) if held else "nothing yet: save some"),
        )

    def series(self) -> Sequence[StoredSeries]:
        """Return which candles are there, sorted by symbol, then timeframe."""
        return self.bars.series()

    def close(self) -> None:
        """Forget what is kept in memory; what was acknowledged stays."""
        self.bars.close()
        self.results.close()

    def __repr__(self) -> str:
        series = self.series()
        lines = [f"Store({str(self.path)!r}): {len(series)} series, {self._n_results()} results"]
        lines += [f"  {_line(one)}" for one in series[:_SHOWN]]
        if len(series) > _SHOWN:
            lines.append(f"  and {len(series) - _SHOWN} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        series = self.series()
        rows = "".join(
            f"<tr><th>{html.escape(str(one.symbol))}</th><td>{one.timeframe}</td>"
            f"<td style='text-align:right'>{one.n_bars:,}</td><td>{_minute(one.first_ns)}</td>"
            f"<td>{_minute(one.last_ns)}</td><td>{html.escape(_named(one))}</td></tr>"
            for one in series[:_SHOWN]
        )
        more = f"<p>and {len(series) - _SHOWN} more</p>" if len(series) > _SHOWN else ""
        return (
            f"<p><code>{html.escape(str(self.path))}</code>: {len(series)} series, "
            f"{self._n_results()} results</p><table><thead><tr><th>symbol</th><th>timeframe</th>"
            f"<th>bars</th><th>first</th><th>last</th><th>sources</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>{more}"
        )

    def _n_results(self) -> str:
        return f"{len(self.results.results()):,}"


def store(path: str | os.PathLike[str] | None = None) -> Store:
    """Open the embedded store; nothing is written before the first save.

    Parameters
    ----------
    path : the folder; by default ``ALGOTRENDY_HOME``, else the user's data folder

    Examples
    --------
    >>> import tempfile
    >>> store(tempfile.mkdtemp()).series()
    []
    """
    if path is not None:
        return Store(path)
    settings = _lazy.attribute("algotrendy.runtime.settings:Settings")
    return Store(settings.from_environment().home)  # type: ignore[attr-defined]


def _minute(time_ns: int) -> str:
    return utc_text(time_ns)[:16].replace("T", " ")


def _named(one: StoredSeries) -> str:
    return ", ".join(name for name in one.sources if name)


def _line(one: StoredSeries) -> str:
    text = f"{one.symbol} {one.timeframe}: {one.n_bars:,} bars, {_minute(one.first_ns)} to "
    text += f"{_minute(one.last_ns)} UTC"
    return f"{text} ({_named(one)})" if _named(one) else text
