"""What lateness goes with: returns, late arrival, offices, weekdays, payment runs, and queues."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from kpi.labels import Labels
from kpi.labels.words import joined
from kpi.present.circumstances_in_words import in_words
from kpi.present.facts import Facts, Row, records
from kpi.present.fragment import Fragment, render
from kpi.present.listing import Listing, written
from kpi.present.stages import MILESTONE_WORDS, PAYMENTS, stage_name
from kpi.present.wording import NO_FIGURE, capital


def circumstances(facts: Facts, metric: str = PAYMENTS) -> Fragment:
    """The share on time by circumstance, in words first; offices with most cases first."""
    rows = _of_quarter(facts, "circumstances", metric)
    kinds = [kind for kind in CIRCUMSTANCE_WORDS if (rows["circumstance"] == kind).any()]
    listings = [_listing(facts, kind, rows[rows["circumstance"] == kind]) for kind in kinds]
    return render("listing", facts, sentence=in_words(facts, rows), listings=listings)


def _of_quarter(facts: Facts, name: str, metric: str) -> pd.DataFrame:
    rows = facts.frame(name)
    return rows[(rows["metric"] == metric) & (rows["period"] == str(facts.quarter))]


def _listing(facts: Facts, kind: str, rows: pd.DataFrame) -> Listing:
    labels = facts.labels
    order = [value for value in VALUE_WORDS if kind not in ("office", "weekday")]
    place = {value: number for number, value in enumerate(order)}
    ordered = rows.sort_values("value", key=lambda column: column.map(lambda v: place.get(v, v)))
    if kind == "office":
        ordered = ordered.sort_values("n", ascending=False, kind="stable")
    has_amount = bool(facts.frame("circumstances")["amount"].fillna(0).any())
    headings = HEADING_WORDS if has_amount else HEADING_WORDS[:_WITHOUT_AMOUNT]
    return Listing(
        labels(CIRCUMSTANCE_WORDS[kind]),
        tuple(labels(heading) for heading in headings),
        tuple(_row(labels, kind, row)[: len(headings)] for row in records(ordered)),
    )


def _row(labels: Labels, kind: str, row: Row) -> tuple[str, ...]:
    hidden = bool(row["suppressed"])
    share = NO_FIGURE if not hidden else labels("hidden")
    if pd.notna(row["lower"]):
        share = labels.share_range(row["lower"], row["upper"])
    return (
        _value(labels, kind, str(row["value"])),
        written(labels, row["n"], hidden=hidden),
        share,
        written(labels, row["median_days"], 1, hidden=hidden),
        written(labels, row["amount"], 0, hidden=hidden),
        _amount_share(labels, row, hidden=hidden),
    )


def _amount_share(labels: Labels, row: Row, *, hidden: bool) -> str:
    if pd.isna(row["amount"]) or not row["amount"]:
        return labels("hidden") if hidden else NO_FIGURE
    low = row["amount_met"] / row["amount"]
    return labels.share_range(low, low + row["amount_unknown"] / row["amount"])


def _value(labels: Labels, kind: str, value: str) -> str:
    if kind == "office":
        return value or labels("not stated")
    if kind == "weekday" and value.isdigit():
        return capital(_weekday(labels, int(value)))
    return labels(VALUE_WORDS.get(value, value))


def _weekday(labels: Labels, number: int) -> str:
    return labels.weekday(dt.date(2024, 1, number))


def queues(facts: Facts, metric: str = PAYMENTS) -> Fragment:
    """What waited in each stage at the end of the quarter, and how long it had."""
    labels, rows = facts.labels, facts.frame("stage_queues")
    day = facts.quarter.last_day
    chosen = rows[(rows["metric"] == metric) & (pd.to_datetime(rows["on_date"]).dt.date == day)]
    listing = Listing(
        labels("Waiting at the end of {day}; ages in the days of the stage", day=labels.date(day)),
        tuple(labels(heading) for heading in QUEUE_WORDS),
        tuple(_queue_row(labels, row) for row in records(chosen)),
    )
    return render("listing", facts, sentence="", listings=[listing] if listing.rows else [])


def _queue_row(labels: Labels, row: Row) -> tuple[str, ...]:
    hidden = bool(row["suppressed"])
    ages = ("median_age", "p90_age", "oldest_age")
    return (
        stage_name(labels, row["stage"]),
        written(labels, row["queue"], hidden=hidden),
        *(written(labels, row[age], 0, hidden=hidden) for age in ages),
    )


def payment_runs(facts: Facts, metric: str = PAYMENTS) -> Fragment:
    """The weekdays on which steps were taken together, where they were."""
    labels, rows = facts.labels, _of_quarter(facts, "payment_runs", metric)
    runs = rows[rows["is_run"].fillna(False).astype(bool) & rows["share"].notna()]
    said = [
        labels(
            "Most are {step} in runs: {weekdays}.",
            step=labels(MILESTONE_WORDS[str(step)]),
            weekdays=labels.and_list([_run(labels, row) for row in records(part)]),
        )
        for step, part in runs.groupby("step", sort=False)
    ]
    sentence = joined(said) or labels("No step is taken in runs: each weekday has its share.")
    return render("listing", facts, sentence=sentence if len(rows) else "", listings=[])


def _run(labels: Labels, row: Row) -> str:
    weekday = _weekday(labels, int(row["weekday"]))
    return labels("{weekday} ({share})", weekday=weekday, share=labels.share(row["share"], 0))


_WITHOUT_AMOUNT = 4
HEADING_WORDS = (
    "Circumstance", "Cases", "On time", "Median days", "Amount", "Of the amount on time",
)  # fmt: skip
QUEUE_WORDS = ("Stage", "Waiting", "Median age", "nine in ten", "Oldest")
CIRCUMSTANCE_WORDS = {
    "received": "Was there time enough when it was handed in?",
    "approval": "Was it approved in time?",
    "returned": "Was it returned on its way?",
    "office": "By office",
    "weekday": "By weekday of approval",
    "month_end": "At the end of the month",
    "all": "All, and by amount",
}
VALUE_WORDS = {
    "all": "all",
    "in_time": "in time",
    "too_late": "too late to make it",
    "after_due": "after the due day",
    "by_due": "by the due day",
    "never": "never returned",
    "once": "returned once",
    "more": "returned more than once",
    "last_three_workdays": "last three working days",
    "other": "other days",
    "unknown": "not known",
}
