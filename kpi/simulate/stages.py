"""Cases on their way through stages, day by day: some stages end in runs, some have little room.

The days of a simulated case in its stages are those of a past one. Each stage is a list of cases,
of which those that are ready leave on a working day, in the order in which they became ready. A
case becomes ready once it has spent its own days in the stage; it leaves on the next day with a
run, if the room of that day is not taken yet. On one day a case may pass several stages.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.errors import DefinitionError
from kpi.figures.steps import is_parted_by_waits, stage_names, steps_of
from kpi.periods import Period
from kpi.run import Places, Progress
from kpi.simulate.days import Dates, Numbers, Workdays, dates_of
from kpi.simulate.past import FEWEST_CASES, Past, measured, too_few
from kpi.simulate.rhythm import Rhythm

if TYPE_CHECKING:
    import simpy
    from ibis.backends.duckdb import Backend

    Working = Generator[simpy.Event, None, None]


Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
NEVER = np.inf


@dataclass(frozen=True)
class Ways:
    """Cases and the working days they spent in each stage; one place in each array a case.

    `days` has a column a stage: `NEVER` where a case that is late had not left it when the extracts
    were drawn. `term` is the working days from the start to the due day. Cases that are not `known`
    (marked as ended, without a date) pass their stages, and never count as on time. `unqueued` has
    the days less the wait for a run, where the stage ended in one: as if the case had been ready on
    the first working day after the run before. `in_run` tells where it did.
    """

    started: Dates
    term: Numbers
    days: Floats
    known: Flags
    unqueued: Floats
    in_run: Flags
    not_in_run: Flags

    def chosen(self, cases: Numbers) -> Ways:
        """Return the ways of some cases, in that order; a case may come twice."""
        return Ways(**{name: array[cases] for name, array in vars(self).items()})


@dataclass(frozen=True)
class PastWays:
    """The ways of a metric's cases by the quarter in which they count, and its stages."""

    past: Past
    stages: tuple[str, ...]
    by_quarter: dict[Period, Ways]

    def without_run(self, place: int, last: Period) -> Floats:
        """Return the days in a stage of cases that waited for no run of it, up to a quarter.

        Empty where they are too few to draw from.
        """
        found = [ways for quarter, ways in self.by_quarter.items() if quarter <= last]
        days = np.concatenate([ways.days[ways.not_in_run[:, place], place] for ways in found])
        return days if len(days) >= FEWEST_CASES else days[:0]


def past_ways(metric: str, quarter: Period, places: Places, progress: Progress) -> PastWays:
    """Read the ways of a metric's cases up to a quarter.

    Raises DefinitionError where its stages are not known, or the quarter has too few cases.
    """
    with measured(metric, quarter, places, progress) as (backend, past):
        return _read(backend, past)


def _read(backend: Backend, past: Past) -> PastWays:
    from kpi.figures.cases import accepted_tables
    from kpi.figures.paths import runs_of
    from kpi.figures.steps import make_steps

    metric, params = past.metric, past.params
    stages = stage_names(params, metric)
    if not stages or is_parted_by_waits(params, metric):
        raise DefinitionError(
            "Stages between dated steps are simulated.", f"{metric} has none in these extracts"
        )
    make_steps(backend, params, accepted_tables(backend, params), metric)
    steps = steps_of(params, metric)
    rows = _cases(backend, metric, steps)
    runs = runs_of(backend, params, [metric])
    cycle = past.quarter.cycle
    rhythms = [
        Rhythm.of(rows[f"{step}_on"], runs[runs["step"] == step], past.days, cycle)
        for step in steps[1:]
    ]
    quarters = past.shown([quarter for quarter in params.quarters if quarter <= past.quarter])
    if past.quarter not in quarters:
        raise too_few(str(past.quarter))
    of_quarter = {quarter: rows[rows["period"] == str(quarter)] for quarter in quarters}
    by_quarter = {q: _ways(cases, steps, rhythms, past) for q, cases in of_quarter.items()}
    return PastWays(past, stages, by_quarter)


def _cases(backend: Backend, metric: str, steps: tuple[str, ...]) -> pd.DataFrame:
    rows = backend.table(f"steps_{metric}")
    judged = rows.outcome.isin(["met", "missed", "unknown"])
    rows = rows.filter(judged & rows[f"{steps[0]}_on"].notnull() & rows.due_on.notnull())
    days = [f"{step}_on" for step in steps]
    chosen = rows.select("row_no", "period", "outcome", "is_open", "due_on", *days)
    found = backend.execute(chosen.order_by("row_no"))
    return found.assign(**{day: pd.to_datetime(found[day]) for day in (*days, "due_on")})


def _ways(rows: pd.DataFrame, steps: tuple[str, ...], rhythms: list[Rhythm], past: Past) -> Ways:
    days, cycle = past.days, past.quarter.cycle
    at = _places(rows, steps, days)
    spent = np.diff(at, axis=1)
    spent[np.isnan(spent)] = NEVER
    unqueued = spent.copy()
    in_run, not_in_run = np.zeros((2, *spent.shape), dtype=bool)
    for place, rhythm in enumerate(rhythms):
        taken = rows[f"{steps[place + 1]}_on"]
        came, left = at[:, place], at[:, place + 1]
        in_run[:, place] = waited = taken.notna().to_numpy() & np.isin(left, rhythm.run_days)
        unqueued[waited, place] = rhythm.until_ready(came[waited], left[waited])
        not_in_run[:, place] = cycle.names(taken).isin(rhythm.quarters_without)
    return Ways(
        started=dates_of(rows[f"{steps[0]}_on"]),
        term=days.at_or_before(dates_of(rows["due_on"])) - at[:, 0].astype("int64"),
        days=spent,
        known=(rows["outcome"] != "unknown").to_numpy(),
        unqueued=unqueued,
        in_run=in_run,
        not_in_run=not_in_run,
    )


def _places(rows: pd.DataFrame, steps: tuple[str, ...], days: Workdays) -> Floats:
    """Return the working day of each step, never before the step that precedes it.

    A step without a date is taken with the one before it, so that the time belongs to the stage
    that ends on a known date. After the last step of an open case there is none (NaN).
    """
    columns = [dates_of(rows[f"{step}_on"]) for step in steps]
    at = np.stack([days.at_or_after(column).astype("float64") for column in columns], axis=1)
    at[np.stack([np.isnat(column) for column in columns], axis=1)] = np.nan
    ended = ~np.isnan(at[:, -1:])
    at = np.where(ended, np.fmin(at, at[:, -1:]), at)
    carried = np.fmax.accumulate(at, axis=1)
    has_later = np.isfinite(at[:, ::-1]).cumsum(axis=1)[:, ::-1] > 0
    still_open = (rows["is_open"] & (rows["outcome"] == "missed")).to_numpy()[:, None]
    return np.where(still_open & ~has_later, np.nan, carried)


Leave = Callable[[int, int], None]


@dataclass
class Stage:
    """A stage: the days that cases spend in it, the days that have a run, the room of a day.

    `runs` is None where every working day has one; `room` is None where it has no end.
    """

    days: list[float]
    runs: set[int] | None = None
    room: int | None = None
    _waiting: list[tuple[float, int]] = field(default_factory=list)

    def enter(self, case: int, day: int) -> None:
        """Let a case in on a day."""
        if self.days[case] != inf:
            heappush(self._waiting, (day + self.days[case], case))

    def work(self, env: simpy.Environment, leave: Leave) -> Working:
        """Let go on each day what is ready, as far as there is room."""
        while True:
            day = int(env.now)
            if self.runs is None or day in self.runs:
                left = inf if self.room is None else self.room
                while self._waiting and self._waiting[0][0] <= day and left > 0:
                    leave(heappop(self._waiting)[1], day)
                    left -= 1
            yield env.timeout(1)


def pass_through(started: Numbers, stages: list[Stage], until: int) -> Floats:
    """Return the working day on which each case leaves the last stage; infinite where none by then.

    Args:
        started: The working day on which each case enters the first stage.
        stages: The stages in their order, each with as many days as there are cases.
        until: The last working day that is simulated.
    """
    import simpy

    left = np.full(len(started), np.inf)

    def leave_last(case: int, day: int) -> None:
        left[case] = day

    first = int(started.min())
    env = simpy.Environment(initial_time=first)
    env.process(_arrive(env, started, stages[0]))
    following = [stage.enter for stage in stages[1:]]
    for stage, leave in zip(stages, [*following, leave_last], strict=True):
        env.process(stage.work(env, leave))
    env.run(until=until + 1)
    return left


def _arrive(env: simpy.Environment, started: Numbers, stage: Stage) -> Working:
    order = np.argsort(started, kind="stable")
    for case, day in zip(order.tolist(), started[order].tolist(), strict=True):
        if day > env.now:
            yield env.timeout(day - env.now)
        stage.enter(case, day)
