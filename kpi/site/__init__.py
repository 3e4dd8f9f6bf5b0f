"""The index of all reports: what was met over time, and every page in each of its forms."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kpi.export import TEMPLATES, check_page, tidy
from kpi.labels import Labels, language_name
from kpi.present.fragment import stylesheet
from kpi.present.icons import icon
from kpi.present.sentences import answer
from kpi.present.wording import status_word
from kpi.site.history import History, histories
from kpi.site.issues import STANDING_WORDS, Issue, issues_by_unit
from kpi.site.pictures import picture

INDEX = "index.html"


@dataclass(frozen=True)
class Unit:
    """A unit's reports and its targets over time; `key` tells its anchors from other units'."""

    key: str
    name: str
    language: str
    issues: list[Issue]
    histories: list[History]

    @property
    def latest(self) -> Issue:
        """The latest report that no correction has replaced."""
        return next((one for one in self.issues if not one.is_superseded), self.issues[0])


def write_site(reports: Path, language: str = "") -> Path:
    """Write index.html into a folder of reports and return it; the gate reads it first.

    The index is in the language of the latest report unless given. The same reports always give the
    same bytes.
    """
    found = issues_by_unit(reports, language)
    chosen = language or max((one[0] for one in found.values()), key=_age).facts.labels.language
    if any(issue.facts.labels.language != chosen for one in found.values() for issue in one):
        found = issues_by_unit(reports, chosen)
    labels = Labels(chosen)
    units = [_unit(f"u{number}", issues) for number, issues in enumerate(found.values(), start=1)]
    page = tidy(_render(labels, units))
    check_page(page, INDEX)
    return _put(reports / INDEX, page)


def _age(issue: Issue) -> str:
    return str(issue.quarter)


def _unit(key: str, issues: list[Issue]) -> Unit:
    organisation = issues[0].facts.parameters["organisation"]
    name = " \u00b7 ".join(filter(None, (organisation["name"], organisation["department"])))
    return Unit(key, name, issues[0].facts.parameters["language"], issues, _drawn(issues))


def _drawn(issues: list[Issue]) -> list[History]:
    return [
        replace(one, picture=picture(one, _title(one))) if one.is_drawn else one
        for one in histories(issues)
    ]


def _title(history: History) -> str:
    return history.facts.title(history.metric)


def _render(labels: Labels, units: list[Unit]) -> str:
    look = stylesheet() + (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("site.html.j2").render(
        t=labels,
        look=Markup(look),  # noqa: S704 - our own style sheet
        units=units,
        icon=icon,
        answer=answer,
        language_name=language_name,
        title=_title,
        status_word=lambda status: status_word(labels, status),
        standings=STANDING_WORDS,
        is_synthetic=any(u.latest.facts.parameters["synthetic"] for u in units),
    )


def _put(target: Path, page: str) -> Path:
    """Write the page beside its place and move it there, so that no half page is ever read."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".index-") as folder:
        work = Path(folder) / target.name
        work.write_text(page, encoding="utf-8", newline="\n")
        work.replace(target)
    return target
