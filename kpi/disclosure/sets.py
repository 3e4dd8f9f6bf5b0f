"""Figures that are settled together: of metrics that count the same cases, in one quarter."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from kpi.metrics.sums import SUMS
from kpi.periods import Quarter

Set = tuple[str, str]
"""The first by name of the metrics that count the same cases, and a quarter."""


def by_set(rows: pd.DataFrame) -> list[tuple[Set, pd.DataFrame]]:
    """Split results into the sets that are settled together, in the order of the rows."""
    families = {name: family(name) for name in rows["metric"].unique()}
    quarters = {name: quarter_of(name) for name in rows["period"].unique()}
    keys = [rows["metric"].map(families), rows["period"].map(quarters)]
    return [((str(name), str(of)), part) for (name, of), part in rows.groupby(keys, sort=False)]


def family(metric: str) -> str:
    """Return the first by name of the metrics that count cases of this one, or of those."""
    together = {metric}
    while True:
        sums = [{one.whole, *one.parts} for one in SUMS if together & {one.whole, *one.parts}]
        more = together.union(*sums)
        if more == together:
            return min(together)
        together = more


def quarter_of(period: str) -> str:
    """Return the quarter of a quarter, a month, or a week's Thursday.

    >>> quarter_of("2019-W40"), quarter_of("2019-11")
    ('2019Q4', '2019Q4')
    """
    if "W" in period:
        year, _, week = period.partition("-W")
        return str(Quarter.of(dt.date.fromisocalendar(int(year), int(week), 4)))
    if "Q" in period:
        return period
    return str(Quarter.of(dt.date.fromisoformat(f"{period}-01")))
