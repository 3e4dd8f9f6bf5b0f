"""Outlook: while a quarter still runs, how likely its targets are to be met at its end.

Some cases are decided already; others are not: those open within their limit, and those still to
come. Both are judged by the previous four quarters, looked at with as many days left as now: as
many cases are expected to come after this day as came then, on average, and those undecided now are
taken to be met as often as those undecided then. How sure that rate is depends on the number of
cases behind it: with Jeffreys' prior (half a case met, half a case missed) the number met among the
undecided has a beta-binomial distribution (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.8).
Nothing else is assumed to change: a strike or a new system is not foreseen.

A case that is unknown counts as not met, as in the lower bound that decides whether a target is
met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from kpi.definitions.frames import OUTLOOK
from kpi.definitions.kinds import ShareWithinLimit
from kpi.figures.results import Goal, goal_of
from kpi.params import Params
from kpi.periods import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


ASSUMPTION = (
    "It is assumed that as many cases are still to come as after the same day in the previous four "
    "quarters, and that the undecided ones are met as often as those that were undecided with as "
    "many days left then. Nothing else is assumed to change."
)
PAST_QUARTERS = 4
OUTCOMES = ("met", "missed", "unknown", "open_due")


class Past(NamedTuple):
    """What became of the cases undecided with as many days left, over the past quarters.

    `joined` were not open within their limit on that day but came into the quarter's count later.
    """

    met: int
    not_met: int
    joined: int
    quarters: int

    @property
    def expected(self) -> int:
        """How many cases are still to come: the mean of the quarters, rounded half up."""
        return int(self.joined / self.quarters + 0.5) if self.quarters else 0


def outlook(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Return the outlook of each share with a limit and a target; see `judged_outlook`."""
    return judged_outlook(undecided(backend, params, measured), params)


def undecided(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count what is decided of each share with a limit while the quarter still runs, and what not.

    Returns:
        One row per metric, no rows once `as_of` has seen the quarter's end: metric, the quarter's
        cases (met, missed, unknown, open_due), the distinct persons behind the counts, and of the
        past quarters past_met, past_not_met, past_joined, past_quarters (see Past). Nothing that
        decides a status is read.
    """
    rows = []
    if params.report.is_running:
        for name in measured:
            if isinstance(params.definition(name), ShareWithinLimit):
                cases = backend.table(f"cases_{name}")
                past = _past(backend, cases, params)._asdict()
                told = {f"past_{field}": number for field, number in past.items()}
                rows.append({"metric": name} | _now(backend, cases, params.quarter) | told)
    return pd.DataFrame(rows, columns=None if rows else ["metric"])


def judged_outlook(counted: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the outlook of each share with a limit and a target, while the quarter still runs.

    `counted` are those of `undecided`.

    Returns:
        The frame OUTLOOK, one row per metric, no rows once `as_of` has seen the quarter's end:
        metric, period, as_of, target, direction; decided cases (met, missed, unknown), open_due
        (open, and due by the end of the quarter), expected (still to come); needed (how many of
        those open or expected must be met; null where all of them would not do), chance (from 0 to
        1; null where no past quarter has cases), lower and upper (the share at quarter end if none
        or all of them are met), status "", and the distinct persons behind the counts.
    """
    rows = []
    for row in counted.to_dict("records"):
        name = str(row.pop("metric"))
        goal = _goal(params, name)
        if goal:
            past = Past(*(int(row.pop(f"past_{field}")) for field in Past._fields))
            counts = {str(column): int(number) for column, number in row.items()}
            rows.append({"metric": name} | counts | _told(goal, counts, past))
    period = {"period": str(params.quarter), "as_of": params.report.as_of.isoformat(), "status": ""}
    return OUTLOOK.checked(pd.DataFrame(rows).assign(**period) if rows else OUTLOOK.empty)


def _goal(params: Params, name: str) -> Goal | None:
    """Return the target that is in force and one number; else nothing."""
    settings = params.metrics[name]
    last_day = params.quarter.last_day
    target = settings.target_on(last_day)
    if settings.is_retired_on(last_day) or (target and target.between):
        return None
    return goal_of(target, None)


def _now(backend: Backend, cases: ir.Table, quarter: Period) -> dict[str, int]:
    """Count the quarter's cases, and the distinct persons, by what is known of them."""
    cases = cases.filter(cases[quarter.kind] == str(quarter))
    is_open = (cases.outcome == "not_yet_due") & (cases.due_at.date() <= quarter.last_day)
    known = {name: cases.outcome == name for name in OUTCOMES} | {"open_due": is_open}
    counts = {name: rows.sum() for name, rows in known.items()}
    known["due_later"] = (cases.outcome == "not_yet_due") & ~is_open.fill_null(False)
    persons = {f"persons_{name}": cases.person.nunique(where=rows) for name, rows in known.items()}
    counted = backend.execute(cases.aggregate(**counts, **persons)).fillna(0)
    return {str(name): int(count) for name, count in counted.iloc[0].items()}


def _past(backend: Backend, cases: ir.Table, params: Params) -> Past:
    """Look at the previous four quarters, as far as the history goes, with as many days left."""
    import ibis

    left = params.quarter.last_day - params.report.as_of
    kind = params.quarter.kind
    quarters = [
        {kind: str(q), "first": q.first_day, "that_day": q.last_day - left, "last": q.last_day}
        for q in params.quarters[:-1][-PAST_QUARTERS:]
    ]
    if not quarters:
        return Past(0, 0, 0, 0)
    rows = cases.join(ibis.memtable(pd.DataFrame(quarters)), kind)
    stop, due, start = rows.stop_at.date(), rows.due_at.date(), rows.start_at.date()
    counts = rows.outcome.isin(["met", "missed", "unknown"])
    by_end = ((stop <= rows["last"]) | (due <= rows["last"])).fill_null(True)
    was_missed = (due <= rows.that_day) & (due >= rows["first"])
    was_decided = ((stop <= rows.that_day) | was_missed).fill_null(False)
    was_open = (start <= rows.that_day) & (due > rows.that_day) & (due <= rows["last"])
    undecided = counts & by_end & ~was_decided
    counted = rows.aggregate(
        met=(undecided & (rows.outcome == "met")).sum(),
        not_met=(undecided & (rows.outcome != "met")).sum(),
        joined=(undecided & ~was_open.fill_null(False)).sum(),
        quarters=rows[kind].nunique(where=counts),
    )
    return Past(*(int(count) for count in backend.execute(counted).fillna(0).iloc[0]))


def _told(goal: Goal, counts: dict[str, int], past: Past) -> dict[str, object]:
    met, not_met = counts["met"], counts["missed"] + counts["unknown"]
    undecided = counts["open_due"] + past.expected
    needed, chance = chance_of(goal, met, not_met, undecided, past)
    total = met + not_met + undecided
    return {
        "target": goal.value,
        "direction": goal.direction,
        "decided": met + not_met,
        "expected": past.expected,
        "needed": needed,
        "chance": chance,
        "lower": met / total if total else None,
        "upper": (met + undecided) / total if total else None,
    }


def chance_of(
    goal: Goal, met: int, not_met: int, undecided: int, past: Past
) -> tuple[int | None, float | None]:
    """Return how many of the undecided must be met, and how likely that many will be.

    Examples:
        >>> chance_of(Goal(0.5, "at_least"), 0, 0, 5, Past(8, 8, 0, 4))
        (3, 0.5)
        >>> chance_of(Goal(0.9, "at_least"), 9, 1, 0, Past(8, 8, 0, 4))
        (0, 1.0)
    """
    total = met + not_met + undecided
    if not total or not past.quarters:
        return None, None
    possible = np.arange(undecided + 1)
    reached = np.array([goal.is_reached_by((met + more) / total) for more in possible])
    if reached.all() or not reached.any():
        return (0, 1.0) if reached.all() else (None, 0.0)
    from scipy.stats import betabinom

    likely = betabinom.pmf(possible, undecided, past.met + 0.5, past.not_met + 0.5)
    return int(reached.argmax()), round(float(likely[reached].sum()), 2)
