"""Telephone hours and acute duty."""

from __future__ import annotations

from tests.drawn import measured


def test_telephone_windows() -> None:
    """Open from beginning to end is kept, shorter is not, not recorded is unknown."""
    cases = measured(
        "phone_hours",
        {
            "phone_windows": """
            date       | from_time | planned_minutes | open_minutes
            2019-10-01 | 08:30     | 90              | 90
            2019-10-02 | 08:30     | 90              | 45
            2019-10-03 | 08:30     | 90              |
            2019-10-03 | 16:00     | 60              | 0
            """
        },
        as_of="2020-01-15",
    )
    assert list(cases["outcome"]) == ["met", "missed", "unknown", "missed"]


def test_acute_duty_on_working_days() -> None:
    """Each working day that the roster spans: was anybody on acute duty? Weekends do not count."""
    cases = measured(
        "acute_duty",
        {
            "duty_roster": """
            caseworker | date       | duty
            AB         | 2019-10-03 | acute_duty
            CD         | 2019-10-03 | casework
            AB         | 2019-10-04 | casework
            CD         | 2019-10-07 | acute_duty
            """
        },
        as_of="2020-01-15",
    )
    by_day = dict(zip(cases["period_on"].astype(str).str[:10], cases["outcome"], strict=True))
    assert by_day == {"2019-10-03": "met", "2019-10-04": "missed", "2019-10-07": "met"}
