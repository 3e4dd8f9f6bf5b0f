"""The release gate: every file of a report is read before it reaches its final place.

A hit stops the export and says which file and where, never what was found there. Working papers
(data/quality/, office/) are for the administration: they are never published and not read here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kpi.errors import ExportError
from kpi.export.crew import ALONE, Crew
from kpi.export.gate_signs import Find, finds_for, known_cases, secrets_of
from kpi.export.gate_texts import Text, texts_of, with_readings
from kpi.store import office, payload

__all__ = ["Hit", "Text", "check", "hits", "inspect", "refuse", "texts_of"]

WORKING_PAPERS = (payload(Path()) / "quality", office(Path()))


@dataclass(frozen=True)
class Hit:
    """What must not be published, and where it stands; never the text itself."""

    what: str
    where: str


def inspect(
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    papers: Path | None = None,
    workers: Crew = ALONE,
) -> None:
    """Read every file of a report's folder; ExportError where one holds what nobody may publish.

    Case numbers and pseudonyms of the rows set aside are known from the office's papers, of this
    folder unless `papers` names another report's.
    """
    read = partial(_hits_in, folder, dict(environment), known_cases(papers or folder))
    inside = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    published = [path for path in inside if not any(map(path.is_relative_to, WORKING_PAPERS))]
    for found in workers.do(read, published):
        refuse(found)


def _hits_in(
    folder: Path, environment: Mapping[str, str], cases: frozenset[str], inside: Path
) -> list[Hit]:
    return list(hits(texts_of(folder / inside, inside.as_posix()), environment, cases))


def check(text: Text) -> None:
    """Refuse a text that holds what nobody may publish, read with and without its marks."""
    refuse(hits(with_readings(text)))


def refuse(found: Iterable[Hit]) -> None:
    """Raise ExportError with the first hit and the number of others, if there is any."""
    listed = list(dict.fromkeys(found))
    if listed:
        others = f", and {len(listed) - 1} more" if len(listed) > 1 else ""
        raise ExportError(
            "A published file has no script, no request and nothing of a machine or person.",
            f"{listed[0].what} in {listed[0].where}{others}",
            "Remove it from the notebook, the parameters or the text it comes from.",
        )


def hits(
    texts: Iterable[Text],
    environment: Mapping[str, str] = os.environ,
    cases: frozenset[str] = frozenset(),
) -> Iterator[Hit]:
    """Yield what must not be published, in the order of the texts."""
    secrets = secrets_of(environment)
    for text in texts:
        for what, find in finds_for(text.kind, text.content, secrets, cases).items():
            yield from (Hit(what, place) for place in _places(text, find))


def _places(text: Text, find: Find) -> Iterator[str]:
    for place in find(text.content):
        yield f"{text.where}, line {text.content.count(chr(10), 0, place) + 1}"
