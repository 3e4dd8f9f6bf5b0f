"""The attacker: all that shown figures tell about a hidden count, by integer programming.

The attacker knows how figures are made: the outcomes of a row add up to its n, months add up to
their quarter, the values of a group add up to all, metrics count the same cases
(kpi.definitions.shared_cases), and counts are whole and not below zero. Every shown count is an
equation, what is hidden is an unknown, and for each unknown there is a smallest and a largest value
that all equations allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
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

    def range_of(self, cell: Cell) -> tuple[int, int]:
        """Return the smallest and the largest value of a cell that the sums allow.

        Where figures and sums contradict each other, as those of reports that know other data may,
        nothing follows from them.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        places = {name: place for place, name in enumerate(self.known)}
        equations = np.zeros((len(self.sums) + 1, len(places)))
        for number, (total, parts) in enumerate(self.sums):
            equations[number, places[total]] = -1
            equations[number, [places[part] for part in parts]] = 1
        values = np.array([np.nan if value is None else value for value in self.known.values()])
        more_than_any = np.nansum(values) + 1000
        goal = np.zeros(len(places))
        goal[places[cell]] = 1
        ends = [
            milp(
                sign * goal,
                constraints=LinearConstraint(equations, 0, 0),
                integrality=np.ones(len(places)),
                bounds=Bounds(np.nan_to_num(values), np.nan_to_num(values, nan=more_than_any)),
            ).fun
            for sign in (1, -1)
        ]
        if any(end is None for end in ends):
            return 0, round(more_than_any)
        return round(ends[0]), round(-ends[1])


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
