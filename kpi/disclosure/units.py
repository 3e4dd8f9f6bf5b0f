"""What a report tells together with those of other units: a unit is a whole less the others.

The report without a unit is taken for the whole, all units for its parts. Reports are made one
after the other, so each gives way to those that are there: figures of this report are hidden until
no hidden figure of any of them can be worked out, nor what is left of a whole is few, in hidden
months and groups as well: it is a unit whose report may follow. Only what the reports show is read,
so that whoever publishes can look again (`told_with_units`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.frames import RESULTS
from kpi.definitions.shared_cases import Sum
from kpi.definitions.statuses import HIDDEN
from kpi.disclosure.attack import Shown
from kpi.disclosure.hiding import SECONDARY, Care
from kpi.disclosure.results import by_set
from kpi.periods import Cycle

WHOLE = ""
REST = "of no unit"
"""Names the cases of a whole that are not of the units whose reports are there."""
OUTCOMES = ("n", "met", "missed", "unknown")
COUNTS = ("n", "met", "missed", "unknown", "not_yet_due", "open", "overdue")
_KEYS = ["metric", "period", "group"]
_NEARLY = 1e-6
Cell = tuple[str, str, str, str]
"""A unit, metric, period and group."""
Vector = npt.NDArray[np.float64]
"""The counts of a cell; null where there is none of a kind."""
Sums = Sequence[tuple[Cell, Sequence[Cell]]]
"""Wholes, and the parts that they are."""


def beside_units(
    shown: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    unit: str,
    care: Care,
    of_persons: Collection[str],
) -> pd.DataFrame:
    """Return disclosed results that tell of no few persons together with those of other units.

    `others` has the disclosed results of each other unit, the whole as "". Metrics that are not
    `of_persons` stay as they are. What other reports tell without this one is not mended.
    """
    hidden = {cell[1:] for one in _told(shown, others, unit, care, of_persons) for cell in one}
    if not hidden:
        return shown
    keys = pd.MultiIndex.from_frame(shown[_KEYS])
    out = keys.isin(sorted(hidden)) & (shown["suppressed"] == "")
    kept = shown.copy()
    for name in RESULTS.figures:
        if name in kept and name != "status":
            kept[name] = kept[name].mask(out)
    kept["status"] = kept["status"].mask(out, HIDDEN.id)
    kept["suppressed"] = kept["suppressed"].mask(out, SECONDARY)
    return kept


def told_with_units(
    shown: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    unit: str,
    care: Care,
    of_persons: Collection[str],
) -> int:
    """Count the figures of a report that, shown beside those of other units, tell of few."""
    return sum(len(one) for one in _told(shown, others, unit, care, of_persons))


def _told(
    shown: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    unit: str,
    care: Care,
    of_persons: Collection[str],
) -> Iterator[list[Cell]]:
    """Yield, set by set, the cells of this report that must be hidden."""
    if care.threshold <= 1 or not (others if unit == WHOLE else WHOLE in others):
        return
    sets: dict[tuple[str, str], dict[str, pd.DataFrame]] = defaultdict(dict)
    for name, rows in {**others, unit: shown}.items():
        counted = rows[rows["metric"].isin(of_persons) & (rows["period_kind"] != "week")]
        for key, part in by_set(counted, care.cycle, care.sums):
            sets[key][name] = part
    for released in sets.values():
        if unit in released and WHOLE in released and len(released) > 1:
            yield _Set.of(released, unit, care).hide()


@dataclass(frozen=True)
class ToldBy:
    """Sums that hold for some of the counts, and those in which cases are left that none counts."""

    counts: Sequence[int]
    sums: Sums
    rests: Sums


@dataclass
class _Set:
    """What all reports show of metrics that count the same cases, in one period."""

    unit: str
    threshold: int
    known: dict[Cell, Vector]
    hidden: set[Cell]
    told_by: list[ToldBy]

    @classmethod
    def of(cls, released: Mapping[str, pd.DataFrame], unit: str, care: Care) -> _Set:
        """Read the reports, the one of `unit` among them."""
        known: dict[Cell, Vector] = {}
        hidden: set[Cell] = set()
        for name, rows in released.items():
            counts = rows.reindex(columns=list(COUNTS)).astype(float).to_numpy()
            cells = [
                (name, str(metric), str(period), str(group))
                for metric, period, group in rows[_KEYS].itertuples(index=False)
            ]
            for cell, is_hidden, counted in zip(cells, rows["suppressed"], counts, strict=True):
                if is_hidden:
                    hidden.add(cell)
                elif not np.isnan(counted[0]):
                    known[cell] = np.nan_to_num(counted)
        cells = [*known, *sorted(hidden)]
        alike = [*_within(cells, care.cycle), *_over_units(cells)]
        whole = [one for one in care.sums if not one.rest]
        with_rest = [one for one in care.sums if one.rest]
        left = [(REST, *cell[1:]) for cell in cells if cell[0] == WHOLE]
        with_left = [(one, [*parts, (REST, *one[1:])]) for one, parts in _over_units(cells)]
        within = [*_within([*cells, *left], care.cycle)]
        told_by = [
            ToldBy(range(len(COUNTS)), alike, ()),
            ToldBy(range(len(COUNTS)), within, with_left),
        ]
        for place, count in enumerate(OUTCOMES):
            of_metrics, rests = (_over_metrics(cells, own, count) for own in (whole, with_rest))
            if of_metrics or rests:
                told_by.append(ToldBy([place], [*of_metrics, *alike], rests))
        return cls(unit, care.threshold, known, hidden.union(left), told_by)

    def hide(self) -> list[Cell]:
        """Return the cells of this report that are hidden, until nothing is told."""
        given_way: list[Cell] = []
        while True:
            own = (self._smallest(way) for told_by in self.told_by for way in self._leaks(told_by))
            found = next((cell for cell in own if cell), None)
            if found is None:
                return given_way
            del self.known[found]
            self.hidden.add(found)
            given_way.append(found)

    def _smallest(self, sums: Sums) -> Cell | None:
        """Return the smallest figure of this report, with cases, that sums tell by."""
        cells = {
            cell
            for whole, parts in sums
            for cell in (whole, *parts)
            if cell[0] == self.unit and cell in self.known and self.known[cell][0] > 0
        }
        return min(cells, key=lambda cell: (self.known[cell][0], cell), default=None)

    def _leaks(self, by: ToldBy) -> Iterator[Sums]:
        """Yield the sums by which something is told: of each one, those that hold it."""
        for one in by.sums:
            if self._is_few(one, by.counts):
                yield [one]
        sums = [*by.sums, *by.rests]
        for cell in chain(self._determined(by), self._narrowed(by)):
            own = [one for one in sums if cell in (one[0], *one[1])]
            yield own if self._smallest(own) else list(sums)

    def _is_few(self, one: tuple[Cell, Sequence[Cell]], counts: Sequence[int]) -> bool:
        """Tell whether what is left of a shown whole is few, whoever it belongs to."""
        whole, parts = one
        if whole not in self.known:
            return False
        is_over_units = whole[0] != parts[0][0]
        if not is_over_units and not any(part in self.hidden for part in parts):
            return False
        left = self.known[whole] - sum(
            (self.known[part] for part in parts if part in self.known), np.zeros(len(COUNTS))
        )
        told = left[list(counts)]
        return bool(((told > 0) & (told < self.threshold)).any())

    def _narrowed(self, by: ToldBy) -> Iterator[Cell]:
        """Yield the hidden cells that are known to be few, or nearly so, and to be somebody.

        A count that may be 1 to `threshold - 1` cases must keep as many possible values; so must
        the cases of a metric that no other counts.
        """
        sums = [*by.sums, *by.rests]
        named = {cell for whole, parts in sums for cell in (whole, *parts)}
        hidden = sorted(named - self.known.keys())
        for count in by.counts[: len(OUTCOMES)]:
            told = {cell: float(counts[count]) for cell, counts in self.known.items()}
            shown = Shown({**dict.fromkeys(hidden), **told})
            for whole, parts in sums:
                shown.add(whole, parts)
            for cell, low, high in shown.narrow(hidden, self.threshold):
                if high >= 1 and low < self.threshold:
                    yield cell
                    break

    def _determined(self, by: ToldBy) -> Iterator[Cell]:
        """Yield the hidden cells that the sums leave one value, other than nobody."""
        sums, count = by.sums, by.counts[0]
        named = {cell for whole, parts in sums for cell in (whole, *parts)}
        unknown = sorted(self.hidden & named)
        if not unknown:
            return
        place = {cell: number for number, cell in enumerate(unknown)}
        matrix = np.zeros((len(sums), len(unknown)))
        told = np.zeros((len(sums), len(COUNTS)))
        for row, (whole, parts) in enumerate(sums):
            for cell, sign in ((whole, 1.0), *((part, -1.0) for part in parts)):
                if cell in place:
                    matrix[row, place[cell]] += sign
                else:
                    told[row] -= sign * self.known[cell]
        _, sizes, ways = np.linalg.svd(matrix)
        free = ways[(sizes > _NEARLY).sum() :]
        values = np.linalg.lstsq(matrix, told, rcond=None)[0]
        for cell, number in place.items():
            if not (abs(free[:, number]) > _NEARLY).any() and values[number][count] > 0.5:
                yield cell


def _within(cells: Sequence[Cell], cycle: Cycle) -> Iterator[tuple[Cell, Sequence[Cell]]]:
    """Yield the sums within each report: months of a reported period, values of a group."""
    there = set(cells)
    parts: dict[tuple[Cell, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        unit, metric, period, group = cell
        if group:
            parts[(unit, metric, period, ""), group.partition("=")[0]].append(cell)
        elif (holding := str(cycle.holding(period))) != period:
            parts[(unit, metric, holding, ""), "month"].append(cell)
    yield from ((whole, found) for (whole, _), found in parts.items() if whole in there)


def _over_units(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Sequence[Cell]]]:
    """Yield what the same cells of all units add up to: the whole's."""
    parts: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell[0] != WHOLE:
            parts[cell[1:]].append(cell)
    wholes = (cell for cell in cells if cell[0] == WHOLE and cell[1:] in parts)
    yield from ((whole, parts[whole[1:]]) for whole in wholes)


def _over_metrics(
    cells: Sequence[Cell], sums: Sequence[Sum], count: str
) -> list[tuple[Cell, Sequence[Cell]]]:
    """Return the metrics whose cases, or those that are met, say, are those of several others.

    Where some are left over, these are a hidden cell of their own.
    """
    there = set(cells)
    of_count = [one for one in sums if all(own == count for _, own in one.cells)]
    found: list[tuple[Cell, Sequence[Cell]]] = []
    for unit, period, group in sorted({(unit, p, g) for unit, _, p, g in cells}):
        for one in of_count:
            whole, *parts = ((unit, metric, period, group) for metric, _ in one.cells)
            if there >= {whole, *parts}:
                left = [(unit, one.name_of_rest, period, group)] if one.rest else []
                found.append((whole, [*parts, *left]))
    return found
