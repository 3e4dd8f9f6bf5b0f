"""How far cases had come by each week's end: the steps of a cumulative flow diagram."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.metrics.stages import steps_of
from kpi.params import Params
from kpi.periods import Quarter

if TYPE_CHECKING:
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
    found = [
        {"metric": name, "period": str(quarter), **count}
        for name in staged
        for came in [_came(backend, name, steps_of(params, name))]
        for quarter in params.quarters
        for count in _of_quarter(came, quarter, params.report.as_of)
    ]
    return pd.DataFrame(found, columns=list(REACHED_COLUMNS))


@dataclass(frozen=True)
class _Came:
    """By when each case had come to each step, and whose case it is, by number."""

    days: Mapping[str, npt.NDArray[np.datetime64]]
    persons: npt.NDArray[np.intp]


def _came(backend: Backend, metric: str, steps: tuple[str, ...]) -> _Came:
    """Return the first day of each step or of a later one; null where a case has not come there."""
    import ibis

    rows = backend.table(f"steps_{metric}").drop("period", "month", "outcome").distinct()
    known = rows.is_open | rows[f"{steps[-1]}_on"].notnull()
    rows = rows.filter(known & rows.left_on.isnull())
    days = {
        step: ibis.least(*(rows[f"{later}_on"] for later in (*steps[place:], steps[-1])))
        for place, step in enumerate(steps)
    }
    came = backend.execute(rows.select("person", **days))
    return _Came(
        days={step: came[step].to_numpy(dtype="datetime64[D]") for step in steps},
        persons=pd.factorize(came["person"])[0],
    )


def _of_quarter(came: _Came, quarter: Quarter, as_of: dt.date) -> Iterator[dict[str, Any]]:
    """Count by Sunday and step; a case whose person nobody knows counts for no person."""
    *_, last = came.days.values()
    under_way = ~(last < np.datetime64(quarter.first_day))
    persons = came.persons[under_way]
    days = {step: day[under_way] for step, day in came.days.items()}
    before = np.datetime64("0001-01-01")
    for sunday in pd.date_range(quarter.first_day, min(quarter.last_day, as_of), freq="W-SUN"):
        end, earlier = sunday.to_datetime64(), None
        for step, day in days.items():
            had_come = day <= end
            between = earlier & ~had_come if earlier is not None else np.zeros_like(had_come)
            yield {
                "on_date": sunday.date(),
                "step": step,
                "cases": int(had_come.sum()),
                "persons_new": _distinct(persons[had_come & (day > before)]),
                "persons_between": _distinct(persons[between]),
            }
            earlier = had_come
        before = end


def _distinct(persons: npt.NDArray[np.intp]) -> int:
    return len(np.unique(persons[persons >= 0]))
