"""How a figure differs from an earlier quarter's, if it is better, and since when it is missed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kpi.definitions.kinds import AS_REPORTED, is_rate
from kpi.definitions.statuses import STATUSES, with_verdict
from kpi.figures.results import Goal
from kpi.language import Labels
from kpi.page.facts import Facts, Row
from kpi.page.wording import (
    FINE_WORDS,
    NO_FIGURE,
    decimals_of,
    has_figure,
    is_in_whole_numbers,
    shown_unit,
)
from kpi.periods import Period

VERDICT_WORDS = {
    "better": "better",
    "worse": "worse",
    "same": "unchanged",
    "open": "cannot be told",
    "new": "new",
    "broken": "counted anew",
    "running": "not over yet",
    "": "",
}


_ROUNDING = 1e-9


@dataclass(frozen=True)
class Change:
    """A difference in words; `verdict` is a key of VERDICT_WORDS, empty where nothing aims."""

    text: str
    verdict: str


def change(facts: Facts, metric: str, earlier: Period) -> Change:
    """Compare a metric's figure with an earlier quarter's; bounds make the difference a range."""
    now, before = facts.row(metric), facts.row(metric, earlier)
    introduced = facts.metrics[metric].introduced
    if introduced and introduced > earlier.last_day and not has_figure(before):
        return Change("", "new")
    if not has_figure(now) or not has_figure(before):
        return Change(NO_FIGURE, "")
    if is_counted_anew(now, before):
        return Change("", "broken")
    if facts.is_running:
        return Change("", "running")
    now = now | {"unit": shown_unit(facts, now)}
    low, high = difference(now, before)
    verdict = _verdict(now, before, low, high)
    if verdict == "same":
        return Change("", verdict)
    decimals = 0 if is_in_whole_numbers(now["unit"]) else 1
    if now["unit"] == AS_REPORTED:
        decimals = max(decimals_of(float(row["value"])) for row in (now, before))
    return Change(_written(facts.labels, low, high, decimals), verdict)


def is_counted_anew(now: Row, before: Row) -> bool:
    """Tell two ways of counting; a quarter without cases has no version and is no other way."""
    versions = [row["version"] for row in (now, before)]
    return all(pd.notna(one) and one for one in versions) and versions[0] != versions[1]


def distance(facts: Facts, metric: str) -> float:
    """Return by how many percentage points a share has surely moved since the quarter before.

    Nothing where it may have stayed, is not a share or cannot be compared, as while the quarter
    runs.
    """
    now, before = facts.row(metric), facts.row(metric, facts.quarter.previous)
    known = has_figure(now) and has_figure(before) and now["unit"] == "share"
    if facts.is_running or not known or is_counted_anew(now, before):
        return 0.0
    low, high = difference(now, before)
    least = min(abs(low), abs(high))
    return 0.0 if low < 0 < high or least < one_case(now, before) else least


def one_case(now: Row, before: Row) -> float:
    """Return by how much a case more or less would move a figure, in the unit of `difference`.

    Shares and rates move by the smaller of the two quarters' denominators. What is counted moves by
    one, and so does a median of days, which is written in whole days; one of minutes or hours is
    written in tenths. A reported value moves as it is told.
    """
    if now["unit"] in FINE_WORDS:
        return 0.1
    if now["unit"] == "share":
        return 100 / max(min(float(now["n"]), float(before["n"])), 1)
    if now["unit"] == AS_REPORTED:
        return 2 * _ROUNDING
    if is_rate(now["unit"]):
        return 1 / min(float(now["denominator"]), float(before["denominator"]))
    return 1.0


def difference(now: Row, before: Row) -> tuple[float, float]:
    """Return the smallest and largest difference; percentage points for shares."""
    scale = 100 if now["unit"] == "share" else 1
    low = (now["lower"] - before["upper"]) * scale
    high = (now["upper"] - before["lower"]) * scale
    return float(low), float(high)


def _written(labels: Labels, low: float, high: float, decimals: int) -> str:
    smallest, largest = labels.signed(low, decimals), labels.signed(high, decimals)
    if smallest == largest:
        return largest
    return labels("{low} to {high}", low=smallest, high=largest)


def _verdict(now: Row, before: Row, low: float, high: float) -> str:
    if now["direction"] not in ("at_least", "at_most", "between"):
        return ""
    step = one_case(now, before) - _ROUNDING
    if -step < low and high < step:
        return "same"
    if now["direction"] == "between":
        return _nearer(now, before, step)
    if low < 0 < high:
        return "open"
    rises = high > 0
    return "better" if rises == (now["direction"] == "at_least") else "worse"


def _nearer(now: Row, before: Row, step: float) -> str:
    """Tell whether a figure came nearer to a target between two values; nothing inside it."""
    goal, scale = Goal.of_row(now, strictly=False), 100 if now["unit"] == "share" else 1
    ends = [(goal.lacking(one["lower"]), goal.lacking(one["upper"])) for one in (now, before)]
    (least, most), (least_before, most_before) = (sorted(pair) for pair in ends)
    if (most - least_before) * scale <= -step:
        return "better"
    if (least - most_before) * scale >= step:
        return "worse"
    return ""


SINCE_WORDS = {
    "all": "for at least {n} quarters",
    "row": "since {quarter}",
    "new": "new: was met in {quarter}",
    "last": "last met in {quarter}",
}
"""What is said beside the status."""


def since_when(facts: Facts, metric: str) -> str:
    """Say since when a target that needs attention is missed, or when it was last met."""
    labels = facts.labels
    if not STATUSES[facts.row(metric)["status"]].needs_attention:
        return ""
    first, count = _unbroken(facts, metric)
    if count > 1:
        words = SINCE_WORDS["all" if _reaches_back(facts, metric, first) else "row"]
        return labels(words, n=labels.count(count), quarter=labels.quarter(first))
    reached = set(with_verdict("reached"))
    met = [quarter for quarter, row in facts.history(metric) if row["status"] in reached]
    if not met:
        return ""
    words = SINCE_WORDS["new" if count and met[-1] == facts.quarter.previous else "last"]
    return labels(words, quarter=labels.quarter(met[-1]))


def _reaches_back(facts: Facts, metric: str, first: Period) -> bool:
    return first == facts.history(metric)[0][0]


def _unbroken(facts: Facts, metric: str) -> tuple[Period, int]:
    """Return the first of the latest quarters in a row that missed the target, and how many.

    A quarter that cannot be documented neither meets the target nor is it missed: it ends the row.
    """
    first, count = facts.quarter, 0
    for quarter, row in reversed(facts.history(metric)):
        if STATUSES[row["status"]].verdict != "missed":
            break
        first, count = quarter, count + 1
    return first, count
