"""Backtests: what is asked, how fills happen, what came out, and searches over parameters.

Laws: pure: everything here is a function of its arguments.
Used by: engines, and the front doors `at.backtest`, `at.sweep`, `at.walk_forward`.
"""
