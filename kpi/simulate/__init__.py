"""What if: simulations calibrated by past cases, and how far they can be believed.

    appointments    how many appointments a week keep a share of them within the limit
    stages          the share on time if a stage had another rhythm, or less room
    validation      quarters held back, predicted from those before them

A discrete-event simulation in working days (simpy). What comes out are shares of simulated cases;
the past it rests on leaves as disclosed figures only.
"""

from kpi.simulate.answer import (
    appointment_frame,
    appointments_text,
    stage_frame,
    stages_text,
    validation_text,
)
from kpi.simulate.appointments import goal_of, numbers_to_try, tried
from kpi.simulate.appointments import predicted as predicted_appointments
from kpi.simulate.past import validate
from kpi.simulate.queue import past_bookings
from kpi.simulate.stage_change import StageChange, effect_of
from kpi.simulate.stage_change import predicted as predicted_stages
from kpi.simulate.stages import past_ways

__all__ = [
    "StageChange",
    "appointment_frame",
    "appointments_text",
    "effect_of",
    "goal_of",
    "numbers_to_try",
    "past_bookings",
    "past_ways",
    "predicted_appointments",
    "predicted_stages",
    "stage_frame",
    "stages_text",
    "tried",
    "validate",
    "validation_text",
]
