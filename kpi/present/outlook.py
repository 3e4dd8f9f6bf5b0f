"""The chance of meeting each target, while the quarter still runs."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from kpi.evaluate.outlook import ASSUMPTION
from kpi.present.facts import Facts, Row, records
from kpi.present.fragment import Fragment, render
from kpi.present.wording import NO_FIGURE


class Chance(NamedTuple):
    """The outlook of one target, as the page writes it."""

    metric: str
    decided: str
    undecided: str
    needed: str
    reachable: str
    chance: str


def outlook(facts: Facts) -> Fragment:
    """What is decided, what is still open, and the chance of meeting the target."""
    found = [_chance(facts, row) for row in records(facts.outlook)]
    return render("outlook", facts, found=found, assumption=facts.labels(ASSUMPTION))


def _chance(facts: Facts, row: Row) -> Chance:
    labels, metric = facts.labels, str(row["metric"])
    if row["status"] == "hidden":
        return Chance(metric, *[labels("hidden")] * 5)
    undecided = row["open_due"] + row["expected"]
    return Chance(
        metric=metric,
        decided=labels.count(row["decided"]),
        undecided=labels.count(undecided),
        needed=labels("out of reach") if pd.isna(row["needed"]) else labels.count(row["needed"]),
        reachable=labels.share_range(row["lower"], row["upper"]),
        chance=NO_FIGURE if pd.isna(row["chance"]) else labels.share(row["chance"], 0),
    )
