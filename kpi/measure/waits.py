"""The stop-clock: days on which a case waited for the citizen are not counted in its net time.

A day is deducted if it is a day of the limit's unit, lies after the day the clock starts (day 0)
and no later than the day it stops, and the case waited on it. Periods of waiting that overlap count
once. A period without an end runs on; what comes after `as_of` has not happened yet. As everywhere
in the clock, days are counted by joins with the calendar's running number.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kpi.measure.clocks import with_numbers

if TYPE_CHECKING:
    import ibis.expr.types as ir


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


def pauses(waits: ir.Table, limit: int) -> ir.Table:
    """Count the days by which waits move the end of a limit: columns row_no and pause.

    A wait moves it if it began before more days than the limit had counted. So a case stops within
    its moved limit exactly if its net days are within the limit.
    """
    moving = waits.filter(waits.net_before <= limit)
    return moving.group_by("row_no").agg(pause=_total(moving))


def _total(waits: ir.Table) -> ir.IntegerValue:
    """Add up the days waited, as a 32-bit number: DuckDB makes no interval of its wider sums."""
    return waits.waited.sum().cast("int32")
