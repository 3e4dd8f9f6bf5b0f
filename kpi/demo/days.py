"""The calendar that the synthetic municipality lives by."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kpi.periods import parse_range
from kpi.workdays import ClosedDay, WorkCalendar

Days = npt.NDArray[np.datetime64]
Day = dt.date | np.datetime64
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

QUARTERS = parse_range("2018Q1..2019Q4")
AS_OF = dt.date(2020, 1, 15)
THE_DAY_AFTER = "16-01-2020"
NEVER = np.datetime64("NaT", "D")

CALENDAR = WorkCalendar(
    "GL",
    (
        ClosedDay(12, 24, "Juleaftensdag"),
        ClosedDay(12, 31, "Nytårsaftensdag"),
        ClosedDay(6, 21, "Nationaldag"),
    ),
)


@lru_cache(maxsize=1)
def _office_days() -> np.busdaycalendar:
    table = CALENDAR.table
    closed = table.loc[~table["is_workday"], "date"]
    return np.busdaycalendar(holidays=np.array(list(closed), dtype="datetime64[D]"))


def after(days: Days, working_days: Whole | int = 0) -> Days:
    """Return the day so many working days later; a closed day first moves to the one after."""
    return np.busday_offset(days, working_days, roll="forward", busdaycal=_office_days())


def before(days: Days, working_days: Whole | int = 0) -> Days:
    """Return the day so many working days earlier; a closed day first moves to the one before."""
    back = -np.asarray(working_days)
    return np.busday_offset(days, back, roll="backward", busdaycal=_office_days())


def later(days: Days, count: Whole | int) -> Days:
    """Return the day so many calendar days later."""
    return days + np.asarray(count).astype("timedelta64[D]")


def is_open(days: Days) -> Flags:
    """Tell the working days among some days."""
    return np.is_busday(days, busdaycal=_office_days())


def all_days(first: Day, last: Day) -> Days:
    """List the days from `first` to `last`, both included."""
    return np.arange(np.datetime64(first), np.datetime64(last) + 1)


def working_days(first: Day, last: Day) -> Days:
    """List the working days from `first` to `last`, both included."""
    days = all_days(first, last)
    return days[is_open(days)]


def next_weekday(days: Days, name: str) -> Days:
    """Return the first open Mon, Tue, ... after each day."""
    closed = _office_days().holidays
    return np.busday_offset(days + 1, 0, roll="forward", weekmask=name, holidays=closed)
