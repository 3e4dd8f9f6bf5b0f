"""The results that may be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from kpi.disclosure.partition import Places, hide_with
from kpi.disclosure.sisters import sisters, withstand
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
    suppressed = shown["suppressed"].to_numpy(dtype=object).copy()
    persons = shown[list(_DECIDING)].fillna(0).to_numpy(dtype=int)
    sums, families = list(_sums(shown)), sisters(shown, suppressed, threshold)
    while True:
        before = suppressed.copy()
        for whole, parts in sums:
            if not suppressed[whole] and not hide_with(suppressed, persons, parts, threshold):
                suppressed[whole] = SECONDARY
        for family in families:
            family.protect()
        withstand(shown, suppressed, threshold)
        if (suppressed == before).all():
            break
    shown["suppressed"] = pd.Series(suppressed, shown.index, dtype="str")


def _sums(shown: pd.DataFrame) -> Iterator[tuple[int, Places]]:
    """Yield the place of each total that may be shown, and the places of the parts it adds up.

    The parts of a quarter are its months, those of any period the values of a group.
    """
    totals: dict[tuple[str, str], int] = {}
    months: dict[tuple[str, str], list[int]] = defaultdict(list)
    values: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    rows = zip(*(shown[name] for name in ("metric", "period", "period_kind", "group")), strict=True)
    for place, (metric, period, kind, group) in enumerate(rows):
        if group:
            values[metric, period, group.partition("=")[0]].append(place)
        else:
            totals[metric, period] = place
        if kind == "month":
            months[metric, str(Quarter.of_month(period))].append(place)
    for (metric, period, *_), parts in (*sorted(months.items()), *sorted(values.items())):
        if (metric, period) in totals:
            yield totals[metric, period], np.array(parts)


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
