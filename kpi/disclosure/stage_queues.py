"""The queues that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import suppressed_parts

_FIGURES = ["queue", "persons", "median_age", "p90_age", "oldest_age"]


def disclose_stage_queues(queues: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the queues that may be shown, with `suppressed`.

    The stages of a day add up to the work under way, which other figures may tell: where one is
    hidden, another is hidden with it.
    """
    shown = queues.copy()
    shown["suppressed"] = suppressed_parts(queues, ["metric", "on_date"], ["persons"], threshold)
    shown.loc[shown["suppressed"] != "", _FIGURES] = None
    return shown
