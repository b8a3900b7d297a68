"""Building blocks of a page: tiles, tables, lists of facts, sections.

Laws: a table has a caption and headings with a scope; a wide one scrolls by keyboard in its own
box; a cut table says how many rows are not shown.
Used by: the sections of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import final

from algotrendy.plotting.markup import Markup, join, tag

__all__ = ["Cell", "Tile", "bars_list", "facts", "note", "section", "table", "tiles"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure: its name, its value, and a line on what it means."""

    name: str
    value: str
    detail: str = ""
    tone: str | None = None


@final
@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    tone: str | None = None
    is_number: bool = field(default=True, kw_only=True)
    style: str | None = None


def note(*children: str | None) -> Markup:
    """A short remark in small print."""
    return tag("p", *children, class_="note")


def section(anchor: str, heading: str, *children: str | None) -> Markup:
    """One titled part of the page."""
    title = tag("h2", heading, id=f"{anchor}-title")
    return tag(
        "section", title, *children, id=anchor, class_="card", aria_labelledby=f"{anchor}-title"
    )


def tiles(shown: Iterable[Tile], *, label: str) -> Markup:
    """A row of figures."""
    items = [
        tag(
            "div",
            tag("dt", tile.name),
            tag("dd", tile.value, class_=f"value {tile.tone}" if tile.tone else "value"),
            tag("dd", tile.detail, class_="detail") if tile.detail else None,
            class_="tile",
        )
        for tile in shown
    ]
    return tag("dl", *items, class_="tiles", aria_label=label)


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """A list of names and what is true of them."""
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs]
    return tag("dl", *rows, class_="facts")


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell | str]],
    *,
    caption: str,
    left_out: int = 0,
    css_class: str = "",
    row_headings: bool = True,
) -> Markup:
    """A table in a box that scrolls; the first cell of a row is its heading unless told not."""
    rows = list(rows)
    first = rows[0] if rows else ()
    numeric = [isinstance(item, Cell) and item.is_number for item in first] or [False] * len(
        headings
    )
    names = [
        tag("th", name, scope="col", class_="num" if number else None)
        for name, number in zip(headings, numeric, strict=True)
    ]
    head = tag("thead", tag("tr", *names))
    body: list[Markup] = []
    for row in rows:
        cells: list[Markup] = []
        for at, item in enumerate(row):
            cell = item if isinstance(item, Cell) else Cell(item, is_number=False)
            css = " ".join(filter(None, ("num" if cell.is_number else None, cell.tone))) or None
            if at == 0 and row_headings:
                cells.append(tag("th", cell.text, scope="row", class_=css))
            else:
                cells.append(tag("td", cell.text, class_=css, style=cell.style))
        body.append(tag("tr", *cells))
    whole = tag(
        "table", tag("caption", caption), head, tag("tbody", *body), class_=css_class or None
    )
    box = tag("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)
    more = note(f"… and {left_out:,} more rows that are not shown here.") if left_out else None
    return join([box, more])


def bars_list(pairs: Sequence[tuple[str, float, str]], *, label: str) -> Markup:
    """Names with a bar in proportion to a share and a text beside it.

    Parameters
    ----------
    pairs : (name, share of the largest from 0 to 1, text)
    label : what a screen reader calls the list
    """
    rows = [
        tag(
            "li",
            tag("span", name, class_="name"),
            tag(
                "span",
                tag("span", class_="fill", style=f"width:{share * 100:.1f}%"),
                class_="track",
                aria_hidden="true",
            ),
            tag("span", text, class_="num"),
        )
        for name, share, text in pairs
    ]
    return tag("ul", *rows, class_="bars", aria_label=label)
