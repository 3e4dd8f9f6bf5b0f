"""The rows of the page's tables, as words."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from kpi.labels.words import joined
from kpi.periods import Quarter
from kpi.present.change import Change, change
from kpi.present.facts import Facts, Row, records
from kpi.present.reasons import reason
from kpi.present.sparks import sparkline
from kpi.present.wording import basis, figure, goal, goal_value, status_word, target_of

PUBLISHED_WORDS = {"persons_in_match_group_3": "Persons in match group 3"}
_QUARTERS_SHOWN = 4


@dataclass(frozen=True)
class TargetRow:
    """A target as the table shows it."""

    metric: str
    goal: str
    goal_value: str
    figure: str
    basis: str
    reason: str
    from_previous: Change
    from_year_ago: Change
    spark: Markup
    status: str
    status_word: str
    earlier: list[tuple[str, int, str, str]]


def target_row(facts: Facts, metric: str) -> TargetRow:
    """Describe a metric's figure of the quarter, its target, changes and statuses."""
    row = facts.row(metric)
    return TargetRow(
        metric=metric,
        goal=goal(facts, metric),
        goal_value=goal_value(facts, metric, row),
        figure=figure(facts, row),
        basis=basis(facts, row),
        reason=reason(facts, metric),
        from_previous=change(facts, metric, facts.quarter.previous),
        from_year_ago=change(facts, metric, facts.quarter.year_ago),
        spark=sparkline(facts, metric),
        status=str(row["status"]),
        status_word=status_word(facts.labels, str(row["status"])),
        earlier=_earlier(facts, metric),
    )


def _earlier(facts: Facts, metric: str) -> list[tuple[str, int, str, str]]:
    """Return quarter, its number, status and word of those before, where one was judged."""
    before = [(q, row) for q, row in facts.history(metric) if q < facts.quarter]
    introduced = facts.metrics[metric]["introduced"]
    known = [
        (facts.labels.quarter(q), q.number, status, status_word(facts.labels, status))
        for q, row in before[-_QUARTERS_SHOWN:]
        for status in (str(row["status"]),)
        if not introduced or introduced <= q.last_day.isoformat()
    ]
    return known if any(status in _JUDGED for *_, status, _ in known) else []


_JUDGED = {"met", "not_met", "not_documented", "accepted_deviation", "hidden"}


@dataclass(frozen=True)
class ResultRow:
    """A result beside what was published: this quarter and the one before."""

    metric: str
    title: str
    now: str
    now_basis: str
    before: str
    published_now: str
    published_before: str


def result_rows(facts: Facts) -> list[ResultRow]:
    """Return the result rows, then the other figures that were published before."""
    quarters = {str(facts.quarter), str(facts.quarter.previous)}
    published = facts.published[facts.published["period"].isin(quarters)]["metric"]
    names = dict.fromkeys([*facts.result_rows, *published])
    return [_result_row(facts, name) for name in names]


def _result_row(facts: Facts, name: str) -> ResultRow:
    known = name in facts.metrics
    now: Row = facts.row(name) if known else {}
    before: Row = facts.row(name, facts.quarter.previous) if known else {}
    plain = PUBLISHED_WORDS.get(name, name.replace("_", " ").capitalize())
    title = facts.title(name) if known else facts.labels(plain)
    return ResultRow(
        metric=name if known else "",
        title=title,
        now=figure(facts, now),
        now_basis=basis(facts, now),
        before=figure(facts, before),
        published_now=_published(facts, name, facts.quarter),
        published_before=_published(facts, name, facts.quarter.previous),
    )


def _published(facts: Facts, name: str, quarter: Quarter) -> str:
    rows = facts.published
    found = rows[(rows["metric"] == name) & (rows["period"] == str(quarter))]
    return str(found["text"].iloc[0]) if len(found) else ""


def published_sources(facts: Facts) -> list[str]:
    """Name where the published figures beside the results were published, with their notes."""
    quarters = {str(facts.quarter), str(facts.quarter.previous)}
    rows = facts.published[facts.published["period"].isin(quarters)]
    named = (
        joined((facts.labels.quarter(Quarter.parse(row["period"])), facts.own(row["source"])), ": ")
        for row in records(rows)
    )
    return list(dict.fromkeys(named))


@dataclass(frozen=True)
class GroupRow:
    """One value of a breakdown."""

    name: str
    figure: str
    basis: str
    before: str


def group_rows(facts: Facts, metric: str) -> list[GroupRow]:
    """Return a metric's breakdown in the quarter, beside the quarter before."""
    earlier = {row["group"]: row for row in records(facts.groups(metric, facts.quarter.previous))}
    return [
        GroupRow(
            name=row["group"].partition("=")[2],
            figure=figure(facts, row),
            basis=basis(facts, row),
            before=figure(facts, earlier.get(row["group"], {})),
        )
        for row in records(facts.groups(metric))
    ]


def number_rows(facts: Facts, metric: str) -> list[tuple[str, str, str]]:
    """Return month, figure and basis of a metric: the numbers behind its chart."""
    return [
        (facts.labels.month(row["period"]), figure(facts, row), basis(facts, row))
        for row in records(facts.series(metric, "month"))
    ]


def quarterly(facts: Facts, metric: str) -> list[tuple[str, str, str]]:
    """Return figure, status and word of a metric for each quarter of its history."""
    return [
        (figure(facts, row), str(row["status"]), status_word(facts.labels, str(row["status"])))
        for _, row in facts.history(metric)
    ]


@dataclass(frozen=True)
class QuarterRow:
    """A quarter of a metric: the numbers behind its small trend line."""

    quarter: str
    figure: str
    basis: str
    target: str
    status: str
    status_word: str


def quarter_rows(facts: Facts, metric: str) -> list[QuarterRow]:
    """Return a metric's quarters, the latest first, each with the target it was judged by."""
    labels = facts.labels
    return [
        QuarterRow(
            quarter=labels.quarter(quarter),
            figure=figure(facts, row),
            basis=basis(facts, row),
            target=target_of(labels, row),
            status=str(row["status"]),
            status_word=status_word(labels, str(row["status"])),
        )
        for quarter, row in reversed(facts.history(metric))
    ]
