"""The working-day calendar: a country's holidays plus an administration's own closing days.

The calendar is a table with one row a day and a running index of working days, so that counting
working days is a join in any engine: the working days after day a, up to and including day b, are
`index(b) - index(a)`, and the day that lies N working days after a is the working day whose index
is `index(a) + N`. The start day is day 0; a start on a closed day begins to count on the next
working day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from kpi.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

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
