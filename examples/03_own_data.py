"""Your own prices: from a CSV file into the store, out again, and tested; offline."""

# %% [markdown]
# # Your own prices
# From a CSV file into the embedded store, out again, resampled, and tested. The file is made here so
# that the example runs offline; yours comes from wherever you have it.

# %%
import tempfile
from pathlib import Path

import algotrendy as at
from algotrendy.strategies.breakout import breakout

folder = Path(tempfile.mkdtemp())
made = at.sample.random_walk(24 * 365, seed=7, timeframe="1h", symbol="BTC/USDT")
made.to_pandas().to_csv(folder / "prices.csv")
print((folder / "prices.csv").read_text().splitlines()[:2])

# %% [markdown]
# Times without a zone are refused unless you say which zone they are in. A row that breaks a rule is
# an error that names it; nothing is repaired unless you ask (`sort`, `drop_repeats`, `drop_invalid`).

# %%
bars = at.Bars.from_csv(folder / "prices.csv", "BTC/USDT", "1h")
print(bars, "missing:", bars.n_missing)

# %% [markdown]
# The store is a folder. What it acknowledged is there after a crash.

# %%
store = at.store(folder / "store")
store.save(bars)
print(store)
june = store.load("BTC/USDT", "1h", start="2020-06-01T00:00Z", end="2020-07-01T00:00Z")
print(june)

# %% [markdown]
# These prices are a random walk: whatever a strategy earns on them is luck, and costs are not.

# %%
for fee in (0.0, 0.001):
    result = at.backtest(breakout, store.load("BTC/USDT", "1h"), fees=fee)
    print(f"fee {fee}: {result.total_return:+.1%} in {result.n_trades} trades")
