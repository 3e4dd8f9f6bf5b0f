"""The one tidy result frame: a row per metric, period and group, judged by its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi.evaluate.counts import OUTCOMES, PERIOD_KINDS, count_cases, weeks_of
from kpi.evaluate.durations import km_medians
from kpi.evaluate.intervals import wilson_interval
from kpi.evaluate.judgement import with_status
from kpi.evaluate.open_cases import AT_QUARTER_END, PERSONS_AT_QUARTER_END, open_at_period_ends
from kpi.evaluate.under_way import make_under_way
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import RATES, Definition, Stated
from kpi.params import MetricParams, Params

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

PERSONS_OF_CASES = tuple(f"persons_{name}" for name in (*OUTCOMES, "timed"))
PERSONS = (*PERSONS_OF_CASES, *PERSONS_AT_QUARTER_END)
RESULT_COLUMNS = (
    "metric", "version", "period", "period_kind", "group",
    "n", "met", "missed", "not_yet_due", "unknown",
    "value", "lower", "upper", "numerator", "denominator", "unit",
    "target", "direction", "status", "persons",
    "median_days", "p90_days", "max_days", "median_net_days", "km_median_days", "open", "overdue",
)  # fmt: skip
_KEYS = ["metric", "period", "period_kind", "group"]
_COUNTED = (
    "version", "n", *OUTCOMES, "persons", *PERSONS,
    "median_days", "p90_days", "max_days", "median_net_days",
)  # fmt: skip


def evaluate(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Return the results of all reported metrics.

    Columns: RESULT_COLUMNS and the distinct persons behind each count (PERSONS), which disclosure
    needs and removes. Shares are ratios between 0 and 1, rates are per week, durations in days of
    the limit's unit: of ended cases gross (median_days, p90_days, max_days) and net of the days
    waited for the citizen (median_net_days), and with open cases (km_median_days, quarters only).
    Null means: not applicable to that metric, or nothing to count.
    """
    counted = _complete(backend, params, measured)
    valued = pd.concat(
        [
            with_values(backend, rows, CATALOGUE[name], params.metrics[name])
            for name, rows in _by_metric(counted)
        ],
        ignore_index=True,
    )
    judged = with_status(valued, params)
    return judged[[*RESULT_COLUMNS, *PERSONS]]


def _by_metric(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), rows) for name, rows in frame.groupby("metric", sort=False)]


def _complete(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count, and add a row for each quarter of each metric that has no cases in it."""
    quarters = [str(quarter) for quarter in params.quarters]
    index = pd.MultiIndex.from_product([params.metrics, quarters], names=["metric", "period"])
    counted = index.to_frame(index=False).assign(period_kind="quarter", group="")
    if measured:
        counted = count_cases(backend, params, measured).merge(counted, on=_KEYS, how="outer")
    make_under_way(backend, params, measured)
    for at_end in (open_at_period_ends, km_medians):
        ends = at_end(backend, measured).assign(period_kind="quarter", group="")
        counted = counted.merge(ends, on=_KEYS, how="left", validate="one_to_one")
    counted = counted.reindex(columns=list(dict.fromkeys([*counted.columns, *_COUNTED])))
    rank = {name: place for place, name in enumerate(params.metrics)}
    counted["_kind"] = counted["period_kind"].map(PERIOD_KINDS.index)
    counted["_metric"] = counted["metric"].map(rank)
    counted = counted.sort_values(["_metric", "_kind", "period", "group"], ignore_index=True)
    return _with_whole_counts(counted, counted["metric"].isin(measured))


def _with_whole_counts(counted: pd.DataFrame, is_measured: pd.Series[bool]) -> pd.DataFrame:
    """Make counts whole numbers: zero where a measured metric has no cases, null elsewhere."""
    counts = ["n", *OUTCOMES, "persons", *PERSONS_OF_CASES]
    filled = counted[counts].astype("Float64")
    counted[counts] = filled.where(~is_measured, filled.fillna(0)).astype("Int64")
    at_end = [*AT_QUARTER_END, *PERSONS_AT_QUARTER_END]
    counted[at_end] = counted[at_end].astype("Int64")
    return counted


def with_values(
    backend: Backend, rows: pd.DataFrame, definition: Definition, settings: MetricParams
) -> pd.DataFrame:
    """Add value, lower and upper bound, numerator, denominator and unit to one metric's counts."""
    rows = rows.assign(unit=definition.unit, numerator=np.nan, denominator=np.nan)
    if not definition.is_about_persons:
        rows = rows.assign(persons=pd.Series(pd.NA, rows.index, "Int64"))
    if isinstance(definition, Stated) or rows["n"].isna().all():
        return rows.assign(value=np.nan, lower=np.nan, upper=np.nan)
    if definition.unit == "share":
        sampled = [counting.version for counting in settings.counting if counting.is_sample]
        return _as_sample(_share(rows), rows["version"].isin(sampled))
    if definition.unit in RATES:
        return _rate(backend, rows, definition.unit)
    if definition.unit == "days":
        net = [counting.version for counting in settings.counting if counting.clock == "net"]
        value = rows["median_days"].mask(rows["version"].isin(net), rows["median_net_days"])
        return rows.assign(value=value, lower=value, upper=value)
    value = rows["n"].astype(float)
    return rows.assign(value=value, lower=value, upper=value, numerator=rows["n"])


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


def _as_sample(rows: pd.DataFrame, is_sample: pd.Series[bool]) -> pd.DataFrame:
    """Widen the bounds of shares that rest on a sample by their Wilson intervals."""
    if not is_sample.any():
        return rows
    met, unknown, n = (rows[name].to_numpy(dtype=float) for name in ("met", "unknown", "n"))
    lower, _ = wilson_interval(met, n)
    _, upper = wilson_interval(met + unknown, n)
    return rows.assign(
        lower=rows["lower"].mask(is_sample, lower), upper=rows["upper"].mask(is_sample, upper)
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
