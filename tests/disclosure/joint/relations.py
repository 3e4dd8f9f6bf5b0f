"""Whole numbers that nobody shows, and relations between them: what they can be, all together.

Bounds are propagated through the relations first, which is fast and may leave a range too wide.
Where that leaves doubt, an integer program asks for the smallest and the largest value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

Name = Any
Sum = Mapping[Any, int]
"""Numbers added up, each so many times (or taken away, below zero)."""
MORE_THAN_ANY = 1_000_000
_ROUNDS = 60
_NEARLY = 1e-6
_IN_VAIN = 2
"""After so many rounds that find nothing each sum is asked for by itself."""


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
                raise Contradiction(getattr(locals().get("found"), "message", ""))
            room_above = (self._most[self._row] - (least[self._row] - smallest)) / times
            room_below = (self._least[self._row] - (most[self._row] - largest)) / times
            highest = np.floor(np.where(up, room_above, room_below) + 1e-9)
            lowest = np.ceil(np.where(up, room_below, room_above) - 1e-9)
            before = self._low.copy(), self._high.copy()
            np.maximum.at(self._low, self._column, lowest)
            np.minimum.at(self._high, self._column, highest)
            if (self._low > self._high).any():
                raise Contradiction(getattr(locals().get("found"), "message", ""))
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

    def ranges(self, sums: Mapping[str, Sum], enough: int) -> dict[str, tuple[int, int]]:
        """Return the smallest and the largest value of each sum.

        Of a sum with `enough` values or more, no more than that is found out: every answer of an
        integer program shows a value of each sum, and most need no program of their own.
        """
        goals: dict[str, dict[int, int]] = {}
        certain = dict.fromkeys(sums, 0)
        for what, counted in sums.items():
            goals[what] = {}
            for name, times in counted.items():
                place = self._place[name]
                if self._low[place] == self._high[place]:
                    certain[what] += times * int(self._low[place])
                else:
                    goals[what][place] = times
        ranges = {what: (sure, sure) for what, sure in certain.items()}
        goals = {what: counted for what, counted in goals.items() if counted}
        if not goals:
            return ranges
        part = Part.of(self, goals)
        part.look_about(enough)
        for what in goals:
            if part.width(what) + 1 < enough:
                part.decide(what, smallest=True)
                low = certain[what] + part.seen(what)[0]
                if low < enough and part.width(what) + 1 < enough:
                    part.decide(what, smallest=False)
            low, high = part.seen(what)
            ranges[what] = certain[what] + low, certain[what] + high
        return ranges


@dataclass
class Part:
    """Numbers that are not certain, the relations between them, and what their sums can be.

    All numbers but those in `columns` are certain, and are filled in. Each row of `goals` is a sum,
    `low` and `high` have its smallest and largest value that was found, `one_value` tells of sums
    that have no other.
    """

    constraints: LinearConstraint
    bounds: Bounds
    goal: dict[str, int]
    goals: csr_matrix
    low: np.ndarray
    high: np.ndarray
    one_value: np.ndarray

    @classmethod
    def of(cls, solved: Solved, sums: Mapping[str, Mapping[int, int]]) -> Part:
        """Take the numbers out that are not certain; `sums` are of those, by their places."""
        columns = np.flatnonzero(solved._low < solved._high)
        place = np.full(len(solved._low), -1)
        place[columns] = np.arange(len(columns))
        inside = (place >= 0)[solved._column] if len(solved._row) else np.array([], dtype=bool)
        rows, row = np.unique(solved._row[inside], return_inverse=True)
        times, column = solved._times[inside].astype(float), place[solved._column[inside]]
        matrix = csr_matrix((times, (row, column)), shape=(len(rows), len(columns)))
        number = np.full(len(solved._least), -1)
        number[rows] = np.arange(len(rows))
        filled = (number[solved._row] >= 0) & ~inside
        known = np.bincount(
            number[solved._row[filled]],
            solved._times[filled] * solved._low[solved._column[filled]],
            len(rows),
        )
        least, most = solved._least[rows] - known, solved._most[rows] - known
        entries = [
            (number, place[name], times)
            for number, counted in enumerate(sums.values())
            for name, times in counted.items()
        ]
        of_goal, of_column, weight = zip(*entries, strict=True)
        goals = csr_matrix((weight, (of_goal, of_column)), shape=(len(sums), len(columns)))
        return cls(
            LinearConstraint(matrix, least, most),
            Bounds(solved._low[columns], solved._high[columns]),
            {what: number for number, what in enumerate(sums)},
            goals,
            np.full(len(sums), np.inf),
            np.full(len(sums), -np.inf),
            np.full(len(sums), False),
        )

    def look_about(self, enough: int) -> None:
        """Find values of all sums at once, each pushed up or down by chance, while that finds more.

        What has `enough` values is pushed no more. Where all that is left cannot be pushed either
        way, by weights that nothing but chance decided, each of it has one value.
        """
        chances = np.random.default_rng(len(self.goal))
        narrow, in_vain = np.full(len(self.goal), True), 0
        while narrow.any() and in_vain < _IN_VAIN:
            weights = chances.choice([-1, 1], len(narrow)) * chances.uniform(1, 2, len(narrow))
            goal = np.asarray((weights * narrow) @ self.goals).ravel()
            ends = self._extreme(goal), -self._extreme(-goal)
            if abs(ends[1] - ends[0]) < _NEARLY:
                self.one_value = narrow
                return
            before, narrow = narrow, self.high - self.low + 1 < enough
            in_vain = in_vain + 1 if narrow.sum() == before.sum() else 0

    def width(self, what: str) -> int:
        """Return how far apart the values of a sum are that were found yet."""
        low, high = self.seen(what)
        return high - low

    def seen(self, what: str) -> tuple[int, int]:
        """Return the smallest and the largest value of a sum that was found yet."""
        number = self.goal[what]
        return int(self.low[number]), int(self.high[number])

    def decide(self, what: str, *, smallest: bool) -> None:
        """Find the smallest or the largest value of a sum, if it may be beyond what was found."""
        number = self.goal[what]
        if self.one_value[number]:
            return
        goal = self.goals[number].toarray().ravel()
        ends = np.where((goal > 0) == smallest, self.bounds.lb, self.bounds.ub)
        if goal @ ends != (self.low if smallest else self.high)[number]:
            self._extreme(goal if smallest else -goal)

    def _extreme(self, goal: np.ndarray) -> float:
        """Find the numbers with the smallest sum, each times its part of a goal; return it."""
        for whole in (0, 1):
            found = milp(
                goal,
                constraints=self.constraints,
                integrality=np.full(len(goal), whole),
                bounds=self.bounds,
            )
            if found.x is None:
                raise Contradiction
            if (abs(found.x - np.round(found.x)) < _NEARLY).all():
                break
        values = self.goals @ np.round(found.x)
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        return float(found.fun)
