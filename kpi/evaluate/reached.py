"""How far cases had come by each week's end: the steps of a cumulative flow diagram."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from kpi.metrics.stages import steps_of
from kpi.params import Params
from kpi.periods import Quarter

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

REACHED_COLUMNS = (
    "metric", "period", "on_date", "step", "cases", "persons_new", "persons_between"
)  # fmt: skip


def reached(backend: Backend, params: Params, staged: list[str]) -> pd.DataFrame:
    """Count the cases that had come to each step by each week's end. Not disclosed yet.

    Those under way when the quarter began and those that came in during it are counted; cases that
    were returned for good, or ended on a day nobody knows, are not. A case that has come to a step
    has come to all before it, so the difference between two steps is the work between them. One
    row per metric, quarter, Sunday in it up to `as_of`, and step in their order. Columns:
    REACHED_COLUMNS: cases (cumulative), persons_new (with a case that came to the step since the
    Sunday before; the first Sunday counts from the beginning) and persons_between (with a case that
    has come to the step before, and not to this one).
    """
    frames = [pd.DataFrame(columns=list(REACHED_COLUMNS))]
    for name in staged:
        steps = steps_of(params, name)
        came = backend.execute(_came(backend, name, steps))
        for column in steps:
            came[column] = pd.to_datetime(came[column])
        frames += [
            _of_quarter(came, steps, quarter, params.report.as_of).assign(metric=name)
            for quarter in params.quarters
        ]
    return pd.concat(frames[1:] or frames, ignore_index=True)[list(REACHED_COLUMNS)]


def _came(backend: Backend, metric: str, steps: tuple[str, ...]) -> ir.Table:
    """Return by when each case had come to each step: the first day of it or of a later one."""
    import ibis

    rows = backend.table(f"steps_{metric}").drop("period", "month", "outcome").distinct()
    known = rows.is_open | rows[f"{steps[-1]}_on"].notnull()
    rows = rows.filter(known & rows.left_on.isnull())
    return rows.select(
        "person",
        **{
            step: ibis.least(*(rows[f"{later}_on"] for later in (*steps[place:], steps[-1])))
            for place, step in enumerate(steps)
        },
    )


def _of_quarter(
    came: pd.DataFrame, steps: tuple[str, ...], quarter: Quarter, as_of: dt.date
) -> pd.DataFrame:
    first = pd.Timestamp(quarter.first_day)
    sundays = pd.date_range(first, min(quarter.last_day, as_of), freq="W-SUN")
    last = came[steps[-1]]
    rows = came[last.isna() | (last >= first)]
    found = []
    for place, step in enumerate(steps):
        day = rows[step]
        for before, sunday in zip([pd.Timestamp.min, *sundays], sundays, strict=False):
            had_come = day <= sunday
            new = had_come & (day > before)
            earlier = rows[steps[place - 1]] <= sunday if place else had_come
            found.append(
                {
                    "period": str(quarter),
                    "on_date": sunday.date(),
                    "step": step,
                    "cases": int(had_come.sum()),
                    "persons_new": rows.loc[new, "person"].nunique(),
                    "persons_between": rows.loc[earlier & ~had_come, "person"].nunique(),
                }
            )
    columns = [name for name in REACHED_COLUMNS if name != "metric"]
    return pd.DataFrame(found, columns=columns).sort_values("on_date", kind="stable")
