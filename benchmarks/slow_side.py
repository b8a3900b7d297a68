"""W1 in the two bar-by-bar libraries most people start with; each imported only when it is run."""

from __future__ import annotations

import warnings

from benchmarks.market import CASH, FEE

from algotrendy.model.bars import Bars


def backtesting_py(bars: Bars) -> tuple[float, int]:
    """Final equity and trades; a tiny unit makes its whole-unit sizes as good as fractional."""
    import pandas as pd
    from backtesting import Backtest, Strategy

    warnings.simplefilter("ignore")
    # Whole units only there: a price of a millionth, so that whole units are a millionth of a unit.
    unit = 1e-9
    frame = pd.DataFrame(
        {
            "Open": bars.open * unit,
            "High": bars.high * unit,
            "Low": bars.low * unit,
            "Close": bars.close * unit,
            "Volume": bars.volume,
        },
        index=pd.DatetimeIndex(bars.times),
    )

    class Cross(Strategy):
        def init(self) -> None:
            close = pd.Series(self.data.Close)
            self.above = self.I(
                lambda: (close.rolling(20).mean() > close.rolling(50).mean()).to_numpy()
            )

        def next(self) -> None:
            if self.above[-1] and not self.position:
                self.buy(size=1 - 1e-12)
            elif not self.above[-1] and self.position:
                self.position.close()

    stats = Backtest(frame, Cross, cash=CASH, commission=FEE, finalize_trades=False).run()
    open_trades = 1 if stats["_strategy"].position else 0
    return float(stats["Equity Final [$]"]), int(stats["# Trades"]) + open_trades


def backtrader(bars: Bars) -> tuple[float, int]:
    """Final equity and trades; bought with all cash at the next open, fee included."""
    import backtrader as bt
    import pandas as pd

    frame = pd.DataFrame(
        {
            "open": bars.open,
            "high": bars.high,
            "low": bars.low,
            "close": bars.close,
            "volume": bars.volume,
        },
        index=pd.DatetimeIndex(bars.times),
    )

    class Cross(bt.Strategy):  # type: ignore[misc]
        def __init__(self) -> None:
            self.fast = bt.indicators.SimpleMovingAverage(self.data.close, period=20)
            self.slow = bt.indicators.SimpleMovingAverage(self.data.close, period=50)
            self.entries = 0

        def next_open(self) -> None:
            above = self.fast[-1] > self.slow[-1] if len(self) > 50 else False
            if above and not self.position:
                price = self.data.open[0]
                self.buy(size=self.broker.getcash() / (price * (1 + FEE)) * (1 - 1e-12))
                self.entries += 1
            elif not above and self.position:
                self.close()

    brain = bt.Cerebro(cheat_on_open=True, stdstats=False)
    brain.adddata(bt.feeds.PandasData(dataname=frame))
    brain.addstrategy(Cross)
    brain.broker.setcash(CASH)
    brain.broker.setcommission(commission=FEE)
    ran = brain.run()[0]
    return float(brain.broker.getvalue()), int(ran.entries)
