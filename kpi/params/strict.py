"""What parameter files share: no unknown keys, periods as 2019Q4, days of the year as 12-24."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo

from kpi.errors import ParameterError
from kpi.periods import MONTH_NAMES, Cycle, Period


class Strict(BaseModel):
    """A frozen record that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _period(value: Any, info: ValidationInfo) -> Period:
    """Read a period as the folder's reports have it, or one that tells when its year starts."""
    if isinstance(value, Period):
        return value
    cycle: Cycle | None = getattr(info.context, "cycle", None)
    try:
        if isinstance(value, dict):
            starts = MONTH_NAMES.index(value.get("year_starts", "")) + 1
            return Period.parse(value.get("name"), starts)
        return cycle.parse(value) if cycle else Period.parse(value)
    except ParameterError as error:
        raise ValueError(f"{error.rule} Found: {error.found}") from error


def _written_period(period: Period) -> str | dict[str, str]:
    """Write a period; where its year does not start in January, also when it does."""
    if not isinstance(period, Period) or period.year_starts == 1:
        return str(period)
    return {"name": str(period), "year_starts": MONTH_NAMES[period.year_starts - 1]}


def _month_day(value: Any) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    try:
        day = dt.datetime.strptime(f"2000-{value}", "%Y-%m-%d")
    except ValueError as error:
        raise ValueError("a day of the year is written month-day, for example 12-24") from error
    return day.month, day.day


CONFIRMED = "true"
"""The word that confirms a record's texts in `unchanged`."""


def _words_of_unchanged(value: Any) -> Any:
    """Take true, a quarter, a name, or a list of them as words."""
    listed = value if isinstance(value, list | tuple) else (value,)
    words = (CONFIRMED if one is True else "" if one is False else one for one in listed)
    return tuple(word for word in words if word)


Unchanged = Annotated[tuple[str, ...], BeforeValidator(_words_of_unchanged)]
"""What somebody confirmed though it reads as another quarter's: see kpi.params.carried_over."""

QuarterField = Annotated[Period, BeforeValidator(_period), PlainSerializer(_written_period)]
MonthDay = Annotated[
    tuple[int, int],
    BeforeValidator(_month_day),
    PlainSerializer(lambda day: f"{day[0]:02d}-{day[1]:02d}", return_type=str),
]
