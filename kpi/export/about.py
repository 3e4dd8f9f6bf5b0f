"""What a document's properties say, and when it claims to have been made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from kpi.labels import Labels
from kpi.periods import Quarter
from kpi.present.facts import translation

LOCALES = {"da": "da-DK", "en": "en-GB", "kl": "kl-GL"}


@dataclass(frozen=True)
class About:
    """A document's title, whose it is, its language, and the day that its figures are of."""

    title: str
    author: str
    language: str
    as_of: dt.date

    @classmethod
    def of(cls, run: dict[str, Any], language: str) -> About:
        """Read it from run.json: the author is the administration, never a user."""
        parameters = run["parameters"]
        organisation = parameters["organisation"]
        quarter = Labels(language).quarter(Quarter.parse(run["quarter"]))
        title = parameters["agenda"]["title"] or organisation["name"]
        parts = [part for part in (organisation["name"], organisation["department"]) if part]
        said = {text: translation(run, text, language) or text for text in (title, *parts)}
        return cls(
            f"{said[title]}, {quarter}",
            ", ".join(said[part] for part in parts),
            language,
            dt.date.fromisoformat(parameters["as_of"]),
        )

    @property
    def locale(self) -> str:
        """The language as documents name it."""
        return LOCALES[self.language]

    @property
    def moment(self) -> dt.datetime:
        """The time that properties and archives give, whenever the file is made."""
        return dt.datetime.combine(self.as_of, dt.time(12))
