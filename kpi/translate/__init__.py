"""What a translator has to do for a report, sent out and taken back.

The program's own messages (kpi.labels.catalogue) and the texts of the parameters (kpi.params.texts)
are one list here: each with its source in Danish, or the report's language, and its translation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi.labels import COMPLETE
from kpi.labels.catalogue import state
from kpi.params import Params
from kpi.params.translated import Place

PROGRAM = "program"
PLURAL_FORMS = ("one", "many")

Standing = Literal["translated", "missing", "stale"]


@dataclass(frozen=True)
class Item:
    """A text to translate: what it is called, its source, and its translation so far.

    A stale one was translated from another source: it is not used until it is looked at again. A
    fixed one stands in the analysts' own file and is changed there.
    """

    name: str
    source: str
    translation: str
    standing: Standing
    is_fixed: bool = False


def items(params: Params, language: str) -> list[Item]:
    """List every text of the report in the order of the report, then the program's messages."""
    program = [] if language in COMPLETE else _of_program(language)
    return [*_of_parameters(params, language), *program]


def awaiting(params: Params, language: str) -> list[Item]:
    """List the texts of a report whose translation is missing or stale: none may await approval."""
    return [item for item in items(params, language) if item.standing != "translated"]


def _of_parameters(params: Params, language: str) -> list[Item]:
    """List each text of the parameters once, by the first place where it stands."""
    texts = params.texts
    places: dict[str, list[Place]] = {}
    for place, source in texts.sources.items():
        places.setdefault(source, []).append(place)
    stale = texts.stale.get(language, {})
    fixed = texts.fixed.get(language, frozenset())

    def item(source: str) -> Item:
        name, translation = str(places[source][0]), texts.say(source, language)
        if translation:
            return Item(name, source, translation, "translated", source in fixed)
        earlier = next((stale[place] for place in places[source] if place in stale), "")
        return Item(name, source, earlier, _behind(is_stale=bool(earlier)))

    return [item(source) for source in places]


def _behind(*, is_stale: bool) -> Standing:
    return "stale" if is_stale else "missing"


def _of_program(language: str) -> list[Item]:
    found = []
    for one in state(language):
        standing = "translated" if one.is_current else _behind(is_stale=one.is_stale)
        for number, source in enumerate(one.source):
            name = program_name(one.id, number)
            found.append(Item(name, source, one.translation[number], standing))
    return found


def program_name(message: object, form: int) -> str:
    """Name a message of the program, or a form of a plural.

    >>> program_name(("{n} day", "{n} days"), 1)
    'program: {n} day (many)'
    """
    if isinstance(message, str):
        return f"{PROGRAM}: {message}"
    first = message[0] if isinstance(message, (list, tuple)) else ""
    return f"{PROGRAM}: {first} ({PLURAL_FORMS[form]})"
