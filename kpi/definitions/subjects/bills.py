"""Bills that citizens hand in, and the steps each of them takes until it is paid.

`bills` has one row a bill. The dates of its milestones (approved, sent to the ledger, posted,
paid) come from the event extract `bill_steps`, mapped in the parameters; where there is no extract
of bills, the bills themselves are made of the events.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kpi.definitions.municipality import OFFICE, OFFICES, of_the_municipality
from kpi.definitions.rules import in_order, never, once, refers_to
from kpi.definitions.subject import Column, Context, Steps, Subject, Words, rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


DAYS_TO_REACH_THE_LEDGER = 30


def approved_long_ago(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Tell the bills that had time to reach the ledger."""
    long_ago = context.as_of - dt.timedelta(days=DAYS_TO_REACH_THE_LEDGER)
    return rows.approved_at.date() < long_ago


@rule("note", "An approved bill reaches the ledger", among=approved_long_ago)
def absent_from_ledger(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Approved long ago, without any step in the ledger."""
    nowhere = rows.sent_at.isnull() & rows.posted_at.isnull() & rows.paid_at.isnull()
    return approved_long_ago(rows, context) & nowhere & ~rows.is_paid.fill_null(False)


BILLS = Subject(
    name="bills",
    grain="bill",
    key=("bill_id",),
    dated_by="received_at",
    columns=(
        Column("bill_id", "text", "Number of the bill", nullable=False, label="bill number"),
        Column(
            "citizen",
            "person",
            "The citizen who handed it in",
            optional=True,
            label="citizen's number",
        ),
        Column("supplier", "text", "Number of the supplier", optional=True),
        Column("invoice_number", "text", "The supplier's number of the invoice", optional=True),
        Column("amount_dkk", "amount", "Amount of the bill", optional=True, unit="kroner"),
        Column(
            "kind",
            "text",
            "Bill, credit note or benefit run",
            nullable=False,
            allowed=("bill", "credit_note", "benefit_run"),
            label="kind of document",
        ),
        Column(
            "received_at", "moment", "When it was handed in", nullable=False, label="day of receipt"
        ),
        Column("due_at", "moment", "When it must be paid", optional=True, planned=True),
        Column("approved_at", "moment", "When the benefits office approved it", optional=True),
        Column("sent_at", "moment", "When it was sent to the ledger", optional=True),
        Column("posted_at", "moment", "When the ledger posted it", optional=True),
        Column("paid_at", "moment", "When it was paid", optional=True),
        Column(
            "is_paid",
            "yes_no",
            "The ledger marks it as paid",
            optional=True,
            known_by="paid_at",
            before=False,
        ),
        Column("is_cancelled", "yes_no", "Cancelled", optional=True),
        Column("office", "text", "Town or office", optional=True),
        Column("municipality_code", "text", "Municipality", optional=True),
    ),
    rules=(
        of_the_municipality,
        in_order(
            "paid_before_approved",
            "approved_at",
            "paid_at",
            "A bill is paid on or after the day it was approved",
        ),
        in_order(
            "approved_before_received",
            "received_at",
            "approved_at",
            "A bill is approved on or after the day it was received",
        ),
        in_order(
            "due_before_received",
            "received_at",
            "due_at",
            "A bill is due on or after the day it was received",
            severity="note",
            casts_doubt=False,
        ),
        never(
            "amount_not_positive",
            "note",
            "amount_dkk <= 0 AND kind = 'bill'",
            "The amount of a bill is above zero",
        ),
        never(
            "credit_note",
            "note",
            "kind = 'credit_note'",
            "Credit notes are told apart from bills",
            casts_doubt=False,
        ),
        once(
            "invoice_recorded_twice",
            "A bill is recorded once",
            "supplier",
            "invoice_number",
            among="kind = 'bill'",
            is_no_case=True,
        ),
        never(
            "due_date_missing",
            "note",
            "due_at IS NULL AND kind = 'bill'",
            "A bill has a due date",
            about=("due_at",),
            casts_doubt=False,
        ),
        never(
            "paid_without_date",
            "note",
            "is_paid AND paid_at IS NULL",
            "A bill that the ledger marks as paid has its date of payment",
            casts_doubt=False,
        ),
        absent_from_ledger,
    ),
    title="Bills",
    words=Words(
        cases=("bill", "bills"),
        late={"paid": ("{n} bill was not paid on time", "{n} bills were not paid on time")},
        unknown={
            "paid": ("{n} bill lacks its date of payment", "{n} bills lack their date of payment")
        },
        steps={
            "received": "handed in",
            "approved": "approved",
            "sent": "sent to the ledger",
            "posted": "posted",
            "paid": "paid",
        },
        groups=OFFICE,
        said={
            **OFFICES,
            "stuck": "Where do payments get stuck?",
            "came_too_late": "{n} were handed in too late to make it, or after their due day; "
            "{late} of them were late.",
            "came_in_time": "Was there time enough when it was handed in?",
            "no_stage": "No stage took longer than its norm: handed in too late",
            "gate_in_time": "{late} were approved by their due day and yet paid late.",
            "gate_split": "Of {of_late} late bills, {in_time} were approved in time, by their due "
            "day, {too_late} too late.",
            "after_gate": "After approval, {late} of the late bills lost most time {stage}.",
            "gate": "Was it approved in time?",
            "weekday": "By weekday of approval",
            "weekdays": "By weekday of approval: from {low} on time ({worst}) to {high} ({best}); "
            "{chance}.",
            "month_end": "Of those approved in the last three working days of a month {share} were "
            "on time, of the others {others}; {chance}.",
            "amount": "Of the amount, {share} was paid on time; of the number, {number}.",
        },
    ),
    amount="amount_dkk",
    groups=("office",),
    steps=Steps(
        order=("received", "approved", "sent", "posted", "paid"),
        events="bill_steps",
        ends="paid",
        done="is_paid",
        closed="is_cancelled",
        gate="approved",
        gate_word="approval",
    ),
)


@rule("note", "The name of the step is one that the parameters declare", casts_doubt=False)
def step_unknown(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Neither a milestone nor a return nor another known step: it is part of no date."""
    import ibis

    is_known = context.known_steps.get("bill_steps")
    return (rows.step != "") & ~is_known(rows.step) if is_known else ibis.literal(False)


BILL_STEPS = Subject(
    name="bill_steps",
    grain="step of a bill",
    found_by=("bill_id", "step"),
    dated_by="happened_at",
    columns=(
        Column("bill_id", "text", "The bill", nullable=False, label="bill number"),
        Column(
            "step",
            "text",
            "The system's name of the step",
            nullable=False,
            label="name of the step",
        ),
        Column("happened_at", "moment", "When the step was taken"),
        Column("office", "text", "Unit the bill belongs to", optional=True),
    ),
    rules=(
        never(
            "step_without_time",
            "note",
            "happened_at IS NULL",
            "A step has its time",
            casts_doubt=False,
        ),
        step_unknown,
        once(
            "step_recorded_twice",
            "A step of a bill is recorded once",
            "bill_id",
            "step",
            "happened_at",
            severity="note",
            is_no_case=True,
            casts_doubt=False,
        ),
        refers_to(
            "bills",
            "bill_id",
            "bill_not_found",
            "A step in the ledger belongs to a bill in the extract",
            severity="note",
            casts_doubt=False,
        ),
    ),
    title="Steps of bills",
)
