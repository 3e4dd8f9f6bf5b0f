"""What if: how the past would have been judged with another target, or within another limit.

The quarters are computed anew from today's extracts, through the steps of a run: sources, quality,
measure, evaluate, disclosure. They may differ from what was published then.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kpi.definitions.kinds import FromRows, Metric, ShareWithinLimit, Timed
from kpi.definitions.statuses import HIDDEN
from kpi.errors import ParameterError, RunError, did_you_mean
from kpi.figures.counting_changes import moved
from kpi.figures.drawn_cases import with_unit
from kpi.files import rows_folder
from kpi.language import Labels
from kpi.page.wording import NO_FIGURE, amount, status_word
from kpi.params import (
    FINE_UNITS,
    Counting,
    Due,
    MetricParams,
    Params,
    Target,
    load_params,
    quarters_in,
)
from kpi.periods import Period
from kpi.run import (
    Event,
    Places,
    Progress,
    accept,
    disclosed_results,
    engine_for,
    releases,
    shown_of_others,
)

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


Unit = Literal["calendar_days", "working_days"]
THEN, WHAT_IF = "then", "what_if"
FIGURES = ("n", "value", "lower", "upper", "target", "status")
HEADING_WORDS = (
    "Quarter", "Cases", "Figure", "Goal", "Status", "What if: cases", "Figure", "Goal", "Status",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What is tried in place of what was in force: a target, a limit, or the unit of its days."""

    target: float | None = None
    days: int | None = None
    unit: Unit | None = None
    hours: int | None = None
    minutes: int | None = None

    @property
    def fine(self) -> dict[str, int]:
        """The limit in hours or minutes that is tried, if one is."""
        tried = {"hours": self.hours, "minutes": self.minutes}
        return {unit: length for unit, length in tried.items() if length is not None}

    @property
    def changes_limit(self) -> bool:
        """Tell whether cases would have been judged otherwise, not the share alone."""
        return bool(self.days is not None or self.unit or self.fine)


def what_if(
    metric: str, quarters: list[Period], places: Places, trial: Trial, progress: Progress
) -> pd.DataFrame:
    """Judge a metric's past quarters as they were, and as they would have been.

    The parameters and extracts are those of the last quarter, or of the first described after it.
    Raises ParameterError for a trial that does not fit the metric.

    Returns:
        One row per quarter: metric, period, then n, value, lower, upper, target and status, each
        ending in _then and _what_if; unit; synthetic (the extracts are made up). Shares are
        ratios. Null where hidden, and where there is nothing to count.
    """
    params = parameters_of(metric, quarters, places)
    tried = _with_trial(params, metric, trial)
    with rows_folder() as folder, engine_for(params, places, folder) as backend:
        accept(backend, params, places, None, progress)
        progress(Event("measure"))
        then = results_as_released(backend, params, places)
        is_asked = (then["period_kind"] == params.quarter.kind) & (then["group"] == "")
        then = then[is_asked & (then["metric"] == metric)]
        judged = _judged_anew(backend, params, tried, metric, then)
    progress(Event("disclosure"))
    names = {str(quarter) for quarter in quarters}
    beside = _side_by_side(then[then["period"].isin(names)], judged[judged["period"].isin(names)])
    return beside.assign(unit=params.definition(metric).unit, synthetic=params.report.synthetic)


def parameters_of(metric: str, quarters: list[Period], places: Places) -> Params:
    """Return the parameters for one counted metric, as far back as is asked and a year more.

    They are those of the last quarter, or of the first described after it. Raises ParameterError
    for a metric that is not reported or not counted.
    """
    last = quarters[-1]
    described = (one for one in quarters_in(places.params) if one >= last)
    reported = min(described, default=last)
    params = load_params(places.params, reported)
    if metric not in params.metrics:
        raise ParameterError(
            "What-if is asked of a metric in targets.yaml.",
            f'"{metric}"',
            did_you_mean(metric, params.metrics),
        )
    definition = params.definition(metric)
    missing = [name for name in definition.tables if name not in params.report.sources]
    if not isinstance(definition, FromRows) or missing:
        raise ParameterError(
            "What-if is asked of a metric that is counted.",
            f"{metric} has no table {missing[0]}" if missing else f"{metric} is not counted",
        )
    history_from = min(params.report.history_from, quarters[0].year_ago)
    report = params.report.model_copy(update={"history_from": history_from})
    return replace(params, report=report, metrics={metric: params.metrics[metric]})


def _with_trial(params: Params, metric: str, trial: Trial) -> Params:
    if trial.target is None and not trial.changes_limit:
        raise ParameterError(
            "What-if tries another target, another limit, or both.",
            "none",
            "Add --target 0.9, --days 14, --unit working_days, --hours 4 or --minutes 10.",
        )
    settings = params.metrics[metric]
    if trial.target is not None:
        target = _target(settings, params.definition(metric), trial.target)
        settings = settings.model_copy(update={"targets": (target,)})
    if trial.changes_limit:
        definition = params.definition(metric)
        counting = tuple(_counting(old, definition, trial) for old in settings.counting)
        settings = settings.model_copy(update={"counting": counting})
    return replace(params, metrics={metric: settings})


def _target(settings: MetricParams, definition: Metric, value: float) -> Target:
    is_share = definition.unit == "share"
    if is_share and not 0 <= value <= 1:
        raise ParameterError(
            "The target of a share is a ratio from 0 to 1.", f"{value:g}", "Write 0.9 for 90 %."
        )
    if settings.targets and settings.targets[-1].between:
        raise ParameterError(
            "A target is tried that is one value.",
            f"that of {definition.id} lies between two",
            "Try others in a copy of the parameters: `between` in targets.yaml.",
        )
    if settings.targets:
        return Target(direction=settings.targets[-1].direction, value=value)
    if is_share:
        return Target(direction="at_least", value=value)
    raise ParameterError(
        "A target has a direction, which targets.yaml tells.",
        f"{definition.id} has had no target",
        "Give it one in targets.yaml.",
    )


def _counting(old: Counting, definition: Metric, trial: Trial) -> Counting:
    if not isinstance(definition, ShareWithinLimit):
        raise ParameterError(
            "A limit is tried on a share of cases within a limit.", f"{definition.id} has none"
        )
    before = old.due or Due(days=0)
    if before.by:
        raise ParameterError(
            "A limit is tried that is one for all cases.",
            f"{definition.id} has limits by {before.by}",
            "Try others in a copy of the parameters: `values` of due in targets.yaml.",
        )
    lengths = [*trial.fine.values(), *([trial.days] if trial.days is not None else [])]
    if len(lengths) > 1 or (trial.fine and trial.unit):
        raise ParameterError(
            "One limit is tried.", f"{len(lengths)} of them, or a unit beside hours or minutes",
            "Give one of --days, --hours and --minutes; --unit goes with --days.",
        )  # fmt: skip
    if trial.fine and lengths[0] >= 0:
        within = {"business_hours": before.business_hours}  # tried hours run as the limit's do
        return old.model_copy(update={"due": Due.model_validate(trial.fine | within)})
    if before.unit in FINE_UNITS:
        raise ParameterError(
            f"The limit of {definition.id} is in {before.unit}, and so is another one.",
            "one in days" if lengths else "a unit of days",
            f"Write --{before.unit} {before.days}, say.",
        )
    days = before.days if trial.days is None else trial.days
    if days is None or days < 0:
        raise ParameterError(
            "A limit is a whole number of days, 0 or more.",
            "none" if days is None else str(days),
            "Add --days 14.",
        )
    unit = trial.unit or before.unit
    is_fine = before.is_to_the_second and unit == "calendar_days"
    due = Due(
        days=days,
        unit=unit,
        precision="second" if is_fine else "day",
        roll_forward=before.roll_forward,
    )
    return old.model_copy(update={"due": due})


def results_as_released(backend: Backend, params: Params, places: Places) -> pd.DataFrame:
    """Return the results of all metrics as a report of these parameters would show them.

    Metrics hide for each other, and figures stand as published. The cases stay in the engine.
    """
    from kpi.figures.cases import measure
    from kpi.figures.results import evaluate

    everything = replace(
        params, metrics=load_params(places.params, params.quarter, places.unit).metrics
    )
    results = evaluate(backend, everything, measure(backend, everything))
    return disclosed_results(
        everything, results, releases(everything, places), shown_of_others(everything, places)
    )


def _judged_anew(
    backend: Backend, params: Params, tried: Params, metric: str, then: pd.DataFrame
) -> pd.DataFrame:
    """Judge quarters as tried: the counts shown then, and by how many cases they would differ.

    The differences are told in multiples (kpi.figures.counting_changes.moved), so that two answers
    tell no less together than each alone.
    """
    from kpi.figures.cases import measure
    from kpi.figures.results import with_status, with_values

    backend.create_table("cases_then", backend.table(f"cases_{metric}"), overwrite=True)
    measure(backend, tried)
    of = max(params.report.disclosure.hide_persons_below, 1)
    judged_by = ["target", "target_to", "direction", "status"]
    counts = then.drop(columns=judged_by).reset_index(drop=True)
    definition = params.definition(metric)
    if isinstance(definition, Timed):
        then_cases, cases = (
            with_unit(backend, params, metric, backend.table(name))
            for name in ("cases_then", f"cases_{metric}")
        )
        more = moved(backend, then_cases, cases, of, params.quarter.kind)
        for name in more.columns:
            change = counts["period"].map(more[name]).fillna(0).astype("int64")
            counts[name] = counts[name] + change
    values = with_values(backend, tried, counts.assign(persons=0), definition)
    hidden = then["suppressed"].to_numpy() != ""
    judged = with_status(values, tried)
    judged.loc[hidden, "status"] = HIDDEN.id
    return judged


def _side_by_side(then: pd.DataFrame, what_if: pd.DataFrame) -> pd.DataFrame:
    keys = ["metric", "period"]
    sides = (
        rows.set_index(keys)[list(FIGURES)].add_suffix(f"_{version}")
        for version, rows in ((THEN, then), (WHAT_IF, what_if))
    )
    beside = pd.concat(sides, axis=1).reset_index()
    return beside.astype({f"n_{THEN}": "Int64", f"n_{WHAT_IF}": "Int64"})


def write_csv(judged: pd.DataFrame, path: Path) -> None:
    """Write what `what_if` returned as CSV (UTF-8, comma, null empty)."""
    try:
        judged.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    except OSError as error:
        raise RunError(
            "The file can be written to.",
            error.strerror or "an error of the file system",
            "Name another with --out.",
        ) from None


def as_text(judged: pd.DataFrame, labels: Labels) -> str:
    """Write what `what_if` returned as a table for the terminal, figure and status side by side."""
    rows = [[labels(heading) for heading in HEADING_WORDS]]
    for row in judged.to_dict("records"):
        parts = [_part(row, version, labels) for version in (THEN, WHAT_IF)]
        rows.append([str(row["period"]), *parts[0], *parts[1]])
    made_up = [labels("The data are synthetic.")] if judged["synthetic"].any() else []
    return "\n".join([*in_columns(rows), *made_up])


def in_columns(rows: list[list[str]]) -> list[str]:
    """Return the rows of a table as lines for the terminal, their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _part(row: dict[Hashable, Any], version: str, labels: Labels) -> list[str]:
    n, value, lower, upper, target, status = (row[f"{name}_{version}"] for name in FIGURES)
    unit = str(row["unit"])
    if pd.isna(lower) or pd.isna(upper):
        figure = NO_FIGURE
    elif unit == "share":
        figure = labels.share_range(float(lower), float(upper))
    else:
        figure = amount(labels, unit, float(value))
    cases = NO_FIGURE if pd.isna(n) else labels.count(float(n))
    goal = NO_FIGURE if pd.isna(target) else amount(labels, unit, float(target))
    return [cases, figure, goal, status_word(labels, str(status))]
