"""Contacts that asked for a booked conversation, and the list in which they wait for one.

A wait is parted in two. Had there been no room, nobody who came later would have been offered a day
earlier: so a contact has waited for room until the first day offered to anyone who was ready on a
later day, at most. What it waited beyond that has other causes (the citizen asked for a later day,
a certain caseworker was wanted), and more conversations a week do not shorten it.

First come, first served. On each working day the contacts that are ready are offered its free
conversations in the order in which they were made. A citizen who asks for a later day is given it
without losing the place in the list; one who cancels frees the conversation for the next; one who
stays away does not.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi.periods import Quarter
from kpi.run import Places, Progress
from kpi.simulate.days import Dates, Numbers, Workdays, dates_of
from kpi.simulate.past import FEWEST_CASES, Past, measured, too_few

if TYPE_CHECKING:
    import simpy
    from ibis.backends.duckdb import Backend

    Working = Generator[simpy.Event, None, None]


METRIC = "conversations_within_10_days"
DAYS_A_WEEK = 5
COMES, STAYS_AWAY, CANCELS = 0, 1, 2
_FATES = {"held": COMES, "open": COMES, "no_show": STAYS_AWAY, "cancelled": CANCELS}


@dataclass(frozen=True)
class Contacts:
    """Contacts; one place in each array a contact.

    `day` is the working day of the contact, `ready` the working days until it is on the waiting
    list, `wish` those that it waits for other causes than room, `fate` whether the citizen comes,
    stays away or cancels.
    """

    day: Numbers
    ready: Numbers
    wish: Numbers
    fate: Numbers

    def chosen(self, contacts: Numbers) -> Contacts:
        """Return some contacts, in that order; one may come twice."""
        return Contacts(**{name: array[contacts] for name, array in vars(self).items()})


@dataclass(frozen=True)
class PastContacts:
    """Contacts by the quarter in which they were made, in the order of their days."""

    past: Past
    by_quarter: dict[Quarter, Contacts]

    def sources(self, quarters: list[Quarter]) -> list[Quarter]:
        """Return the quarters that have contacts enough to simulate after."""
        return [quarter for quarter in quarters if quarter in self.by_quarter]

    def recent(self) -> list[Quarter]:
        """Return the quarter asked for and those of the three before it that can be used."""
        return self.sources(self.past.up_to(self.past.quarter))

    def needed_a_week(self, quarters: list[Quarter]) -> float:
        """Return the contacts of a working week in some quarters, without those who cancelled."""
        days = sum(len(self.past.days.in_quarter(quarter)) for quarter in quarters)
        needed = sum(int((self.by_quarter[q].fate != CANCELS).sum()) for q in quarters)
        return DAYS_A_WEEK * needed / days


def past_contacts(quarter: Quarter, places: Places, progress: Progress) -> PastContacts:
    """Read the contacts up to a quarter; a DefinitionError where they are too few."""
    with measured(METRIC, quarter, places, progress) as (backend, past):
        rows = _rows(backend)
    as_of = np.datetime64(past.params.report.as_of)
    contacts = _contacts(rows, past.days, as_of)
    contacts = contacts.chosen(np.argsort(contacts.day, kind="stable"))
    by_quarter = {}
    for candidate in past.shown([q for q in past.params.quarters if q <= quarter]):
        here = np.flatnonzero(np.isin(contacts.day, past.days.in_quarter(candidate)))
        if len(here) >= FEWEST_CASES:
            by_quarter[candidate] = contacts.chosen(here)
    if quarter not in by_quarter:
        raise too_few(str(quarter))
    return PastContacts(past, by_quarter)


def _rows(backend: Backend) -> pd.DataFrame:
    """Return what was asked for by appointment: neither acute nor by telephone."""
    rows = backend.table("accepted_conversations")
    rows = rows.filter(rows.kind.notin(["acute", "telephone"]) & rows.status.isin(list(_FATES)))
    rows = rows.mutate(contact_at=rows.contact_at.coalesce(rows.ordered_at))
    rows = rows.filter(rows.contact_at.notnull()).order_by("row_no")
    return backend.execute(
        rows.select("contact_at", "ordered_at", "offered_at", "held_at", "status")
    )


def _contacts(rows: pd.DataFrame, days: Workdays, as_of: np.datetime64) -> Contacts:
    contact, ordered, offered, held = (
        dates_of(rows[f"{name}_at"]) for name in ("contact", "ordered", "offered", "held")
    )
    day = days.at_or_after(contact)
    ready = np.maximum(days.at_or_after(_first_known(ordered, contact)), day)
    still_open = np.where(rows["status"] == "open", as_of, contact)
    end = np.maximum(days.at_or_after(_first_known(held, offered, still_open)), ready)
    first = np.clip(days.at_or_after(_first_known(offered, held, still_open)), ready, end)
    wish = end - room_by(ready, first)
    fate = np.array([_FATES[status] for status in rows["status"]], dtype=np.int64)
    return Contacts(day, ready - day, wish, fate)


def _first_known(*dates: Dates) -> Dates:
    """Return of each row the first date that is known."""
    found, *others = dates
    for other in others:
        found = np.where(np.isnat(found), other, found)
    return found


def room_by(ready: Numbers, offered: Numbers) -> Numbers:
    """Return the day by which there was room for each contact.

    It is the day offered, or the first that anyone was offered who was ready on a later day.
    """
    order = np.argsort(ready, kind="stable")
    earliest_of_rest = np.minimum.accumulate(offered[order][::-1])[::-1]
    later = np.searchsorted(ready[order], ready, side="right")
    bound = np.append(earliest_of_rest, np.iinfo(np.int64).max)[later]
    return np.minimum(offered, bound)


NOT_HELD, CAME_TO_NOTHING = -1, -2


def conversations_by_day(per_week: float, days: int) -> list[int]:
    """Spread the conversations of a working week evenly over its days, in whole conversations.

    >>> conversations_by_day(18, 5)
    [3, 4, 3, 4, 4]
    """
    so_far = np.floor(np.arange(days + 1) * per_week / DAYS_A_WEEK + 1e-9).astype("int64")
    room: list[int] = np.diff(so_far).tolist()
    return room


def days_held(contacts: Contacts, room: list[int]) -> Numbers:
    """Return the day on which each conversation is held, days counted from 0.

    `NOT_HELD` where it is not by the last day, `CAME_TO_NOTHING` where the citizen stays away or
    cancels.

    Args:
        contacts: In the order of their days, which count from 0.
        room: The conversations that can be held on each day.
    """
    import simpy

    env = simpy.Environment()
    desk = _Desk(contacts)
    env.process(desk.receive(env, contacts))
    env.process(desk.hold(env, room))
    env.run(until=len(room))
    return np.array(desk.held, dtype="int64")


class _Desk:
    """The waiting list: who is on it, and from which day others will be."""

    def __init__(self, contacts: Contacts) -> None:
        self._wish: list[int] = contacts.wish.tolist()
        self._fate: list[int] = contacts.fate.tolist()
        self._later: list[tuple[int, int]] = []
        self._ready: list[int] = []
        self.held = [NOT_HELD] * len(self._wish)

    def receive(self, env: simpy.Environment, contacts: Contacts) -> Working:
        """Note each contact on its day."""
        ready = (contacts.day + contacts.ready).tolist()
        for number, day in enumerate(contacts.day.tolist()):
            if day > env.now:
                yield env.timeout(day - env.now)
            heappush(self._later, (ready[number], number))

    def hold(self, env: simpy.Environment, room: list[int]) -> Working:
        """Hold each day's conversations."""
        while True:
            today = int(env.now)
            while self._later and self._later[0][0] <= today:
                heappush(self._ready, heappop(self._later)[1])
            free = room[today]
            while free and self._ready:
                free -= self._offer(heappop(self._ready), today)
            yield env.timeout(1)

    def _offer(self, number: int, today: int) -> int:
        """Offer today and return how many conversations that takes."""
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
