"""What lateness goes with, in words: how much more often, and whether chance would give as much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd

from kpi.labels import Labels
from kpi.labels.words import joined
from kpi.present.facts import Facts, Row, records

ENOUGH = 30
ADDED_UP = {"received", "returned"}  # told only where none of their values is hidden
ONCE_IN_A_HUNDRED = 2.326  # so many standard deviations are exceeded by chance


def in_words(facts: Facts, rows: pd.DataFrame) -> str:
    """Tell what the circumstances of a quarter's cases say; what is hidden says nothing."""
    known = rows[rows["lower"].notna() & rows["missed"].notna()]
    gaps = set(rows.loc[rows["lower"].isna(), "circumstance"])
    known = known[~known["circumstance"].isin(gaps & ADDED_UP)]
    tellers: tuple[Callable[[Labels, pd.DataFrame], str], ...] = (
        _approved_by_due, _received_too_late, _returned, _by_office, _by_weekday, _by_month_end,
        _by_amount,
    )  # fmt: skip
    said = [tell(facts.labels, known) for tell in tellers]
    return joined(said)


def _of(rows: pd.DataFrame, circumstance: str, *, least: int = 0) -> dict[str, Row]:
    """Return the values of a circumstance that are known, with their rows."""
    return {
        str(row["value"]): row
        for row in records(rows[rows["circumstance"] == circumstance])
        if row["value"] != "unknown" and row["n"] >= least
    }


def _approved_by_due(labels: Labels, rows: pd.DataFrame) -> str:
    """Tell the agenda item's own case: approved while there was time, and yet late."""
    found = _of(rows, "approval").get("by_due")
    if found is None:
        return ""
    late = labels.count(found["missed"])
    return labels("{late} were approved by their due day and yet paid late.", late=late)


def _received_too_late(labels: Labels, rows: pd.DataFrame) -> str:
    found = [row for value, row in _of(rows, "received").items() if value != "in_time"]
    if not found:
        return ""
    return labels(
        "{n} were handed in too late to make it, or after their due day; {late} of them were late.",
        n=labels.count(_sum(found, "n")),
        late=labels.count(_sum(found, "missed")),
    )


def _returned(labels: Labels, rows: pd.DataFrame) -> str:
    """Tell what returns cost: in the share on time, in days, and in late cases."""
    found = _of(rows, "returned")
    never = found.pop("never", None)
    if never is None or not found:
        return ""
    again = list(found.values())
    n, met, late = (_sum(again, name) for name in ("n", "met", "missed"))
    said = labels(
        "{n} were returned on their way: {share} of them were on time, {others} of the others.",
        n=labels.count(n),
        share=labels.share_range(met / n, (met + _sum(again, "unknown")) / n),
        others=_share(labels, never),
    )
    more = round(late - n * never["missed"] / never["n"])
    said = joined((said, _days_of_returned(labels, found.get("once"), never)))
    if more <= 0:
        return said
    words = labels(
        "That is {more} more late than if they had been on time as often.", more=labels.count(more)
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


def _by_office(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "office", least=ENOUGH)
    if len(found) < 2:
        return ""
    return labels(
        "Offices with {n} cases or more: from {low} on time ({worst}) to {high} ({best}); "
        "{chance}.",
        n=ENOUGH,
        **_ends(labels, found),
    )


def _by_weekday(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "weekday", least=ENOUGH)
    if len(found) < 2:
        return ""
    named = {labels.weekday(dt.date(2024, 1, int(day))): row for day, row in found.items()}
    return labels(
        "By weekday of approval: from {low} on time ({worst}) to {high} ({best}); {chance}.",
        **_ends(labels, named),
    )


def _by_month_end(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "month_end", least=ENOUGH)
    if len(found) < 2:
        return ""
    return labels(
        "Of those approved in the last three working days of a month {share} were on time, of the "
        "others {others}; {chance}.",
        share=_share(labels, found["last_three_workdays"]),
        others=_share(labels, found["other"]),
        chance=_chance(labels, found),
    )


def _by_amount(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "all").get("all")
    if found is None or pd.isna(found["amount"]) or not found["amount"]:
        return ""
    low = found["amount_met"] / found["amount"]
    return labels(
        "Of the amount, {share} was paid on time; of the number, {number}.",
        share=labels.share_range(low, low + found["amount_unknown"] / found["amount"]),
        number=_share(labels, found),
    )


def _sum(found: list[Row], name: str) -> float:
    return sum(float(row[name]) for row in found)


def _share(labels: Labels, row: Row) -> str:
    return labels.share_range(row["lower"], row["upper"])


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
