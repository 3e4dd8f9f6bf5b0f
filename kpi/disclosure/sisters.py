"""What is hidden in one metric could be worked out from another that counts the same cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi.disclosure.attack import read_as_attacker
from kpi.disclosure.partition import Reasons
from kpi.disclosure.small import SECONDARY
from kpi.metrics.sums import SUMS, Sum
from kpi.periods import Quarter

FAMILY = frozenset(metric for one in SUMS for metric in (one.whole, *one.parts))


def sisters(shown: pd.DataFrame, suppressed: Reasons, threshold: int) -> list[Sisters]:
    """Return the metrics of each period and group that count the same cases."""
    rows: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    keys = zip(shown["period"], shown["group"], shown["metric"], shown["n"].notna(), strict=True)
    for place, (period, group, metric, is_counted) in enumerate(keys):
        if is_counted and metric in FAMILY:
            rows[period, group][metric] = place
    counts = shown["n"].fillna(0).astype(int).tolist()
    return [Sisters(suppressed, counts, places, threshold) for places in rows.values()]


@dataclass(frozen=True)
class Sisters:
    """The metrics of one period and group: `rows` has the place of each."""

    suppressed: Reasons
    counts: list[int]
    rows: dict[str, int]
    threshold: int

    def has(self, one: Sum) -> bool:
        """Tell whether all metrics of a sum are there."""
        return self.rows.keys() >= {one.whole, *one.parts}

    def visible(self, metrics: Iterable[str]) -> list[str]:
        """Return the metrics that are not hidden."""
        return [name for name in metrics if not self.suppressed[self.rows[name]]]

    def cases(self, metrics: Iterable[str]) -> int:
        """Count the cases of metrics."""
        return sum(self.counts[self.rows[name]] for name in metrics)

    def hide_smallest(self, metrics: Sequence[str]) -> None:
        """Hide the metric with the fewest cases."""
        smallest = min(metrics, key=lambda name: self.cases([name]))
        self.suppressed[self.rows[smallest]] = SECONDARY

    def protect(self) -> None:
        """Hide more metrics until no sum tells a count of 1 to `threshold - 1` cases."""
        for one in SUMS:
            if self.has(one):
                self._protect(one)

    def _protect(self, one: Sum) -> None:
        """Hide metrics of one sum until what the others tell about the hidden ones is not few."""
        while self.visible([one.whole]):
            seen = self.visible(one.parts)
            hidden = [part for part in one.parts if part not in seen]
            told = self.cases([one.whole]) - self.cases(seen)
            is_told_alone = len(hidden) == 1 and not one.rest
            if not is_told_alone and (not told or self._room(told, hidden) >= self.threshold):
                return
            self.hide_smallest([part for part in seen if self.cases([part])] or [one.whole])
        if not one.rest and self.visible(one.parts) == list(one.parts):
            self.hide_smallest(one.parts)

    def _room(self, told: int, hidden: Sequence[str]) -> int:
        """Count the cases that could be in either of the hidden parts.

        A visible part of a hidden part tells how many cases that one has at least.
        """
        inside = [one for one in SUMS if one.whole in hidden and self.has(one)]
        return told - sum(self.cases(self.visible(one.parts)) for one in inside)


def withstand(shown: pd.DataFrame, suppressed: Reasons, threshold: int) -> None:
    """Let the attacker try the sister metrics of each quarter, and hide more where it succeeds.

    A count of 1 to `threshold - 1` cases must keep at least `threshold` possible values.
    """
    counts = shown["n"].fillna(0).astype(int).to_numpy()
    members = np.flatnonzero(shown["metric"].isin(FAMILY) & shown["n"].notna())
    periods = shown["period"].iloc[members]
    for name in periods[shown["period_kind"].iloc[members] == "quarter"].unique():
        places = members[periods.isin([name, *Quarter.parse(name).months])]
        rows = shown.iloc[places]
        while _is_narrowed(rows.assign(suppressed=suppressed[places]), threshold):
            visible = [p for p in places if not suppressed[p] and counts[p] > 0]
            suppressed[min(visible, key=counts.__getitem__)] = SECONDARY


def _is_narrowed(rows: pd.DataFrame, threshold: int) -> bool:
    hidden = rows[(rows["suppressed"] != "") & rows["n"].between(1, threshold - 1)]
    keys = (hidden[name] for name in ("metric", "period", "group"))
    few = [*zip(*keys, strict=True), *_few_left(rows, threshold)]
    if not few:
        return False
    told = read_as_attacker(rows.assign(n=rows["n"].where(rows["suppressed"] == "")))
    for cell in few:
        low, high = told.range_of((*cell, "n"))
        if high - low + 1 < threshold:
            return True
    return False


def _few_left(rows: pd.DataFrame, threshold: int) -> Iterator[tuple[str, str, str]]:
    """Yield the few cases of a metric that none of its parts counts, as the attacker calls them."""
    keys = ["period", "group"]
    cases = rows.pivot_table(index=keys, columns="metric", values="n", aggfunc="first")
    for one in SUMS:
        if one.rest and {one.whole, *one.parts} <= set(cases.columns):
            left = cases[one.whole] - cases[list(one.parts)].sum(axis=1)
            few = left[left.between(1, threshold - 1)]
            yield from ((f"rest of {one.whole}", str(p), str(g)) for p, g in few.index)
