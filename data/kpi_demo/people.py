"""The calendar that the synthetic municipality lives by.

The citizens, with synthetic CPR numbers, and the caseworkers.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kpi.periods import ClosedDay, WorkCalendar, parse_range

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


CITIZENS = 2300  # known to the municipality; defects get citizens of their own beside them
SPARE_CITIZENS = 320
WITHOUT_CHECK_DIGIT = 60

OFFICES = ("Nuuk", "Tasiilaq", "Paamiut", "Ittoqqortoormiit")
OFFICE_SHARES = (0.80, 0.10, 0.085, 0.015)

CASEWORKERS = {
    "Nuuk": ("ANKL", "BIHE", "DOLA", "EVMO", "FRPE", "INJO", "KASK", "LIBE", "MAOL"),
    "Tasiilaq": ("NAUT",),
    "Paamiut": ("PIKR",),
    "Ittoqqortoormiit": ("SOME",),
}

_WEIGHTS = np.array([4, 3, 2, 7, 6, 5, 4, 3, 2])


class People:
    """The citizens by number: their CPR numbers and offices, and who has been handed out."""

    def __init__(self, rng: np.random.Generator) -> None:
        known = CITIZENS + SPARE_CITIZENS
        self.numbers = np.concatenate([_numbers(rng, known), _without_check_digit(rng)])
        self.offices = rng.choice(OFFICES, len(self.numbers), p=OFFICE_SHARES)
        self.lacks_check_digit = np.arange(len(self.numbers)) >= known
        self.ordinary: Whole = np.arange(CITIZENS)
        self._next_spare = CITIZENS
        self._next_without_check_digit = known

    def spare(self, count: int) -> Whole:
        """Hand out citizens who occur nowhere else."""
        first, self._next_spare = self._next_spare, self._next_spare + count
        if self._next_spare > CITIZENS + SPARE_CITIZENS:
            raise ValueError("SPARE_CITIZENS are too few for the planted defects")
        return np.arange(first, self._next_spare)

    def without_check_digit(self, count: int) -> Whole:
        """Hand out citizens whose number fails modulus 11 and who occur nowhere else."""
        first = self._next_without_check_digit
        self._next_without_check_digit += count
        if self._next_without_check_digit > len(self.numbers):
            raise ValueError("WITHOUT_CHECK_DIGIT are too few for the planted defects")
        return np.arange(first, self._next_without_check_digit)

    def lose_check_digit(self, citizens: Whole) -> None:
        """Give citizens a number that fails modulus 11, and keep them out of all other tables."""
        donors = self.without_check_digit(len(citizens))
        self.numbers[citizens] = self.numbers[donors]
        self.lacks_check_digit[citizens] = True
        self.ordinary = np.setdiff1d(self.ordinary, citizens)

    def written(self, rng: np.random.Generator, citizens: Whole) -> list[str]:
        """Write CPR numbers as people do: mostly with a hyphen; nobody (-1) is empty."""
        hyphens = rng.random(len(citizens)) < 0.7
        return [
            _written(self.numbers[citizen], hyphen=bool(hyphen)) if citizen >= 0 else ""
            for citizen, hyphen in zip(citizens, hyphens, strict=True)
        ]

    def caseworkers(self, rng: np.random.Generator, citizens: Whole) -> list[str]:
        """Choose a caseworker of each citizen's office."""
        draws = rng.random(len(citizens))
        staff = [CASEWORKERS[str(office)] for office in self.offices[citizens]]
        return [
            initials[int(draw * len(initials))] for initials, draw in zip(staff, draws, strict=True)
        ]


def _written(number: str, *, hyphen: bool) -> str:
    """Write ten digits as they are, or as DDMMYY-SSSS."""
    return f"{number[:6]}-{number[6:]}" if hyphen else number


def _numbers(rng: np.random.Generator, count: int) -> npt.NDArray[np.str_]:
    """Draw distinct numbers of adults that pass modulus 11."""
    drawn = 2 * count
    first, last = np.datetime64("1940-01-01"), np.datetime64("1999-12-31")
    births = first + rng.integers(0, (last - first).astype(int) + 1, drawn)
    serials = rng.integers(0, 400, drawn)
    stems = [
        f"{str(day)[8:10]}{str(day)[5:7]}{str(day)[2:4]}{serial:03d}"
        for day, serial in zip(births, serials, strict=True)
    ]
    checks = -_weighted(stems) % 11
    whole = dict.fromkeys(f"{s}{c}" for s, c in zip(stems, checks, strict=True) if c < 10)
    return np.array(list(whole)[:count])


def _without_check_digit(rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Draw numbers of 1 January births that fail modulus 11, as issued since 2007."""
    drawn = 4 * WITHOUT_CHECK_DIGIT
    years, serials = rng.integers(60, 100, drawn), rng.integers(1000, 4000, drawn)
    numbers = [f"0101{year}{serial}" for year, serial in zip(years, serials, strict=True)]
    sums = _weighted([number[:9] for number in numbers])
    sums += np.array([int(number[9]) for number in numbers])
    failing = dict.fromkeys(n for n, s in zip(numbers, sums, strict=True) if s % 11)
    return np.array(list(failing)[:WITHOUT_CHECK_DIGIT])


def _weighted(stems: list[str]) -> Whole:
    """Add up the first nine digits by their weights."""
    digits = np.array([[int(digit) for digit in stem] for stem in stems])
    return np.asarray(digits @ _WEIGHTS)
