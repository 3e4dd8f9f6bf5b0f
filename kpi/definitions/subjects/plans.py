"""Action plans, their follow-ups, and the match groups of citizens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kpi.definitions.municipality import OFFICE, of_the_municipality
from kpi.definitions.rules import is_in_none, never, refers_to
from kpi.definitions.subject import Column, Context, Subject, Words, repeated, rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


END_UNKNOWN = dt.date(1900, 1, 1)
END_OPEN = dt.date(9999, 12, 31)


def active_on(periods: ir.Table, day: ir.DateValue) -> ir.BooleanValue:
    """Tell the match-group periods that run on a day; both default end dates mean open."""
    open_ended = periods.to_date.isnull() | (periods.to_date == END_UNKNOWN)
    return (periods.from_date <= day) & (open_ended | (periods.to_date >= day))


@rule(
    "note",
    "The citizen is in match group 3 on the day of the plan",
    needs=("match_groups",),
    casts_doubt=False,
)
def not_in_group_3(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """No period in group 3 covers the day of the plan; the plan is not counted for group 3."""
    groups = context.tables["match_groups"]
    third = groups.filter(groups.match_group == "3").select("citizen", "from_date", "to_date")
    covered = rows.select("row_no", "citizen", "made_at").join(third, "citizen")
    covered = covered.filter(active_on(covered, covered.made_at.date()))
    return is_in_none(rows.row_no, covered.row_no)


@rule("note", "A citizen has one open plan at a time")
def two_open_plans(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """A second plan of a citizen whose earlier plan is still open."""
    still_open = rows.filter(rows.closed_at.isnull())
    again = still_open.filter(repeated(still_open, "citizen"))
    return rows.row_no.isin(again.row_no)


ACTION_PLANS = Subject(
    name="action_plans",
    grain="action plan",
    key=("plan_id",),
    dated_by="made_at",
    columns=(
        Column("plan_id", "text", "Number of the plan", nullable=False, label="plan number"),
        Column("citizen", "person", "The citizen", nullable=False, label="citizen's number"),
        Column(
            "made_at", "moment", "When the plan was made", nullable=False, label="day of the plan"
        ),
        Column("closed_at", "moment", "When the plan was closed; empty while it is open"),
        Column("next_follow_up_at", "moment", "Agreed next follow-up", optional=True, planned=True),
        Column("author", "staff", "Initials; never shown", optional=True),
        Column("office", "text", "Town or office", optional=True),
    ),
    rules=(
        not_in_group_3,
        two_open_plans,
        never(
            "no_next_follow_up",
            "note",
            "closed_at IS NULL AND next_follow_up_at IS NULL",
            "An open plan has a date for its next follow-up",
            about=("next_follow_up_at",),
            casts_doubt=False,
        ),
        never(
            "author_unknown",
            "note",
            "author IS NULL",
            "A plan names its author",
            about=("author",),
            casts_doubt=False,
        ),
    ),
    title="Action plans",
    words=Words(cases=("action plan", "action plans"), groups=OFFICE),
    groups=("office",),
)


@rule("set_aside", "A follow-up comes on or after the day of its plan", needs=("action_plans",))
def follow_up_before_plan(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Dated before the plan it follows up."""
    plans = context.tables["action_plans"].select("plan_id", "made_at")
    joined = rows.select("row_no", "plan_id", "followed_up_at").join(plans, "plan_id")
    early = joined.filter(joined.followed_up_at.date() < joined.made_at.date())
    return rows.row_no.isin(early.row_no)


FOLLOW_UPS = Subject(
    name="follow_ups",
    grain="follow-up of an action plan",
    key=("follow_up_id",),
    dated_by="followed_up_at",
    may_be_quiet=True,
    columns=(
        Column(
            "follow_up_id",
            "text",
            "Number of the follow-up",
            nullable=False,
            label="follow-up number",
        ),
        Column("plan_id", "text", "The plan", nullable=False, label="plan number"),
        Column("citizen", "person", "The citizen", nullable=False, label="citizen's number"),
        Column(
            "followed_up_at",
            "moment",
            "When it took place",
            nullable=False,
            label="day of the follow-up",
        ),
    ),
    rules=(
        follow_up_before_plan,
        refers_to(
            "action_plans",
            "plan_id",
            "plan_not_found",
            "A follow-up belongs to a plan in the extract",
        ),
    ),
    title="Follow-ups",
    words=Words(cases=("follow-up", "follow-ups")),
)


@rule("note", "A citizen's match-group periods do not overlap")
def overlapping_periods(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Begins before all the citizen's earlier periods have ended."""
    return rows.from_date <= _latest_end_before(rows)


@rule("note", "A citizen's match-group periods follow each other without gaps", casts_doubt=False)
def gap_between_periods(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Begins more than a day after the last of the citizen's earlier periods ended."""
    return rows.from_date.delta(_latest_end_before(rows), unit="day") > 1


def _latest_end_before(rows: ir.Table) -> ir.DateValue:
    """Return when the citizen's earlier periods had ended; null for the first, and for nobody."""
    import ibis

    earlier = ibis.window(
        group_by=rows.citizen,
        order_by=[rows.from_date, rows.row_no],
        preceding=(None, 1),
        following=None,
    )
    end = rows.to_date.nullif(END_UNKNOWN).fill_null(END_OPEN)
    return ibis.ifelse(rows.citizen.notnull(), end.max().over(earlier), ibis.null("date"))


@rule(
    "note",
    "Nobody with a granted early retirement pension is in match group 3",
    needs=("applications",),
)
def group_3_with_pension(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """In group 3 after the pension was granted."""
    applications = context.tables["applications"]
    granted = applications.filter(
        (applications.kind == "early_retirement_pension") & (applications.result == "granted")
    ).select("citizen", "decided_at")
    third = rows.filter(rows.match_group == "3").select("row_no", "citizen", "from_date", "to_date")
    joined = third.join(granted, "citizen")
    both = joined.filter(
        joined.decided_at.date() < joined.to_date.nullif(END_UNKNOWN).fill_null(END_OPEN)
    )
    return rows.row_no.isin(both.row_no)


MATCH_GROUPS = Subject(
    name="match_groups",
    grain="period of a citizen in a match group",
    found_by=("match_group", "from_date"),
    dated_by="from_date",
    may_be_quiet=True,
    columns=(
        Column("citizen", "person", "The citizen", nullable=False, label="citizen's number"),
        Column(
            "match_group",
            "text",
            "1, 2, 3; 0 not stated",
            allowed=("0", "1", "2", "3"),
            label="match group",
        ),
        Column("from_date", "date", "First day", nullable=False, label="first day of the period"),
        Column("to_date", "date", "Last day; empty while it runs", no_date=(END_UNKNOWN, END_OPEN)),
        Column("office", "text", "Town or office", optional=True),
        Column("municipality_code", "text", "Municipality", optional=True),
    ),
    rules=(
        of_the_municipality,
        never(
            "group_not_stated",
            "note",
            "match_group IS NULL OR match_group = '0'",
            "A match group is stated",
            casts_doubt=False,
        ),
        never(
            "ends_before_it_begins",
            "set_aside",
            "to_date < from_date AND to_date <> DATE '1900-01-01'",
            "A period ends on or after the day it begins",
        ),
        overlapping_periods,
        gap_between_periods,
        never(
            "default_end_date",
            "note",
            "to_date IN ('1900-01-01', '9999-12-31')",
            "An open period has no end date (31-12-9999 and 01-01-1900 are read as open)",
            casts_doubt=False,
        ),
        group_3_with_pension,
    ),
    title="Match groups",
    words=Words(
        cases=("person", "persons"),
        groups=OFFICE,
    ),
    groups=("office",),
    derived=(
        Column(
            "until_date",
            "date",
            "Last day; empty while it runs: 01-01-1900 is no end",
            expr="NULLIF(to_date, DATE '1900-01-01')",
        ),
    ),
)
