"""The reports of a folder: of which quarter, how they stand, and in which forms they are there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kpi.errors import RunError
from kpi.export.forms import FIGURES
from kpi.export.making import OPEN_DATA
from kpi.export.open_data import DESCRIPTION
from kpi.labels import Labels
from kpi.periods import Quarter
from kpi.present.facts import Facts
from kpi.present.sentences import by_status
from kpi.review.approval import APPROVAL_FILE
from kpi.review.archive import PUBLICATION_FILE, SUPERSEDED
from kpi.review.seal import MANIFEST, content_of
from kpi.store import COMMITTEE, RUN_FILE, payload

FORM_WORDS = {
    ".html": "Web page",
    ".pdf": "PDF",
    ".docx": "Word",
    ".xlsx": "Spreadsheet",
    ".ods": "Spreadsheet",
    ".csv": "CSV",
    ".json": "JSON",
    ".zip": "ZIP",
    OPEN_DATA: "Open data",
}
STANDING_WORDS = {
    "draft": "Draft",
    "approved": "Approved on {day}",
    "published": "Published on {day}",
    "corrected": "Corrected report, published on {day}",
    "superseded": "Replaced by a correction",
}
_ABOUT_THE_BAG = {APPROVAL_FILE, PUBLICATION_FILE}


@dataclass(frozen=True)
class Link:
    """A file of a report: where it lies, what it is called, and its language if it has one."""

    href: str
    form: str
    language: str = ""


@dataclass(frozen=True)
class Issue:
    """A report of one quarter, as the index lists it."""

    facts: Facts
    quarter: Quarter
    standing: str
    day: str
    links: tuple[Link, ...] = field(default=())

    @property
    def page(self) -> Link | None:
        """The committee's page: in the index' language, else in the first that there is."""
        pages = [one for one in self.links if one.form == FORM_WORDS[".html"] and one.language]
        spoken = [one for one in pages if one.language == self.facts.labels.language]
        return next(iter([*spoken, *pages]), None)

    @property
    def is_superseded(self) -> bool:
        """Whether a correction took its place."""
        return self.standing == "superseded"

    @property
    def tally(self) -> list[tuple[str, int]]:
        """How many targets have which status, those that are judged first."""
        return [(status, len(metrics)) for status, metrics in by_status(self.facts).items()]


def issues_by_unit(reports: Path, language: str = "") -> dict[str, list[Issue]]:
    """Return the reports below a folder by unit, the latest first; RunError where there is none.

    A named unit's lie one folder deeper. What is being written, or is no report, is passed over.
    """
    found: dict[str, list[Issue]] = {}
    for folder in sorted(_folders(reports)):
        issue = _issue(folder, reports, language)
        found.setdefault(str(issue.facts.parameters["unit"]), []).append(issue)
    if not found:
        raise RunError(
            "An index lists the reports of a folder.",
            f"no report in {reports.as_posix()}",
            "Make one first: kpi run 2019Q4; or name another folder with --out.",
        )
    return {
        unit: sorted(issues, key=lambda one: (one.quarter, not one.is_superseded), reverse=True)
        for unit, issues in sorted(found.items())
    }


def _folders(reports: Path) -> Iterator[Path]:
    for depth in ("*", "*/*"):
        for folder in reports.glob(depth):
            is_hidden = any(part.startswith(".") for part in folder.relative_to(reports).parts)
            if not is_hidden and (payload(folder) / RUN_FILE).is_file():
                yield folder


def _issue(folder: Path, reports: Path, language: str) -> Issue:
    facts = Facts.read(folder, language)
    standing, day = _standing(folder, facts.labels)
    return Issue(facts, facts.quarter, standing, day, tuple(_links(folder, reports)))


def _standing(folder: Path, labels: Labels) -> tuple[str, str]:
    """Return how a report stands, and since which day; an approval of other content is none."""
    publication = _read(folder / PUBLICATION_FILE)
    if publication:
        changed = "corrected" if publication.get("replaces") else "published"
        standing = "superseded" if SUPERSEDED in folder.name else changed
        return standing, _day(labels, publication.get("at"))
    approval = _read(folder / APPROVAL_FILE)
    is_sealed = (folder / MANIFEST).is_file()
    if is_sealed and approval.get("is_approved") and approval.get("content") == content_of(folder):
        return "approved", _day(labels, approval["approvals"][-1].get("at"))
    return "draft", ""


def _read(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content if isinstance(content, dict) else {}


def _day(labels: Labels, moment: object) -> str:
    return labels.date(dt.datetime.fromisoformat(str(moment)).date()) if moment else ""


def _links(folder: Path, reports: Path) -> Iterator[Link]:
    """Yield the forms that a report is there in; what seals and signs it is not among them."""
    for path in sorted(folder.iterdir()):
        is_form = path.is_file() and path.suffix in FORM_WORDS and path.name not in _ABOUT_THE_BAG
        if is_form:
            name, _, language = path.stem.rpartition(".")
            spoken = language if name in {COMMITTEE, FIGURES} else ""
            yield Link(quote(path.relative_to(reports).as_posix()), FORM_WORDS[path.suffix], spoken)
    described = folder / OPEN_DATA / DESCRIPTION
    if described.is_file():
        yield Link(quote(described.relative_to(reports).as_posix()), FORM_WORDS[OPEN_DATA], "")
