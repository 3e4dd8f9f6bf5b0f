"""Cases, the ways they went, and what was done more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

CASE_COLUMNS = ["case", "events", "start", "end", "duration_s", "business_duration_s"]
REWORK_COLUMNS = ["activity", "cases", "cases_with_rework", "events", "repeat_events"]
VARIANT_COLUMNS = ["variant", "steps", "cases"]
CASES = "flow_cases"
ARROW = " > "


def store_cases(backend: Backend, steps: ir.Table) -> None:
    """Store one row a case: case_id, events, first and last at, position and day, last_activity."""
    ends = {
        f"{end}_{name}": getattr(steps[name], pick)()
        for name in ("at", "position", "day")
        for end, pick in (("first", "min"), ("last", "max"))
    }
    is_last = steps.next_at.isnull()
    cases = steps.group_by("case_id").agg(
        events=steps.count(), last_activity=steps.activity.max(where=is_last), **ends
    )
    backend.create_table(CASES, cases, overwrite=True)


def listed(cases: ir.Table) -> ir.Table:
    """Return CASE_COLUMNS of all cases; start and end are UTC instants."""
    return cases.select(
        case=cases.case_id,
        events=cases.events,
        start=_moment(cases.first_at),
        end=_moment(cases.last_at),
        duration_s=(cases.last_at - cases.first_at) / 1_000_000,
        business_duration_s=(cases.last_position - cases.first_position) / 1_000_000,
    )


def _moment(at: ir.IntegerValue) -> ir.TimestampValue:
    return (at // 1_000_000).as_timestamp("s") + (at % 1_000_000).as_interval("us")


def rework(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """Return REWORK_COLUMNS, by activity: a case in which it occurs more than once."""
    times = steps.group_by("case_id", "activity").agg(times=steps.count())
    found = times.group_by("activity").agg(
        cases=times.count(),
        cases_with_rework=times.count(where=times.times > 1),
        events=times.times.sum().cast("int64"),
    )
    counted = backend.execute(found)
    counted["repeat_events"] = counted["events"] - counted["cases"]
    return counted.sort_values("activity", ignore_index=True)[REWORK_COLUMNS]


def variants(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """Return VARIANT_COLUMNS: the activities of cases in their order, the most frequent first."""
    way = _way(backend, steps)
    ways = steps.group_by("case_id").agg(variant=way, steps=steps.count())
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
