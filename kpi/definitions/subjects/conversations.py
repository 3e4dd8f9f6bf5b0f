"""Conversations between citizens and caseworkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.subject import Column, Context, Table, repeated, rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


NOT_ORDERED = ("acute", "telephone")


@rule("set_aside", "A conversation is held on or after the day it was ordered")
def held_before_ordered(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Held on an earlier day than ordered."""
    return rows.held_at.date() < rows.ordered_at.date()


@rule("set_aside", "A conversation is held on or after the day of the citizen's contact")
def held_before_contact(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Held on an earlier day than the contact, where the order date does not show it already."""
    return (rows.held_at.date() < rows.contact_at.date()) & (
        rows.ordered_at.isnull() | (rows.held_at.date() >= rows.ordered_at.date())
    )


@rule("set_aside", "A conversation is recorded once", is_no_case=True)
def recorded_twice(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Same citizen, day and kind as an earlier row."""
    dated = rows.mutate(held_on=rows.held_at.date())
    again = dated.filter(repeated(dated, "citizen", "held_on", "kind"))
    return rows.row_no.isin(again.row_no)


@rule("set_aside", "A conversation that the citizen stayed away from is not recorded as held")
def no_show_recorded_as_held(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Status no-show together with a date held."""
    return (rows.status == "no_show") & rows.held_at.notnull()


@rule("note", "Planned conversations are held on open days")
def held_on_closed_day(rows: ir.Table, context: Context) -> ir.BooleanValue:
    """Held on a day that is not a working day; acute ones may be."""
    closed = context.calendar.filter(~context.calendar.is_workday)
    return (rows.kind != "acute") & rows.held_at.date().isin(closed.date)


@rule("note", "A held conversation has the date on which it was ordered", casts_doubt=False)
def order_date_missing(rows: ir.Table, _: Context) -> ir.BooleanValue:
    """Held after appointment, without order date."""
    return (rows.status == "held") & rows.ordered_at.isnull() & rows.kind.notin(NOT_ORDERED)


CONVERSATIONS = Table(
    name="conversations",
    grain="conversation ordered or held",
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
        Column("ordered_at", "moment", "When the conversation was ordered"),
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
        held_before_ordered,
        held_before_contact,
        recorded_twice,
        no_show_recorded_as_held,
        held_on_closed_day,
        order_date_missing,
    ),
)
