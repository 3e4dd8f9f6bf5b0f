"""How the figures are made: definitions, data quality, signs, and how each extract is written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kpi.definitions.kinds import WITH_CLOCK, Duration
from kpi.definitions.statuses import CLOSE, STATUSES
from kpi.language import NBSP, Labels
from kpi.language.words import isolated, joined
from kpi.office_hours import OfficeHours
from kpi.page.doubt import effects
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment, render
from kpi.page.times import CLOCK_WORDS
from kpi.page.wording import in_its_unit, short_amount, target_in_words, unit_of_figure
from kpi.params.targets_file import Counting, Due
from kpi.record import UNKNOWN, CheckedTable, Finding, Input, Metric

if TYPE_CHECKING:
    from kpi.sources.extract import Extract

SEPARATOR_WORDS = {
    ";": "semicolons",
    ",": "commas",
    "\t": "tabs",
    "|": "upright strokes",
}
_LETTERS = {
    "Y": "yyyy",
    "m": "mm",
    "d": "dd",
    "H": "hh",
    "I": "hh",
    "p": "AM/PM",
    "M": "mm",
    "S": "ss",
    "f": "f",
    "z": "+hh",
}


class Read(Protocol):
    """An extract or an event log that was read."""

    @property
    def written(self) -> Mapping[str, str]:
        """How it is written."""

    @property
    def detected(self) -> Collection[str]:
        """Which of that was not declared."""


def written_words(labels: Labels, extract: Read) -> str:
    """Word how an extract is written; what was not declared is marked as detected."""
    written, detected = extract.written, extract.detected
    parts = [
        (name, words)
        for name, words in (
            ("encoding", written.get("encoding", "")),
            ("separator", _separator(labels, written.get("separator", ""))),
            ("date", _dates(labels, written.get("date", ""))),
            ("decimal", _decimal(labels, written.get("decimal", ""))),
            *((name, _declared(labels, name, written.get(name, ""))) for name in DECLARED_WORDS),
        )
        if words
    ]
    said = [
        labels("{what} (detected)", what=words) if name in detected else words
        for name, words in parts
    ]
    return joined(said, "; ")


DECLARED_WORDS = {
    "zone": "times of {what}",
    "printed": "times as they are printed: the zone beside them is not meant",
    "missing": "nothing is written {what}",
    "latest": "of several rows with one key the latest holds ({what})",
    "query": "a query over {what}",
    "numbered": "rows have no number of their own, so nobody can tell whether one stands twice",
    "derived": "made of other columns: {what}",
    "ignored": "rows are left out by the words in {what}",
    "filter": "asked for: {what}",
    "one_row": "one row of each case: {what}",
}


LEFT_OUT_WORDS = {
    "not_asked_for": ("{n} row was not asked for", "{n} rows were not asked for"),
    "other_rows": (
        "{n} row stood beside the one taken of its case",
        "{n} rows stood beside the one taken of their case",
    ),
}


def left_out_words(labels: Labels, extract: Input | Extract) -> str:
    """Say how many rows of an extract were left out, which is no fault of theirs; else nothing."""
    counts = {name: getattr(extract, name) for name in LEFT_OUT_WORDS}
    said = [labels.plural(*LEFT_OUT_WORDS[name], n) for name, n in counts.items() if n]
    return joined(said, "; ")


def _declared(labels: Labels, name: str, what: str) -> str:
    return labels(DECLARED_WORDS[name], what=what) if what else ""


def _separator(labels: Labels, sign: str) -> str:
    return labels(SEPARATOR_WORDS[sign]) if sign in SEPARATOR_WORDS else sign


COUNTED_DATES_WORDS = {
    "excel": "day numbers", "excel1904": "day numbers",
    "unix_seconds": "seconds since 1970", "unix_milliseconds": "milliseconds since 1970",
}  # fmt: skip


def _dates(labels: Labels, forms: str) -> str:
    shown = [
        labels(COUNTED_DATES_WORDS[form])
        if form in COUNTED_DATES_WORDS
        else re.sub("%(.)", lambda found: _LETTERS.get(found[1], found[1]), form)
        for form in forms.split(", ")
        if form
    ]
    return labels("dates {forms}", forms=joined(shown, ", ")) if shown else ""


def _decimal(labels: Labels, sign: str) -> str:
    if not sign:
        return ""
    return labels("decimal comma") if sign == "," else labels("decimal point")


SEVERITY_WORDS = {"stop": "stops the run", "set_aside": "set aside", "note": "noted"}
LIMIT_WORDS = {
    "calendar_days": ("{n} calendar day", "{n} calendar days"),
    "working_days": ("{n} working day", "{n} working days"),
    "minutes": ("{n} minute", "{n} minutes"),
    "hours": ("{n} hour", "{n} hours"),
    "business_minutes": ("{n} business minute", "{n} business minutes"),
    "business_hours": ("{n} business hour", "{n} business hours"),
}
COUNTED_BY_WORDS = {
    "start": "Counted in the quarter in which it begins.",
    "stop": "Counted in the quarter in which the case ends.",
    "due": "Counted in the quarter in which its limit ends.",
}


@dataclass(frozen=True)
class Definition:
    """A metric's definition as the page words it."""

    metric: str
    words: str
    limit: str
    counted_by: str
    what: str
    version: str
    target: str
    described: Metric


def definitions(facts: Facts) -> Fragment:
    """Every metric's definition in words, with its version, owner and source."""
    return render("definitions", facts, found=[definition(facts, m) for m in facts.metrics])


def definition(facts: Facts, metric: str) -> Definition:
    """Word a metric's definition as it counted on the quarter's last day."""
    described, labels = facts.metrics[metric], facts.labels
    counting = described.counting_on(facts.quarter.last_day)
    timed = described.kind in WITH_CLOCK
    return Definition(
        metric=metric,
        words=joined([labels(described.words), _unit_of_times(labels, described, counting)]),
        limit=_limit(facts, described, counting),
        counted_by=labels(COUNTED_BY_WORDS[counting.quarter_by]) if timed and counting else "",
        what=counting.what if counting else "",
        version=counting.version if counting else "",
        target=_target(facts, described),
        described=described,
    )


def _limit(facts: Facts, described: Metric, counting: Counting | None) -> str:
    """Write the limit by which cases are judged; that of a duration may tell its period alone."""
    if counting is None or counting.due is None:
        return ""
    if described.kind == Duration.kind and counting.quarter_by != "due":
        return ""
    by = counting.due.by
    return limit_in_words(
        facts.labels, counting.due, lambda category: facts.value(described.id, by, category)
    )


def _unit_of_times(labels: Labels, described: Metric, counting: Counting | None) -> str:
    """Say in what a duration is counted: its `due` gives the unit, and no limit."""
    due = counting.due if counting else None
    if due is None or described.kind != Duration.kind:
        return ""
    unit = labels(CLOCK_WORDS[due.shown_in])
    if due.business_hours:
        unit = _while_open(labels, unit, due.business_hours)
    return labels("Times are in {unit}.", unit=unit)


def limit_in_words(labels: Labels, due: Due, named: Callable[[str], str] = str) -> str:
    """Write a limit: 30 calendar days; for Sewer Issues 2 calendar days.

    `named` says what readers call a category.
    """
    if due.days is None:
        return labels("the due date in the data")
    within = "business_" if due.business_hours else ""
    others = [
        labels(
            "for {category} {limit}",
            category=isolated(named(category)),
            limit=labels.plural(*LIMIT_WORDS[within + one.unit], one.days),
        )
        for category, one in due.values.items()
    ]
    usual = labels.plural(*LIMIT_WORDS[within + due.unit], due.days)
    limit = joined([usual, labels.and_list(others)], "; ")
    if not due.business_hours:
        return limit
    return _while_open(labels, limit, due.business_hours)


def _while_open(labels: Labels, limit: str, hours: OfficeHours) -> str:
    """Add to a limit or a unit in business hours when the office is open."""
    return labels(
        "{limit} (the office is open {hours}; closed days do not count)",
        limit=limit,
        hours=hours_in_words(labels, hours),
    )


_MONDAY = dt.date(2024, 1, 1)


def hours_in_words(labels: Labels, hours: OfficeHours) -> str:
    """Write office hours: Monday–Thursday 09:00–15:00 and Friday 09:00–12:00."""
    said = []
    for first, last, times in hours.spells:
        ends = dict.fromkeys((first, last))
        days = [labels.weekday(_MONDAY + dt.timedelta(days=day)) for day in ends]
        said.append(joined([joined(days, "\u2013"), times.replace("-", "\u2013")], NBSP))
    return labels.and_list(said)


def _target(facts: Facts, described: Metric) -> str:
    target = described.target_on(facts.quarter.last_day)
    if target is None or target.value is None:
        return ""
    labels, unit = facts.labels, unit_of_figure(facts, described.id)
    kind = described.unit, target.direction
    goal = target_in_words(labels, unit, kind, (target.value, target.to))
    goal = in_its_unit(facts, described.id, goal)
    own = [
        labels(
            "for {category} {limit}",
            category=isolated(group),
            limit=target_in_words(labels, unit, kind, (one, None)),
        )
        for values in target.groups.values()
        for group, one in values.items()
    ]
    goal = joined([goal, labels.and_list(own)], "; ") if own else goal
    if not target.near:
        return goal
    if unit == "share":
        points = labels.number(target.near, 0 if target.near == int(target.near) else 1)
        return labels("{goal} (close: at most {n} percentage points from it)", goal=goal, n=points)
    band = short_amount(labels, unit, target.near)
    return labels("{goal} (close: at most {band} from it)", goal=goal, band=band)


def data_quality(facts: Facts) -> Fragment:
    """The rows read, accepted and set aside, and what was found."""
    found = [(table, broken(table)) for table in facts.checked_tables]
    return render(
        "data_quality",
        facts,
        tables=found,
        effects=effects(facts),
        rate=lambda finding: loss_rate(facts, finding),
        severities=SEVERITY_WORDS,
        hide_below=facts.parameters.disclosure.hide_persons_below,
        left_out=[
            (one, said) for one in facts.run.inputs if (said := left_out_words(facts.labels, one))
        ],
    )


def loss_rate(facts: Facts, finding: Finding) -> str:
    """Write which part of the rows that could break a rule does; nothing where few rows do."""
    among, rows = finding.among, finding.rows
    if not among or rows is None or facts.is_few(rows) or facts.is_few(among - rows):
        return ""
    labels = facts.labels
    return labels("{share} of {n}", share=labels.share(rows / among), n=labels.count(among))


def effect(facts: Facts) -> Fragment:
    """How much the figures hang on rows that were set aside, or that a rule casts doubt on."""
    return render("effect", facts, effects=effects(facts))


def broken(table: CheckedTable) -> list[Finding]:
    """Return the findings of a table's rules that were broken."""
    return [one for one in table.findings if one.is_broken]


def set_aside(facts: Facts) -> Fragment:
    """How many rows were set aside by each rule, the most first; each row counts once."""
    found = [
        (table.table, one.words, table.reasons[one.rule])
        for table in facts.checked_tables
        for one in broken(table)
        if one.rule in table.reasons
    ]
    found.sort(key=lambda one: -(one[2] or 0))
    return render("set_aside", facts, found=found)


def how_it_is_made(facts: Facts) -> Fragment:
    """As of when, over how many working days, from which inputs, with which versions."""
    labels = facts.labels
    workdays = facts.run.working_days[str(facts.quarter)]
    return render(
        "how_made",
        facts,
        as_of=labels.date(facts.as_of),
        workdays=labels.count(workdays),
        weeks=labels.number(workdays / 5, 1),
        inputs=facts.run.inputs,
        written=lambda extract: written_words(labels, extract),
        left_out=lambda extract: left_out_words(labels, extract),
        versions={name: one for name, one in facts.run.versions.items() if one != UNKNOWN},
        hide_below=facts.parameters.disclosure.hide_persons_below,
    )


def signs(facts: Facts) -> Fragment:
    """What the signs mean: zero, hidden, no data, a range, and the shapes of the statuses.

    A target that is close is told of where one has a band.
    """
    has_band = facts.has_band
    known = [one for one in STATUSES.values() if has_band or one is not CLOSE]
    return render("signs", facts, statuses=known)
