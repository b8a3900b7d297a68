"""Many parameters, and what the best of them is worth; offline."""

# %% [markdown]
# # Many parameters, and what the best of them is worth
# The best of many trials looks good by selection alone. A sweep says so; a walk-forward shows what
# choosing on the past would have earned on what followed.

# %%
import algotrendy as at
from algotrendy.model.arrays import BoolArray

bars = at.sample.load("IBM")


@at.strategy(where=lambda fast, slow: fast < slow)
def cross(bars: at.Bars, fast: int = 20, slow: int = 50) -> BoolArray:
    return at.sma(bars.close, fast) > at.sma(bars.close, slow)


# %%
fast, slow = range(5, 65, 5), range(20, 210, 10)
found = at.sweep(cross, bars, fees=0.001, fast=fast, slow=slow)
print(found.n_trials, "trials,", found.n_left_out, "left out since fast >= slow")
print(found.top(5))

# %%
best = found.best
print("best in sample:", best.params, "Sharpe", round(best.metrics["sharpe"], 2))
print("chosen from", best.n_trials, "trials: deflated Sharpe", round(best.deflated_sharpe, 2))
print("below 0.95, skill cannot be told from luck")

# %%
ranges = {"fast": fast, "slow": slow}
walk = at.walk_forward(cross, bars, ranges=ranges, train=1000, test=250, fees=0.001)
for fold in walk.folds[:3]:
    print(fold.params, "train", round(fold.train_metric, 2), "test", round(fold.test_metric, 2))
print("out of sample:", f"{walk.total_return:+.1%}", "Sharpe", round(walk.metrics.sharpe, 2))
print("buy and hold:", f"{walk.metrics.benchmark_return:+.1%}")

# %%
print("report:", walk.report("walk_forward.html"))
