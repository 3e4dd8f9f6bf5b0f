"""The working-day calendar of Greenland and its municipality."""

from __future__ import annotations

import datetime as dt

import pytest

from kpi.errors import ParameterError
from kpi.params.quarter_file import Calendar
from kpi.periods import ClosedDay, Period, WorkCalendar

CHRISTMAS = (ClosedDay(12, 24, "Juleaftensdag"), ClosedDay(12, 31, "Nytårsaftensdag"))
NATIONAL_DAY = ClosedDay(6, 21, "Nationaldag")


@pytest.mark.parametrize(
    ("number", "public", "christmas", "national_day"),
    [(1, 63, 63, 63), (2, 59, 59, 58), (3, 66, 66, 66), (4, 64, 62, 62)],
)
def test_working_days_of_2019(number: int, public: int, christmas: int, national_day: int) -> None:
    """Public holidays alone; also 24 and 31 December; also 21 June."""
    quarter = Period(2019, number)
    days = [
        WorkCalendar("GL", closed).workdays(quarter.first_day, quarter.last_day)
        for closed in ((), CHRISTMAS, (*CHRISTMAS, NATIONAL_DAY))
    ]
    assert days == [public, christmas, national_day]


def test_great_prayer_day_stays_in_greenland() -> None:
    """Denmark dropped it in 2024."""
    day = dt.date(2024, 4, 26)
    assert WorkCalendar("GL").workdays(day, day) == 0
    assert WorkCalendar("DK").workdays(day, day) == 1


def test_closed_days_have_dates_of_validity() -> None:
    """Closed from 2019 on, open before; a single date; a date that is open all the same."""
    since_2019 = ClosedDay(6, 21, "Nationaldag", valid_from=dt.date(2019, 1, 1))
    calendar = WorkCalendar(
        "GL",
        (since_2019,),
        closed_once=((dt.date(2019, 9, 2), "Flytning"),),
        open_anyway=(dt.date(2019, 4, 18),),
    )
    assert calendar.workdays(dt.date(2018, 6, 21), dt.date(2018, 6, 21)) == 1
    assert calendar.workdays(dt.date(2019, 6, 21), dt.date(2019, 6, 21)) == 0
    assert calendar.workdays(dt.date(2019, 9, 2), dt.date(2019, 9, 2)) == 0
    assert calendar.workdays(dt.date(2019, 4, 18), dt.date(2019, 4, 18)) == 1


def test_29_february_is_closed_in_leap_years_only() -> None:
    """A day of the year that does not exist is no error."""
    calendar = WorkCalendar("GL", (ClosedDay(2, 29, "Skuddag"),))
    assert calendar.workdays(dt.date(2024, 2, 29), dt.date(2024, 2, 29)) == 0
    assert calendar.workdays(dt.date(2023, 3, 1), dt.date(2023, 3, 1)) == 1


def test_the_index_counts_working_days() -> None:
    """It grows by one on working days and stays on others."""
    table = WorkCalendar("GL", CHRISTMAS).table
    steps = table["workday_index"].diff().iloc[1:].astype(int)
    assert (steps == table["is_workday"].iloc[1:].astype(int)).all()
    assert (
        table.loc[table["date"] == dt.date(2019, 12, 24), "closed_name"].item() == "Juleaftensdag"
    )


def test_an_unknown_country() -> None:
    """The error suggests one."""
    with pytest.raises(ParameterError, match="two-letter code"):
        WorkCalendar("GX").workdays(dt.date(2019, 1, 1), dt.date(2019, 1, 2))


@pytest.mark.parametrize(
    ("country", "part", "day", "is_open"),
    [
        ("GB", "ENG", dt.date(2019, 4, 22), False),  # Easter Monday
        ("GB", "SCT", dt.date(2019, 4, 22), True),
        ("GB", "SCT", dt.date(2020, 1, 2), False),
        ("GB", "ENG", dt.date(2020, 1, 2), True),
        ("US", "CA", dt.date(2020, 3, 31), False),  # Cesar Chavez's day
        ("US", "", dt.date(2020, 3, 31), True),
        ("DE", "BY", dt.date(2020, 1, 6), False),  # Epiphany
        ("DE", "", dt.date(2020, 1, 6), True),
    ],
)
def test_a_part_of_a_country_has_holidays_of_its_own(
    country: str, part: str, day: dt.date, is_open: bool
) -> None:
    assert WorkCalendar(country, part=part).workdays(day, day) == is_open


def test_a_part_that_a_country_does_not_have_is_told_with_its_parts() -> None:
    with pytest.raises(ParameterError, match="ENG"):
        WorkCalendar("GB", part="ENGL").workdays(dt.date(2019, 1, 1), dt.date(2019, 1, 2))
    with pytest.raises(ParameterError, match="leave it out"):
        WorkCalendar("GL", part="NUK").workdays(dt.date(2019, 1, 1), dt.date(2019, 1, 2))
    with pytest.raises(ValueError, match="name that as well"):
        Calendar.model_validate({"country": "", "part": "ENG"})
