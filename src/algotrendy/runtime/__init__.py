"""Runs things: front doors, registry, settings, progress; knows clocks, threads and event loops."""
