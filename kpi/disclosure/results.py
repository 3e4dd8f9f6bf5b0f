"""The results that may be shown: exact, hidden where few, and where other figures would tell.

Figures of metrics that count the same cases (kpi.definitions.shared_cases), in one quarter, are
settled together: months and groups add up to their quarter, parts to their whole, and what is
hidden in one metric could be worked out from another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpi.definitions.frames import RESULTS
from kpi.definitions.shared_cases import ALL, Cell, Sum
from kpi.disclosure.attack import COUNTS, read_as_attacker
from kpi.disclosure.attack import Cell as Counted
from kpi.disclosure.hiding import (
    PRIMARY,
    SECONDARY,
    Care,
    Places,
    Reasons,
    blanked,
    few_persons,
    hide_with,
)
from kpi.periods import Cycle

Set = tuple[str, str]
"""The first by name of the metrics that count the same cases, and a reported period."""


def by_set(rows: pd.DataFrame, cycle: Cycle, sums: Sequence[Sum]) -> list[tuple[Set, pd.DataFrame]]:
    """Split results into the sets that are settled together, in the order of the rows.

    `sums` tells which metrics count each other's cases.
    """
    families = {name: family(name, sums) for name in rows["metric"].unique()}
    holding = {name: str(cycle.holding(name)) for name in rows["period"].unique()}
    keys = [rows["metric"].map(families), rows["period"].map(holding)]
    return [((str(name), str(of)), part) for (name, of), part in rows.groupby(keys, sort=False)]


def family(metric: str, sums: Sequence[Sum]) -> str:
    """Return the first by name of the metrics that count cases of this one, or of those."""
    together = {metric}
    while True:
        more = together.union(*(one.metrics for one in sums if together & one.metrics))
        if more == together:
            return min(together)
        together = more


def _in_sums(sums: Sequence[Sum]) -> frozenset[str]:
    return frozenset(metric for one in sums for metric in one.metrics)


def sisters(shown: pd.DataFrame, suppressed: Reasons, care: Care) -> list[Sisters]:
    """Return the metrics of each period and group that count the same cases."""
    together = _in_sums(care.sums).union(*care.perhaps)
    rows: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    keys = zip(shown["period"], shown["group"], shown["metric"], shown["n"].notna(), strict=True)
    for place, (period, group, metric, is_counted) in enumerate(keys):
        if is_counted and metric in together:
            rows[period, group][metric] = place
    counts = {name: shown[name].fillna(0).astype(int).tolist() for name in COUNTS}
    return [Sisters(suppressed, counts, places, care) for places in rows.values()]


@dataclass(frozen=True)
class Sisters:
    """The metrics of one period and group: `rows` has the place of each."""

    suppressed: Reasons
    counts: Mapping[str, list[int]]
    rows: dict[str, int]
    care: Care

    def has(self, one: Sum) -> bool:
        """Tell whether all metrics of a sum are there."""
        return self.rows.keys() >= one.metrics

    def visible(self, cells: Iterable[Cell]) -> list[Cell]:
        """Return the cells whose metrics are not hidden."""
        return [cell for cell in cells if not self.suppressed[self.rows[cell[0]]]]

    def cases(self, cells: Iterable[Cell]) -> int:
        """Count the cases of cells."""
        return sum(self.counts[count][self.rows[metric]] for metric, count in cells)

    def hide_smallest(self, cells: Sequence[Cell]) -> None:
        """Hide the metric with the fewest cases."""
        smallest, _ = min(cells, key=lambda cell: self.cases([(cell[0], ALL)]))
        self.suppressed[self.rows[smallest]] = SECONDARY

    def protect(self) -> None:
        """Hide more metrics until no sum tells a count of 1 to `threshold - 1` cases."""
        for one in self.care.sums:
            if self.has(one):
                self._protect(one)
        for pair in self.care.perhaps:
            if self.rows.keys() >= set(pair):
                self._keep_apart(pair)

    def _protect(self, one: Sum) -> None:
        """Hide metrics of one sum until what the others tell about the hidden ones is not few."""
        while self.visible([one.whole]):
            seen = self.visible(one.parts)
            hidden = [part for part in one.parts if part not in seen]
            told = self.cases([one.whole]) - self.cases(seen)
            is_told_alone = len(hidden) == 1 and not one.rest
            if not is_told_alone and (not told or self._room(told, hidden) >= self.care.threshold):
                return
            self.hide_smallest([part for part in seen if self.cases([part])] or [one.whole])
        if not one.rest and self.visible(one.parts) == list(one.parts):
            self.hide_smallest(one.parts)

    def _keep_apart(self, pair: tuple[str, str]) -> None:
        """Hide one of two metrics where their counts are few apart: few may be in one alone."""
        apart = (abs(self.cases([(pair[0], of)]) - self.cases([(pair[1], of)])) for of in COUNTS)
        seen = self.visible([(metric, ALL) for metric in pair])
        if len(seen) == len(pair) and any(0 < few < self.care.threshold for few in apart):
            self.hide_smallest(seen)

    def _room(self, told: int, hidden: Sequence[Cell]) -> int:
        """Count the cases that could be in either of the hidden parts.

        A visible part of a hidden part tells how many cases that one has at least.
        """
        inside = [one for one in self.care.sums if one.whole in hidden and self.has(one)]
        return told - sum(self.cases(self.visible(one.parts)) for one in inside)


def withstand(shown: pd.DataFrame, suppressed: Reasons, care: Care) -> None:
    """Let the attacker try the sister metrics of each period, and hide more where it succeeds.

    A count of 1 to `threshold - 1` cases must keep at least `threshold` possible values.
    """
    cases = shown["n"].fillna(0).astype(int).to_numpy()
    numbered = shown.assign(_place=range(len(shown)))
    members = numbered[shown["metric"].isin(_in_sums(care.sums)) & shown["n"].notna()]
    for _, rows in by_set(members[members["period_kind"] != "week"], care.cycle, care.sums):
        places = rows["_place"].to_numpy()
        while visible := [place for place in places if not suppressed[place] and cases[place] > 0]:
            if not _is_narrowed(rows.assign(suppressed=suppressed[places]), care):
                break
            suppressed[min(visible, key=cases.__getitem__)] = SECONDARY


def _is_narrowed(rows: pd.DataFrame, care: Care) -> bool:
    """Tell whether a hidden count of few cases is left too few possible values."""
    hidden = rows["suppressed"] != ""
    few = [
        (str(row["metric"]), str(row["period"]), str(row["group"]), count)
        for row in rows[hidden].to_dict("records")
        for count in _tried(rows, care)
        if not pd.isna(row[count]) and 0 < row[count] < care.threshold
    ]
    few += _few_left(rows, care)
    if not few:
        return False
    counts = {count: rows[count].mask(hidden) for count in COUNTS}
    told = read_as_attacker(rows.assign(**counts), care.cycle, care.sums)
    return any(told.narrow(few, care.threshold))


def _tried(rows: pd.DataFrame, care: Care) -> Sequence[str]:
    """Return the counts that other metrics may tell: the cases, or what became of them, too."""
    there = set(rows["metric"])
    told = {count for one in care.sums if one.metrics <= there for _, count in one.cells}
    return COUNTS if told - {ALL} else (ALL,)


def _few_left(rows: pd.DataFrame, care: Care) -> Iterator[Counted]:
    """Yield the few cases of a metric that none of its parts counts, as the attacker calls them."""
    of_key: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for row in rows.to_dict("records"):
        of_key[str(row["period"]), str(row["group"])][str(row["metric"])] = row
    for key, of_metric in of_key.items():
        for one in care.sums:
            if one.rest and of_metric.keys() >= one.metrics:
                whole, *parts = (_cases(of_metric[metric][count]) for metric, count in one.cells)
                if 0 < whole - sum(parts) < care.threshold:
                    yield (one.name_of_rest, *key, ALL)


def _cases(count: Any) -> int:
    return 0 if pd.isna(count) else int(count)


def disclose(results: pd.DataFrame, care: Care) -> pd.DataFrame:
    """Return the results that may be shown, with a column `suppressed`: primary, secondary or "".

    Every figure of a hidden row is null and its status "hidden". The distinct persons are removed.
    Weeks of metrics about persons are left out: months less whole weeks would tell of the few days
    between. The input is not changed.
    """
    threshold = care.threshold
    shown = results[_may_be_told(results, threshold)].reset_index(drop=True)
    small = few_persons(shown, RESULTS.decided_by, threshold) | _tells_of_all(shown, care)
    shown["suppressed"] = small.map({True: PRIMARY, False: ""})
    _protect_sums(shown, care)
    shown = blanked(RESULTS, shown, shown["suppressed"], threshold)
    published = [name for name in RESULTS.leaving if name in shown]
    return shown[published].reset_index(drop=True)


def _protect_sums(shown: pd.DataFrame, care: Care) -> None:
    """Hide more, over months, groups and metrics, until nothing more has to be hidden."""
    suppressed = shown["suppressed"].to_numpy(dtype=object).copy()
    persons = shown[list(RESULTS.decided_by)].fillna(0).to_numpy(dtype=int)
    threshold = care.threshold
    sums, families = list(_sums(shown, care.cycle)), sisters(shown, suppressed, care)
    while True:
        before = suppressed.copy()
        for whole, parts in sums:
            if not suppressed[whole] and not hide_with(suppressed, persons, parts, threshold):
                suppressed[whole] = SECONDARY
        for family in families:
            family.protect()
        withstand(shown, suppressed, care)
        if (suppressed == before).all():
            break
    shown["suppressed"] = pd.Series(suppressed, shown.index, dtype="str")


def _sums(shown: pd.DataFrame, cycle: Cycle) -> Iterator[tuple[int, Places]]:
    """Yield the place of each total that may be shown, and the places of the parts it adds up.

    The parts of a quarter or year are its months, those of any period the values of a group.
    """
    totals: dict[tuple[str, str], int] = {}
    months: dict[tuple[str, str], list[int]] = defaultdict(list)
    values: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    rows = zip(*(shown[name] for name in ("metric", "period", "period_kind", "group")), strict=True)
    for place, (metric, period, kind, group) in enumerate(rows):
        if group:
            values[metric, period, group.partition("=")[0]].append(place)
        else:
            totals[metric, period] = place
        if kind == "month" != cycle.kind:
            months[metric, str(cycle.holding(period))].append(place)
    for (metric, period, *_), parts in (*sorted(months.items()), *sorted(values.items())):
        if (metric, period) in totals:
            yield totals[metric, period], np.array(parts)


def _may_be_told(results: pd.DataFrame, threshold: int) -> pd.Series[bool]:
    """Tell the rows that are no weeks of persons; all, where nothing is hidden."""
    of_persons = (results["period_kind"] == "week") & results["persons"].notna()
    return ~of_persons if threshold > 1 else pd.Series(True, results.index)


def _tells_of_all(shown: pd.DataFrame, care: Care) -> pd.Series[bool]:
    """Tell the rows of persons whose cases were all missed, where that may not be told."""
    if care.all_missed == "shown" or care.threshold <= 1:
        return pd.Series(False, shown.index)
    cases, missed = (pd.to_numeric(shown[name]).fillna(0) for name in ("n", "missed"))
    everyone = shown["persons"].notna() & (missed > 0) & (missed == cases)
    if care.all_missed == "hidden":
        return everyone
    return everyone & ((shown["group"] != "") | (shown["period_kind"] != care.cycle.kind))
