"""How long bills wait in each stage between being handed in and being paid."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from kpi.params import Params
from kpi.tables.bills import MILESTONES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

METRIC = "payments_on_time"
STAGE_COLUMNS = ("period", "stage", "outcome", "n", "persons", "median_workdays", "p90_workdays")


def stage_times(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Measure the stages of the bills behind payments on time, by quarter.

    One row per quarter, stage ("approved-sent") and outcome (all, met, missed). Columns: n bills
    that passed the stage, persons (distinct), median and 90th percentile of the working days
    between the two milestones. Empty where payments are not measured. Milestones that the
    parameters do not map are skipped, so that stages join what is known.
    """
    if METRIC not in measured:
        return pd.DataFrame(columns=list(STAGE_COLUMNS))
    known = [name for name in MILESTONES if name in _mapped(params)]
    passed = [_passed(backend, params, start, end) for start, end in pairwise(known)]
    frames = [
        backend.execute(_summary(p, by_outcome=by_outcome))
        for p in passed
        for by_outcome in (False, True)
    ]
    stages = pd.concat(frames, ignore_index=True)[list(STAGE_COLUMNS)]
    order = {f"{start}-{end}": place for place, (start, end) in enumerate(pairwise(known))}
    stages["_stage"] = stages["stage"].map(order)
    ordered = stages.sort_values(["period", "_stage", "outcome"], ignore_index=True)
    return ordered.drop(columns="_stage")


def _mapped(params: Params) -> set[str]:
    source = params.report.sources["bills"]
    return {"received", *source.milestones} | {name.removesuffix("_at") for name in source.columns}


def _passed(backend: Backend, params: Params, start: str, end: str) -> ir.Table:
    """Return each bill that passed the stage, with its working days in it."""
    import ibis

    cases = backend.table(f"cases_{METRIC}").select("case_id", "person", "outcome", "quarter")
    bills = backend.table("accepted_bills")
    moments = bills.select(
        case_id="bill_id", start_day=bills[f"{start}_at"].date(), end_day=bills[f"{end}_at"].date()
    )
    calendar = backend.table("calendar")
    starts = calendar.select(start_day="date", start_index="workday_index")
    ends = calendar.select(end_day="date", end_index="workday_index")
    rows = cases.join(moments, "case_id").join(starts, "start_day").join(ends, "end_day")
    rows = rows.filter(rows.quarter.isin([str(q) for q in params.quarters]))
    rows = rows.filter((rows.end_day >= rows.start_day) & (rows.end_day <= params.report.as_of))
    return rows.mutate(
        workdays=rows.end_index - rows.start_index, stage=ibis.literal(f"{start}-{end}")
    )


def _summary(passed: ir.Table, *, by_outcome: bool) -> ir.Table:
    import ibis

    rows = passed.filter(passed.outcome.isin(["met", "missed"])) if by_outcome else passed
    outcome = rows.outcome if by_outcome else ibis.literal("all")
    return rows.group_by(period=rows.quarter, stage=rows.stage, outcome=outcome).agg(
        n=rows.count(),
        persons=rows.person.nunique(),
        median_workdays=rows.workdays.quantile(0.5),
        p90_workdays=rows.workdays.quantile(0.9),
    )
