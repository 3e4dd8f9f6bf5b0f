"""The only door out: small counts of persons are hidden, and what would give them away.

A count of 1 to `threshold - 1` persons is hidden. A share is hidden where its numerator, its
complement or its unknown cases are that few persons. In a breakdown (months of a quarter, values of
a group) one hidden row alone could be worked out from the total, so a second one is hidden with it;
a weekly series with a hidden week is withheld as a whole. Zero is shown: it is nobody.
"""

from __future__ import annotations

import pandas as pd

from kpi.evaluate.results import PERSONS, RESULT_COLUMNS
from kpi.periods import Quarter

HIDDEN = "hidden"
PRIMARY, SECONDARY = "primary", "secondary"
DISCLOSED_COLUMNS = (*RESULT_COLUMNS, "suppressed")
_FIGURES = (
    "n", "met", "missed", "not_yet_due", "unknown", "value", "lower", "upper", "numerator",
    "persons", "median_days", "p90_days", "max_days", "open", "overdue",
)  # fmt: skip
_DECIDING = ("persons", "persons_met", "persons_missed", "persons_unknown", "persons_not_yet_due")


def disclose(results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the results that may be shown, with a column `suppressed`: primary, secondary or "".

    Every figure of a hidden row is null and its status "hidden". The distinct persons behind each
    outcome are removed. The input is not changed.
    """
    shown = results.copy()
    shown["suppressed"] = ""
    small = shown[list(_DECIDING)].apply(lambda counts: _is_small(counts, threshold)).any(axis=1)
    shown.loc[small, "suppressed"] = PRIMARY
    _protect_months(shown)
    _protect_groups(shown)
    shown = _without_revealing_weeks(shown)
    _hide_open(shown, threshold)
    hidden = shown["suppressed"] != ""
    shown.loc[hidden, [*_FIGURES, "denominator", "target"]] = None
    shown.loc[hidden, "status"] = HIDDEN
    return shown.drop(columns=list(PERSONS))[list(DISCLOSED_COLUMNS)].reset_index(drop=True)


def disclose_stages(stages: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the stage times, null where they rest on 1 to `threshold - 1` persons."""
    shown = stages.copy()
    small = _is_small(shown["persons"], threshold)
    for (_, _), rows in shown.groupby(["period", "stage"]):
        if small.loc[rows.index].any():
            small.loc[rows.index] |= rows["outcome"] != "all"
    shown["suppressed"] = small.map({True: PRIMARY, False: ""})
    shown.loc[small, ["n", "persons", "median_workdays", "p90_workdays"]] = None
    return shown


def _is_small(persons: pd.Series[int], threshold: int) -> pd.Series[bool]:
    return ((persons > 0) & (persons < threshold)).fillna(False).astype(bool)


def _protect_months(shown: pd.DataFrame) -> None:
    """Where one month of a quarter is hidden, hide a second: the quarter shows their sum."""
    months = shown[shown["period_kind"] == "month"]
    quarters = months["period"].map(
        lambda name: str(Quarter(int(name[:4]), (int(name[5:]) + 2) // 3))
    )
    for (metric, quarter), rows in months.groupby([months["metric"], quarters]):
        total = (shown["metric"] == metric) & (shown["period"] == quarter) & (shown["group"] == "")
        _hide_second(shown, rows.index, total)


def _protect_groups(shown: pd.DataFrame) -> None:
    """Where one value of a group is hidden, hide a second: the total shows their sum."""
    grouped = shown[shown["group"] != ""]
    dimension = grouped["group"].map(lambda group: group.partition("=")[0])
    for (metric, period, _), rows in grouped.groupby(
        [grouped["metric"], grouped["period"], dimension]
    ):
        total = (shown["metric"] == metric) & (shown["period"] == period) & (shown["group"] == "")
        _hide_second(shown, rows.index, total)


def _hide_second(shown: pd.DataFrame, parts: pd.Index[int], total: pd.Series[bool]) -> None:
    hidden = shown.loc[parts, "suppressed"] != ""
    total_is_shown = (shown.loc[total, "suppressed"] == "").any()
    if hidden.sum() != 1 or not total_is_shown:
        return
    others = shown.loc[parts][~hidden]
    with_persons = others[others["persons"] > 0]
    if len(with_persons):
        shown.loc[with_persons["persons"].astype(int).idxmin(), "suppressed"] = SECONDARY
    elif len(parts) == 1 or len(others):
        shown.loc[total, "suppressed"] = SECONDARY


def _without_revealing_weeks(shown: pd.DataFrame) -> pd.DataFrame:
    hidden = shown[shown["suppressed"] != ""]
    revealing = shown["metric"].isin(hidden["metric"]) & (shown["period_kind"] == "week")
    return shown[~revealing]


def _hide_open(shown: pd.DataFrame, threshold: int) -> None:
    small = _is_small(shown["persons_open"], threshold) | _is_small(
        shown["persons_overdue"], threshold
    )
    shown.loc[small, ["open", "overdue"]] = None
