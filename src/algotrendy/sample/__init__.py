"""Small real price histories that come with the library, and a seeded synthetic one.

Laws: real data is named with its source in SOURCES.md; synthetic data says so in its source column;
no network, no pandas: a sample loads in milliseconds.
Used by: people on their first day, the demo, tests, benchmarks.
"""

from __future__ import annotations

import gzip
from importlib.resources import files

import numpy as np

from algotrendy.errors import InvalidValue, UnknownName
from algotrendy.model.arrays import FloatArray, IntArray
from algotrendy.model.bars import Bars
from algotrendy.model.symbol import Symbol
from algotrendy.model.timeframe import Timeframe

__all__ = ["load", "names", "random_walk"]

_NAMES = ("AAPL", "GOOG", "IBM", "MSFT")
_SOURCE = "quandl-wiki"
_START = int(np.datetime64("2020-01-06", "ns").astype(np.int64))  # a Monday: every grid but months
_SPREAD = 0.3  # how far high and low reach beyond open and close, in standard deviations of a bar


def names() -> tuple[str, ...]:
    """Names that `load` knows, in alphabetical order."""
    return _NAMES


def load(name: str, *, adjusted: bool = True) -> Bars:
    """Load a shipped daily history: US shares, 2000 (GOOG: August 2004) to 1 March 2013.

    Parameters
    ----------
    name : one of `names()`, in any case
    adjusted : True for prices adjusted for splits and dividends, which is what a backtest needs:
        open, high, low and close are multiplied by the source's adjusted close over close, volume
        (shares) is divided by it, so traded value stays. False for prices as they were printed.

    Returns
    -------
    Bars
        Daily, prices in US dollars, `open_ns` is midnight UTC of the trading date.

    Raises
    ------
    UnknownName
        With the names that are close.

    Notes
    -----
    Source: Quandl WIKI, public domain; see SOURCES.md beside this module. The four companies were
    picked by somebody who knew that they would survive: a profit on them proves nothing.

    Examples
    --------
    >>> from algotrendy import sample
    >>> sample.load("msft")
    Bars(MSFT 1d, 3,270 bars, 2000-03-01T00:00 to 2013-03-01T00:00 UTC)
    """
    wanted = str(name).upper()
    if wanted not in _NAMES:
        raise UnknownName("sample", str(name), known=_NAMES)
    packed = files(__name__).joinpath(f"{wanted}.csv.gz").read_bytes()
    rows = gzip.decompress(packed).decode("ascii").split("\n")[1:-1]
    cells = np.array([row.split(",") for row in rows])
    numbers = np.ascontiguousarray(cells[:, 1:].astype(np.float64).T)
    open_ns = cells[:, 0].astype("datetime64[ns]").astype(np.int64)
    factor = numbers[5] / numbers[3] if adjusted else np.ones(len(rows))
    return Bars(
        wanted,
        "1d",
        open_ns=_frozen(open_ns),
        open=_frozen(numbers[0] * factor),
        high=_frozen(numbers[1] * factor),
        low=_frozen(numbers[2] * factor),
        close=_frozen(numbers[3] * factor),
        volume=_frozen(numbers[4] / factor),
        sources=(_SOURCE,),
    )


def random_walk(
    n: int,
    *,
    seed: int,
    timeframe: str | Timeframe = "1h",
    symbol: str | Symbol = "RANDOM",
    volatility: float = 0.6,
    start_price: float = 100.0,
) -> Bars:
    """Make synthetic bars: a driftless geometric random walk, the same for the same seed.

    Parameters
    ----------
    n : number of bars, at least 1
    seed : of numpy's PCG64 generator; at least 0
    timeframe : length of a bar; the first opens on or just before 2020-01-06 (months: 2020-01)
    symbol : what to call it
    volatility : standard deviation of log returns in a year of the symbol's calendar, as a fraction
    start_price : open of the first bar, quote units

    Returns
    -------
    Bars
        Marked ``sources=("synthetic",)``; without gaps; volume lognormal around 1,000 base units.

    Raises
    ------
    InvalidValue
        For n, seed, volatility or start_price out of range.

    Notes
    -----
    Close to close log returns are independent normal with standard deviation s = volatility /
    sqrt(periods per year) and mean -s^2/2, so that the expected price stays where it is: no
    strategy can earn on it, except by luck. High and low reach beyond open and close by the
    absolute value of a normal with 0.3 s.
    """
    _check(n, seed, volatility, start_price)
    wanted, length = Symbol.parse(symbol), Timeframe.parse(timeframe)
    open_ns = _frozen(_times(n, length))
    empty = Bars(wanted, length, open_ns=[], open=[], high=[], low=[], close=[], volume=[])
    step = volatility / np.sqrt(empty.periods_per_year)
    dice = np.random.default_rng(seed)
    returns = dice.standard_normal(n) * step - step**2 / 2
    close = start_price * np.exp(np.cumsum(returns))
    open_ = np.empty(n)
    open_[0] = start_price
    open_[1:] = close[:-1]
    reach = np.abs(dice.standard_normal((2, n))) * (step * _SPREAD)
    return Bars(
        wanted,
        length,
        open_ns=open_ns,
        open=_frozen(open_),
        high=_frozen(np.maximum(open_, close) * np.exp(reach[0])),
        low=_frozen(np.minimum(open_, close) * np.exp(-reach[1])),
        close=_frozen(close),
        volume=_frozen(1_000.0 * np.exp(0.5 * dice.standard_normal(n))),
        sources=("synthetic",),
    )


def _check(n: int, seed: int, volatility: float, start_price: float) -> None:
    if n < 1:
        raise InvalidValue("n", value=n, rule="1 bar or more is expected")
    if seed < 0:
        raise InvalidValue("seed", value=seed, rule="a whole number from 0 on is expected")
    for name, value in (("volatility", volatility), ("start_price", start_price)):
        if not 0 < value < float("inf"):
            raise InvalidValue(name, value=value, rule="a finite number above zero is expected")


def _times(n: int, timeframe: Timeframe) -> IntArray:
    if timeframe.unit == "M":
        months = np.datetime64("2020-01", "M") + np.arange(n) * timeframe.count
        return months.astype("datetime64[ns]").astype(np.int64)
    origin = int(np.datetime64("1970-01-05", "ns").astype(np.int64)) if timeframe.unit == "w" else 0
    first = _START - (_START - origin) % timeframe.ns
    times: IntArray = first + np.arange(n, dtype=np.int64) * timeframe.ns
    return times


def _frozen(array: FloatArray | IntArray) -> FloatArray | IntArray:
    array.flags.writeable = False  # read-only columns are taken over by Bars without a copy
    return array
