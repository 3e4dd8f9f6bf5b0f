"""What is not certain: what doubtful rows would change, and the chances of a running quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from kpi.definitions.statuses import HIDDEN
from kpi.figures.outlook import ASSUMPTION
from kpi.language.words import joined
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, render
from kpi.page.wording import NO_FIGURE, figure, status_word

WAYS = ("with_set_aside", "doubtful_unknown")
FIGURE_WORDS = {
    "with_set_aside": "If the rows set aside were counted as well, the figure would be {figure}.",
    "doubtful_unknown": "If the rows that a rule casts doubt on are taken as unknown, the figure "
    "is {figure}.",
}


@dataclass(frozen=True)
class Effect:
    """A metric whose figure hangs on rows set aside or in doubt, as the page tells it.

    `ways` has a cell for each way of counting, `sentences` the same in words, and `otherwise` says
    how the target would be judged then; empty where it would be judged the same.
    """

    metric: str
    figure: str
    ways: list[str]
    sentences: list[str]
    otherwise: str


def effects(facts: Facts) -> list[Effect]:
    """Return the metrics whose figure is moved, in the committee's order."""
    found = (effect_on(facts, metric) for metric in facts.metrics)
    return [effect for effect in found if effect]


def effect_on(facts: Facts, metric: str) -> Effect | None:
    """Return what would move a metric's figure; None where nothing does, or it is hidden."""
    rows = facts.rows_of("effect", metric)
    if not rows or facts.is_retired(metric) or pd.isna(rows[0]["lower"]):
        return None
    row = rows[0]
    moved = [way for way in WAYS if _moves(row, way)]
    if not moved:
        return None
    sentences = [_sentence(facts, row, way) for way in moved]
    otherwise = [_verdict(facts, row, way) for way in moved]
    return Effect(
        metric,
        figure(facts, facts.row(metric)),
        [_figure(facts, row, way) if way in moved else _unmoved(facts) for way in WAYS],
        sentences,
        next((words for words in otherwise if words), ""),
    )


def _moves(row: Row, way: str) -> bool:
    return any(row[f"{way}_{name}"] != row[name] for name in ("n", "lower", "upper"))


def _sentence(facts: Facts, row: Row, way: str) -> str:
    words = facts.labels(FIGURE_WORDS[way], figure=_figure(facts, row, way))
    return joined((words, _rule_in_words(facts, row, way)))


def _unmoved(facts: Facts) -> str:
    """Say that a figure is the same, or differs by fewer cases than may be told."""
    least = facts.parameters.disclosure.hide_persons_below
    if least <= 1:
        return facts.labels("unchanged")
    return facts.labels("unchanged, or by fewer than {n} cases", n=least)


def _rule_in_words(facts: Facts, row: Row, way: str) -> str:
    """Name the rule that moves the figure most."""
    table = facts.metrics[row["metric"]].tables[0]
    words = [
        finding.words
        for checked in facts.checked_tables
        if checked.table == table
        for finding in checked.findings
        if finding.rule == row[f"{way}_rule"]
    ]
    if not words:
        return ""
    labels = facts.labels
    return labels("Most of the difference comes from the rule: {rule}.", rule=labels(words[0]))


def _verdict(facts: Facts, row: Row, way: str) -> str:
    then, now = row[f"{way}_verdict"], row["verdict"]
    if not then or not now or then == now:
        return ""
    labels = facts.labels
    return labels(
        "The target would then be judged otherwise: {then} instead of {now}.",
        then=status_word(labels, then),
        now=status_word(labels, now),
    )


def _figure(facts: Facts, row: Row, way: str) -> str:
    named = {name: row[f"{way}_{name}"] for name in ("value", "lower", "upper")}
    return figure(facts, {"status": "", "unit": row["unit"]} | named)


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
    if row["status"] == HIDDEN.id:
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
