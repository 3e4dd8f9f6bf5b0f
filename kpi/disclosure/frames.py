"""The circumstances that may be shown.

What it would take, as far as it may be shown.

What the rows set aside or in doubt would change, as far as it may be shown.

The stages that made cases late, as far as they may be shown.

The open cases that may be shown.

The outlooks that may be shown.

Both ways of counting, and what their difference may tell.

The weekdays of steps that may be shown.

How far cases had come, as far as it may be shown.

The queues that may be shown.

The times of stages that may be shown.

The passages between steps that may be shown.

Where cases get stuck, as far as it may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kpi.disclosure.results import (
    HIDDEN,
    PRIMARY,
    SECONDARY,
    disclose,
    hidden_quarters,
    is_in,
    is_small,
    suppressed_parts,
)
from kpi.figures.circumstances import AMOUNTS, PERSONS_BY_OUTCOME
from kpi.figures.durations import WITHIN_LIMIT
from kpi.figures.effect import EFFECT_COLUMNS, OF_A_PART, PERSONS
from kpi.figures.outlook import OUTLOOK_COLUMNS
from kpi.figures.outlook import PERSONS as OUTLOOK_PERSONS
from kpi.figures.scenarios import OTHER_WAYS
from kpi.figures.what_it_would_take import FREE, KEPT
from kpi.periods import Quarter

_MEDIAN_AND_P90 = ["median_days", "p90_days"]
_OF_CIRCUMSTANCES = [
    "n",
    "met",
    "missed",
    "unknown",
    "lower",
    "upper",
    "persons",
    *_MEDIAN_AND_P90,
    *AMOUNTS,
]


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
    shown.loc[is_small(rows["persons_ended"], threshold), _MEDIAN_AND_P90] = None
    shown.loc[shown["suppressed"] != "", _OF_CIRCUMSTANCES] = None
    return shown.drop(columns=[*PERSONS_BY_OUTCOME, "persons_ended"])


_OF_COUNTERFACTUAL = ["n", "met", "missed", "unknown", "lower", "upper"]


def disclose_counterfactual(
    rows: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the counterfactual shares that may be shown, with `suppressed`.

    What more stages, or runs let go, would have saved contains what fewer would: a row is hidden
    where its difference from such a row that is shown would tell of few persons.
    """
    shown = rows.copy()
    shown["suppressed"] = ""
    for _, quarter in rows.groupby(["metric", "period"], sort=False):
        ordered = quarter.assign(stages_count=quarter["stages"].map(_parts).map(len))
        ordered = ordered.sort_values(["stages_count", "runs"], kind="stable")
        kept: list[pd.Series[float]] = []
        for index, row in ordered.iterrows():
            if any(_tells(row, other, threshold) for other in kept):
                shown.loc[index, "suppressed"] = PRIMARY
            else:
                kept.append(row)
    whole = is_in(rows, hidden_quarters(results)) & (shown["suppressed"] == "")
    shown.loc[whole, "suppressed"] = SECONDARY
    shown.loc[shown["suppressed"] != "", _OF_COUNTERFACTUAL] = None
    return shown.drop(columns=["persons_moved", "persons_met"])


def _parts(stages: str) -> set[str]:
    return set(stages.split("+")) - {""}


def _contains(row: pd.Series[float], other: pd.Series[float]) -> bool:
    """Tell whether what a row moves contains what another does: more stages, runs let go."""
    more, fewer = _parts(str(row["stages"])), _parts(str(other["stages"]))
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


NEGLIGIBLE = 0.01
_OF_EFFECT = ("n", "value", "lower", "upper")
_NAMED = ("verdict", "rule")


def disclose_effect(effect: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the effects that may be shown, without persons; `results` are the disclosed ones.

    A way of counting is hidden where its difference from the figure tells of 1 to `threshold - 1`
    persons, and everything where the figure is hidden. The input is not changed.

    Returns:
        EFFECT_COLUMNS, `low` and `high` (between which the figure lies in every way of counting;
        null where one is hidden), and for each way `<way>_suppressed` (primary, secondary or "")
        and `<way>_moves_less_than`: 0.01 for a hidden change of a share that is smaller, where any
        change by so few cases would be.
    """
    shown = effect[list(EFFECT_COLUMNS)].copy()
    of_quarters = results[(results["group"] == "") & (results["suppressed"] != "")]
    hidden = set(zip(of_quarters["metric"], of_quarters["period"], strict=True))
    named = list(zip(shown["metric"], shown["period"], strict=True))
    is_hidden = pd.Series([one in hidden for one in named], shown.index, dtype=bool)
    for way, persons in zip(OTHER_WAYS, PERSONS, strict=True):
        few = is_small(effect[persons].astype("Int64"), threshold)
        shown[f"{way}_suppressed"] = few.map({True: PRIMARY, False: ""})
        shown.loc[is_hidden, f"{way}_suppressed"] = SECONDARY
        negligible = few & ~is_hidden & _is_negligible(effect, way, threshold)
        shown[f"{way}_moves_less_than"] = negligible.map({True: NEGLIGIBLE, False: None})
        _hide(shown, few | is_hidden, [f"{way}_{what}" for what in OF_A_PART])
    _hide(shown, is_hidden, [*_OF_EFFECT, "verdict"])
    return _with_range(shown)


def _is_negligible(effect: pd.DataFrame, way: str, threshold: int) -> pd.Series[bool]:
    """Tell changes of a share below 0.01, where a case for each of few persons makes no more."""
    change = pd.concat(
        [(effect[f"{way}_{bound}"] - effect[bound]).abs() for bound in ("lower", "upper")], axis=1
    ).max(axis=1)
    is_large = effect["n"].astype(float) * NEGLIGIBLE > threshold - 1
    return (effect["unit"] == "share") & is_large & (change < NEGLIGIBLE)


def _hide(shown: pd.DataFrame, rows: pd.Series[bool], columns: list[str]) -> None:
    words = [column for column in columns if column.rpartition("_")[2] in _NAMED]
    shown.loc[rows, words] = ""
    shown.loc[rows, [column for column in columns if column not in words]] = None


def _with_range(shown: pd.DataFrame) -> pd.DataFrame:
    is_whole = (shown[[f"{way}_suppressed" for way in OTHER_WAYS]] == "").all(axis=1)
    bounds = {
        bound: shown[[bound, *(f"{way}_{bound}" for way in OTHER_WAYS)]].astype(float)
        for bound in ("lower", "upper")
    }
    return shown.assign(
        low=bounds["lower"].min(axis=1).where(is_whole),
        high=bounds["upper"].max(axis=1).where(is_whole),
    )


_OF_LATENESS = ["late", "persons", "shared_days"]
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
    shown.loc[shown["suppressed"] != "", _OF_LATENESS] = None
    shown.loc[whole, _TOTALS] = None
    return shown.drop(columns="persons_sharing")


def disclose_open_cases(open_cases: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the open cases by age, with a column `suppressed`: primary, secondary or "".

    A band of 1 to `threshold - 1` persons is hidden with its ages, and with it one that counts
    more, for the results show how many were open and how many overdue: one on the same side of the
    limit if there is one, then the one with the fewest persons. The input is not changed.
    """
    shown = open_cases.copy()
    small = is_small(shown["persons"], threshold)
    shown["suppressed"] = small.map({True: PRIMARY, False: ""})
    is_within = shown["band"] == WITHIN_LIMIT
    for _, bands in shown.groupby(["metric", "period"]):
        is_hidden = small[bands.index]
        others = bands[~is_hidden & (bands["persons"] > 0)]
        if is_hidden.any() and len(others):
            sides_of_hidden = is_within[bands.index[is_hidden]]
            other_side = ~is_within[others.index].isin(sides_of_hidden)
            second = others.assign(other_side=other_side).sort_values(["other_side", "persons"])
            shown.loc[second.index[0], "suppressed"] = SECONDARY
    ages_and_counts = ["n", "persons", "median_age_days", "oldest_age_days"]
    shown.loc[shown["suppressed"] != "", ages_and_counts] = None
    return shown


def disclose_outlook(outlook: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the outlook that may be shown: without persons, null where it rests on few of them.

    A row is hidden (status "hidden") where 1 to `threshold - 1` persons stand behind one of its
    counts. The input is not changed.
    """
    few = (
        outlook[list(OUTLOOK_PERSONS)].apply(lambda counts: is_small(counts, threshold)).any(axis=1)
    )
    shown = outlook[list(OUTLOOK_COLUMNS)].copy()
    figures = OUTLOOK_COLUMNS[OUTLOOK_COLUMNS.index("decided") : -1]
    shown.loc[few, list(figures)] = None
    shown.loc[few, "status"] = HIDDEN
    return shown


_NO_FIGURES = ("metric", "version", "period", "period_kind", "group", "unit", "direction")


def disclose_overlap(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return both series that may be shown, with the `difference` between them."""
    return with_differences(disclose_versions(versions, threshold))


def disclose_versions(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return series of the same quarters that may be shown, as `disclose` returns results."""
    return disclose(hide_few_differences(versions, threshold), threshold)


def hide_few_differences(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Hide a series that would tell, by its difference from another, of a few persons.

    Where `persons_moved` is 1 to `threshold - 1` all figures are null and the status is "hidden".
    The input is not changed.
    """
    shown = versions.copy()
    few = is_small(versions["persons_moved"], threshold)
    shown.loc[few, [name for name in versions.columns if name not in _NO_FIGURES]] = None
    shown.loc[few, "status"] = HIDDEN
    return shown


def with_differences(disclosed: pd.DataFrame) -> pd.DataFrame:
    """Add `difference` to disclosed series: the value less that of the version before.

    Null for the first version, and where either value is hidden or absent.
    """
    by_quarter = disclosed.groupby(["metric", "period"], sort=False)["value"]
    return disclosed.assign(difference=by_quarter.diff())


def disclose_payment_runs(runs: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the steps by weekday that may be shown, with `suppressed`.

    The weekdays add up to the quarter's steps: where one is hidden, another is hidden with it.
    """
    shown = runs.copy()
    by = ["metric", "period", "step"]
    shown["suppressed"] = suppressed_parts(runs, by, ["persons"], threshold)
    shown.loc[shown["suppressed"] != "", ["days", "payments", "persons", "share"]] = None
    return shown


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


_OF_QUEUES = ["queue", "persons", "median_age", "p90_age", "oldest_age"]


def disclose_stage_queues(queues: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the queues that may be shown, with `suppressed`.

    The stages of a day add up to the work under way, which other figures may tell: where one is
    hidden, another is hidden with it.
    """
    shown = queues.copy()
    shown["suppressed"] = suppressed_parts(queues, ["metric", "on_date"], ["persons"], threshold)
    shown.loc[shown["suppressed"] != "", _OF_QUEUES] = None
    return shown


_STAGE_COUNTS, _STAGE_TIMES = ["n", "persons"], ["median_days", "p90_days"]
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
    shown.loc[hidden, [*_STAGE_COUNTS, *_STAGE_TIMES]] = None
    shown.loc[_revealing(stages, threshold), _STAGE_COUNTS] = None
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
    shown.loc[shown["suppressed"] != "", [*_STAGE_COUNTS, *_STAGE_TIMES]] = None
    shown.loc[_revealing(months, threshold), _STAGE_COUNTS] = None
    return shown.drop(columns="persons_not_passed")


OTHER = "other steps"
_PATH_COUNTS = ["n", "cases", "persons"]


def disclose_step_paths(paths: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the passages that may be shown, with `suppressed` and `rounded_to`.

    Passages of few persons are hidden. As many passages enter a step as leave it, so exact counts
    of the others would tell of them: they are rounded to the nearest multiple of `rounded_to`. A
    step that no shown passage enters or leaves is named OTHER: it may be a note about a person.
    """
    shown = paths.copy()
    small = is_small(paths["persons"], threshold)
    whole = is_in(paths, hidden_quarters(results)) & ~small
    shown["suppressed"] = ""
    shown.loc[small, "suppressed"] = PRIMARY
    shown.loc[whole, "suppressed"] = SECONDARY
    shown["rounded_to"] = max(threshold, 1)
    for count in _PATH_COUNTS:
        rounded = (shown[count].astype("Int64") + threshold // 2) // max(threshold, 1)
        shown[count] = rounded * max(threshold, 1)
    shown.loc[small | whole, [*_PATH_COUNTS, "median_days"]] = None
    return _without_rare_names(shown, shown["suppressed"] == PRIMARY)


def _without_rare_names(paths: pd.DataFrame, small: pd.Series[bool]) -> pd.DataFrame:
    known = {"", *paths.loc[~small, "from_step"], *paths.loc[~small, "to_step"]}
    for step in ("from_step", "to_step"):
        paths[step] = paths[step].where(paths[step].isin(known), OTHER)
    again = paths.duplicated(["metric", "period", "from_step", "to_step"])
    return paths[~(again & small)].reset_index(drop=True)


def disclose_stuck(
    frames: Mapping[str, pd.DataFrame], results: pd.DataFrame, threshold: int
) -> dict[str, pd.DataFrame]:
    """Return the frames of kpi.figures.bottlenecks that may be shown, each with `suppressed`.

    `results` are the disclosed ones: what is hidden there is hidden here.
    """
    within = {
        "stages": disclose_stages,
        "stage_months": disclose_stage_months,
        "lateness": disclose_lateness,
        "counterfactual": disclose_counterfactual,
        "circumstances": disclose_circumstances,
        "step_paths": disclose_step_paths,
    }
    shown = {name: hide(frames[name], results, threshold) for name, hide in within.items()}
    shown["payment_runs"] = disclose_payment_runs(frames["payment_runs"], threshold)
    queues = disclose_stage_queues(frames["stage_queues"], threshold)
    shown["stage_queues"] = queues
    shown["reached"] = disclose_reached(frames["reached"], queues, results, threshold)
    return shown
