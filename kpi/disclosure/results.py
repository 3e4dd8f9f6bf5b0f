"""The results that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.sisters import protect_sisters, withstand
from kpi.disclosure.small import HIDDEN, PRIMARY, SECONDARY, is_small
from kpi.evaluate.results import PERSONS, RESULT_COLUMNS
from kpi.periods import Quarter

DISCLOSED_COLUMNS = (*RESULT_COLUMNS, "suppressed")
_OF_ENDED = ("median_days", "p90_days", "max_days", "median_net_days")
_FIGURES = (
    "n", "met", "missed", "not_yet_due", "unknown", "value", "lower", "upper", "numerator",
    "persons", *_OF_ENDED, "km_median_days", "open", "overdue",
)  # fmt: skip
_DECIDING = ("persons", "persons_met", "persons_missed", "persons_unknown", "persons_not_yet_due")


def disclose(results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the results that may be shown, with a column `suppressed`: primary, secondary or "".

    Every figure of a hidden row is null and its status "hidden". The distinct persons behind each
    outcome are removed. The input is not changed.
    """
    shown = results.copy()
    shown["suppressed"] = ""
    small = shown[list(_DECIDING)].apply(lambda counts: is_small(counts, threshold)).any(axis=1)
    shown.loc[small, "suppressed"] = PRIMARY
    _protect_sums(shown, threshold)
    shown = _without_revealing_weeks(shown)
    _hide_durations(shown, threshold)
    _hide_open(shown, threshold)
    hidden = shown["suppressed"] != ""
    shown.loc[hidden, [*_FIGURES, "denominator", "target"]] = None
    shown.loc[hidden, "status"] = HIDDEN
    return shown.drop(columns=list(PERSONS))[list(DISCLOSED_COLUMNS)].reset_index(drop=True)


def _protect_sums(shown: pd.DataFrame, threshold: int) -> None:
    """Hide more, over months, groups and metrics, until nothing more has to be hidden."""
    while True:
        before = shown["suppressed"].copy()
        _protect_months(shown, threshold)
        _protect_groups(shown, threshold)
        protect_sisters(shown, threshold)
        withstand(shown, threshold)
        if shown["suppressed"].equals(before):
            return


def _protect_months(shown: pd.DataFrame, threshold: int) -> None:
    """Where a month of a quarter is hidden, hide others with it: the quarter shows their sum."""
    months = shown[shown["period_kind"] == "month"]
    quarters = months["period"].map(
        lambda name: str(Quarter(int(name[:4]), (int(name[5:]) + 2) // 3))
    )
    for (metric, quarter), rows in months.groupby([months["metric"], quarters]):
        total = (shown["metric"] == metric) & (shown["period"] == quarter) & (shown["group"] == "")
        _hide_with(shown, rows.index, total, threshold)


def _protect_groups(shown: pd.DataFrame, threshold: int) -> None:
    """Where a value of a group is hidden, hide others with it: the total shows their sum."""
    grouped = shown[shown["group"] != ""]
    dimension = grouped["group"].map(lambda group: group.partition("=")[0])
    for (metric, period, _), rows in grouped.groupby(
        [grouped["metric"], grouped["period"], dimension]
    ):
        total = (shown["metric"] == metric) & (shown["period"] == period) & (shown["group"] == "")
        _hide_with(shown, rows.index, total, threshold)


def _hide_with(
    shown: pd.DataFrame, parts: pd.Index[int], total: pd.Series[bool], threshold: int
) -> None:
    """Hide further parts until the hidden ones together, which the total tells, are not few.

    They must be at least two, and no count of theirs may add up to 1 to `threshold - 1` persons.
    Where no part with persons is left to hide, the total is hidden.
    """
    while (shown.loc[total, "suppressed"] == "").any():
        is_hidden = shown.loc[parts, "suppressed"] != ""
        together = shown.loc[parts[is_hidden], list(_DECIDING)].sum()
        if not is_hidden.any() or (is_hidden.sum() > 1 and not is_small(together, threshold).any()):
            return
        left = shown.loc[parts[~is_hidden], "persons"].astype("Int64")
        left = left[left > 0]
        if left.empty:
            shown.loc[total, "suppressed"] = SECONDARY
        else:
            shown.loc[left.idxmin(), "suppressed"] = SECONDARY


def _without_revealing_weeks(shown: pd.DataFrame) -> pd.DataFrame:
    hidden = shown[shown["suppressed"] != ""]
    revealing = shown["metric"].isin(hidden["metric"]) & (shown["period_kind"] == "week")
    return shown[~revealing]


def _hide_durations(shown: pd.DataFrame, threshold: int) -> None:
    """Hide the times that few persons' cases took, though the row counts more persons."""
    shown.loc[is_small(shown["persons_timed"], threshold), list(_OF_ENDED)] = None
    shown.loc[is_small(shown["persons_ended"], threshold), "km_median_days"] = None


def _hide_open(shown: pd.DataFrame, threshold: int) -> None:
    """Hide both counts where the open, the overdue or their difference are few persons."""
    parts = shown[["persons_open", "persons_overdue", "persons_in_time"]]
    small = parts.apply(lambda counts: is_small(counts, threshold)).any(axis=1)
    shown.loc[small, ["open", "overdue"]] = None
