"""The catalogues of words: gettext files, and what of them may be used.

Message ids are English; locale/<language>/LC_MESSAGES/kpi.po holds the translations. Danish is
complete. Greenlandic is filled by translators, from the Danish: each translation keeps a
fingerprint of the Danish text it was made from, and is stale once that text is another.
"""

from __future__ import annotations

import gettext
import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from kpi.errors import ExportError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from babel.messages.catalog import Catalog, Message

    Id = str | tuple[str, ...] | list[str]


SOURCE_LANGUAGE = "da"
_NOTE = "translated from "


class _Missing(gettext.NullTranslations):
    """Says nothing where a catalogue has no translation, so that a missing one is noticed."""

    def gettext(self, message: str) -> str:  # noqa: ARG002 - as gettext calls it
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        return ""

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002
        return ""

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        return ""


@lru_cache(maxsize=8)
def translations(language: str) -> gettext.NullTranslations:
    """Return the translations of a language that may be used; "" for a message without one."""
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    catalogue = read_catalogue(language)
    if language != SOURCE_LANGUAGE:
        for one in state(language):
            if not one.is_current:
                catalogue.delete(one.id)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    found.add_fallback(_Missing())
    return found


def catalogue_path(language: str) -> Traversable:
    """Return where the catalogue of a language lies."""
    return resources.files("kpi.language") / "locale" / language / "LC_MESSAGES" / "kpi.po"


def _text(language: str) -> str:
    try:
        return catalogue_path(language).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise ExportError(
            "Each language of the page has a catalogue of words.",
            f'none for "{language}"',
            f"Restore locale/{language}/LC_MESSAGES/kpi.po, or leave the language out.",
        ) from None


def read_catalogue(language: str) -> Catalog:
    """Read the catalogue of a language; a missing or broken one is an ExportError."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        lines = io.StringIO(_text(language))
        return read_po(lines, locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise ExportError(
            "A catalogue of words is a gettext file.",
            f"kpi/language/locale/{language}/LC_MESSAGES/kpi.po: {str(error).splitlines()[0]}",
            "Restore it.",
        ) from None


@dataclass(frozen=True)
class MadeFrom:
    """The fingerprint of the Danish text that a translation was made from; "" where unknown."""

    fingerprint: str

    @classmethod
    def text(cls, source: tuple[str, ...]) -> MadeFrom:
        """Take the fingerprint of a text, or of the forms of a plural."""
        return cls(hashlib.sha256("\0".join(source).encode()).hexdigest()[:8])

    @classmethod
    def noted(cls, message: Message) -> MadeFrom:
        """Read it from the comments of a translation."""
        found = (text for text in message.auto_comments if text.startswith(_NOTE))
        return cls(next(found, "").removeprefix(_NOTE))

    @property
    def comment(self) -> str:
        """The comment that keeps it in a catalogue."""
        return f"{_NOTE}{self.fingerprint}"


@dataclass(frozen=True)
class State:
    """A message of the program, its Danish text (source), and its translation so far.

    All are the text alone, or both forms of a plural. A translation is stale where the Danish text
    has changed since it was made.
    """

    id: Id
    source: tuple[str, ...]
    translation: tuple[str, ...]
    made_from: MadeFrom

    @property
    def is_stale(self) -> bool:
        """Tell whether there is a translation of another text than today's."""
        return any(self.translation) and self.made_from != MadeFrom.text(self.source)

    @property
    def is_current(self) -> bool:
        """Tell whether there is a translation that may be used."""
        return all(self.translation) and not self.is_stale


def state(language: str) -> list[State]:
    """Return every message of the program with its translation into a language.

    What is said of months and years (kpi.language.of_periods) is not sent to translators.
    """
    danish, own = read_catalogue(SOURCE_LANGUAGE), read_catalogue(language)
    return [
        _state(message, own.get(message.id))
        for message in danish
        if message.id and not message.context
    ]


def _state(danish: Message, own: Message | None) -> State:
    source = _forms(danish.string)
    translation = _forms(own.string) if own else ()
    padded = (*translation, *("" for _ in source))[: len(source)]
    return State(danish.id, source, padded, MadeFrom.noted(own) if own else MadeFrom(""))


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)
