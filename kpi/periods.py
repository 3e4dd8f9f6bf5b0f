"""Periods of a year, and the calendar of working days: a country's holidays plus closing days.

Reports are about quarters, months or years, and a year may start in any month: a `Cycle`. Each of
its periods knows its days, its neighbours and its name. A year that does not start in January is
called after the two years in which it lies: 2018/19, 2018/19Q4. Files and folders, whose names have
no slash, are called 2018-19 and 2018-19Q4.

The calendar is a table with one row a day and a running index of working days, so that counting
working days is a join in any engine: the working days after day a, up to and including day b, are
`index(b) - index(a)`, and the day that lies N working days after a is the working day whose index
is `index(a) + N`. The start day is day 0; a start on a closed day begins to count on the next
working day.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import available_timezones

from kpi.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


Kind = Literal["quarter", "month", "year"]
MONTHS_OF: dict[Kind, int] = {"quarter": 3, "month": 1, "year": 12}
"""The kinds of periods that a report may be about, and how many months each has."""
MONTHS_OF_A_YEAR = 12
MONTH_NAMES = tuple(name.lower() for name in calendar.month_name[1:])
"""The months as parameters write them: january, february."""
_SECOND = r"(?:[/-](?P<second>\d\d))?"
_FORMS: dict[Kind, re.Pattern[str]] = {
    "quarter": re.compile(rf"(?P<year>\d{{4}}){_SECOND}-?[QqKk](?P<number>\d)"),
    "month": re.compile(r"(?P<year>\d{4})-(?P<number>\d\d)"),
    "year": re.compile(rf"(?P<year>\d{{4}}){_SECOND}"),
}
_WRITTEN = {
    "quarter": "A quarter is written as year and quarter, for example",
    "month": "A month is written as year and month, for example",
    "year": "A year is written out, for example",
}
_MOST = {"quarter": "The quarters of a year are Q1 to Q4.", "month": "Months are 01 to 12."}
FIRST_YEAR, LAST_YEAR = 1995, 2060


@dataclass(frozen=True)
class Cycle:
    """What reports are about: quarters, months or years, and the month in which a year starts."""

    kind: Kind = "quarter"
    year_starts: int = 1

    @property
    def months(self) -> int:
        """How many months a period has."""
        return MONTHS_OF[self.kind]

    @property
    def in_a_year(self) -> int:
        """How many periods a year has."""
        return MONTHS_OF_A_YEAR // self.months

    def at(self, day: dt.date) -> Period:
        """Return the period that a day lies in."""
        before_it = day.month < self.year_starts
        months = (day.month - self.year_starts) % MONTHS_OF_A_YEAR
        return Period(day.year - before_it, months // self.months + 1, self.kind, self.year_starts)

    def holding(self, name: str) -> Period:
        """Return the period in which a period, a month or a week lies; a week by its Thursday.

        >>> str(Cycle().holding("2019-W40")), str(Cycle("year", 4).holding("2019-03"))
        ('2019Q4', '2018/19')
        """
        if "W" in name:
            return self.at(dt.date.fromisocalendar(int(name[:4]), int(name[-2:]), 4))
        if _FORMS["month"].fullmatch(name):
            return self.at(dt.date.fromisoformat(f"{name}-01"))
        return self.parse(name)

    def all(self) -> list[Period]:
        """Return the periods of all years that the calendar knows."""
        return self.at(dt.date(LAST_YEAR, 12, 31)).since(self.at(dt.date(FIRST_YEAR, 1, 1)))

    def names(self, days: pd.Series[pd.Timestamp]) -> pd.Series[str]:
        """Return the name of the period that each day lies in; no day is in none."""
        months = days.dt.strftime("%Y-%m")
        return months.map({one: str(self.holding(one)) for one in months.dropna().unique()})

    def parse(self, text: object) -> Period:
        """Read a period such as 2019Q4, 2019-10, 2019 or 2018/19Q4; 2018-19Q4 is the same.

        Raises ParameterError for a period that the cycle does not have.
        """
        written = str(text).strip()
        match = _FORMS[self.kind].fullmatch(written)
        if match is None:
            raise self._is_none(written)
        year, number = int(match["year"]), int(match.groupdict().get("number") or 1)
        if not FIRST_YEAR < year < LAST_YEAR:
            raise ParameterError(
                f"The calendar knows the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}.",
                f'"{written}"',
                f"Write a {self.kind} of those years.",
            )
        period = Period(year, number, self.kind, self.year_starts)
        if not 1 <= number <= self.in_a_year:
            last = self.at(dt.date(year, 12, 1))
            if self.kind == "quarter":
                last = Period(year, self.in_a_year, self.kind, self.year_starts)
            raise ParameterError(
                _MOST[self.kind], f'"{written}"', f"Write {last}, or {last.shift(1)}."
            )
        if self.kind == "month":
            return self.at(dt.date(year, number, 1))
        self._see_years(written, match["second"], period)
        return period

    def _see_years(self, written: str, second: str | None, period: Period) -> None:
        """Refuse a year that is not written as the cycle has it."""
        starts = f"The year starts in {MONTH_NAMES[self.year_starts - 1].capitalize()}"
        if self.year_starts == 1:
            if second is not None:
                raise ParameterError(
                    f"{starts} (year_starts in targets.yaml).", f'"{written}"', f"Write {period}."
                )
        elif second is None or int(second) != (period.year + 1) % 100:
            if _FORMS["month"].fullmatch(written) and 1 <= int(second or 0) <= MONTHS_OF_A_YEAR:
                raise self._is_none(written)
            other = period.shift(-self.in_a_year if second is None else self.in_a_year)
            raise ParameterError(
                f"{starts}: it is called after the two years in which it lies.",
                f'"{written}"',
                f"Write {period}, or {other}.",
            )

    def _is_none(self, written: str) -> ParameterError:
        """Say what is wrong with a text that has not the form of this cycle's periods."""
        example = self.at(dt.date(2019, 12, 31))
        others = {kind: form for kind, form in _FORMS.items() if kind != self.kind}
        remedies = {kind: "" for kind, form in others.items() if form.fullmatch(written)}
        for kind in remedies:
            with suppress(ParameterError):
                other = Cycle(kind, self.year_starts).parse(written)
                first, last = self.at(other.first_day), self.at(other.last_day)
                one = f"Write {first}."
                remedies[kind] = (
                    one if first == last else f"Write {first}..{last}, or one of these."
                )
        if remedies:
            known = {kind: remedy for kind, remedy in remedies.items() if remedy}
            kind = next(iter(known or remedies))
            return ParameterError(
                f"Reports here are about {self.kind}s (period in targets.yaml).",
                f'"{written}", a {kind}',
                known.get(kind, f"Write the {self.kind}, for example {example}."),
            )
        return ParameterError(
            f"{_WRITTEN[self.kind]} {example}.", f'"{written}"', f"Write the {self.kind} so."
        )


@dataclass(frozen=True, order=True)
class Period:
    """A period of a year: its number in the year that starts in `year`, in month `year_starts`.

    The periods of one cycle are ordered by time.
    """

    year: int
    number: int = 1
    kind: Kind = "quarter"
    year_starts: int = 1

    @classmethod
    def parse(cls, text: object, year_starts: int = 1) -> Period:
        """Read a period of any kind by the name that `str` gives it."""
        written = str(text)
        return Cycle(_kind_of(written), year_starts).parse(written)

    @staticmethod
    def is_name(text: str) -> bool:
        """Tell whether a text has the form of a period's name: 2019Q4."""
        return any(form.fullmatch(text) for form in _FORMS.values())

    def __str__(self) -> str:
        if self.kind == "month":
            return f"{self.first_day:%Y-%m}"
        return self.year_name + (f"Q{self.number}" if self.kind == "quarter" else "")

    @property
    def year_name(self) -> str:
        """The name of its year: 2019, or 2018/19 where it does not start in January."""
        second = f"/{(self.year + 1) % 100:02d}" if self.year_starts > 1 else ""
        return f"{self.year}{second}"

    @property
    def file_name(self) -> str:
        """Its name in those of files and folders, which have no slash: 2018-19Q4."""
        return str(self).replace("/", "-")

    @property
    def short(self) -> str:
        """Its number in the year, for little room: 4; of a month 10, of a year 2019 or 18/19."""
        if self.kind == "quarter":
            return str(self.number)
        if self.kind == "month":
            return str(self.first_day.month)
        return self.year_name[-5:]

    @property
    def cycle(self) -> Cycle:
        """The cycle that it is a period of."""
        return Cycle(self.kind, self.year_starts)

    @property
    def first_day(self) -> dt.date:
        """Its first day."""
        months = self.year_starts - 1 + (self.number - 1) * self.cycle.months
        return dt.date(self.year + months // MONTHS_OF_A_YEAR, months % MONTHS_OF_A_YEAR + 1, 1)

    @property
    def last_day(self) -> dt.date:
        """Its last day."""
        return self.shift(1).first_day - dt.timedelta(days=1)

    @property
    def months(self) -> list[str]:
        """Names of its months: 2019-10, 2019-11, 2019-12."""
        first = Cycle("month").at(self.first_day)
        return [str(first.shift(place)) for place in range(self.cycle.months)]

    @property
    def previous(self) -> Period:
        """The period before."""
        return self.shift(-1)

    @property
    def year_ago(self) -> Period:
        """The same period of the year before."""
        return self.shift(-self.cycle.in_a_year)

    @property
    def year_so_far(self) -> list[Period]:
        """The periods of its year up to this one."""
        return self.since(self.shift(1 - self.number))

    def shift(self, periods: int) -> Period:
        """Return the period so many periods later (earlier if negative)."""
        of_year = self.cycle.in_a_year
        year, before = divmod(self.year * of_year + self.number - 1 + periods, of_year)
        return Period(year, before + 1, self.kind, self.year_starts)

    def since(self, first: Period) -> list[Period]:
        """List the periods from `first` to this one, both included."""
        count = (self.year - first.year) * self.cycle.in_a_year + self.number - first.number
        return [first.shift(step) for step in range(count + 1)]


CALENDAR_QUARTERS = Cycle()


def _kind_of(name: str) -> Kind:
    """Tell the kind of a period by its name: 2011-12 is a month, 2011/12 a year."""
    fitting = (kind for kind, form in _FORMS.items() if form.fullmatch(name.strip()))
    return next(fitting, "quarter")


def parse_range(text: str, cycle: Cycle = CALENDAR_QUARTERS) -> list[Period]:
    """Read one period (2019Q4) or a range (2018Q1..2019Q4, both ends included)."""
    first, dots, last = text.partition("..")
    if not dots:
        return [cycle.parse(first)]
    start, end = cycle.parse(first), cycle.parse(last)
    if end < start:
        raise ParameterError(
            f"A range of {cycle.kind}s runs from the earlier to the later.",
            f'"{text}"',
            f"Write {end}..{start}.",
        )
    return end.since(start)


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

    Without a `country` no public holidays are known. A `part` of it (England of GB: ENG) may have
    holidays of its own.
    """

    country: str
    closed_every_year: tuple[ClosedDay, ...] = ()
    closed_once: tuple[tuple[dt.date, str], ...] = ()
    open_anyway: tuple[dt.date, ...] = ()
    part: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """One row a day, 1995 to 2060: date, is_workday, workday_index, and the closed day's name.

        `workday_index` counts the working days up to and including the date. `closed_name` is
        null on ordinary days and weekends.
        """
        return _days_of(self)

    def closed_names(self) -> dict[dt.date, str]:
        """Return the names of the closed days from 1995 to 2060; a weekend has none."""
        closed = dict(_public_holidays(self.country, self.part)) if self.country else {}
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
        start = dt.date(FIRST_YEAR, 1, 1)
        place, end = (max((day - start).days, 0) for day in (first, last + dt.timedelta(days=1)))
        return int(self._is_workday[place:end].sum())

    @cached_property
    def _is_workday(self) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = self.table["is_workday"].to_numpy()
        return found


@lru_cache(maxsize=8)
def _days_of(calendar: WorkCalendar) -> pd.DataFrame:
    import pandas as pd

    days = pd.date_range(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31")
    names = pd.Series(days.date).map(calendar.closed_names())
    is_workday = (days.day_of_week < 5) & names.isna().to_numpy()
    is_workday |= days.isin(pd.DatetimeIndex(list(calendar.open_anyway)))
    return pd.DataFrame(
        {
            "date": days.date,
            "is_workday": is_workday,
            "workday_index": is_workday.cumsum(),
            "closed_name": names.astype("object").where(names.notna(), None),
        }
    )


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the world's time zones; looking for them on the disk takes a while."""
    return frozenset(available_timezones())


@lru_cache(maxsize=8)
def _public_holidays(country: str, part: str = "") -> dict[dt.date, str]:
    import holidays
    from holidays.registry import EntityLoader  # lists countries without importing each

    known = list(EntityLoader.get_country_codes(include_aliases=True))
    if country not in known:
        raise ParameterError(
            "calendar.country is the two-letter code of a country with a holiday calendar.",
            f'"{country}"',
            did_you_mean(country, known),
        )
    parts = list(getattr(holidays, country).subdivisions)
    if part and part not in parts:
        raise ParameterError(
            f"calendar.part is a part of {country} with a holiday calendar, by its code.",
            f'"{part}"',
            did_you_mean(part, parts) or f"{country} has none: leave it out.",
        )
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    return dict(holidays.country_holidays(country, subdiv=part or None, years=years))
