"""Since when a target has been missed."""

from __future__ import annotations

from kpi.periods import Quarter
from kpi.present.facts import Facts

MISSED = ("not_met", "accepted_deviation")
SINCE_WORDS = {
    "all": "Not met in any of the {n} quarters since {quarter}.",
    "row": "Not met since {quarter}: {n} quarters in a row.",
}
WHEN_WORDS = {
    "all": "since {quarter} or earlier, {n} quarters",
    "row": "since {quarter}, {n} quarters",
    "new": "new: it was met in {quarter}",
    "last": "last met in {quarter}",
}


def since(facts: Facts, metric: str) -> str:
    """Say in a sentence since which quarter a target has been missed without a break."""
    first, count = _unbroken(facts, metric)
    if count < 2:
        return ""
    words = SINCE_WORDS["all" if _reaches_back(facts, metric, first) else "row"]
    return facts.labels(words, n=facts.labels.count(count), quarter=facts.labels.quarter(first))


def since_when(facts: Facts, metric: str) -> str:
    """Say it beside a status word; of a target missed once, or in doubt, when it was last met."""
    labels = facts.labels
    first, count = _unbroken(facts, metric)
    if count > 1:
        words = WHEN_WORDS["all" if _reaches_back(facts, metric, first) else "row"]
        return labels(words, n=labels.count(count), quarter=labels.quarter(first))
    met = [quarter for quarter, row in facts.history(metric) if row["status"] == "met"]
    if not met:
        return ""
    words = WHEN_WORDS["new" if count and met[-1] == facts.quarter.previous else "last"]
    return labels(words, quarter=labels.quarter(met[-1]))


def _reaches_back(facts: Facts, metric: str, first: Quarter) -> bool:
    return first == facts.history(metric)[0][0]


def _unbroken(facts: Facts, metric: str) -> tuple[Quarter, int]:
    """Return the first of the latest quarters in a row that missed the target, and how many.

    A quarter that cannot be documented neither meets the target nor is it missed: it ends the row.
    """
    first, count = facts.quarter, 0
    for quarter, row in reversed(facts.history(metric)):
        if row["status"] not in MISSED:
            break
        first, count = quarter, count + 1
    return first, count
