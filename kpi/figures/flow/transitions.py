"""How cases went through a log: waits after each step, the ways they took, rework, open work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.figures.business_time import Clock
from kpi.figures.flow.events import ACTIVITIES, DAYS, local_day, midnight, names_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


TRANSITION_COLUMNS = [
    "from_activity", "to_activity", "n", "mean_s", "median_s", "min_s", "max_s", "sum_s",
    "stdev_s", "business_mean_s", "business_median_s", "business_sum_s",
]  # fmt: skip
STAGE_COLUMNS = [
    "activity", "events", "n", "mean_s", "median_s", "sum_s", "share",
    "business_mean_s", "business_median_s", "business_sum_s",
]  # fmt: skip
_SECOND = 1_000_000
_SUMS = ["seconds", "rest", "business_seconds", "business_rest"]


def waits(
    backend: Backend, steps: ir.Table, *, has_hours: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return TRANSITION_COLUMNS by both activities, and STAGE_COLUMNS by activity.

    A stage is the time after its activity, and its share of the time of all. The standard deviation
    is that of a sample, null where n is 1; business columns are null without hours.
    """
    passed = steps.filter(steps.wait.notnull())
    names = names_of(backend)
    between = _measured(backend, passed)
    after = between.groupby("activity_no")[["n", *_SUMS]].sum().reset_index()
    after = _medians(backend, steps).merge(after, how="left")
    after[["n", *_SUMS]] = after[["n", *_SUMS]].fillna(0).astype("int64")
    transitions, stages = _in_seconds(between), _in_seconds(after)
    stages["share"] = stages["sum_s"] / (stages["sum_s"].sum() or 1.0)
    transitions["from_activity"] = transitions["activity_no"].map(names)
    transitions["to_activity"] = transitions["next_activity_no"].map(names)
    stages["activity"] = stages["activity_no"].map(names)
    for found in () if has_hours else (transitions, stages):
        found[["business_mean_s", "business_median_s", "business_sum_s"]] = float("nan")
    keys = ["from_activity", "to_activity"]
    return (
        transitions.sort_values(keys, ignore_index=True)[TRANSITION_COLUMNS],
        stages.sort_values("activity", ignore_index=True)[STAGE_COLUMNS],
    )


def _measured(backend: Backend, passed: ir.Table) -> pd.DataFrame:
    """Measure transitions; sums are of whole seconds and the rest, lest they grow too large."""
    wait, business = passed.wait, passed.work
    measures = {"n": passed.count(), "median": wait.median(), "business_median": business.median()}
    for prefix, one in (("", wait), ("business_", business)):
        measures |= {
            f"{prefix}seconds": (one // _SECOND).sum().cast("int64"),
            f"{prefix}rest": (one % _SECOND).sum().cast("int64"),
        }
    measures |= {
        "min_s": wait.min() / _SECOND,
        "max_s": wait.max() / _SECOND,
        "stdev_s": (wait / _SECOND).std(how="sample"),
    }
    found = backend.execute(passed.group_by("activity_no", "next_activity_no").agg(**measures))
    # parallel engines add in any order, which shows in the last digits
    return found.assign(stdev_s=found["stdev_s"].astype(float).round(6))


def _medians(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """Return the events of each activity, and the median waits, which transitions do not tell."""
    medians = {"median": steps.wait.median(), "business_median": steps.work.median()}
    return backend.execute(steps.group_by("activity_no").agg(events=steps.count(), **medians))


def _in_seconds(found: pd.DataFrame) -> pd.DataFrame:
    for prefix in ("", "business_"):
        found[f"{prefix}sum_s"] = found[f"{prefix}seconds"] + found[f"{prefix}rest"] / _SECOND
        found[f"{prefix}mean_s"] = found[f"{prefix}sum_s"] / found["n"]
        found[f"{prefix}median_s"] = found[f"{prefix}median"].astype(float) / _SECOND
    return found


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


WIP_COLUMNS = ["date", "arrivals", "finished", "open"]
QUEUE_COLUMNS = ["date", "activity", "queue", "median_age_s", "p90_age_s", "oldest_age_s"]
ENDS = "flow_ends"


def work_in_progress(backend: Backend, cases: ir.Table, last_day: pd.Timestamp) -> pd.DataFrame:
    """Return WIP_COLUMNS, one row a local date from the first arrival to `last_day`.

    A case is open from the date of its first event to the day before that of its last; one that
    `is_open` has not finished.
    """
    ended = cases.filter(~cases.is_open)
    arrivals = _by_day(backend, cases, "first_day")
    finished = _by_day(backend, ended, "last_day")
    days = pd.date_range(arrivals.index.min(), last_day)
    wip = pd.DataFrame({"arrivals": arrivals, "finished": finished}, index=days)
    wip = wip.fillna(0).astype("int64")
    wip["open"] = (wip["arrivals"] - wip["finished"]).cumsum()
    return wip.rename_axis("date").reset_index()[WIP_COLUMNS]


def _by_day(backend: Backend, cases: ir.Table, day: str) -> pd.Series[int]:
    counted = backend.execute(cases.group_by(day=cases[day]).agg(cases=cases.count()))
    return counted.set_index(pd.DatetimeIndex(counted["day"]))["cases"].sort_index()


def queues(
    backend: Backend, steps: ir.Table, cases: ir.Table, clock: Clock, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return QUEUE_COLUMNS at the end of local dates: whose latest event is the activity, by age.

    Cases whose latest event has a later one are in its queue, and so are open cases after their
    last event.
    """
    if days.empty:
        return pd.DataFrame(columns=QUEUE_COLUMNS)
    local = clock.local_days(days[0].date(), days[-1].date())
    chosen = local[pd.DatetimeIndex(local["local_day"]).isin(days)]
    backend.create_table(ENDS, chosen[["local_day", "ends"]], overwrite=True)
    ends = backend.table(ENDS)
    still_open = cases.filter(cases.is_open).select("case_no", is_open=True)
    waiting = steps.left_join(still_open, "case_no")
    waiting = waiting.filter(waiting.wait.notnull() | waiting.is_open.notnull())
    after_all = int(chosen["ends"].max())
    waits = waiting.select(
        "activity_no", "at", until=(waiting["at"] + waiting.wait).fill_null(after_all)
    )
    inside = waits.join(ends, [waits["at"] < ends.ends, ends.ends <= waits.until])
    age = (inside.ends - inside["at"]) / 1_000_000
    found = inside.group_by(date=inside.local_day, activity=inside.activity_no).agg(
        queue=inside.count(),
        median_age_s=age.median(),
        p90_age_s=age.quantile(0.9),
        oldest_age_s=age.max(),
    )
    counted = backend.execute(found)
    counted["activity"] = counted["activity"].map(names_of(backend))
    ages = ["median_age_s", "p90_age_s"]  # engines interpolate alike, but for the last digits
    counted[ages] = counted[ages].astype(float).round(6)
    counted["date"] = pd.to_datetime(counted["date"])
    return counted.sort_values(["date", "activity"], ignore_index=True)[QUEUE_COLUMNS]
