"""When cases took their steps: what the stages between them are made of.

A day is numbered by the days of the unit before it. So the times of a case's stages add up to its
whole way, and a step taken on a closed day counts as taken on the next working day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from kpi.engine import CALENDAR
from kpi.measure.cases import clocked, identified, unit_of
from kpi.measure.clocks import with_numbers
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import Timed
from kpi.metrics.stages import steps_of
from kpi.params import Counting, Params
from kpi.sources.milestones import matches

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


def make_steps(
    backend: Backend, params: Params, tables: dict[str, ir.Table], metric: str
) -> ir.Table:
    """Make the table `steps_<metric>`: one row for each case, and for each that came in uncounted.

    Columns: row_no, case_id, person, period (quarter) and month (both null for cases that are not
    counted), outcome, unit, is_net (the clock stands still while a case waits for the citizen),
    is_open, <step>_on and <step>_no for each known step (null where it was not taken by `as_of`),
    as_of_no, due_on, due_no, left_on (when it was returned, if nothing followed), start_at,
    stop_at, and days_late: of late cases, the days of the unit from the due day to the last step,
    or to `as_of` of open ones; null for all others.
    """
    import ibis

    definition, steps = timed(metric), steps_of(params, metric)
    arrived = (definition.arrivals or definition.population)(tables)
    arrived = clocked(definition, identified(definition, (), arrived), params.report.as_of)
    rows = arrived.select(
        "row_no", "case_id", "person", "start_at", "stop_at",
        is_open=arrived.stop_at.isnull() & ~arrived.is_done,
        **_days_of_steps(arrived, steps, params),
    )  # fmt: skip
    rows = _judged(rows, backend.table(f"cases_{metric}"), params, metric)
    rows = _with_left_on(rows, params, tables, definition)
    rows = _numbered(rows, backend.table(CALENDAR), params, steps)
    late = rows[f"{steps[-1]}_no"].coalesce(rows.as_of_no) + 1 - rows.due_no
    is_late = rows.outcome == "missed"
    eves = [*steps, "as_of", "due"]
    kept = [name for name in rows.columns if name not in eves]
    rows = rows.select(*kept, days_late=ibis.ifelse(is_late, late, ibis.null("int64")))
    return backend.create_table(f"steps_{metric}", rows, overwrite=True)


def timed(metric: str) -> Timed:
    """Return the definition of a metric that has a clock."""
    return cast("Timed", CATALOGUE[metric])


def _days_of_steps(
    rows: ir.Table, steps: tuple[str, ...], params: Params
) -> dict[str, ir.DateValue]:
    """Return the day of each step as known at the end of the day `as_of`."""
    import ibis

    first, *between, last = steps
    moments = {first: rows.start_at, **{s: rows[f"{s}_at"] for s in between}, last: rows.stop_at}
    days = {step: moment.date() for step, moment in moments.items()}
    as_of = params.report.as_of
    return {f"{s}_on": ibis.ifelse(day <= as_of, day, ibis.null("date")) for s, day in days.items()}


def _judged(rows: ir.Table, cases: ir.Table, params: Params, metric: str) -> ir.Table:
    """Add what became of each case, and how the stages of its quarter are timed."""
    import ibis

    settings = params.metrics[metric]
    clocks = pd.DataFrame(
        [
            {"timed_in": str(quarter), **_clock(settings.counting_on(quarter.last_day))}
            for quarter in params.quarters
        ]
    )
    judged = cases.select(
        "month", "outcome", judged_no="row_no", period="quarter", due_on=cases.due_at.date()
    )
    joined = rows.left_join(judged, [("row_no", "judged_no")])
    joined = joined.left_join(ibis.memtable(clocks), [("period", "timed_in")])
    today = _clock(settings.counting_on(params.quarter.last_day))
    return joined.select(
        *rows.columns, "month", "outcome", "period", "due_on",
        **{name: joined[name].fill_null(value) for name, value in today.items()},
    )  # fmt: skip


def units_of(params: Params, metric: str) -> set[str]:
    """Return the units in which the stages of the reported quarters are timed."""
    settings = params.metrics[metric]
    return {_clock(settings.counting_on(quarter.last_day))["unit"] for quarter in params.quarters}


def _clock(counting: Counting | None) -> dict[str, Any]:
    by_column = bool(counting and counting.due and counting.due.column)
    return {
        "unit": "working_days" if by_column else unit_of(counting),
        "is_net": bool(counting and counting.clock == "net"),
    }


def _with_left_on(
    rows: ir.Table, params: Params, tables: dict[str, ir.Table], definition: Timed
) -> ir.Table:
    """Add the day on which a case was returned, where no step of it followed."""
    import ibis

    returns = params.report.sources[definition.table].returns
    if returns is None:
        return rows.mutate(left_on=ibis.null("date"))
    steps = tables["bill_steps"]
    known = steps.filter(steps.happened_at.date() <= params.report.as_of)
    last = known.group_by(case_id=known.bill_id).agg(
        returned_at=known.happened_at.max(where=matches(known.step, returns)),
        last_at=known.happened_at.max(),
    )
    left = last.filter(last.returned_at == last.last_at)
    left = left.select(left_id="case_id", left_on=left.returned_at.date())
    return rows.left_join(left, [("case_id", "left_id")]).select(*rows.columns, "left_on")


def _numbered(
    rows: ir.Table, calendar: ir.Table, params: Params, steps: tuple[str, ...]
) -> ir.Table:
    """Add the number of each day: of steps and `as_of` by the days before, of the due day by it."""
    import ibis

    a_day = ibis.interval(days=1)
    eves = {step: rows[f"{step}_on"] - a_day for step in steps}
    rows = rows.mutate(**eves, as_of=ibis.literal(params.report.as_of) - a_day, due=rows.due_on)
    return with_numbers(rows, calendar, *steps, "as_of", "due")
