"""Whose time it was: late cases by the stage that made them late.

A stage's excess is the time that a case spent in it beyond its norm. The stage with the largest
excess is responsible for the case, the earlier of two that are equal. The days late are shared out
over the stages in proportion to their excess, so that all shares add up to all days late. Cases in
which no stage took longer than its norm came in too late to be on time; cases in which a stage's
time is not known are unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import DECIMALS
from kpi.measure.stages import stages_of
from kpi.metrics.stages import stage_names
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

RECEIVED_TOO_LATE, UNKNOWN = "received_too_late", "unknown"
LATENESS_COLUMNS = (
    "metric", "period", "unit", "stage", "late", "persons", "persons_sharing", "shared_days",
    "total_late", "total_days",
)  # fmt: skip


def lateness(backend: Backend, params: Params, staged: list[str]) -> pd.DataFrame:
    """Sort the late cases of each quarter by the stage that made them late. Not disclosed yet.

    One row per metric, quarter with late cases, and stage, then received_too_late and unknown.
    Columns: LATENESS_COLUMNS: late (cases that the stage is responsible for), persons (distinct,
    of these), shared_days (its share of the days late), persons_sharing (with a case that lost
    time there), total_late and total_days (of the quarter: `late` and `shared_days` add up to
    them). A case is late by the days of the unit from its due day to its end, or to `as_of`.
    """
    frames = [pd.DataFrame(columns=list(LATENESS_COLUMNS))]
    counted = _counted(backend, staged) if staged else {}
    for name in [name for name in staged if name in counted]:
        places = [*stage_names(params, name), RECEIVED_TOO_LATE, UNKNOWN]
        frames.append(_shares(counted[name], places).assign(metric=name))
    return pd.concat(frames[1:] or frames, ignore_index=True)[list(LATENESS_COLUMNS)]


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


def _counted(backend: Backend, staged: list[str]) -> dict[str, pd.DataFrame]:
    """Count the late cases of each metric by quarter and stage."""
    late = _late(stages_of(backend, staged))
    counted = late.group_by("metric", "period", "unit", stage=late.label).agg(
        late=late.is_first.sum(),
        persons=late.person.nunique(where=late.is_first),
        persons_sharing=late.person.nunique(where=late.shares),
        shared_days=late.share.sum(where=late.shares),
    )
    by_metric = backend.execute(counted).groupby("metric")
    return {str(name): rows.drop(columns="metric") for name, rows in by_metric}


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
    ).astype(dict.fromkeys(("late", "persons", "persons_sharing", "total_late"), "Int64"))
