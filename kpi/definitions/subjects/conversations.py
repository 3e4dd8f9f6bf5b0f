"""Conversations between citizens and caseworkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.municipality import OFFICE, of_the_municipality
from kpi.definitions.rules import in_order, never
from kpi.definitions.subject import (
    Appointments,
    Column,
    Context,
    Steps,
    Subject,
    Words,
    repeated,
    rule,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir


@rule("set_aside", "A conversation is recorded once", is_no_case=True)
def recorded_twice(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Same citizen, day and kind as an earlier row."""
    dated = rows.mutate(held_on=rows.held_at.date())
    again = dated.filter(repeated(dated, "citizen", "held_on", "kind"))
    return rows.row_no.isin(again.row_no)


@rule("note", "Planned conversations are held on open days")
def held_on_closed_day(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Held on a day that is not a working day; acute ones may be."""
    closed = context.calendar.filter(~context.calendar.is_workday)
    return (rows.kind != "acute") & rows.held_at.date().isin(closed.date)


CONVERSATIONS = Subject(
    name="conversations",
    grain="conversation booked or held",
    key=("conversation_id",),
    dated_by="held_at",
    columns=(
        Column(
            "conversation_id",
            "text",
            "Number of the conversation",
            nullable=False,
            label="conversation number",
        ),
        Column("citizen", "person", "The citizen", nullable=False, label="citizen's number"),
        Column("contact_at", "moment", "When the citizen made contact", optional=True),
        Column("ordered_at", "moment", "When the conversation was booked"),
        Column("offered_at", "moment", "First date offered", optional=True, planned=True),
        Column("held_at", "moment", "When it was held"),
        Column(
            "kind",
            "text",
            "Booked, acute, home visit or telephone",
            nullable=False,
            allowed=("booked", "acute", "home_visit", "telephone"),
            label="kind of conversation",
        ),
        Column(
            "status",
            "text",
            "Held, open, no-show or cancelled",
            nullable=False,
            allowed=("held", "open", "no_show", "cancelled"),
            label="status of the conversation",
            known_by="held_at",
            before="open",
        ),
        Column("caseworker", "staff", "Initials; never shown", optional=True),
        Column("office", "text", "Town or office", optional=True),
        Column("municipality_code", "text", "Municipality", optional=True),
    ),
    rules=(
        of_the_municipality,
        in_order(
            "held_before_ordered",
            "ordered_at",
            "held_at",
            "A conversation is held on or after the day it was booked",
        ),
        never(
            "held_before_contact",
            "set_aside",
            "held_at::DATE < contact_at::DATE "
            "AND (ordered_at IS NULL OR held_at::DATE >= ordered_at::DATE)",
            "A conversation is held on or after the day of the citizen's contact",
        ),
        recorded_twice,
        never(
            "no_show_recorded_as_held",
            "set_aside",
            "status = 'no_show' AND held_at IS NOT NULL",
            "A conversation that the citizen stayed away from is not recorded as held",
        ),
        held_on_closed_day,
        never(
            "order_date_missing",
            "note",
            "status = 'held' AND ordered_at IS NULL AND kind NOT IN ('acute', 'telephone')",
            "A held conversation has the date on which it was booked",
            casts_doubt=False,
        ),
    ),
    title="Conversations",
    words=Words(
        cases=("conversation", "conversations"),
        late={"held": ("{n} conversation came too late", "{n} conversations came too late")},
        steps={"contact": "contact", "ordered": "booked", "held": "held"},
        groups=OFFICE,
    ),
    groups=("office",),
    steps=Steps(order=("contact", "ordered", "held")),
    appointments=Appointments(
        asked="contact_or_order_at",
        ready="ordered_at",
        offered="offered_at",
        came="held_at",
        fate="status",
        filter="kind NOT IN ('acute', 'telephone')",
    ),
    derived=(
        Column(
            "contact_or_order_at",
            "moment",
            "When the citizen made contact, or the booking where that is not recorded",
            expr="COALESCE(contact_at, ordered_at)",
        ),
        Column("is_held", "yes_no", "Held", expr="status = 'held'"),
    ),
)
