"""What the administration writes, as HTML: a small part of markdown, and everything else escaped.

Emphasis, strong, lists, and links that begin with https:// (which are never fetched). What comes
out is cleaned once more by nh3. A number with a point begins a sentence in Danish ("4. kvartal"):
it makes a list only where the next number follows.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from kpi.language.words import is_right_to_left

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


_ALLOWED = {"p", "br", "em", "strong", "a", "ul", "ol", "li"}
_RULES = ["emphasis", "link", "list", "escape", "newline"]
_NUMBERED = re.compile(r"^( *\d+)([.)])(?= )", re.MULTILINE)
_PLUS = re.compile(r"^( *)\+(?= )", re.MULTILINE)
_ONE_PARAGRAPH = re.compile(r"<p[^>]*>((?:(?!<p\b|<[uo]l\b).)*)</p>", re.DOTALL)


def prose(text: str) -> Markup:
    """Return a text as paragraphs and lists.

    >>> prose("Se *her*: <script>")
    Markup('<p>Se <em>her</em>: &lt;script&gt;</p>')
    """
    import nh3

    direction = {name: {"dir": "auto"} for name in ("p", "li")} if is_right_to_left(text) else {}
    cleaned = nh3.clean(
        _markdown().render(_as_meant(text)),
        tags=_ALLOWED,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel=None,
        set_tag_attribute_values=direction,
    )
    return Markup(cleaned.strip())  # noqa: S704  # nh3 let it through


def inline(text: str) -> Markup:
    """Return a text without its paragraph where it is only one, so that it can follow a word."""
    written = prose(text)
    single = _ONE_PARAGRAPH.fullmatch(written)
    if single is None:
        return written
    inside = Markup(single[1])  # noqa: S704  # part of the same
    return Markup("<bdi>{}</bdi>").format(inside) if is_right_to_left(text) else inside


def _as_meant(text: str) -> str:
    """Keep numbers that begin a sentence, and a plus, from making lists."""
    numbers = [int(found[1]) for found in _NUMBERED.finditer(text)]
    is_list = len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))
    text = _PLUS.sub(r"\1\\+", text)
    return text if is_list else _NUMBERED.sub(r"\1\\\2", text)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        def validateLink(self, url: str) -> bool:  # noqa: N802 - as the library calls it
            return url.startswith("https://")

    return Parser("zero", {"html": False}).enable(_RULES)
