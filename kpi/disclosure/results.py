"""What is too small to show, and how it is marked.

Parts of a whole that is shown: a hidden one must not be what the others leave over.

Figures that are settled together: of metrics that count the same cases, in one quarter.

What is hidden in one metric could be worked out from another that counts the same cases.

The results that may be shown.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.overlapping import SUMS, Sum
from kpi.disclosure.attack import read_as_attacker
from kpi.figures.results import PERSONS, RESULT_COLUMNS
from kpi.periods import Quarter

HIDDEN = "hidden"
PRIMARY, SECONDARY = "primary", "secondary"


def is_small(persons: pd.Series[int], threshold: int) -> pd.Series[bool]:
    """Tell the counts of 1 to `threshold - 1` persons; null counts nobody."""
    return ((persons > 0) & (persons < threshold)).fillna(False).astype(bool)


def few(persons: npt.NDArray[np.int_], threshold: int) -> npt.NDArray[np.bool_]:
    """Tell the same of counts without null."""
    return (persons > 0) & (persons < threshold)


def released(shown: pd.DataFrame) -> pd.DataFrame:
    """Return disclosed rows as they leave: which of them hold few persons is hidden, too.

    Of two hidden rows whose sum is known, the reason would tell how large each can be. The reasons
    stand in the columns whose names end with `suppressed`; a frame without one leaves as it is.
    """
    reasons = [name for name in shown.columns if str(name).endswith("suppressed")]
    hidden = {name: shown[name].where(shown[name] == "", HIDDEN) for name in reasons}
    return shown.assign(**hidden)


Counts = npt.NDArray[np.int_]
"""Persons: a row for each row of the frame, a column for each of its counts; null is nobody."""
Places = npt.NDArray[np.intp]
Reasons = npt.NDArray[np.object_]
"""Why each row is hidden: primary, secondary or ""."""


def suppressed_parts(
    parts: pd.DataFrame,
    by: Sequence[str],
    counts: Sequence[str],
    threshold: int,
    hidden: pd.Series[bool] | None = None,
) -> pd.Series[str]:
    """Tell of each part whether it is hidden: primary, secondary or "".

    Rows that agree in the columns `by` are the parts of one whole. A part is hidden where one of
    its `counts` is few persons, or where `hidden` says so. While the hidden parts of a whole are
    fewer than two, or few together by one of the counts, the part with the fewest persons by the
    first of the counts (and any) is hidden with them.
    """
    persons = parts[list(counts)].fillna(0).to_numpy(dtype=int)
    suppressed = np.where(few(persons, threshold).any(axis=1), PRIMARY, "").astype(object)
    if hidden is not None:
        suppressed[hidden.to_numpy(dtype=bool) & (suppressed == "")] = SECONDARY
    for places in parts.groupby(list(by), sort=False).indices.values():
        hide_with(suppressed, persons, np.asarray(places), threshold)
    return pd.Series(suppressed, parts.index, dtype=object)


def hide_with(suppressed: Reasons, persons: Counts, places: Places, threshold: int) -> bool:
    """Hide further parts of a whole that is shown until the hidden ones together are not few.

    The parts are the rows at `places`. Returns False where no part with persons is left to hide.
    """
    while (is_hidden := suppressed[places] != "").any():
        if is_hidden.sum() > 1 and not few(persons[places[is_hidden]].sum(axis=0), threshold).any():
            return True
        left = places[~is_hidden & (persons[places, 0] > 0)]
        if not len(left):
            return False
        suppressed[left[persons[left, 0].argmin()]] = SECONDARY
    return True


def hidden_quarters(results: pd.DataFrame) -> pd.MultiIndex:
    """Return the metric and quarter or month of disclosed results that are hidden as a whole."""
    whole = results[(results["group"] == "") & (results["suppressed"] != "")]
    return pd.MultiIndex.from_frame(whole[["metric", "period"]])


def is_in(rows: pd.DataFrame, hidden: pd.MultiIndex) -> pd.Series[bool]:
    """Tell the rows whose metric and period are among the hidden."""
    return pd.Series(pd.MultiIndex.from_frame(rows[["metric", "period"]]).isin(hidden), rows.index)


Set = tuple[str, str]
"""The first by name of the metrics that count the same cases, and a quarter."""


def by_set(rows: pd.DataFrame) -> list[tuple[Set, pd.DataFrame]]:
    """Split results into the sets that are settled together, in the order of the rows."""
    families = {name: family(name) for name in rows["metric"].unique()}
    quarters = {name: quarter_of(name) for name in rows["period"].unique()}
    keys = [rows["metric"].map(families), rows["period"].map(quarters)]
    return [((str(name), str(of)), part) for (name, of), part in rows.groupby(keys, sort=False)]


def family(metric: str) -> str:
    """Return the first by name of the metrics that count cases of this one, or of those."""
    together = {metric}
    while True:
        sums = [{one.whole, *one.parts} for one in SUMS if together & {one.whole, *one.parts}]
        more = together.union(*sums)
        if more == together:
            return min(together)
        together = more


def quarter_of(period: str) -> str:
    """Return the quarter of a quarter, a month, or a week's Thursday.

    >>> quarter_of("2019-W40"), quarter_of("2019-11")
    ('2019Q4', '2019Q4')
    """
    if "W" in period:
        year, _, week = period.partition("-W")
        return str(Quarter.of(dt.date.fromisocalendar(int(year), int(week), 4)))
    if "Q" in period:
        return period
    return str(Quarter.of(dt.date.fromisoformat(f"{period}-01")))


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


DISCLOSED_COLUMNS = (*RESULT_COLUMNS, "suppressed")
_OF_ENDED = ("median_days", "p90_days", "max_days", "median_net_days")
_FIGURES = (
    "n", "met", "missed", "not_yet_due", "unknown", "value", "lower", "upper", "numerator",
    "persons", *_OF_ENDED, "km_median_days", "open", "overdue",
)  # fmt: skip
_DECIDING = ("persons", "persons_met", "persons_missed", "persons_unknown", "persons_not_yet_due")


def disclose(results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the results that may be shown, with a column `suppressed`: primary, secondary or "".

    Every figure of a hidden row is null and its status "hidden". The distinct persons behind each
    outcome are removed. The input is not changed.
    """
    shown = results.copy()
    shown["suppressed"] = ""
    small = shown[list(_DECIDING)].apply(lambda counts: is_small(counts, threshold)).any(axis=1)
    shown.loc[small, "suppressed"] = PRIMARY
    _protect_sums(shown, threshold)
    shown = _without_revealing_weeks(shown)
    _hide_durations(shown, threshold)
    _hide_open(shown, threshold)
    hidden = shown["suppressed"] != ""
    shown.loc[hidden, [*_FIGURES, "denominator", "target"]] = None
    shown.loc[hidden, "status"] = HIDDEN
    return shown.drop(columns=list(PERSONS))[list(DISCLOSED_COLUMNS)].reset_index(drop=True)


def _protect_sums(shown: pd.DataFrame, threshold: int) -> None:
    """Hide more, over months, groups and metrics, until nothing more has to be hidden."""
    suppressed = shown["suppressed"].to_numpy(dtype=object).copy()
    persons = shown[list(_DECIDING)].fillna(0).to_numpy(dtype=int)
    sums, families = list(_sums(shown)), sisters(shown, suppressed, threshold)
    while True:
        before = suppressed.copy()
        for whole, parts in sums:
            if not suppressed[whole] and not hide_with(suppressed, persons, parts, threshold):
                suppressed[whole] = SECONDARY
        for family in families:
            family.protect()
        withstand(shown, suppressed, threshold)
        if (suppressed == before).all():
            break
    shown["suppressed"] = pd.Series(suppressed, shown.index, dtype="str")


def _sums(shown: pd.DataFrame) -> Iterator[tuple[int, Places]]:
    """Yield the place of each total that may be shown, and the places of the parts it adds up.

    The parts of a quarter are its months, those of any period the values of a group.
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
        if kind == "month":
            months[metric, str(Quarter.of_month(period))].append(place)
    for (metric, period, *_), parts in (*sorted(months.items()), *sorted(values.items())):
        if (metric, period) in totals:
            yield totals[metric, period], np.array(parts)


def _without_revealing_weeks(shown: pd.DataFrame) -> pd.DataFrame:
    hidden = shown[shown["suppressed"] != ""]
    revealing = shown["metric"].isin(hidden["metric"]) & (shown["period_kind"] == "week")
    return shown[~revealing]


def _hide_durations(shown: pd.DataFrame, threshold: int) -> None:
    """Hide the times that few persons' cases took, though the row counts more persons."""
    shown.loc[is_small(shown["persons_timed"], threshold), list(_OF_ENDED)] = None
    shown.loc[is_small(shown["persons_ended"], threshold), "km_median_days"] = None


def _hide_open(shown: pd.DataFrame, threshold: int) -> None:
    """Hide both counts where the open, the overdue or their difference are few persons."""
    parts = shown[["persons_open", "persons_overdue", "persons_in_time"]]
    small = parts.apply(lambda counts: is_small(counts, threshold)).any(axis=1)
    shown.loc[small, ["open", "overdue"]] = None
