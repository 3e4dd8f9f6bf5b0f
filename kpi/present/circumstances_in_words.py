"""What lateness goes with, in words: how much more often, and whether chance would give as much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd

from kpi.labels import Labels
from kpi.present.facts import Facts

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
    return " ".join(sentence for sentence in said if sentence)


def _of(rows: pd.DataFrame, circumstance: str) -> pd.DataFrame:
    return rows[rows["circumstance"] == circumstance].set_index("value")


def _approved_by_due(labels: Labels, rows: pd.DataFrame) -> str:
    """Tell the agenda item's own case: approved while there was time, and yet late."""
    found = _of(rows, "approval")
    if "by_due" not in found.index:
        return ""
    late = labels.count(found.loc["by_due", "missed"])
    return labels("{late} were approved by their due day and yet paid late.", late=late)


def _received_too_late(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "received")
    found = found[found.index.isin(["too_late", "after_due"])]
    if found.empty:
        return ""
    return labels(
        "{n} were handed in too late to make it, or after their due day; {late} of them were late.",
        n=labels.count(found["n"].sum()),
        late=labels.count(found["missed"].sum()),
    )


def _returned(labels: Labels, rows: pd.DataFrame) -> str:
    """Tell what returns cost: in the share on time, in days, and in late cases."""
    found = _of(rows, "returned")
    if "never" not in found.index or not found.index.isin(["once", "more"]).any():
        return ""
    never, again = found.loc["never"], found[found.index.isin(["once", "more"])]
    n, late = again["n"].sum(), again["missed"].sum()
    said = [
        labels(
            "{n} were returned on their way: {share} of them were on time, {others} of the others.",
            n=labels.count(n),
            share=labels.share_range(
                again["met"].sum() / n, (again["met"].sum() + again["unknown"].sum()) / n
            ),
            others=labels.share_range(never["lower"], never["upper"]),
        )
    ]
    if "once" in found.index and pd.notna(found.loc["once", "median_days"] - never["median_days"]):
        said.append(
            labels(
                "Half of those returned once took {days} days or more, of those never returned "
                "{others}.",
                days=_days(labels, found.loc["once", "median_days"]),
                others=_days(labels, never["median_days"]),
            )
        )
    more = round(float(late - n * never["missed"] / never["n"]))
    if more > 0:
        said.append(
            labels(
                "That is {more} more late than if they had been on time as often.",
                more=labels.count(more),
            )
        )
    return " ".join(said)


def _by_office(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "office")
    found = found[(found["n"] >= ENOUGH) & (found.index != "unknown")]
    if len(found) < 2:
        return ""
    return labels(
        "Offices with {n} cases or more: from {low} on time ({worst}) to {high} ({best}); "
        "{chance}.",
        n=ENOUGH,
        **_ends(labels, found),
        chance=_chance(labels, found),
    )


def _by_weekday(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "weekday")
    found = found[(found["n"] >= ENOUGH) & (found.index != "unknown")]
    if len(found) < 2:
        return ""
    found = found.rename(index=lambda day: labels.weekday(dt.date(2024, 1, int(day))))
    return labels(
        "By weekday of approval: from {low} on time ({worst}) to {high} ({best}); {chance}.",
        **_ends(labels, found),
        chance=_chance(labels, found),
    )


def _by_month_end(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "month_end")
    found = found[found.index.isin(["last_three_workdays", "other"]) & (found["n"] >= ENOUGH)]
    if len(found) < 2:
        return ""
    last, other = found.loc["last_three_workdays"], found.loc["other"]
    return labels(
        "Of those approved in the last three working days of a month {share} were on time, of the "
        "others {others}; {chance}.",
        share=labels.share_range(last["lower"], last["upper"]),
        others=labels.share_range(other["lower"], other["upper"]),
        chance=_chance(labels, found),
    )


def _by_amount(labels: Labels, rows: pd.DataFrame) -> str:
    found = _of(rows, "all")
    if found.empty or pd.isna(found["amount"].iloc[0]) or not found["amount"].iloc[0]:
        return ""
    row = found.iloc[0]
    low = row["amount_met"] / row["amount"]
    return labels(
        "Of the amount, {share} was paid on time; of the number, {number}.",
        share=labels.share_range(low, low + row["amount_unknown"] / row["amount"]),
        number=labels.share_range(row["lower"], row["upper"]),
    )


def _ends(labels: Labels, found: pd.DataFrame) -> dict[str, str]:
    worst, best = str(found["lower"].idxmin()), str(found["lower"].idxmax())
    return {
        "worst": worst,
        "best": best,
        "low": labels.share_range(*found.loc[worst, ["lower", "upper"]]),
        "high": labels.share_range(*found.loc[best, ["lower", "upper"]]),
    }


def _chance(labels: Labels, found: pd.DataFrame) -> str:
    """Say whether shares on time differ by more than chance gives (chi-square test at 1 %)."""
    n, met = found["n"].astype(float), found["met"].astype(float)
    whole = met.sum() / n.sum()
    spread = whole * (1 - whole)
    statistic = float((n * (met / n - whole) ** 2).sum() / spread) if spread else 0.0
    is_more = statistic > _chi_square(len(found) - 1)
    return labels("more than chance gives") if is_more else labels("chance can give as much")


def _chi_square(freedom: int) -> float:
    """Return what a chi-square exceeds once in a hundred times (Wilson and Hilferty, 1931)."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + ONCE_IN_A_HUNDRED * part**0.5) ** 3)


def _days(labels: Labels, days: float) -> str:
    return labels.number(days, 0 if float(days).is_integer() else 1)
