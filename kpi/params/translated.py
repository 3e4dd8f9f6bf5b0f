"""What translators sent back: params/texts/<file>.<language>.yaml, beside the analysts' files.

Each text stands with the place it was made for and the source it was made from. Where the source
has changed since, the translation is stale: it is not used, and listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kpi.labels import LANGUAGES
from kpi.params.strict import Strict
from kpi.params.texts import Read, texts_in

FOLDER = "texts"


class Translated(Strict):
    """One text as a translator sent it back."""

    place: str
    source: str
    text: str


class TranslatedFile(Strict):
    """All texts of one parameter file in one language."""

    texts: tuple[Translated, ...] = ()


class Place(NamedTuple):
    """Where a text stands: a parameter file, without its suffix, and a place in it."""

    file: str
    where: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}"


@dataclass(frozen=True)
class Texts:
    """The texts of a report's parameters, and their translations by language.

    `sources` has each text in the report's language by its place. `translations` are those that may
    be used, by language and source; `stale` are those that may not, by their place: its source has
    changed. The sources in `fixed` have their translation in the parameter file itself.
    """

    main: str = "da"
    sources: Mapping[Place, str] = field(default_factory=dict)
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stale: Mapping[str, Mapping[Place, str]] = field(default_factory=dict)
    fixed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def say(self, text: str, language: str) -> str:
        """Return a text in a language; empty where there is no translation that may be used."""
        return text if language == self.main else self.translations.get(language, {}).get(text, "")

    def missing(self, language: str) -> list[Place]:
        """Return where texts stand that have no translation that may be used."""
        return [place for place, text in self.sources.items() if not self.say(text, language)]


def gather(main: str, files: Mapping[str, tuple[Strict, Read]], sent: Mapping[str, Sent]) -> Texts:
    """Gather the texts of parameter files, what stands beside them and what translators sent."""
    sources = {
        Place(name, where): text
        for name, (record, _) in files.items()
        for where, text in texts_in(record)
    }
    translations: dict[str, dict[str, str]] = {}
    stale: dict[str, dict[Place, str]] = {}
    fixed: dict[str, frozenset[str]] = {}
    for language, found in sent.items():
        current = set(sources.values())
        used = {one.source: one.text for _, one in found if one.text and one.source in current}
        translations[language] = used
        known = ((Place(name, one.place), one) for name, one in found if one.text)
        stale[language] = {
            place: one.text for place, one in known if sources.get(place, one.source) != one.source
        }
    for _, read in files.values():
        for language, own in read.translations.items():
            translations[language] = translations.get(language, {}) | own
            fixed[language] = fixed.get(language, frozenset()) | frozenset(own)
    return Texts(main, sources, translations, stale, fixed)


Sent = list[tuple[str, Translated]]
"""What translators sent: the name of the parameter file, and the text."""


def translated_path(folder: Path, name: str, language: str) -> Path:
    """Return where the translated texts of a parameter file lie."""
    return folder / FOLDER / f"{name}.{language}.yaml"


def languages_beside(main: str) -> list[str]:
    """Return the languages that texts may be translated into."""
    return [language for language in LANGUAGES if language != main]
