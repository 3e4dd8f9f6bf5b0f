"""Definitions applied to the accepted tables: one row per case with its outcome, by metric.

All kinds of metric give the same columns: case_id, person, outcome, period_on, days (from start to
stop, in the limit's unit), net_days (the same without the days on which the case waited for the
citizen; null where no waits are known), start_at, stop_at, due_at, and one column `group_<name>`
for each group. `person` falls back on the case where the person is not known, so that hiding small
counts errs on the careful side; it is null in tables that are about no persons. Cases with a clock
keep the `row_no` of their row. A case counts once; rows that are already counts stand for as many
cases as their `weight`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from kpi.definitions.kinds import (
    Count,
    Duration,
    FromRows,
    OfCounts,
    Reported,
    ShareOfDays,
    ShareOfFlag,
    Stock,
    Timed,
    with_derived,
)
from kpi.definitions.known import planned_by
from kpi.definitions.measurable import Lack, lacks
from kpi.definitions.population import day_of, population, truth_of, value_of
from kpi.definitions.subject import ROW_NO
from kpi.engine import CALENDAR, DUCKDB, count_tables, has_few_rows
from kpi.errors import DefinitionError, ParameterError, did_you_mean
from kpi.figures.already_counted import cases_in_counts, see_counts, without_clock
from kpi.figures.business_time import business_days
from kpi.figures.clocks import (
    BUSINESS_DAYS,
    days_of,
    pauses,
    standing,
    waits_in_clock,
    with_days,
    with_due,
    with_net_days,
    with_outcome,
)
from kpi.office_hours import OfficeHours
from kpi.params import FINE_UNITS, Counting, Due, MetricParams, Params, Source
from kpi.periods import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from kpi.definitions.kinds import Tables
    from kpi.definitions.subject import Subject, Waits


COUNTED, OPEN = "counted", "open"
COLUMNS = (
    "case_id", "person", "outcome", "period_on", "days", "net_days", "start_at", "stop_at",
    "due_at", "weight",
)  # fmt: skip


GROUP = "group_"
_CLOCKED = (ROW_NO, "case_id", "person", "start_at", "stop_at", "is_done")


def cases_of(
    definition: FromRows,
    counting: Counting,
    groups: Sequence[str],
    tables: Tables,
    as_of: dt.date,
    measure: Measure | None = None,
) -> ir.Table:
    """Return the cases of a metric as it counts under one version of its counting rules.

    Times are measured as its limit, or as another `measure` says.
    """
    import ibis

    rows = identified(definition, groups, population(definition, tables))
    if isinstance(definition, Timed):
        rows = _timed(definition, counting, rows, tables, as_of, measure or measure_of(counting))
    elif isinstance(definition, Count):
        rows = _counted(definition, rows, as_of)
    elif isinstance(definition, ShareOfDays):
        rows = _flagged(rows, rows.date, rows.was_so, as_of)
    elif isinstance(definition, ShareOfFlag):
        on, flag = (_value(definition, end, rows) for end in (definition.on, definition.flag))
        rows = _flagged(rows, day_of(on), flag, as_of)
    elif isinstance(definition, OfCounts):
        rows = cases_in_counts(definition, rows, as_of)
    elif isinstance(definition, Stock):
        rows = _stock(rows)
    if not isinstance(definition, OfCounts):
        rows = rows.mutate(weight=ibis.literal(1, "int64"))
    group_columns = [GROUP + name for name in groups]
    row_number = [ROW_NO] if isinstance(definition, Timed) else []
    return rows.select(*COLUMNS, *row_number, *group_columns)


def identified(definition: FromRows, groups: Sequence[str], rows: ir.Table) -> ir.Table:
    """Add case_id, person and the groups to rows of a definition's population."""
    import ibis

    table = definition.subject
    case = (
        rows[table.key[0]] if len(table.key) == 1 and table.key[0] in rows.columns else rows.row_no
    )
    case_id = case.cast("string")
    person = ibis.null("string")
    if table.person:
        person = rows[table.person].coalesce(case_id)
    for name in groups:
        if name not in rows.columns:
            raise DefinitionError(
                f"Groups of {definition.id} are columns of its table {definition.subject.name}.",
                f'"{name}"',
                did_you_mean(name, rows.columns),
            )
    return rows.mutate(
        case_id=case_id,
        person=person,
        **{GROUP + name: rows[name].cast("string").fill_null("") for name in groups},
    )


def _timed(
    definition: Timed,
    counting: Counting,
    rows: ir.Table,
    tables: Tables,
    as_of: dt.date,
    measure: Measure,
) -> ir.Table:
    due, calendar = counting.due, tables["calendar"]
    if due is None and not isinstance(definition, Duration):
        raise DefinitionError(
            f"{definition.id} needs `due` in its counting rules.",
            "none",
            "Give a column, or days and unit, in targets.yaml.",
        )
    timed = _narrow(clocked(definition, rows, as_of), due)
    timed = with_days(timed, calendar, measure.unit, _business_days(tables, measure.hours))
    periods = _waits(definition, counting, tables)
    waits = pause = None
    if periods is not None:
        if measure.unit not in FINE_UNITS:  # waits are periods of days
            waits = waits_in_clock(timed, periods, calendar, measure.unit, as_of)
        if due is not None and counting.clock == "net":
            of_limit = waits
            if of_limit is None or measure.unit != due.unit:
                of_limit = waits_in_clock(timed, periods, calendar, due.unit, as_of)
            pause = pauses(of_limit, standing(timed, periods, as_of), due.days or 0)
    timed = with_net_days(timed, waits)
    if due is None:
        return _ended(timed)
    timed = with_due(timed, due, calendar, pause, _business_days(tables, due.business_hours))
    if due.column:
        timed = timed.filter(timed.due_at.notnull())
    timed = with_outcome(timed, as_of, due.precision)
    if isinstance(definition, Duration):
        timed = _that_ended(timed)
    return timed.mutate(period_on=_decides(timed, counting.quarter_by))


def _narrow(rows: ir.Table, due: Due | None) -> ir.Table:
    """Keep the columns that clocks read: each column costs time at each step of a long question."""
    of_limit = {due.column, due.by} - {""} if due else set()
    if not of_limit <= {*rows.columns}:
        return rows  # what lacks is told with all that there is
    groups = [name for name in rows.columns if name.startswith(GROUP)]
    return rows.select(*dict.fromkeys((*_CLOCKED, *groups, *sorted(of_limit))))


class Measure(NamedTuple):
    """What times are counted in: a unit, and the office hours in which its clock runs."""

    unit: str
    hours: OfficeHours | None = None


def measure_of(counting: Counting | None) -> Measure:
    """Return what times are counted in: as the limit, or in calendar days without one."""
    hours = counting.due.business_hours if counting and counting.due else None
    return Measure(unit_of(counting), hours)


def unit_of(counting: Counting | None) -> str:
    """Return the unit in which times are counted: the limit's, or calendar days without one."""
    return counting.due.shown_in if counting and counting.due else "calendar_days"


def _business_days(tables: Tables, hours: OfficeHours | None) -> ir.Table | None:
    return days_of(tables[BUSINESS_DAYS], hours) if hours else None


def _office_hours(params: Params) -> list[OfficeHours]:
    """Return all office hours in which limits run."""
    found = (
        counting.due.business_hours
        for settings in params.metrics.values()
        for counting in settings.counting
        if counting.due
    )
    return list(dict.fromkeys(hours for hours in found if hours))


def clocked(definition: Timed, rows: ir.Table, as_of: dt.date) -> ir.Table:
    """Add start_at, stop_at and is_done as known at the end of the day `as_of`."""
    import ibis

    started, stopped = (
        value.cast("timestamp") if value.type().is_date() else value
        for value in (_value(definition, end, rows) for end in (definition.start, definition.stop))
    )
    known_stop = ibis.ifelse(stopped.date() <= as_of, stopped, ibis.null(stopped.type()))
    is_done = ibis.literal(False)
    if definition.done:
        is_done = truth_of(definition.subject, definition.done, rows, f"{definition.id}.done")
    clocked = rows.mutate(
        start_at=started,
        stop_at=known_stop,
        is_done=is_done & (stopped.isnull() | known_stop.notnull()),
    )
    return clocked.filter(clocked.start_at.isnull() | (clocked.start_at.date() <= as_of))


def _waits(definition: Timed, counting: Counting, tables: Tables) -> ir.Table | None:
    """Return when cases waited (case_id, from_date, to_date); None where no table tells it."""
    of = definition.subject.waits
    if of is None or of.subject not in tables:
        if counting.clock == "net":
            raise DefinitionError(
                f"{definition.id} is judged on its net time, so its waits are among the sources.",
                f'no table "{of.subject}"' if of else "no table of waits",
                "Add the source, or write clock: gross in targets.yaml.",
            )
        return None
    return waits_of(definition.subject, of, tables)


def _ended(rows: ir.Table) -> ir.Table:
    """A duration without a limit: ended cases count in the period in which they ended."""
    import ibis

    has_ended = rows.stop_at.notnull() & rows.start_at.notnull()
    return rows.mutate(
        outcome=ibis.ifelse(has_ended, COUNTED, OPEN),
        due_at=ibis.null("timestamp"),
        period_on=rows.stop_at.date(),
    )


def _that_ended(rows: ir.Table) -> ir.Table:
    """Of a duration with a limit the ended cases count, too: one that runs on has no length yet."""
    import ibis

    runs_on = rows.stop_at.isnull() & (rows.outcome == "missed")
    return rows.mutate(outcome=ibis.ifelse(runs_on, OPEN, rows.outcome))


def _decides(rows: ir.Table, quarter_by: str) -> ir.DateValue:
    """Return the day that decides the period; an open case belongs where its limit ended."""
    if quarter_by == "due":
        return rows.due_at.coalesce(rows.stop_at, rows.start_at).date()
    if quarter_by == "start":
        return rows.start_at.coalesce(rows.stop_at, rows.due_at).date()
    return rows.stop_at.coalesce(rows.due_at, rows.start_at).date()


def _value(definition: FromRows, expression: str, rows: ir.Table) -> ir.Value:
    return value_of(definition.subject, expression, rows, definition.id)


def waits_of(subject: Subject, waits: Waits, tables: Tables) -> ir.Table:
    """Return the periods in which cases waited: case_id, from_date and to_date."""
    rows = tables[waits.subject]
    return rows.select(
        case_id=rows[subject.key[0]].cast("string"),
        from_date=rows[waits.since],
        to_date=rows[waits.until],
    )


def _counted(definition: Count, rows: ir.Table, as_of: dt.date) -> ir.Table:
    import ibis

    dated = rows.mutate(happened_on=day_of(_value(definition, definition.happened, rows)))
    happened = dated.filter(dated.happened_on <= as_of)
    return without_clock(happened, happened.happened_on, ibis.literal(COUNTED))


def _flagged(rows: ir.Table, on: ir.DateValue, flag: ir.BooleanValue, as_of: dt.date) -> ir.Table:
    import ibis

    planned = rows.mutate(planned_on=on, was_kept=flag)
    planned = planned.filter(planned.planned_on <= as_of)
    kept = planned.was_kept
    outcome = ibis.cases((kept.isnull(), "unknown"), (kept, "met"), else_="missed")
    return without_clock(planned, planned.planned_on, outcome)


def _stock(rows: ir.Table) -> ir.Table:
    import ibis

    return without_clock(rows, rows.on_date, ibis.ifelse(rows.covered, "met", "missed"))


def measure(backend: Backend, params: Params) -> list[str]:
    """Make `cases_<metric>` of every reported metric that the extracts let measure.

    What is reported, not computed, has no cases.

    DuckDB judges many cases anew faster than it writes them down, so there it is a view; a table is
    quicker to plan with. Columns: those of `all_cases`.
    Returns the ids of the metrics measured, in the committee's order.
    """
    backend.create_table("periods", _period_frame(params), overwrite=True)
    if hours := _office_hours(params):
        calendar = params.report.calendar.work_calendar()
        days = pd.concat([business_days(one, calendar) for one in hours])
        backend.create_table(BUSINESS_DAYS, days, overwrite=True)
    tables = accepted_tables(backend, params)
    judges_anew = backend.name == DUCKDB and not has_few_rows(backend)
    keep = backend.create_view if judges_anew else backend.create_table
    measured = []
    for name in params.metrics:
        definition = params.definition(name)
        if isinstance(definition, FromRows) and not lacks_of(params, name):
            measured.append(name)
            if isinstance(definition, Reported):
                continue
            settings = params.metrics[name]
            cases = all_cases(definition, settings, tables, params, settings.groups)
            _see_categories(backend, definition, settings, tables)
            see_counts(backend, definition, tables)
            keep(f"cases_{name}", cases, overwrite=True)
    count_tables(backend)
    return measured


def _see_categories(
    backend: Backend, definition: FromRows, settings: MetricParams, tables: Tables
) -> None:
    """See that limits by category are about values that occur; else raise ParameterError."""
    for due in (counting.due for counting in settings.counting):
        if due is None or not due.by:
            continue
        rows = with_derived(definition.subject, tables[definition.subject.name])
        found = backend.execute(rows.select(value=rows[due.by].cast("string")).distinct())
        known = sorted(found["value"].dropna())
        for name in due.values:  # noqa: PD011 - not those of a frame
            if name not in known:
                raise ParameterError(
                    f"{definition.id} has limits for values of {due.by} that occur.",
                    f'"{name}"',
                    did_you_mean(name, known),
                )


def accepted_tables(backend: Backend, params: Params) -> dict[str, ir.Table]:
    """Return the accepted tables (plans up to `as_of`), the calendar and the periods, by name."""
    subjects = params.catalogue.subjects
    tables = {
        name: planned_by(backend.table(f"accepted_{name}"), subjects[name], params.report.as_of)
        for name in params.report.sources
    }
    return tables | {name: backend.table(name) for name in common_tables(params)}


def common_tables(params: Params) -> list[str]:
    """Name the tables that are about no subject: of days and periods."""
    return [CALENDAR, "periods", *([BUSINESS_DAYS] if _office_hours(params) else [])]


def lacks_of(params: Params, name: str) -> tuple[Lack, ...]:
    """Return the tables and columns without which a reported metric cannot be measured."""
    subjects, definition = params.catalogue.subjects, params.definition(name)
    given = {
        table: _given(subjects[table], source) for table, source in params.report.sources.items()
    }
    counting = params.metrics[name].counting_on(params.quarter.last_day)
    due = counting.due if counting and isinstance(definition, Timed) else None
    return lacks(definition, given, due.column if due else "")


def _given(subject: Subject, source: Source) -> frozenset[str] | None:
    """Return the columns that a source gives; None for all, where it names none."""
    if source.is_read and not source.columns:
        return None
    given = {one.name for one in subject.columns if one.expr or source.gives(one.name)}
    if source.milestones and subject.steps:
        given |= {subject.steps.done, subject.steps.closed}
    if not source.is_read:
        given |= {*subject.key, *subject.groups}
    return frozenset(given)


def all_cases(
    definition: FromRows,
    settings: MetricParams,
    tables: Mapping[str, ir.Table],
    params: Params,
    groups: Sequence[str] = (),
) -> ir.Table:
    """Return the cases of a metric, each by the version of the counting rules that is its own.

    Columns: those of this module, and version, and the reported period (called quarter, month or
    year), month and week of the day that decides (null without one). Times are counted as by the
    rules of the case's period: those in force on its last day, or today's where it has none.
    Periods in which no rules were in force have no cases.
    """
    import ibis

    kinds, every = kinds_of(params), params.quarter.cycle.all()
    calendar = tables[CALENDAR].select("date", *kinds)
    today = measure_of(settings.counting_on(params.quarter.last_day))
    parts = []
    for counting, first, next_first in _reigns(settings):
        for measure, periods in _periods_by_measure(settings, every).items():
            cases = cases_of(definition, counting, groups, tables, params.report.as_of, measure)
            ruled = _ruled_on(definition, settings, cases, params.report.as_of)
            if first:
                cases = cases.filter(ruled >= first)
            if next_first:
                cases = cases.filter(ruled < next_first)
            dated = cases.left_join(calendar, cases.period_on == calendar.date).drop("date")
            if len(periods) < len(every):
                period = dated[kinds[0]]
                undated = period.isnull() & ibis.literal(measure == today)
                dated = dated.filter(period.isin(periods) | undated)
            parts.append(dated.mutate(version=ibis.literal(counting.version)))
    return united(parts)


def _reigns(
    settings: MetricParams,
) -> Iterator[tuple[Counting, dt.date | None, dt.date | None]]:
    """Yield each version with the first day that is its own, and the first that is the next's.

    What began before the first version is counted by it.
    """
    versions = settings.by_age
    firsts = [None, *(version.valid_from for version in versions[1:]), None]
    for version, (first, next_first) in zip(versions, pairwise(firsts), strict=True):
        yield version, first, next_first


def united(parts: Sequence[ir.Table]) -> ir.Table:
    """Unite cases; where some have times in minutes, which have fractions, all have such."""
    import ibis

    if len(parts) == 1:
        return parts[0]
    for name in ("days", "net_days"):
        if len({part[name].type() for part in parts}) > 1:
            parts = [part.mutate(**{name: part[name].cast("float64")}) for part in parts]
    return ibis.union(*parts)


def kinds_of(params: Params) -> tuple[str, ...]:
    """Return the kinds of periods that cases are counted in: the reported one, months and weeks."""
    return tuple(dict.fromkeys((params.quarter.kind, "month", "week")))


def _periods_by_measure(
    settings: MetricParams, every: Sequence[Period]
) -> dict[Measure, list[str]]:
    """Return the periods in which rules were in force, by what their times are counted in."""
    found: dict[Measure, list[str]] = {}
    for period in every:
        counting = settings.counting_on(period.last_day)
        if counting is not None:
            found.setdefault(measure_of(counting), []).append(str(period))
    return found


def _ruled_on(
    definition: FromRows, settings: MetricParams, cases: ir.Table, as_of: dt.date
) -> ir.DateValue:
    """Return the day whose rules a case is counted by: the same whichever rules it is asked of."""
    import ibis

    if not isinstance(definition, Timed):
        return cases.period_on
    started, ended = cases.start_at.date(), cases.stop_at.date()
    if settings.rule_by == "stop":
        return ended.coalesce(ibis.literal(as_of))
    return started.coalesce(ended, ibis.literal(as_of))


def _period_frame(params: Params) -> pd.DataFrame:
    """Return the periods; one that runs is looked at on `as_of`, not on a day to come."""
    as_of = params.report.as_of
    return pd.DataFrame(
        [
            {"quarter": str(q), "first_day": q.first_day, "last_day": min(q.last_day, as_of)}
            for q in params.quarters
        ]
    )
