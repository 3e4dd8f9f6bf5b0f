"""Figures that were published and are others now: old figure, new figure, cause."""

from __future__ import annotations

from dataclasses import dataclass

from kpi.periods import Quarter
from kpi.present.facts import Facts, Row
from kpi.present.fragment import Fragment, render
from kpi.present.wording import figure

CAUSE_WORDS = {
    "late_data": "Late data: the extracts were drawn on a later day.",
    "correction": "Correction of the data, the parameters or the calculation.",
    "definition": "Counted anew: the definition has changed.",
}


@dataclass(frozen=True)
class Restated:
    """One figure as it was published and as it is now, as the page writes them."""

    metric: str
    quarter: str
    published_in: str
    old: str
    new: str
    cause: str
    reason: str


def restatements(facts: Facts) -> Fragment:
    """The figures of earlier reports that are others now (kpi.review.restate); else nothing."""
    found = [_restated(facts, one) for one in facts.run.get("restatements", [])]
    return render("restatements", facts, found=found)


def _restated(facts: Facts, one: Row) -> Restated:
    labels = facts.labels
    return Restated(
        metric=one["metric"],
        quarter=labels.quarter(Quarter.parse(one["period"])),
        published_in=labels.quarter(Quarter.parse(one["published_in"])),
        old=_with_basis(facts, one["old"]),
        new=_with_basis(facts, one["new"]),
        cause=labels(CAUSE_WORDS[one["cause"]]),
        reason=one["reason"],
    )


def _with_basis(facts: Facts, row: Row) -> str:
    written = figure(facts, row)
    if row["unit"] != "share" or row["n"] is None:
        return written
    return facts.labels("{figure} of {n}", figure=written, n=facts.labels.count(row["n"]))
