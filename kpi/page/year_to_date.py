"""The year to date: the shown figures of a year's periods, added up to the reported one.

It is made of what the report shows of each period and so tells no more than they do: where one is
hidden, so is the year. Each case is in one period, counted by the rules of its own; a count, a
share and a rate add up, times and stocks do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from kpi.definitions.frames import YEAR_TO_DATE
from kpi.definitions.kinds import is_rate
from kpi.definitions.statuses import CLOSE, HIDDEN, NO_TARGET, NOT_MET
from kpi.figures.results import Goal, is_near, judge
from kpi.language.words import joined
from kpi.page.facts import Facts, Row
from kpi.page.wording import basis, figure, status_word
from kpi.params.targets_file import in_force

_ADDED = ("n", "met", "missed", "unknown", "not_yet_due", "denominator")


def year_to_date(facts: Facts, metric: str) -> Row:
    """Return a metric's figure of its year up to the reported period, as a row of the results.

    Empty where nobody asked for it, where the year has only begun, where the history does not hold
    all of it, and of samples, whose uncertainty does not add up.
    """
    described, periods = facts.metrics[metric], facts.quarter.year_so_far
    rows = [facts.row(metric, period) for period in periods]
    is_sample = any(counting.is_sample for counting in described.counting)
    if not described.year_to_date or is_sample or len(rows) == 1 or not all(rows):
        return {}
    now = rows[-1]
    if any(row["status"] == HIDDEN.id for row in rows):
        return now | {"status": HIDDEN.id}
    if any(pd.isna(row["n"]) for row in rows):
        return {}
    added = {name: _sum([row[name] for row in rows]) for name in _ADDED}
    so_far = now | added
    if now["unit"] == "share":
        n = added["n"] or math.nan
        bounds = added["met"] / n, (added["met"] + added["unknown"]) / n
    else:
        value = added["n"]
        if is_rate(now["unit"]):
            value /= added["denominator"] or math.nan
        bounds = value, value
    numerator = added["met"] if now["unit"] == "share" else added["n"]
    so_far |= {"value": bounds[0], "lower": bounds[0], "upper": bounds[1], "numerator": numerator}
    return so_far | {"status": _status(facts, so_far)}


def year_to_date_table(facts: Facts) -> pd.DataFrame:
    """Return the years to date that are asked for, as the frame YEAR_TO_DATE has them."""
    found = [row | {"since": str(facts.quarter.year_so_far[0])} for row in _asked_for(facts)]
    table = pd.DataFrame(found, columns=list(YEAR_TO_DATE.leaving))
    hidden = table["status"] == HIDDEN.id
    table["suppressed"] = hidden.map({True: HIDDEN.id, False: ""})
    of_cases = [name for name in YEAR_TO_DATE.figures if name != "status"]
    table[of_cases] = table[of_cases].astype(float).mask(hidden)
    table["synthetic"] = facts.parameters.synthetic
    return YEAR_TO_DATE.typed(table)


def _asked_for(facts: Facts) -> Iterator[Row]:
    """Yield the rows that are asked for; what a metric never counts is no zero."""
    for metric in facts.metrics:
        row, now = year_to_date(facts, metric), facts.row(metric)
        if row:
            yield row | {name: None for name in _ADDED if pd.isna(now[name])}


def _sum(values: list[Any]) -> float:
    return math.fsum(float(value) for value in values if pd.notna(value))


def in_words(facts: Facts, metric: str) -> str:
    """Write the year to date: 2019 to date: 78.5% (3,021 of 3,848), not met; nothing without."""
    row = year_to_date(facts, metric)
    if not row:
        return ""
    labels = facts.labels
    said = labels(
        "{year} to date: {figure}", year=facts.quarter.year_name, figure=figure(facts, row)
    )
    rests = basis(facts, row)
    said = labels("{figure} ({basis})", figure=said, basis=rests) if rests else said
    is_judged = row["status"] not in {HIDDEN.id, NO_TARGET.id}
    return joined((said, status_word(labels, row["status"])), ", ") if is_judged else said


def _status(facts: Facts, row: Row) -> str:
    """Judge a share or a rate by the target of the reported period; what is counted grows."""
    if pd.isna(row["target"]) or not (row["unit"] == "share" or is_rate(row["unit"])):
        return NO_TARGET.id
    target = in_force(facts.metrics[row["metric"]].targets, facts.quarter.last_day)
    is_strict = bool(target and target.baseline)
    goal = Goal.of_row(row, strictly=is_strict)
    status = judge(goal, int(row["not_yet_due"]), row["lower"], row["upper"])
    return CLOSE.id if status == NOT_MET.id and is_near(row, target, goal) else status
