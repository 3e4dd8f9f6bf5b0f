"""Flow through stages: how long cases wait after each step, where they pile up, and how they go.

An event is a case, an activity and an instant. A transition A -> B is an event and the next one of
its case; its time belongs to the waiting after A. Last events have none. Events are ordered by
case, instant, declared sequence and row of the file, so that equal timestamps come in the same
order whatever the order in which the engine reads them. Times are counted in seconds between
instants and in business seconds, those inside office hours on working days
(kpi.figures.business_time tells how).

The measures are those of pm4py 2.7 (A. Berti, S. van Zelst and D. Schuster (2023), PM4Py: a process
mining library for Python, Software Impacts 17), with exact medians, and beyond it: business time by
local time and weekday, work in progress, queues and their age, and notes on what is odd in the log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from kpi.errors import ParameterError, did_you_mean
from kpi.figures.business_time import Clock
from kpi.figures.flow.events import STEPS, names_of, store_steps
from kpi.figures.flow.notes import (
    NOTE_COLUMNS,
    about_cases,
    about_order,
    ending_before_start,
    going_on_after_end,
    left_out,
    unknown_activities,
    written_alike,
)
from kpi.figures.flow.transitions import (
    CASE_COLUMNS,
    CASES,
    QUEUE_COLUMNS,
    REWORK_COLUMNS,
    STAGE_COLUMNS,
    TRANSITION_COLUMNS,
    VARIANT_COLUMNS,
    WIP_COLUMNS,
    listed,
    queues,
    rework,
    store_cases,
    variants,
    waits,
    work_in_progress,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


__all__ = [
    "CASE_COLUMNS",
    "NOTE_COLUMNS",
    "QUEUE_COLUMNS",
    "REWORK_COLUMNS",
    "STAGE_COLUMNS",
    "TRANSITION_COLUMNS",
    "VARIANT_COLUMNS",
    "WIP_COLUMNS",
    "Clock",
    "Flow",
    "Terms",
    "flow",
]


@dataclass(frozen=True)
class Terms:
    """What counts as finished and known, and up to when.

    `ends` are the activities that end a case: a case whose last event is another stays open until
    `as_of` (the log's last instant if None; events after that local day have not happened yet).
    With `ends` None every case ends with its last event. `known` are the step names there should
    be: others are noted. `queues_each` says at the end of which days queues are counted.
    """

    ends: Collection[str] | None = None
    known: Collection[str] | None = None
    as_of: dt.date | None = None
    queues_each: Literal["month", "day"] = "month"


@dataclass(frozen=True)
class Flow:
    """What a log tells: small frames, and the cases, which stay in the engine.

    Times are in seconds, business columns null without office hours.

        transitions  TRANSITION_COLUMNS, by from_activity, to_activity
        stages       STAGE_COLUMNS, by activity; share of the time of all stages
        rework       REWORK_COLUMNS, by activity
        variants     VARIANT_COLUMNS, most frequent first; activities joined by " > "
        wip          WIP_COLUMNS, one row a local date from the first arrival to the last day
        queues       QUEUE_COLUMNS, by date, activity: cases whose latest event is the activity at
                     the end of the local date, and the time since then
        notes        NOTE_COLUMNS: what is odd in the log, each with its count (the names are in
                     kpi.figures.flow.notes); `name` is an activity where the note is about one
        cases        CASE_COLUMNS as a table in the engine, start and end in microseconds since 1970
    """

    transitions: pd.DataFrame
    stages: pd.DataFrame
    rework: pd.DataFrame
    variants: pd.DataFrame
    wip: pd.DataFrame
    queues: pd.DataFrame
    notes: pd.DataFrame
    cases: ir.Table
    timezone: str

    def case_frame(self) -> pd.DataFrame:
        """Return the cases in order of their names, start and end in the log's time zone."""
        found: pd.DataFrame = self.cases.execute()
        for end in ("start", "end"):
            moments = pd.to_datetime(found[end], unit="us", utc=True)
            found[end] = moments.dt.tz_convert(self.timezone)
        return found.sort_values("case", ignore_index=True)[CASE_COLUMNS]


def flow(
    backend: Backend, events: ir.Table, clock: Clock | None = None, terms: Terms | None = None
) -> Flow:
    """Measure the flow of an event table.

    `events` has the columns case_id (text), activity (text), happened_at (timestamp: a UTC instant,
    or wall-clock time where the clock says so), row_no (integer, place in the file) and optionally
    sequence (a number that orders a case's events at the same instant). Rows without case, activity
    or timestamp cannot be placed: they are left out and noted.

    Raises:
        ContractError: a column is missing or has another type, or no event is left.
        ParameterError: an activity in `terms.ends` that the log does not have.
    """
    clock, terms = clock or Clock(), terms or Terms()
    store_steps(backend, events, clock, terms.as_of)
    steps = backend.table(STEPS)
    _check_ends(backend, terms)
    store_cases(backend, steps, events)
    cases, last_day = _with_ends(backend, backend.table(CASES), clock, terms)
    has_hours = clock.hours is not None
    transitions, stages = waits(backend, steps, has_hours=has_hours)
    order = about_order(backend, steps)
    counted = {**left_out(backend, events, terms.as_of, order["events"]), **order}
    counted |= ending_before_start(backend, steps) | about_cases(backend, cases)
    counted |= going_on_after_end(backend, steps, terms.ends)
    notes = [pd.DataFrame([(note, "", n) for note, n in counted.items()], columns=NOTE_COLUMNS)]
    notes += [unknown_activities(backend, steps, terms.known), written_alike(backend, steps)]
    shown = listed(backend.table(CASES))
    return Flow(
        transitions=transitions,
        stages=stages,
        rework=rework(backend, steps),
        variants=variants(backend, steps),
        wip=(wip := work_in_progress(backend, cases, last_day)),
        queues=queues(backend, steps, cases, clock, _queue_days(wip, terms)),
        notes=pd.concat([part for part in notes if len(part)], ignore_index=True),
        cases=shown if has_hours else shown.mutate(business_duration_s=_no_time()),
        timezone=clock.timezone,
    )


def _no_time() -> ir.FloatingScalar:
    import ibis

    return ibis.null("float64")


def _check_ends(backend: Backend, terms: Terms) -> None:
    known = set(names_of(backend).values())
    for name in terms.ends or ():
        if name not in known:
            raise ParameterError(
                "The activities that end a case occur in the log.",
                f'"{name}"',
                did_you_mean(name, known),
            )


def _with_ends(
    backend: Backend, cases: ir.Table, clock: Clock, terms: Terms
) -> tuple[ir.Table, pd.Timestamp]:
    """Add is_open and until_at (its last event, or the end of the log) to cases.

    Also returns the last local date of the log.
    """
    import ibis

    last = backend.execute(cases.aggregate(at=cases.last_at.max(), day=cases.last_day.max())).iloc[
        0
    ]
    day = terms.as_of or pd.Timestamp(last["day"]).date()
    end = int(clock.local_days(day, day)["ends"].iloc[0]) if terms.as_of else int(last["at"])
    is_open = ibis.literal(False)
    if terms.ends is not None:
        ends = [number for number, name in names_of(backend).items() if name in terms.ends]
        is_open = cases.last_activity_no.notin(ends)
    marked = cases.mutate(is_open=is_open)
    return marked.mutate(until_at=ibis.ifelse(marked.is_open, end, marked.last_at)), pd.Timestamp(
        day
    )


def _queue_days(wip: pd.DataFrame, terms: Terms) -> pd.DatetimeIndex:
    days = pd.DatetimeIndex(wip["date"])
    return days if terms.queues_each == "day" else days[days.is_month_end]
