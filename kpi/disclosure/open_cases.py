"""The open cases that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.small import PRIMARY, SECONDARY, is_small
from kpi.evaluate.open_cases import WITHIN_LIMIT


def disclose_open_cases(open_cases: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the open cases by age, with a column `suppressed`: primary, secondary or "".

    A band of 1 to `threshold - 1` persons is hidden with its ages, and with it one that counts
    more, for the results show how many were open and how many overdue: one on the same side of the
    limit if there is one, then the one with the fewest persons. The input is not changed.
    """
    shown = open_cases.copy()
    small = is_small(shown["persons"], threshold)
    shown["suppressed"] = small.map({True: PRIMARY, False: ""})
    is_within = shown["band"] == WITHIN_LIMIT
    for _, bands in shown.groupby(["metric", "period"]):
        is_hidden = small[bands.index]
        others = bands[~is_hidden & (bands["persons"] > 0)]
        if is_hidden.any() and len(others):
            sides_of_hidden = is_within[bands.index[is_hidden]]
            other_side = ~is_within[others.index].isin(sides_of_hidden)
            second = others.assign(other_side=other_side).sort_values(["other_side", "persons"])
            shown.loc[second.index[0], "suppressed"] = SECONDARY
    ages_and_counts = ["n", "persons", "median_age_days", "oldest_age_days"]
    shown.loc[shown["suppressed"] != "", ages_and_counts] = None
    return shown
