"""What is too small to show, and how it is hidden.

What is hidden follows from the frame's contract (kpi.definitions.frames).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.frames import Column, Count, Figure, Frame
from kpi.definitions.shared_cases import Sum, sums_of, undecided
from kpi.params import Params
from kpi.periods import Cycle

PRIMARY, SECONDARY = "primary", "secondary"
"""Why a row is hidden: few persons lie behind it, or it would tell of one that is hidden."""
Counts = npt.NDArray[np.int_]
"""Persons: a row for each row of the frame, a column for each of its counts; null is nobody."""
Places = npt.NDArray[np.intp]
Reasons = npt.NDArray[np.object_]
"""Why each row is hidden: primary, secondary or ""."""


@dataclass(frozen=True)
class Care:
    """What may be shown: counts from `threshold` persons on, and what else parameters allow.

    `longest` shows the longest time and the oldest case, which are one person's. `all_missed` says
    where it may be told that nobody's case was met, which tells of everyone: nowhere, not in parts
    (months, groups), or everywhere. `cycle` is that of the periods reported, `sums` tells which
    metrics count each other's cases, `perhaps` which may do so.
    """

    threshold: int
    cycle: Cycle
    sums: Sequence[Sum]
    perhaps: Sequence[tuple[str, str]] = ()
    longest: bool = False
    all_missed: Literal["hidden", "hidden_in_parts", "shown"] = "hidden_in_parts"

    @classmethod
    def of(cls, params: Params) -> Care:
        """Return what the parameters of a report say."""
        said = params.report.disclosure
        longest, cycle = said.longest == "shown", params.quarter.cycle
        sums, perhaps = sums_in(params), undecided_in(params)
        return cls(said.hide_persons_below, cycle, sums, perhaps, longest, said.all_missed)


def sums_in(params: Params) -> Sequence[Sum]:
    """Return how the cases of a report's metrics add up, declared ones among them."""
    definitions = [params.definition(name) for name in params.metrics]
    return sums_of(definitions, {name: one.rule for name, one in params.metrics.items()})


def undecided_in(params: Params) -> Sequence[tuple[str, str]]:
    """Return the metrics of a report that may count each other's cases, which nobody can tell."""
    definitions = [params.definition(name) for name in params.metrics]
    return undecided(definitions, {name: one.rule for name, one in params.metrics.items()})


def is_small(persons: pd.Series[int], threshold: int) -> pd.Series[bool]:
    """Tell the counts of 1 to `threshold - 1` persons; null counts nobody."""
    return ((persons > 0) & (persons < threshold)).fillna(False).astype(bool)


def few_persons(rows: pd.DataFrame, columns: Sequence[str], threshold: int) -> pd.Series[bool]:
    """Tell the rows in which any of the columns counts few persons."""
    few = pd.Series(False, rows.index)
    for name in columns:
        few |= is_small(pd.to_numeric(rows[name]), threshold)
    return few


def hide_with(suppressed: Reasons, persons: Counts, places: Places, threshold: int) -> bool:
    """Hide further parts of a whole that is shown until the hidden ones together are not few.

    The parts are the rows at `places`. Returns False where no part with persons is left to hide.
    """
    while (is_hidden := suppressed[places] != "").any():
        together = persons[places[is_hidden]].sum(axis=0)
        if is_hidden.sum() > 1 and not _few(together, threshold).any():
            return True
        left = places[~is_hidden & (persons[places, 0] > 0)]
        if not len(left):
            return False
        suppressed[left[persons[left, 0].argmin()]] = SECONDARY
    return True


def _few(persons: Counts, threshold: int) -> npt.NDArray[np.bool_]:
    return (persons > 0) & (persons < threshold)


def hidden_in_results(frame: Frame, rows: pd.DataFrame, results: pd.DataFrame) -> pd.Series[bool]:
    """Tell the rows about a metric's quarter or month, or about a group, that the results hide.

    `results` are the disclosed ones; nothing where the frame is not hidden with them.
    """
    if not frame.with_results:
        return pd.Series(False, rows.index)
    keys = ["metric", "period", "group"]
    hidden = pd.MultiIndex.from_frame(results.loc[results["suppressed"] != "", keys])
    found = pd.MultiIndex.from_frame(rows.assign(group="")[keys]).isin(hidden)
    if frame.groups:
        name, value = frame.groups
        groups = rows[name].astype(str) + "=" + rows[value].astype(str)
        found |= pd.MultiIndex.from_frame(rows.assign(group=groups)[keys]).isin(hidden)
    return pd.Series(found, rows.index)


def by_itself(
    frame: Frame, rows: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.Series[Any]:
    """Tell why each row is hidden whatever stands beside it: primary, secondary or ""."""
    few = few_persons(rows, frame.decided_by, threshold)
    of_the_whole = [name for c in frame if _is_of_the_whole(c) for name in c.persons]
    others = hidden_in_results(frame, rows, results) | few_persons(rows, of_the_whole, threshold)
    reasons = np.where(few, PRIMARY, np.where(others, SECONDARY, "")).astype(object)
    return pd.Series(reasons, rows.index, dtype=object)


def _is_of_the_whole(column: Column) -> TypeGuard[Count | Figure]:
    return isinstance(column, Count | Figure) and column.of_the_whole


def blanked(
    frame: Frame,
    rows: pd.DataFrame,
    suppressed: pd.Series[Any],
    threshold: int,
    whole: pd.Series[bool] | None = None,
) -> pd.DataFrame:
    """Return rows without what is hidden, typed, and without the columns that never leave.

    In a row with a reason in `suppressed` every figure is null, or what its column says instead.
    Figures behind which few persons stand, or beyond which few do, are hidden alone, in any row; so
    is what belongs to a whole, where few stand behind it or `whole` says so. The reasons stand in
    the column `suppressed`, where the frame has one.
    """
    hidden, shown = suppressed != "", frame.typed(rows)
    for column in frame:
        if isinstance(column, Count | Figure) and column.name in rows:
            out = few_persons(rows, column.persons, threshold)
            if isinstance(column, Figure) and column.beyond is not None:
                out |= _few_beyond(rows, column, threshold)
            if not column.of_the_whole:
                out |= hidden
            elif whole is not None:
                out |= whole
            instead = column.instead if isinstance(column, Figure) else None
            shown[column.name] = shown[column.name].mask(out, instead)
    if "suppressed" in frame:
        shown["suppressed"] = suppressed
    return shown.drop(columns=list(frame.inner))


def _few_beyond(rows: pd.DataFrame, column: Figure, threshold: int) -> pd.Series[bool]:
    """Tell the rows in which a time is reached or passed by few persons: theirs, not a group's."""
    beyond = pd.to_numeric(rows[column.persons[0]]).fillna(0) * (column.beyond or 0)
    return (beyond < threshold) & bool(column.beyond)


def without_longest(frame: Frame, shown: pd.DataFrame) -> pd.DataFrame:
    """Return disclosed rows without the times that are one person's: the longest, the oldest."""
    longest = [c.name for c in frame if isinstance(c, Figure) and c.beyond == 0]
    return shown.assign(**{name: shown[name].mask(shown[name].notna()) for name in longest})
