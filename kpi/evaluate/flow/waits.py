"""Transitions and stages: how long cases wait after each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.evaluate.flow.events import names_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

TRANSITION_COLUMNS = [
    "from_activity", "to_activity", "n", "mean_s", "median_s", "min_s", "max_s", "sum_s",
    "stdev_s", "business_mean_s", "business_median_s", "business_sum_s",
]  # fmt: skip
STAGE_COLUMNS = [
    "activity", "events", "n", "mean_s", "median_s", "sum_s", "share",
    "business_mean_s", "business_median_s", "business_sum_s",
]  # fmt: skip
_SECOND = 1_000_000
_SUMS = ["seconds", "rest", "business_seconds", "business_rest"]


def waits(
    backend: Backend, steps: ir.Table, *, has_hours: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return TRANSITION_COLUMNS by both activities, and STAGE_COLUMNS by activity.

    A stage is the time after its activity, and its share of the time of all. The standard deviation
    is that of a sample, null where n is 1; business columns are null without hours.
    """
    passed = steps.filter(steps.wait.notnull())
    names = names_of(backend)
    between = _measured(backend, passed)
    after = between.groupby("activity_no")[["n", *_SUMS]].sum().reset_index()
    after = _medians(backend, steps).merge(after, how="left")
    after[["n", *_SUMS]] = after[["n", *_SUMS]].fillna(0).astype("int64")
    transitions, stages = _in_seconds(between), _in_seconds(after)
    stages["share"] = stages["sum_s"] / (stages["sum_s"].sum() or 1.0)
    transitions["from_activity"] = transitions["activity_no"].map(names)
    transitions["to_activity"] = transitions["next_activity_no"].map(names)
    stages["activity"] = stages["activity_no"].map(names)
    for found in () if has_hours else (transitions, stages):
        found[["business_mean_s", "business_median_s", "business_sum_s"]] = float("nan")
    keys = ["from_activity", "to_activity"]
    return (
        transitions.sort_values(keys, ignore_index=True)[TRANSITION_COLUMNS],
        stages.sort_values("activity", ignore_index=True)[STAGE_COLUMNS],
    )


def _measured(backend: Backend, passed: ir.Table) -> pd.DataFrame:
    """Measure transitions; sums are of whole seconds and the rest, lest they grow too large."""
    wait, business = passed.wait, passed.work
    measures = {"n": passed.count(), "median": wait.median(), "business_median": business.median()}
    for prefix, one in (("", wait), ("business_", business)):
        measures |= {
            f"{prefix}seconds": (one // _SECOND).sum().cast("int64"),
            f"{prefix}rest": (one % _SECOND).sum().cast("int64"),
        }
    measures |= {
        "min_s": wait.min() / _SECOND,
        "max_s": wait.max() / _SECOND,
        "stdev_s": (wait / _SECOND).std(how="sample"),
    }
    found = backend.execute(passed.group_by("activity_no", "next_activity_no").agg(**measures))
    # parallel engines add in any order, which shows in the last digits
    return found.assign(stdev_s=found["stdev_s"].astype(float).round(6))


def _medians(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """Return the events of each activity, and the median waits, which transitions do not tell."""
    medians = {"median": steps.wait.median(), "business_median": steps.work.median()}
    return backend.execute(steps.group_by("activity_no").agg(events=steps.count(), **medians))


def _in_seconds(found: pd.DataFrame) -> pd.DataFrame:
    for prefix in ("", "business_"):
        found[f"{prefix}sum_s"] = found[f"{prefix}seconds"] + found[f"{prefix}rest"] / _SECOND
        found[f"{prefix}mean_s"] = found[f"{prefix}sum_s"] / found["n"]
        found[f"{prefix}median_s"] = found[f"{prefix}median"].astype(float) / _SECOND
    return found
