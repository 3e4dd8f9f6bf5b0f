"""Whole numbers that nobody shows, and relations between them: what they can be, all together.

Bounds are propagated through the relations first, which is fast and may leave a range too wide.
Where that leaves doubt, an integer program asks for the smallest and the largest value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

Name = Any
Sum = Mapping[Any, int]
"""Numbers added up, each so many times (or taken away, below zero)."""
MORE_THAN_ANY = 1_000_000
_ROUNDS = 60


class Contradiction(Exception):  # noqa: N818 - it is an answer
    """What is known cannot all be true: the attacker supposed too much."""


@dataclass
class Known:
    """What is known: the bounds of each number, and relations between sums of them."""

    low: dict[Name, int] = field(default_factory=dict)
    high: dict[Name, int] = field(default_factory=dict)
    relations: list[tuple[dict[Name, int], int, int]] = field(default_factory=list)

    def number(self, name: Name, low: int = 0, high: int = MORE_THAN_ANY) -> Name:
        """Note a whole number and its bounds; of several bounds the narrowest hold."""
        self.low[name] = max(low, self.low.get(name, 0))
        self.high[name] = min(high, self.high.get(name, MORE_THAN_ANY))
        return name

    def is_known(self, name: Name) -> bool:
        """Tell whether a number was noted."""
        return name in self.low

    def relate(self, left: Sum, right: Sum, more: int = 0, most: int | None = None) -> None:
        """Note that left = right + more; with `most`, that it is from `more` to `most` larger."""
        together: dict[Name, int] = defaultdict(int)
        for side, sign in ((left, 1), (right, -1)):
            for name, times in side.items():
                together[self.number(name)] += sign * times
        self.relations.append((dict(together), more, more if most is None else most))

    def adds_up(self, whole: Name, parts: Iterable[Name]) -> None:
        """Note that parts, each in none of the others, are a whole."""
        counted: dict[Name, int] = defaultdict(int)
        for part in parts:
            counted[part] += 1
        self.relate({whole: 1}, counted)

    def at_most(self, less: Name, more: Name) -> None:
        """Note that one number is no larger than another."""
        self.relate({more: 1}, {less: 1}, 0, MORE_THAN_ANY)

    def solve(self) -> Solved:
        """Return what all of it tells."""
        return Solved(self)


class Solved:
    """The bounds of all numbers once everything that is known was taken together."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._names = list(known.low)
        self._place = {name: place for place, name in enumerate(self._names)}
        self._low = np.array([known.low[name] for name in self._names], dtype=float)
        self._high = np.array([known.high[name] for name in self._names], dtype=float)
        rows = [
            (row, self._place[name], times)
            for row, (names, _, _) in enumerate(known.relations)
            for name, times in names.items()
            if times
        ]
        self._row, self._column, self._times = (
            np.array(part) for part in (zip(*rows, strict=True) if rows else ((), (), ()))
        )
        self._least = np.array([least for _, least, _ in known.relations], dtype=float)
        self._most = np.array([most for _, _, most in known.relations], dtype=float)
        self._parts: dict[frozenset[int], Part] = {}
        self._propagate()

    def _propagate(self) -> None:
        """Narrow all bounds by each relation in turn, until nothing moves."""
        if not len(self._row):
            return
        self._row, self._column = self._row.astype(int), self._column.astype(int)
        times, up = self._times.astype(float), self._times > 0
        for _ in range(_ROUNDS):
            low, high = self._low[self._column], self._high[self._column]
            smallest, largest = (
                times * np.where(up, low, high),
                times * np.where(up, high, low),
            )
            least = np.bincount(self._row, smallest, len(self._least))
            most = np.bincount(self._row, largest, len(self._least))
            if ((least > self._most) | (most < self._least)).any():
                raise Contradiction
            room_above = (self._most[self._row] - (least[self._row] - smallest)) / times
            room_below = (self._least[self._row] - (most[self._row] - largest)) / times
            highest = np.floor(np.where(up, room_above, room_below) + 1e-9)
            lowest = np.ceil(np.where(up, room_below, room_above) - 1e-9)
            before = self._low.copy(), self._high.copy()
            np.maximum.at(self._low, self._column, lowest)
            np.minimum.at(self._high, self._column, highest)
            if (self._low > self._high).any():
                raise Contradiction
            if (self._low == before[0]).all() and (self._high == before[1]).all():
                return

    def bounds(self, sums: Sum) -> tuple[int, int]:
        """Return bounds of a sum of numbers by propagation alone: it may be known closer."""
        low = high = 0.0
        for name, times in sums.items():
            ends = sorted(times * end for end in self._ends(name))
            low, high = low + ends[0], high + ends[1]
        return int(low), int(high)

    def _ends(self, name: Name) -> tuple[float, float]:
        place = self._place[name]
        return float(self._low[place]), float(self._high[place])

    def range_of(self, sums: Sum) -> tuple[int, int]:
        """Return the smallest and the largest value that a sum of numbers can have."""
        open_ones = {n: times for n, times in sums.items() if len(set(self._ends(n))) > 1}
        certain = sum(
            times * int(self._ends(n)[0]) for n, times in sums.items() if n not in open_ones
        )
        if not open_ones:
            return certain, certain
        part = self._part_of(open_ones)
        goal = np.zeros(len(part.columns))
        for name, times in open_ones.items():
            goal[part.place[self._place[name]]] += times
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * goal,
                constraints=part.constraints,
                integrality=np.ones(len(goal)),
                bounds=Bounds(self._low[part.columns], self._high[part.columns]),
            )
            if found.x is None:
                raise Contradiction
            ends.append(certain + round(sign * found.fun))
        return ends[0], ends[1]

    def _part_of(self, sums: Sum) -> Part:
        """Return the relations that have to do with numbers, through others not yet certain."""
        labels = frozenset(int(self._label[self._place[name]]) for name in sums)
        if labels not in self._parts:
            columns = np.flatnonzero(np.isin(self._label, list(labels)))
            self._parts[labels] = Part.of(self, columns)
        return self._parts[labels]

    @cached_property
    def _label(self) -> np.ndarray:
        """Which numbers hang together by relations; certain ones hang together with none."""
        from scipy.sparse.csgraph import connected_components

        open_ones = self._low < self._high
        kept = open_ones[self._column] if len(self._row) else np.array([], dtype=bool)
        size, rows = len(self._names), len(self._least)
        edges = csr_matrix(
            (np.ones(kept.sum()), (self._column[kept], size + self._row[kept])),
            shape=(size + rows, size + rows),
        )
        return connected_components(edges, directed=False)[1][:size]


@dataclass(frozen=True)
class Part:
    """Some of the numbers, with the relations between them."""

    columns: np.ndarray
    place: dict[int, int]
    constraints: LinearConstraint | None

    @classmethod
    def of(cls, solved: Solved, columns: np.ndarray) -> Part:
        """Take the numbers in these columns out; all others are certain, and are filled in."""
        place = {int(column): number for number, column in enumerate(columns)}
        inside = np.isin(solved._column, columns) if len(solved._row) else np.array([], dtype=bool)
        rows = np.unique(solved._row[inside]) if inside.any() else np.array([], dtype=int)
        if not len(rows):
            return cls(columns, place, None)
        number = {int(row): place for place, row in enumerate(rows)}
        in_rows = np.isin(solved._row, rows)
        filled = in_rows & ~inside
        known = np.bincount(
            [number[int(row)] for row in solved._row[filled]],
            solved._times[filled] * solved._low[solved._column[filled]],
            len(rows),
        )
        matrix = csr_matrix(
            (
                solved._times[inside].astype(float),
                (
                    [number[int(row)] for row in solved._row[inside]],
                    [place[int(column)] for column in solved._column[inside]],
                ),
            ),
            shape=(len(rows), len(columns)),
        )
        least, most = solved._least[rows] - known, solved._most[rows] - known
        return cls(columns, place, LinearConstraint(matrix, least, most))
