"""The metrics one by one: what lies behind each figure of the page, folded up."""

from __future__ import annotations

from dataclasses import dataclass

from kpi.present.attention import featured
from kpi.present.cards import Card, card
from kpi.present.facts import Facts
from kpi.present.fragment import Fragment, render
from kpi.present.methods import Definition, definition
from kpi.present.tables import QuarterRow, quarter_rows


@dataclass(frozen=True)
class Behind:
    """What lies behind one metric's figure; nothing but its definition where it was dropped."""

    metric: str
    definition: Definition
    card: Card | None
    quarters: list[QuarterRow]


def one_by_one(facts: Facts) -> Fragment:
    """Every metric with its chart, comment, definition, data quality and numbers."""
    shown_above = featured(facts)
    groups = {
        "Service targets": facts.targets,
        "Results": facts.result_rows,
        "Dropped": facts.retired,
    }
    found = {words: [_behind(facts, m) for m in metrics] for words, metrics in groups.items()}
    return render(
        "one_by_one",
        facts,
        groups={words: metrics for words, metrics in found.items() if metrics},
        shown_above=shown_above.metric if shown_above else "",
    )


def _behind(facts: Facts, metric: str) -> Behind:
    if facts.is_retired(metric) or not facts.row(metric):
        return Behind(metric, definition(facts, metric), None, [])
    return Behind(
        metric, definition(facts, metric), card(facts, metric), quarter_rows(facts, metric)
    )


GROUP_WORDS = ("Service targets", "Results", "Dropped")
