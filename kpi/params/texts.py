"""Texts of the parameters that readers see, in the report's language and in others.

A text is written plainly, in the report's language, or as a mapping of languages:

    cause: {da: Sygdom lukkede telefonen., en: Illness closed the telephone.}

What translators send back lies in params/texts/, each text beside the source it was made from.
Everywhere else a text is the one in the report's language; translations are found by it, so that a
text that was changed has none until it is translated again.

A file of params/texts/ is named <file>.<language>.yaml. Each text stands with the place it was made
for and the source it was made from. Where the source has changed since, the translation is stale:
it is not used, and listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from kpi.language import LANGUAGES
from kpi.params.strict import Strict
from kpi.periods import Cycle


@dataclass
class Read:
    """What goes along with a parameter file: its language, the translations in it, the periods."""

    language: str
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    cycle: Cycle | None = None

    def keep(self, source: str, language: str, text: str) -> None:
        """Keep a translation; the same source cannot have two."""
        known = self.translations.setdefault(language, {})
        if known.setdefault(source, text) != text:
            shown = source if len(source) <= _SHOWN else f"{source[:_SHOWN]}..."
            raise _refused(
                f'"{shown}" has two translations ({language}): "{known[source]}" and "{text}"; '
                "give it one"
            )


_SHOWN = 60


def _refused(message: str) -> PydanticCustomError:
    return PydanticCustomError("text", message)


@dataclass(frozen=True)
class Written:
    """Marks a field as a text for readers; `most` is how many characters it may have."""

    most: int


def _one_text(value: Any, info: ValidationInfo) -> Any:
    """Take the text in the report's language out of a mapping, and keep the others."""
    if not isinstance(value, dict):
        return value
    read: Read = info.context or Read("da")
    for language, text in value.items():
        if language not in LANGUAGES:
            raise _refused(f'a text is given per language ({", ".join(LANGUAGES)}): "{language}"')
        if not isinstance(text, str):
            raise _refused(f"what stands for {language} is no text")
    source = value.get(read.language, "")
    if not source:
        raise _refused(f"a text is given in the report's language as well ({read.language})")
    for language, text in value.items():
        if language != read.language and text:
            read.keep(source, language, text)
    return source


def _at_most(most: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > most:
            raise _refused(
                f"a text of {len(text):,} characters; at most {most:,} have room on the page here"
            )
        return text

    return AfterValidator(check)


LINE, REMARK, PROSE = 300, 2_000, 20_000
"""How many characters a name or title may have, what is said of one figure, the agenda's text."""

Line = Annotated[str, BeforeValidator(_one_text), _at_most(LINE), Written(LINE)]
Remark = Annotated[str, BeforeValidator(_one_text), _at_most(REMARK), Written(REMARK)]
Prose = Annotated[str, BeforeValidator(_one_text), _at_most(PROSE), Written(PROSE)]


def texts_in(record: BaseModel, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a record for readers, with where it stands: agenda.recommendation.1."""
    for name, about in type(record).model_fields.items():
        value = getattr(record, name)
        if _is_text(about.metadata) or _holds_texts(about.annotation):
            yield from _texts_of(value, f"{place}{name}")
        else:
            yield from _inside(value, f"{place}{name}")


def _inside(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        yield from texts_in(value, f"{place}.")
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _inside(one, f"{place}.{key}")
    elif isinstance(value, tuple):
        for number, one in enumerate(value, start=1):
            yield from _inside(one, f"{place}.{number}")


def _texts_of(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple):
        for number, text in enumerate(value, start=1):
            yield f"{place}.{number}", text
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts_of(one, f"{place}.{key}")
    elif value:
        yield place, value


def _is_text(metadata: Any) -> bool:
    return any(isinstance(one, Written) for one in metadata)


def _holds_texts(annotation: Any) -> bool:
    """Tell a tuple of texts, or texts by their names."""
    inner = getattr(annotation, "__args__", ())
    return any(_is_text(getattr(one, "__metadata__", ())) or _holds_texts(one) for one in inner)


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
