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

from kpi.definitions.shared_cases import Sum, shipped_sums
from kpi.periods import CALENDAR_QUARTERS, Cycle

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


def read_as_attacker(
    rows: pd.DataFrame, cycle: Cycle = CALENDAR_QUARTERS, sums: Sequence[Sum] | None = None
) -> Shown:
    """Return what disclosed rows tell: their counts (null is hidden), and how these add up.

    `sums` tells which metrics count each other's cases; else those do that come with the program.
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
    known = shipped_sums() if sums is None else sums
    _add_sisters(shown, set(zip(rows["period"], rows["group"], strict=True)), known)
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
            whole = (one.whole, period, group, "n")
            parts = [(part, period, group, "n") for part in one.parts]
            if one.rest and whole in shown.known:
                unseen = (one.name_of_rest, period, group, "n")
                shown.known[unseen] = None
                parts.append(unseen)
            shown.add(whole, parts)


def read_several(releases: Sequence[pd.DataFrame], standing: str) -> Shown:
    """Return what releases of the same figures tell together, in the order of their publication.

    The attacker supposes that late data only add cases: what a release shows is what the one before
    showed, and what came since, which is not below zero. Figures that stand as published (the
    column `standing` is not empty) are those of the release before and tell nothing new. The
    counts of a release are called "n of 1", "met of 1" and so on.
    """
    together = Shown()
    before: dict[Cell, float | None] = {}
    for number, rows in enumerate(releases, start=1):
        one = read_as_attacker(rows)
        stands = {
            (row["metric"], row["period"], row["group"])
            for row in rows.to_dict("records")
            if row[standing]
        }
        for cell, value in one.known.items():
            together.known[_in(cell, number)] = value
        together.sums += [
            (_in(total, number), [_in(part, number) for part in parts]) for total, parts in one.sums
        ]
        for cell in before.keys() & one.known.keys():
            parts = [_in(cell, number - 1)]
            if cell[:3] not in stands:
                came = (*cell[:3], f"{cell[3]} came before {number}")
                together.known[came] = None
                parts.append(came)
            together.sums.append((_in(cell, number), parts))
        before = one.known
    return together


def _in(cell: Cell, number: int) -> Cell:
    return (*cell[:3], f"{cell[3]} of {number}")
