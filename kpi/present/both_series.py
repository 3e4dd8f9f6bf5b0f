"""Both ways of counting side by side, where a metric changed how it counts."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from kpi.periods import Quarter
from kpi.present.facts import Facts, Row, records
from kpi.present.fragment import Fragment, render
from kpi.present.wording import NO_FIGURE, figure


class Twice(NamedTuple):
    """A quarter counted in both ways, as the page writes it."""

    quarter: str
    old: str
    new: str
    difference: str


def both_series(facts: Facts) -> Fragment:
    """Each metric that changed how it counts, in both ways over the same quarters."""
    found = [
        (str(metric), [_twice(facts, pair) for _, pair in rows.groupby("period", sort=False)])
        for metric, rows in facts.overlap.groupby("metric", sort=False)
    ]
    return render("both_series", facts, found=found)


def _twice(facts: Facts, pair: pd.DataFrame) -> Twice:
    """Write the first and the last of the versions that count a quarter."""
    rows = records(pair)
    return Twice(
        quarter=facts.labels.quarter(Quarter.parse(rows[0]["period"])),
        old=figure(facts, rows[0]),
        new=figure(facts, rows[-1]),
        difference=_difference(facts, rows[-1]),
    )


def _difference(facts: Facts, row: Row) -> str:
    if pd.isna(row["difference"]):
        return NO_FIGURE
    scale = 100 if row["unit"] == "share" else 1
    return facts.labels.signed(row["difference"] * scale)
