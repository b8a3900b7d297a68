"""Technical indicators: plain functions from price arrays to arrays of the same length.

Laws: pure numpy; nothing looks ahead; the import of this package loads none of its modules.
"""
