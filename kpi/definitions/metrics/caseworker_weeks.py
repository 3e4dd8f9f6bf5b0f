"""The weeks of casework that some rates are divided by."""

from __future__ import annotations

from kpi.definitions.kinds import Per
from kpi.definitions.subjects.staffing import DUTY_ROSTER

CASEWORKER_WEEKS = Per(
    unit="per_caseworker_week",
    means="number per caseworker per week",
    short="a week for each caseworker",
    basis="{n} in {weeks} caseworker weeks",
    too_few="{gap} more {cases} a week would reach the target.",
    too_many="{gap} fewer {cases} a week would reach the target.",
    subject=DUTY_ROSTER,
    on="date",
    filter="duty = 'casework'",
    divided_by=5,
)
