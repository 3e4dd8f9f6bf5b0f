"""The one tidy result frame: a row per metric, period and group, judged by its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi.evaluate.counts import OUTCOMES, PERIOD_KINDS, count_cases, open_at_period_ends, weeks_of
from kpi.evaluate.judgement import with_status
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import Definition, Stated
from kpi.params import Params

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

PERSONS = tuple(f"persons_{outcome}" for outcome in (*OUTCOMES, "open", "overdue"))
RESULT_COLUMNS = (
    "metric", "version", "period", "period_kind", "group",
    "n", "met", "missed", "not_yet_due", "unknown",
    "value", "lower", "upper", "numerator", "denominator", "unit",
    "target", "direction", "status", "persons",
    "median_days", "p90_days", "max_days", "open", "overdue",
)  # fmt: skip
_RATES = ("per_week", "per_caseworker_week")


def evaluate(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Return the results of all reported metrics.

    Columns: RESULT_COLUMNS and the distinct persons behind each count (PERSONS), which disclosure
    needs and removes. Shares are ratios between 0 and 1, rates are per week, durations in days.
    Null means: not applicable to that metric, or nothing to count.
    """
    counted = _complete(backend, params, measured)
    valued = pd.concat(
        [_with_values(backend, rows, CATALOGUE[str(name)]) for name, rows in _by_metric(counted)],
        ignore_index=True,
    )
    judged = with_status(valued, params)
    return judged[[*RESULT_COLUMNS, *PERSONS]]


def _by_metric(frame: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    return list(frame.groupby("metric", sort=False))


def _complete(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count, and add a row for each quarter of each metric that has no cases in it."""
    quarters = [str(quarter) for quarter in params.quarters]
    index = pd.MultiIndex.from_product([params.metrics, quarters], names=["metric", "period"])
    empty = index.to_frame(index=False).assign(period_kind="quarter", group="")
    if not measured:
        counted = empty
    else:
        keys = ["metric", "period", "period_kind", "group"]
        counted = count_cases(backend, params, measured).merge(empty, on=keys, how="outer")
        opened = open_at_period_ends(backend, measured).assign(period_kind="quarter", group="")
        counted = counted.merge(opened, on=keys, how="left", validate="one_to_one")
    at_end = ["open", "overdue", "persons_open", "persons_overdue"]
    counts = ["n", *OUTCOMES, "persons", *(name for name in PERSONS if name not in at_end)]
    every = dict.fromkeys([*counted.columns, *counts, *at_end, "version"])
    counted = counted.reindex(columns=list(every))
    rank = {name: place for place, name in enumerate(params.metrics)}
    counted["_kind"] = counted["period_kind"].map(PERIOD_KINDS.index)
    counted["_metric"] = counted["metric"].map(rank)
    counted = counted.sort_values(["_metric", "_kind", "period", "group"], ignore_index=True)
    is_measured = counted["metric"].isin(measured)
    filled = counted[counts].astype("Float64")
    counted[counts] = filled.where(~is_measured, filled.fillna(0)).astype("Int64")
    counted[at_end] = counted[at_end].astype("Int64")
    return counted


def _with_values(backend: Backend, rows: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    rows = rows.assign(unit=definition.unit, numerator=np.nan, denominator=np.nan)
    if isinstance(definition, Stated) or rows["n"].isna().all():
        return rows.assign(value=np.nan, lower=np.nan, upper=np.nan)
    if definition.unit == "share":
        return _share(rows)
    if definition.unit in _RATES:
        return _rate(backend, rows, definition.unit)
    value = rows["median_days"] if definition.unit == "days" else rows["n"].astype(float)
    numerator = np.nan if definition.unit == "days" else rows["n"]
    return rows.assign(value=value, lower=value, upper=value, numerator=numerator)


def _share(rows: pd.DataFrame) -> pd.DataFrame:
    met, missed, unknown, n = (
        rows[name].to_numpy(dtype=float) for name in ("met", "missed", "unknown", "n")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows.assign(
            value=met / (met + missed),
            lower=met / n,
            upper=(met + unknown) / n,
            numerator=rows["met"],
            denominator=n,
        )


def _rate(backend: Backend, rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    weeks = pd.concat(
        [weeks_of(backend, kind, unit).assign(period_kind=kind) for kind in PERIOD_KINDS]
    )
    joined = rows.drop(columns="denominator").merge(
        weeks, on=["period", "period_kind"], how="left", validate="many_to_one"
    )
    value = joined["n"].astype(float) / joined["denominator"]
    return joined.assign(value=value, lower=value, upper=value, numerator=joined["n"])
