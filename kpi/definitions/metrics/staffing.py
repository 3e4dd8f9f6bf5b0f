"""The front office: telephone, acute duty, opening hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.kinds import Kept, Stated

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.kinds import Tables


def planned_windows(tables: Tables) -> ir.Table:
    """Planned telephone windows, and whether each was open from beginning to end."""
    rows = tables["phone_windows"]
    return rows.mutate(was_open=rows.open_minutes >= rows.planned_minutes)


def working_days_of_roster(tables: Tables) -> ir.Table:
    """Working days that the duty roster covers, and whether somebody had acute duty."""
    roster, calendar = tables["duty_roster"], tables["calendar"]
    covered = roster.aggregate(first_day=roster.date.min(), last_day=roster.date.max())
    days = calendar.filter(calendar.is_workday).cross_join(covered)
    days = days.filter(days.date.between(days.first_day, days.last_day))
    staffed = roster.filter(roster.duty == "acute_duty").select("date").distinct()
    return days.mutate(row_no=days.workday_index, was_staffed=days.date.isin(staffed.date))


PHONE_HOURS = Kept(
    id="phone_hours",
    title="Telephone hours kept",
    words="Planned telephone windows in the period: the share that was open from beginning to end. "
    "A window that nobody recorded is unknown.",
    unit="share",
    table="phone_windows",
    population=planned_windows,
    planned="date",
    kept="was_open",
)

ACUTE_DUTY = Kept(
    id="acute_duty",
    title="Acute duty staffed",
    words="Working days in the period: the share on which the duty roster has somebody on acute "
    "duty.",
    unit="share",
    table="duty_roster",
    also_reads=("calendar",),
    population=working_days_of_roster,
    by_row=False,
    planned="date",
    kept="was_staffed",
)

FRONT_OFFICE = Stated(
    id="front_office",
    title="Social service as the way in",
    words="Opening hours and reception as the municipality's; attested by the service itself.",
    unit="none",
    attested=True,
)
