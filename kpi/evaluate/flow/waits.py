"""Transitions and stages: how long cases wait after each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

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


def transitions(backend: Backend, steps: ir.Table, *, has_hours: bool) -> pd.DataFrame:
    """Return TRANSITION_COLUMNS, by from_activity and to_activity; business null without hours.

    The standard deviation is that of a sample, null where n is 1.
    """
    passed = steps.filter(steps.next_at.notnull())
    found = _measured(
        backend, passed, {"from_activity": "activity", "to_activity": "next_activity"}
    )
    return _finished(
        found, ["from_activity", "to_activity"], TRANSITION_COLUMNS, has_hours=has_hours
    )


def stages(backend: Backend, steps: ir.Table, *, has_hours: bool) -> pd.DataFrame:
    """Return STAGE_COLUMNS, by activity: the time after it, and its share of the time of all."""
    events = backend.execute(steps.group_by("activity").agg(events=steps.count()))
    passed = steps.filter(steps.next_at.notnull())
    found = events.merge(_measured(backend, passed, {"activity": "activity"}), how="left")
    found["n"] = found["n"].fillna(0).astype("int64")
    found[["sum_s", "business_sum_s"]] = found[["sum_s", "business_sum_s"]].fillna(0.0)
    found["share"] = found["sum_s"] / (found["sum_s"].sum() or 1.0)
    return _finished(found, ["activity"], STAGE_COLUMNS, has_hours=has_hours)


def _measured(backend: Backend, passed: ir.Table, keys: dict[str, str]) -> pd.DataFrame:
    """Measure waits by keys; sums are of whole seconds and the rest, lest they grow too large."""
    waits = passed.select(
        **{key: passed[column] for key, column in keys.items()},
        wait=passed.next_at - passed["at"],
        business=passed.next_position - passed.position,
    )
    measures = {"n": waits.count()}
    for prefix, wait in (("", waits.wait), ("business_", waits.business)):
        measures |= {
            f"{prefix}median": wait.median(),
            f"{prefix}seconds": (wait // _SECOND).sum().cast("int64"),
            f"{prefix}rest": (wait % _SECOND).sum().cast("int64"),
        }
    measures |= {
        "min": waits.wait.min(),
        "max": waits.wait.max(),
        "stdev_s": (waits.wait / _SECOND).std(how="sample"),
    }
    found = backend.execute(waits.group_by(*keys).agg(**measures))
    for prefix in ("", "business_"):
        found[f"{prefix}sum_s"] = found[f"{prefix}seconds"] + found[f"{prefix}rest"] / _SECOND
        found[f"{prefix}mean_s"] = found[f"{prefix}sum_s"] / found["n"]
        found[f"{prefix}median_s"] = found[f"{prefix}median"].astype(float) / _SECOND
    # parallel engines add in any order, which shows in the last digits
    stdev_s = found["stdev_s"].astype(float).round(6)
    return found.assign(min_s=found["min"] / _SECOND, max_s=found["max"] / _SECOND, stdev_s=stdev_s)


def _finished(
    found: pd.DataFrame, keys: list[str], columns: list[str], *, has_hours: bool
) -> pd.DataFrame:
    if not has_hours:
        business = [name for name in columns if name.startswith("business_")]
        found[business] = float("nan")
    return found.sort_values(keys, ignore_index=True)[columns]
