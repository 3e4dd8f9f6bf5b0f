"""Booked conversations: a waiting list, and so many conversations a working week.

First come, first served. On each working day the contacts that are ready are offered its free
conversations in the order in which they were made. A citizen who asks for a later day is given it
without losing the place in the list; one who cancels frees the conversation for the next; one who
stays away does not.
"""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from kpi.simulate.contacts import CANCELS, DAYS_A_WEEK, STAYS_AWAY, Contacts
from kpi.simulate.days import Numbers

if TYPE_CHECKING:
    import simpy

    Working = Generator[simpy.Event, None, None]

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
