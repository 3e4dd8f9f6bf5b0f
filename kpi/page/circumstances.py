"""What lateness goes with: returns, late arrival, groups, weekdays, runs and queues.

The words say how much more often, and whether chance would give as much.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd

from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, Listing, render, written
from kpi.page.stages import stage_name
from kpi.page.wording import NO_FIGURE, capital, inside, is_rounded, roughly, rounding

ENOUGH = 30
RETURNED, WEEKDAY, MONTH_END, ALL = "returned", "weekday", "month_end", "all"
ONCE_IN_A_HUNDRED = 2.326  # so many standard deviations are exceeded by chance


def in_words(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    """Tell what the circumstances of a quarter's cases say; what is hidden says nothing."""
    about = facts.subject(metric)
    known = rows[rows["lower"].notna() & rows["missed"].notna()]
    gaps = set(rows.loc[rows["lower"].isna(), "circumstance"])
    # told only where none of their values is hidden
    known = known[~known["circumstance"].isin(gaps & {about.first, RETURNED})]
    tellers: tuple[Callable[[Facts, str, pd.DataFrame], str], ...] = (
        _in_time_at_the_gate, _came_too_late, _returned, _by_group, _by_weekday, _by_month_end,
        _by_amount,
    )  # fmt: skip
    return joined([tell(facts, metric, known) for tell in tellers])


def _of(rows: pd.DataFrame, circumstance: str, *, least: int = 0) -> dict[str, Row]:
    """Return the values of a circumstance that are known, with their rows."""
    return {
        str(row["value"]): row
        for row in records(rows[rows["circumstance"] == circumstance])
        if row["value"] != "unknown" and row["n"] >= least
    }


def _in_time_at_the_gate(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    """Tell of the cases that passed the gate while there was time, and yet were late."""
    about = facts.subject(metric)
    found = _of(rows, about.gate_word).get("by_due") if about.gate_word else None
    if found is None:
        return ""
    gate, late = facts.step(metric, about.gate), found["missed"]
    late = roughly(facts.labels, late, found["rounded_to"])
    return capital(facts.said(metric, "gate_in_time", gate=gate, late=late))


def _came_too_late(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    first = facts.subject(metric).first
    found = [row for value, row in _of(rows, first).items() if value != "in_time"]
    if not found:
        return ""
    counts, to = {"n": _sum(found, "n"), "late": _sum(found, "missed")}, found[0]["rounded_to"]
    written = {name: roughly(facts.labels, count, to) for name, count in counts.items()}
    return capital(facts.said(metric, "came_too_late", **written))


def _returned(facts: Facts, _: str, rows: pd.DataFrame) -> str:
    """Tell what returns cost: in the share on time, in days, and in late cases."""
    labels, found = facts.labels, _of(rows, RETURNED)
    never = found.pop("never", None)
    if never is None or not found:
        return ""
    again = list(found.values())
    n, met, late = (_sum(again, name) for name in ("n", "met", "missed"))
    to = never["rounded_to"] if is_rounded(never["rounded_to"]) else 1
    said = labels(
        "{n} were returned on their way: {share} of them were on time, {others} of the others.",
        n=roughly(labels, n, to),
        share=labels.share_range(met / n, (met + _sum(again, "unknown")) / n, _decimals(never)),
        others=_share(labels, never),
    )
    more = round((late - n * never["missed"] / never["n"]) / to) * to
    said = joined((capital(said), _days_of_returned(labels, found.get("once"), never)))
    if more <= 0:
        return said
    words = labels(
        "That is {more} more late than if they had been on time as often.",
        more=roughly(labels, more, to),
    )
    return joined((said, words))


def _days_of_returned(labels: Labels, once: Row | None, never: Row) -> str:
    if once is None or pd.isna(once["median_days"]) or pd.isna(never["median_days"]):
        return ""
    return labels(
        "Half of those returned once took {days} days or more, of those never returned {others}.",
        days=_days(labels, once["median_days"]),
        others=_days(labels, never["median_days"]),
    )


def _by_group(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    said = []
    for group in facts.subject(metric).groups:
        found = _of(rows, group, least=ENOUGH)
        if len(found) > 1:
            name = inside(facts.group(metric, group))
            named = {facts.value(metric, group, value): row for value, row in found.items()}
            ends = _ends(facts.labels, named)
            said.append(facts.said(metric, "groups", group=name, n=ENOUGH, **ends))
    return joined(said)


def _by_weekday(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    labels, found = facts.labels, _of(rows, WEEKDAY, least=ENOUGH)
    if len(found) < 2:
        return ""
    named = {labels.weekday(dt.date(2024, 1, int(day))): row for day, row in found.items()}
    gate = facts.step(metric, facts.subject(metric).gate)
    return facts.said(metric, "weekdays", gate=gate, **_ends(labels, named))


def _by_month_end(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    labels, found = facts.labels, _of(rows, MONTH_END, least=ENOUGH)
    if len(found) < 2:
        return ""
    return facts.said(
        metric,
        "month_end",
        gate=facts.step(metric, facts.subject(metric).gate),
        share=_share(labels, found["last_three_workdays"]),
        others=_share(labels, found["other"]),
        chance=_chance(labels, found),
    )


def _by_amount(facts: Facts, metric: str, rows: pd.DataFrame) -> str:
    labels, found, figure = facts.labels, _of(rows, ALL).get(ALL), facts.row(metric)
    if found is None or pd.isna(found["amount"]) or not found["amount"]:
        return ""
    low = found["amount_met"] / found["amount"]
    share = labels.share_range(low, low + found["amount_unknown"] / found["amount"])
    number = labels.share_range(figure["lower"], figure["upper"])
    return facts.said(metric, "amount", share=share, number=number)


def _sum(found: list[Row], name: str) -> float:
    return sum(float(row[name]) for row in found)


def _share(labels: Labels, row: Row) -> str:
    return labels.share_range(row["lower"], row["upper"], _decimals(row))


def _decimals(row: Row) -> int:
    """Return how many decimals a share has: none where it is made of rounded counts."""
    return 0 if is_rounded(row["rounded_to"]) else 1


def _ends(labels: Labels, found: dict[str, Row]) -> dict[str, str]:
    """Return what is said of the value with the lowest share on time, and of the highest."""
    worst = min(found, key=lambda name: found[name]["lower"])
    best = max(found, key=lambda name: found[name]["lower"])
    return {
        "worst": worst,
        "best": best,
        "low": _share(labels, found[worst]),
        "high": _share(labels, found[best]),
        "chance": _chance(labels, found),
    }


def _chance(labels: Labels, found: dict[str, Row]) -> str:
    """Say whether shares on time differ by more than chance gives (chi-square test at 1 %)."""
    parts = list(found.values())
    whole = _sum(parts, "met") / _sum(parts, "n")
    spread = whole * (1 - whole)
    apart = sum(row["n"] * (row["met"] / row["n"] - whole) ** 2 for row in parts)
    if spread and apart / spread > _chi_square(len(parts) - 1):
        return labels("more than chance gives")
    return labels("chance can give as much")


def _chi_square(freedom: int) -> float:
    """Return what a chi-square exceeds once in a hundred times (Wilson and Hilferty, 1931)."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + ONCE_IN_A_HUNDRED * part**0.5) ** 3)


def _days(labels: Labels, days: float) -> str:
    return labels.number(days, 0 if float(days).is_integer() else 1)


def circumstances(facts: Facts, metric: str = "") -> Fragment:
    """The share on time by circumstance, in words first; groups with most cases first."""
    metric = metric or facts.most_staged
    rows = _of_quarter(facts, "circumstances", metric)
    kinds = [kind for kind in kinds_of(facts, metric) if (rows["circumstance"] == kind).any()]
    listings = [_listing(facts, metric, kind, rows[rows["circumstance"] == kind]) for kind in kinds]
    note, sentence = rounding(facts) if listings else "", in_words(facts, metric, rows)
    return render("listing", facts, sentence=sentence, listings=listings, note=note)


def kinds_of(facts: Facts, metric: str) -> dict[str, str]:
    """Return the circumstances of a metric's cases in their order, each with its heading."""
    about, labels = facts.subject(metric), facts.labels
    gate = facts.step(metric, about.gate) if about.gate else ""
    kinds = {about.first: facts.said(metric, "came_in_time")} if about.first else {}
    if gate:
        kinds[about.gate_word] = facts.said(metric, "gate", gate=gate)
    kinds[RETURNED] = labels("Was it returned on its way?")
    for group in about.groups:
        kinds[group] = labels("By {group}", group=inside(facts.group(metric, group)))
    if gate:
        kinds[WEEKDAY] = facts.said(metric, "weekday", gate=gate)
        kinds[MONTH_END] = labels("At the end of the month")
    return kinds | {ALL: labels("All, and by amount")}


def _of_quarter(facts: Facts, name: str, metric: str) -> pd.DataFrame:
    rows = facts.frame(name)
    return rows[(rows["metric"] == metric) & (rows["period"] == str(facts.quarter))]


def _listing(facts: Facts, metric: str, kind: str, rows: pd.DataFrame) -> Listing:
    labels, groups = facts.labels, facts.subject(metric).groups
    order = [value for value in VALUE_WORDS if kind != WEEKDAY and kind not in groups]
    place = {value: number for number, value in enumerate(order)}
    ordered = rows.sort_values("value", key=lambda column: column.map(lambda v: place.get(v, v)))
    if kind in groups:
        ordered = ordered.sort_values("n", ascending=False, kind="stable")
    has_amount = bool(rows["amount"].fillna(0).any())
    headings = [labels(word) for word in HEADING_WORDS]
    unit = labels(facts.metrics[metric].amount_unit) if metric in facts.metrics else ""
    headings[_WITHOUT_AMOUNT] = joined((headings[_WITHOUT_AMOUNT], unit), ", ")
    headings = headings if has_amount else headings[:_WITHOUT_AMOUNT]
    return Listing(
        kinds_of(facts, metric)[kind],
        tuple(headings),
        tuple(_row(facts, kind, row)[: len(headings)] for row in records(ordered)),
    )


def _row(facts: Facts, kind: str, row: Row) -> tuple[str, ...]:
    labels = facts.labels
    hidden = bool(row["suppressed"])
    share = NO_FIGURE if not hidden else labels("hidden")
    if pd.notna(row["lower"]):
        share = _share(labels, row)
    return (
        value_in_words(facts, str(row["metric"]), kind, str(row["value"])),
        written(labels, row["n"], hidden=hidden, rounded_to=row["rounded_to"]),
        share,
        written(labels, row["median_days"], 1, hidden=True),
        written(labels, row["amount"], 0, hidden=hidden),
        _amount_share(labels, row, hidden=hidden),
    )


def _amount_share(labels: Labels, row: Row, *, hidden: bool) -> str:
    if pd.isna(row["amount"]) or not row["amount"]:
        return labels("hidden") if hidden else NO_FIGURE
    low = row["amount_met"] / row["amount"]
    return labels.share_range(low, low + row["amount_unknown"] / row["amount"])


def value_in_words(facts: Facts, metric: str, kind: str, value: str) -> str:
    """Write a value of a circumstance: a group's label, a weekday, a word of our own."""
    labels = facts.labels
    if kind in facts.subject(metric).groups:
        return facts.value(metric, kind, value) or labels("not stated")
    if kind == WEEKDAY and value.isdigit():
        return capital(_weekday(labels, int(value)))
    return labels(VALUE_WORDS.get(value, value))


def _weekday(labels: Labels, number: int) -> str:
    return labels.weekday(dt.date(2024, 1, number))


def queues(facts: Facts, metric: str = "") -> Fragment:
    """What waited in each stage at the end of the quarter, and how long it had."""
    metric = metric or facts.most_staged
    labels, rows = facts.labels, facts.frame("stage_queues")
    day = facts.quarter.last_day
    chosen = rows[(rows["metric"] == metric) & (pd.to_datetime(rows["on_date"]).dt.date == day)]
    ages = [age for age in AGES if age != OLDEST or chosen[age].notna().any()]
    listing = Listing(
        labels("Waiting at the end of {day}; ages in the days of the stage", day=labels.date(day)),
        (labels("Stage"), labels("Waiting"), *(labels(AGES[age]) for age in ages)),
        tuple(_queue_row(facts, row, ages) for row in records(chosen)),
    )
    listings = [listing] if listing.rows else []
    note = rounding(facts) if listings else ""
    return render("listing", facts, sentence="", listings=listings, note=note)


def _queue_row(facts: Facts, row: Row, ages: list[str]) -> tuple[str, ...]:
    labels = facts.labels
    return (
        stage_name(facts, row["metric"], row["stage"]),
        written(labels, row["queue"], hidden=True, rounded_to=row["rounded_to"]),
        *(written(labels, row[age], 0, hidden=True) for age in ages),
    )


def payment_runs(facts: Facts, metric: str = "") -> Fragment:
    """The weekdays on which steps were taken together, where they were."""
    metric = metric or facts.most_staged
    labels, rows = facts.labels, _of_quarter(facts, "payment_runs", metric)
    runs = rows[rows["is_run"].fillna(False).astype(bool) & rows["share"].notna()]
    said = [
        labels(
            "{share} are {step} in runs: {weekdays}.",
            share=labels.share(part["share"].sum(), 0),
            step=facts.step(metric, str(step)),
            weekdays=labels.and_list([_run(labels, row) for row in records(part)]),
        )
        for step, part in runs.groupby("step", sort=False)
    ]
    sentence = joined(said) or labels("No step is taken in runs: each weekday has its share.")
    return render("listing", facts, sentence=sentence if len(rows) else "", listings=[], note="")


def _run(labels: Labels, row: Row) -> str:
    weekday = _weekday(labels, int(row["weekday"]))
    return labels("{weekday} ({share})", weekday=weekday, share=labels.share(row["share"], 0))


_WITHOUT_AMOUNT = 4
HEADING_WORDS = (
    "Circumstance", "Cases", "On time", "Median days", "Amount", "Of the amount on time",
)  # fmt: skip
OLDEST = "oldest_age"
AGES = {"median_age": "Median age", "p90_age": "nine in ten", OLDEST: "Oldest"}
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
