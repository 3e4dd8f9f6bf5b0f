"""The stages of each case: how long it was in each, against the stage's norm."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import CALENDAR
from kpi.measure import accepted_tables
from kpi.measure.steps import make_steps, timed, units_of
from kpi.measure.waits import waits_in_clock
from kpi.metrics.stages import AT_WORK, WAITING, is_parted_by_waits, staged, steps_of
from kpi.params import Params
from kpi.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

PASSED, RUNNING, AHEAD = "passed", "running", "ahead"
MISSING, DISORDERED = "missing", "disordered"
FROM_PARAMETERS, FROM_ON_TIME = "parameters", "on_time_median"


def make_stages(backend: Backend, params: Params, measured: list[str]) -> list[str]:
    """Make the tables `steps_<metric>` and `stages_<metric>` of the metrics returned.

    `stages_<metric>` has one row for each counted case and stage. Columns: row_no, case_id, person,
    period, month, outcome, unit, days_late (as in `steps_<metric>`), and

        place, stage   the stage, numbered in its order from 0
        state          passed, running (it had not ended by `as_of`), ahead (the case has not come
                       to it), missing (a day is not known) or disordered (it ended before it began)
        days           in the stage, in `unit`; until `as_of` while it runs; 0 ahead; null otherwise
        norm           the days allowed: by the parameters, else the median of the cases of the
                       quarter that were on time; null where there is neither
        norm_from      parameters or on_time_median
        excess         the days beyond the norm; null where either is not known. Waiting for the
                       citizen is no excess where the net time is judged
    """
    names = staged(params, measured)
    tables = accepted_tables(backend, params)
    for name in names:
        steps = make_steps(backend, params, tables, name)
        counted = steps.filter(steps.period.isin([str(quarter) for quarter in params.quarters]))
        if is_parted_by_waits(params, name):
            timed_stages = _by_waits(counted, params, tables, name)
        else:
            timed_stages = _between_steps(counted, steps_of(params, name))
        stages = _with_norms(timed_stages, params, name)
        backend.create_table(f"stages_{name}", stages, overwrite=True)
    return names


def tables_of_stages(params: Params, measured: list[str]) -> list[str]:
    """Name the tables in the engine that `make_stages`, and what is asked of stages, reads."""
    accepted = [f"accepted_{name}" for name in params.report.sources]
    cases = [f"cases_{name}" for name in staged(params, measured)]
    return [*accepted, *cases, CALENDAR, "periods"]


def stages_of(backend: Backend, staged: list[str]) -> ir.Table:
    """Unite the tables `stages_<metric>`, with a column metric: one query counts them all."""
    import ibis

    return ibis.union(
        *(backend.table(f"stages_{name}").mutate(metric=ibis.literal(name)) for name in staged)
    )


def _row(rows: ir.Table, place: int, stage: str, state: ir.StringValue, days: ir.Value) -> ir.Table:
    import ibis

    return rows.select(
        "row_no", "case_id", "person", "period", "month", "outcome", "unit", "is_net", "days_late",
        place=ibis.literal(place, "int64"), stage=ibis.literal(stage), state=state,
        days=days.cast("int64"),
    )  # fmt: skip


def _between_steps(rows: ir.Table, steps: tuple[str, ...]) -> ir.Table:
    import ibis

    stages = []
    for place, (start, end) in enumerate(pairwise(steps)):
        began, ended = rows[f"{start}_no"], rows[f"{end}_no"]
        none_later = ibis.and_(*(rows[f"{step}_no"].isnull() for step in steps[place + 1 :]))
        is_on = rows.is_open & none_later
        state = ibis.cases(
            (rows[f"{end}_on"] >= rows[f"{start}_on"], PASSED),
            (rows[f"{end}_on"] < rows[f"{start}_on"], DISORDERED),
            (is_on & began.notnull(), RUNNING),
            (is_on & ibis.literal(place > 0), AHEAD),
            else_=MISSING,
        )
        days = ibis.cases(
            (state == PASSED, ended - began),
            (state == RUNNING, rows.as_of_no - began),
            (state == AHEAD, ibis.literal(0, "int64")),
        )
        stages.append(_row(rows, place, f"{start}-{end}", state, days))
    return ibis.union(*stages)


def _by_waits(rows: ir.Table, params: Params, tables: dict[str, ir.Table], metric: str) -> ir.Table:
    """Part the way of a case into the days that it waited for the citizen, and the others."""
    import ibis

    definition = timed(metric)
    first, last = steps_of(params, metric)
    key = TABLES[definition.table].key[0]
    waits = tables[definition.waits]
    periods = waits.select("from_date", "to_date", case_id=waits[key].cast("string"))
    waited = ibis.union(
        *(
            waits_in_clock(
                rows.filter(rows.unit == unit), periods, tables[CALENDAR], unit, params.report.as_of
            )
            for unit in sorted(units_of(params, metric))
        )
    )
    deducted = waited.group_by(waited_by="row_no").agg(waited=waited.waited.sum())
    rows = rows.left_join(deducted, [("row_no", "waited_by")])
    began, ended = rows[f"{first}_no"], rows[f"{last}_no"]
    state = ibis.cases(
        (rows[f"{last}_on"] >= rows[f"{first}_on"], PASSED),
        (rows[f"{last}_on"] < rows[f"{first}_on"], DISORDERED),
        (rows.is_open & began.notnull(), RUNNING),
        else_=MISSING,
    )
    is_known = state.isin([PASSED, RUNNING])
    whole = ibis.ifelse(is_known, ended.coalesce(rows.as_of_no) - began, ibis.null("int64"))
    waiting = ibis.least(rows.waited.fill_null(0), whole)
    return ibis.union(
        _row(rows, 0, AT_WORK, state, whole - waiting), _row(rows, 1, WAITING, state, waiting)
    )


def _with_norms(stages: ir.Table, params: Params, metric: str) -> ir.Table:
    import ibis

    given = ibis.memtable(_given_norms(params, metric), schema=_NORMS)
    on_time = stages.filter((stages.outcome == "met") & (stages.state == PASSED))
    medians = on_time.group_by(median_of="period", median_at="stage").agg(
        median=on_time.days.quantile(0.5).cast("float64")
    )
    rows = stages.left_join(given, [("period", "given_of"), ("stage", "given_at")])
    rows = rows.left_join(medians, [("period", "median_of"), ("stage", "median_at")])
    norm = rows.given.coalesce(rows["median"])
    norm_from = ibis.cases(
        (rows.given.notnull(), FROM_PARAMETERS), (rows["median"].notnull(), FROM_ON_TIME)
    )
    beyond = ibis.cases(
        (rows.days.isnull() | norm.isnull(), ibis.null("float64")),
        (rows.is_net & (rows.stage == WAITING), ibis.literal(0.0)),
        (rows.days > norm, rows.days - norm),
        else_=ibis.literal(0.0),
    )
    kept = [name for name in stages.columns if name != "is_net"]
    return rows.select(*kept, norm=norm, norm_from=norm_from, excess=beyond)


_NORMS = {"given_of": "string", "given_at": "string", "given": "float64"}


def _given_norms(params: Params, metric: str) -> pd.DataFrame:
    settings = params.metrics[metric]
    rows = [
        (str(quarter), stage, days)
        for quarter in params.quarters
        for stage, days in settings.norms_on(quarter.last_day).items()
    ]
    return pd.DataFrame(rows, columns=list(_NORMS)).astype({"given": "float64"})
