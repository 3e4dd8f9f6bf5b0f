"""Who in match group 3 gets an action plan, and when it is followed up and closed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kpi.demo.calibration import GROUP_3, PLANS_BEFORE, Group3
from kpi.demo.days import NEVER, QUARTERS, Whole, working_days
from kpi.demo.match_groups import Group3Members
from kpi.periods import Quarter

DAYS_BEFORE_FIRST_PLAN = 10  # nobody who joined later gets a plan in the same quarter


@dataclass
class Plan:
    """A plan of the member at `place`; `is_renewed` when a new plan closed it."""

    place: int
    made: np.datetime64
    closed: np.datetime64 = NEVER
    is_renewed: bool = False
    followed_up: list[np.datetime64] = field(default_factory=list)


class PlanBook:
    """All plans, at most one of them open for each member of match group 3."""

    def __init__(self, rng: np.random.Generator, members: Group3Members) -> None:
        self.rng, self.members = rng, members
        self.plans: list[Plan] = []
        self.open: dict[int, Plan] = {}
        self._make_earlier_plans()
        for quarter in QUARTERS:
            self._close_of_leavers(quarter)
            self._make_plans(quarter, GROUP_3[str(quarter)])
            self._follow_up(quarter, GROUP_3[str(quarter)].follow_ups)

    def _make_earlier_plans(self) -> None:
        """Open the plans that were there before the report's history."""
        day = np.datetime64("2017-12-01")
        there = np.flatnonzero(self.members.first < day - DAYS_BEFORE_FIRST_PLAN)
        for place in self.rng.choice(there, PLANS_BEFORE, replace=False):
            since = np.maximum(self.members.first[place], np.datetime64("2016-01-04"))
            self._open(int(place), since, day)

    def _close_of_leavers(self, quarter: Quarter) -> None:
        last_day = np.datetime64(quarter.last_day)
        for place, plan in list(self.open.items()):
            left = self.members.last[place]
            if left <= last_day:
                plan.closed = left
                del self.open[place]

    def _make_plans(self, quarter: Quarter, counts: Group3) -> None:
        """Give first plans until as many as wanted have one; the rest renew older plans."""
        first_day, last_day = np.datetime64(quarter.first_day), np.datetime64(quarter.last_day)
        there = self.members.places_on(quarter.last_day).tolist()
        joined_early = last_day - DAYS_BEFORE_FIRST_PLAN
        without = [p for p in there if p not in self.open and self.members.first[p] <= joined_early]
        older = [p for p in there if p in self.open]
        first_plans = counts.with_plan - len(older)
        chosen = self._choose(without, first_plans)
        chosen += self._choose(older, counts.plans_made - first_plans)
        for place in chosen:
            self._open(place, np.maximum(self.members.first[place], first_day), last_day)

    def _open(self, place: int, since: np.datetime64, until: np.datetime64) -> None:
        """Make a plan on a working day; it closes the member's older one."""
        made = self.rng.choice(working_days(since, until))
        older = self.open.get(place)
        if older:
            older.closed, older.is_renewed = made, True
        self.open[place] = Plan(place, made)
        self.plans.append(self.open[place])

    def _follow_up(self, quarter: Quarter, count: int) -> None:
        """Follow up plans that were made before the quarter and are open at its end."""
        first_day = np.datetime64(quarter.first_day)
        older = [place for place, plan in self.open.items() if plan.made < first_day]
        days = working_days(quarter.first_day, quarter.last_day)
        for place in self._choose(older, count):
            self.open[place].followed_up.append(self.rng.choice(days))

    def _choose(self, places: list[int], count: int) -> list[int]:
        chosen: Whole = self.rng.choice(np.array(places), count, replace=False)
        return [int(place) for place in chosen]
