"""What the administration says about a figure, and which missed targets nobody has explained."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from kpi.present.facts import Facts, Row

MUST_BE_EXPLAINED = ("not_met",)


@dataclass(frozen=True)
class Comment:
    """Cause, action, who and by when; and what the committee has accepted, until when.

    `is_missing` where a target is missed and nothing is said.
    """

    said: Row
    due: str
    accepted: Row
    until: str
    is_missing: bool


def comment(facts: Facts, metric: str) -> Comment:
    """Return what the quarter's parameters say about a metric's figure."""
    said = facts.about("comments", metric)
    accepted = facts.about("accepted_deviations", metric)
    return Comment(
        said=said,
        due=_day(facts, said.get("due")),
        accepted=accepted,
        until=_day(facts, accepted.get("until")),
        is_missing=metric in without_comment(facts.run),
    )


def without_comment(run: dict[str, Any]) -> list[str]:
    """Return the missed targets whose cause nobody has said; they stand in the way of approval.

    A target that cannot be documented, and a deviation that the committee has accepted, may do
    without.
    """
    comments = run["parameters"]["comments"]
    targets = {metric["id"] for metric in run["metrics"] if metric["is_target"]}
    return [
        metric
        for metric, status in run["verdicts"].items()
        if metric in targets
        and status in MUST_BE_EXPLAINED
        and not str((comments.get(metric) or {}).get("cause", "")).strip()
    ]


def _day(facts: Facts, iso: str | None) -> str:
    return facts.labels.date(dt.date.fromisoformat(iso)) if iso else ""
