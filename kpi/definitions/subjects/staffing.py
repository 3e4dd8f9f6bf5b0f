"""Who was on duty, and when the telephone was open."""

from __future__ import annotations

from kpi.definitions.municipality import OFFICE
from kpi.definitions.subject import Column, Subject, Words

DUTY_ROSTER = Subject(
    name="duty_roster",
    grain="caseworker and day",
    key=("caseworker", "date"),
    found_by=("date",),
    dated_by="date",
    columns=(
        Column(
            "caseworker",
            "staff",
            "Initials; never shown",
            nullable=False,
            label="caseworker",
        ),
        Column("date", "date", "The day", nullable=False, label="day", planned=True),
        Column(
            "duty",
            "text",
            "Casework, acute duty or absent",
            nullable=False,
            allowed=("casework", "acute_duty", "absent"),
            label="kind of duty",
        ),
        Column("office", "text", "Town or office", optional=True),
    ),
    title="Duty roster",
    words=Words(
        cases=("working day", "working days"),
        groups=OFFICE,
    ),
    groups=("office",),
)

PHONE_WINDOWS = Subject(
    name="phone_windows",
    grain="planned telephone window",
    key=("date", "from_time"),
    dated_by="date",
    columns=(
        Column("date", "date", "The day", nullable=False, label="day", planned=True),
        Column(
            "from_time", "text", "Planned opening, hh:mm", nullable=False, label="planned opening"
        ),
        Column(
            "planned_minutes",
            "number",
            "Planned length of the window",
            nullable=False,
            unit="minutes",
            label="planned length",
        ),
        Column(
            "open_minutes",
            "number",
            "How long it was open; empty if nobody recorded it",
            unit="minutes",
            known_by="date",
        ),
    ),
    title="Telephone hours",
    words=Words(
        cases=("telephone window", "telephone windows"),
    ),
)
