"""Parts of a whole that is shown: a hidden one must not be what the others leave over."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kpi.disclosure.small import PRIMARY, SECONDARY, is_small


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
    small = parts[list(counts)].apply(lambda count: is_small(count, threshold)).any(axis=1)
    suppressed = small.map({True: PRIMARY, False: ""}).astype("object")
    if hidden is not None:
        suppressed[hidden & ~small] = SECONDARY
    sizes = parts[counts[0]].astype("Int64").fillna(0)
    for _, rows in parts.groupby(list(by), sort=False):
        index = rows.index
        while (is_hidden := suppressed[index] != "").any():
            together = parts.loc[index[is_hidden], list(counts)].sum()
            if is_hidden.sum() > 1 and not is_small(together, threshold).any():
                break
            left = sizes[index[~is_hidden]]
            left = left[left > 0]
            if left.empty:
                break
            suppressed[left.sort_values(kind="stable").index[:1]] = SECONDARY
    return suppressed


def hidden_quarters(results: pd.DataFrame) -> pd.MultiIndex:
    """Return the metric and quarter or month of disclosed results that are hidden as a whole."""
    whole = results[(results["group"] == "") & (results["suppressed"] != "")]
    return pd.MultiIndex.from_frame(whole[["metric", "period"]])


def is_in(rows: pd.DataFrame, hidden: pd.MultiIndex) -> pd.Series[bool]:
    """Tell the rows whose metric and period are among the hidden."""
    return pd.Series(pd.MultiIndex.from_frame(rows[["metric", "period"]]).isin(hidden), rows.index)
