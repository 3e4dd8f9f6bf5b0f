"""HTML read as plain text, for terminals."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {
    "article", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "header", "li", "ol", "p", "section", "summary", "table", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
_UNREAD = {"style", "svg"}


def plain_text(html: str) -> str:
    """Return the words of a piece of HTML, a line for each block, cells two spaces apart."""
    reader = _Reader()
    reader.feed(html)
    lines = (re.sub(r"[ \t\n]+", " ", line).strip() for line in reader.text.split("\v"))
    return "\n".join(line.replace("\f ", "  ").strip("\f ") for line in lines if line.strip("\f "))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._unread = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        if tag in _BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.text += data

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.text += "\v"
        elif tag in _CELLS:
            self.text += "\f "
