"""What changed in how we count: what, from when, why, and who decided."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kpi.present.facts import Facts, Row
from kpi.present.fragment import Fragment, render
from kpi.present.wording import NO_FIGURE, short_amount

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
    """What changed within the year up to the quarter's end (kpi.evaluate.changes)."""
    return render("changes", facts, found=[_revision(facts, one) for one in facts.run["changes"]])


def _revision(facts: Facts, change: Row) -> Revision:
    values = {when: _value(facts, change, change[when]) for when in ("old", "new")}
    is_target = change["kind"] == "target"
    word = CHANGE_WORDS[change["kind"]]
    says_what = change["kind"] == "counting" and not change["reason"]
    return Revision(
        metric=change["metric"],
        what=facts.labels(word, **values) if is_target else facts.labels(word),
        day=facts.labels.date(dt.date.fromisoformat(change["valid_from"])),
        reason=change["what"] if says_what else change["reason"],
        decided_by=change["decided_by"],
        source=change["source"],
        replaced_by=str((change["new"] or {}).get("metric", "")),
    )


def _value(facts: Facts, change: Row, target: Row | None) -> str:
    if not target or target.get("value") is None:
        return NO_FIGURE
    return short_amount(facts.labels, facts.metrics[change["metric"]]["unit"], target["value"])
