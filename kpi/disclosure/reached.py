"""How far cases had come, as far as it may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import hidden_quarters, is_in
from kpi.disclosure.small import PRIMARY, SECONDARY


def disclose_reached(
    reached: pd.DataFrame, queues: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the weeks that may be shown, with `suppressed`.

    A number is hidden where few persons lie between it and the one shown before it, of the same
    step or of the same day: weeks of few are so merged into the next. Days on which the disclosed
    `queues` hide a stage are hidden as a whole, for the steps would tell it.
    """
    shown = reached.copy()
    shown["suppressed"] = ""
    for _, rows in reached.groupby(["metric", "period"], sort=False):
        _hide_small_differences(rows, shown, threshold)
    hidden = queues[queues["suppressed"] != ""]
    days = pd.MultiIndex.from_frame(hidden[["metric", "on_date"]])
    on_day = pd.MultiIndex.from_frame(reached[["metric", "on_date"]]).isin(days)
    whole = on_day | is_in(reached, hidden_quarters(results))
    shown.loc[whole & (shown["suppressed"] == ""), "suppressed"] = SECONDARY
    shown.loc[shown["suppressed"] != "", "cases"] = None
    return shown.drop(columns=["persons_new", "persons_between"])


def _hide_small_differences(rows: pd.DataFrame, shown: pd.DataFrame, threshold: int) -> None:
    """Go through the weeks: those of several hidden numbers are as many as of one, at least."""
    by_step: dict[str, int] = {}
    before: dict[str, int] = {}
    for _, day in rows.groupby("on_date", sort=True):
        between, above = 0, None
        columns = (day[name] for name in ("step", "cases", "persons_new", "persons_between"))
        for index, step, cases, persons_new, persons_between in zip(
            day.index, *columns, strict=True
        ):
            by_step[step] = max(by_step.get(step, 0), persons_new)
            between = max(between, persons_between)
            new = cases - before.get(step, 0)
            gap = 0 if above is None else above - cases
            if (new > 0 and by_step[step] < threshold) or (gap > 0 and between < threshold):
                shown.loc[index, "suppressed"] = PRIMARY
                continue
            by_step[step], before[step] = 0, cases
            between, above = 0, cases
