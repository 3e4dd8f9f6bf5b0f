"""Figures, targets and statuses in words: the same on the page, in notebooks, in the terminal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from kpi.definitions.frames import RESULTS
from kpi.definitions.kinds import AS_REPORTED, MEDIAN, NINE_IN_TEN, is_rate
from kpi.definitions.statuses import HIDDEN, NO_DATA, STATUSES
from kpi.language import NBSP, Labels
from kpi.language.words import changed, joined, recased
from kpi.page.facts import Facts, Row
from kpi.params.targets_file import in_force
from kpi.periods import Period

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
    return in_its_unit(facts, str(row.get("metric", "")), _of_bounds(facts, row))


def _of_bounds(facts: Facts, row: Row) -> str:
    """Write a number of cases, a rate or days; a range where its bounds are not written alike."""
    labels, unit = facts.labels, shown_unit(facts, row)
    if pd.isna(row["upper"]):
        return labels("at least {low}", low=amount(labels, unit, row["lower"]))
    low, high = (amount(labels, unit, row[bound]) for bound in ("lower", "upper"))
    if low == high:
        return amount(labels, unit, row["value"])
    ends = (labels.number(row["lower"], 0 if is_in_whole_numbers(unit) else 1), high)
    return joined(ends, "\u2013")


def shown_unit(facts: Facts, row: Row) -> str:
    """Return the unit that a row's figure is written in: days by their clock."""
    if row["unit"] != "days" or not row.get("metric"):
        return str(row["unit"])
    return clock_of(facts, row["metric"], facts.quarter.cycle.holding(str(row["period"])))


def unit_of_figure(facts: Facts, metric: str) -> str:
    """Return the unit in which a metric's figures are written now: days by their clock."""
    unit = facts.metrics[metric].unit
    return clock_of(facts, metric) if unit == "days" else unit


def clock_of(facts: Facts, metric: str, quarter: Period | None = None) -> str:
    """Return the unit in which a metric's times are counted: calendar_days, working_days, ..."""
    day = (quarter or facts.quarter).last_day
    counting = facts.metrics[metric].counting_on(day)
    return counting.due.shown_in if counting and counting.due else "calendar_days"


def has_figure(row: Row) -> bool:
    """Tell whether a row has a figure that may be shown."""
    return bool(row) and not pd.isna(row["lower"])


DAY_WORDS = {
    "days": ("{n} day", "{n} days"),
    "calendar_days": ("{n} day", "{n} days"),
    "working_days": ("{n} working day", "{n} working days"),
}


FINE_WORDS = {
    "minutes": "{n} minutes",
    "hours": "{n} hours",
    "business_minutes": "{n} business minutes",
    "business_hours": "{n} business hours",
}


def amount(labels: Labels, unit: str, value: float) -> str:
    """Write a value with its unit; calendar days are called days, others by their name."""
    if unit == "share":
        return labels.share(value)
    if unit in DAY_WORDS:
        return labels.plural(*DAY_WORDS[unit], rounded(value))
    if unit in FINE_WORDS:
        return labels(FINE_WORDS[unit], n=labels.number(value, 0 if value == int(value) else 1))
    if is_rate(unit):
        return labels.number(value, 1)
    if unit == AS_REPORTED:
        return labels.number(value, decimals_of(value))
    return labels.count(value)


def decimals_of(value: float) -> int:
    """Return the decimals that a reported value has, at most three.

    >>> decimals_of(4.25), decimals_of(1200.0)
    (2, 0)
    """
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return min(3, max(0, -int(exponent)))


def in_its_unit(facts: Facts, metric: str, written: str) -> str:
    """Add the unit of a reported value, in words, to the value as it is written."""
    described = facts.metrics.get(metric)
    unit = facts.labels(described.measured_in) if described and described.measured_in else ""
    return joined((written, unit), NBSP)


def rounded(value: float) -> int:
    """Return a number as a whole one, rounded half up.

    >>> rounded(2.5), rounded(32.7)
    (3, 33)
    """
    return int(Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP))


def is_in_whole_numbers(unit: str) -> bool:
    """Tell whether figures of a unit are written as whole numbers."""
    return unit == "count" or unit in DAY_WORDS


def short_amount(labels: Labels, unit: str, value: float) -> str:
    """Write a value as short as it can be: 95 %, 18, 141 days."""
    decimals = 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1
    if unit == "share":
        return labels.share(value, decimals)
    if is_rate(unit) and value == int(value):
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
    shown = unit_of_figure(facts, metric)
    signed = target_in_words(
        facts.labels, shown, (described.unit, target.direction), (target.value, target.to)
    )
    return in_its_unit(facts, metric, signed)


def target_in_words(
    labels: Labels,
    shown: str,
    described: tuple[str, str],
    ends: tuple[float, float | None],
    *,
    strict: bool = False,
) -> str:
    """Write a target: \u2265 90 %, < 150 days, 80\u201390 %.

    `shown` is the unit it is written in, `described` the figure's own unit and the direction,
    `ends` the value and the upper end of a target between two.
    """
    (unit, direction), (value, to) = described, ends
    if to is not None and not pd.isna(to):
        if unit == "share":
            decimals = max(0 if _is_whole(100 * end) else 1 for end in (value, to))
            return labels.share_range(value, to, decimals)
        low = labels.number(value, 0 if _is_whole(value) else 1)
        return joined((low, short_amount(labels, shown, to)), "\u2013")
    return with_sign(short_amount(labels, shown, value), unit, value, direction, strict=strict)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9


def with_sign(
    written: str, unit: str, value: float, direction: str, *, strict: bool = False
) -> str:
    """Put before a target whether it is a lower or an upper bound, and whether it may be equal.

    All of the cases are all of them: no share is above.
    """
    if unit == "share" and value >= 1 and direction == "at_least" and not strict:
        return written
    signs = ("\u2265", ">") if direction == "at_least" else ("\u2264", "<")
    return joined((signs[strict], written), NBSP)


SPOKEN_WORDS = {
    "\u2265": "at least {value}", ">": "above {value}",
    "\u2264": "at most {value}", "<": "below {value}",
}  # fmt: skip


def spoken(labels: Labels, target: str) -> str:
    """Say a target with its sign as a word, for those who hear it: at least 95 %."""
    sign, _, value = target.partition(NBSP)
    return labels(SPOKEN_WORDS[sign], value=value) if sign in SPOKEN_WORDS else target


BASELINE_WORDS: dict[object, str] = {
    ("at_most", "year_ago"): "below the same quarter last year",
    ("at_most", "previous"): "below the quarter before",
    ("at_least", "year_ago"): "above the same quarter last year",
    ("at_least", "previous"): "above the quarter before",
}


def target_of(facts: Facts, row: Row) -> str:
    """Write the target that a quarter's row was judged by; a dash without one."""
    if not row or pd.isna(row["target"]):
        return NO_FIGURE
    quarter = facts.quarter.cycle.parse(row["period"])
    target = in_force(facts.metrics[row["metric"]].targets, quarter.last_day)
    is_strict = bool(target and target.baseline)
    signed = target_in_words(
        facts.labels,
        shown_unit(facts, row),
        (row["unit"], row["direction"]),
        (row["target"], row.get("target_to")),
        strict=is_strict,
    )
    return in_its_unit(facts, row["metric"], signed)


def goal_value(facts: Facts, metric: str, row: Row) -> str:
    """Write the number behind a target that is another quarter's figure; else nothing."""
    target = in_force(facts.metrics[metric].targets, facts.quarter.last_day)
    if target is None or target.value is not None or not row or pd.isna(row["target"]):
        return ""
    return amount(facts.labels, shown_unit(facts, row), row["target"])


FEW_OR_NONE = "few or none"
ROUNDED_WORDS = {
    False: "Counts are rounded to multiples of {multiple}, so that nobody can be recognised.",
    True: "Counts are rounded to multiples of {multiple}.",
}
"""With the reason, and in short."""


def is_rounded(to: float) -> bool:
    """Tell whether a count that is a multiple of so many is rounded."""
    return bool(pd.notna(to)) and to > 1


def roughly(labels: Labels, count: float, rounded_to: float) -> str:
    """Write a count that may be rounded: about 25, few or none; 24 where it is not."""
    if not is_rounded(rounded_to):
        return labels.count(count)
    if not count:
        return labels(FEW_OR_NONE)
    return labels("about {n}", n=labels.count(count))


def rounding(facts: Facts, *, short: bool = False) -> str:
    """Say to what counts in explaining tables are rounded; nothing where they are not."""
    multiple = facts.parameters.disclosure.hide_persons_below
    return facts.labels(ROUNDED_WORDS[short], multiple=multiple) if multiple > 1 else ""


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
    if is_rate(row["unit"]) and pd.notna(row["denominator"]):
        weeks = labels.number(row["denominator"], 1)
        return labels(facts.per(row["metric"]).basis, n=labels.count(row["n"]), weeks=weeks)
    if row["unit"] == "days":
        n = labels.count(row["n"])
        percentile = facts.metrics[row["metric"]].percentile
        if percentile in BASIS_WORDS:
            return labels(BASIS_WORDS[percentile], n=n)
        share = labels.share(percentile / 100, 0)
        return labels("{share} of {n} took no longer", share=share, n=n)
    return ""


BASIS_WORDS = {MEDIAN: "median of {n}", NINE_IN_TEN: "nine in ten of {n}"}


def is_hidden_apart(facts: Facts, row: Row, name: str) -> bool:
    """Tell a figure of the results that is hidden from one that is not there.

    It is hidden where the row has cases, and the metric has that figure in any other row.
    """
    if name not in RESULTS.hidden_alone or pd.notna(row[name]) or pd.isna(row["n"]) or not row["n"]:
        return False
    of_metric = facts.results["metric"] == row["metric"]
    return bool(facts.results.loc[of_metric, name].notna().any())
