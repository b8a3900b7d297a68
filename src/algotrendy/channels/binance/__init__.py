"""Binance spot market data: `parse` is pure, `rest` moves bytes."""
