"""The clock of a case: when it is due, how long it took, and what became of it.

Day 0 is the day the clock starts. A case is met if it stops on or before its due day. Counting in
working days is a join with the calendar's running index (kpi.periods): the due day is the N-th
working day after day 0, as `numpy.busday_offset(start, N, roll="backward")` gives it, but never
before day 0. Nothing rolls forward over closed days unless the parameters say so.

Days on which a case waited for somebody outside are not counted in its net time. A day is deducted
if it is a day of the limit's unit, lies after the day the clock starts (day 0) and no later than
the day it stops, and the case waited on it. Periods of waiting that overlap count once. A period
without an end runs on; what comes after `as_of` has not happened yet. As everywhere in the clock,
days are counted by joins with the calendar's running number.

Within business hours a clock that starts while the office is closed starts when it opens, and the
limit ends at the first moment at which it has run out: what stops later, though the office was
closed all the time since, is late. Positions in business time are those of
kpi.figures.business_time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kpi.errors import DefinitionError, did_you_mean
from kpi.figures.business_time import position
from kpi.office_hours import OfficeHours
from kpi.params import BUSINESS_UNITS, FINE_UNITS, Due
from kpi.periods import FIRST_YEAR

if TYPE_CHECKING:
    import ibis.expr.types as ir


SECONDS = {**FINE_UNITS, "calendar_days": 24 * 3600}
BUSINESS_DAYS = "business_days"
"""The table of kpi.figures.business_time.business_days, for all office hours that limits have."""


def days_of(table: ir.Table, hours: OfficeHours) -> ir.Table:
    """Return the business days of some office hours."""
    return table.filter(table.hours == str(hours)).drop("hours")


def with_due(
    rows: ir.Table,
    due: Due,
    calendar: ir.Table,
    pauses: ir.Table | None = None,
    business_days: ir.Table | None = None,
) -> ir.Table:
    """Add `due_at` to rows that have `start_at`; null where neither date nor start tells it.

    `pauses` (row_no, pause) makes the limit longer by so many days where the net time is judged.
    `business_days` are those of the limit's office hours.
    """
    if due.column:
        if due.column not in rows.columns:
            raise DefinitionError(
                "due.column names a column of the metric's table.",
                f'"{due.column}"',
                f"Known here: {', '.join(rows.columns)}.",
            )
        return rows.mutate(due_at=rows[due.column].cast("timestamp"))
    if due.business_hours and business_days is not None:
        return _after_business_time(rows, due, due.business_hours, business_days)
    if due.is_to_the_second:
        return _after_seconds(rows, due)
    if pauses is None and due.unit == "working_days" and not due.by:
        counted = _after_workdays(rows, due.days or 0, calendar)
    else:
        counted = _after_own_days(_with_limit(rows, due, pauses), due, calendar)
        counted = counted.drop("limit_days")
    return _rolled_forward(counted, calendar) if due.roll_forward else counted


def _after_seconds(rows: ir.Table, due: Due) -> ir.Table:
    limit = _limit(rows, due, SECONDS)
    return rows.mutate(due_at=rows.start_at.cast("timestamp") + limit.as_interval("s"))


def _after_business_time(rows: ir.Table, due: Due, hours: OfficeHours, days: ir.Table) -> ir.Table:
    """Find the moment at which the office has been open for as long as the limit."""
    import ibis

    placed = _with_positions(rows, days, "start_at")
    placed = placed.mutate(due_position=placed.start_at_position + _limit(rows, due, SECONDS))
    longest = max(60 * (one[1] - one[0]) for one in hours.days if one)
    opened = days.filter(days.open_1 > 0)
    # a day's positions lie in one part of the length of the longest day, or in two that touch
    first, last = opened.before // longest, (opened.before + opened.open_1 - 1) // longest
    ends = ibis.union(
        opened.mutate(part=first.cast("int64")),
        opened.mutate(part=last.cast("int64")).filter(first < last),
    ).select(
        end_part="part",
        end_opens="opens_1",
        end_before="before",
        end_after=ibis._.before + ibis._.open_1,
    )
    placed = placed.mutate(due_part=((placed.due_position - 1) // longest).cast("int64"))
    joined = placed.left_join(
        ends,
        [
            placed.due_part == ends.end_part,
            placed.due_position > ends.end_before,
            placed.due_position <= ends.end_after,
        ],
    )
    start = joined.start_at.cast("timestamp")
    ends_at = joined.end_opens + joined.due_position - joined.end_before
    seconds = (ends_at - start.epoch_seconds()).cast("int64")
    after = ibis.greatest(seconds, ibis.ifelse(seconds.isnull(), ibis.null("int64"), 0))
    kept = [name for name in rows.columns if name != "due_at"]
    return joined.select(*kept, due_at=start + after.as_interval("s"))


def _with_positions(rows: ir.Table, days: ir.Table, *moments: str) -> ir.Table:
    """Add `<moment>_position`: the business seconds before it; null where the moment is."""
    placed = rows
    for moment in moments:
        named = days.select(**{f"{moment}_of_{name}": name for name in days.columns})
        dated = placed.mutate(**{f"{moment}_day": placed[moment].date()})
        day = dated.left_join(named, dated[f"{moment}_day"] == named[f"{moment}_of_date"])
        before, *hours = (day[f"{moment}_of_{name}"] for name in ("before", "opens_1", "open_1"))
        at = day[moment].cast("timestamp").epoch_seconds()
        found = day.mutate(**{f"{moment}_position": position(at, before, (hours[0], hours[1]))})
        placed = found.select(*placed.columns, f"{moment}_position")
    return placed


def _limit(rows: ir.Table, due: Due, lengths: Mapping[str, int]) -> ir.IntegerValue:
    """Return the limit of each row: that of its category, or else that of all others.

    `lengths` say how long one of each unit is; a unit that is not among them is counted as one.
    """
    import ibis

    usual = ibis.literal((due.days or 0) * lengths.get(due.unit, 1), "int64")
    if not due.by:
        return usual
    if due.by not in rows.columns:
        raise DefinitionError(
            "due.by names a column of the metric's table.",
            f'"{due.by}"',
            did_you_mean(due.by, rows.columns),
        )
    category = rows[due.by].cast("string")
    own = [
        (category == name, one.days * lengths.get(one.unit, 1)) for name, one in due.values.items()
    ]
    limit: ir.IntegerValue = ibis.cases(*own, else_=usual).cast("int64")
    return limit


def _with_limit(rows: ir.Table, due: Due, pauses: ir.Table | None) -> ir.Table:
    if pauses is None:
        return rows.mutate(limit_days=_limit(rows, due, {}))
    joined = rows.left_join(pauses, "row_no")
    return joined.select(*rows.columns, limit_days=joined.pause.fill_null(0) + (due.days or 0))


def _after_workdays(rows: ir.Table, limit: int, calendar: ir.Table) -> ir.Table:
    """Look the due day up by the start: where all have one limit, only the calendar is counted."""
    starts = calendar.select(due_start="date", due_index=calendar.workday_index + limit)
    ends = _workdays(calendar).rename(due_index="workday_index", due_day="date")
    days = starts.left_join(ends, "due_index")
    days = days.select("due_start", due_at=_late_enough(days).cast("timestamp"))
    rows = rows.drop("due_at") if "due_at" in rows.columns else rows
    joined = rows.mutate(due_start=rows.start_at.date()).left_join(days, "due_start")
    return joined.select(*rows.columns, "due_at")


def _late_enough(days: ir.Table) -> ir.DateValue:
    """Return a due day, which is never before the start."""
    import ibis

    due_day = ibis.greatest(days.due_day, days.due_start)
    return ibis.ifelse(days.due_day.isnull(), ibis.null("date"), due_day)


def _after_own_days(rows: ir.Table, due: Due, calendar: ir.Table) -> ir.Table:
    """Count each row's limit in days of its unit: some categories may have working days."""
    import ibis

    others = [name for name, one in due.values.items() if one.unit != due.unit]
    if not others:
        return _after_days(rows, due.unit, calendar)
    has_other = rows[due.by].cast("string").isin(others).fill_null(False)
    usual = _after_days(rows.filter(~has_other), due.unit, calendar)
    other = next(due.values[name].unit for name in others)
    return ibis.union(usual, _after_days(rows.filter(has_other), other, calendar))


def _after_days(rows: ir.Table, unit: str, calendar: ir.Table) -> ir.Table:
    if unit == "calendar_days":
        due_day = rows.start_at.date() + rows.limit_days.as_interval("D")
        return rows.mutate(due_at=due_day.cast("timestamp"))
    starts = calendar.select(due_start="date", start_index="workday_index")
    ends = _workdays(calendar).rename(due_index="workday_index", due_day="date")
    joined = rows.mutate(due_start=rows.start_at.date()).left_join(starts, "due_start")
    joined = joined.mutate(due_index=joined.start_index + joined.limit_days)
    joined = joined.left_join(ends, "due_index")
    kept = [name for name in rows.columns if name != "due_at"]
    return joined.select(*kept, due_at=_late_enough(joined).cast("timestamp"))


def _rolled_forward(rows: ir.Table, calendar: ir.Table) -> ir.Table:
    """Move a due day that is closed to the next working day."""
    closed = calendar.filter(~calendar.is_workday)
    closed = closed.select(closed_day="date", next_index=closed.workday_index + 1)
    opens = _workdays(calendar).rename(next_index="workday_index", next_day="date")
    moves = closed.join(opens, "next_index").select("closed_day", "next_day")
    rows = rows.mutate(closed_day=rows.due_at.date())
    moved = rows.left_join(moves, "closed_day")
    due_at = moved.next_day.cast("timestamp").coalesce(moved.due_at)
    return moved.mutate(due_at=due_at).drop("closed_day", "closed_day_right", "next_day")


def _workdays(calendar: ir.Table) -> ir.Table:
    return calendar.filter(calendar.is_workday).select("date", "workday_index")


def with_numbers(rows: ir.Table, calendar: ir.Table, *dates: str) -> ir.Table:
    """Add `<date>_no` to date columns: a difference counts the days from one to another.

    The column `unit` of the rows says which days count. The first of two days is not counted, the
    second is.
    """
    import ibis

    first = ibis.date(FIRST_YEAR, 1, 1)
    joined = rows
    for date in dates:
        days = calendar.select(**{f"{date}_day": "date", f"{date}_index": "workday_index"})
        joined = joined.left_join(days, [(date, f"{date}_day")])
    numbers = {}
    for date in dates:
        index = joined[f"{date}_index"]
        numbers[f"{date}_no"] = ibis.cases(
            (joined.unit == "working_days", index.cast("int64")),
            (
                (joined.unit == "calendar_days") & index.notnull(),
                joined[date].delta(first, unit="day"),
            ),
        )
    return joined.select(*rows.columns, **numbers)


def with_days(
    rows: ir.Table, calendar: ir.Table, unit: str, business_days: ir.Table | None = None
) -> ir.Table:
    """Add `days`, from start to stop in the unit; null while there is no stop.

    Minutes and hours have fractions: the time to the second. Those within office hours are counted
    on the `business_days` of these.
    """
    if unit in BUSINESS_UNITS and business_days is not None:
        placed = _with_positions(rows, business_days, "start_at", "stop_at")
        seconds = placed.stop_at_position - placed.start_at_position
        placed = placed.mutate(days=seconds.cast("float64") / BUSINESS_UNITS[unit])
        return placed.drop("start_at_position", "stop_at_position")
    if unit in FINE_UNITS:
        start, stop = (rows[end].cast("timestamp") for end in ("start_at", "stop_at"))
        seconds = stop.epoch_seconds() - start.epoch_seconds()
        return rows.mutate(days=seconds.cast("float64") / FINE_UNITS[unit])
    elapsed = rows.stop_at.date().delta(rows.start_at.date(), unit="day")
    if unit == "calendar_days":
        return rows.mutate(days=elapsed.cast("int64"))
    import ibis

    numbered = rows.mutate(start_day=rows.start_at.date(), stop_day=rows.stop_at.date())
    day_after = (calendar.date + ibis.interval(days=1)).cast("date")
    starts = calendar.select(start_day="date", start_index="workday_index")
    stops = calendar.select(stop_day=day_after, stop_index="workday_index")
    joined = numbered.left_join(starts, "start_day").left_join(stops, "stop_day")
    days = ibis.cases(
        (joined.stop_day > joined.start_day, joined.stop_index - joined.start_index + 1),
        (joined.stop_day == joined.start_day, ibis.literal(0, "int64")),
    )
    return joined.mutate(days=days.cast("int64")).select(*rows.columns, "days")


def with_outcome(rows: ir.Table, as_of: dt.date, precision: str) -> ir.Table:
    """Add `outcome` to rows with start_at, stop_at, due_at and is_done.

    To the second a stop before its start is impossible, else one on an earlier day.

    met, missed, not_yet_due, or unknown where a date that decides it is missing or impossible.
    `as_of` is known to its end: a case open then whose last day it was is missed, and a stop after
    it has not happened yet. One that is done without a date may have been done after `as_of`, so
    before its last day it is not yet due.
    """
    import ibis

    stop, due, start = rows.stop_at, rows.due_at, rows.start_at
    in_time = stop <= due if precision == "second" else stop.date() <= due.date()
    outcome = ibis.cases(
        (stop.isnull() & (due.date() > as_of), "not_yet_due"),
        (stop.isnull() & rows.is_done, "unknown"),
        (due.isnull(), "unknown"),
        (stop < start if precision == "second" else stop.date() < start.date(), "unknown"),
        (stop.notnull() & in_time, "met"),
        else_="missed",
    )
    return rows.mutate(outcome=outcome)


def waits_in_clock(
    rows: ir.Table, waits: ir.Table, calendar: ir.Table, unit: str, as_of: dt.date
) -> ir.Table:
    """Return the waits of cases while their clock ran, each day of a case in one of them.

    `rows` has row_no, case_id, start_at and stop_at; `waits` has case_id, from_date and to_date.
    Columns: row_no, waited (days of the unit that no earlier wait of the case covers) and
    net_before (days that had counted when it began).
    """
    import ibis

    places = _places(_cut(rows, waits, as_of), calendar, unit)
    case = {"group_by": places.row_no, "order_by": [places.first, places.last]}
    earlier = places.last.max().over(ibis.window(preceding=(None, 1), **case)).fill_null(0)
    fresh = places.mutate(first=ibis.greatest(places.first, earlier + 1))
    fresh = fresh.filter(fresh.last >= fresh.first).mutate(waited=fresh.last - fresh.first + 1)
    up_to_now = ibis.cumulative_window(group_by=fresh.row_no, order_by=fresh.first)
    waited_before = fresh.waited.sum().over(up_to_now) - fresh.waited
    return fresh.select("row_no", "waited", net_before=fresh.first - 1 - waited_before)


def _cut(rows: ir.Table, waits: ir.Table, as_of: dt.date) -> ir.Table:
    """Cut the waits to the days after the start, up to the stop or `as_of`."""
    import ibis

    a_day = ibis.interval(days=1)
    clocks = rows.select(
        "row_no",
        "case_id",
        start_day=rows.start_at.date(),
        stop_day=rows.stop_at.date().coalesce(as_of),
    )
    joined = clocks.join(waits.filter(waits.from_date.notnull()), "case_id")
    cut = joined.select(
        "row_no",
        "start_day",
        eve=ibis.greatest(joined.from_date - a_day, joined.start_day),
        last_day=ibis.least(joined.to_date.coalesce(as_of), joined.stop_day),
    )
    return cut.filter(cut.last_day > cut.eve)


def _places(cut: ir.Table, calendar: ir.Table, unit: str) -> ir.Table:
    """Number the first and last day of each wait from the start of its case, which is 0."""
    import ibis

    cut = cut.mutate(unit=ibis.literal(unit))
    cut = with_numbers(cut, calendar, "start_day", "eve", "last_day")
    return cut.select(
        "row_no", first=cut.eve_no - cut.start_day_no + 1, last=cut.last_day_no - cut.start_day_no
    )


def with_net_days(rows: ir.Table, waits: ir.Table | None) -> ir.Table:
    """Add `net_days`, the days less those waited; null while there is no stop.

    Null throughout where no waits are known (`waits` is None).
    """
    import ibis

    if waits is None:
        return rows.mutate(net_days=ibis.null("int64"))
    deducted = waits.group_by("row_no").agg(waited=_total(waits))
    joined = rows.left_join(deducted, "row_no")
    net_days = joined.days - joined.waited.fill_null(0)
    return joined.select(*rows.columns, net_days=net_days)


def standing(rows: ir.Table, waits: ir.Table, as_of: dt.date) -> ir.Table:
    """Return the `row_no` of the open cases whose clock stands still at the end of `as_of`."""
    still_open = rows.filter(rows.stop_at.isnull()).select("row_no", "case_id")
    joined = still_open.join(waits, "case_id")
    runs_on = (joined.from_date <= as_of) & (joined.to_date.isnull() | (joined.to_date > as_of))
    return joined.filter(runs_on).select("row_no").distinct()


def pauses(waits: ir.Table, standing: ir.Table, limit: int) -> ir.Table:
    """Count the days by which waits move the end of a limit: columns row_no and pause.

    A wait moves it if it began before more days than the limit had counted. So a case stops within
    its moved limit exactly if its net days are within the limit. Where the clock is `standing`, it
    stands for a day more: the limit cannot end before that.
    """
    import ibis

    moving = waits.filter(waits.net_before <= limit).select("row_no", "waited")
    one_more = standing.mutate(waited=ibis.literal(1, moving.waited.type()))
    moved = ibis.union(moving, one_more)
    return moved.group_by("row_no").agg(pause=_total(moved))


def _total(waits: ir.Table) -> ir.IntegerValue:
    """Add up the days waited, as a 32-bit number: DuckDB makes no interval of its wider sums."""
    return waits.waited.sum().cast("int32")
