"""How long cases took, and how old the open ones are."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from kpi.definitions.kinds import WITH_CLOCK
from kpi.definitions.statuses import HIDDEN
from kpi.definitions.words import SAID
from kpi.figures.durations import SILENT
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, render, written
from kpi.page.wording import NO_FIGURE, clock_of, is_hidden_apart, rounding

BAND_WORDS = {
    "within limit": "within the limit",
    "up to twice the limit": "up to twice the limit",
    "over twice the limit": "over twice the limit",
    "0\u201390": "0\u201390 days",
    "91\u2013180": "91\u2013180 days",
    "181\u2013365": "181\u2013365 days",
    "over 365": "over 365 days",
    SILENT: "no step for long",
}
LONGEST, NET = "max_days", "median_net_days"
TIME_WORDS = {
    "median_days": "Median",
    "p90_days": "nine in ten",
    LONGEST: "Longest",
    NET: SAID["net_median"],
    "km_median_days": "Median counting open cases",
}


class Took(NamedTuple):
    """The times of one metric's cases, as the page writes them, in the order of the headings.

    `clock` says in which days, `is_below` that the median with open cases is below the plain one.
    """

    metric: str
    clock: str
    times: list[str]
    is_below: bool


class Waiting(NamedTuple):
    """The open cases of one metric in one age band, as the page writes them."""

    metric: str
    clock: str
    band: str
    open: str
    median_age: str
    oldest: str


def durations(facts: Facts) -> Fragment:
    """How long the quarter's cases took, with and without the wait for the citizen."""
    rows = {metric: facts.row(metric) for metric in facts.targets}
    told = {one.said["net_median"] for one in facts.run.subjects.values() if one.waiting}
    has_longest = any(row and pd.notna(row[LONGEST]) for row in rows.values())
    has = {LONGEST: has_longest, NET: bool(told)}
    times = [name for name in TIME_WORDS if has.get(name, True)]
    found = [
        Took(
            metric,
            _clock(facts, metric),
            [_days(facts, row, name) for name in times],
            _is_below(row),
        )
        for metric, row in rows.items()
        if row and (pd.notna(row["median_days"]) or _is_hidden_time(facts, row))
    ]
    words = TIME_WORDS | ({NET: told.pop()} if len(told) == 1 else {})
    heads = [facts.labels(words[name]) for name in times]
    return render("durations", facts, found=found, heads=heads)


def _band(facts: Facts, row: Row) -> str:
    """Name a band; the cases that have shown no step for long, by how long that is."""
    if row["band"] != SILENT:
        return facts.labels(BAND_WORDS[row["band"]])
    table = facts.metrics[row["metric"]].tables[0]
    days = facts.parameters.sources[table].silent_after
    return facts.labels("no step for more than {n} days", n=facts.labels.count(days or 0))


def _is_below(row: Row) -> bool:
    both = row["km_median_days"], row["median_days"]
    return not any(pd.isna(one) for one in both) and both[0] < both[1]


CLOCK_WORDS = {
    "calendar_days": "calendar days",
    "working_days": "working days",
    "minutes": "minutes",
    "hours": "hours",
    "business_minutes": "business minutes",
    "business_hours": "business hours",
}


def _clock(facts: Facts, metric: str) -> str:
    return facts.labels(CLOCK_WORDS[clock_of(facts, metric)])


def open_cases(facts: Facts) -> Fragment:
    """The cases that were open on the quarter's last day, by age against their limit."""
    found = [
        _waiting(facts, row)
        for row in records(facts.open_cases)
        if row["suppressed"] or row["n"] > 0 or pd.notna(row["median_age_days"])
    ]
    has_oldest = bool(facts.open_cases["oldest_age_days"].notna().any())
    note = rounding(facts)
    return render("open_cases", facts, found=found, has_oldest=has_oldest, note=note)


def _is_hidden_time(facts: Facts, row: Row) -> bool:
    timed = facts.metrics[row["metric"]].kind in WITH_CLOCK
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
        clock=_clock(facts, str(row["metric"])),
        band=_band(facts, row),
        open=written(labels, row["n"], hidden=True, rounded_to=row["rounded_to"]),
        median_age=age("median_age_days"),
        oldest=age("oldest_age_days"),
    )
