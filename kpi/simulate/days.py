"""Simulated time: the working days of an administration, numbered one after another.

A place is the number of a working day in the calendar, from 0. A step taken on a closed day counts
as taken on the next working day, as in kpi.figures.steps.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.periods import Period, WorkCalendar

Numbers = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]
WEEK = 7


@dataclass(frozen=True)
class Workdays:
    """The dates of the working days, in order."""

    dates: Dates

    @classmethod
    def of(cls, calendar: WorkCalendar) -> Workdays:
        """Take the working days of a calendar."""
        table = calendar.table
        return cls(table.loc[table["is_workday"], "date"].to_numpy("datetime64[D]"))

    @cached_property
    def weekdays(self) -> Numbers:
        """The weekday of each working day; 0 is Monday."""
        return (self.dates.astype("int64") + 3) % WEEK

    def at_or_after(self, days: Dates) -> Numbers:
        """Return the place of the first working day at or after each date."""
        return np.searchsorted(self.dates, days, side="left")

    def at_or_before(self, days: Dates) -> Numbers:
        """Return the place of the last working day at or before each date."""
        return np.searchsorted(self.dates, days, side="right") - 1

    def in_quarter(self, quarter: Period) -> Numbers:
        """Return the places of a quarter's working days."""
        ends = np.array([quarter.first_day, quarter.shift(1).first_day], dtype="datetime64[D]")
        first, after = self.at_or_after(ends)
        return np.arange(first, after)

    def runs(self, weekdays: frozenset[int], first: int, last: int) -> set[int]:
        """Return the places between two places that have a run: on those weekdays, 0 is Monday.

        Where such a day is closed its run is on the next working day.
        """
        days = np.arange(self.dates[first] - WEEK, self.dates[last] + 1)
        wanted = days[np.isin((days.astype("int64") + 3) % WEEK, list(weekdays))]
        return {int(place) for place in self.at_or_after(wanted) if first <= place <= last}


def whole_weeks(source: Period, target: Period) -> np.timedelta64:
    """Return the whole weeks that move a day of one quarter into another, on its weekday."""
    days: dt.timedelta = target.first_day - source.first_day
    return np.timedelta64(WEEK * round(days.days / WEEK), "D")


def dates_of(column: pd.Series[pd.Timestamp]) -> Dates:
    """Return a column's days; NaT where there is none."""
    return column.to_numpy("datetime64[D]")
