"""The times of stages that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import hidden_quarters, is_in, suppressed_parts
from kpi.disclosure.small import PRIMARY, SECONDARY, is_small
from kpi.periods import Quarter

_COUNTS, _TIMES = ["n", "persons"], ["median_days", "p90_days"]
_WITHIN = ["metric", "period", "outcome"]


def disclose_stages(stages: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the stage times that may be shown, with `suppressed`: primary, secondary or "".

    A row of few persons is hidden, and with it the other outcomes of its stage but "all", for all
    less one is the other. Counts alone (n, persons) are hidden where few did not pass the stage,
    where they differ by few from another stage's, and where few of all were neither on time nor
    late: the difference would tell of them. `results` are the disclosed ones; what is hidden there
    is hidden here. A norm made of few cases on time is hidden with them.
    """
    shown = stages.copy()
    small = is_small(shown["persons"], threshold)
    for _, rows in shown.groupby(["metric", "period", "stage"]):
        if small[rows.index].any():
            small[rows.index] |= rows["outcome"] != "all"
    shown["suppressed"] = small.map({True: PRIMARY, False: ""})
    shown.loc[is_in(shown, hidden_quarters(results)) & ~small, "suppressed"] = SECONDARY
    hidden = shown["suppressed"] != ""
    shown.loc[hidden, [*_COUNTS, *_TIMES]] = None
    shown.loc[_revealing(stages, threshold), _COUNTS] = None
    _hide_norms(shown)
    return shown.drop(columns="persons_not_passed")


def _hide_norms(shown: pd.DataFrame) -> None:
    """Hide the median of cases on time where that row is hidden, in all rows of its stage."""
    key = ["metric", "period", "stage"]
    met = shown[(shown["outcome"] == "met") & (shown["suppressed"] != "")]
    is_hidden = pd.MultiIndex.from_frame(shown[key]).isin(pd.MultiIndex.from_frame(met[key]))
    shown.loc[is_hidden & (shown["norm_from"] == "on_time_median"), "norm_days"] = None


def _revealing(stages: pd.DataFrame, threshold: int) -> pd.Series[bool]:
    """Tell the counts whose difference from the whole or from one another is few."""
    revealing = is_small(stages["persons_not_passed"], threshold)
    for _, rows in stages.groupby(_WITHIN if "outcome" in stages else _WITHIN[:2]):
        kept: list[int] = []
        for index, count in rows.loc[~revealing[rows.index], "n"].items():
            if any(0 < abs(count - other) < threshold for other in kept):
                revealing[revealing.index == index] = True
            else:
                kept.append(count)
    if "outcome" not in stages:
        return revealing
    for _, rows in stages.groupby(["metric", "period", "stage"]):
        by_outcome = rows.set_index("outcome")["n"]
        rest = by_outcome.get("all", 0) - by_outcome.drop("all", errors="ignore").sum()
        if 0 < rest < threshold and len(by_outcome) > 1:
            revealing[rows.index[rows["outcome"] == "all"]] = True
    return revealing


def disclose_stage_months(
    months: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the stage times by month that may be shown, with `suppressed`.

    The months of a quarter add up to it: where one is hidden, another is hidden with it. Counts
    alone are hidden as in `disclose_stages`.
    """
    shown = months.copy()
    quarters = months["period"].map(lambda month: str(Quarter.of_month(month)))
    shown["suppressed"] = suppressed_parts(
        months.assign(quarter=quarters),
        ["metric", "quarter", "stage"],
        ["persons"],
        threshold,
        is_in(months, hidden_quarters(results)),
    )
    shown.loc[shown["suppressed"] != "", [*_COUNTS, *_TIMES]] = None
    shown.loc[_revealing(months, threshold), _COUNTS] = None
    return shown.drop(columns="persons_not_passed")
