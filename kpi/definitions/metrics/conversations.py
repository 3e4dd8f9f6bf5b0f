"""Conversations: how many, how acute, how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.kinds import Counted, Stated, Timed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.kinds import Tables


def held(tables: Tables) -> ir.Table:
    """Conversations held face to face: booked, acute and at home."""
    rows = tables["conversations"]
    return rows.filter((rows.status == "held") & (rows.kind != "telephone"))


def held_acute(tables: Tables) -> ir.Table:
    """Acute conversations held."""
    rows = held(tables)
    return rows.filter(rows.kind == "acute")


def held_booked(tables: Tables) -> ir.Table:
    """Booked conversations held, acute ones not among them."""
    rows = held(tables)
    return rows.filter(rows.kind != "acute")


def held_at_home(tables: Tables) -> ir.Table:
    """Conversations held in the citizen's home."""
    rows = held(tables)
    return rows.filter(rows.kind == "home_visit")


def held_by_telephone(tables: Tables) -> ir.Table:
    """Conversations held by telephone."""
    rows = tables["conversations"]
    return rows.filter((rows.status == "held") & (rows.kind == "telephone"))


def ordered(tables: Tables) -> ir.Table:
    """Conversations ordered and held, or still open; acute, cancelled and missed ones not."""
    rows = tables["conversations"]
    wanted = rows.kind.notin(["acute", "telephone"]) & rows.status.isin(["held", "open"])
    return rows.filter(wanted).mutate(
        contact_or_order_at=rows.contact_at.coalesce(rows.ordered_at),
        is_held=rows.status == "held",
    )


BOOKED_PER_CASEWORKER_WEEK = Counted(
    id="booked_conversations_per_caseworker_week",
    title="Booked conversations per caseworker a week",
    words="Booked conversations held in the period, home visits among them and acute ones not, "
    "divided by the weeks of casework in the duty roster (days on duty / 5).",
    unit="per_caseworker_week",
    table="conversations",
    also_reads=("duty_roster",),
    population=held_booked,
    happened="held_at",
)

ACUTE_CONVERSATIONS = Counted(
    id="acute_conversations",
    title="Acute conversations",
    words="Acute conversations held in the period. They are among the conversations held. A day "
    "without any is no failure, so no number is aimed at.",
    unit="count",
    table="conversations",
    population=held_acute,
    happened="held_at",
)

CONVERSATION_WAIT = Timed(
    id="conversation_wait",
    title="Conversation within {days} days of ordering",
    words="Booked conversations held in the period, and those still open after the limit: the "
    "share held within the limit. The clock runs from the day of the order (day 0) to the day of "
    "the conversation. Cancelled ones and those the citizen stayed away from are not counted.",
    unit="share",
    table="conversations",
    population=ordered,
    start="ordered_at",
    stop="held_at",
    done="is_held",
)

HOME_VISITS = Counted(
    id="home_visits",
    title="Home visits",
    words="Conversations held in the citizen's home in the period. They are among the booked "
    "conversations. Who could ask for one is not known, so no share can be made.",
    unit="count",
    table="conversations",
    population=held_at_home,
    happened="held_at",
)

CONVERSATIONS_WITHIN_10_DAYS = Timed(
    id="conversations_within_10_days",
    title="Conversations within {days} days",
    words="Booked conversations held in the period, and those still open after the limit: the "
    "share held within the limit. The clock runs from the day of the citizen's contact, or the "
    "day of the order where the contact is not recorded (day 0), to the day of the conversation. "
    "Acute ones are not counted: they would only make the figure look better.",
    unit="share",
    table="conversations",
    population=ordered,
    start="contact_or_order_at",
    stop="held_at",
    done="is_held",
    steps=("contact_at", "ordered_at", "held_at"),
)

PHONE_CONVERSATIONS = Counted(
    id="phone_conversations",
    title="Conversations by telephone",
    words="Conversations held by telephone in the period.",
    unit="count",
    table="conversations",
    population=held_by_telephone,
    happened="held_at",
)

CONVERSATIONS_HELD = Counted(
    id="conversations_held",
    title="Conversations held",
    words="Conversations held face to face in the period: booked ones, home visits among them, "
    "and acute ones.",
    unit="count",
    is_target=False,
    table="conversations",
    population=held,
    happened="held_at",
)

CONVERSATIONS_PER_WORKING_WEEK = Counted(
    id="conversations_per_working_week",
    title="Conversations a working week",
    words="Conversations held in the period divided by its working weeks (working days / 5).",
    unit="per_week",
    is_target=False,
    table="conversations",
    population=held,
    happened="held_at",
)

GOOD_SERVICE = Stated(
    id="good_service",
    title="Good service to citizens",
    words="An aim without a measure.",
    unit="none",
    attested=False,
)

SOUND_CASE_PROCESSING = Stated(
    id="sound_case_processing",
    title="Sound, thorough and timely case processing",
    words="An aim without a measure; the measured targets below are parts of it.",
    unit="none",
    attested=False,
)
