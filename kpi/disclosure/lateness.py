"""The stages that made cases late, as far as they may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import hidden_quarters, is_in, suppressed_parts
from kpi.disclosure.small import PRIMARY, is_small

_FIGURES = ["late", "persons", "shared_days"]
_TOTALS = ["total_late", "total_days"]


def disclose_lateness(
    lateness: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the late cases by stage that may be shown, with `suppressed`.

    The stages add up to the totals: where one counts few persons, or few share in its days, it is
    hidden and another with it. Where few are late in all, everything is hidden, as it is where the
    disclosed `results` hide the quarter.
    """
    shown = lateness.copy()
    few = is_small(lateness["total_late"], threshold)
    whole = few | is_in(lateness, hidden_quarters(results))
    shown["suppressed"] = suppressed_parts(
        lateness, ["metric", "period"], ["persons", "persons_sharing"], threshold, whole
    )
    shown.loc[few, "suppressed"] = PRIMARY
    shown.loc[shown["suppressed"] != "", _FIGURES] = None
    shown.loc[whole, _TOTALS] = None
    return shown.drop(columns="persons_sharing")
