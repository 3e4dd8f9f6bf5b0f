"""Where cases get stuck: all frames that answer it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from kpi.figures.circumstances import (
    ALL,
    circumstances,
    circumstances_of,
    make_circumstances,
)
from kpi.figures.drawn_cases import OF_UNIT, STANDS_FOR, draw, with_unit
from kpi.figures.paths import payment_runs, reached, runs_of, step_paths
from kpi.figures.stages import lateness, responsible, stage_months, stage_queues, stage_times
from kpi.figures.steps import make_stages, steps_of
from kpi.figures.what_it_would_take import counterfactual
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


_CLASSES = ("period", "outcome")
_DRAWN = "drawn_cases"
_MOST_ONE_BY_ONE = 200_000


def where_stuck(backend: Backend, params: Params, measured: list[str]) -> dict[str, pd.DataFrame]:
    """Measure the stages of the measured metrics, and return the frames by name. Not disclosed.

    Their counts are those of drawn cases (kpi.figures.drawn_cases).
    """
    staged = make_stages(backend, params, measured)
    make_circumstances(backend, params, staged)
    drawn = draw_staged(backend, params, staged)
    runs = runs_of(backend, params, staged)
    return {
        "stages": stage_times(backend, staged, drawn),
        "stage_months": stage_months(backend, staged),
        "stage_queues": stage_queues(backend, params, staged, drawn),
        "lateness": lateness(backend, params, staged, drawn),
        "counterfactual": counterfactual(backend, params, staged, runs, drawn),
        "circumstances": circumstances(backend, params, staged, drawn),
        "payment_runs": payment_runs(backend, params, runs, drawn),
        "step_paths": step_paths(backend, params, staged, drawn),
        "reached": reached(backend, params, staged, drawn),
    }


def draw_staged(backend: Backend, params: Params, staged: list[str]) -> ir.Table:
    """Draw cases of the metrics that have stages, and return a table of those drawn.

    Columns: metric, row_no, stands_for. Classes are the outcomes of a quarter, whose numbers the
    results tell; where parameters say what units are made of, of each unit by itself, so that a
    report of the whole draws the cases that units draw. Alike are cases with the same
    circumstances, made late by the same stage, that took their steps in the same months. Of very
    many cases each so-manieth is drawn, month by month: their counts come near by themselves. Reads
    `steps_`, `stages_` and `circumstances_` of each metric.
    """
    import ibis

    of = max(params.report.disclosure.hide_persons_below, 1)
    parts = [_drawn_of(backend, params, name, of) for name in staged]
    columns = {"metric": "string", "row_no": "int64", STANDS_FOR: "int64"}
    drawn = ibis.union(*parts) if parts else ibis.memtable([], schema=columns)
    return backend.create_table(_DRAWN, drawn.select(*columns), overwrite=True)


def _drawn_of(backend: Backend, params: Params, metric: str, of: int) -> ir.Table:
    import ibis

    rows = with_unit(backend, params, metric, backend.table(f"steps_{metric}"))
    classes = [OF_UNIT, *_CLASSES] if params.report.disclosure.units_by else list(_CLASSES)
    if of == 1:
        drawn = rows.select("row_no").distinct()
    elif backend.execute(rows.count()) > _MOST_ONE_BY_ONE:
        drawn = _in_turn(rows, classes, of)
    else:
        cases, alike = _described(backend, params, metric, rows)
        is_drawn = draw(cases, classes, alike, of) > 0
        numbers = pd.DataFrame({"row_no": cases.loc[is_drawn, "row_no"].astype("int64")})
        drawn = ibis.memtable(numbers, schema={"row_no": "int64"})
    return drawn.select(
        "row_no", metric=ibis.literal(metric), **{STANDS_FOR: ibis.literal(of, "int64")}
    )


def _in_turn(rows: ir.Table, classes: list[str], of: int) -> ir.Table:
    """Return each so-manieth case of a class, in the order of months and rows."""
    import ibis

    in_class = ibis.window(group_by=classes, order_by=[rows.month, rows.row_no])
    numbered = rows.mutate(number=ibis.row_number().over(in_class) + 1)
    return numbered.filter(numbered.number % of == 0).select("row_no").distinct()


def _described(
    backend: Backend, params: Params, metric: str, rows: ir.Table
) -> tuple[pd.DataFrame, list[str]]:
    """Return the cases of a metric with what makes them alike, and the names of that.

    Which stage made a case late hangs on what is usual in a report, so that a unit and its whole
    tell it otherwise: where their cases are drawn alike it has no say.
    """
    import ibis

    steps = steps_of(params, metric)
    rows = rows.select(
        "row_no", "case_id", OF_UNIT, *_CLASSES, "month", *(f"{s}_on" for s in steps)
    )
    circumstances = backend.table(f"circumstances_{metric}")
    named = circumstances_of(params, metric)
    known = [name for name in named if name in circumstances.columns and name != ALL]
    of_case = ["row_no", "period"]
    late = responsible(backend.table(f"stages_{metric}").mutate(metric=ibis.literal(metric)))
    joined = rows.left_join(circumstances.select(*of_case, *known), of_case)
    joined = joined.select(*rows.columns, *known)
    joined = joined.left_join(late.select(*of_case, "label"), of_case)
    cases = backend.execute(joined.select(*rows.columns, *known, "label"))
    cases = cases.sort_values(["row_no", "period"]).drop_duplicates("row_no", ignore_index=True)
    days = {step: pd.to_datetime(cases[f"{step}_on"]) for step in steps}
    months = {step: day.dt.strftime("%Y-%m").fillna("") for step, day in days.items()}
    waits = {
        f"waits_for_{after}": months[before].where(months[before] != months[after], "")
        for before, after in pairwise(steps)
    }
    came = {f"{step}_in": month for step, month in months.items()}
    weekdays = {f"{step}_weekday": day.dt.day_of_week for step, day in days.items()}
    by_stage = ["label"]
    if params.report.disclosure.units_by:
        by_stage = []
        weekdays = {name: weekday.astype("Int64") for name, weekday in weekdays.items()}
    alike = [*by_stage, "month", *waits, *known, *came, *weekdays]
    return cases.assign(**waits, **weekdays, **came), alike
