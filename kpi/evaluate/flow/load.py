"""How much work there was: arrivals, departures, open cases, and the queue of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.evaluate.flow.clock import Clock
from kpi.evaluate.flow.events import names_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

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
