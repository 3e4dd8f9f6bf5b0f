"""The frames whose rows tell of each other in ways of their own, as far as they may be shown.

Stages of the same cases, counted beside each other; what it would take, in which more stages hold
fewer; how far cases had come, week by week; the passages between steps.
"""

from __future__ import annotations

import pandas as pd

from kpi.definitions.frames import Frame
from kpi.disclosure.hiding import (
    PRIMARY,
    SECONDARY,
    blanked,
    by_itself,
    few_persons,
    hidden_in_results,
    is_small,
    parts,
)
from kpi.figures.what_it_would_take import FREE, KEPT

_STAGE_COUNTS = ["n", "persons"]


def compared(
    frame: Frame, rows: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the stage times that may be shown: parts of a whole, and counts that are compared.

    Counts alone (n, persons) are hidden where few did not pass the stage, where they differ by few
    from another stage's, and where few of all were neither on time nor late: the difference would
    tell of them. A norm made of few cases on time is hidden with them.
    """
    shown = parts(frame, rows, results, threshold)
    shown.loc[_revealing(frame, rows, threshold), _STAGE_COUNTS] = None
    if "norm_days" in frame:
        _hide_norms(shown)
    return shown


def _hide_norms(shown: pd.DataFrame) -> None:
    """Hide the median of cases on time where that row is hidden, in all rows of its stage."""
    key = ["metric", "period", "stage"]
    met = shown[(shown["outcome"] == "met") & (shown["suppressed"] != "")]
    is_hidden = pd.MultiIndex.from_frame(shown[key]).isin(pd.MultiIndex.from_frame(met[key]))
    shown.loc[is_hidden & (shown["norm_from"] == "on_time_median"), "norm_days"] = None


def _revealing(frame: Frame, stages: pd.DataFrame, threshold: int) -> pd.Series[bool]:
    """Tell the counts whose difference from the whole or from one another is few."""
    revealing = is_small(stages["persons_not_passed"], threshold)
    for _, rows in stages.groupby([name for name in frame.keys if name != "stage"]):
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


def nested(frame: Frame, rows: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the counterfactual shares that may be shown.

    What more stages, or runs let go, would have saved contains what fewer would: a row is hidden
    where its difference from such a row that is shown would tell of few persons.
    """
    few = pd.Series(False, rows.index)
    for _, quarter in rows.groupby(["metric", "period"], sort=False):
        ordered = quarter.assign(stages_count=quarter["stages"].map(_stages).map(len))
        ordered = ordered.sort_values(["stages_count", "runs"], kind="stable")
        kept: list[pd.Series[float]] = []
        for index, row in ordered.iterrows():
            if any(_tells(row, other, threshold) for other in kept):
                few |= rows.index == index
            else:
                kept.append(row)
    suppressed = few.map({True: PRIMARY, False: ""})
    suppressed[hidden_in_results(frame, rows, results) & ~few] = SECONDARY
    return blanked(frame, rows, suppressed, threshold)


def _stages(stages: str) -> set[str]:
    return set(stages.split("+")) - {""}


def _contains(row: pd.Series[float], other: pd.Series[float]) -> bool:
    """Tell whether what a row moves contains what another does: more stages, runs let go."""
    more, fewer = _stages(str(row["stages"])), _stages(str(other["stages"]))
    is_freer = str(row["runs"]) == FREE or str(other["runs"]) == KEPT
    return fewer <= more and (is_freer or not fewer)


def _tells(row: pd.Series[float], other: pd.Series[float], threshold: int) -> bool:
    """Tell whether two rows of which one contains the other differ by few persons."""
    if not (_contains(row, other) or _contains(other, row)):
        return False
    for count, persons in (("met", "persons_met"), ("missed", "persons_moved")):
        moved = abs(row[count] - other[count])
        if moved > 0 and abs(row[persons] - other[persons]) < threshold:
            return True
    return False


def running(
    frame: Frame,
    rows: pd.DataFrame,
    results: pd.DataFrame,
    queues: pd.DataFrame,
    threshold: int,
) -> pd.DataFrame:
    """Return the weeks that may be shown.

    A number is hidden where few persons lie between it and the one shown before it, of the same
    step or of the same day: weeks of few are so merged into the next. Days on which the disclosed
    `queues` hide a stage are hidden as a whole, for the steps would tell it.
    """
    suppressed = pd.Series("", rows.index, dtype=object)
    for _, of_quarter in rows.groupby(["metric", "period"], sort=False):
        _hide_small_differences(of_quarter, suppressed, threshold)
    hidden = queues[queues["suppressed"] != ""]
    days = pd.MultiIndex.from_frame(hidden[["metric", "on_date"]])
    on_day = pd.MultiIndex.from_frame(rows[["metric", "on_date"]]).isin(days)
    whole = on_day | hidden_in_results(frame, rows, results)
    suppressed[whole & (suppressed == "")] = SECONDARY
    return blanked(frame, rows, suppressed, threshold)


def _hide_small_differences(rows: pd.DataFrame, suppressed: pd.Series[str], threshold: int) -> None:
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
                suppressed.loc[index] = PRIMARY
                continue
            by_step[step], before[step] = 0, cases
            between, above = 0, cases


OTHER = "other steps"
_PATH_COUNTS = ["n", "cases", "persons"]


def rounded(
    frame: Frame, rows: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the passages that may be shown, with `rounded_to`.

    Passages of few persons are hidden. As many passages enter a step as leave it, so exact counts
    of the others would tell of them: they are rounded to the nearest multiple of `rounded_to`. A
    step that no shown passage enters or leaves is named OTHER: it may be a note about a person.
    """
    few = few_persons(rows, frame.decided_by, threshold)
    to = max(threshold, 1)
    counts = {
        name: (rows[name].astype("Int64") + threshold // 2) // to * to for name in _PATH_COUNTS
    }
    suppressed = by_itself(frame, rows, results, threshold)
    shown = blanked(frame, rows, suppressed, threshold)
    for name, count in counts.items():
        shown[name] = count.mask(suppressed != "")
    return _without_rare_names(shown.assign(rounded_to=to), few)


def _without_rare_names(paths: pd.DataFrame, small: pd.Series[bool]) -> pd.DataFrame:
    known = {"", *paths.loc[~small, "from_step"], *paths.loc[~small, "to_step"]}
    for step in ("from_step", "to_step"):
        paths[step] = paths[step].where(paths[step].isin(known), OTHER)
    again = paths.duplicated(["metric", "period", "from_step", "to_step"])
    return paths[~(again & small)].reset_index(drop=True)
