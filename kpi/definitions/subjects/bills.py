"""Bills that citizens hand in, and the steps each of them takes until it is paid.

`bills` has one row a bill. The dates of its milestones (approved, sent to the ledger, posted,
paid) come from the event extract `bill_steps`, mapped in the parameters; where there is no extract
of bills, the bills themselves are made of the events.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kpi.definitions.subject import Column, Context, Table, repeated, rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


MILESTONES = ("received", "approved", "sent", "posted", "paid")
DAYS_TO_REACH_THE_LEDGER = 30


@rule("set_aside", "A bill is paid on or after the day it was approved")
def paid_before_approved(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Paid on an earlier day than approved."""
    return rows.paid_at.date() < rows.approved_at.date()


@rule("set_aside", "A bill is approved on or after the day it was received")
def approved_before_received(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Approved on an earlier day than received."""
    return rows.approved_at.date() < rows.received_at.date()


@rule("note", "A bill is due on or after the day it was received", casts_doubt=False)
def due_before_received(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Handed in after its due date: nobody could pay it on time."""
    return rows.due_at.date() < rows.received_at.date()


@rule("note", "The amount of a bill is above zero")
def amount_not_positive(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Zero or negative without being marked as a credit note."""
    return (rows.amount_dkk <= 0) & (rows.kind == "bill")


@rule("note", "Credit notes are told apart from bills", casts_doubt=False)
def credit_note(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """A credit note: outside the population."""
    return rows.kind == "credit_note"


@rule("set_aside", "A bill is recorded once", is_no_case=True)
def invoice_recorded_twice(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Same supplier and invoice number as an earlier row."""
    bills = rows.filter(rows.kind == "bill")
    return rows.row_no.isin(bills.filter(repeated(bills, "supplier", "invoice_number")).row_no)


@rule("note", "A bill has a due date", about=("due_at",), casts_doubt=False)
def due_date_missing(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """No due date: it cannot be judged and lies outside the population."""
    return rows.due_at.isnull() & (rows.kind == "bill")


@rule("note", "A bill that the ledger marks as paid has its date of payment", casts_doubt=False)
def paid_without_date(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Marked as paid, no date: unknown, never counted as on time."""
    return rows.is_paid & rows.paid_at.isnull()


def approved_long_ago(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Tell the bills that had time to reach the ledger."""
    long_ago = context.as_of - dt.timedelta(days=DAYS_TO_REACH_THE_LEDGER)
    return rows.approved_at.date() < long_ago


@rule("note", "An approved bill reaches the ledger", among=approved_long_ago)
def absent_from_ledger(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Approved long ago, without any step in the ledger."""
    nowhere = rows.sent_at.isnull() & rows.posted_at.isnull() & rows.paid_at.isnull()
    return approved_long_ago(rows, context) & nowhere & ~rows.is_paid.fill_null(False)


BILLS = Table(
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
        paid_before_approved,
        approved_before_received,
        due_before_received,
        amount_not_positive,
        credit_note,
        invoice_recorded_twice,
        due_date_missing,
        paid_without_date,
        absent_from_ledger,
    ),
)


@rule("note", "A step has its time", casts_doubt=False)
def step_without_time(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """A step that was taken, at a time that nobody recorded."""
    return rows.happened_at.isnull()


@rule("note", "The name of the step is one that the parameters declare", casts_doubt=False)
def step_unknown(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Neither a milestone nor a return nor another known step: it is part of no date."""
    import ibis

    if context.is_known_step is None:
        return ibis.literal(False)
    return (rows.step != "") & ~context.is_known_step(rows.step)


@rule("note", "A step of a bill is recorded once", is_no_case=True, casts_doubt=False)
def step_recorded_twice(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Same bill, step and moment as an earlier row."""
    return repeated(rows, "bill_id", "step", "happened_at")


def names_a_bill(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Tell the steps that have the number of a bill."""
    return rows.bill_id.notnull()


@rule(
    "note",
    "A step in the ledger belongs to a bill in the extract",
    needs=("bills",),
    among=names_a_bill,
    casts_doubt=False,
)
def bill_not_found(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Steps of a bill that the case system does not know."""
    known = context.tables["bills"].bill_id
    return rows.bill_id.notin(context.tables["bills"].filter(known.notnull()).bill_id)


BILL_STEPS = Table(
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
        step_without_time,
        step_unknown,
        step_recorded_twice,
        bill_not_found,
    ),
)
