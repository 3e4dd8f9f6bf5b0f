"""Figures judged by the targets in force: value, bounds and status, in words the page uses.

The lower bound counts every unknown case as missed, the upper bound as met. A target is met only
if the worse bound meets it, not met only if the better bound misses it, else not documented. The
unrounded ratio is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from kpi.params import Target

Status = Literal[
    "met",
    "not_met",
    "not_documented",
    "accepted_deviation",
    "not_due",
    "no_data",
    "not_assessable",
    "attested",
    "retired",
    "no_target",
]


@dataclass(frozen=True)
class Goal:
    """A target as a number: at least or at most; `strictly` where it must be beaten."""

    value: float
    direction: Literal["at_least", "at_most"]
    strictly: bool = False

    def is_reached_by(self, value: float) -> bool:
        """Tell whether a value reaches the goal."""
        if self.strictly:
            return value > self.value if self.direction == "at_least" else value < self.value
        return value >= self.value if self.direction == "at_least" else value <= self.value


def goal_of(target: Target | None, baseline: float | None) -> Goal | None:
    """Return the goal of a target; None without a target, or where its baseline is not known."""
    if target is None:
        return None
    if target.value is not None:
        return Goal(target.value, target.direction)
    if baseline is None or pd.isna(baseline):
        return None
    return Goal(baseline, target.direction, strictly=True)


def judge(goal: Goal | None, not_yet_due: int, lower: float, upper: float) -> Status:
    """Judge a figure between its bounds; without bounds there is nothing to judge yet.

    A count of zero has bounds: it is a figure, not missing data.

    Examples:
        >>> judge(Goal(0.95, "at_least"), 0, 951 / 1055, 1003 / 1055)
        'not_documented'
        >>> judge(Goal(0.95, "at_least"), 3, float("nan"), float("nan"))
        'not_due'
    """
    if pd.isna(lower) or pd.isna(upper):
        return "not_due" if not_yet_due else "no_data"
    if goal is None:
        return "no_target"
    worse, better = (lower, upper) if goal.direction == "at_least" else (upper, lower)
    if goal.is_reached_by(worse):
        return "met"
    if not goal.is_reached_by(better):
        return "not_met"
    return "not_documented"
