"""Engines: what turns a spec into a result. Each lives in a package of its own."""
