"""The flow of cases: arrived less left is what waits, on every day that a release tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from kpi.periods import Period
from tests.disclosure.joint.reading import Reading, Rows, Told, words
from tests.disclosure.joint.relations import Name


def flow(reading: Reading, frames: Told, tag: str) -> None:
    """Relate how far cases had come, day by day, to the queues at the ends of months."""
    queues = frames.get("stage_queues", Rows())
    may_return = set(frames.get("step_paths", Rows()).of("metric"))
    for (metric, period), part in frames.get("reached", Rows()).parts("metric", "period"):
        own = queues.where(metric=metric)
        flow = _Flow.of(reading, tag, metric, period, part, own)
        flow.goes_on()
        flow.waits(may_return=metric in may_return)


@dataclass
class _Flow:
    """The cases of a metric in a quarter: by which day they had come to each step."""

    reading: Reading
    tag: str
    metric: str
    period: str
    steps: Sequence[str]
    stages: Sequence[str]
    shown: dict[dt.date, str]
    """The days on which it is told how far cases had come, as the frame writes them."""
    ends: dict[dt.date, str]
    """The days on which it is told what waits."""

    @classmethod
    def of(
        cls,
        reading: Reading,
        tag: str,
        metric: str,
        period: str,
        reached: Rows,
        queues: Rows,
    ) -> _Flow:
        shown = {pd.Timestamp(day).date(): str(day) for day in reached.of("on_date")}
        first, last = Period.parse(period).first_day - dt.timedelta(days=1), max(shown)
        ends = {pd.Timestamp(day).date(): str(day) for day in queues.of("on_date")}
        ends = {day: name for day, name in ends.items() if first <= day <= last}
        steps, stages = (list(dict.fromkeys(c)) for c in (reached.of("step"), queues.of("stage")))
        return cls(reading, tag, metric, period, steps, stages, shown, ends)

    def came(self, step: str, day: dt.date) -> Name:
        """Name how many cases had come to a step by a day."""
        if day in self.shown:
            return (self.tag, "reached", self.metric, self.period, step, self.shown[day], "cases")
        return (self.tag, "came", self.metric, self.period, step, str(day))

    def days(self) -> Iterator[dt.date]:
        """Yield the days that the release tells of, in order."""
        yield from sorted({*self.shown, *self.ends})

    def goes_on(self) -> None:
        """Cases that came to a step had come to those before it, and none goes back."""
        known = self.reading.known
        for day in self.days():
            for before, after in pairwise(self.steps):
                known.at_most(self.came(after, day), self.came(before, day))
                waiting = {self.came(before, day): 1, self.came(after, day): -1}
                self.reading.stake(words(self.tag, self.metric, "waiting for", after, day), waiting)
        for step in self.steps:
            for day, next_day in pairwise(self.days()):
                known.at_most(self.came(step, day), self.came(step, next_day))
                new = {self.came(step, next_day): 1, self.came(step, day): -1}
                said = words(self.tag, self.metric, "came to", step, day, "to", next_day)
                self.reading.stake(said, new)
        eve = Period.parse(self.period).first_day - dt.timedelta(days=1)
        if eve in self.ends:
            known.number(self.came(self.steps[-1], eve), 0, 0)

    def waits(self, *, may_return: bool) -> None:
        """Those who had come to a step, and not to the next, wait between, or return later."""
        known = self.reading.known
        for day, text in self.ends.items():
            queue = {
                stage: (self.tag, "stage_queues", self.metric, text, stage, "queue")
                for stage in self.stages
            }
            if len(self.stages) == len(self.steps) - 1:
                for stage, (before, after) in zip(self.stages, pairwise(self.steps), strict=True):
                    later = (self.tag, "returned later", self.metric, text, stage)
                    known.relate(
                        {queue[stage]: 1, self.came(after, day): 1},
                        {self.came(before, day): 1, **({later: 1} if may_return else {})},
                    )
            else:
                known.relate(
                    dict.fromkeys([*queue.values(), self.came(self.steps[-1], day)], 1),
                    {self.came(self.steps[0], day): 1},
                )
