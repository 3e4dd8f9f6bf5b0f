"""Figures, targets and statuses in words: the same on the page, in notebooks, in the terminal.

Figures that are hidden in rows whose other figures are shown.
"""

from __future__ import annotations

import pandas as pd

from kpi.definitions.kinds import RATES
from kpi.definitions.statuses import HIDDEN, NO_DATA, STATUSES
from kpi.language import NBSP, Labels
from kpi.language.words import changed, joined, recased
from kpi.page.facts import Facts, Row
from kpi.params.targets_file import in_force

NUMBER_WORDS = (
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
NO_FIGURE = "\u2013"


def status_word(labels: Labels, status: str) -> str:
    """Return a status in words."""
    return labels(STATUSES[status].word)


def number_word(labels: Labels, n: int) -> str:
    """Write a small number as a word, as a sentence does: three; 15."""
    return labels(NUMBER_WORDS[n]) if n < len(NUMBER_WORDS) else labels.count(n)


def capital(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return recased(text, str.upper)


def inside(title: str) -> str:
    """Return a title as it stands inside a sentence: its first letter in lower case."""
    return recased(title, str.lower)


def figure(facts: Facts, row: Row) -> str:
    """Write a row's figure, as a range where its bounds differ.

    Hidden, no data and no figure at all are three different signs; zero is written as a number.
    """
    labels = facts.labels
    if not row:
        return NO_FIGURE
    if row["status"] == HIDDEN.id:
        return labels("hidden")
    if pd.isna(row["value"]) and pd.isna(row["lower"]):
        return labels("no data") if row["status"] == NO_DATA.id else NO_FIGURE
    if row["unit"] == "share":
        return labels.share_range(row["lower"], row["upper"])
    return amount(labels, row["unit"], row["value"])


def has_figure(row: Row) -> bool:
    """Tell whether a row has a figure that may be shown."""
    return bool(row) and not pd.isna(row["lower"])


def amount(labels: Labels, unit: str, value: float) -> str:
    """Write a value with its unit."""
    if unit == "share":
        return labels.share(value)
    if unit == "days":
        return labels.plural("{n} day", "{n} days", int(float(value) + 0.5))
    if unit in RATES:
        return labels.number(value, 1)
    return labels.count(value)


def short_amount(labels: Labels, unit: str, value: float) -> str:
    """Write a value as short as it can be: 95 %, 18, 141 days."""
    decimals = 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1
    if unit == "share":
        return labels.share(value, decimals)
    if unit in RATES and value == int(value):
        return labels.count(value)
    return amount(labels, unit, value)


def goal(facts: Facts, metric: str) -> str:
    """Write the target in force in the quarter, as the parameters word it; a dash without one."""
    described = facts.metrics[metric]
    target = in_force(described.targets, facts.quarter.last_day)
    if target is None:
        return NO_FIGURE
    wording = facts.translation(target.wording) and facts.own(target.wording)
    if wording:
        return changed(wording, lambda text: text.replace(" %", f"{NBSP}%"))
    if target.value is None:
        return facts.labels(BASELINE_WORDS[target.direction, target.baseline])
    sign = "\u2265" if target.direction == "at_least" else "\u2264"
    value = short_amount(facts.labels, described.unit, target.value)
    return joined((sign, value), NBSP)


BASELINE_WORDS: dict[object, str] = {
    ("at_most", "year_ago"): "below the same quarter last year",
    ("at_most", "previous"): "below the quarter before",
    ("at_least", "year_ago"): "above the same quarter last year",
    ("at_least", "previous"): "above the quarter before",
}


def target_of(labels: Labels, row: Row) -> str:
    """Write the target that a row was judged by; a dash without one."""
    if not row or pd.isna(row["target"]):
        return NO_FIGURE
    sign = "\u2265" if row["direction"] == "at_least" else "\u2264"
    return joined((sign, short_amount(labels, row["unit"], row["target"])), NBSP)


def goal_value(facts: Facts, metric: str, row: Row) -> str:
    """Write the number behind a target that is another quarter's figure; else nothing."""
    target = in_force(facts.metrics[metric].targets, facts.quarter.last_day)
    if target is None or target.value is not None or not row or pd.isna(row["target"]):
        return ""
    return amount(facts.labels, row["unit"], row["target"])


def basis(facts: Facts, row: Row) -> str:
    """Write what a figure rests on: 951 of 1.055, or the weeks it is divided by."""
    labels = facts.labels
    if not row or row["status"] == HIDDEN.id or pd.isna(row["n"]):
        return ""
    if row["unit"] == "share" and row["n"] > 0:
        met, unknown = int(row["met"]), int(row["unknown"])
        low, high = labels.count(met), labels.count(met + unknown)
        counted = labels("{low} to {high}", low=low, high=high) if unknown else low
        return labels("{met} of {n}", met=counted, n=labels.count(row["n"]))
    if row["unit"] in RATES and pd.notna(row["denominator"]):
        weeks = labels.number(row["denominator"], 1)
        return labels("{n} in {weeks} weeks", n=labels.count(row["n"]), weeks=weeks)
    if row["unit"] == "days":
        return labels("median of {n}", n=labels.count(row["n"]))
    return ""


HIDDEN_APART = {
    "median_days", "p90_days", "max_days", "median_net_days", "open", "overdue",
    "median_age_days", "oldest_age_days", "median_age", "p90_age", "oldest_age",
}  # fmt: skip
"""Columns that disclosure also hides in rows whose other figures are shown."""


def is_hidden_apart(facts: Facts, row: Row, name: str) -> bool:
    """Tell a figure of the results that is hidden from one that is not there.

    It is hidden where the row has cases, and the metric has that figure in any other row.
    """
    if name not in HIDDEN_APART or pd.notna(row[name]) or pd.isna(row["n"]) or not row["n"]:
        return False
    of_metric = facts.results["metric"] == row["metric"]
    return bool(facts.results.loc[of_metric, name].notna().any())
