"""Where market data comes from: one sub-package a venue."""
