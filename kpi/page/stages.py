"""The stages of cases: the days that they spend in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.page.wording import NO_FIGURE, is_rounded
from kpi.periods import Period


@dataclass(frozen=True)
class Stage:
    """A stage: how many cases passed it, and median and 90th percentile of days by outcome.

    Null where few persons lie behind them, or none; where counts are rounded, which of the two is
    not told either.
    """

    name: str
    passed: float
    norm: float
    on_time: float
    on_time_p90: float
    late: float
    late_p90: float
    is_hidden: bool
    rounded_to: float = 1


AT_WORK = "at_work"


def stages(facts: Facts, metric: str = "", quarter: Period | None = None) -> list[Stage]:
    """Return the stages of a quarter's cases, in their order; empty where a metric has none."""
    rows = facts.stages[
        (facts.stages["metric"] == (metric or facts.most_staged))
        & (facts.stages["period"] == str(quarter or facts.quarter))
    ]
    return [_stage(str(name), part) for name, part in rows.groupby("stage", sort=False)]


def stage_days_of_all(facts: Facts, metric: str, quarter: Period) -> dict[str, float]:
    """Return the 90th percentile of all cases' days in each stage; null where it is hidden."""
    rows = facts.stages[
        (facts.stages["metric"] == metric)
        & (facts.stages["period"] == str(quarter))
        & (facts.stages["outcome"] == "all")
    ]
    return {str(row["stage"]): _number(row["p90_days"]) for row in rows.to_dict("records")}


def _stage(name: str, rows: pd.DataFrame) -> Stage:
    by_outcome = rows.set_index("outcome")
    met, missed = (_days(by_outcome, outcome) for outcome in ("met", "missed"))
    norm = _number(rows["norm_days"].iloc[0])
    passed = _number(by_outcome["n"].get("all"))
    rounded_to = _number(rows["rounded_to"].iloc[0])
    hidden = bool((rows["suppressed"] != "").any()) or is_rounded(rounded_to)
    return Stage(name, passed, norm, *met, *missed, is_hidden=hidden, rounded_to=rounded_to)


def _days(rows: pd.DataFrame, outcome: str) -> tuple[float, float]:
    if outcome not in rows.index:
        return float("nan"), float("nan")
    row = rows.loc[outcome]
    return _number(row["median_days"]), _number(row["p90_days"])


def _number(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)


def stage_name(facts: Facts, metric: str, stage: str) -> str:
    """Write a stage: From approved to sent to the ledger."""
    if stage == AT_WORK:
        return facts.labels("At work on it")
    if stage == facts.subject(metric).waiting:
        return facts.said(metric, "waiting")
    start, _, end = stage.partition("-")
    words = {"start": facts.step(metric, start), "end": facts.step(metric, end)}
    return facts.labels("From {start} to {end}", **words)


def days(labels: Labels, stage: Stage, value: float) -> str:
    """Write working days; hidden and none are two different signs."""
    if math.isnan(value):
        return labels("hidden") if stage.is_hidden else NO_FIGURE
    return labels.number(value, 0 if value == int(value) else 1)


def share_of_widest(found: list[Stage], value: float) -> float:
    """Return how long a bar is, in per cent of the longest; nothing where there is no value."""
    ends = [end for stage in found for end in (stage.on_time_p90, stage.late_p90)]
    widest = max((end for end in ends if not math.isnan(end)), default=0.0)
    return 0.0 if math.isnan(value) or not widest else round(100 * value / widest, 1)
