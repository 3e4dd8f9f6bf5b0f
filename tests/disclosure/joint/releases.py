"""All releases about a simulated municipality: its report, its units', and one after a correction.

Each of many quarters is a town of its own, and is read by itself: one report stands for many.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpi.definitions.kinds import ShareWithinLimit
from kpi.disclosure.published import Release
from kpi.params import Counting, Params
from kpi.periods import CALENDAR_QUARTERS, Period
from kpi.simulate.what_if import Trial
from tests.disclosure.joint import answers
from tests.disclosure.joint import town as towns
from tests.disclosure.joint.found import Finding, one_persons, told
from tests.disclosure.joint.reading import KEYS, Frames, Reading, Row, Rows, rows_of
from tests.disclosure.joint.relations import Contradiction

WHOLE, LATER = "whole", "later"
SUPPOSED = (4, 6, 8, 10, 14, 19, 29, 49, 999)
"""How near to the truth the attacker supposes rounded counts to be: within four, or else, where
that cannot be, less."""
DAYS = (9, 11, 12)
"""The limits that what-if is asked for, shorter ones and longer ones than those in force."""


@dataclass(frozen=True)
class Releases:
    """What leaves about a municipality, by what it is: the whole, each unit, the whole later.

    `made` are the frames before anything was hidden, and `answers` those of what-if for limits of
    some days, asked beside each report.
    """

    made: Mapping[str, Frames]
    shown: Mapping[str, Frames]
    quarters: Sequence[Period]
    params: Params
    answers: Mapping[str, Mapping[int, pd.DataFrame]]

    @classmethod
    def of(
        cls,
        backend: Any,
        rng: np.random.Generator,
        metric: str,
        quarters: int,
        days: Sequence[int] = (),
    ) -> Releases:
        """Draw a municipality of two units, publish all, and publish it again, corrected.

        Beside each report it is asked what if the limit were so many `days`.
        """
        town = towns.draw(rng, [metric], quarters)
        offices = sorted({office for rows in town.tables.values() for office in rows["office"]})
        parts = {"north": offices[:1], "south": offices[1:]}
        drawn = {WHOLE: town} | {unit: town.part(unit, own) for unit, own in parts.items()}
        order = [str(one) for one in rng.permutation(list(drawn))]
        made: dict[str, towns.Frames] = {}
        shown: dict[str, Frames] = {}
        params = towns.params_of(town, [metric])
        said: dict[str, dict[int, pd.DataFrame]] = {}
        for name in order:
            others = {_unit(one): frames["results"] for one, frames in shown.items()}
            made[name] = towns.figures(backend, drawn[name], [metric])
            shown[name] = towns.shown(made[name], unit=_unit(name), others=others)
            said[name] = _asked(backend, params, shown[name], days)
        published = shown[WHOLE]
        before = [Release(str(towns.LAST), published["results"], published.__getitem__)]
        made[LATER] = towns.figures(backend, town.corrected(rng, quarters), [metric])
        others = {unit: shown[unit]["results"] for unit in parts}
        shown[LATER] = towns.shown(made[LATER], before, others=others)
        said[LATER] = _asked(backend, params, shown[LATER], days)
        first = [towns.LAST]
        while len(first) < quarters:
            first.insert(0, first[0].previous)
        return cls(made, shown, first, params, said)

    def findings(self) -> Iterator[tuple[Period, Finding]]:
        """Yield what the attacker learns of few persons in each quarter, from all together."""
        from tests.disclosure.joint import read

        shown = {**self.shown, LATER: _told_anew(self.shown[LATER], self.shown[WHOLE])}
        parted = {name: _by_quarter(frames) for name, frames in shown.items()}
        for quarter in self.quarters:
            rules = self._rules(quarter)
            for closeness in SUPPOSED:
                reading = Reading(closeness=closeness)
                for name, quarters in parted.items():
                    read(reading, quarters[str(quarter)], name)
                    told_of = {
                        days: rows_of(answer[answer["period"] == str(quarter)])
                        for days, answer in self.answers[name].items()
                    }
                    answers.relate(reading, told_of, name, rules)
                reading.compare(WHOLE, LATER)
                reading.add_units(WHOLE, [one for one in self.shown if _is_unit(one)])
                try:
                    found = told(reading)
                except Contradiction:
                    if closeness == SUPPOSED[-1]:
                        raise
                    continue
                yield from ((quarter, one) for one in found)
                break

    def _rules(self, quarter: Period) -> dict[str, Counting]:
        """Return how each metric counts in a quarter."""
        found = {
            name: settings.counting_on(quarter.last_day)
            for name, settings in self.params.metrics.items()
        }
        return {name: one for name, one in found.items() if one}

    def of_one(self) -> list[str]:
        """Return the figures shown that are one person's."""
        return [said for frames in self.shown.values() for said in one_persons(frames)]


def _asked(
    backend: Any, params: Params, shown: Frames, days: Sequence[int]
) -> dict[int, pd.DataFrame]:
    """Ask what if the limit were so many days, of the rows that the engine has now."""
    (metric,) = params.metrics
    if not isinstance(params.definition(metric), ShareWithinLimit):
        return {}
    return {many: answers.ask(backend, params, shown["results"], Trial(days=many)) for many in days}


def _is_unit(name: str) -> bool:
    return name not in (WHOLE, LATER)


def _unit(name: str) -> str:
    return name if _is_unit(name) else ""


def _by_quarter(frames: Frames) -> Mapping[str, Mapping[str, Rows]]:
    """Return the rows of each quarter, its months, its days and the eve of it."""
    kept: dict[str, dict[str, Rows]] = defaultdict(lambda: defaultdict(Rows))
    for name in KEYS:
        for row in rows_of(frames[name]) if name in frames else ():
            for quarter in _quarters_of(row):
                kept[quarter][name].append(row)
    return kept


def _told_anew(later: Frames, earlier: Frames) -> Frames:
    """Return a later report without what it repeats: quarters that explain as they did before.

    They stand as published, and tell of the cases before the correction, not of those now.
    """
    repeating = [name for name in KEYS if name != "results" and name in later]
    differ = set()
    for name in repeating:
        now, then = _by_own_quarter(later[name]), _by_own_quarter(earlier[name])
        differ |= {quarter for quarter in {*now, *then} if now[quarter] != then[quarter]}
    anew = {n: later[n][[one in differ for one in _quarters(later[n])]] for n in repeating}
    return {**later, **anew}


def _by_own_quarter(frame: pd.DataFrame) -> Mapping[str, set[tuple[str, ...]]]:
    kept: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    rows = frame.astype(str).itertuples(index=False, name=None)
    for quarter, row in zip(_quarters(frame), rows, strict=True):
        kept[quarter].add(row)
    return kept


def _quarters(frame: pd.DataFrame) -> list[str]:
    """Return the quarter that each row is of; a day is of the one that it lies in."""
    if "period" in frame:
        return [str(CALENDAR_QUARTERS.holding(period)) for period in frame["period"]]
    return [str(CALENDAR_QUARTERS.at(pd.Timestamp(day).date())) for day in frame["on_date"]]


def _quarters_of(row: Row) -> set[str]:
    if "period" in row:
        return {str(CALENDAR_QUARTERS.holding(row["period"]))}
    day = pd.Timestamp(row["on_date"]).date()
    morrow = day + dt.timedelta(days=1)
    return {str(CALENDAR_QUARTERS.at(day)), str(CALENDAR_QUARTERS.at(morrow))}
