"""Which stage made cases late: how many each is responsible for, and the days they lost there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from kpi.labels import Labels
from kpi.labels.words import joined
from kpi.periods import Quarter
from kpi.present.facts import Facts, Row, records
from kpi.present.stages import stage_name
from kpi.present.wording import inside

NO_STAGE_WORDS = {
    "received_too_late": "No stage took longer than its norm: handed in too late",
    "unknown": "Not known: a date is missing",
}


@dataclass(frozen=True)
class Made:
    """A stage and what it did to the late cases of a quarter.

    `late` are those it is responsible for (it took longest beyond its norm), `days` the days late
    that fall to it; both null where they are hidden. `total_late` and `total_days` are of all.
    """

    stage: str
    late: float
    days: float
    total_late: float
    total_days: float
    unit: str

    @property
    def is_stage(self) -> bool:
        """Tell a stage from the lines for cases that no stage made late."""
        return self.stage not in NO_STAGE_WORDS


def made_late(facts: Facts, metric: str, quarter: Quarter | None = None) -> list[Made]:
    """Return the stages and what they did to a quarter's late cases, in their order."""
    rows = facts.frame("lateness")
    chosen = (rows["metric"] == metric) & (rows["period"] == str(quarter or facts.quarter))
    return [_made(row) for row in records(rows[chosen])]


def _made(row: Row) -> Made:
    figures = {name: _number(row[name]) for name in ("late", "total_late", "total_days")}
    return Made(row["stage"], days=_number(row["shared_days"]), unit=row["unit"], **figures)


def _number(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]


def worst(made: list[Made]) -> Made | None:
    """Return the stage that is responsible for most late cases, if one may be named."""
    known = [one for one in made if one.is_stage and one.late > 0]
    ranked = sorted(known, key=lambda one: (-one.late, -one.days))
    if len(ranked) > 1 and all(
        (a.late, a.days) == (b.late, b.days) for a, b in pairwise(ranked[:2])
    ):
        return None
    return ranked[0] if ranked else None


def made_late_in_short(facts: Facts, metric: str) -> str:
    """Name the stage that made most cases late; empty where none may be named."""
    found = worst(made_late(facts, metric))
    if found is None:
        return ""
    return facts.labels(SHORT, stage=inside_sentence(facts.labels, found.stage))


def made_late_in_words(facts: Facts, metric: str) -> str:
    """Say which stage made the quarter's cases late, and which one in the quarter before."""
    labels, made = facts.labels, made_late(facts, metric)
    if not made:
        return ""
    if made[0].total_late == 0:
        return labels("None was late.")
    found = worst(made)
    if found is None:
        return labels("No stage stands out, or too few were late to name one.")
    now = labels(NOW, **_values(labels, found))
    before = worst(made_late(facts, metric, facts.quarter.previous))
    if before is None or before.stage == found.stage:
        return now
    quarter = labels.quarter(facts.quarter.previous)
    return joined((now, labels(BEFORE, quarter=quarter, **_values(labels, before))))


def _values(labels: Labels, made: Made) -> dict[str, str]:
    return {
        "late": labels.count(made.late),
        "of_late": labels.count(made.total_late),
        "stage": inside_sentence(labels, made.stage),
        "days": labels.count(round(made.days)),
        "of_days": labels.count(made.total_days),
    }


def inside_sentence(labels: Labels, stage: str) -> str:
    """Write a stage as it stands inside a sentence: from approved to sent to the ledger."""
    return inside(stage_name(labels, stage))


def line_name(labels: Labels, made: Made) -> str:
    """Write what stands at the head of a line: a stage, or why no stage is responsible."""
    return stage_name(labels, made.stage) if made.is_stage else labels(NO_STAGE_WORDS[made.stage])


SHORT = "Most of those that were late got stuck {stage}."
NOW = (
    "Of {of_late} that were late, {late} lost most time {stage}; {days} of the {of_days} days "
    "by which all were late fall to that stage."
)
BEFORE = "In {quarter} it was {stage}: {late} of {of_late}."
