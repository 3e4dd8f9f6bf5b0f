"""The circumstances that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import hidden_quarters, is_in, suppressed_parts
from kpi.disclosure.small import is_small
from kpi.evaluate.circumstances import AMOUNTS, PERSONS_BY_OUTCOME

_TIMES = ["median_days", "p90_days"]
_FIGURES = ["n", "met", "missed", "unknown", "lower", "upper", "persons", *_TIMES, *AMOUNTS]


def disclose_circumstances(
    rows: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the circumstances that may be shown, with `suppressed`.

    The values of a circumstance part the quarter's cases, whose counts the results show: where one
    is hidden, another is hidden with it. An office that the disclosed `results` hide is hidden here
    too, and so is a quarter. Times that few persons' cases took are hidden alone.
    """
    shown = rows.copy()
    offices = results[results["group"].str.startswith("office=") & (results["suppressed"] != "")]
    key = ["metric", "period", "group"]
    groups = rows.assign(group=rows["circumstance"] + "=" + rows["value"].astype(str))
    in_results = pd.MultiIndex.from_frame(groups[key]).isin(pd.MultiIndex.from_frame(offices[key]))
    shown["suppressed"] = suppressed_parts(
        rows,
        ["metric", "period", "circumstance"],
        ["persons", *PERSONS_BY_OUTCOME],
        threshold,
        is_in(rows, hidden_quarters(results)) | in_results,
    )
    shown.loc[is_small(rows["persons_ended"], threshold), _TIMES] = None
    shown.loc[shown["suppressed"] != "", _FIGURES] = None
    return shown.drop(columns=[*PERSONS_BY_OUTCOME, "persons_ended"])
