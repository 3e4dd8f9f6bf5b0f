"""The time that applications take."""

from __future__ import annotations

from kpi.definitions.kinds import Duration, ShareWithinLimit
from kpi.definitions.subjects.applications import APPLICATIONS

APPLICATION_TIME = ShareWithinLimit(
    id="application_time",
    title="Applications decided within {days} working days",
    words="Applications whose limit ended in the period (housing benefit and early retirement "
    "pension have targets of their own): the share decided within the limit, counted from the day "
    "after receipt. An application that is still open after its limit is late. Withdrawn ones are "
    "not counted; waiting for the citizen's documents is not deducted.",
    subject=APPLICATIONS,
    filter="kind = 'other'",
    exclude="result = 'withdrawn'",
    start="received_at",
    stop="decision_at",
    done="is_decided",
    steps=("received", "decided"),
)

EARLY_RETIREMENT_PENSION_TIME = Duration(
    id="early_retirement_pension_time",
    title="Processing time of early retirement pension",
    words="New applications for early retirement pension decided in the period (reassessments not "
    "counted): the median number of calendar days from receipt to decision.",
    subject=APPLICATIONS,
    filter="kind = 'early_retirement_pension'",
    exclude="result = 'withdrawn' OR is_reassessment",
    start="received_at",
    stop="decision_at",
    done="is_decided",
    steps=("received", "decided"),
)

HOUSING_BENEFIT_TIME = ShareWithinLimit(
    id="housing_benefit_time",
    title="Housing benefit decided within {days} days",
    words="New applications for housing benefit whose limit ended in the period (automatic "
    "renewals not counted): the share granted or refused within the limit, counted from the day "
    "after receipt. The result FEJL ends no application. Decided is not yet paid: payments run "
    "once a month.",
    subject=APPLICATIONS,
    filter="kind = 'housing_benefit'",
    exclude="result = 'withdrawn' OR is_rollover",
    start="received_at",
    stop="decision_at",
    done="is_decided",
    steps=("received", "decided"),
)
