"""Bookings: cases that asked for an appointment, and the list in which they wait for one.

A wait is parted in two. Had there been no room, nobody who came later would have been offered a day
earlier: so a booking has waited for room until the first day offered to anyone who was ready on a
later day, at most. What it waited beyond that has other causes (a later day was asked for, a
certain person was wanted), and more appointments a week do not shorten it.

First come, first served. On each working day the bookings that are ready are offered its free
appointments in the order in which they were made. Who asks for a later day is given it without
losing the place in the list; who cancels frees the appointment for the next; who stays away does
not.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi.definitions.kinds import FromRows, columns_with_derived, with_derived
from kpi.errors import DefinitionError
from kpi.periods import Period
from kpi.run import Places, Progress
from kpi.simulate.days import Dates, Numbers, Workdays, dates_of
from kpi.simulate.past import FEWEST_CASES, Past, measured, too_few

if TYPE_CHECKING:
    import simpy
    from ibis.backends.duckdb import Backend

    Working = Generator[simpy.Event, None, None]


DAYS_A_WEEK = 5
COMES, STAYS_AWAY, CANCELS = 0, 1, 2


@dataclass(frozen=True)
class Bookings:
    """Bookings; one place in each array a booking.

    `day` is the working day of the booking, `ready` the working days until it is on the waiting
    list, `wish` those that it waits for other causes than room, `fate` whether the person comes,
    stays away or cancels.
    """

    day: Numbers
    ready: Numbers
    wish: Numbers
    fate: Numbers

    def chosen(self, bookings: Numbers) -> Bookings:
        """Return some bookings, in that order; one may come twice."""
        return Bookings(**{name: array[bookings] for name, array in vars(self).items()})


@dataclass(frozen=True)
class PastBookings:
    """Bookings by the quarter in which they were made, in the order of their days."""

    past: Past
    by_quarter: dict[Period, Bookings]

    def sources(self, quarters: list[Period]) -> list[Period]:
        """Return the quarters that have bookings enough to simulate after."""
        return [quarter for quarter in quarters if quarter in self.by_quarter]

    def recent(self) -> list[Period]:
        """Return the quarter asked for and those of the three before it that can be used."""
        return self.sources(self.past.up_to(self.past.quarter))

    def needed_a_week(self, quarters: list[Period]) -> float:
        """Return the bookings of a working week in some quarters, without those who cancelled.

        They are counted in multiples of `hide_persons_below`: less the appointments that the report
        shows, they would tell of those who cancelled, or stayed away.
        """
        of = max(self.past.params.report.disclosure.hide_persons_below, 1)
        days = sum(len(self.past.days.in_quarter(quarter)) for quarter in quarters)
        needed = sum(int((self.by_quarter[q].fate != CANCELS).sum()) for q in quarters)
        return DAYS_A_WEEK * (round(needed / of) * of) / days


def past_bookings(metric: str, quarter: Period, places: Places, progress: Progress) -> PastBookings:
    """Read the bookings of a metric's subject up to a quarter.

    Raises DefinitionError where its cases are no appointments, or are too few.
    """
    with measured(metric, quarter, places, progress) as (backend, past):
        rows = _rows(backend, past)
    as_of = np.datetime64(past.params.report.as_of)
    bookings = _bookings(rows, past.days, as_of)
    bookings = bookings.chosen(np.argsort(bookings.day, kind="stable"))
    by_quarter = {}
    for candidate in past.shown([q for q in past.params.quarters if q <= quarter]):
        here = np.flatnonzero(np.isin(bookings.day, past.days.in_quarter(candidate)))
        if len(here) >= FEWEST_CASES:
            by_quarter[candidate] = bookings.chosen(here)
    if quarter not in by_quarter:
        raise too_few(str(quarter))
    return PastBookings(past, by_quarter)


def _rows(backend: Backend, past: Past) -> pd.DataFrame:
    """Return the bookings: asked, ready, offered and came, and their fate as a number."""
    from kpi.definitions.expressions import holds

    definition = past.params.definition(past.metric)
    booked = definition.subject.appointments if isinstance(definition, FromRows) else None
    if not isinstance(definition, FromRows) or booked is None:
        raise DefinitionError(
            "Appointments are simulated of a subject that declares how they are booked.",
            f"{past.metric} counts others",
            "Name a metric of such a subject, or declare its appointments (kpi docs definitions).",
        )
    subject = definition.subject
    rows = with_derived(subject, backend.table(f"accepted_{subject.name}"))
    if booked.filter:
        where = f"{subject.name}.appointments.filter"
        rows = rows.filter(holds(booked.filter, rows, columns_with_derived(subject), where))
    rows = rows.filter(rows[booked.asked].notnull()).order_by("row_no")
    found = backend.execute(
        rows.select(
            asked=booked.asked,
            ready=booked.ready,
            offered=booked.offered,
            came=booked.came,
            fate=booked.fate,
            is_open=rows[booked.fate] == booked.open,
        )
    )
    fates = {
        booked.held: COMES,
        booked.open: COMES,
        booked.no_show: STAYS_AWAY,
        booked.cancelled: CANCELS,
    }
    found["fate"] = found["fate"].map(fates)
    return found[found["fate"].notna()]


def _bookings(rows: pd.DataFrame, days: Workdays, as_of: np.datetime64) -> Bookings:
    asked, known, offered, came = (
        dates_of(rows[name]) for name in ("asked", "ready", "offered", "came")
    )
    day = days.at_or_after(asked)
    ready = np.maximum(days.at_or_after(_first_known(known, asked)), day)
    still_open = np.where(rows["is_open"], as_of, asked)
    end = np.maximum(days.at_or_after(_first_known(came, offered, still_open)), ready)
    first = np.clip(days.at_or_after(_first_known(offered, came, still_open)), ready, end)
    wish = end - room_by(ready, first)
    return Bookings(day, ready - day, wish, rows["fate"].to_numpy(dtype="int64"))


def _first_known(*dates: Dates) -> Dates:
    """Return of each row the first date that is known."""
    found, *others = dates
    for other in others:
        found = np.where(np.isnat(found), other, found)
    return found


def room_by(ready: Numbers, offered: Numbers) -> Numbers:
    """Return the day by which there was room for each booking.

    It is the day offered, or the first that anyone was offered who was ready on a later day.
    """
    order = np.argsort(ready, kind="stable")
    earliest_of_rest = np.minimum.accumulate(offered[order][::-1])[::-1]
    later = np.searchsorted(ready[order], ready, side="right")
    bound = np.append(earliest_of_rest, np.iinfo(np.int64).max)[later]
    return np.minimum(offered, bound)


NOT_HELD, CAME_TO_NOTHING = -1, -2


def room_by_day(per_week: float, days: int) -> list[int]:
    """Spread the appointments of a working week evenly over its days, in whole ones.

    >>> room_by_day(18, 5)
    [3, 4, 3, 4, 4]
    """
    so_far = np.floor(np.arange(days + 1) * per_week / DAYS_A_WEEK + 1e-9).astype("int64")
    room: list[int] = np.diff(so_far).tolist()
    return room


def days_held(bookings: Bookings, room: list[int]) -> Numbers:
    """Return the day on which each appointment is held, days counted from 0.

    `NOT_HELD` where it is not by the last day, `CAME_TO_NOTHING` where the person stays away or
    cancels.

    Args:
        bookings: In the order of their days, which count from 0.
        room: The appointments that can be held on each day.
    """
    import simpy

    env = simpy.Environment()
    desk = _Desk(bookings)
    env.process(desk.receive(env, bookings))
    env.process(desk.hold(env, room))
    env.run(until=len(room))
    return np.array(desk.held, dtype="int64")


class _Desk:
    """The waiting list: who is on it, and from which day others will be."""

    def __init__(self, bookings: Bookings) -> None:
        self._wish: list[int] = bookings.wish.tolist()
        self._fate: list[int] = bookings.fate.tolist()
        self._later: list[tuple[int, int]] = []
        self._ready: list[int] = []
        self.held = [NOT_HELD] * len(self._wish)

    def receive(self, env: simpy.Environment, bookings: Bookings) -> Working:
        """Note each booking on its day."""
        ready = (bookings.day + bookings.ready).tolist()
        for number, day in enumerate(bookings.day.tolist()):
            if day > env.now:
                yield env.timeout(day - env.now)
            heappush(self._later, (ready[number], number))

    def hold(self, env: simpy.Environment, room: list[int]) -> Working:
        """Hold each day's appointments."""
        while True:
            today = int(env.now)
            while self._later and self._later[0][0] <= today:
                heappush(self._ready, heappop(self._later)[1])
            free = room[today]
            while free and self._ready:
                free -= self._offer(heappop(self._ready), today)
            yield env.timeout(1)

    def _offer(self, number: int, today: int) -> int:
        """Offer today and return how many appointments that takes."""
        if self._fate[number] == CANCELS:
            self.held[number] = CAME_TO_NOTHING
            return 0
        if self._wish[number]:
            heappush(self._later, (today + self._wish[number], number))
            self._wish[number] = 0
            return 0
        if self._fate[number] == STAYS_AWAY:
            self.held[number] = CAME_TO_NOTHING
        else:
            self.held[number] = today
        return 1
