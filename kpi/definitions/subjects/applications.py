"""Applications: housing benefit, early retirement pension and all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.municipality import OFFICE, OFFICES, of_the_municipality
from kpi.definitions.rules import in_order, never, once, refers_to
from kpi.definitions.subject import Column, Context, Steps, Subject, Waits, Words, rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


BULK_AT_LEAST = 20
BULK_TIMES_THE_USUAL = 6


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


@rule("note", "Decisions are spread over the days")
def bulk_closing(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Decided on a day with many times the month's usual number of decisions of that kind."""
    decided = rows.filter(rows.decided_at.notnull()).mutate(
        decided_on=lambda t: t.decided_at.date()
    )
    days = decided.group_by("kind", "decided_on").agg(decisions=lambda t: t.count())
    days = days.mutate(month=days.decided_on.truncate("M"))
    usual = days.group_by("kind", "month").agg(usual=days.decisions.median())
    days = days.inner_join(usual, ["kind", "month"])
    piled = days.filter(
        (days.decisions >= BULK_AT_LEAST) & (days.decisions > BULK_TIMES_THE_USUAL * days.usual)
    ).select("kind", "decided_on")
    return rows.row_no.isin(decided.join(piled, ["kind", "decided_on"]).row_no)


APPLICATIONS = Subject(
    name="applications",
    grain="application",
    key=("application_id",),
    dated_by="received_at",
    columns=(
        Column(
            "application_id",
            "text",
            "Number of the application",
            nullable=False,
            label="application number",
        ),
        Column("case_number", "text", "Number of the case it belongs to", optional=True),
        Column("citizen", "person", "The applicant", optional=True, label="citizen's number"),
        Column(
            "kind",
            "text",
            "Housing benefit, early retirement pension or other",
            nullable=False,
            allowed=("housing_benefit", "early_retirement_pension", "other"),
            label="kind of application",
        ),
        Column(
            "received_at", "moment", "When it was received", nullable=False, label="day of receipt"
        ),
        Column(
            "due_at",
            "moment",
            "When it is due, where the system says so",
            optional=True,
            planned=True,
        ),
        Column("decided_at", "moment", "When the decision was sent; empty while it is open"),
        Column(
            "result",
            "text",
            "Granted, refused, withdrawn or error",
            optional=True,
            allowed=("granted", "refused", "withdrawn", "error"),
            label="result of the application",
            known_by="decided_at",
        ),
        Column("is_rollover", "yes_no", "Renewed automatically", optional=True),
        Column("is_reassessment", "yes_no", "Reassessment of a running pension", optional=True),
        Column("is_reopened", "yes_no", "Reopened after a decision", optional=True),
        Column("office", "text", "Town, office or department", optional=True),
        Column("municipality_code", "text", "Municipality", optional=True),
    ),
    rules=(
        of_the_municipality,
        in_order(
            "decided_before_received",
            "received_at",
            "decided_at",
            "A decision comes on or after the day of receipt",
        ),
        never("reopened", "note", "is_reopened", "A decided application stays decided"),
        several_open,
        once(
            "several_on_one_case",
            "A case has one application",
            "case_number",
            severity="note",
            about=("case_number",),
        ),
        never(
            "error_left_standing",
            "note",
            "result = 'error'",
            "The result FEJL is followed by a grant or a refusal",
        ),
        bulk_closing,
    ),
    title="Applications",
    words=Words(
        cases=("application", "applications"),
        steps={"received": "handed in", "decided": "decided"},
        ended="decisions",
        groups=OFFICE,
        said={
            **OFFICES,
            "waiting": "Waiting for the citizen",
            "net_clock": "Days on which the case waited for the citizen are not counted.",
            "net_median": "Median less the wait for the citizen",
            "came_too_late": "{n} were handed in too late to make it, or after their due day; "
            "{late} of them were late.",
            "came_in_time": "Was there time enough when it was handed in?",
            "no_stage": "No stage took longer than its norm: handed in too late",
        },
    ),
    groups=("office",),
    steps=Steps(order=("received", "decided")),
    waits=Waits("application_waits", stage="waiting_for_citizen"),
    derived=(
        Column(
            "decision_at",
            "moment",
            "When it was decided; the result FEJL ends no application",
            expr="CASE WHEN result = 'error' THEN NULL ELSE decided_at END",
        ),
        Column(
            "is_decided", "yes_no", "Granted or refused", expr="result IN ('granted', 'refused')"
        ),
    ),
)


APPLICATION_WAITS = Subject(
    name="application_waits",
    grain="period in which an application waited for the citizen",
    found_by=("application_id",),
    dated_by="from_date",
    may_be_quiet=True,
    columns=(
        Column(
            "application_id", "text", "The application", nullable=False, label="application number"
        ),
        Column(
            "from_date",
            "date",
            "First day of waiting",
            nullable=False,
            label="first day of the wait",
        ),
        Column("to_date", "date", "Last day of waiting; empty while it runs"),
    ),
    rules=(
        in_order(
            "wait_ends_before_it_begins",
            "from_date",
            "to_date",
            "A wait ends on or after the day it begins",
        ),
        refers_to(
            "applications",
            "application_id",
            "application_not_found",
            "A wait belongs to an application in the extract",
        ),
    ),
    title="Waiting times of applications",
)
