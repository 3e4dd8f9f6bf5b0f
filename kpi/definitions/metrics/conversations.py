"""Conversations: how many, how acute, how soon."""

from __future__ import annotations

from kpi.definitions.kinds import Count, Rate, ShareWithinLimit, TextAim
from kpi.definitions.metrics.caseworker_weeks import CASEWORKER_WEEKS
from kpi.definitions.subjects.conversations import CONVERSATIONS

FACE_TO_FACE = "status = 'held' AND kind <> 'telephone'"
ORDERED = "status IN ('held', 'open') AND kind NOT IN ('acute', 'telephone')"

BOOKED_PER_CASEWORKER_WEEK = Rate(
    id="booked_conversations_per_caseworker_week",
    title="Booked conversations per caseworker per week",
    words="Booked conversations held in the period, home visits among them and acute ones not, "
    "divided by the weeks of casework in the duty roster (days on duty / 5).",
    per=CASEWORKER_WEEKS,
    subject=CONVERSATIONS,
    filter=f"{FACE_TO_FACE} AND kind <> 'acute'",
    happened="held_at",
)

ACUTE_CONVERSATIONS = Count(
    id="acute_conversations",
    title="Acute conversations",
    words="Acute conversations held in the period. They are among the conversations held. A day "
    "without any is no failure, so no number is aimed at.",
    subject=CONVERSATIONS,
    filter="status = 'held' AND kind = 'acute'",
    happened="held_at",
)

CONVERSATION_WAIT = ShareWithinLimit(
    id="conversation_wait",
    title="Conversation within {days} days of booking",
    words="Booked conversations held in the period, and those still open after the limit: the "
    "share held within the limit. The clock runs from the day of booking (day 0) to the day of "
    "the conversation. Cancelled ones and those the citizen stayed away from are not counted.",
    subject=CONVERSATIONS,
    filter=ORDERED,
    start="ordered_at",
    stop="held_at",
    done="is_held",
)

HOME_VISITS = Count(
    id="home_visits",
    title="Home visits",
    words="Conversations held in the citizen's home in the period. They are among the booked "
    "conversations. Who could ask for one is not known, so no share can be made.",
    subject=CONVERSATIONS,
    filter="status = 'held' AND kind = 'home_visit'",
    happened="held_at",
)

CONVERSATIONS_WITHIN_10_DAYS = ShareWithinLimit(
    id="conversations_within_10_days",
    title="Conversations within {days} days",
    words="Booked conversations held in the period, and those still open after the limit: the "
    "share held within the limit. The clock runs from the day of the citizen's contact, or the "
    "day of booking where the contact is not recorded (day 0), to the day of the conversation. "
    "Acute ones are not counted: they would only make the figure look better.",
    subject=CONVERSATIONS,
    filter=ORDERED,
    start="contact_or_order_at",
    stop="held_at",
    done="is_held",
    steps=("contact", "ordered", "held"),
)

PHONE_CONVERSATIONS = Count(
    id="phone_conversations",
    title="Conversations by telephone",
    words="Conversations held by telephone in the period.",
    subject=CONVERSATIONS,
    filter="status = 'held' AND kind = 'telephone'",
    happened="held_at",
)

CONVERSATIONS_HELD = Count(
    id="conversations_held",
    title="Conversations held",
    words="Conversations held face to face in the period: booked ones, home visits among them, "
    "and acute ones.",
    is_target=False,
    subject=CONVERSATIONS,
    filter=FACE_TO_FACE,
    happened="held_at",
)

CONVERSATIONS_PER_WORKING_WEEK = Rate(
    id="conversations_per_working_week",
    title="Conversations per working week",
    words="Conversations held in the period divided by its working weeks (working days / 5).",
    is_target=False,
    subject=CONVERSATIONS,
    filter=FACE_TO_FACE,
    happened="held_at",
)

GOOD_SERVICE = TextAim(
    id="good_service",
    title="Good service to citizens",
    words="An aim without a measure.",
)

SOUND_CASE_PROCESSING = TextAim(
    id="sound_case_processing",
    title="Sound, thorough and timely case processing",
    words="An aim without a measure; the measured targets below are parts of it.",
)
