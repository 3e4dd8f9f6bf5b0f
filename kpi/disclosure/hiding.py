"""What is too small to show, how it is hidden, and what must be hidden with it.

Rows that are parts of a whole which readers know must not leave a hidden one over. What is hidden,
and what goes with it, follows from the frame's contract (kpi.definitions.frames).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.frames import Column, Count, Figure, Frame, Rows
from kpi.periods import Quarter

PRIMARY, SECONDARY = "primary", "secondary"
"""Why a row is hidden: few persons lie behind it, or it would tell of one that is hidden."""
Counts = npt.NDArray[np.int_]
"""Persons: a row for each row of the frame, a column for each of its counts; null is nobody."""
Places = npt.NDArray[np.intp]
Reasons = npt.NDArray[np.object_]
"""Why each row is hidden: primary, secondary or ""."""


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


def _counts(rows: pd.DataFrame, columns: Sequence[str]) -> Counts:
    return rows[list(columns)].fillna(0).to_numpy(dtype=int)


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


def with_other_parts(
    frame: Frame,
    rows: pd.DataFrame,
    suppressed: pd.Series[Any],
    results: pd.DataFrame,
    threshold: int,
) -> pd.Series[Any]:
    """Hide further parts of each whole (Rows) until the whole less what is shown is not few.

    A whole is taken as known to the reader, unless it has only some of the parts and stands in the
    disclosed `results`, which hide it. While its hidden parts are fewer than two, or few persons
    together by one of the columns `decided_by`, the part with the fewest persons by the first of
    them (and any) is hidden with them. Where all are hidden nothing is left to tell.
    """
    reasons = suppressed.to_numpy(dtype=object).copy()
    persons = _counts(rows, frame.decided_by)
    wholes = [
        places
        for relation in frame.adds_up
        if isinstance(relation, Rows)
        for places in _wholes(frame, relation, rows)
        if not relation.parts or _stands(rows.iloc[places[:1]], relation, results)
    ]
    while True:
        before = reasons.copy()
        for places in wholes:
            hide_with(reasons, persons, places, threshold)
        if (reasons == before).all():
            return pd.Series(reasons, rows.index, dtype=object)


def _wholes(frame: Frame, relation: Rows, rows: pd.DataFrame) -> Iterator[Places]:
    """Yield where the parts of each whole stand."""
    by = [name for name in frame.keys if name != relation.over]
    keys = {name: rows[name] for name in by}
    if relation.by == "quarter":
        keys["quarter"] = rows["period"].map(quarter_of)
    is_part = rows[relation.over].isin(relation.parts) if relation.parts else None
    if relation.row is not None:
        is_part = rows[relation.over] != relation.row
    for places in pd.DataFrame(keys).groupby(list(keys), sort=False).indices.values():
        found = np.asarray(places)
        yield found if is_part is None else found[is_part.to_numpy(dtype=bool)[found]]


def _stands(part: pd.DataFrame, relation: Rows, results: pd.DataFrame) -> bool:
    """Tell whether the disclosed results show the whole that a part is of."""
    whole = results[results["group"] == ""].merge(part[["metric", "period"]])
    return bool(whole[list(relation.columns)].notna().all(axis=None))


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
    Figures behind which few persons stand are hidden alone, in any row; so is what belongs to a
    whole, where few stand behind it or `whole` says so. The reasons stand in the column
    `suppressed`, where the frame has one.
    """
    hidden, shown = suppressed != "", frame.typed(rows)
    for column in frame:
        if isinstance(column, Count | Figure) and column.name in rows:
            out = few_persons(rows, column.persons, threshold)
            if not column.of_the_whole:
                out |= hidden
            elif whole is not None:
                out |= whole
            instead = column.instead if isinstance(column, Figure) else None
            shown[column.name] = shown[column.name].mask(out, instead)
    if "suppressed" in frame:
        shown["suppressed"] = suppressed
    return shown.drop(columns=list(frame.inner))


def parts(frame: Frame, rows: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return rows that may be shown: with a part that is hidden, another of the same whole."""
    suppressed = by_itself(frame, rows, results, threshold)
    suppressed = with_other_parts(frame, rows, suppressed, results, threshold)
    return blanked(frame, rows, suppressed, threshold, hidden_in_results(frame, rows, results))


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
