"""The committee's targets: which need attention, all in one table, and one by one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from kpi.definitions.kinds import is_rate
from kpi.definitions.statuses import HIDDEN, NOT_ASSESSABLE, STATUSES
from kpi.figures.results import Goal
from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.charts.control import SMALL, control_chart
from kpi.page.charts.sparklines import sparkline
from kpi.page.comparison import Change, change, distance, since_when
from kpi.page.doubt import Effect, effect_on
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, render
from kpi.page.methods import Definition, broken, definition
from kpi.page.reasons import (
    Comment,
    beside_the_counts,
    comment,
    open_at_end,
    parts_in_words,
    reason,
)
from kpi.page.sentences import chart_in_words
from kpi.page.trends import Monthly, hidden_months, in_short, monthly, reading
from kpi.page.wording import (
    NO_FIGURE,
    basis,
    figure,
    goal,
    goal_value,
    has_figure,
    inside,
    status_word,
    target_of,
)
from kpi.page.year_to_date import in_words
from kpi.periods import Period

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
    earlier: list[tuple[str, str, str, str]]
    to_date: str = ""


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
        to_date=in_words(facts, metric),
    )


def _earlier(facts: Facts, metric: str) -> list[tuple[str, str, str, str]]:
    """Return quarter, its number, status and word of those before, where one was judged."""
    before = [(q, row) for q, row in facts.history(metric) if q < facts.quarter]
    introduced = facts.metrics[metric].introduced
    known = [
        (facts.labels.quarter(q), q.short, status, status_word(facts.labels, status))
        for q, row in before[-_QUARTERS_SHOWN:]
        for status in (str(row["status"]),)
        if not introduced or introduced <= q.last_day
    ]
    judged = (STATUSES[status].is_judged or status == HIDDEN.id for *_, status, _ in known)
    return known if any(judged) else []


@dataclass(frozen=True)
class ResultRow:
    """A result beside what was published: this quarter and the one before."""

    metric: str
    title: str
    now: str
    now_basis: str
    before: str
    published_now: str
    note_now: str
    published_before: str
    note_before: str


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
    title = facts.title(name) if known else facts.published_title(name)
    return ResultRow(
        metric=name if known else "",
        title=title,
        now=figure(facts, now),
        now_basis=joined(
            (
                "" if name in facts.targets else basis(facts, now),  # a target's stands above
                parts_in_words(facts, name) if known else "",
            )
        ),
        before=figure(facts, before),
        **_published(facts, name, facts.quarter, "now"),
        **_published(facts, name, facts.quarter.previous, "before"),
    )


def _published(facts: Facts, name: str, quarter: Period, when: str) -> dict[str, str]:
    """Return the text of a published figure, and what its note says that not all notes say."""
    rows = facts.published
    found = rows[(rows["metric"] == name) & (rows["period"] == str(quarter))]
    if found.empty:
        return {f"published_{when}": "", f"note_{when}": ""}
    note = [one for one in _notes(found["note"].iloc[0]) if one not in said_of_all(facts)]
    written = "; ".join(note)
    return {
        f"published_{when}": str(found["text"].iloc[0]),
        f"note_{when}": facts.own(written) if written else "",
    }


def _notes(note: str) -> list[str]:
    return [one.strip() for one in str(note).split(";") if one.strip()]


def _published_beside(facts: Facts) -> pd.DataFrame:
    quarters = {str(facts.quarter), str(facts.quarter.previous)}
    return facts.published[facts.published["period"].isin(quarters)]


def said_of_all(facts: Facts) -> list[str]:
    """Return the notes that all published figures beside the results have."""
    notes = [_notes(note) for note in _published_beside(facts)["note"]]
    return [one for one in notes[0] if all(one in others for others in notes)] if notes else []


def published_sources(facts: Facts) -> list[str]:
    """Name where the published figures beside the results were published."""
    rows = _published_beside(facts)
    named = (
        joined(
            (
                facts.labels.quarter(facts.quarter.cycle.parse(row["period"])),
                facts.own(row["source"]),
            ),
            ": ",
        )
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
    is_hidden: bool
    target: str = ""
    status: str = ""
    status_word: str = ""


def group_rows(facts: Facts, metric: str, group: str) -> list[GroupRow]:
    """Return a metric's breakdown by a group in the quarter, beside the quarter before.

    Where groups have targets of their own, each stands beside the one that it was judged by.
    """
    target = facts.metrics[metric].target_on(facts.quarter.last_day)
    judged = bool(target and target.groups)
    earlier = {row["group"]: row for row in records(facts.groups(metric, facts.quarter.previous))}
    return [
        GroupRow(
            name=facts.value(metric, group, row["group"].partition("=")[2]),
            figure=figure(facts, row),
            basis=basis(facts, row),
            before=figure(facts, earlier.get(row["group"], {})),
            is_hidden=row["status"] == HIDDEN.id,
            target=target_of(facts, row) if judged else "",
            status=str(row["status"]) if judged else "",
            status_word=status_word(facts.labels, str(row["status"])) if judged else "",
        )
        for row in records(facts.groups(metric))
        if row["group"].startswith(f"{group}=")
    ]


def number_rows(facts: Facts, metric: str, *, quarters: bool) -> list[tuple[str, str, str]]:
    """Return month (or quarter), figure and basis of a metric: the numbers behind its chart."""

    def name(month: str) -> str:
        if quarters:
            return facts.labels.quarter(facts.quarter.cycle.holding(month))
        return facts.labels.month(month)

    rows = facts.over_time(metric)
    return [(name(row["period"]), figure(facts, row), basis(facts, row)) for row in rows]


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
            target=target_of(facts, row),
            status=str(row["status"]),
            status_word=status_word(labels, str(row["status"])),
        )
        for quarter, row in reversed(facts.history(metric))
    ]


@dataclass(frozen=True)
class Chart:
    """A chart with what reads it and the numbers behind it; drawn when it is shown."""

    labels: Labels
    found: Monthly
    title: str
    description: str
    reading: str
    in_short: str
    numbers: list[tuple[str, str, str]]

    @property
    def metric(self) -> str:
        """The metric whose months it shows."""
        return self.found.metric

    @property
    def pace(self) -> str:
        """What its figures are of: month by month."""
        return self.labels(PACE_WORDS[self.found.counts_quarters])

    @property
    def period(self) -> str:
        """What one of its figures is of: month."""
        return self.labels(PERIOD_WORDS[self.found.counts_quarters])

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
    read, short = reading(labels, found), in_short(labels, found)
    numbers = number_rows(facts, metric, quarters=found.counts_quarters)
    return Chart(labels, found, title, in_words, read, short, numbers)


PACE_WORDS = {False: "month by month", True: "quarter by quarter"}
PERIOD_WORDS = {False: "Month", True: "Quarter"}


@dataclass(frozen=True)
class Card:
    """Everything the page says about one target that needs attention."""

    row: TargetRow
    before: str
    since: str
    open_at_end: str
    comment: Comment
    chart: Chart | None
    hidden_months: str
    findings: str
    effect: Effect | None


def card(facts: Facts, metric: str) -> Card:
    """Gather what the page says about a target that needs attention."""
    drawn = chart(facts, metric)
    return Card(
        row=target_row(facts, metric),
        before=figure(facts, facts.row(metric, facts.quarter.previous)),
        since=since_when(facts, metric),
        open_at_end=open_at_end(facts, metric),
        comment=comment(facts, metric),
        chart=drawn,
        hidden_months="" if drawn else _hidden_months(facts, metric),
        findings=findings_in_words(facts, metric),
        effect=effect_on(facts, metric),
    )


def _hidden_months(facts: Facts, metric: str) -> str:
    """Say why there is no chart where many months are hidden."""
    hidden, n = hidden_months(facts, metric)
    if not hidden:
        return ""
    if hidden == n:
        return facts.labels(
            "All {n} months are hidden because they rest on very few; no chart is shown.",
            n=facts.labels.count(n),
        )
    return facts.labels(
        "{hidden} of {n} months are hidden because they rest on very few; no chart is shown.",
        hidden=facts.labels.count(hidden),
        n=facts.labels.count(n),
    )


def findings_in_words(facts: Facts, metric: str) -> str:
    """Say how many rules are broken in the extracts that a metric reads; empty where none is."""
    tables = facts.metrics[metric].tables
    found = {one.table: broken(one) for one in facts.checked_tables if one.table in tables}
    count = sum(len(findings) for findings in found.values())
    if not count:
        return ""
    labels = facts.labels
    names = [inside(facts.table_title(table)) for table, findings in found.items() if findings]
    return labels.plural(
        "{n} rule is broken in the extracts behind the figure: {extracts}.",
        "{n} rules are broken in the extracts behind the figure: {extracts}.",
        count,
        extracts=labels.and_list(names),
    )


@dataclass(frozen=True)
class Attention:
    """A target that is missed or cannot be documented: since when, and what is being done.

    `to_know` is what the figure with its counts does not say: what would close a range.
    """

    row: TargetRow
    to_know: str
    since: str
    comment: Comment


def attention(facts: Facts) -> list[str]:
    """Return the targets that are missed or cannot be documented.

    In the order of need, or the committee's own where the parameters say so (`attention_order`).
    """
    found = [m for m in facts.targets if STATUSES[facts.row(m)["status"]].needs_attention]
    if facts.parameters.attention_order == "committee":
        return found
    return sorted(found, key=lambda metric: need(facts, metric))


NEWLY_MISSED = 3


def need(facts: Facts, metric: str) -> tuple[int, float]:
    """Return what orders targets by need, the most first: missed ones before undecided ones.

    Then by the cases that are lacking to reach the target: far from it and many persons weigh
    alike. Where it was reached in the quarter before they count NEWLY_MISSED times.
    """
    row = facts.row(metric)
    rank = 0 if STATUSES[row["status"]].verdict == "missed" else 1
    if not has_figure(row) or pd.isna(row["target"]):
        return rank, 0.0
    goal = Goal.of_row(row, strictly=False)
    bounds = {"at_least": ("lower",), "at_most": ("upper",)}.get(
        row["direction"], ("lower", "upper")
    )
    size = row["denominator"] if is_rate(row["unit"]) or row["unit"] == "share" else None
    if size is None or pd.isna(size):
        size = row["n"] / row["target"] if row["target"] else row["n"]
    lacking = max(goal.lacking(row[bound]) for bound in bounds) * float(size)
    before = facts.row(metric, facts.quarter.previous)
    is_new = bool(before) and STATUSES[before["status"]].verdict == "reached"
    return rank, -lacking * (NEWLY_MISSED if is_new else 1)


def attention_rows(facts: Facts) -> list[Attention]:
    """Gather what the page says first about each target that needs attention."""
    return [
        Attention(
            target_row(facts, metric),
            beside_the_counts(facts, metric),
            since_when(facts, metric),
            comment(facts, metric),
        )
        for metric in attention(facts)
    ]


def featured(facts: Facts) -> Chart | None:
    """Return the one chart that stands beside the answer; the others are folded up further down.

    Of the targets that need attention it is the one that changed most since the quarter before; if
    none does, the first metric that has a chart.
    """
    ranked = sorted(attention(facts), key=lambda metric: -distance(facts, metric))
    charts = (chart(facts, metric) for metric in ranked or [*facts.targets, *facts.result_rows])
    return next((one for one in charts if one), None)


@dataclass(frozen=True)
class Behind:
    """What lies behind one metric's figure; nothing but its definition where it was dropped.

    Quarters only where one of them has a figure, or was attested.
    """

    metric: str
    definition: Definition
    card: Card | None
    quarters: list[QuarterRow]


GROUP_WORDS = ("Service targets", "Results", "Dropped")


def one_by_one(facts: Facts) -> Fragment:
    """Every metric with its chart, comment, definition, data quality and numbers."""
    shown_above = featured(facts)
    groups = zip(GROUP_WORDS, (facts.targets, facts.result_rows, facts.retired), strict=True)
    found = {words: [_behind(facts, m) for m in metrics] for words, metrics in groups}
    return render(
        "one_by_one",
        facts,
        groups={words: metrics for words, metrics in found.items() if metrics},
        shown_above=shown_above.metric if shown_above else "",
    )


def _behind(facts: Facts, metric: str) -> Behind:
    if facts.is_retired(metric) or not facts.row(metric):
        return Behind(metric, definition(facts, metric), None, [])
    quarters = quarter_rows(facts, metric)
    has_any = any(row.figure != NO_FIGURE or row.status != NOT_ASSESSABLE.id for row in quarters)
    return Behind(
        metric, definition(facts, metric), card(facts, metric), quarters if has_any else []
    )
