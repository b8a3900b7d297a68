"""Symbols in the unified form: BASE/QUOTE, BASE/QUOTE:SETTLE, or a plain ticker.

Laws: one anchored grammar, upper case; a symbol never becomes a path, a table name or SQL text
without the one injective encoder, `Symbol.encoded`.
Used by: everything that names an instrument.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import final

from algotrendy.errors import InvalidSymbol

__all__ = ["Symbol"]

_MAX_LENGTH = 64
_PART = r"[A-Z0-9](?:[A-Z0-9._-]{0,30}[A-Z0-9])?"
_GRAMMAR = re.compile(rf"({_PART})(?:/({_PART})(?::({_PART}))?)?")


@final
@dataclass(frozen=True, slots=True)
class Symbol:
    """One tradable thing in the unified form.

    Parameters
    ----------
    base : what is bought or sold: ``BTC``, ``AAPL``
    quote : what it is priced in, None for a plain ticker
    settle : what a contract settles in, None for spot

    Examples
    --------
    >>> Symbol.parse("BTC/USDT:USDT")
    Symbol(base='BTC', quote='USDT', settle='USDT')
    >>> str(Symbol.parse("btc/usdt"))
    'BTC/USDT'
    """

    base: str
    quote: str | None = None
    settle: str | None = None

    def __post_init__(self) -> None:
        if self.settle is not None and self.quote is None:
            raise InvalidSymbol(
                "symbol", value=str(self), rule="a settle asset needs a quote asset"
            )
        text = str(self)
        if len(text) > _MAX_LENGTH or _GRAMMAR.fullmatch(text) is None:
            raise InvalidSymbol(
                "symbol",
                value=text,
                rule=f"allowed are BASE/QUOTE, BASE/QUOTE:SETTLE or TICKER, each part 1 to 32 of "
                f"A-Z 0-9 . _ -, {_MAX_LENGTH} characters in all",
                hint="write it like BTC/USDT, BTC/USDT:USDT or AAPL",
            )

    @classmethod
    def parse(cls, text: str | Symbol) -> Symbol:
        """Read the unified form; lower case is raised, a `Symbol` is returned as it is."""
        if isinstance(text, Symbol):
            return text
        if not isinstance(text, str):
            raise InvalidSymbol("symbol", value=text, rule="a str or a Symbol is expected")
        # Upper case may turn other letters into A-Z, such as a sharp s into SS: two names would meet.
        raised = text.strip().upper() if text.isascii() else text
        base, slash, rest = raised.partition("/")
        quote, colon, settle = rest.partition(":")
        return cls(base, quote if slash else None, settle if colon else None)

    @property
    def is_contract(self) -> bool:
        """True for a derivative: it can be sold short and levered."""
        return self.settle is not None

    @property
    def encoded(self) -> str:
        """The symbol as a file name: injective, `[A-Z0-9%~a-f]` only, safe on every file system.

        Everything but ``A-Z0-9`` is percent-encoded and a hash of the whole is added, so that two
        symbols can never meet in one name, not even where case is folded.
        """
        text = str(self)
        safe = "".join(c if c.isascii() and c.isalnum() else f"%{ord(c):02X}" for c in text)
        return f"{safe}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        text = self.base
        if self.quote is not None:
            text += f"/{self.quote}"
        if self.settle is not None:
            text += f":{self.settle}"
        return text
