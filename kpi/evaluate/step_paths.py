"""The ways that cases take through a system's own steps, loops included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import fetch
from kpi.measure.steps import timed
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

PATH_COLUMNS = (
    "metric", "period", "from_step", "to_step", "n", "cases", "persons", "median_days"
)  # fmt: skip
BEFORE_FIRST = AFTER_LAST = ""


def step_paths(backend: Backend, params: Params, staged: list[str]) -> pd.DataFrame:
    """Count the passages from each step to the next, of the cases of each quarter.

    Steps are ordered by time, equal times by the row of the extract; steps without a time are left
    out, for nobody knows their place. Metrics whose table is not made of steps have no rows. One
    row per metric, quarter and passage. `from_step` is "" before a case's first step and `to_step`
    "" after its last, so that as many passages enter a step as leave it. Columns: PATH_COLUMNS: n
    passages, cases and persons (distinct), median_days (calendar days with their fraction; null at
    both ends). Not disclosed yet.
    """
    frames = [pd.DataFrame(columns=list(PATH_COLUMNS))]
    for name in staged:
        source = params.report.sources[timed(name).table]
        if source.milestones and "bill_steps" in params.report.sources:
            found = fetch(backend, _counted(_passages(backend, params, name))).assign(metric=name)
            frames.append(
                found.sort_values(
                    ["period", "n", "from_step", "to_step"], ascending=[True, False, True, True]
                )
            )
    return pd.concat(frames[1:] or frames, ignore_index=True)[list(PATH_COLUMNS)]


def _passages(backend: Backend, params: Params, metric: str) -> ir.Table:
    """Return each step of a case with the step before it, and the last with what follows: none."""
    import ibis

    cases = backend.table(f"steps_{metric}")
    cases = cases.filter(cases.period.isin([str(quarter) for quarter in params.quarters]))
    cases = cases.select("period", "case_id", "person").distinct()
    steps = backend.table("accepted_bill_steps")
    known = steps.filter(steps.happened_at.date() <= params.report.as_of)
    known = known.select("step", "happened_at", "row_no", case_id="bill_id")
    rows = cases.join(known, "case_id")
    case = ibis.window(
        group_by=[rows.period, rows.case_id], order_by=[rows.happened_at, rows.row_no]
    )
    seconds = rows.happened_at.delta(rows.happened_at.lag().over(case), unit="second")
    rows = rows.mutate(
        before=rows.step.lag().over(case),
        after=rows.step.lead().over(case),
        days=seconds / 86_400,
    )
    entering = rows.select(
        "period", "case_id", "person", "days",
        from_step=rows.before.fill_null(BEFORE_FIRST), to_step="step",
    )  # fmt: skip
    last = rows.filter(rows.after.isnull())
    leaving = last.select(
        "period", "case_id", "person", days=ibis.null("float64"), from_step="step",
        to_step=ibis.literal(AFTER_LAST),
    )  # fmt: skip
    return ibis.union(entering.select(leaving.columns), leaving)


def _counted(passages: ir.Table) -> ir.Table:
    return passages.group_by("period", "from_step", "to_step").agg(
        n=passages.count(),
        cases=passages.case_id.nunique(),
        persons=passages.person.nunique(),
        median_days=passages.days.quantile(0.5),
    )
