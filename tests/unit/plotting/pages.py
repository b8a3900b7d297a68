"""What tests ask of a page: its elements, in order, and the text that a reader sees."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


class Page(HTMLParser):
    """Elements with their attributes; the text outside scripts and styles; tags that do not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.unclosed: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.unclosed and self.unclosed[-1] == "script":
            self.scripts.append(data)
        elif self.unclosed and self.unclosed[-1] != "style":
            self.text += data + " "

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
