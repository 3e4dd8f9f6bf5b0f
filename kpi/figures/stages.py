"""How long cases wait in each stage, the queue there at month ends, and which made cases late.

A stage's excess is the time that a case spent in it beyond its norm. The stage with the largest
excess is responsible for the case, the earlier of two that are equal. The days late are shared out
over the stages in proportion to their excess, so that all shares add up to all days late. Cases in
which no stage took longer than its norm came in too late to be on time; cases in which a stage's
time is not known are unknown.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pandas as pd

from kpi.definitions.frames import LATENESS, STAGE_MONTHS, STAGE_QUEUES, STAGES
from kpi.engine import CALENDAR, DECIMALS, fetch
from kpi.figures.cases import accepted_tables, waits_of
from kpi.figures.clocks import with_numbers
from kpi.figures.drawn_cases import STANDS_FOR, cases_in, with_stands_for
from kpi.figures.steps import (
    AT_WORK,
    FROM_ON_TIME,
    PASSED,
    cases_with_a_step,
    is_parted_by_waits,
    stage_names,
    stages_of,
    steps_of,
    timed,
)
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from kpi.definitions.subject import Waits


def stage_times(backend: Backend, staged: list[str], drawn: ir.Table) -> pd.DataFrame:
    """Time the stages that cases passed, by quarter. Not disclosed yet.

    One row per metric, quarter, stage ("approved-sent") and outcome (all, met, missed), in the
    order of the stages. Columns: the frame STAGES: n drawn cases that passed the stage; of all
    cases that did, persons (distinct), median and 90th percentile of their days in it; unit
    (working_days or calendar_days), norm_days and norm_from as in kpi.figures.steps;
    persons_of_norm, the persons on time where their median is the norm. Outcomes without cases have
    rows, too: that there is none would tell that nobody was late. `staged` are the metrics that
    have stages.
    """
    if not staged:
        return STAGES.empty
    rows = with_stands_for(stages_of(backend, staged), drawn)
    judged = rows.filter(rows.outcome.isin(["met", "missed"]))
    parts = [_timed(rows.mutate(outcome=_all()), "outcome"), _timed(judged, "outcome")]
    of_all, by_outcome = (fetch(backend, part) for part in parts)
    found = pd.concat([of_all, by_outcome, _without_cases(of_all, by_outcome)])
    found = _in_order(found, staged, "period", "place", "outcome")
    key = ["metric", "period", "stage"]
    on_time = found[found["outcome"] == "met"].set_index(key)["persons"]
    persons = on_time.reindex(pd.MultiIndex.from_frame(found[key])).astype("Int64").array
    found["persons_of_norm"] = pd.Series(persons).where(found["norm_from"] == FROM_ON_TIME)
    return STAGES.checked(found.rename(columns={"norm": "norm_days"}))


def _without_cases(of_all: pd.DataFrame, by_outcome: pd.DataFrame) -> pd.DataFrame:
    """Return rows for the outcomes that no case of a stage has."""
    keys = ["metric", "period", "stage", "outcome"]
    nothing = {"n": 0, "persons": 0, "median_days": None, "p90_days": None}
    rows = pd.concat([of_all.assign(outcome=one, **nothing) for one in ("met", "missed")])
    there = pd.MultiIndex.from_frame(by_outcome[keys])
    return rows[~pd.MultiIndex.from_frame(rows[keys]).isin(there)].astype(of_all.dtypes)


def stage_months(backend: Backend, staged: list[str]) -> pd.DataFrame:
    """Time the stages that cases passed, by month of the day that decides. Not disclosed yet.

    One row per metric, month ("2019-10") and stage, in the order of the stages. Columns:
    the frame STAGE_MONTHS, as in `stage_times`.
    """
    if not staged:
        return STAGE_MONTHS.empty
    rows = stages_of(backend, staged)
    by_month = rows.filter(rows.month.notnull()).mutate(period=rows.month)
    found = fetch(backend, _timed(by_month))
    return STAGE_MONTHS.checked(_in_order(found, staged, "period", "place"))


def _in_order(rows: pd.DataFrame, staged: list[str], *columns: str) -> pd.DataFrame:
    """Sort rows by metric, in the order of `staged`, and then by columns, of which `place` goes."""
    rank = rows["metric"].map({name: place for place, name in enumerate(staged)})
    ranked = rows.assign(rank=rank).sort_values(["rank", *columns], ignore_index=True)
    return ranked.drop(columns=["rank", "place"])


def _all() -> ir.StringScalar:
    import ibis

    return ibis.literal("all")


def _timed(rows: ir.Table, *more: str) -> ir.Table:
    import ibis

    has_passed = rows.state == PASSED
    days = ibis.ifelse(has_passed, rows.days, ibis.null("int64"))
    norms = ["norm", "norm_from"] if more else []
    counts = {"n": cases_in(rows, has_passed)} if STANDS_FOR in rows.columns else {}
    return rows.group_by("metric", "period", "unit", "stage", "place", *more, *norms).agg(
        **counts,
        persons=rows.person.nunique(where=has_passed),
        median_days=days.quantile(0.5),
        p90_days=days.quantile(0.9),
    )


def stage_queues(
    backend: Backend, params: Params, staged: list[str], drawn: ir.Table
) -> pd.DataFrame:
    """Count the drawn cases that waited in each stage at the end of each month of the history.

    A case waits in a stage on a day if it came to it by that day and had not left it by its end;
    a case that was returned for good has left, and one that has shown no step for long is not
    waiting any more (`silent_after` of the parameters). Cases count whether they are judged or
    not. One row per metric, last day of a month up to `as_of`, and stage. Columns: the frame
    STAGE_QUEUES: queue (drawn cases); of all cases persons (distinct), median, 90th percentile and
    highest age in days of `unit` since they came to the stage (at work: since receipt), null where
    none waited. Not disclosed yet.
    """
    days = month_ends(params)
    if not staged or not days:
        return STAGE_QUEUES.empty
    found = _queues_counted(backend, params, staged, days, drawn)
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
    return STAGE_QUEUES.checked(found.astype(counts).assign(unit=found["metric"].map(units)))


def month_ends(params: Params) -> list[dt.date]:
    """Return the last day of each month of the history that `as_of` has seen the end of."""
    first, last = params.quarters[0].first_day, params.quarter.last_day
    ends = pd.date_range(first, last, freq="ME").date
    return [day for day in ends if day <= params.report.as_of]


def _queues_counted(
    backend: Backend, params: Params, staged: list[str], days: list[dt.date], drawn: ir.Table
) -> pd.DataFrame:
    """Count the cases that waited, by metric, day and stage."""
    import ibis

    ends = ibis.memtable(pd.DataFrame({"on_date": days}), schema={"on_date": "date"})
    waiting = (
        _waiting(backend, params, name, ends).mutate(metric=ibis.literal(name)) for name in staged
    )
    weighted = with_stands_for(ibis.union(*waiting), drawn)
    stored = backend.create_table("waiting", weighted, overwrite=True)
    rows = with_numbers(stored, backend.table(CALENDAR), "since", "on_date")
    rows = rows.mutate(age=rows.on_date_no - rows.since_no)
    counted = rows.group_by("metric", "on_date", "stage").agg(
        queue=cases_in(rows), persons=rows.person.nunique(),
        median_age=rows.age.quantile(0.5),
        p90_age=rows.age.quantile(0.9), oldest_age=rows.age.max(),
    )  # fmt: skip
    found = fetch(backend, counted)
    return found.assign(on_date=pd.to_datetime(found["on_date"]).dt.date)


def _waiting(backend: Backend, params: Params, metric: str, ends: ir.Table) -> ir.Table:
    """Return each case in each stage on each day: row_no, on_date, stage, since, person, unit."""
    import ibis

    steps = steps_of(params, metric)
    rows = backend.table(f"steps_{metric}").drop("period", "month", "outcome").distinct()
    if is_parted_by_waits(params, metric):
        return _at_work_or_waiting(backend, params, metric, rows, ends)
    stages = []
    for place, (start, end) in enumerate(pairwise(steps)):
        left = ibis.coalesce(*(rows[f"{step}_on"] for step in steps[place + 1 :]), rows.left_on)
        came = rows.filter(
            rows[f"{start}_on"].notnull() & (rows.is_open | rows[f"{steps[-1]}_on"].notnull())
        )
        came = came.select("row_no", "case_id", "person", "unit", since=f"{start}_on", left=left)
        stages.append(came.mutate(stage=ibis.literal(f"{start}-{end}")))
    waiting = _on(ibis.union(*stages), ends)
    lively = cases_with_a_step(backend, params, metric, ends)
    if lively is not None:
        waiting = waiting.semi_join(lively, [("case_id", "shown_id"), "on_date"])
    return waiting.drop("case_id")


def _on(spells: ir.Table, ends: ir.Table) -> ir.Table:
    rows = spells.cross_join(ends)
    is_on = (rows.since <= rows.on_date) & (rows.left.isnull() | (rows.left > rows.on_date))
    columns = ("row_no", "on_date", "stage", "since", "case_id", "person", "unit")
    return rows.filter(is_on).select(*columns)


def _at_work_or_waiting(
    backend: Backend, params: Params, metric: str, rows: ir.Table, ends: ir.Table
) -> ir.Table:
    """A case waits for others on the days that a wait covers, else it is at work."""
    import ibis

    subject = timed(params, metric).subject
    waits = cast("Waits", subject.waits)
    periods = waits_of(subject, waits, accepted_tables(backend, params))
    first, last = steps_of(params, metric)
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
    both = spells.join(periods, "case_id")
    covered = both.filter(
        (both.from_date <= both.on_date) & (both.to_date.isnull() | (both.to_date >= both.on_date))
    )
    began = covered.group_by("row_no", "on_date").agg(waits_since=covered.from_date.min())
    joined = spells.left_join(began, ["row_no", "on_date"])
    waits_since = joined.waits_since
    return joined.select(
        "row_no", "on_date", "person", "unit",
        stage=ibis.ifelse(waits_since.notnull(), waits.stage, AT_WORK),
        since=ibis.greatest(waits_since.coalesce(joined.since), joined.since),
    )  # fmt: skip


RECEIVED_TOO_LATE, UNKNOWN = "received_too_late", "unknown"


def lateness(backend: Backend, params: Params, staged: list[str], drawn: ir.Table) -> pd.DataFrame:
    """Sort the late cases of each quarter by the stage that made them late. Not disclosed yet.

    One row per metric, quarter with cases, and stage, then received_too_late and unknown; quarters
    without late cases have rows, too, or else they would tell that nobody was late.
    Columns: the frame LATENESS: late (drawn cases that the stage is responsible for), shared_days
    (its share of the days by which all cases were late), persons_sharing (distinct, behind those
    days), total_late and total_days (of the quarter: `late` and `shared_days` add up to them). A
    case is late by the days of the unit from its due
    day to its end, or to `as_of`.
    """
    frames = [LATENESS.empty]
    counted = _late_counted(backend, staged, drawn) if staged else {}
    for name in [name for name in staged if name in counted]:
        places = [*stage_names(params, name), RECEIVED_TOO_LATE, UNKNOWN]
        frames.append(_shares(counted[name], places).assign(metric=name))
    return LATENESS.checked(pd.concat(frames[1:] or frames, ignore_index=True))


def responsible(stages: ir.Table) -> ir.Table:
    """Return the late cases (row_no, period) with the stage that made each late, in `label`."""
    late = _late(stages)
    return late.filter(late.is_first).select("row_no", "period", "label")


def _late(stages: ir.Table) -> ir.Table:
    """Return the stages of late cases, with what their case lost in all, and who is first."""
    import ibis

    rows = stages.filter(stages.outcome == "missed")
    case = [rows.metric, rows.period, rows.row_no]
    whole, ranked = (
        ibis.window(group_by=case),
        ibis.window(group_by=case, order_by=[rows.excess.fill_null(0).desc(), rows.place]),
    )
    rows = rows.mutate(
        lost=rows.excess.fill_null(0).sum().over(whole),
        gaps=ibis.ifelse(rows.excess.isnull(), 1, 0).sum().over(whole),
        rank=ibis.row_number().over(ranked),
    )
    label = ibis.cases(
        (rows.gaps > 0, UNKNOWN), (rows.lost == 0, RECEIVED_TOO_LATE), else_=rows.stage
    )
    is_first = rows["rank"] == 0
    # One row stands for each case that is not shared out, and one for each stage that lost time.
    is_shared = (rows.gaps == 0) & (rows.lost > 0)
    share = ibis.ifelse(
        is_shared, rows.days_late * rows.excess / rows.lost, rows.days_late.cast("float64")
    )
    rows = rows.mutate(
        is_first=is_first, label=ibis.ifelse(is_first, label, rows.stage), share=share,
        shares=ibis.ifelse(is_shared, rows.excess > 0, is_first),
    )  # fmt: skip
    return rows.filter(rows.is_first | rows.shares)


def _late_counted(backend: Backend, staged: list[str], drawn: ir.Table) -> dict[str, pd.DataFrame]:
    """Count the late cases of each metric by quarter and stage."""
    late = with_stands_for(_late(stages_of(backend, staged)), drawn)
    counted = late.group_by("metric", "period", "unit", stage=late.label).agg(
        late=cases_in(late, late.is_first),
        shared_days=late.share.sum(where=late.shares),
        persons_sharing=late.person.nunique(where=late.shares & (late.share > 0)),
    )
    rows = stages_of(backend, staged)
    dated = rows.filter(rows.period.notnull())
    quarters = backend.execute(dated.select("metric", "period", "unit").distinct())
    found = quarters.merge(backend.execute(counted), how="left")
    return {str(name): of.drop(columns="metric") for name, of in found.groupby("metric")}


def _shares(found: pd.DataFrame, places: list[str]) -> pd.DataFrame:
    quarters = sorted({(row.period, row.unit) for row in found.itertuples()})
    index = pd.MultiIndex.from_tuples(
        [(*quarter, place) for quarter in quarters for place in places],
        names=["period", "unit", "stage"],
    )
    rows = found.set_index(["period", "unit", "stage"]).reindex(index).fillna(0).reset_index()
    whole = rows.groupby("period")
    return rows.assign(
        shared_days=rows["shared_days"].round(DECIMALS),
        total_late=whole["late"].transform("sum"),
        total_days=whole["shared_days"].transform("sum").round(DECIMALS),
    ).astype(dict.fromkeys(("late", "total_late", "persons_sharing"), "Int64"))
