"""The index of all reports: what was met over time, and every page in each of its forms.

Each quarter is told by its own report; a target is a line of quarters with a status below each.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kpi.definitions.statuses import STATUSES
from kpi.errors import RunError
from kpi.files import work_beside
from kpi.language import Labels, language_name
from kpi.page.charts.control import spread
from kpi.page.charts.sparklines import levels_of
from kpi.page.facts import Facts, Row
from kpi.page.fragments import icon, shape, stylesheet
from kpi.page.sentences import answer, by_status
from kpi.page.wording import capital, figure, has_figure, status_word, target_of
from kpi.periods import Period
from kpi.publication.approval import APPROVAL_FILE
from kpi.publication.archive import PUBLICATION_FILE, SUPERSEDED
from kpi.publication.document import TEMPLATES, check_page, tidy
from kpi.publication.forms import FIGURES, OPEN_DATA
from kpi.publication.open_data import DESCRIPTION
from kpi.publication.seal import MANIFEST, content_of
from kpi.record import ANNEX, COMMITTEE, RUN_FILE, payload

FORM_WORDS = {
    ".html": "Web page",
    ANNEX: "Annex",
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
    quarter: Period
    standing: str
    day: str
    links: tuple[Link, ...] = field(default=())

    @property
    def page(self) -> Link | None:
        """The committee's page: in the index' language, else in the first that there is."""
        return self._in_own_language(FORM_WORDS[".html"])

    @property
    def annex(self) -> Link | None:
        """Its annex, or else the page itself, where each target is defined."""
        return self._in_own_language(FORM_WORDS[ANNEX]) or self.page

    def _in_own_language(self, form: str) -> Link | None:
        pages = [one for one in self.links if one.form == form and one.language]
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
        found.setdefault(issue.facts.parameters.unit, []).append(issue)
    if not found:
        raise RunError(
            "An index lists the reports of a folder.",
            f"no report in {reports.as_posix()}",
            "Make one first: kpi run 2019Q4; or name another folder with --reports.",
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
    """Yield the forms that a report is there in, the committee's page first.

    What seals and signs it is not among them.
    """
    for path in sorted(folder.iterdir(), key=lambda one: (one.stem.startswith(ANNEX), one.name)):
        is_form = path.is_file() and path.suffix in FORM_WORDS and path.name not in _ABOUT_THE_BAG
        if is_form:
            name, _, language = path.stem.rpartition(".")
            spoken = language if name in {COMMITTEE, ANNEX, FIGURES} else ""
            form = FORM_WORDS[ANNEX if name == ANNEX else path.suffix]
            yield Link(quote(path.relative_to(reports).as_posix()), form, spoken)
    described = folder / OPEN_DATA / DESCRIPTION
    if described.is_file():
        yield Link(quote(described.relative_to(reports).as_posix()), FORM_WORDS[OPEN_DATA], "")


@dataclass(frozen=True)
class Past:
    """A target's quarter: the numbers, the words, and the page that they stand on, if any."""

    quarter: Period
    name: str
    value: float
    levels: tuple[float, ...]
    figure: str
    target_words: str
    status: str
    status_word: str
    href: str


@dataclass(frozen=True)
class History:
    """A target over the quarters, oldest first, with the sentence that sums them up."""

    metric: str
    facts: Facts
    quarters: tuple[Past, ...]
    sentence: str
    picture: Markup | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether there are figures enough for a line."""
        return sum(not math.isnan(one.value) for one in self.quarters) > 1


def histories(issues: list[Issue]) -> list[History]:
    """Return each target's quarters: in the order of the latest report, then those dropped since.

    A quarter is told as its own report told it; one without a report of its own, as the latest
    report that knows the target counts it.
    """
    current = [issue for issue in issues if not issue.is_superseded]
    latest: dict[str, Issue] = {}
    for issue in current:
        for metric in issue.facts.targets:
            latest.setdefault(metric, issue)
    return [_history(metric, issue, current) for metric, issue in latest.items()]


def _history(metric: str, latest: Issue, issues: list[Issue]) -> History:
    told = {quarter: _past(latest, metric, quarter, "") for quarter, _ in _known(latest, metric)}
    for issue in issues:
        if metric in issue.facts.targets and issue.facts.row(metric):
            href = f"{issue.annex.href}#def-{metric}" if issue.annex else ""
            told[issue.quarter] = _past(issue, metric, issue.quarter, href)
    quarters = tuple(told[quarter] for quarter in sorted(told))
    return History(metric, latest.facts, quarters, _sentence(latest.facts.labels, quarters))


def _known(issue: Issue, metric: str) -> list[tuple[Period, Row]]:
    introduced = issue.facts.metrics[metric].introduced
    history = issue.facts.history(metric)
    return [(q, row) for q, row in history if not introduced or introduced <= q.last_day]


def _past(issue: Issue, metric: str, quarter: Period, href: str) -> Past:
    row, labels = issue.facts.row(metric, quarter), issue.facts.labels
    status = str(row["status"])
    return Past(
        quarter=quarter,
        name=labels.quarter(quarter),
        value=float(row["value"]) if has_figure(row) else math.nan,
        levels=tuple(levels_of(row)),
        figure=figure(issue.facts, row),
        target_words=target_of(issue.facts, row),
        status=status,
        status_word=status_word(labels, status),
        href=href,
    )


def _sentence(labels: Labels, quarters: tuple[Past, ...]) -> str:
    """Say in how many quarters a target was met, and how it stands now."""
    judged = [one for one in quarters if STATUSES[one.status].is_judged]
    last = quarters[-1]
    now = f"{last.name}: {last.figure}, {last.status_word}."
    if not judged:
        return f"{capital(last.status_word)}." if math.isnan(last.value) else now
    met = [one for one in judged if STATUSES[one.status].verdict == "reached"]
    counted = labels(
        "Met in {met} of {n} quarters.", met=labels.count(len(met)), n=labels.count(len(judged))
    )
    return f"{counted} {now}"


_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 320, 124, 8, 108, 10, 52
_ICON = 11

_FRAME = Markup(
    '<svg class="multiple" viewBox="0 0 {width} {height}" role="img" aria-label="{words}">\n'
    '<path class="goal" d="{goal}"/>\n<path class="trend" d="{trend}"/>\n{points}\n{labels}\n'
    "{statuses}\n</svg>"
)


@dataclass(frozen=True)
class _Room:
    """Where a quarter and a value lie in the picture."""

    quarters: int
    low: float
    high: float

    def x(self, place: float) -> float:
        step = (_WIDTH - _LEFT - _RIGHT) / max(self.quarters - 1, 1)
        return _LEFT + place * step

    def y(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1)
        return _HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP)


def picture(history: History, title: str) -> Markup:
    """Draw the quarters of a target that has two figures at least."""
    quarters = history.quarters
    shown = [v for one in quarters for v in (one.value, *one.levels) if not math.isnan(v)]
    room = _Room(len(quarters), min(shown), max(shown))
    return _FRAME.format(
        width=_WIDTH,
        height=_HEIGHT,
        words=f"{title}. {history.sentence}",
        goal=_goal(quarters, room),
        trend=_trend(quarters, room),
        points=Markup("").join(_points(quarters, room)),
        labels=Markup("").join(_labels(history, room)),
        statuses=Markup("\n").join(
            _status(one, room.x(place), is_first=place == 0) for place, one in enumerate(quarters)
        ),
    )


def _trend(quarters: tuple[Past, ...], room: _Room) -> str:
    path, pen = "", "M"
    for place, one in enumerate(quarters):
        if math.isnan(one.value):
            pen = "M"
        else:
            path += f"{pen}{room.x(place):.1f} {room.y(one.value):.1f}"
            pen = "L"
    return path


def _goal(quarters: tuple[Past, ...], room: _Room) -> str:
    half, right = (room.x(1) - room.x(0)) / 2, room.x(room.quarters - 1) + 4
    return "".join(
        f"M{max(room.x(place) - half, 0):.1f} {room.y(level):.1f}"
        f"H{min(room.x(place) + half, right):.1f}"
        for place, one in enumerate(quarters)
        for level in one.levels
    )


def _points(quarters: tuple[Past, ...], room: _Room) -> list[Markup]:
    return [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="2.2"/>').format(room.x(place), room.y(one.value))
        for place, one in enumerate(quarters)
        if not math.isnan(one.value)
    ]


def _labels(history: History, room: _Room) -> list[Markup]:
    """Name the last figure and the target at the right end, pushed apart where they overlap."""
    last, labels = history.quarters[-1], history.facts.labels
    target = labels("target {value}", value=last.target_words)
    level = sum(last.levels) / len(last.levels) if last.levels else math.nan
    wanted = [(last.value, last.figure, "value"), (level, target, "target")]
    known = sorted(one for one in wanted if not math.isnan(one[0]))
    places = spread([_HEIGHT - room.y(value) for value, *_ in known], _HEIGHT)
    right = room.x(room.quarters - 1) + 10
    return [
        Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(
            kind, right, _HEIGHT - place + 4, str(text)
        )
        for (_, text, kind), place in zip(known, places, strict=True)
    ]


def _status(one: Past, x: float, *, is_first: bool) -> Markup:
    """Draw a quarter's status, its number, and its year below the first of each year."""
    drawn = Markup(
        '<g class="{}" transform="translate({:.1f} {}) scale({:.3f})">{}</g>'
        '<text class="quarter" x="{:.1f}" y="{}">{}</text>'
    ).format(
        one.status, x - _ICON / 2, _HEIGHT - 42, _ICON / 16, shape(one.status),
        x, _HEIGHT - 17, one.quarter.short,
    )  # fmt: skip
    if one.quarter.kind != "year" and (is_first or one.quarter.number == 1):
        year = Markup('<text class="quarter" x="{:.1f}" y="{}">{}</text>')
        drawn += year.format(max(x, 12), _HEIGHT - 4, one.quarter.year_name)
    return drawn


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
    latest = max((one[0] for one in found.values()), key=_age).quarter
    labels = Labels(chosen, kind=latest.kind)
    units = [_unit(f"u{number}", issues) for number, issues in enumerate(found.values(), start=1)]
    page = tidy(_render(labels, units))
    check_page(page, INDEX)
    return _put(reports / INDEX, page)


def _age(issue: Issue) -> str:
    return str(issue.quarter)


def _unit(key: str, issues: list[Issue]) -> Unit:
    organisation = issues[0].facts.parameters.organisation
    name = " \u00b7 ".join(filter(None, (organisation.name, organisation.department)))
    return Unit(key, name, issues[0].facts.parameters.language, issues, _drawn(issues))


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
        is_synthetic=any(u.latest.facts.parameters.synthetic for u in units),
    )


def _put(target: Path, page: str) -> Path:
    """Write the page beside its place and move it there, so that no half page is ever read."""
    with work_beside(target) as folder:
        work = folder / target.name
        work.write_text(page, encoding="utf-8", newline="\n")
        work.replace(target)
    return target
