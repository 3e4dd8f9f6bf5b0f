"""Business time: office hours, instants, local days, business time as a growing position.

Business time between two instants is the difference of their positions, and a position is read from
a table of days (one join an event, no time zone in the engine): the running business time before
the UTC day, and that part of the day's office hours which lies before the instant. Office hours are
kept as instants, so that a day on which the clocks change is as long as it was. Where moments are
wall-clock times, as those of extracts are, the same holds of them without any zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpi.errors import ContractError, ParameterError, did_you_mean
from kpi.office_hours import OfficeHours
from kpi.periods import FIRST_YEAR, LAST_YEAR, WorkCalendar, time_zones

if TYPE_CHECKING:
    import ibis.expr.types as ir

MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS
_NONE = np.iinfo(np.int64).max // 2


@dataclass(frozen=True)
class Clock:
    """Where the log's clock hangs and when its office is open.

    `timezone` is an IANA name. Timestamps without offset are local wall-clock times there if
    `local_timestamps`, else UTC. Without `hours` no business time is counted; the days closed are
    those of `calendar` (None: no day is closed but the weekdays without hours).
    """

    timezone: str = "UTC"
    hours: OfficeHours | None = None
    calendar: WorkCalendar | None = None
    local_timestamps: bool = False

    def __post_init__(self) -> None:
        if self.timezone not in time_zones():
            raise ParameterError(
                "A time zone is named as in the IANA database, for example Europe/Copenhagen.",
                f'"{self.timezone}"',
                did_you_mean(self.timezone, time_zones()) if self.timezone else "",
            )

    def days(self, first: dt.date, last: dt.date) -> pd.DataFrame:
        """Return the UTC days from `first` to `last`, for positions and local dates.

        Columns: utc_day (its first instant); before (business microseconds before it); opens_1,
        open_1, opens_2, open_2 (beginning of its spells of office hours, and their length);
        changes (the instant at which the local date changes in it), local_day (before that
        instant) and next_local_day. Instants are in microseconds since 1970.
        """
        days = pd.date_range(first, last)
        local = self.local_days(first - dt.timedelta(days=2), last + dt.timedelta(days=2))
        starts = _microseconds(days)
        opens, open_for = self._spells(local)
        columns: dict[str, object] = {"utc_day": starts}
        inside = [_cut(opens, open_for, starts, shift) for shift in (0, 1)]
        total = inside[0][1] + inside[1][1]
        columns["before"] = np.concatenate([[0], np.cumsum(total)[:-1]])
        for number, (begin, length) in enumerate(inside, start=1):
            columns |= {f"opens_{number}": begin, f"open_{number}": length}
        place = np.searchsorted(local["starts"].to_numpy(), starts, side="right") - 1
        columns |= {
            "local_day": local["local_day"].to_numpy()[place],
            "next_local_day": local["local_day"].to_numpy()[place + 1],
            "changes": local["starts"].to_numpy()[place + 1],
        }
        return pd.DataFrame(columns)

    def local_days(self, first: dt.date, last: dt.date) -> pd.DataFrame:
        """Return the local dates from `first` to `last`: local_day, starts and ends.

        `starts` and `ends` are the instants, in microseconds since 1970, at which the date begins
        and the next one does. Raises ContractError for dates that the calendar does not have.
        """
        if first.year < FIRST_YEAR or last.year > LAST_YEAR:
            raise ContractError(
                f"The events of a log happened between {FIRST_YEAR} and {LAST_YEAR}.",
                f"events from {first:%Y} to {last:%Y}",
                "Correct the timestamps, or take those events out of the log.",
            )
        days = pd.date_range(first, last + dt.timedelta(days=1))
        starts = self._instants(days)
        return pd.DataFrame(
            {"local_day": days[:-1].date, "starts": starts[:-1], "ends": starts[1:]}
        )

    def offsets(self, first: dt.date, last: dt.date) -> pd.DataFrame:
        """Return what turns wall-clock time into instants, by wall-clock date.

        Columns: wall_day (its first microsecond since 1970), offset (microseconds to take off),
        changes (wall-clock microseconds at which the clocks change that day) and next_offset. Of a
        time that occurred twice the first is meant; a time that never was is read as if the clocks
        had not changed yet.
        """
        zone = ZoneInfo(self.timezone)
        days = pd.date_range(first, last)
        walls = _microseconds(days)
        begin = np.array([_offset(day.to_pydatetime(), zone) for day in days])
        end = np.append(begin[1:], _offset((days[-1] + pd.Timedelta(days=1)).to_pydatetime(), zone))
        changes = np.full(len(days), _NONE)
        for place in np.flatnonzero(begin != end).tolist():
            changes[place] = walls[place] + _minute_of_change(days[place].to_pydatetime(), zone)
        return pd.DataFrame(
            {"wall_day": walls, "offset": begin, "changes": changes, "next_offset": end}
        )

    def _spells(self, local: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the beginning and length of each local date's office hours, in microseconds."""
        if self.hours is None:
            return local["starts"].to_numpy(), np.zeros(len(local), np.int64)
        days = pd.DatetimeIndex(local["local_day"])
        opening = [self.hours.days[day] for day in days.day_of_week]
        first, last = (
            self._instants(days + pd.to_timedelta([(h or (0, 0))[end] for h in opening], "min"))
            for end in (0, 1)
        )
        return first, np.where(self._is_closed(days), 0, last - first)

    def _is_closed(self, days: pd.DatetimeIndex) -> np.ndarray:
        if self.calendar is None:
            return np.zeros(len(days), bool)
        table = self.calendar.table
        closed = table.loc[table["closed_name"].notna() & ~table["is_workday"], "date"]
        return np.asarray(days.isin(pd.DatetimeIndex(closed)))

    def _instants(self, walls: pd.DatetimeIndex) -> np.ndarray:
        zoned = walls.tz_localize(
            self.timezone, ambiguous=np.ones(len(walls), bool), nonexistent="shift_forward"
        )
        return _microseconds(zoned.tz_convert("UTC").tz_localize(None))


def position(
    at: ir.IntegerValue,
    before: ir.IntegerValue,
    *spells: tuple[ir.IntegerValue, ir.IntegerValue],
) -> ir.IntegerValue:
    """Return the business time before an instant: that before its day, and that of its spells.

    Spells are the beginning and the length of the day's office hours (those of `Clock.days`).
    """
    import ibis

    found = before
    for opens, open_for in spells:
        found += ibis.least(ibis.greatest(at - opens, 0), open_for)
    return found.cast("int64")


def business_days(hours: OfficeHours, calendar: WorkCalendar) -> pd.DataFrame:
    """Return the days of wall-clock time, for `position`, all in seconds.

    Columns: hours (as a text, so that days of several office hours stand in one table), date,
    before, opens_1 (since 1970) and open_1.
    """
    first, last = dt.date(FIRST_YEAR, 1, 3), dt.date(LAST_YEAR, 12, 29)  # `days` looks beyond both
    days = Clock(hours=hours, calendar=calendar).days(first, last)
    seconds = days[["before", "opens_1", "open_1"]] // MICROSECONDS
    dates = pd.date_range(first, last).date
    return seconds.assign(hours=str(hours), date=dates)[["hours", "date", *seconds]]


def _microseconds(moments: pd.DatetimeIndex) -> np.ndarray:
    return moments.as_unit("us").asi8


def _cut(
    opens: np.ndarray, open_for: np.ndarray, starts: np.ndarray, shift: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut office hours to each UTC day: those that end first in it or after it, or the next ones.

    A UTC day touches two local dates at most, so these are all.
    """
    place = np.searchsorted(opens + open_for, starts, side="right") + shift
    begin, end = opens[place], opens[place] + open_for[place]
    cut_begin = np.clip(begin, starts, starts + DAY)
    cut_end = np.clip(end, starts, starts + DAY)
    return cut_begin, cut_end - cut_begin


def _offset(wall: dt.datetime, zone: ZoneInfo) -> int:
    offset = wall.replace(tzinfo=zone).utcoffset() or dt.timedelta()
    return int(offset / dt.timedelta(microseconds=1))


def _minute_of_change(day: dt.datetime, zone: ZoneInfo) -> int:
    """Return the microseconds after midnight from which the day's later offset holds."""
    before = _offset(day, zone)
    minutes = range(24 * 60 + 1)
    found = next(m for m in minutes if _offset(day + dt.timedelta(minutes=m), zone) != before)
    return found * 60 * MICROSECONDS
