"""Each figure judged by what was in force in its quarter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from kpi.evaluate.targets import Goal, Status, goal_of, judge
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import RATES, Stated
from kpi.params import MetricParams, Params
from kpi.periods import Quarter

Row = dict[str, Any]


def with_status(valued: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Add target, direction and status to results that have their values and bounds.

    A rate is judged by the quarter alone: its months and weeks have the status "no_target".
    """
    totals = valued[valued["group"] == ""].set_index(["metric", "period"])["value"]
    records: list[Row] = [
        {str(name): value for name, value in row.items()} for row in valued.to_dict("records")
    ]
    judged = [_judged(row, params, totals) for row in records]
    return pd.DataFrame(judged, columns=[*valued.columns, "target", "direction", "status"])


def _judged(row: Row, params: Params, totals: pd.Series[float]) -> Row:
    settings = params.metrics[row["metric"]]
    quarter = _quarter_of(row)
    goal = _goal(settings, row["metric"], quarter, totals)
    if row["unit"] in RATES and row["period_kind"] != "quarter":
        goal = None
    return row | {
        "target": goal.value if goal else np.nan,
        "direction": goal.direction if goal else "",
        "status": _status(row, settings, quarter, goal, params),
    }


def _quarter_of(row: Row) -> Quarter:
    """Return the quarter whose rules a period is judged by; a week's is its Monday's."""
    period = str(row["period"])
    if row["period_kind"] == "quarter":
        return Quarter.parse(period)
    if row["period_kind"] == "month":
        return Quarter.of(dt.date.fromisoformat(f"{period}-01"))
    return Quarter.of(dt.date.fromisocalendar(int(period[:4]), int(period[6:]), 1))


def _goal(
    settings: MetricParams, metric: str, quarter: Quarter, totals: pd.Series[float]
) -> Goal | None:
    target = settings.target_on(quarter.last_day)
    if target is None or target.baseline is None:
        return goal_of(target, None)
    before = quarter.year_ago if target.baseline == "year_ago" else quarter.previous
    return goal_of(target, totals.get((metric, str(before))))


def _status(
    row: Row, settings: MetricParams, quarter: Quarter, goal: Goal | None, params: Params
) -> Status:
    without_count = _status_without_count(row, settings, quarter, params)
    if without_count:
        return without_count
    status = judge(goal, int(row["not_yet_due"]), row["lower"], row["upper"])
    if status == "no_target" and _lacks_its_baseline(row, settings, quarter):
        return "not_assessable"
    deviation = params.report.accepted_deviations.get(row["metric"])
    if status == "not_met" and deviation and quarter.last_day <= deviation.until:
        return "accepted_deviation"
    return status


def _status_without_count(
    row: Row, settings: MetricParams, quarter: Quarter, params: Params
) -> Status | None:
    """Return the status of what is not judged by counting: dropped, attested, text, no extract."""
    if settings.is_retired_on(quarter.last_day):
        return "retired"
    attestation = params.report.attestations.get(row["metric"])
    if attestation and quarter == params.quarter:
        return "attested" if attestation.is_met else "not_met"
    if isinstance(CATALOGUE[row["metric"]], Stated):
        return "not_assessable"
    return "no_data" if pd.isna(row["n"]) else None


def _lacks_its_baseline(row: Row, settings: MetricParams, quarter: Quarter) -> bool:
    return row["period_kind"] == "quarter" and settings.target_on(quarter.last_day) is not None
