"""Cases, the ways they went, and what was done more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.evaluate.flow.events import ACTIVITIES, DAYS, local_day, midnight, names_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

CASE_COLUMNS = ["case", "events", "start", "end", "duration_s", "business_duration_s"]
REWORK_COLUMNS = ["activity", "cases", "cases_with_rework", "events", "repeat_events"]
VARIANT_COLUMNS = ["variant", "steps", "cases"]
CASES = "flow_cases"
ARROW = " > "


def store_cases(backend: Backend, steps: ir.Table, log: ir.Table) -> None:
    """Store one row a case: case_id, case_no, events, last_activity_no, work.

    Also first and last at and local day.
    """
    cases = steps.group_by("case_no").agg(
        events=steps.count(),
        last_activity_no=steps.activity_no.max(where=steps.wait.isnull()),
        first_at=steps["at"].min(),
        last_at=steps["at"].max(),
        work=steps.work.sum().cast("int64").fill_null(0),
    )
    for end in ("first", "last"):
        days = backend.table(DAYS)
        joined = cases.join(days, midnight(cases[f"{end}_at"]) == days.utc_day)
        day = local_day(joined[f"{end}_at"], joined)
        cases = joined.mutate(**{f"{end}_day": day}).select(*cases.columns, f"{end}_day")
    named = cases.join(log.select("case_id", case_no=log.row_no), "case_no")
    backend.create_table(CASES, named, overwrite=True)


def listed(cases: ir.Table) -> ir.Table:
    """Return CASE_COLUMNS of all cases; start and end are microseconds since 1970."""
    return cases.select(
        case=cases.case_id,
        events=cases.events,
        start=cases.first_at,
        end=cases.last_at,
        duration_s=(cases.last_at - cases.first_at) / 1_000_000,
        business_duration_s=cases.work / 1_000_000,
    )


def rework(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """Return REWORK_COLUMNS, by activity: a case in which it occurs more than once."""
    times = steps.group_by("case_no", "activity_no").agg(times=steps.count())
    found = times.group_by(activity=times.activity_no).agg(
        cases=times.count(),
        cases_with_rework=times.count(where=times.times > 1),
        events=times.times.sum().cast("int64"),
    )
    counted = backend.execute(found)
    counted["activity"] = counted["activity"].map(names_of(backend))
    counted["repeat_events"] = counted["events"] - counted["cases"]
    return counted.sort_values("activity", ignore_index=True)[REWORK_COLUMNS]


def variants(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """Return VARIANT_COLUMNS: the activities of cases in their order, the most frequent first."""
    named = steps.join(backend.table(ACTIVITIES), "activity_no")
    ways = named.group_by("case_no").agg(variant=_way(backend, named), steps=named.count())
    found = ways.group_by("variant", "steps").agg(cases=ways.count())
    counted = backend.execute(found)
    order = counted.sort_values(["cases", "variant"], ascending=[False, True], ignore_index=True)
    return order[VARIANT_COLUMNS]


def _way(backend: Backend, steps: ir.Table) -> ir.StringValue:
    """Join the activities of a case in their order; Spark cannot order what it joins."""
    if backend.name != "pyspark":
        return steps.activity.group_concat(ARROW, order_by=steps.place)
    numbered = steps.place.cast("string").lpad(9, "0") + ":" + steps.activity
    return numbered.collect().sort().map(lambda text: text.substr(10)).join(ARROW)
