"""The front office: telephone, acute duty, opening hours."""

from __future__ import annotations

from kpi.definitions.kinds import Attested, ShareOfDays, ShareOfFlag
from kpi.definitions.subjects.staffing import DUTY_ROSTER, PHONE_WINDOWS

PHONE_HOURS = ShareOfFlag(
    id="phone_hours",
    title="Telephone hours kept",
    words="Planned telephone windows in the period: the share that was open from beginning to end. "
    "A window that nobody recorded counts as unknown.",
    subject=PHONE_WINDOWS,
    on="date",
    flag="open_minutes >= planned_minutes",
    late=(
        "{n} telephone window was not open from beginning to end",
        "{n} telephone windows were not open from beginning to end",
    ),
)

ACUTE_DUTY = ShareOfDays(
    id="acute_duty",
    title="Acute duty staffed",
    words="Working days in the period: the share on which the duty roster has somebody on acute "
    "duty.",
    subject=DUTY_ROSTER,
    on="date",
    flag="duty = 'acute_duty'",
    late=("{n} working day had nobody on duty", "{n} working days had nobody on duty"),
)

FRONT_OFFICE = Attested(
    id="front_office",
    title="Social Services as the way in",
    words="Opening hours and reception as the municipality's; attested by the service itself.",
)
