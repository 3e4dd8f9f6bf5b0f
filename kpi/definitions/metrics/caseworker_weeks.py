"""The weeks of casework that some rates are divided by."""

from __future__ import annotations

from kpi.definitions.kinds import Per
from kpi.definitions.subjects.staffing import DUTY_ROSTER

CASEWORKER_WEEKS = Per(
    unit="per_caseworker_week",
    subject=DUTY_ROSTER,
    on="date",
    filter="duty = 'casework'",
    divided_by=5,
)
