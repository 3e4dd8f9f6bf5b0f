"""The catalogues of words: gettext files, and what of them may be used.

Message ids are English; locale/<language>/LC_MESSAGES/kpi.po holds the translations. Danish is
complete. Greenlandic is filled by translators, from the Danish: each translation keeps a
fingerprint of the Danish text it was made from, and is stale once that text is another.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import os
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.errors import ExportError, ParameterError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from babel.messages.catalog import Catalog, Message

    Id = str | tuple[str, ...] | list[str]


SOURCE_LANGUAGE = "da"
SHIPPED = {"da": "da_DK", "en": "en_GB", "kl": "kl_GL"}
LANGUAGES = dict(SHIPPED)
"""The languages of pages with their locale: the program's, and those of the parameter folder."""
FOLDER = "languages"
VARIABLE = "KPI_LANGUAGES"
"""Says to other processes where the catalogues of the parameter folder lie."""
_NOTE = "translated from "
_FURTHER: dict[str, Path] = {}


def add_languages(folder: Path) -> None:
    """Know the languages that a folder has a catalogue of (de.po), in place of another folder's.

    ParameterError for a file that is called after no language, or after one of the program's own.
    """
    found = {path.stem: path.resolve() for path in sorted(folder.glob("*.po"))}
    locales = {language: _locale_of(language) for language in found}
    if found == _FURTHER:
        return
    for language in _FURTHER:
        del LANGUAGES[language]
    _FURTHER.clear()
    _FURTHER.update(found)
    LANGUAGES.update(locales)
    translations.cache_clear()
    os.environ.pop(VARIABLE, None)
    if found:
        os.environ[VARIABLE] = str(folder.resolve())


def known_here(language: str) -> bool:
    """Tell whether a language is one of pages; another process may have named its folder."""
    if language not in LANGUAGES and VARIABLE in os.environ:
        add_languages(Path(os.environ[VARIABLE]))
    return language in LANGUAGES


def further_folder() -> str:
    """Return the folder of the further languages, for another process; empty without any."""
    return os.environ.get(VARIABLE, "")


def is_further(language: str) -> bool:
    """Tell a language of the parameter folder from the program's own."""
    return language in _FURTHER


def of_further(languages: Iterable[str]) -> list[str]:
    """Return what further languages say, as checksums: pages hang on it."""
    return [
        f"{language} {hashlib.sha256(_FURTHER[language].read_bytes()).hexdigest()}"
        for language in languages
        if language in _FURTHER
    ]


def _locale_of(language: str) -> str:
    from babel import Locale, UnknownLocaleError

    why = "is one of the program's own" if language in SHIPPED else ""
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        why = "is no language that Babel knows"
    if why:
        raise ParameterError(
            f"A catalogue in {FOLDER} of the parameter folder is called after a further language.",
            f"{language}.po: {language} {why}",
            "Call it after the language's code, such as de.po or fr_CA.po.",
        )
    return language


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
    if language != SOURCE_LANGUAGE and not is_further(language):
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
    if language in _FURTHER:
        return _FURTHER[language]
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
    """Read the catalogue of a language; a missing or broken one is an ExportError.

    It is read once, and is the caller's own.
    """
    return deepcopy(_parsed(language, _text(language)))


@lru_cache(maxsize=8)
def _parsed(language: str, text: str) -> Catalog:
    """Read a catalogue's text once; whoever changes it takes a copy."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        return read_po(io.StringIO(text), locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise ExportError(
            "A catalogue of words is a gettext file.",
            f"{catalogue_path(language).name} of {language}: {str(error).splitlines()[0]}",
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

    What is said of months and years (kpi.language.of_periods) is not sent to translators. A
    catalogue of the parameter folder is its owner's: what it says is taken for current.
    """
    danish, own = (_parsed(one, _text(one)) for one in (SOURCE_LANGUAGE, language))
    return [
        _state(message, own.get(message.id), is_dated=not is_further(language))
        for message in danish
        if message.id and not message.context
    ]


def _state(danish: Message, own: Message | None, *, is_dated: bool) -> State:
    source = _forms(danish.string)
    translation = _forms(own.string) if own else ()
    padded = (*translation, *("" for _ in source))[: len(source)]
    made_from = MadeFrom.noted(own) if own else MadeFrom("")
    return State(danish.id, source, padded, made_from if is_dated else MadeFrom.text(source))


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)
