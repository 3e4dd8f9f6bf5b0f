"""What got slower: the share late that each stage is responsible for, beside the quarter before.

The share of late cases is the sum of the shares of its stages, so the change from one quarter to
the next is the sum of their changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.page.lateness import inside_sentence, made_late
from kpi.page.stages import stage_days_of_all
from kpi.periods import Period

LEAST = 0.005  # shares that change by less are not told


@dataclass(frozen=True)
class Change:
    """By how much the share late rose (or fell, below zero) through a stage.

    `p90` and `p90_before` are the days that nine in ten cases took there at most, in this quarter
    and in the one before; null where hidden. `least` is what is not told: rounding may give it.
    """

    stage: str
    rise: float
    p90: float
    p90_before: float
    least: float
    is_rounded: bool


def changes(facts: Facts, metric: str) -> list[Change]:
    """Return the changes that may be told since the quarter before, the largest first."""
    quarters = (facts.quarter, facts.quarter.previous)
    shares: list[dict[str, float]] = []
    for quarter in quarters:
        counted = facts.row(metric, quarter).get("n")
        if counted is None or pd.isna(counted) or not counted:
            return []
        late = [made for made in made_late(facts, metric, quarter) if made.is_stage]
        shares.append({made.stage: made.late / float(counted) for made in late})
    now, before = shares
    days, days_before = (stage_days_of_all(facts, metric, quarter) for quarter in quarters)
    multiple = facts.parameters.disclosure.hide_persons_below
    fewest = min(float(facts.row(metric, quarter)["n"]) for quarter in quarters)
    least = max(LEAST, multiple / fewest if multiple > 1 else 0.0)
    known = [stage for stage in now if pd.notna(now[stage] - before.get(stage, float("nan")))]
    found = [
        Change(
            stage,
            now[stage] - before[stage],
            days.get(stage, float("nan")),
            days_before.get(stage, float("nan")),
            least,
            multiple > 1,
        )
        for stage in known
    ]
    return sorted(found, key=lambda change: -abs(change.rise))


def slower_in_words(facts: Facts, metric: str) -> str:
    """Say by how much more, or fewer, cases were late than in the quarter before, and where."""
    labels, before = facts.labels, facts.quarter.previous
    if not made_late(facts, metric):
        return ""
    late = [_share_late(facts, metric, quarter) for quarter in (facts.quarter, before)]
    rise = late[0] - late[1]
    if pd.isna(rise) or abs(rise) < LEAST:
        return ""
    alike = [
        change
        for change in changes(facts, metric)
        if change.rise * rise > 0 and abs(change.rise) >= change.least
    ]
    if not alike:
        return ""
    return labels(
        CHANGE_WORDS[rise > 0],
        quarter=labels.quarter(before),
        points=labels.number(100 * abs(rise), 1),
        parts=labels.and_list([_part(facts, metric, change) for change in alike]),
    )


def _share_late(facts: Facts, metric: str, quarter: Period) -> float:
    row = facts.row(metric, quarter)
    if not row or pd.isna(row["n"]) or not row["n"] or pd.isna(row["missed"]):
        return float("nan")
    return float(row["missed"]) / float(row["n"])


def _part(facts: Facts, metric: str, change: Change) -> str:
    labels = facts.labels
    values = {
        "points": labels.number(100 * abs(change.rise), 0 if change.is_rounded else 1),
        "stage": inside_sentence(facts, metric, change.stage),
    }
    if pd.isna(change.p90) or pd.isna(change.p90_before):
        return labels(PART, **values)
    return labels(
        PART_WITH_DAYS,
        days=_in_days(labels, change.p90),
        before=_days(labels, change.p90_before),
        **values,
    )


def _days(labels: Labels, days: float) -> str:
    return labels.number(days, 0 if float(days).is_integer() else 1)


def _in_days(labels: Labels, days: float) -> str:
    if float(days).is_integer():
        return labels.plural("{n} day", "{n} days", int(days))
    return labels("{number} days", number=_days(labels, days))


CHANGE_WORDS = {
    True: "Since {quarter} the share that was late has risen by {points} percentage points. By the "
    "stage that made cases late: {parts}.",
    False: "Since {quarter} the share that was late has fallen by {points} percentage points. By "
    "the stage that made cases late: {parts}.",
}
PART = "{points} {stage}"
PART_WITH_DAYS = "{points} {stage} (nine in ten took at most {days} there, before it was {before})"
