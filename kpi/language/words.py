"""Texts that are not, or not wholly, in the language of their page.

As plain text they read like any other; written into HTML, what is in another language is marked
with it. Attributes, charts and terminals take the plain text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Self

from markupsafe import Markup, escape


class ByLanguage(dict[str, str]):
    """A text by language; nobody changes it, so that what has it is told apart as other texts."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


Text = str | Mapping[str, str]
"""A message in English, which the catalogues translate, or a text by language."""

_FIRST_LETTER = re.compile(r"(?:<[^>]*>)*(.)", re.DOTALL)


class Words(str):
    """A text with its HTML, and with the same said in the language that stands in for the page's.

    `html` marks what is foreign to the page; `main` is what a sentence takes that could not be said
    in the page's language and falls back as a whole.
    """

    __slots__ = ("html", "main")
    html: Markup
    main: str

    def __new__(cls, text: str, html: Markup, main: str | None = None) -> Self:
        """Make words; without another, `main` is the plain text itself."""
        made = super().__new__(cls, text)
        made.html = html
        made.main = str(text) if main is None else main
        return made

    def __reduce__(self) -> tuple[type[Words], tuple[str, Markup, str]]:
        """Say how to make a copy: matplotlib copies what it writes."""
        return Words, (str(self), self.html, self.main)

    def __html__(self) -> Markup:
        """Return the HTML, as templates ask for it."""
        return self.html


def foreign(text: str, language: str) -> Words:
    """Return a text in another language than its page.

    >>> foreign("samtale", "da").html
    Markup('<span lang="da">samtale</span>')
    """
    element = _ISOLATED if is_right_to_left(text) else _SPAN
    return Words(text, element.format(language, text), main=text)


def is_foreign(value: object) -> bool:
    """Tell what is marked as in another language than its page, from what it begins with."""
    return isinstance(value, Words) and _MARK.match(value.html) is not None


def isolated(text: str) -> str:
    """Return a text that leaves the direction of its surroundings alone, whatever its own is."""
    if not is_right_to_left(text) or isinstance(text, Words):
        return text
    return Words(text, Markup("<bdi>{}</bdi>").format(text))


def is_right_to_left(text: str) -> bool:
    """Tell a text with signs that are written, or force writing, from right to left."""
    return any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)


_MARK = re.compile(r"<\w+ lang=")
_SPAN, _ISOLATED = Markup('<span lang="{}">{}</span>'), Markup('<bdi lang="{}">{}</bdi>')
_RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}


def translated(text: str, main: str) -> Words:
    """Return a text in the language of its page, with the same in the language behind it."""
    return Words(text, escape(text), main)


def main_of(value: object) -> object:
    """Return what a value is in the language that stands in; most values are the same there."""
    return value.main if isinstance(value, Words) else value


def filled(message: str, values: dict[str, object]) -> str:
    """Fill named values into a message; the marks of foreign ones stay.

    >>> filled("{n} of {what}", {"n": 2, "what": foreign("<i>", "da")}).html
    Markup('2 of <span lang="da">&lt;i&gt;</span>')
    """
    plain = message.format(**values) if values else message
    if not any(isinstance(value, Words) for value in values.values()):
        return plain
    main = message.format(**{name: main_of(value) for name, value in values.items()})
    return Words(plain, Markup(escape(message)).format(**values), main)  # noqa: S704  # escaped


def joined(parts: Iterable[str], between: str = " ") -> str:
    """Join the parts that say something; the marks of foreign ones stay.

    >>> joined(["Held.", "", foreign("Afholdt.", "da")]).html
    Markup('Held. <span lang="da">Afholdt.</span>')
    """
    said = [part for part in parts if part]
    pattern = (
        between.replace("{", "{{")
        .replace("}", "}}")
        .join(f"{{p{number}}}" for number in range(len(said)))
    )
    return filled(pattern, {f"p{number}": part for number, part in enumerate(said)})


def changed(text: str, change: Callable[[str], str]) -> str:
    """Change a text; where it has HTML, the same is done to it, which must do no harm to tags."""
    if not isinstance(text, Words):
        return change(text)
    main = changed(text.main, change)
    return Words(change(str(text)), Markup(change(str(text.html))), main)  # noqa: S704  # ours


def recased(text: str, case: Callable[[str], str]) -> str:
    """Change the case of the first letter, whatever tag it stands in.

    >>> recased(foreign("to mål", "da"), str.upper).html
    Markup('<span lang="da">To mål</span>')
    """

    def change(part: str) -> str:
        first = _FIRST_LETTER.match(part)
        if first is None:
            return part
        start, end = first.span(1)
        return part[:start] + case(part[start:end]) + part[end:]

    return changed(text, change)
