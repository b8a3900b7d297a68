"""A first backtest: real prices, a moving-average cross, costs, exits and a report; offline."""

# %% [markdown]
# # A first backtest
# Real daily prices that come with the package, a moving-average cross, costs, and a report.
# Runs offline: `python 01_first_backtest.py`, or cell by cell in an editor that knows `# %%`.

# %%
import algotrendy as at
from algotrendy.model.arrays import BoolArray

bars = at.sample.load("MSFT")
print(bars)

# %% [markdown]
# A strategy is a function of bars with named parameters. It returns, for every bar, whether it wants
# to be in. What it wants at a close is traded at the next open.


# %%
@at.strategy(where=lambda fast, slow: fast < slow)
def cross(bars: at.Bars, fast: int = 20, slow: int = 50) -> BoolArray:
    return at.sma(bars.close, fast) > at.sma(bars.close, slow)


# %%
result = at.backtest(cross, bars, cash=10_000, fees=0.001, slippage=0.0005)
print(result)
print("Sharpe", round(result.metrics.sharpe, 2), "buy and hold", result.metrics.benchmark_return)
print("costs", result.costs)
print(result.trades[["entry_time", "exit_time", "pnl", "exit_reason"]].tail(3))

# %% [markdown]
# Protective exits are looked at inside every bar. Where stop and target could both have been hit,
# the worse one is taken and the doubt is counted.

# %%
guarded = at.backtest(cross, bars, fees=0.001, stop_loss=0.01, take_profit=0.01)
print(guarded.exits_by_reason, "in doubt:", guarded.n_ambiguous, guarded.equity_bounds)

# %%
print("report:", guarded.report("first_backtest.html"))
