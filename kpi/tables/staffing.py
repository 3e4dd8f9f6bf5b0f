"""Who was on duty, and when the telephone was open."""

from __future__ import annotations

from kpi.tables.contract import Column, Table

DUTY_ROSTER = Table(
    name="duty_roster",
    grain="caseworker and day",
    key=("caseworker", "date"),
    dated_by="date",
    columns=(
        Column("caseworker", "staff", "Initials; never shown", nullable=False),
        Column("date", "date", "The day", nullable=False),
        Column(
            "duty",
            "text",
            "Casework, acute duty or absent",
            nullable=False,
            allowed=("casework", "acute_duty", "absent"),
        ),
        Column("office", "text", "Town or office", optional=True),
    ),
)

PHONE_WINDOWS = Table(
    name="phone_windows",
    grain="planned telephone window",
    key=("date", "from_time"),
    dated_by="date",
    columns=(
        Column("date", "date", "The day", nullable=False),
        Column("from_time", "text", "Planned opening, hh:mm", nullable=False),
        Column("planned_minutes", "number", "Planned length in minutes", nullable=False),
        Column("open_minutes", "number", "Minutes it was open; empty if nobody recorded it"),
    ),
)
