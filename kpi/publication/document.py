"""What every published document says of itself: its title, author, language, day, and marks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from kpi.language import Labels
from kpi.page.facts import translation
from kpi.publication.gate import check
from kpi.publication.gate_reading import Text
from kpi.record import Run

TEMPLATES = Path(__file__).parent / "templates"
LOCALES = {"da": "da-DK", "en": "en-GB", "kl": "kl-GL"}


@dataclass(frozen=True)
class About:
    """A document's title, whose it is, its language, and the day that its figures are of."""

    title: str
    author: str
    language: str
    as_of: dt.date

    @classmethod
    def of(cls, run: Run, language: str) -> About:
        """Read it from run.json: the author is the administration, never a user."""
        organisation = run.parameters.organisation
        quarter = Labels(language).quarter(run.quarter)
        title = run.parameters.agenda.title or organisation.name
        parts = [part for part in (organisation.name, organisation.department) if part]
        said = {text: translation(run, text, language) or text for text in (title, *parts)}
        return cls(
            f"{said[title]}, {quarter}",
            ", ".join(said[part] for part in parts),
            language,
            run.parameters.as_of,
        )

    @property
    def locale(self) -> str:
        """The language as documents name it."""
        return LOCALES.get(self.language, self.language.replace("_", "-"))

    @property
    def moment(self) -> dt.datetime:
        """The time that properties and archives give, whenever the file is made."""
        return dt.datetime.combine(self.as_of, dt.time(12))


@dataclass(frozen=True)
class Mark:
    """A word that stands on the page and on each printed one, and what it means."""

    word: str
    why: str


def standing(labels: Labels, *, draft: bool, correction: str = "") -> list[Mark]:
    """Return a page's marks; `correction` is the reason why it replaces a published one."""
    marks = [Mark(labels("Draft"), labels("Not yet approved."))] if draft else []
    if correction:
        why = labels("This report replaces one that was published before. The reason:")
        marks.append(Mark(labels("Corrected report"), f"{why} {correction}"))
    return marks


def tidy(page: str) -> str:
    """Remove trailing spaces and empty lines."""
    lines = (line.rstrip() for line in page.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def check_page(page: str, name: str) -> None:
    """Refuse a page with scripts, requests, error streams, machine paths or persons' numbers."""
    check(Text(name, page, "html"))
