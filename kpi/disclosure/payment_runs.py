"""The weekdays of steps that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import suppressed_parts


def disclose_payment_runs(runs: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the steps by weekday that may be shown, with `suppressed`.

    The weekdays add up to the quarter's steps: where one is hidden, another is hidden with it.
    """
    shown = runs.copy()
    by = ["metric", "period", "step"]
    shown["suppressed"] = suppressed_parts(runs, by, ["persons"], threshold)
    shown.loc[shown["suppressed"] != "", ["days", "payments", "persons", "share"]] = None
    return shown
