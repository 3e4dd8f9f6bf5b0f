"""Applications: housing benefit, early retirement pension and all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.tables.contract import Column, Context, Table, rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

BULK_AT_LEAST = 20
BULK_TIMES_THE_USUAL = 6


@rule("set_aside", "A decision comes on or after the day of receipt")
def decided_before_received(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Decided on an earlier day than received."""
    return rows.decided_at.date() < rows.received_at.date()


@rule("note", "A decided application stays decided")
def reopened(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Marked as reopened after a decision."""
    return rows.is_reopened


@rule("note", "A citizen has one open application of a kind at a time")
def several_open(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Received while the citizen's previous one of the same kind was undecided."""
    import ibis

    window = ibis.window(
        group_by=[rows.citizen, rows.kind], order_by=[rows.received_at, rows.row_no]
    )
    known = rows.citizen.notnull() & ibis.row_number().over(window).notnull()
    earlier_row = rows.row_no.lag().over(window)
    earlier_decision = rows.decided_at.lag().over(window)
    undecided = earlier_decision.isnull() | (earlier_decision.date() > rows.received_at.date())
    return known & earlier_row.notnull() & undecided & ~rows.is_rollover.fill_null(False)


@rule("note", "The result FEJL is followed by a grant or a refusal")
def error_left_standing(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Result is an error, no decision."""
    return rows.result == "error"


@rule("note", "Decisions are spread over the days")
def bulk_closing(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Decided on a day with many times the month's usual number of decisions of that kind."""
    import ibis

    decided = rows.filter(rows.decided_at.notnull()).mutate(
        decided_on=lambda t: t.decided_at.date()
    )
    days = decided.group_by("kind", "decided_on").agg(decisions=lambda t: t.count())
    days = days.mutate(month=days.decided_on.truncate("M"))
    month = ibis.window(group_by=[days.kind, days.month])
    usual = days.mutate(usual=days.decisions.median().over(month))
    piled = usual.filter(
        (usual.decisions >= BULK_AT_LEAST) & (usual.decisions > BULK_TIMES_THE_USUAL * usual.usual)
    ).select("kind", "decided_on")
    return rows.row_no.isin(decided.join(piled, ["kind", "decided_on"]).row_no)


APPLICATIONS = Table(
    name="applications",
    grain="application",
    key=("application_id",),
    dated_by="received_at",
    columns=(
        Column("application_id", "text", "Number of the application", nullable=False),
        Column("citizen", "person", "The applicant", optional=True),
        Column(
            "kind",
            "text",
            "Housing benefit, early retirement pension or other",
            nullable=False,
            allowed=("housing_benefit", "early_retirement_pension", "other"),
        ),
        Column("received_at", "moment", "When it was received", nullable=False),
        Column("due_at", "moment", "When it is due, where the system says so", optional=True),
        Column("decided_at", "moment", "When the decision was sent; empty while it is open"),
        Column(
            "result",
            "text",
            "Granted, refused, withdrawn or error",
            optional=True,
            allowed=("granted", "refused", "withdrawn", "error"),
        ),
        Column("is_rollover", "yes_no", "Renewed automatically", optional=True),
        Column("is_reassessment", "yes_no", "Reassessment of a running pension", optional=True),
        Column("is_reopened", "yes_no", "Reopened after a decision", optional=True),
        Column("office", "text", "Town, office or department", optional=True),
        Column("municipality_code", "text", "Municipality", optional=True),
    ),
    rules=(decided_before_received, reopened, several_open, error_left_standing, bulk_closing),
)


@rule("set_aside", "A wait ends on or after the day it begins")
def wait_ends_before_it_begins(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """End before start."""
    return rows.to_date < rows.from_date


APPLICATION_WAITS = Table(
    name="application_waits",
    grain="period in which an application waited for the citizen",
    dated_by="from_date",
    columns=(
        Column("application_id", "text", "The application", nullable=False),
        Column("from_date", "date", "First day of waiting", nullable=False),
        Column("to_date", "date", "Last day of waiting; empty while it runs"),
    ),
    rules=(wait_ends_before_it_begins,),
)
