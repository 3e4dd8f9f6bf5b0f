"""Quarters, and the calendar of working days: a country's holidays plus an office's closing days.

The calendar is a table with one row a day and a running index of working days, so that counting
working days is a join in any engine: the working days after day a, up to and including day b, are
`index(b) - index(a)`, and the day that lies N working days after a is the working day whose index
is `index(a) + N`. The start day is day 0; a start on a closed day begins to count on the next
working day.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from kpi.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


_QUARTER = re.compile(r"(\d{4})-?[QqKk]([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, written 2019Q4."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read a quarter such as 2019Q4; anything else is a ParameterError."""
        match = _QUARTER.fullmatch(str(text).strip())
        if not match:
            raise ParameterError(
                "A quarter is written as year and quarter, for example 2019Q4.",
                f'"{text}"',
                "Write the quarter as 2019Q4.",
            )
        return cls(int(match[1]), int(match[2]))

    @staticmethod
    def is_name(text: str) -> bool:
        """Tell whether a text names a quarter: 2019Q4."""
        return bool(_QUARTER.fullmatch(text))

    @classmethod
    def of(cls, day: dt.date) -> Quarter:
        """Return the quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def of_month(cls, name: str) -> Quarter:
        """Return the quarter of a month such as 2019-10."""
        return cls(int(name[:4]), (int(name[5:]) + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def first_day(self) -> dt.date:
        """First day of the quarter."""
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> dt.date:
        """Last day of the quarter."""
        return self.shift(1).first_day - dt.timedelta(days=1)

    @property
    def months(self) -> list[str]:
        """Names of its three months: 2019-10, 2019-11, 2019-12."""
        return [f"{self.year}-{3 * self.number + month:02}" for month in (-2, -1, 0)]

    @property
    def previous(self) -> Quarter:
        """The quarter before."""
        return self.shift(-1)

    @property
    def year_ago(self) -> Quarter:
        """The same quarter of the year before."""
        return self.shift(-4)

    def shift(self, quarters: int) -> Quarter:
        """Return the quarter so many quarters later (earlier if negative)."""
        year, zero_based = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, zero_based + 1)

    def since(self, first: Quarter) -> list[Quarter]:
        """List the quarters from `first` to this one, both included."""
        count = (self.year - first.year) * 4 + self.number - first.number
        return [first.shift(step) for step in range(count + 1)]


def parse_range(text: str) -> list[Quarter]:
    """Read one quarter (2019Q4) or a range (2018Q1..2019Q4, both ends included)."""
    first, dots, last = text.partition("..")
    if not dots:
        return [Quarter.parse(first)]
    start, end = Quarter.parse(first), Quarter.parse(last)
    if end < start:
        raise ParameterError(
            "A range of quarters runs from the earlier to the later.",
            f'"{text}"',
            f"Write {end}..{start}.",
        )
    return end.since(start)


FIRST_YEAR, LAST_YEAR = 1995, 2060


@dataclass(frozen=True)
class ClosedDay:
    """A day of the year (month, day) on which the administration is closed, while it is valid."""

    month: int
    day: int
    name: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def date_in(self, year: int) -> dt.date | None:
        """Return the date of the closed day in a year, or None where it does not apply."""
        try:
            date = dt.date(year, self.month, self.day)
        except ValueError:
            return None
        started = self.valid_from is None or self.valid_from <= date
        ended = self.valid_to is not None and self.valid_to < date
        return date if started and not ended else None


@dataclass(frozen=True)
class WorkCalendar:
    """Working days of an administration: Monday to Friday without holidays and closed days.

    Without a `country` no public holidays are known.
    """

    country: str
    closed_every_year: tuple[ClosedDay, ...] = ()
    closed_once: tuple[tuple[dt.date, str], ...] = ()
    open_anyway: tuple[dt.date, ...] = ()

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a day, 1995 to 2060: date, is_workday, workday_index, and the closed day's name.

        `workday_index` counts the working days up to and including the date. `closed_name` is
        null on ordinary days and weekends.
        """
        import pandas as pd

        days = pd.date_range(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31")
        names = pd.Series(days.date).map(self._closed_names())
        is_workday = (days.day_of_week < 5) & names.isna().to_numpy()
        is_workday |= days.isin(pd.DatetimeIndex(list(self.open_anyway)))
        return pd.DataFrame(
            {
                "date": days.date,
                "is_workday": is_workday,
                "workday_index": is_workday.cumsum(),
                "closed_name": names.astype("object").where(names.notna(), None),
            }
        )

    def _closed_names(self) -> dict[dt.date, str]:
        closed = dict(_public_holidays(self.country)) if self.country else {}
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            for rule in self.closed_every_year:
                date = rule.date_in(year)
                if date is not None:
                    closed.setdefault(date, rule.name)
        for date, name in self.closed_once:
            closed.setdefault(date, name)
        return closed

    def workdays(self, first: dt.date, last: dt.date) -> int:
        """Count the working days from `first` to `last`, both included."""
        days = self.table["date"]
        return int(self.table.loc[(days >= first) & (days <= last), "is_workday"].sum())


@lru_cache(maxsize=8)
def _public_holidays(country: str) -> dict[dt.date, str]:
    import holidays

    years = range(FIRST_YEAR, LAST_YEAR + 1)
    try:
        return dict(holidays.country_holidays(country, years=years))
    except NotImplementedError:
        raise ParameterError(
            "calendar.country is the two-letter code of a country with a holiday calendar.",
            f'"{country}"',
            did_you_mean(country, holidays.list_supported_countries()),
        ) from None
