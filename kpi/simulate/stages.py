"""Cases on their way through stages, day by day: some stages end in runs, some have little room.

Each stage is a list of cases, of which those that are ready leave on a working day, in the order in
which they became ready. A case becomes ready once it has spent its own days in the stage; it leaves
on the next day with a run, if the room of that day is not taken yet. On one day a case may pass
several stages.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from kpi.simulate.days import Numbers
from kpi.simulate.ways import Floats

if TYPE_CHECKING:
    import simpy

    Working = Generator[simpy.Event, None, None]

Leave = Callable[[int, int], None]


@dataclass
class Stage:
    """A stage: the days that cases spend in it, the days that have a run, the room of a day.

    `runs` is None where every working day has one; `room` is None where it has no end.
    """

    days: list[float]
    runs: set[int] | None = None
    room: int | None = None
    _waiting: list[tuple[float, int]] = field(default_factory=list)

    def enter(self, case: int, day: int) -> None:
        """Let a case in on a day."""
        if self.days[case] != inf:
            heappush(self._waiting, (day + self.days[case], case))

    def work(self, env: simpy.Environment, leave: Leave) -> Working:
        """Let go on each day what is ready, as far as there is room."""
        while True:
            day = int(env.now)
            if self.runs is None or day in self.runs:
                left = inf if self.room is None else self.room
                while self._waiting and self._waiting[0][0] <= day and left > 0:
                    leave(heappop(self._waiting)[1], day)
                    left -= 1
            yield env.timeout(1)


def pass_through(started: Numbers, stages: list[Stage], until: int) -> Floats:
    """Return the working day on which each case leaves the last stage; infinite where none by then.

    Args:
        started: The working day on which each case enters the first stage.
        stages: The stages in their order, each with as many days as there are cases.
        until: The last working day that is simulated.
    """
    import simpy

    left = np.full(len(started), np.inf)

    def leave_last(case: int, day: int) -> None:
        left[case] = day

    first = int(started.min())
    env = simpy.Environment(initial_time=first)
    env.process(_arrive(env, started, stages[0]))
    following = [stage.enter for stage in stages[1:]]
    for stage, leave in zip(stages, [*following, leave_last], strict=True):
        env.process(stage.work(env, leave))
    env.run(until=until + 1)
    return left


def _arrive(env: simpy.Environment, started: Numbers, stage: Stage) -> Working:
    order = np.argsort(started, kind="stable")
    for case, day in zip(order.tolist(), started[order].tolist(), strict=True):
        if day > env.now:
            yield env.timeout(day - env.now)
        stage.enter(case, day)
