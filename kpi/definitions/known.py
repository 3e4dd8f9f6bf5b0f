"""What an extract knew at the end of a day: an extract of a later day tells no more than it did.

The dates of a table are when something happened, save those that were set beforehand (`planned`).
What happened after the day has not happened yet: a date is null, a value that an event gives
(`known_by`) is what it was before, and a row that only tells of later days is not there. A value
without a date is taken as it stands.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kpi.definitions.columns import IBIS_TYPES, Column

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.subject import Subject


def events(table: Subject) -> list[Column]:
    """Return the columns that tell when something happened."""
    return [one for one in table.columns if one.type in ("date", "moment") and not one.planned]


def may_reach_beyond(table: Subject) -> bool:
    """Tell whether a row that is there may tell of a later day besides."""
    columns = events(table)
    return len(columns) > 1 and any(column.nullable for column in columns)


def is_later(rows: ir.Table, table: Subject, day: dt.date) -> ir.BooleanValue:
    """Tell the rows of a later day: what they cannot be without happened then, or all they tell."""
    import ibis

    columns = events(table)
    later = [_is_after(rows, column, day) for column in columns]
    if not later:
        return ibis.literal(False)
    begins = [after for after, column in zip(later, columns, strict=True) if not column.nullable]
    earlier = [rows[c.name].notnull() & ~_is_after(rows, c, day) for c in columns]
    only_later = ibis.or_(*later) & ~ibis.or_(*earlier)
    return ibis.or_(only_later, *begins)


def has_later(rows: ir.Table, table: Subject, day: dt.date) -> ir.BooleanValue:
    """Tell the rows with something that happened on a later day."""
    import ibis

    return ibis.or_(ibis.literal(False), *(_is_after(rows, one, day) for one in events(table)))


def known_on(rows: ir.Table, table: Subject, day: dt.date) -> ir.Table:
    """Return the rows that were there at the end of a day, with what was known of them."""
    return rows.filter(~is_later(rows, table, day)).mutate(**known_values(rows, table, day))


def known_values(rows: ir.Table, table: Subject, day: dt.date) -> dict[str, ir.Value]:
    """Return what was known at the end of a day of the columns that later days have a say in."""
    import ibis

    values: dict[str, ir.Value] = {}
    for column in table.columns:
        value = rows[column.name]
        if column in events(table):
            later = _is_after(rows, column, day)
            values[column.name] = ibis.ifelse(later, ibis.null(value.type()), value)
        elif column.known_by:
            later = _is_after(rows, table.by_name[column.known_by], day)
            before = ibis.literal(column.before, IBIS_TYPES[column.type])
            values[column.name] = ibis.ifelse(later, before, value)
    return values


def planned_by(rows: ir.Table, table: Subject, day: dt.date) -> ir.Table:
    """Return the rows of a plan for the days up to one; the rows of other tables are all there."""
    if not table.dated_by or not table.by_name[table.dated_by].planned:
        return rows
    planned = rows[table.dated_by].cast("date")
    return rows.filter(planned.isnull() | (planned <= day))


def _is_after(rows: ir.Table, column: Column, day: dt.date) -> ir.BooleanValue:
    date = rows[column.name].cast("date")
    after = (date > day).fill_null(False)
    return after & date.notin(list(column.no_date)) if column.no_date else after
