"""The command line: demo, backtest, sweep, fetch, doctor."""
