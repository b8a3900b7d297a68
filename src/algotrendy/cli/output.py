"""Where the command line writes: plain text that fits its window, or JSON.

Laws: results go to standard output, everything about the way there to standard error; colour only
where a person looks and has not refused it; NaN is `null` in JSON, since JSON has no NaN.
Used by: every command.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TextIO, final

__all__ = ["Output"]

_RED, _BOLD, _DIM, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_WIDTH_OF_A_FILE = 100
_NARROWEST = 40


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Two streams, a width in characters and whether colour is wanted on each."""

    out: TextIO
    err: TextIO
    width: int
    colour_out: bool
    colour_err: bool

    @classmethod
    def of_process(cls, environ: Mapping[str, str]) -> Self:
        """Look at the process's streams and at NO_COLOR, TERM and COLUMNS."""
        plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
        columns = shutil.get_terminal_size((_WIDTH_OF_A_FILE, 24)).columns
        return cls(
            out=sys.stdout,
            err=sys.stderr,
            width=max(_NARROWEST, columns),
            colour_out=sys.stdout.isatty() and not plain,
            colour_err=sys.stderr.isatty() and not plain,
        )

    def line(self, text: str = "") -> None:
        """Write a line of the result."""
        self.out.write(f"{text}\n")

    def title(self, text: str) -> None:
        """Write a heading of the result, after an empty line."""
        self.line()
        self.line(f"{_BOLD}{text}{_PLAIN}" if self.colour_out else text)

    def code(self, text: str) -> None:
        """Write lines of source as they are, so that they can be copied."""
        for line in text.splitlines():
            self.line(line)

    def step(self, text: str) -> None:
        """Write what is being done now, to standard error, at once."""
        self.err.write(f"{_DIM}{text}{_PLAIN}\n" if self.colour_err else f"{text}\n")
        self.err.flush()

    def error(self, text: str, code: str) -> None:
        """Write one line of what went wrong, with its stable code."""
        label = f"{_RED}error:{_PLAIN}" if self.colour_err else "error:"
        self.err.write(f"{label} {' '.join(text.split())} [{code}]\n")
        self.err.flush()

    def json(self, value: object) -> None:
        """Write one JSON document."""
        self.line(json.dumps(_plain(value), indent=2, ensure_ascii=False))

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write names and values in two columns, or in two such pairs side by side if they fit."""
        if not rows:
            return
        names = max(len(name) for name, _ in rows)
        values = max(len(value) for _, value in rows)
        gap = "    "
        cells = [f"{name:<{names}}  {value:>{values}}" for name, value in rows]
        if len(rows) > 3 and 2 * len(cells[0]) + len(gap) <= self.width:  # noqa: PLR2004
            half = (len(cells) + 1) // 2
            right = [*cells[half:], ""]
            cells = [f"{a}{gap}{b}".rstrip() for a, b in zip(cells[:half], right, strict=False)]
        for cell in cells:
            self.line(f"  {cell}")

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table with right-aligned columns; the last columns go if the window is narrow."""
        grid = [tuple(headers), *(tuple(row) for row in rows)]
        widths = [max(len(row[i]) for row in grid) for i in range(len(headers))]
        shown = len(widths)
        while shown > 1 and sum(widths[:shown]) + 2 * shown > self.width:
            shown -= 1
        for at, row in enumerate(grid):
            text = "".join(f"  {row[i]:>{widths[i]}}" for i in range(shown))
            self.line(f"{_DIM}{text}{_PLAIN}" if self.colour_out and at == 0 else text)
        if shown < len(widths):
            self.line(f"  (left out for width: {', '.join(headers[shown:])})")


def _plain(value: object) -> object:
    """Make what JSON can hold: mappings, lists, text, finite numbers, None."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    item = getattr(value, "item", None)  # numpy scalars
    if callable(item):
        return _plain(item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
