"""The queue in each stage at each month's end, and how long those in it have waited."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import CALENDAR, fetch
from kpi.measure.clocks import with_numbers
from kpi.measure.steps import timed
from kpi.metrics.stages import AT_WORK, WAITING, is_parted_by_waits, stage_names, steps_of
from kpi.params import Params
from kpi.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

QUEUE_COLUMNS = (
    "metric", "on_date", "unit", "stage", "queue", "persons", "median_age", "p90_age", "oldest_age"
)  # fmt: skip


def stage_queues(backend: Backend, params: Params, staged: list[str]) -> pd.DataFrame:
    """Count the cases that waited in each stage at the end of each month of the history.

    A case waits in a stage on a day if it came to it by that day and had not left it by its end;
    a case that was returned for good has left. Cases count whether they are judged or not. One
    row per metric, last day of a month up to `as_of`, and stage. Columns: QUEUE_COLUMNS: queue
    (cases), persons (distinct), median, 90th percentile and highest age in days of `unit` since
    they came to the stage (at work: since receipt); null where the queue is empty. Not disclosed
    yet.
    """
    days = month_ends(params)
    if not staged or not days:
        return pd.DataFrame(columns=list(QUEUE_COLUMNS))
    found = _counted(backend, params, staged, days)
    index = pd.MultiIndex.from_tuples(
        [
            (name, day, stage)
            for name in staged
            for day in days
            for stage in stage_names(params, name)
        ],
        names=["metric", "on_date", "stage"],
    )
    found = found.set_index(index.names).reindex(index).reset_index()
    found[["queue", "persons"]] = found[["queue", "persons"]].fillna(0)
    units = {name: backend.execute(backend.table(f"steps_{name}").unit.max()) for name in staged}
    counts = dict.fromkeys(("queue", "persons", "oldest_age"), "Int64")
    found = found.astype(counts).assign(unit=found["metric"].map(units))
    return found[list(QUEUE_COLUMNS)]


def month_ends(params: Params) -> list[dt.date]:
    """Return the last day of each month of the history that `as_of` has seen the end of."""
    first, last = params.quarters[0].first_day, params.quarter.last_day
    ends = pd.date_range(first, last, freq="ME").date
    return [day for day in ends if day <= params.report.as_of]


def _counted(
    backend: Backend, params: Params, staged: list[str], days: list[dt.date]
) -> pd.DataFrame:
    """Count the cases that waited, by metric, day and stage."""
    import ibis

    ends = ibis.memtable(pd.DataFrame({"on_date": days}), schema={"on_date": "date"})
    waiting = (
        _waiting(backend, params, name, ends).mutate(metric=ibis.literal(name)) for name in staged
    )
    stored = backend.create_table("waiting", ibis.union(*waiting), overwrite=True)
    rows = with_numbers(stored, backend.table(CALENDAR), "since", "on_date")
    rows = rows.mutate(age=rows.on_date_no - rows.since_no)
    counted = rows.group_by("metric", "on_date", "stage").agg(
        queue=rows.count(), persons=rows.person.nunique(), median_age=rows.age.quantile(0.5),
        p90_age=rows.age.quantile(0.9), oldest_age=rows.age.max(),
    )  # fmt: skip
    found = fetch(backend, counted)
    return found.assign(on_date=pd.to_datetime(found["on_date"]).dt.date)


def _waiting(backend: Backend, params: Params, metric: str, ends: ir.Table) -> ir.Table:
    """Return each case in each stage on each day: on_date, stage, since, person, unit."""
    import ibis

    steps = steps_of(params, metric)
    rows = backend.table(f"steps_{metric}").drop("period", "month", "outcome").distinct()
    if is_parted_by_waits(params, metric):
        return _at_work_or_waiting(backend, metric, rows, steps, ends)
    stages = []
    for place, (start, end) in enumerate(pairwise(steps)):
        left = ibis.coalesce(*(rows[f"{step}_on"] for step in steps[place + 1 :]), rows.left_on)
        came = rows.filter(
            rows[f"{start}_on"].notnull() & (rows.is_open | rows[f"{steps[-1]}_on"].notnull())
        )
        came = came.select("person", "unit", since=f"{start}_on", left=left)
        stages.append(came.mutate(stage=ibis.literal(f"{start}-{end}")))
    return _on(ibis.union(*stages), ends)


def _on(spells: ir.Table, ends: ir.Table) -> ir.Table:
    rows = spells.cross_join(ends)
    is_on = (rows.since <= rows.on_date) & (rows.left.isnull() | (rows.left > rows.on_date))
    return rows.filter(is_on).select("on_date", "stage", "since", "person", "unit")


def _at_work_or_waiting(
    backend: Backend, metric: str, rows: ir.Table, steps: tuple[str, ...], ends: ir.Table
) -> ir.Table:
    """A case waits for the citizen on the days that a wait covers, else it is at work."""
    import ibis

    first, last = steps
    came = rows.filter(
        rows[f"{first}_on"].notnull() & (rows.is_open | rows[f"{last}_on"].notnull())
    )
    cases = came.select(
        "row_no", "case_id", "person", "unit", since=f"{first}_on", left=f"{last}_on",
        stage=ibis.literal(AT_WORK),
    )  # fmt: skip
    spells = cases.cross_join(ends)
    is_on = (spells.since <= spells.on_date) & (
        spells.left.isnull() | (spells.left > spells.on_date)
    )
    spells = spells.filter(is_on)
    definition = timed(metric)
    waits = backend.table(f"accepted_{definition.waits}")
    key = TABLES[definition.table].key[0]
    periods = waits.select("from_date", "to_date", case_id=waits[key].cast("string"))
    both = spells.join(periods, "case_id")
    covered = both.filter(
        (both.from_date <= both.on_date) & (both.to_date.isnull() | (both.to_date >= both.on_date))
    )
    began = covered.group_by("row_no", "on_date").agg(waits_since=covered.from_date.min())
    joined = spells.left_join(began, ["row_no", "on_date"])
    waits_since = joined.waits_since
    return joined.select(
        "on_date", "person", "unit",
        stage=ibis.ifelse(waits_since.notnull(), WAITING, AT_WORK),
        since=ibis.greatest(waits_since.coalesce(joined.since), joined.since),
    )  # fmt: skip
