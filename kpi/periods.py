"""Quarters: 2019Q4, its first and last day, its neighbours, ranges of quarters."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from kpi.errors import ParameterError

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
