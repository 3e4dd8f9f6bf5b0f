"""Units side by side: a table and a funnel, so that a small unit is not blamed for chance.

Units stand in the order of their names; nobody is ranked. What is drawn and counted are disclosed
figures: a unit that is hidden stands in the table without a figure, and in no drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from kpi.figures.funnel import TAILS, Funnel, Limit, funnel
from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.charts.funnel import Units, funnel_chart
from kpi.page.facts import Facts, Row, records
from kpi.page.wording import basis, figure

_FEWEST = 3  # units, below which nothing stands side by side


@dataclass(frozen=True)
class UnitRow:
    """A unit in the table: how it lies beside the whole, in words; empty where it is hidden."""

    name: str
    figure: str
    basis: str
    beside: str
    is_beyond: bool


@dataclass(frozen=True)
class SideBySide:
    """A metric's units: the sentence about them, the funnel, and the table."""

    said: str
    chart: Markup
    rows: list[UnitRow]


def side_by_side(facts: Facts, metric: str, group: str) -> SideBySide | None:
    """Return the units of a grouping; None where fewer than three have a share that is shown."""
    rows = [row for row in records(facts.groups(metric)) if row["group"].startswith(f"{group}=")]
    drawn = [row for row in rows if not pd.isna(row["lower"]) and row["n"] > 0]
    whole = facts.row(metric)
    if len(drawn) < _FEWEST or pd.isna(whole["lower"]) or whole["unit"] != "share":
        return None
    n, low, high = (
        np.array([float(row[name]) for row in drawn]) for name in ("n", "lower", "upper")
    )
    found = funnel((float(whole["lower"]), float(whole["upper"])), n, low, high)
    beyond = dict(zip((row["group"] for row in drawn), found.beyond(n, low, high), strict=True))
    units = Units(n, low, high, [bool(one) for one in beyond.values()])
    said = _in_words(facts.labels, found, list(beyond.values()))
    title = joined((facts.title(metric), facts.group(metric, group)), ", ")
    chart = funnel_chart(facts.labels, found, units, (title, said), f"{metric}-{group}-funnel")
    named = [facts.value(metric, group, row["group"].partition("=")[2]) for row in rows]
    units_of = zip(named, rows, strict=True)
    return SideBySide(said, chart, [_row(facts, *one, found, beyond) for one in units_of])


def _row(facts: Facts, name: str, row: Row, found: Funnel, beyond: dict[str, Limit]) -> UnitRow:
    limit = beyond.get(row["group"])
    return UnitRow(
        name=name,
        figure=figure(facts, row),
        basis=basis(facts, row),
        beside=_beside(facts.labels, limit, is_above=row["lower"] > found.high),
        is_beyond=bool(limit),
    )


def _beside(labels: Labels, limit: Limit | None, *, is_above: bool) -> str:
    if limit is None:
        return ""
    if not limit:
        return labels("within the limits")
    share = _share(labels, limit)
    if is_above:
        return labels("above the {share} limit", share=share)
    return labels("below the {share} limit", share=share)


def _share(labels: Labels, limit: Limit) -> str:
    return labels.share(1 - 2 * TAILS[limit], 0 if limit == "95" else 1)


def _in_words(labels: Labels, found: Funnel, beyond: list[Limit]) -> str:
    """Say how many units lie outside, how many would by chance, and whether limits were widened."""
    outside = sum(bool(one) for one in beyond)
    counts = {
        "n": labels.count(outside),
        "all": labels.count(len(beyond)),
        "chance": labels.count(0.05 * len(beyond)),
        "share": _share(labels, "95"),
    }
    said = labels("{n} of {all} units lie outside the {share} limits.", **counts)
    if found.tau:
        widened = labels(
            "The units differ more than chance explains, so the limits are widened by what differs "
            "between all of them (Spiegelhalter 2005): outside lies who differs from the others."
        )
        return joined((said, widened))
    by_chance = labels("By chance alone about {chance} of {all} would.", **counts)
    return joined((said, by_chance))
