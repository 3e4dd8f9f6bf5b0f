"""The attacker: all that shown figures tell about a hidden count, by integer programming.

The attacker knows how figures are made: the outcomes of a row add up to its n, months add up to
their quarter, the values of a group add up to all, metrics count the same cases
(kpi.definitions.shared_cases), and counts are whole and not below zero. Every shown count is an
equation, what is hidden is an unknown, and for each unknown there is a smallest and a largest value
that all equations allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.shared_cases import Sum
from kpi.periods import Cycle

COUNTS = ("n", "met", "missed", "unknown")
Cell = tuple[str, str, str, str]
"""Metric, period, group, count."""


@dataclass
class Shown:
    """What is known: each cell's count, or None where it is hidden, and sums that must hold."""

    known: dict[Cell, float | None] = field(default_factory=dict)
    sums: list[tuple[Cell, list[Cell]]] = field(default_factory=list)

    def add(self, total: Cell, parts: Iterable[Cell]) -> None:
        """Note that parts add up to a total, if all of them are there."""
        listed = list(parts)
        if listed and all(cell in self.known for cell in (total, *listed)):
            self.sums.append((total, listed))

    def narrow(self, cells: Iterable[Cell], values: int) -> Iterator[tuple[Cell, int, int]]:
        """Yield the cells that have fewer than so many values, with the smallest and the largest.

        A solution tells one possible value of every cell. Of most cells those that were asked for
        others tell enough values, and they need none of their own. Where figures and sums
        contradict each other, as those of reports that know other data may, nothing follows.
        """
        program = _Program.of(self)
        smallest = np.full(len(program.places), program.more_than_any, dtype=int)
        largest = np.zeros(len(program.places), dtype=int)
        for cell in cells:
            place = program.places[cell]
            for sign in (1, -1):
                if largest[place] - smallest[place] + 1 >= values:
                    break
                solution = program.solved(place, sign)
                if solution is None:
                    return
                smallest, largest = np.minimum(smallest, solution), np.maximum(largest, solution)
            if largest[place] - smallest[place] + 1 < values:
                yield cell, int(smallest[place]), int(largest[place])


@dataclass(frozen=True)
class _Program:
    """What is known as equations between whole numbers, a place for each cell."""

    places: Mapping[Cell, int]
    equations: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    more_than_any: float

    @classmethod
    def of(cls, shown: Shown) -> _Program:
        places = {name: place for place, name in enumerate(shown.known)}
        equations = np.zeros((len(shown.sums) + 1, len(places)))
        for number, (total, parts) in enumerate(shown.sums):
            equations[number, places[total]] = -1
            equations[number, [places[part] for part in parts]] = 1
        values = np.array([np.nan if value is None else value for value in shown.known.values()])
        return cls(places, equations, values, np.nansum(values) + 1000)

    def solved(self, place: int, sign: int) -> npt.NDArray[np.int64] | None:
        """Return values of all cells where one is smallest (sign 1) or largest (-1), if any are."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        goal = np.zeros(len(self.places))
        goal[place] = sign
        found = milp(
            goal,
            constraints=LinearConstraint(self.equations, 0, 0),
            integrality=np.ones(len(self.places)),
            bounds=Bounds(
                np.nan_to_num(self.values), np.nan_to_num(self.values, nan=self.more_than_any)
            ),
        ).x
        return None if found is None else np.rint(found).astype(int)


def read_as_attacker(rows: pd.DataFrame, cycle: Cycle, sums: Sequence[Sum]) -> Shown:
    """Return what disclosed rows tell: their counts (null is hidden), and how these add up.

    `cycle` is that of the periods reported, `sums` tells which metrics count each other's cases.
    """
    shown = Shown()
    for row in rows.to_dict("records"):
        for count in COUNTS:
            value = row[count]
            cell = (row["metric"], row["period"], row["group"], count)
            shown.known[cell] = None if pd.isna(value) else float(value)
    for row in rows[rows["unit"] == "share"].to_dict("records"):
        key = (row["metric"], row["period"], row["group"])
        shown.add((*key, "n"), [(*key, outcome) for outcome in COUNTS[1:]])
    for (metric, period), same in rows.groupby(["metric", "period"], sort=False):
        _add_parts(shown, str(metric), str(period), list(same["group"]), cycle)
    _add_sisters(shown, set(zip(rows["period"], rows["group"], strict=True)), sums)
    return shown


def _add_parts(shown: Shown, metric: str, period: str, groups: list[str], cycle: Cycle) -> None:
    """Note that the values of each group, and the months of a reported period, add up to all."""
    months = cycle.parse(period).months if str(cycle.holding(period)) == period else [period]
    for count in COUNTS:
        total = (metric, period, "", count)
        for name in {group.partition("=")[0] for group in groups if group}:
            parts = [group for group in groups if group.startswith(f"{name}=")]
            shown.add(total, [(metric, period, part, count) for part in parts])
        if months != [period]:
            shown.add(total, [(metric, month, "", count) for month in months])


def _add_sisters(shown: Shown, keys: Iterable[tuple[str, str]], sums: Sequence[Sum]) -> None:
    """Note which metrics count the same cases; what no metric counts is one more unknown."""
    for period, group in sorted(keys):
        for one in sums:
            whole, *parts = ((metric, period, group, count) for metric, count in one.cells)
            if one.rest and whole in shown.known:
                unseen = (one.name_of_rest, period, group, "n")
                shown.known[unseen] = None
                parts.append(unseen)
            shown.add(whole, parts)
