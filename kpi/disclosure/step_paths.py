"""The passages between steps that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import hidden_quarters, is_in
from kpi.disclosure.small import PRIMARY, SECONDARY, is_small

OTHER = "other steps"
_COUNTS = ["n", "cases", "persons"]


def disclose_step_paths(paths: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the passages that may be shown, with `suppressed` and `rounded_to`.

    Passages of few persons are hidden. As many passages enter a step as leave it, so exact counts
    of the others would tell of them: they are rounded to the nearest multiple of `rounded_to`. A
    step that no shown passage enters or leaves is named OTHER: it may be a note about a person.
    """
    shown = paths.copy()
    small = is_small(paths["persons"], threshold)
    whole = is_in(paths, hidden_quarters(results)) & ~small
    shown["suppressed"] = ""
    shown.loc[small, "suppressed"] = PRIMARY
    shown.loc[whole, "suppressed"] = SECONDARY
    shown["rounded_to"] = max(threshold, 1)
    for count in _COUNTS:
        rounded = (shown[count].astype("Int64") + threshold // 2) // max(threshold, 1)
        shown[count] = rounded * max(threshold, 1)
    shown.loc[small | whole, [*_COUNTS, "median_days"]] = None
    return _without_rare_names(shown, shown["suppressed"] == PRIMARY)


def _without_rare_names(paths: pd.DataFrame, small: pd.Series[bool]) -> pd.DataFrame:
    known = {"", *paths.loc[~small, "from_step"], *paths.loc[~small, "to_step"]}
    for step in ("from_step", "to_step"):
        paths[step] = paths[step].where(paths[step].isin(known), OTHER)
    again = paths.duplicated(["metric", "period", "from_step", "to_step"])
    return paths[~(again & small)].reset_index(drop=True)
