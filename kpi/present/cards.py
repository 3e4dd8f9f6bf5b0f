"""A target that needs attention: its figure, status, reason, chart and what is being done."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from kpi.labels import Labels
from kpi.present.comments import Comment, comment
from kpi.present.effect import Effect, effect_on
from kpi.present.facts import Facts
from kpi.present.figures import SMALL, control_chart
from kpi.present.methods import broken
from kpi.present.normal import Monthly, monthly, most_are_hidden
from kpi.present.readings import reading
from kpi.present.reasons import open_at_end
from kpi.present.sentences import chart_in_words
from kpi.present.since import since
from kpi.present.tables import TargetRow, number_rows, target_row
from kpi.present.wording import figure


@dataclass(frozen=True)
class Chart:
    """A chart with the sentence that reads it and the numbers behind it; drawn when it is shown."""

    labels: Labels
    found: Monthly
    title: str
    description: str
    reading: str
    numbers: list[tuple[str, str, str]]

    @property
    def metric(self) -> str:
        """The metric whose months it shows."""
        return self.found.metric

    @property
    def svg(self) -> Markup:
        """The chart drawn for wide and for narrow pages."""
        return control_chart(self.labels, self.found, self.title, self.description)

    @property
    def small(self) -> Markup:
        """The chart drawn once for both."""
        return control_chart(self.labels, self.found, self.title, self.description, (SMALL,))


def chart(facts: Facts, metric: str) -> Chart | None:
    """Return the chart of a metric's months; None where fewer than two may be shown."""
    found = monthly(facts, metric)
    if found is None:
        return None
    labels = facts.labels
    title, in_words = facts.title(metric), chart_in_words(facts, found)
    read = reading(labels, found)
    return Chart(labels, found, title, in_words, read, number_rows(facts, metric))


@dataclass(frozen=True)
class Card:
    """Everything the page says about one target that needs attention."""

    row: TargetRow
    before: str
    since: str
    open_at_end: str
    comment: Comment
    chart: Chart | None
    most_months_are_hidden: bool
    findings: list[tuple[str, str]]
    effect: Effect | None


def card(facts: Facts, metric: str) -> Card:
    """Gather what the page says about a target that needs attention."""
    drawn = chart(facts, metric)
    return Card(
        row=target_row(facts, metric),
        before=figure(facts, facts.row(metric, facts.quarter.previous)),
        since=since(facts, metric),
        open_at_end=open_at_end(facts, metric),
        comment=comment(facts, metric),
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
