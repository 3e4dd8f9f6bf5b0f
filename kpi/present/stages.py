"""Where payments get stuck: the working days that bills spend in each stage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpi.labels import Labels
from kpi.periods import Quarter
from kpi.present.facts import Facts
from kpi.present.wording import NO_FIGURE

MILESTONE_WORDS = {
    "received": "handed in",
    "approved": "approved",
    "sent": "sent to the ledger",
    "posted": "posted",
    "paid": "paid",
}


@dataclass(frozen=True)
class Stage:
    """A stage: median and 90th percentile of working days, of bills paid on time and late.

    Null where few persons lie behind them, or no bill passed.
    """

    start: str
    end: str
    on_time: float
    on_time_p90: float
    late: float
    late_p90: float
    is_hidden: bool

    @property
    def longer(self) -> tuple[float, float]:
        """Working days that late bills waited longer: of both measures together, then median."""
        by_median = self.late - self.on_time
        return by_median + self.late_p90 - self.on_time_p90, by_median

    @property
    def is_known(self) -> bool:
        """Tell whether late bills can be compared with those paid on time."""
        return not math.isnan(self.longer[0])


def stages(facts: Facts, quarter: Quarter | None = None) -> list[Stage]:
    """Return the stages of a quarter's bills, in their order; empty without payments."""
    rows = facts.stages[facts.stages["period"] == str(quarter or facts.quarter)]
    return [_stage(str(name), part) for name, part in rows.groupby("stage", sort=False)]


def _stage(name: str, rows: pd.DataFrame) -> Stage:
    start, _, end = name.partition("-")
    by_outcome = rows.set_index("outcome")
    met, missed = (_days(by_outcome, outcome) for outcome in ("met", "missed"))
    return Stage(start, end, *met, *missed, is_hidden=bool((rows["suppressed"] != "").any()))


def _days(rows: pd.DataFrame, outcome: str) -> tuple[float, float]:
    if outcome not in rows.index:
        return float("nan"), float("nan")
    row = rows.loc[outcome]
    return _number(row["median_workdays"]), _number(row["p90_workdays"])


def _number(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)


def stuck(facts: Facts, quarter: Quarter | None = None) -> Stage | None:
    """Return the stage in which late bills spent most more time than those paid on time."""
    known = [stage for stage in stages(facts, quarter) if stage.is_known]
    worst = max(known, key=lambda stage: stage.longer, default=None)
    return worst if worst and worst.longer[0] > 0 else None


def stage_name(labels: Labels, stage: Stage) -> str:
    """Write a stage: From approved to sent to the ledger."""
    return labels("From {start} to {end}", **_ends(labels, stage))


def _ends(labels: Labels, stage: Stage) -> dict[str, str]:
    return {
        "start": labels(MILESTONE_WORDS[stage.start]),
        "end": labels(MILESTONE_WORDS[stage.end]),
    }


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


def stuck_in_short(facts: Facts) -> str:
    """Name the stage in which late bills get stuck; empty where none stands out."""
    worst = stuck(facts)
    if worst is None:
        return ""
    return facts.labels(
        "Late bills get stuck between being {start} and being {end}.", **_ends(facts.labels, worst)
    )


def stuck_in_words(facts: Facts) -> str:
    """Say where late bills waited longer than others, now and in the quarter before."""
    labels, worst, before = facts.labels, stuck(facts), stuck(facts, facts.quarter.previous)
    if worst is None:
        return labels("No stage stands out: late bills waited about as long as others in each.")
    now = labels(WAIT_WORDS["now"], **_ends(labels, worst), **_waits(labels, worst))
    if before is None or (before.start, before.end) == (worst.start, worst.end):
        return now
    then = labels(
        WAIT_WORDS["before"],
        quarter=labels.quarter(facts.quarter.previous),
        **_ends(labels, before),
        **_waits(labels, before),
    )
    return f"{now} {then}"


def _waits(labels: Labels, stage: Stage) -> dict[str, str]:
    measures = ("late", "late_p90", "on_time", "on_time_p90")
    return {name: days(labels, stage, getattr(stage, name)) for name in measures}


WAIT_WORDS = {
    "now": "Late bills lost most time between being {start} and being {end}: half of them waited "
    "{late} working days or more there and one in ten {late_p90} or more, against {on_time} and "
    "{on_time_p90} for bills paid on time.",
    "before": "In {quarter} it was between being {start} and being {end}: {late} and {late_p90} "
    "working days, against {on_time} and {on_time_p90}.",
}
