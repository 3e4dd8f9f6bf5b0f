"""Parts of a whole that is shown: a hidden one must not be what the others leave over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.disclosure.small import PRIMARY, SECONDARY, few

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
