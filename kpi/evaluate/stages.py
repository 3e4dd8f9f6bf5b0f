"""How long cases wait in each stage of their way, against the stage's norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import fetch
from kpi.measure.stages import PASSED, stages_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

_COUNTS = ("n", "persons", "persons_not_passed")
STAGE_COLUMNS = (
    "metric", "period", "unit", "stage", "outcome", *_COUNTS, "median_days", "p90_days",
    "norm_days", "norm_from",
)  # fmt: skip
MONTH_COLUMNS = (
    "metric", "period", "unit", "stage", *_COUNTS, "median_days", "p90_days"
)  # fmt: skip


def stage_times(backend: Backend, staged: list[str]) -> pd.DataFrame:
    """Time the stages that cases passed, by quarter. Not disclosed yet.

    One row per metric, quarter, stage ("approved-sent") and outcome (all, met, missed), in the
    order of the stages. Columns: STAGE_COLUMNS: n cases that passed the stage, persons (distinct),
    persons_not_passed (with a case of that outcome for which the stage has no time), median and
    90th percentile of their days in it; unit (working_days or calendar_days), norm_days and
    norm_from as in kpi.measure.stages. Outcomes without cases have no rows. `staged` are the
    metrics that have stages.
    """
    if not staged:
        return pd.DataFrame(columns=list(STAGE_COLUMNS))
    rows = stages_of(backend, staged)
    judged = rows.filter(rows.outcome.isin(["met", "missed"]))
    parts = [_timed(rows.mutate(outcome=_all()), "outcome"), _timed(judged, "outcome")]
    found = pd.concat([fetch(backend, part) for part in parts])
    found = _in_order(found, staged, "period", "place", "outcome")
    return found.rename(columns={"norm": "norm_days"})[list(STAGE_COLUMNS)]


def stage_months(backend: Backend, staged: list[str]) -> pd.DataFrame:
    """Time the stages that cases passed, by month of the day that decides. Not disclosed yet.

    One row per metric, month ("2019-10") and stage, in the order of the stages. Columns:
    MONTH_COLUMNS, as in `stage_times`.
    """
    if not staged:
        return pd.DataFrame(columns=list(MONTH_COLUMNS))
    rows = stages_of(backend, staged)
    by_month = rows.filter(rows.month.notnull()).mutate(period=rows.month)
    found = fetch(backend, _timed(by_month))
    return _in_order(found, staged, "period", "place")[list(MONTH_COLUMNS)]


def _in_order(rows: pd.DataFrame, staged: list[str], *columns: str) -> pd.DataFrame:
    """Sort rows by metric, in the order of `staged`, and then by columns."""
    rank = rows["metric"].map({name: place for place, name in enumerate(staged)})
    ranked = rows.assign(rank=rank).sort_values(["rank", *columns], ignore_index=True)
    return ranked.drop(columns="rank")


def _all() -> ir.StringScalar:
    import ibis

    return ibis.literal("all")


def _timed(rows: ir.Table, *more: str) -> ir.Table:
    import ibis

    has_passed = rows.state == PASSED
    days = ibis.ifelse(has_passed, rows.days, ibis.null("int64"))
    norms = ["norm", "norm_from"] if more else []
    return rows.group_by("metric", "period", "unit", "stage", "place", *more, *norms).agg(
        n=has_passed.sum(),
        persons=rows.person.nunique(where=has_passed),
        persons_not_passed=rows.person.nunique(where=~has_passed),
        median_days=days.quantile(0.5),
        p90_days=days.quantile(0.9),
    )
