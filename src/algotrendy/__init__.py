"""AlgoTrendy: research, backtest and trade with one strategy, one set of risk rules and one ledger.

Every public name is imported on first use, so ``import algotrendy as at`` costs nothing.
"""
