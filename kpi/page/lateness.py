"""Which stage made late cases late, in words, and the days of delay that fall to each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.facts import Facts, Row
from kpi.page.stages import stage_name
from kpi.page.wording import capital, inside, roughly, rounded
from kpi.periods import Period

CAME_TOO_LATE, UNKNOWN = "received_too_late", "unknown"


@dataclass(frozen=True)
class Made:
    """A stage and what it did to the late cases of a quarter.

    `late` are those it is responsible for (it took longest beyond its norm), `days` the days late
    that fall to it; both null where they are hidden. `total_late` and `total_days` are of all.
    Cases are multiples of `rounded_to`, days are rounded as well.
    """

    stage: str
    late: float
    days: float
    total_late: float
    total_days: float
    unit: str
    rounded_to: float = 1

    @property
    def is_stage(self) -> bool:
        """Tell a stage from the lines for cases that no stage made late."""
        return self.stage not in (CAME_TOO_LATE, UNKNOWN)


def made_late(facts: Facts, metric: str, quarter: Period | None = None) -> list[Made]:
    """Return the stages and what they did to a quarter's late cases, in their order."""
    period = str(quarter or facts.quarter)
    return [_made(row) for row in facts.rows_of("lateness", metric) if row["period"] == period]


def _made(row: Row) -> Made:
    figures = {name: _number(row[name]) for name in ("late", "total_late", "total_days")}
    days, rounded_to = _number(row["shared_days"]), _number(row["rounded_to"])
    return Made(row["stage"], days=days, unit=row["unit"], rounded_to=rounded_to, **figures)


def _number(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]


def worst(made: list[Made]) -> Made | None:
    """Return the stage that is responsible for most late cases, if one may be named."""
    leading = _leading(made, 1)
    return leading[0] if leading else None


def _leading(made: list[Made], n: int) -> list[Made]:
    """Return the `n` stages with most late cases.

    None where the next one is as large, or where one that is hidden may be.
    """
    known = [one for one in made if one.is_stage and one.late > 0]
    ranked = sorted(known, key=_size, reverse=True)
    if len(ranked) < n or (len(ranked) > n and _size(ranked[n - 1]) == _size(ranked[n])):
        return []
    hidden = made[0].total_late - sum(one.late for one in made if not math.isnan(one.late))
    is_sure = not any(math.isnan(one.late) for one in made) or hidden < ranked[n - 1].late
    return ranked[:n] if is_sure else []


def _size(one: Made) -> tuple[float, float]:
    return one.late, 0.0 if math.isnan(one.days) else one.days


def made_late_in_short(facts: Facts, metric: str) -> str:
    """Name the stage that made most cases late, or the two that lead; empty where none may be."""
    labels, made = facts.labels, made_late(facts, metric)
    first, two = worst(made), _leading(made, 2)
    is_most = first is not None and first.late > first.total_late / 2
    if two and not is_most:
        return labels(
            SHORT_WORDS["two"],
            next_late=roughly(labels, two[1].late, two[1].rounded_to),
            next_stage=inside_sentence(facts, metric, two[1].stage),
            **_values(facts, metric, two[0], made),
        )
    if first is None:
        return ""
    return labels(SHORT_WORDS["most" if is_most else "some"], **_values(facts, metric, first, made))


def made_late_in_words(facts: Facts, metric: str) -> str:
    """Say which stage made the quarter's cases late.

    Where cases pass a gate, such as approval, it is said first how many were late although they
    passed it in time; the stage is then one of those after it.
    """
    labels, made = facts.labels, made_late(facts, metric)
    if not made:
        return ""
    if _number(facts.row(metric)["missed"]) == 0:
        return labels("None was late.")
    split = _at_the_gate(facts, metric)
    found = _worst_of(facts, metric, made, after_gate=bool(split))
    if found is None:
        return split or labels("No stage stands out, or too few were late to name one.")
    values = _values(facts, metric, found, made)
    if split:
        gate = facts.step(metric, facts.subject(metric).gate)
        return joined((split, facts.said(metric, "after_gate", gate=gate, **values)))
    return labels(NOW, **values)


def days_lost_in_words(facts: Facts, metric: str) -> str:
    """Say how much of the delay fell to the stage that leads, and which one led the quarter before.

    Empty where no stage may be named; the quarter before only where another one led it.
    """
    labels, made = facts.labels, made_late(facts, metric)
    gated = bool(_at_the_gate(facts, metric)) if made else False
    found = _worst_of(facts, metric, made, after_gate=gated) if made else None
    if found is None:
        return ""
    values = _values(facts, metric, found, made)
    now = capital(labels(DAYS_LOST, **values)) if "days" in values else ""
    earlier = made_late(facts, metric, facts.quarter.previous)
    before = _worst_of(facts, metric, earlier, after_gate=gated)
    if before is None or before.stage == found.stage:
        return now
    values = _values(facts, metric, before, earlier, facts.quarter.previous)
    return joined((now, labels(BEFORE, quarter=labels.quarter(facts.quarter.previous), **values)))


def _at_the_gate(facts: Facts, metric: str) -> str:
    """Say how many late cases passed the gate by their due day and how many did not, if known."""
    about, rows = facts.subject(metric), facts.frame("circumstances")
    chosen = (rows["metric"] == metric) & (rows["period"] == str(facts.quarter))
    at_gate = rows[chosen & (rows["circumstance"] == about.gate_word)] if about.gate else rows[:0]
    late = dict(zip(at_gate["value"], at_gate["missed"], strict=True))
    if late.keys() != {"by_due", "after_due"} or at_gate["missed"].isna().any():
        return ""
    multiple = at_gate["rounded_to"].iloc[0]
    told = {
        name: roughly(facts.labels, late[value], multiple)
        for name, value in (("in_time", "by_due"), ("too_late", "after_due"))
    }
    of_late = facts.labels.count(facts.row(metric)["missed"])
    gate = facts.step(metric, about.gate)
    return facts.said(metric, "gate_split", gate=gate, of_late=of_late, **told)


def _worst_of(facts: Facts, metric: str, made: list[Made], *, after_gate: bool) -> Made | None:
    """Return the stage that made most cases late, of all stages or of those after the gate."""
    return worst(_after_the_gate(facts, metric, made) if after_gate else made)


def _after_the_gate(facts: Facts, metric: str, made: list[Made]) -> list[Made]:
    """Return the lines of a quarter's late cases without the stages up to the gate."""
    gate = facts.subject(metric).gate
    starts = [one.stage.partition("-")[0] for one in made]
    return made[starts.index(gate) :] if gate in starts else made


def _values(
    facts: Facts, metric: str, one: Made, made: list[Made], quarter: Period | None = None
) -> dict[str, str]:
    """Write a stage's part of the delay; how many were late in all is the figure's own count."""
    labels, missed = facts.labels, facts.row(metric, quarter).get("missed")
    return {
        "late": roughly(labels, one.late, one.rounded_to),
        "of_late": labels.count(one.total_late if pd.isna(missed) else missed),
        "cases": labels(facts.subject(metric).cases[1]),
        "stage": inside_sentence(facts, metric, one.stage),
        **_days_lost(labels, one, made),
    }


def _days_lost(labels: Labels, one: Made, made: list[Made]) -> dict[str, str]:
    """Write the days that fall to a stage, and those of all; nothing where they are hidden."""
    days = _days_by_stage(made)[one.stage]
    if math.isnan(days + one.total_days):
        return {}
    return {"days": roughly(labels, days, one.rounded_to), "of_days": labels.count(one.total_days)}


def _days_by_stage(made: list[Made]) -> dict[str, float]:
    return dict(zip([one.stage for one in made], shown_days(made), strict=True))


def inside_sentence(facts: Facts, metric: str, stage: str) -> str:
    """Write a stage as it stands inside a sentence: from approved to sent to the ledger."""
    return inside(stage_name(facts, metric, stage))


def line_name(facts: Facts, metric: str, stage: str) -> str:
    """Write what stands at the head of a line: a stage, or why no stage is responsible."""
    if stage == CAME_TOO_LATE:
        return facts.said(metric, "no_stage")
    if stage == UNKNOWN:
        return facts.labels("Not known: a date is missing")
    return stage_name(facts, metric, stage)


SHORT_WORDS = {
    "most": "Most late {cases} got stuck {stage}: {late} of {of_late}.",
    "some": "Of {of_late} late {cases}, {late} got stuck {stage}.",
    "two": "Of {of_late} late {cases}, {late} got stuck {stage} and {next_late} {next_stage}.",
}
NOW = "Of {of_late} late {cases}, {late} lost most time {stage}."
DAYS_LOST = "{days} of the {of_days} days of delay were lost {stage}."
BEFORE = "In {quarter}, {late} of {of_late} late {cases} lost most time {stage}."


def shown_days(made: list[Made]) -> list[float]:
    """Return the days of delay of each line in whole days that add up to all of them.

    The largest remainders are rounded up (Hamilton's method); where a line is hidden, each is
    rounded by itself. Null where hidden.
    """
    days = [one.days for one in made]
    if any(math.isnan(one) for one in days) or math.isnan(made[0].total_days):
        return [one if math.isnan(one) else float(rounded(one)) for one in days]
    whole = [math.floor(one) for one in days]
    left = rounded(made[0].total_days) - sum(whole)
    by_remainder = sorted(range(len(days)), key=lambda place: whole[place] - days[place])
    for place in by_remainder[: max(left, 0)]:
        whole[place] += 1
    return [float(one) for one in whole]
