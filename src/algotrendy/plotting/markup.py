"""HTML by construction: text is escaped unless it is already markup, scripts are named by hash.

Laws: what a user can name (strategy, parameter, symbol, warning) reaches a page only through here,
and only as text; the page runs no script whose hash its policy does not list.
Used by: every builder of HTML in this package.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
from collections.abc import Iterable
from typing import final

from algotrendy.errors import InvalidValue

__all__ = ["Markup", "embed_json", "join", "script_source", "svg_number", "tag"]

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


@final
class Markup(str):
    """Text that is HTML already; everything else is escaped on its way into a page."""

    __slots__ = ()


def _escaped(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(text, quote=True)


def join(parts: Iterable[str | None], *, between: str = "") -> Markup:
    """Put parts one after another, escaping those that are plain text; None is left out."""
    return Markup(between.join(_escaped(part) for part in parts if part is not None))


def tag(name: str, /, *children: str | None, **attributes: object) -> Markup:
    """Build one element.

    Parameters
    ----------
    name : element name, a literal of ours
    children : text (escaped) or `Markup`; None is left out
    attributes : by name, a trailing underscore dropped and others made hyphens (``class_``,
        ``aria_label``); None and False leave the attribute out, True writes it without a value

    Examples
    --------
    >>> tag("td", "<b>", class_="num")
    '<td class="num">&lt;b&gt;</td>'
    """
    written = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        label = key.rstrip("_").replace("_", "-")
        written.append(
            label if value is True else f'{label}="{html.escape(str(value), quote=True)}"'
        )
    opening = f"<{' '.join(written)}>"
    if name in _VOID:
        return Markup(opening)
    return Markup(f"{opening}{join(children)}</{name}>")


def svg_number(value: float) -> str:
    """Write a coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _jsonable(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return value


def embed_json(value: object, *, element_id: str) -> Markup:
    """Put data into a page as an inert block of JSON.

    Not a number and infinity become null. Every ``<``, ``>`` and ``&`` is written as an escape, so
    no text in it can end the block or open a comment; all that is not ASCII, U+2028 too, likewise.
    """
    text = json.dumps(_jsonable(value), allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(f'<script type="application/json" id="{html.escape(element_id)}">{text}</script>')


def script_source(code: str) -> str:
    """The Content-Security-Policy source that allows exactly this inline script.

    Raises
    ------
    InvalidValue
        If the code holds text at which a page would end the script early.
    """
    lowered = code.lower()
    for ending in ("</script", "<!--"):
        if ending in lowered:
            raise InvalidValue(
                "code", value=ending, rule="a script inside a page may not contain it"
            )
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return f"'sha256-{digest}'"
