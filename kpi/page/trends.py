"""What is normal for a figure: its disclosed months and their control limits.

What a figure's months say, in plain words: whether the latest are unusual for its own past.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kpi.definitions.statuses import HIDDEN
from kpi.figures.control_charts import MINIMUM_POINTS, Direction, xmr
from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.facts import Facts, Row, records
from kpi.page.wording import amount, capital
from kpi.params.targets_file import in_force
from kpi.periods import Quarter
from kpi.record import Metric

_WAYS: dict[str, Direction] = {"at_least": "increase", "at_most": "decrease", "": "neutral"}
_FEWEST = 6
_MOST = 0.75


@dataclass(frozen=True)
class Monthly:
    """A metric's months: figures and bounds, null where hidden or empty, and what is normal.

    `targets` holds the target in force in each month, null without one, `aim` its direction. The
    normal range rests on the months since the latest hidden one and the latest change in how the
    metric counts, from place `start` on; `centre`, `low` and `high` are null where these are too
    few. `side` is above, below or "" for each month.
    """

    metric: str
    unit: str
    frame: pd.DataFrame
    targets: tuple[float, ...]
    aim: str = ""
    start: int = 0
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    run_length: int = 0
    run_side: str = ""
    assurance: str = "none"
    side: list[str] = field(default_factory=list)

    @property
    def months(self) -> list[str]:
        """The months, such as 2019-10."""
        return [str(name) for name in self.frame["period"]]

    @property
    def places(self) -> list[int]:
        """Each month's place in time, counted in months from the first."""
        starts = [month_start(name) for name in self.months]
        return [(day.year - starts[0].year) * 12 + day.month - starts[0].month for day in starts]

    @property
    def has_limits(self) -> bool:
        """Tell whether the normal range may and can be shown."""
        return self.low is not None

    @property
    def shown_limits(self) -> tuple[float, float]:
        """The limits where there are any, cut at what the figure can be."""
        ceiling = 1.0 if self.unit == "share" else float("inf")
        return max(0.0, self.low or 0.0), min(ceiling, self.high or 0.0)

    @property
    def _hidden(self) -> pd.Series[bool]:
        return self.frame["status"] == HIDDEN.id

    @property
    def was_reached(self) -> bool:
        """Tell whether a month that is shown reached its target."""
        value = self.frame["value"].to_numpy(dtype=float, na_value=math.nan)
        reached = value >= self.targets if self.aim == "at_least" else value <= self.targets
        return bool(np.any(reached))

    @property
    def breaks(self) -> list[int]:
        """Places of the months from which the metric counts in a new way."""
        versions = list(self.frame["version"])
        return [at for at in range(1, len(versions)) if versions[at] != versions[at - 1]]

    @property
    def since_hidden(self) -> int:
        """Place of the first month after the latest hidden one."""
        hidden = np.flatnonzero(self._hidden)
        return int(hidden[-1]) + 1 if len(hidden) else 0


def monthly(facts: Facts, metric: str) -> Monthly | None:
    """Return a metric's months and what is normal; None where too few may be shown."""
    frame = facts.series(metric, "month")
    known = int(frame["value"].notna().sum())
    if known < max(_FEWEST, len(frame) * _MOST):
        return None
    described = facts.metrics[metric]
    targets = tuple(_target_in(described, row) for row in records(frame))
    aim = described.targets[-1].direction if described.targets else ""
    plain = Monthly(metric, described.unit, frame, targets, aim)
    start = max([plain.since_hidden, *plain.breaks])
    baseline = frame.iloc[start:]
    if baseline["value"].notna().sum() < MINIMUM_POINTS:
        return plain
    return _with_limits(replace(plain, start=start), baseline)


def _target_in(described: Metric, month: Row) -> float:
    """Return the target in force when a month's quarter ended; a relative one is in the row."""
    target = in_force(described.targets, Quarter.of(month_start(month["period"])).last_day)
    if target is None:
        return math.nan
    given = month["target"] if target.value is None else target.value
    return math.nan if pd.isna(given) else float(given)


def most_are_hidden(facts: Facts, metric: str) -> bool:
    """Tell whether so many of a metric's months are hidden that no chart is drawn."""
    return bool((facts.series(metric, "month")["status"] == HIDDEN.id).mean() > 1 - _MOST)


def _with_limits(plain: Monthly, baseline: pd.DataFrame) -> Monthly:
    points = pd.DataFrame(
        {
            "series": plain.metric,
            "x": pd.to_datetime(baseline["period"] + "-01"),
            "y": baseline["value"].astype(float),
        }
    )
    target = None if math.isnan(plain.targets[-1]) else plain.targets[-1]
    charts = xmr(points, direction=_WAYS[plain.aim], target=target)
    limits, latest = charts.points.iloc[-1], charts.readings.iloc[-1]
    if pd.isna(limits["lower_limit"]):
        return plain
    sides = [_side(point) for point in records(charts.points)]
    return replace(
        plain,
        centre=float(limits["mean"]),
        low=float(limits["lower_limit"]),
        high=float(limits["upper_limit"]),
        run_length=int(latest["run_length"]),
        run_side=str(latest["side"]),
        assurance=str(charts.verdicts["assurance"].iloc[-1]),
        side=[*[""] * plain.start, *sides],
    )


def _side(point: Row) -> str:
    if pd.isna(point["y"]):
        return ""
    if point["y"] < point["lower_limit"]:
        return "below"
    return "above" if point["y"] > point["upper_limit"] else ""


def month_start(name: str) -> dt.date:
    """Return the first day of a month written 2019-10."""
    return dt.date.fromisoformat(f"{name}-01")


_SHIFT = 7
_YEAR = 12


def reading(labels: Labels, found: Monthly) -> str:
    """Say in plain words whether the latest months are unusual for the figure's own past."""
    if not found.has_limits:
        words = READING_WORDS["hidden" if found.since_hidden else "too few"]
        return labels(words, n=labels.count(len(found.months)))
    return joined((_latest(labels, found), _prospect(labels, found)))


def _latest(labels: Labels, found: Monthly) -> str:
    count = len(found.months) - found.start
    normal = {"range": normal_range(labels, found), "n": labels.count(count)}
    first_recent = len(found.months) - _YEAR
    recent = [place for place, side in enumerate(found.side) if side and place >= first_recent]
    if not recent:
        return _inside(labels, found, normal)
    stretch = _last_stretch(recent, found.side)
    is_latest = stretch[-1] == len(found.months) - 1
    words = READING_WORDS[found.side[stretch[-1]], "now" if is_latest else "before"]
    when = months_in_words(labels, [found.months[place] for place in stretch])
    return capital(labels(words, months=when, **normal))


READING_WORDS: dict[object, str] = {
    "too few": "There are only {n} figures: too few to say what is normal.",
    "hidden": "A recent month is hidden, so it cannot be said what is normal.",
    ("below", "now"): "{months} lay below what is normal for the latest {n} months ({range}).",
    ("above", "now"): "{months} lay above what is normal for the latest {n} months ({range}).",
    ("below", "before"): "{months} lay below what is normal for the latest {n} months ({range}). "
    "Since then the figure is within it again.",
    ("above", "before"): "{months} lay above what is normal for the latest {n} months ({range}). "
    "Since then the figure is within it again.",
    ("above", "shift"): "The latest {run} months all lie above the average of the latest {n} "
    "months: the level has risen. Normal is {range}.",
    ("below", "shift"): "The latest {run} months all lie below the average of the latest {n} "
    "months: the level has fallen. Normal is {range}.",
    ("within", ""): "The past year lies within what is normal for the latest {n} months ({range}).",
}


def _inside(labels: Labels, found: Monthly, normal: dict[str, str]) -> str:
    if found.run_length >= _SHIFT and found.run_side in ("above", "below"):
        run = labels.count(found.run_length)
        return labels(READING_WORDS[found.run_side, "shift"], run=run, **normal)
    return labels(READING_WORDS["within", ""], **normal)


def _prospect(labels: Labels, found: Monthly) -> str:
    if found.assurance == "consistent_fail" and not found.was_reached:
        return labels("The target lies outside it: without a change it will not be met.")
    return ""


def _last_stretch(places: list[int], side: list[str]) -> list[int]:
    """Return the latest neighbouring places that lie on one side."""
    stretch = [places[-1]]
    for place in reversed(places[:-1]):
        if place != stretch[0] - 1 or side[place] != side[stretch[0]]:
            break
        stretch.insert(0, place)
    return stretch


def normal_range(labels: Labels, found: Monthly) -> str:
    """Write the normal range, cut at what the figure can be."""
    low, high = found.shown_limits
    if found.unit == "share":
        return labels.share_range(low, high)
    return joined((amount(labels, found.unit, low), amount(labels, found.unit, high)), "\u2013")


def months_in_words(labels: Labels, months: list[str]) -> str:
    """Write neighbouring months: December 2019; July to September 2019."""
    first, last = months[0], months[-1]
    if first == last:
        return labels.month(last, "LLLL y")
    same_year = first[:4] == last[:4]
    return labels(
        "{low} to {high}",
        low=labels.month(first, "LLLL" if same_year else "LLLL y"),
        high=labels.month(last, "LLLL y"),
    )
