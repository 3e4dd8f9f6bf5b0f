"""What is not as it was: both ways of counting, what changed in how we count, figures restated.

A change is told with its day, its reason and who decided; a restated figure with the old value, the
new one and the cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, render
from kpi.page.wording import NO_FIGURE, figure, short_amount, unit_of_figure
from kpi.record import Change, Figure, Restated


class Twice(NamedTuple):
    """A quarter counted in both ways, as the page writes it."""

    quarter: str
    old: str
    new: str
    difference: str


def both_series(facts: Facts) -> Fragment:
    """Each metric that changed how it counts, in both ways over the same quarters."""
    found = [
        (str(metric), [_twice(facts, pair) for _, pair in rows.groupby("period", sort=False)])
        for metric, rows in facts.overlap.groupby("metric", sort=False)
    ]
    return render("both_series", facts, found=found)


def _twice(facts: Facts, pair: pd.DataFrame) -> Twice:
    """Write the first and the last of the versions that count a quarter."""
    rows = records(pair)
    return Twice(
        quarter=facts.labels.quarter(facts.quarter.cycle.parse(rows[0]["period"])),
        old=figure(facts, rows[0]),
        new=figure(facts, rows[-1]),
        difference=_difference(facts, rows[-1]),
    )


def _difference(facts: Facts, row: Row) -> str:
    if pd.isna(row["difference"]):
        return NO_FIGURE
    scale = 100 if row["unit"] == "share" else 1
    return facts.labels.signed(row["difference"] * scale)


CHANGE_WORDS = {
    "retired": "Dropped",
    "introduced": "Introduced",
    "target": "New target: {new} (before: {old})",
    "counting": "Counted anew",
}


@dataclass(frozen=True)
class Revision:
    """A change in what is aimed at or how it is counted, as the page writes it."""

    metric: str
    what: str
    day: str
    reason: str
    decided_by: str
    source: str
    replaced_by: str


def changes(facts: Facts) -> Fragment:
    """What changed within the year up to the quarter's end (kpi.figures.counting_changes)."""
    found = [_revision(facts, one) for one in facts.run.changes]
    said = {(one.decided_by, one.source) for one in found}
    return render(
        "changes", facts, found=found, of_all=found[0] if len(found) > len(said) == 1 else None
    )


def _revision(facts: Facts, change: Change) -> Revision:
    values = {
        "old": _value(facts, change.metric, change.old),
        "new": _value(facts, change.metric, change.new),
    }
    word = CHANGE_WORDS[change.kind]
    says_what = change.kind == "counting" and not change.reason
    return Revision(
        metric=change.metric,
        what=facts.labels(word, **values) if change.kind == "target" else facts.labels(word),
        day=facts.labels.date(change.valid_from),
        reason=change.what if says_what else change.reason,
        decided_by=change.decided_by,
        source=change.source,
        replaced_by=str((change.new or {}).get("metric", "")) if change.kind == "retired" else "",
    )


def _value(facts: Facts, metric: str, target: Row | None) -> str:
    if not target or target.get("value") is None:
        return NO_FIGURE
    return short_amount(facts.labels, unit_of_figure(facts, metric), target["value"])


CAUSE_WORDS = {
    "late_data": "Late data: the extracts were drawn on a later day.",
    "correction": "Correction of the data, the parameters or the calculation.",
    "definition": "Counted anew: the definition has changed.",
}


@dataclass(frozen=True)
class Restatement:
    """One figure as it was published and as it is now, as the page writes them."""

    metric: str
    quarter: str
    published_in: str
    old: str
    new: str
    cause: str
    reason: str


def restatements(facts: Facts) -> Fragment:
    """The figures of earlier reports that are others now, each with its cause; else nothing."""
    found = [_restated(facts, one) for one in facts.run.restatements]
    return render("restatements", facts, found=found)


def _restated(facts: Facts, one: Restated) -> Restatement:
    labels, cycle = facts.labels, facts.quarter.cycle
    return Restatement(
        metric=one.metric,
        quarter=labels.quarter(cycle.parse(one.period)),
        published_in=labels.quarter(cycle.parse(one.published_in)),
        old=_with_basis(facts, one.old),
        new=_with_basis(facts, one.new),
        cause=labels(CAUSE_WORDS[one.cause]),
        reason=one.reason,
    )


def _with_basis(facts: Facts, then: Figure) -> str:
    written = figure(facts, dict(then))
    if then.unit != "share" or then.n is None:
        return written
    return facts.labels("{figure} of {n}", figure=written, n=facts.labels.count(then.n))
