"""Griffe extension: what our docstrings write behind a colon is a description, not a type.

Laws: the signature has the types; a docstring says shapes, units and meaning.
Used by: mkdocs.yml, when it renders docs/reference/api.md.
"""

from __future__ import annotations

import griffe

_DESCRIBED = (
    griffe.DocstringSectionKind.parameters,
    griffe.DocstringSectionKind.other_parameters,
    griffe.DocstringSectionKind.attributes,
)


class DocstringText(griffe.Extension):
    """Move the text behind the colon to the description, and take the type from the signature."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Rewrite the parsed sections of one object."""
        for section in obj.docstring.parsed if obj.docstring else ():
            if section.kind not in _DESCRIBED:
                continue
            for row in section.value:
                text = " ".join(
                    part for part in (str(row.annotation or ""), row.description) if part
                )
                row.description = text
                row.annotation = self._signature_type(obj, row.name)

    @staticmethod
    def _signature_type(obj: griffe.Object, name: str) -> str | griffe.Expr | None:
        for owner in (obj, obj.members.get("__init__")):
            if isinstance(owner, griffe.Function) and name in [p.name for p in owner.parameters]:
                return owner.parameters[name].annotation
        member = obj.members.get(name)
        return member.annotation if isinstance(member, griffe.Attribute) else None
