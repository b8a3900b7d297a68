"""Statistics of returns, equity curves and trades, and of how far they can be trusted.

Laws: pure numpy; every statistic states its formula, annualisation, divisor and NaN rule.
Used by: backtest results, reports, stores.
"""
