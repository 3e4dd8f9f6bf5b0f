"""The times of stages that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.small import PRIMARY, is_small


def disclose_stages(stages: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the stage times, null where they rest on 1 to `threshold - 1` persons."""
    shown = stages.copy()
    small = is_small(shown["persons"], threshold)
    for (_, _), rows in shown.groupby(["period", "stage"]):
        if small.loc[rows.index].any():
            small.loc[rows.index] |= rows["outcome"] != "all"
    shown["suppressed"] = small.map({True: PRIMARY, False: ""})
    shown.loc[small, ["n", "persons", "median_workdays", "p90_workdays"]] = None
    return shown
