"""Steps that happen in runs: payments made, or bills posted, on certain weekdays only.

A step is recognised as a run where the fewest weekdays that hold nine in ten of a quarter's steps
are three or fewer, while the step before it is spread over more weekdays: piles that a run left
behind are no runs of their own. With fewer than 20 steps in the quarter nothing is recognised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import CALENDAR
from kpi.metrics.stages import is_parted_by_waits, steps_of
from kpi.params import Params

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

RUN_COLUMNS = (
    "metric", "period", "step", "weekday", "days", "workdays", "payments", "persons", "share",
    "is_run",
)  # fmt: skip
MOST, FEW_WEEKDAYS, ENOUGH = 0.9, 3, 20


def payment_runs(backend: Backend, params: Params, staged: list[str]) -> pd.DataFrame:
    """Count the steps after the first by weekday, by the quarter in which they were taken.

    One row per metric, quarter of the history, step and weekday (1 is Monday), working weekdays
    and those with steps. Columns: RUN_COLUMNS: days (dates of that weekday with steps), workdays
    (working days of that weekday), payments (steps taken), persons (distinct), share (of the
    quarter's steps) and is_run. Not disclosed yet.
    """
    frames = [pd.DataFrame(columns=list(RUN_COLUMNS))]
    quarters = [str(quarter) for quarter in params.quarters]
    workdays = _workdays(backend, quarters)
    for name in staged:
        if is_parted_by_waits(params, name):
            continue
        piled = pd.Series(False, pd.Index(quarters))
        for step in steps_of(params, name)[1:]:
            rows = _by_weekday(backend, name, step, quarters).join(workdays, how="outer")
            rows = rows.fillna(0).astype("int64").reset_index()
            rows["share"] = rows["payments"] / rows.groupby("period")["payments"].transform("sum")
            most = pd.concat([_piled(quarter) for _, quarter in rows.groupby("period")])
            is_piled = most.groupby(rows["period"]).any().reindex(quarters, fill_value=False)
            rows["is_run"] = most & ~rows["period"].map(piled)
            piled = is_piled
            frames.append(rows.assign(metric=name, step=step))
    return pd.concat(frames[1:] or frames, ignore_index=True)[list(RUN_COLUMNS)]


def _workdays(backend: Backend, quarters: list[str]) -> pd.DataFrame:
    days = backend.table(CALENDAR)
    days = days.filter(days.is_workday & days.quarter.isin(quarters))
    counted = days.group_by(period=days.quarter, weekday=days.date.day_of_week.index() + 1)
    return backend.execute(counted.agg(workdays=days.count())).set_index(["period", "weekday"])


def _by_weekday(backend: Backend, metric: str, step: str, quarters: list[str]) -> pd.DataFrame:
    rows = backend.table(f"steps_{metric}")
    rows = rows.select("row_no", "person", date=rows[f"{step}_on"]).distinct()
    rows = rows.join(backend.table(CALENDAR).select("date", "quarter"), "date")
    rows = rows.filter(rows.quarter.isin(quarters))
    counted = rows.group_by(period=rows.quarter, weekday=rows.date.day_of_week.index() + 1).agg(
        days=rows.date.nunique(), payments=rows.count(), persons=rows.person.nunique()
    )
    return backend.execute(counted).set_index(["period", "weekday"])


def _piled(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell the weekdays on which a quarter's steps pile up, if they are few."""
    ordered = rows.sort_values(["payments", "weekday"], ascending=[False, True])
    before = ordered["payments"].cumsum() - ordered["payments"]
    holding = before < MOST * rows["payments"].sum()
    if rows["payments"].sum() < ENOUGH or holding.sum() > FEW_WEEKDAYS:
        holding[:] = False
    return holding.reindex(rows.index)


def next_runs(backend: Backend, runs: pd.DataFrame, metric: str, step: str) -> pd.DataFrame:
    """Return the day of the next run for each day on which a step could have been taken.

    Columns: date, next_on (the first date at or after it on which the step may be taken: a date on
    which it was, of a weekday recognised as a run in its quarter; in quarters without runs any
    date). Empty where no quarter of the history has runs of that step.
    """
    found = runs[(runs["metric"] == metric) & (runs["step"] == step) & runs["is_run"]]
    if found.empty:
        return pd.DataFrame(columns=["date", "next_on"])
    on_weekdays = set(zip(found["period"], found["weekday"], strict=True))
    taken = backend.table(f"steps_{metric}")[f"{step}_on"]
    dates = pd.to_datetime(backend.execute(taken).dropna().drop_duplicates())
    days = pd.Series(pd.date_range(dates.min(), dates.max()))
    quarters = days.dt.year.astype(str) + "Q" + days.dt.quarter.astype(str)
    is_run = [day in on_weekdays for day in zip(quarters, days.dt.day_of_week + 1, strict=True)]
    may_be = (pd.Series(is_run) & days.isin(dates)) | ~quarters.isin(found["period"])
    next_on = days.where(may_be).bfill()
    table = pd.DataFrame({"date": days, "next_on": next_on}).dropna()
    return table.apply(lambda column: column.dt.date)
