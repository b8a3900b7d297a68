"""Stores: candles in Parquet, results in SQLite, finished sweep chunks in a journal."""
