"""How many cases would be on time if a stage had another rhythm, or less room.

Each run makes up a quarter after a past one: its cases are drawn twice with replacement, once
because the past quarter is one of many that might have been (the bootstrap of the calibration:
Efron and Tibshirani, An Introduction to the Bootstrap, 6.1), once for the new quarter. What a case
brings with it stays together: its day, its term and its days in each stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kpi.errors import ParameterError, did_you_mean
from kpi.periods import Period
from kpi.simulate.days import Numbers, whole_weeks
from kpi.simulate.replicate import Spread, drawn_twice, replicate, replicate_next, spread
from kpi.simulate.stages import Floats, PastWays, Stage, Ways, pass_through

DAILY, WEEKLY = "daily", "weekly"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class StageChange:
    """A stage and what is tried on it.

    `runs` are the weekdays (0 is Monday) on which cases leave the stage; empty means every working
    day, None that its rhythm stays. `room` is the most that leave on a day; None means any number.
    """

    stage: str
    runs: frozenset[int] | None = None
    room: int | None = None

    @classmethod
    def parse(cls, stage: str | None, rhythm: str | None, room: int | None) -> StageChange:
        """Read a change: a rhythm is "daily", "weekly:thu" or "weekly:mon,thu".

        Raises ParameterError for a rhythm or a room that makes no sense, and where nothing changes.
        """
        if not stage:
            raise ParameterError(
                "A simulation of stages changes one of them.",
                "none",
                "Add --stage sent-posted, or --validate to see how well the simulation predicts.",
            )
        if rhythm is None and room is None:
            raise ParameterError(
                "A stage gets another rhythm, a capacity, or both.",
                "neither",
                "Add --rhythm daily, --rhythm weekly:thu or --capacity 20.",
            )
        if room is not None and room < 1:
            raise ParameterError("A stage's capacity is 1 a day or more.", str(room))
        return cls(stage, None if rhythm is None else _runs(rhythm), room)


def _runs(rhythm: str) -> frozenset[int]:
    kind, colon, names = rhythm.strip().lower().partition(":")
    if kind == DAILY and not colon:
        return frozenset()
    days = [name.strip() for name in names.split(",")]
    if kind != WEEKLY or not colon:
        raise ParameterError(
            "A rhythm is daily, or weekly on weekdays.",
            f'"{rhythm}"',
            "Write daily, weekly:thu or weekly:mon,thu.",
        )
    for name in days:
        if name not in WEEKDAYS:
            raise ParameterError(
                "A run is on a weekday from mon to fri.", f'"{name}"', did_you_mean(name, WEEKDAYS)
            )
    return frozenset(WEEKDAYS.index(name) for name in days)


OTHERS, OWN = "others", "own"
_RUNNING_IN = np.timedelta64(13 * 7, "D")


class Changed(NamedTuple):
    """The share on time with a change, and its difference to that as it was, run by run.

    `freed` tells whose time in the stage stands in for that of cases that waited for a run: that of
    `OTHERS` in quarters without runs, or their `OWN` had each been ready just after the run before;
    empty where the rhythm stays, or no case waited.
    """

    freed: str
    share: Spread
    difference: Spread


class Effect(NamedTuple):
    """The share on time as it was simulated, and with a change, in each way of reading it."""

    as_is: Spread
    changed: list[Changed]


def effect_of(ways: PastWays, change: StageChange, runs: int, seed: int) -> Effect:
    """Simulate the quarter asked for as it was, and with a change of a stage.

    Raises ParameterError for a stage that the cases do not pass.
    """
    quarter = ways.past.quarter
    model = Model(ways, quarter, _place(ways, change), quarter)
    readings = model.readings(quarter, change)

    def all_ways(rng: np.random.Generator) -> list[float]:
        drawn = model.draw(quarter, rng)
        changed = [model.share(drawn, change, freed, rng) for freed in readings]
        return [model.share(drawn, None, "", rng), *changed]

    as_is, *changed = np.array(replicate(all_ways, runs, seed)).T
    step = ways.past.step(quarter)
    return Effect(
        spread(as_is, step),
        [
            Changed(freed, spread(shares, step), spread(shares - as_is, step))
            for freed, shares in zip(readings, changed, strict=True)
        ],
    )


def predicted(
    ways: PastWays, target: Period, change: StageChange | None, runs: int, seed: int
) -> Spread:
    """Return the share on time of a quarter, simulated from the quarters before it alone.

    A change is what is known to have been otherwise in the quarter.
    """
    sources = ways.past.before(target)
    model = Model(ways, target, _place(ways, change) if change else 0, max(sources))

    def share(source: Period, rng: np.random.Generator) -> float:
        freed = model.readings(source, change)[0] if change else ""
        return model.share(model.draw(source, rng), change, freed, rng)

    return spread(replicate_next(share, sources, runs, seed), ways.past.step(max(sources)))


def _place(ways: PastWays, change: StageChange) -> int:
    if change.stage not in ways.stages:
        raise ParameterError(
            f"The stage is one that the cases of {ways.past.metric} pass.",
            f'"{change.stage}"',
            did_you_mean(change.stage, ways.stages),
        )
    return ways.stages.index(change.stage)


@dataclass(frozen=True)
class Drawn:
    """The cases of a run: those of the quarter, then those of the running-in, not counted."""

    ways: Ways
    started: Numbers
    counted: int


class Model:
    """The runs that make up one quarter, from what is known up to another."""

    def __init__(self, ways: PastWays, target: Period, place: int, known_to: Period) -> None:
        self.ways, self.target, self.place = ways, target, place
        self.pool = ways.without_run(place, known_to)

    def readings(self, source: Period, change: StageChange) -> list[str]:
        """Return whose times may stand in for those of a quarter's cases that waited for a run."""
        waited = self.ways.by_quarter[source].in_run[:, self.place].any()
        if change.runs is None or not waited:
            return [""]
        return [OTHERS, OWN] if len(self.pool) else [OWN]

    def draw(self, source: Period, rng: np.random.Generator) -> Drawn:
        """Draw the cases of a quarter and of its running-in after those of a past one."""
        past = self.ways.by_quarter[source]
        count = len(past.started)
        chosen = past.chosen(np.concatenate([drawn_twice(count, rng), drawn_twice(count, rng)]))
        days = chosen.started + whole_weeks(source, self.target)
        days[count:] -= _RUNNING_IN
        return Drawn(chosen, self.ways.past.days.at_or_after(days), count)

    def share(
        self, drawn: Drawn, change: StageChange | None, freed: str, rng: np.random.Generator
    ) -> float:
        """Let the drawn cases pass the stages and return the share of them on time."""
        count = drawn.counted
        if change is None or change.room is None:  # none waits for another: no running-in
            drawn = Drawn(drawn.ways.chosen(np.arange(count)), drawn.started[:count], count)
        due = drawn.started + drawn.ways.term
        first = int(drawn.started.min())
        last = max(first, int(due.max()))
        stages = [Stage(days.tolist()) for days in drawn.ways.days.T]
        if change:
            stages[self.place].days = self._days(drawn.ways, freed, rng).tolist()
            stages[self.place].room = change.room
            if change.runs:
                stages[self.place].runs = self.ways.past.days.runs(change.runs, first, last)
        left = pass_through(drawn.started, stages, last)
        on_time = drawn.ways.known & (left <= due)
        return float(on_time[:count].mean())

    def _days(self, ways: Ways, freed: str, rng: np.random.Generator) -> Floats:
        days = ways.days[:, self.place]
        if not freed:
            return days
        others = rng.choice(self.pool, len(days)) if freed == OTHERS else None
        stand_in = ways.unqueued[:, self.place] if others is None else others
        return np.where(ways.in_run[:, self.place], stand_in, days)
