"""What is hidden in one metric could be worked out from another that counts the same cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from kpi.disclosure.attack import read_as_attacker
from kpi.disclosure.small import SECONDARY
from kpi.metrics.sums import SUMS, Sum
from kpi.periods import Quarter

FAMILY = frozenset(metric for one in SUMS for metric in (one.whole, *one.parts))


def protect_sisters(shown: pd.DataFrame, threshold: int) -> None:
    """Hide more rows until no sum over metrics tells a count of 1 to `threshold - 1` cases."""
    counted = shown[shown["n"].notna()].reset_index()
    for _, rows in counted.groupby(["period", "group"], sort=False):
        period = _Period(shown, dict(zip(rows["metric"], rows["index"], strict=True)), threshold)
        for one in SUMS:
            if period.has(one):
                period.protect(one)


@dataclass(frozen=True)
class _Period:
    """The metrics of one period and group: `rows` has the row of each in `shown`."""

    shown: pd.DataFrame
    rows: dict[str, int]
    threshold: int

    def has(self, one: Sum) -> bool:
        return self.rows.keys() >= {one.whole, *one.parts}

    def visible(self, metrics: Iterable[str]) -> list[str]:
        return [name for name in metrics if self.shown.loc[self.rows[name], "suppressed"] == ""]

    def cases(self, metrics: Iterable[str]) -> int:
        return int(self.shown.loc[[self.rows[name] for name in metrics], "n"].sum())

    def hide_smallest(self, metrics: Sequence[str]) -> None:
        smallest = min(metrics, key=lambda name: self.cases([name]))
        self.shown.loc[self.rows[smallest], "suppressed"] = SECONDARY

    def protect(self, one: Sum) -> None:
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


def withstand(shown: pd.DataFrame, threshold: int) -> None:
    """Let the attacker try the sister metrics of each quarter, and hide more where it succeeds.

    A count of 1 to `threshold - 1` cases must keep at least `threshold` possible values.
    """
    members = shown[shown["metric"].isin(FAMILY) & shown["n"].notna()]
    for name in members.loc[members["period_kind"] == "quarter", "period"].unique():
        periods = [name, *Quarter.parse(name).months]
        rows = members.index[members["period"].isin(periods)]
        while _is_narrowed(shown.loc[rows], threshold):
            part = shown.loc[rows]
            visible = part[(part["suppressed"] == "") & (part["n"] > 0)]
            shown.loc[visible["n"].astype(int).idxmin(), "suppressed"] = SECONDARY


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
