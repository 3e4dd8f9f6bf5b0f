"""The steps that cases take: their ways, loops included, how far they had come, and steps in runs.

A step is recognised as a run where the fewest weekdays that hold nine in ten of a quarter's steps
are three or fewer, while the step before it is spread over more weekdays: piles that a run left
behind are no runs of their own. With fewer than 20 steps in the quarter nothing is recognised.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.frames import PAYMENT_RUNS, REACHED, STEP_PATHS
from kpi.engine import CALENDAR, fetch
from kpi.figures.drawn_cases import STANDS_FOR, cases_in, with_stands_for
from kpi.figures.steps import (
    events_of,
    events_table,
    has_events,
    is_parted_by_waits,
    steps_of,
    timed,
)
from kpi.params import Params
from kpi.periods import Cycle, Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


BEFORE_FIRST = AFTER_LAST = ""


def step_paths(
    backend: Backend, params: Params, staged: list[str], drawn: ir.Table
) -> pd.DataFrame:
    """Count the passages from each step to the next, of the drawn cases of each quarter.

    Steps are ordered by time, equal times by the row of the extract; steps without a time are left
    out, for nobody knows their place. Metrics whose table is not made of steps have no rows. One
    row per metric, quarter and passage. `from_step` is "" before a case's first step and `to_step`
    "" after its last, so that as many passages enter a step as leave it. Steps that at most two
    drawn cases took are named OTHER: such a name may be a note about a person. Columns: the frame
    STEP_PATHS: n passages of drawn cases; of all passages persons (distinct) and median_days
    (calendar days with their fraction; null at both ends). Not disclosed yet.
    """
    of = max(params.report.disclosure.hide_persons_below, 1)
    frames = [STEP_PATHS.empty]
    for name in staged:
        if has_events(params, timed(params, name).subject):
            passages = with_stands_for(_passages(backend, params, name), drawn, name)
            if of > 1:
                passages = _without_rare_names(backend, passages, 2 * of)
            found = fetch(backend, _counted(passages)).assign(metric=name)
            found = found[found["n"] > 0]
            frames.append(
                found.sort_values(
                    ["period", "n", "from_step", "to_step"], ascending=[True, False, True, True]
                )
            )
    return STEP_PATHS.checked(pd.concat(frames[1:] or frames, ignore_index=True))


def _passages(backend: Backend, params: Params, metric: str) -> ir.Table:
    """Return each step of a case with the step before it, and the last with what follows: none."""
    import ibis

    cases = backend.table(f"steps_{metric}")
    cases = cases.filter(cases.period.isin([str(quarter) for quarter in params.quarters]))
    cases = cases.select("row_no", "period", "case_id", "person").distinct()
    subject = timed(params, metric).subject
    known = events_of(subject, backend.table(events_table(subject)), params.report.as_of)
    known = known.rename(step_no="row_no")
    rows = cases.join(known, "case_id")
    case = ibis.window(
        group_by=[rows.period, rows.case_id], order_by=[rows.happened_at, rows.step_no]
    )
    seconds = rows.happened_at.delta(rows.happened_at.lag().over(case), unit="second")
    rows = rows.mutate(
        before=rows.step.lag().over(case),
        after=rows.step.lead().over(case),
        days=seconds / 86_400,
    )
    entering = rows.select(
        "row_no", "period", "person", "days",
        from_step=rows.before.fill_null(BEFORE_FIRST), to_step="step",
    )  # fmt: skip
    last = rows.filter(rows.after.isnull())
    leaving = last.select(
        "row_no", "period", "person", days=ibis.null("float64"), from_step="step",
        to_step=ibis.literal(AFTER_LAST),
    )  # fmt: skip
    return ibis.union(entering.select(leaving.columns), leaving)


OTHER = "other steps"


def _without_rare_names(backend: Backend, passages: ir.Table, most: int) -> ir.Table:
    """Name the steps that drawn cases took no more than so many times, or never, OTHER."""
    taken = passages.group_by(step="to_step").agg(times=cases_in(passages))
    counted = backend.execute(taken)
    known = [BEFORE_FIRST, *counted.loc[counted["times"] > most, "step"]]
    named = {
        name: passages[name].isin(known).ifelse(passages[name], OTHER)
        for name in ("from_step", "to_step")
    }
    return passages.mutate(**named)


def _counted(passages: ir.Table) -> ir.Table:
    return passages.group_by("period", "from_step", "to_step").agg(
        n=cases_in(passages),
        persons=passages.person.nunique(),
        median_days=passages.days.quantile(0.5),
    )


def reached(backend: Backend, params: Params, staged: list[str], drawn: ir.Table) -> pd.DataFrame:
    """Count the drawn cases that had come to each step by each week's end. Not disclosed yet.

    Those under way when the quarter began and those that came in during it are counted; cases that
    were returned for good, or ended on a day nobody knows, are not. A case that has come to a step
    has come to all before it, so the difference between two steps is the work between them. One
    row per metric, quarter, Sunday in it up to `as_of`, and step in their order. Columns:
    the frame REACHED: cases (cumulative).
    """
    found = [
        {"metric": name, "period": str(quarter), **count}
        for name in staged
        for came in [_came(backend, name, steps_of(params, name), drawn)]
        for quarter in params.quarters
        for count in _of_quarter(came, quarter, params.report.as_of)
    ]
    return REACHED.checked(pd.DataFrame(found) if found else REACHED.empty)


@dataclass(frozen=True)
class _Came:
    """By when each case had come to each step, and how many cases it stands for."""

    days: Mapping[str, npt.NDArray[np.datetime64]]
    stands_for: npt.NDArray[np.int64]


def _came(backend: Backend, metric: str, steps: tuple[str, ...], drawn: ir.Table) -> _Came:
    """Return the first day of each step or of a later one; null where a case has not come there."""
    import ibis

    rows = backend.table(f"steps_{metric}").drop("period", "month", "outcome").distinct()
    known = rows.is_open | rows[f"{steps[-1]}_on"].notnull()
    rows = rows.filter(known & rows.left_on.isnull())
    days = {
        step: ibis.least(*(rows[f"{later}_on"] for later in (*steps[place:], steps[-1])))
        for place, step in enumerate(steps)
    }
    came = backend.execute(with_stands_for(rows.select("row_no", **days), drawn, metric))
    came = came[came[STANDS_FOR] > 0]
    return _Came(
        days={step: came[step].to_numpy(dtype="datetime64[D]") for step in steps},
        stands_for=came[STANDS_FOR].to_numpy(dtype=np.int64),
    )


def _of_quarter(came: _Came, quarter: Period, as_of: dt.date) -> Iterator[dict[str, Any]]:
    """Count by Sunday and step."""
    *_, last = came.days.values()
    under_way = ~(last < np.datetime64(quarter.first_day))
    stands_for = came.stands_for[under_way]
    days = {step: day[under_way] for step, day in came.days.items()}
    for sunday in pd.date_range(quarter.first_day, min(quarter.last_day, as_of), freq="W-SUN"):
        for step, day in days.items():
            had_come = day <= sunday.to_datetime64()
            yield {"on_date": sunday.date(), "step": step, "cases": int(stands_for[had_come].sum())}


MOST, FEW_WEEKDAYS, ENOUGH = 0.9, 3, 20


def payment_runs(
    backend: Backend, params: Params, runs: pd.DataFrame, drawn: ir.Table
) -> pd.DataFrame:
    """Count the steps that drawn cases took by weekday, beside the runs that `runs_of` found.

    One row for each of `runs` of a working weekday, or on which a drawn case took the step.
    Columns: the frame PAYMENT_RUNS: workdays (working days of that weekday), payments (steps of
    drawn cases), share (of the quarter's steps of drawn cases) and is_run. Not disclosed yet.
    """
    key = ["metric", "period", "step", "weekday"]
    if runs.empty:
        return PAYMENT_RUNS.empty
    steps = [
        (str(name), str(step))
        for name, step in runs[["metric", "step"]].drop_duplicates().itertuples(index=False)
    ]
    counted = _by_weekday(backend, params, steps, drawn)
    rows = runs.drop(columns="payments").merge(counted, on=key, how="left")
    rows["payments"] = rows["payments"].fillna(0).astype("int64")
    rows = rows[(rows["workdays"] > 0) | (rows["payments"] > 0)]
    whole = rows.groupby(key[:-1])["payments"].transform("sum")
    return PAYMENT_RUNS.checked(rows.assign(share=rows["payments"] / whole))


def runs_of(backend: Backend, params: Params, staged: list[str]) -> pd.DataFrame:
    """Tell the weekdays on which steps after the first were taken in runs, quarter by quarter.

    One row per metric, quarter of the history, step and weekday (1 is Monday), working weekdays
    and those with steps. Columns: metric, period, step, weekday, workdays (working days of that
    weekday), payments (steps taken) and is_run. It never leaves.
    """
    columns = ["metric", "period", "step", "weekday", "workdays", "payments", "is_run"]
    frames = [pd.DataFrame(columns=columns)]
    quarters = [str(quarter) for quarter in params.quarters]
    workdays = _workdays(backend, params.quarter.kind, quarters)
    passed = {
        name: steps_of(params, name)[1:] for name in staged if not is_parted_by_waits(params, name)
    }
    taken = [(name, step) for name, steps in passed.items() for step in steps]
    if not taken:
        return frames[0]
    counted = _by_weekday(backend, params, taken)
    for name, steps in passed.items():
        piled = pd.Series(False, pd.Index(quarters))
        for step in steps:
            own = counted[(counted["metric"] == name) & (counted["step"] == step)]
            own = own.set_index(["period", "weekday"])[["payments"]]
            rows = own.join(workdays, how="outer")
            rows = rows.fillna(0).astype("int64").reset_index()
            most = pd.concat([_piled(quarter) for _, quarter in rows.groupby("period")])
            is_piled = most.groupby(rows["period"]).any().reindex(quarters, fill_value=False)
            rows["is_run"] = most & ~rows["period"].map(piled)
            piled = is_piled
            frames.append(rows.assign(metric=name, step=step))
    return pd.concat(frames[1:] or frames, ignore_index=True)[columns]


def _workdays(backend: Backend, kind: str, quarters: list[str]) -> pd.DataFrame:
    days = backend.table(CALENDAR)
    days = days.filter(days.is_workday & days[kind].isin(quarters))
    counted = days.group_by(period=days[kind], weekday=days.date.day_of_week.index() + 1)
    return backend.execute(counted.agg(workdays=days.count())).set_index(["period", "weekday"])


def _by_weekday(
    backend: Backend,
    params: Params,
    steps: Sequence[tuple[str, str]],
    drawn: ir.Table | None = None,
) -> pd.DataFrame:
    """Count the steps of metrics, or those of drawn cases, by quarter of the history and weekday.

    Columns: metric, step, period, weekday, payments. One question counts all of them.
    """
    import ibis

    kind, quarters = params.quarter.kind, [str(quarter) for quarter in params.quarters]
    taken = [
        backend.table(f"steps_{metric}").select(
            "row_no", date=f"{step}_on", metric=ibis.literal(metric), step=ibis.literal(step)
        )
        for metric, step in steps
    ]
    rows = ibis.union(*taken).distinct()
    if drawn is not None:
        rows = with_stands_for(rows, drawn)
        rows = rows.filter(rows[STANDS_FOR] > 0)
    rows = rows.join(backend.table(CALENDAR).select("date", kind), "date")
    rows = rows.filter(rows[kind].isin(quarters))
    payments = rows.count() if drawn is None else cases_in(rows)
    by_weekday = rows.group_by(
        "metric", "step", period=rows[kind], weekday=rows.date.day_of_week.index() + 1
    )
    return backend.execute(by_weekday.agg(payments=payments))


def _piled(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell the weekdays on which a quarter's steps pile up, if they are few."""
    ordered = rows.sort_values(["payments", "weekday"], ascending=[False, True])
    before = ordered["payments"].cumsum() - ordered["payments"]
    holding = before < MOST * rows["payments"].sum()
    if rows["payments"].sum() < ENOUGH or holding.sum() > FEW_WEEKDAYS:
        holding[:] = False
    return holding.reindex(rows.index)


def next_runs(
    backend: Backend, runs: pd.DataFrame, metric: str, step: str, cycle: Cycle
) -> pd.DataFrame:
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
    quarters = cycle.names(days)
    is_run = [day in on_weekdays for day in zip(quarters, days.dt.day_of_week + 1, strict=True)]
    may_be = (pd.Series(is_run) & days.isin(dates)) | ~quarters.isin(found["period"])
    next_on = days.where(may_be).bfill()
    table = pd.DataFrame({"date": days, "next_on": next_on}).dropna()
    return table.apply(lambda column: column.dt.date)
