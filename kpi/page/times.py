"""How long cases took, and how old the open ones are."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from kpi.definitions.statuses import HIDDEN
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, render
from kpi.page.wording import NO_FIGURE, is_hidden_apart

BAND_WORDS = {
    "within limit": "within the limit",
    "up to twice the limit": "up to twice the limit",
    "over twice the limit": "over twice the limit",
    "0\u201390": "0\u201390 days",
    "91\u2013180": "91\u2013180 days",
    "181\u2013365": "181\u2013365 days",
    "over 365": "over 365 days",
}
TIMES = ("median_days", "p90_days", "max_days", "median_net_days", "km_median_days")


class Took(NamedTuple):
    """The times of one metric's cases, as the page writes them, in the order of TIMES."""

    metric: str
    times: list[str]


class Waiting(NamedTuple):
    """The open cases of one metric in one age band, as the page writes them."""

    metric: str
    band: str
    open: str
    median_age: str
    oldest: str


def durations(facts: Facts) -> Fragment:
    """How long the quarter's cases took, with and without the wait for the citizen."""
    rows = {metric: facts.row(metric) for metric in facts.targets}
    found = [
        Took(metric, [_days(facts, row, name) for name in TIMES])
        for metric, row in rows.items()
        if row and (pd.notna(row["median_days"]) or _is_hidden_time(facts, row))
    ]
    return render("durations", facts, found=found)


def open_cases(facts: Facts) -> Fragment:
    """The cases that were open on the quarter's last day, by age against their limit."""
    found = [
        _waiting(facts, row)
        for row in records(facts.open_cases)
        if row["suppressed"] or row["n"] > 0
    ]
    return render("open_cases", facts, found=found)


def _is_hidden_time(facts: Facts, row: Row) -> bool:
    timed = facts.metrics[row["metric"]].kind in ("timed", "duration")
    return timed and (row["status"] == HIDDEN.id or is_hidden_apart(facts, row, "median_days"))


def _days(facts: Facts, row: Row, name: str) -> str:
    """Write a time; hidden, none at all and no days are three signs."""
    if row["status"] == HIDDEN.id or is_hidden_apart(facts, row, name):
        return facts.labels("hidden")
    if pd.isna(row[name]):
        return NO_FIGURE
    is_whole = float(row[name]).is_integer()
    return facts.labels.number(row[name], 0 if is_whole else 1)


def _waiting(facts: Facts, row: Row) -> Waiting:
    labels = facts.labels
    hidden = labels("hidden")

    def age(name: str) -> str:
        return hidden if pd.isna(row[name]) else labels.number(row[name], 0)

    return Waiting(
        metric=str(row["metric"]),
        band=labels(BAND_WORDS[row["band"]]),
        open=hidden if row["suppressed"] else labels.count(row["n"]),
        median_age=age("median_age_days"),
        oldest=age("oldest_age_days"),
    )
