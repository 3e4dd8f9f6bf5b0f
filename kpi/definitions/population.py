"""The rows that a metric counts: its population, of the tables that it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.expressions import compiled, holds
from kpi.definitions.kinds import (
    Count,
    FromRows,
    Periods,
    ShareOfDays,
    Stock,
    columns_with_derived,
    with_derived,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.kinds import Tables
    from kpi.definitions.subject import Subject


def population(metric: FromRows, tables: Tables) -> ir.Table:
    """Return the rows that a metric counts, with the derived columns of its subject.

    Of a stock: a row for each person and period in the state, with `on_date` and `covered`; of a
    share of days: a row for each working day, with `date` and `was_so`.
    """
    if isinstance(metric, Stock):
        return _in_state(metric, tables)
    rows = chosen(metric, metric.filter, tables[metric.subject.name])
    if isinstance(metric, ShareOfDays):
        return _working_days(metric, rows, tables["calendar"])
    return _during(metric, rows, tables) if metric.during else rows


def chosen(metric: FromRows, condition: str, rows: ir.Table) -> ir.Table:
    """Return the rows of which a condition is true and `exclude` is not."""
    rows = with_derived(metric.subject, rows)
    if condition:
        rows = rows.filter(truth_of(metric.subject, condition, rows, f"{metric.id}.filter"))
    if metric.exclude:
        out = truth_of(metric.subject, metric.exclude, rows, f"{metric.id}.exclude")
        rows = rows.filter(~out)
    return rows


def value_of(subject: Subject, expression: str, rows: ir.Table, where: str) -> ir.Value:
    """Return what an expression over a subject's columns gives for its rows."""
    return compiled(expression, rows, columns_with_derived(subject), where)


def truth_of(subject: Subject, condition: str, rows: ir.Table, where: str) -> ir.BooleanValue:
    """Return whether a condition over a subject's columns is true of its rows; never null."""
    return holds(condition, rows, columns_with_derived(subject), where)


def day_of(value: ir.Value) -> ir.DateValue:
    """Return the day of a date or moment."""
    day: ir.DateValue = value if value.type().is_date() else value.date()
    return day


def _periods(of: Periods, tables: Tables) -> ir.Table:
    """Return periods that hold: the person, since and until."""
    rows = with_derived(of.subject, tables[of.subject.name])
    if of.filter:
        rows = rows.filter(truth_of(of.subject, of.filter, rows, f"{of.subject.name}.filter"))
    since, until = (
        day_of(value_of(of.subject, end, rows, of.subject.name)) for end in (of.since, of.until)
    )
    return rows.mutate(held_since=since, held_until=until)


def _holds_on(of: Periods, periods: ir.Table, day: ir.DateValue) -> ir.BooleanValue:
    end = periods.held_until
    still = end >= day if of.is_inclusive else end > day
    return (periods.held_since <= day) & (end.isnull() | still)


def _during(metric: FromRows, rows: ir.Table, tables: Tables) -> ir.Table:
    """Keep the rows whose person was, on the day that decides, in one of the periods."""
    of, person = metric.during, metric.subject.person
    if of is None or person is None or not isinstance(metric, Count):
        return rows
    periods = _periods(of, tables)
    periods = periods.select("held_since", "held_until", who=periods[str(of.subject.person)])
    day = day_of(value_of(metric.subject, metric.happened, rows, metric.id))
    joined = rows.select("row_no", who=rows[person], day=day).join(periods, "who")
    inside = joined.filter(_holds_on(of, joined, joined.day))
    return rows.filter(rows.row_no.isin(inside.row_no))


def _in_state(metric: Stock, tables: Tables) -> ir.Table:
    """Return each person in the state on a period's last day, and whether they have it."""
    subject, person = metric.subject, str(metric.subject.person)
    days = tables["periods"].select("quarter", on_date="last_day")
    state = _periods(metric.state, tables).cross_join(days)
    here = state.filter(_holds_on(metric.state, state, state.on_date))
    groups = {name: here[name].max() for name in subject.groups}
    here = here.group_by(person, "quarter", "on_date").agg(row_no=here.row_no.min(), **groups)
    has = _periods(metric.has, tables)
    has = has.select("held_since", "held_until", who=has[str(metric.has.subject.person)])
    joined = here.select("on_date", who=here[person]).join(has, "who")
    held = joined.filter(_holds_on(metric.has, joined, joined.on_date))
    held = held.select("who", held_on="on_date").distinct().mutate(has_it=True)
    both = here.left_join(held, [(person, "who"), ("on_date", "held_on")])
    return both.drop("who", "held_on").mutate(covered=both.has_it.fill_null(False))


def _working_days(metric: ShareOfDays, rows: ir.Table, calendar: ir.Table) -> ir.Table:
    """Return the working days from the first to the last of the rows, and whether it was so."""
    subject = metric.subject
    on = day_of(value_of(subject, metric.on, rows, f"{metric.id}.on"))
    dated = rows.mutate(on_day=on)
    covered = dated.aggregate(first_day=dated.on_day.min(), last_day=dated.on_day.max())
    days = calendar.filter(calendar.is_workday).cross_join(covered)
    days = days.filter(days.date.between(days.first_day, days.last_day))
    was_so = dated.filter(truth_of(subject, metric.flag, dated, f"{metric.id}.flag"))
    was_so = was_so.select("on_day").distinct()
    return days.mutate(row_no=days.workday_index, was_so=days.date.isin(was_so.on_day))
