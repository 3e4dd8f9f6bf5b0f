"""A definition applied to the accepted tables: one row per case with its outcome.

All kinds of metric give the same columns: case_id, person, outcome, period_on, days, and one column
`group_<name>` for each group. `person` falls back on the case where the table knows no persons, so
that hiding small counts errs on the careful side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kpi.errors import DefinitionError, did_you_mean
from kpi.measure.clocks import with_days, with_due, with_outcome
from kpi.metrics.definition import Counted, Duration, FromTable, Kept, Stock, Timed
from kpi.params import Counting
from kpi.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.metrics.definition import Tables

COUNTED, OPEN = "counted", "open"


def cases_of(
    definition: FromTable,
    counting: Counting,
    groups: Sequence[str],
    tables: Tables,
    as_of: dt.date,
) -> ir.Table:
    """Return the cases of a metric as it counts under one version of its counting rules."""
    rows = _identified(definition, groups, definition.population(tables))
    if isinstance(definition, Timed):
        rows = _timed(definition, counting, rows, tables, as_of)
    elif isinstance(definition, Counted):
        rows = _counted(definition, rows, as_of)
    elif isinstance(definition, Kept):
        rows = _kept(definition, rows, as_of)
    elif isinstance(definition, Stock):
        rows = _stock(rows)
    group_columns = [f"group_{name}" for name in groups]
    columns = ["case_id", "person", "outcome", "period_on", "days", "start_at", "stop_at", "due_at"]
    return rows.select(*columns, *group_columns)


def _identified(definition: FromTable, groups: Sequence[str], rows: ir.Table) -> ir.Table:
    table = TABLES[definition.table]
    case = (
        rows[table.key[0]] if len(table.key) == 1 and table.key[0] in rows.columns else rows.row_no
    )
    case_id = case.cast("string")
    person = case_id
    if table.person and table.person in rows.columns:
        person = rows[table.person].coalesce(case_id)
    for name in groups:
        if name not in rows.columns:
            raise DefinitionError(
                f"Groups of {definition.id} are columns of its table {definition.table}.",
                f'"{name}"',
                did_you_mean(name, rows.columns),
            )
    return rows.mutate(
        case_id=case_id,
        person=person,
        **{f"group_{name}": rows[name].cast("string").fill_null("") for name in groups},
    )


def _timed(
    definition: Timed, counting: Counting, rows: ir.Table, tables: Tables, as_of: dt.date
) -> ir.Table:
    import ibis

    due = counting.due
    if due is None and not isinstance(definition, Duration):
        raise DefinitionError(
            f"{definition.id} needs `due` in its counting rules.",
            "none",
            "Give a column, or days and unit, in targets.yaml.",
        )
    stopped = rows[definition.stop]
    known_stop = ibis.ifelse(stopped.date() <= as_of, stopped, ibis.null(stopped.type()))
    is_done = rows[definition.done].fill_null(False) if definition.done else ibis.literal(False)
    timed = rows.mutate(
        start_at=rows[definition.start],
        stop_at=known_stop,
        is_done=is_done & (stopped.isnull() | known_stop.notnull()),
    )
    timed = timed.filter(timed.start_at.isnull() | (timed.start_at.date() <= as_of))
    timed = with_days(timed, tables["calendar"], due.unit if due else "calendar_days")
    if due is None:
        return _ended(timed)
    timed = with_due(timed, due, tables["calendar"])
    if due.column:
        timed = timed.filter(timed.due_at.notnull())
    timed = with_outcome(timed, as_of, due.precision)
    return timed.mutate(period_on=_decides(timed, counting.quarter_by))


def _ended(rows: ir.Table) -> ir.Table:
    """A duration without a limit: ended cases count in the period in which they ended."""
    import ibis

    has_ended = rows.stop_at.notnull() & rows.start_at.notnull()
    return rows.mutate(
        outcome=ibis.ifelse(has_ended, COUNTED, OPEN),
        due_at=ibis.null("timestamp"),
        period_on=rows.stop_at.date(),
    )


def _decides(rows: ir.Table, quarter_by: str) -> ir.DateValue:
    """Return the day that decides the period; an open case belongs where its limit ended."""
    if quarter_by == "due":
        return rows.due_at.coalesce(rows.stop_at, rows.start_at).date()
    if quarter_by == "start":
        return rows.start_at.coalesce(rows.stop_at, rows.due_at).date()
    return rows.stop_at.coalesce(rows.due_at, rows.start_at).date()


def _counted(definition: Counted, rows: ir.Table, as_of: dt.date) -> ir.Table:
    import ibis

    happened = rows.filter(rows[definition.happened].date() <= as_of)
    return _without_clock(happened, happened[definition.happened].date(), ibis.literal(COUNTED))


def _kept(definition: Kept, rows: ir.Table, as_of: dt.date) -> ir.Table:
    import ibis

    planned = rows.filter(rows[definition.planned] <= as_of)
    kept = planned[definition.kept]
    outcome = ibis.cases((kept.isnull(), "unknown"), (kept, "met"), else_="missed")
    return _without_clock(planned, planned[definition.planned], outcome)


def _stock(rows: ir.Table) -> ir.Table:
    import ibis

    return _without_clock(rows, rows.on_date, ibis.ifelse(rows.covered, "met", "missed"))


def _without_clock(rows: ir.Table, day: ir.DateValue, outcome: ir.StringValue) -> ir.Table:
    import ibis

    return rows.mutate(
        period_on=day,
        outcome=outcome,
        days=ibis.null("int64"),
        start_at=ibis.null("timestamp"),
        stop_at=ibis.null("timestamp"),
        due_at=ibis.null("timestamp"),
    )
