"""Office hours: when an office is open, by weekday."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from kpi.errors import ParameterError, did_you_mean

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(
    r"(?:(?P<first>[a-z]+)(?:-(?P<last>[a-z]+))?\s+)?"
    r"(?P<opens>\d{1,2}:\d{2})-(?P<closes>\d{1,2}:\d{2})"
)
_FORM = 'Write "07:00-17:00" for Monday to Friday, or "mon-thu 09:00-15:00, fri 09:00-12:00".'


@dataclass(frozen=True)
class OfficeHours:
    """Opening and closing time of each weekday, in minutes after midnight; None where closed."""

    days: tuple[tuple[int, int] | None, ...]

    @classmethod
    def of(cls, value: object) -> OfficeHours:
        """Read office hours as parameters have them: a text, or hours by weekday.

        >>> str(OfficeHours.of({"mon-thu": "09:00-15:00", "fri": "9:00-12:00"}))
        'mon-thu 09:00-15:00, fri 09:00-12:00'
        """
        if isinstance(value, OfficeHours):
            return value
        if isinstance(value, Mapping):
            return cls.parse(", ".join(f"{days} {hours}" for days, hours in value.items()))
        return cls.parse(str(value))

    @classmethod
    def parse(cls, text: str) -> OfficeHours:
        """Read "07:00-17:00" (Monday to Friday) or hours by weekday, separated by commas.

        Raises ParameterError where the text has another form, a weekday has hours twice, or a day
        closes before it opens.

        >>> OfficeHours.parse("mon-thu 09:00-15:00, fri 09:00-12:00").days[3:6]
        ((540, 900), (540, 720), None)
        """
        days: dict[int, tuple[int, int]] = {}
        for part in text.lower().split(","):
            weekdays, hours = _read(part.strip(), text)
            for weekday in weekdays:
                if weekday in days:
                    raise ParameterError("A weekday has its office hours once.", f'"{text}"', _FORM)
                days[weekday] = hours
        return cls(tuple(days.get(weekday) for weekday in range(7)))

    @property
    def spells(self) -> list[tuple[int, int, str]]:
        """Weekdays in a row with the same hours: the first (Monday is 0), the last, the hours."""
        found = []
        for hours, weekdays in groupby(range(7), self.days.__getitem__):
            first, *rest = weekdays
            if hours:
                found.append((first, (rest or [first])[-1], "-".join(map(_time, hours))))
        return found

    def __str__(self) -> str:
        parts = []
        for first, last, hours in self.spells:
            until = f"-{DAY_NAMES[last]}" if last > first else ""
            parts.append(f"{DAY_NAMES[first]}{until} {hours}")
        return ", ".join(parts)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _read(part: str, text: str) -> tuple[range, tuple[int, int]]:
    found = _PART.fullmatch(part)
    if not found:
        raise ParameterError("Office hours are times of the day.", f'"{text}"', _FORM)
    opens, closes = _minutes(found["opens"]), _minutes(found["closes"])
    if not opens < closes <= 24 * 60:
        raise ParameterError("An office opens before it closes, on the same day.", f'"{part}"')
    if found["first"] is None:
        return range(5), (opens, closes)
    first = _weekday(found["first"])
    last = _weekday(found["last"] or found["first"])
    if last < first:
        raise ParameterError("A range of weekdays runs from Monday on.", f'"{part}"', _FORM)
    return range(first, last + 1), (opens, closes)


def _minutes(time: str) -> int:
    hour, minute = map(int, time.split(":"))
    if minute > 59:
        raise ParameterError("An hour has 60 minutes.", f'"{time}"', _FORM)
    return 60 * hour + minute


def _weekday(name: str) -> int:
    if name not in DAY_NAMES:
        raise ParameterError(
            "Weekdays are named by three letters.", f'"{name}"', did_you_mean(name, DAY_NAMES)
        )
    return DAY_NAMES.index(name)
