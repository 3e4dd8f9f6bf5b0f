"""How many appointments a week keep a share of them within the limit.

Each run makes up a quarter, and one before it for running in, after a past quarter drawn at random:
every working day gets the bookings of a past day of its weekday, whole. The past days are drawn
anew in each run (the bootstrap of the calibration). A share is counted as the metric counts it:
appointments held in the quarter, and those still waiting beyond the limit at its end.

How many appointments a week there was room for in the past is not recorded. It is found by
simulation: with so many a week the share comes out as it was (`room_as_it_was`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kpi.errors import ParameterError
from kpi.params import Due
from kpi.periods import Period
from kpi.simulate.days import Numbers
from kpi.simulate.past import Past
from kpi.simulate.queue import NOT_HELD, Bookings, PastBookings, days_held, room_by_day
from kpi.simulate.replicate import Spread, replicate, replicate_next, spread

MOST_A_WEEK = 1000


class Goal(NamedTuple):
    """The share that is to be held within a limit."""

    limit: Due
    share: float


def goal_of(past: Past, within: int | None, share: float | None) -> Goal:
    """Return the goal asked for; what is None is the metric's own limit or target.

    Raises ParameterError for a goal that makes no sense, or where there is no target to take.
    """
    limit = past.limit if within is None else past.limit.model_copy(update={"days": within})
    wanted = past.goal if share is None else share
    if wanted is None or not 0 < wanted <= 1:
        raise ParameterError(
            "The goal is a ratio above 0, at most 1.",
            "none in targets.yaml" if wanted is None else f"{wanted:g}",
            "Write --share 0.9 for 90 %.",
        )
    if within is not None and within < 0:
        raise ParameterError("A limit is 0 days or more.", str(within), "Add --within 10.")
    return Goal(limit, wanted)


def numbers_to_try(text: str | None, past: PastBookings) -> list[int]:
    """Read the numbers a week to try: "22", "18..30", or "18,22,26".

    Without a text they lie about those that were needed. Raises ParameterError for others.
    """
    if text is None:
        needed = past.needed_a_week(past.recent())
        return list(range(max(int(needed * 0.85), 1), int(needed * 1.4) + 2))
    try:
        if ".." in text:
            first, last = (int(end) for end in text.split(".."))
            numbers = list(range(first, last + 1))
        else:
            numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1 or max(numbers) > MOST_A_WEEK:
        raise ParameterError(
            f"Appointments a week are whole numbers from 1 to {MOST_A_WEEK}, at least one.",
            f'"{text}"',
            "Write --per-week 18..30.",
        )
    return numbers


_STEPS_OF_SEARCH = 8
_TWENTIETHS, _NEARLY = 20, 1e-9


class Tried(NamedTuple):
    """The share within the limit with so many appointments a week.

    `kept` is the share of the runs in which the goal was kept, in twentieths, rounded down.
    """

    per_week: int
    share: Spread
    kept: float


def tried(past: PastBookings, numbers: list[int], goal: Goal, runs: int, seed: int) -> list[Tried]:
    """Simulate the quarter asked for with each number of appointments a week, in their order.

    The runs are made after the quarter and the three before it.
    """
    sources = past.recent()
    model = Model(past, past.past.quarter, goal.limit)
    step = past.past.step(past.past.quarter)
    found = []
    for per_week in sorted(set(numbers)):
        shares = np.array(model.shares(sources, per_week, runs, seed))
        kept = int((shares >= goal.share).mean() * _TWENTIETHS + _NEARLY) / _TWENTIETHS
        found.append(Tried(per_week, spread(shares, step), kept))
    return found


def enough(found: list[Tried], certainty: float, needed: float) -> int | None:
    """Return the fewest a week that keep the goal in so large a share of the runs, as do all more.

    None where not even the most do. Fewer than are `needed` a week are never enough: the waiting
    list would grow on after the simulated quarter.
    """
    best = None
    for one in sorted(found, reverse=True):
        if one.kept < certainty or one.per_week < needed:
            break
        best = one.per_week
    return best


def room_as_it_was(
    past: PastBookings, sources: list[Period], limit: Due, runs: int, seed: int
) -> float | None:
    """Return the appointments a week with which the median share is as it was in some quarters.

    None where it stays below with any number.
    """
    actual = past.past.actual.loc[[str(quarter) for quarter in sources], "lower"].mean()
    model = Model(past, max(sources), limit)
    low, high = 0.0, 2 * past.needed_a_week(sources)
    if np.median(model.shares(sources, high, runs, seed)) < actual:
        return None
    for _ in range(_STEPS_OF_SEARCH):
        middle = (low + high) / 2
        if np.median(model.shares(sources, middle, runs, seed)) < actual:
            low = middle
        else:
            high = middle
    return high


def predicted(past: PastBookings, target: Period, runs: int, seed: int) -> Spread:
    """Return the share within the metric's limit, simulated from the quarters before it alone."""
    sources = past.sources(past.past.before(target))
    limit = past.past.limit
    per_week = room_as_it_was(past, sources, limit, runs, seed) or 2 * past.needed_a_week(sources)
    model = Model(past, target, limit)

    def share(source: Period, rng: np.random.Generator) -> float:
        return model.share(source, per_week, rng)

    return spread(replicate_next(share, sources, runs, seed), past.past.step(max(sources)))


@dataclass(frozen=True)
class Model:
    """The runs that make up one quarter, and the limit by which its appointments are judged."""

    past: PastBookings
    target: Period
    limit: Due

    def shares(self, sources: list[Period], per_week: float, runs: int, seed: int) -> list[float]:
        """Return the shares of the runs, each made after one of the quarters."""

        def one(rng: np.random.Generator) -> float:
            return self.share(sources[int(rng.integers(len(sources)))], per_week, rng)

        return replicate(one, runs, seed)

    def share(self, source: Period, per_week: float, rng: np.random.Generator) -> float:
        """Simulate the quarter after a past one and return the share held within the limit."""
        days = self._days()
        bookings = self._draw(source, days, rng)
        held = days_held(bookings, room_by_day(per_week, len(days)))
        last_in_time = self._last_in_time(days)[bookings.day]
        counted_from, end = len(days) // 2, len(days)
        was_held = held >= counted_from
        is_late = (held == NOT_HELD) & (last_in_time < end)
        in_time = was_held & (held <= last_in_time)
        total = int(was_held.sum() + is_late.sum())
        return float(in_time.sum()) / total if total else 0.0

    def _days(self) -> Numbers:
        """Return the working days of the running-in and of the quarter, as many of each."""
        quarter = self.past.past.days.in_quarter(self.target)
        return np.arange(quarter[0] - len(quarter), quarter[-1] + 1)

    def _draw(self, source: Period, days: Numbers, rng: np.random.Generator) -> Bookings:
        """Draw for each day the bookings of a past day of its weekday; count days from 0."""
        calendar = self.past.past.days
        bookings = self.past.by_quarter[source]
        past_days = calendar.in_quarter(source)
        past_weekdays, weekdays = calendar.weekdays[past_days], calendar.weekdays[days]
        model_days = np.empty(len(days), dtype="int64")
        for weekday in np.unique(weekdays):
            alike = past_days[past_weekdays == weekday]
            drawn = rng.choice(alike if len(alike) else past_days, len(alike) or 1)
            model_days[weekdays == weekday] = rng.choice(drawn, int((weekdays == weekday).sum()))
        first = np.searchsorted(bookings.day, model_days, side="left")
        count = np.searchsorted(bookings.day, model_days, side="right") - first
        day = np.repeat(np.arange(len(days)), count)
        within = np.arange(len(day)) - np.repeat(np.cumsum(count) - count, count)
        chosen = bookings.chosen(np.repeat(first, count) + within)
        return Bookings(day, chosen.ready, chosen.wish, chosen.fate)

    def _last_in_time(self, days: Numbers) -> Numbers:
        """Return for each day, counted from 0, the last on which its bookings are met in time."""
        limit = self.limit.days or 0
        here = np.arange(len(days))
        if self.limit.unit == "working_days":
            return here + limit
        calendar = self.past.past.days
        ends = calendar.dates[days] + np.timedelta64(limit, "D")
        return calendar.at_or_before(ends) - days[0]
