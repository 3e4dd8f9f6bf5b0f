"""What if: simulations calibrated by past cases, and how far they can be believed.

    conversations   how many booked conversations a week keep a share of them within the limit
    payments        the share on time if a stage had another rhythm, or less room
    validation      quarters held back, predicted from those before them

A discrete-event simulation in working days (simpy). What comes out are shares of simulated cases;
the past it rests on leaves as disclosed figures only.
"""

from kpi.simulate.answer import (
    conversation_frame,
    conversations_text,
    payment_frame,
    payments_text,
    validation_text,
)
from kpi.simulate.conversations import goal_of, numbers_to_try, tried
from kpi.simulate.conversations import predicted as predicted_conversations
from kpi.simulate.past import validate
from kpi.simulate.payments import Change, effect_of
from kpi.simulate.payments import predicted as predicted_payments
from kpi.simulate.queue import past_contacts
from kpi.simulate.stages import past_ways

__all__ = [
    "Change",
    "conversation_frame",
    "conversations_text",
    "effect_of",
    "goal_of",
    "numbers_to_try",
    "past_contacts",
    "past_ways",
    "payment_frame",
    "payments_text",
    "predicted_conversations",
    "predicted_payments",
    "tried",
    "validate",
    "validation_text",
]
