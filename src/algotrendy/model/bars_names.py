"""Which column of a table is which: names matched without regard to case, never by position.

Laws: two columns that could both be meant are refused, not chosen between; a required column that
is absent is an error that lists what was found.
Used by: the readers of tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from algotrendy.errors import InvalidBars, InvalidValue, UnknownName

__all__ = ["FIELD_NAMES", "match_columns"]

_ALIASES = {
    "time": (
        "time", "timestamp", "datetime", "date", "date_time", "ts", "open_time", "opentime",
        "time_open", "open_ns", "open_ms", "t",
    ),
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
    "volume": ("volume", "vol", "v", "base_volume"),
    "quote_volume": ("quote_volume", "quote_asset_volume", "quotevolume", "turnover", "q"),
    "trades_count": ("trades_count", "trade_count", "number_of_trades", "trades", "n"),
    "symbol": ("symbol", "ticker", "instrument"),
    "source": ("source",),
}  # fmt: skip
_REQUIRED = ("time", "open", "high", "low", "close", "volume")

FIELD_NAMES = tuple(_ALIASES)
"""What ``columns=`` may name: our side of the mapping."""


def match_columns(
    found: Sequence[str], given: Mapping[str, str | None] | None = None
) -> dict[str, int]:
    """Return the position of each field's column in `found`.

    Parameters
    ----------
    found : names of the table's columns
    given : our name to the table's, which wins over the matching; None for an optional field
        leaves its column unread

    Raises
    ------
    InvalidBars
        For a required field without a column, and for one with several; the text lists `found`.
    UnknownName
        For a key that is no field, and for a name the table does not have.
    """
    given = {} if given is None else given
    for field in given:
        if field not in _ALIASES:
            raise UnknownName("columns key", field, known=FIELD_NAMES)
    taken = {_place(name, found) for name in given.values() if name is not None}
    places: dict[str, int] = {}
    for field, aliases in _ALIASES.items():
        if field in given:
            name = given[field]
            if name is not None:
                places[field] = _place(name, found)
            elif field in _REQUIRED:
                raise InvalidValue(
                    f"columns[{field!r}]", value=None, rule="this column is required, name it"
                )
            continue
        fits = [at for at, name in enumerate(found) if at not in taken and _plain(name) in aliases]
        if len(fits) > 1:
            raise _several(field, [found[at] for at in fits])
        if fits:
            places[field] = fits[0]
        elif field in _REQUIRED:
            raise _absent(field, found)
    return places


def _plain(name: str) -> str:
    return re.sub(r"[\s.-]+", "_", name.strip().lower()).strip("_")


def _place(name: str, found: Sequence[str]) -> int:
    if list(found).count(name) > 1:
        raise _several(name, [name] * list(found).count(name))
    if name in found:
        return list(found).index(name)
    fits = [at for at, other in enumerate(found) if _plain(other) == _plain(name)]
    if len(fits) != 1:
        raise UnknownName("column", name, known=tuple(found))
    return fits[0]


def _several(field: str, names: Sequence[str]) -> InvalidBars:
    return InvalidBars(
        field,
        value=list(names),
        rule="only one column may be meant",
        hint=f"choose: columns={{{field!r}: {names[0]!r}}}",
    )


def _absent(field: str, found: Sequence[str]) -> InvalidBars:
    plain = {_plain(name): name for name in found}
    close = [
        plain[match]
        for alias in _ALIASES[field][:4]
        for match in get_close_matches(alias, plain, n=1, cutoff=0.7)
    ]
    close += [name for name in found if field in _plain(name)]
    hint = f"name it: columns={{{field!r}: {close[0] if close else '...'!r}}}"
    if field == "volume" and not close:
        hint += ", or add a column of zeros where the source has none"
    if found and all(re.fullmatch(r"[\d.:\-+TZ ]+", name) for name in found):
        hint = "the file seems to have no header line: pass names=[...]"
    return InvalidBars(field, value=list(found), rule=f"no column was found for {field}", hint=hint)
