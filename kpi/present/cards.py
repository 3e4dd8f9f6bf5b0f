"""A target that needs attention: its figure, status, reason, chart and what is being done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from markupsafe import Markup

from kpi.present.effect import Effect, effect_on
from kpi.present.facts import Facts, Row
from kpi.present.figures import control_chart
from kpi.present.methods import broken
from kpi.present.normal import monthly, most_are_hidden
from kpi.present.readings import reading
from kpi.present.reasons import open_at_end, since
from kpi.present.sentences import chart_in_words
from kpi.present.tables import TargetRow, number_rows, target_row
from kpi.present.wording import figure


@dataclass(frozen=True)
class Chart:
    """A chart with the sentence that reads it and the numbers behind it."""

    metric: str
    svg: Markup
    reading: str
    numbers: list[tuple[str, str, str]]


def chart(facts: Facts, metric: str) -> Chart | None:
    """Draw a metric's months; None where fewer than two may be shown."""
    found = monthly(facts, metric)
    if found is None:
        return None
    svg = control_chart(facts.labels, found, facts.title(metric), chart_in_words(facts, found))
    return Chart(metric, svg, reading(facts.labels, found), number_rows(facts, metric))


@dataclass(frozen=True)
class Card:
    """Everything the page says about one target that needs attention."""

    row: TargetRow
    before: str
    since: str
    open_at_end: str
    comment: Row
    due: str
    deviation: Row
    until: str
    chart: Chart | None
    most_months_are_hidden: bool
    findings: list[tuple[str, str]]
    effect: Effect | None


def card(facts: Facts, metric: str) -> Card:
    """Gather what the page says about a target that needs attention."""
    comment = facts.about("comments", metric)
    deviation = facts.about("accepted_deviations", metric)
    drawn = chart(facts, metric)
    return Card(
        row=target_row(facts, metric),
        before=figure(facts, facts.row(metric, facts.quarter.previous)),
        since=since(facts, metric),
        open_at_end=open_at_end(facts, metric),
        comment=comment,
        due=_day(facts, comment.get("due")),
        deviation=deviation,
        until=_day(facts, deviation.get("until")),
        chart=drawn,
        most_months_are_hidden=drawn is None and most_are_hidden(facts, metric),
        findings=findings_about(facts, metric),
        effect=effect_on(facts, metric),
    )


def findings_about(facts: Facts, metric: str) -> list[tuple[str, str]]:
    """Return the rules broken in the tables that a metric reads, and by how many rows."""
    tables = facts.metrics[metric]["tables"]
    return [
        (str(finding["words"]), facts.rows_of_persons(finding["rows"]))
        for table in facts.checked_tables
        if table["table"] in tables
        for finding in broken(table)
    ]


def _day(facts: Facts, iso: str | None) -> str:
    return facts.labels.date(dt.date.fromisoformat(iso)) if iso else ""
