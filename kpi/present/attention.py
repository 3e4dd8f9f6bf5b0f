"""What needs attention: which targets are missed, since when, and what is being done about it."""

from __future__ import annotations

from dataclasses import dataclass

from kpi.present.cards import Chart, chart
from kpi.present.change import distance
from kpi.present.comments import Comment, comment
from kpi.present.facts import Facts
from kpi.present.since import since_when
from kpi.present.tables import TargetRow, target_row

NEEDS_ATTENTION = ("not_met", "not_documented", "accepted_deviation")


@dataclass(frozen=True)
class Attention:
    """A target that is missed or cannot be documented: since when, and what is being done."""

    row: TargetRow
    since: str
    comment: Comment


def attention(facts: Facts) -> list[str]:
    """Return the targets that are missed or cannot be documented, in the committee's order."""
    return [m for m in facts.targets if facts.row(m)["status"] in NEEDS_ATTENTION]


def attention_rows(facts: Facts) -> list[Attention]:
    """Gather what the page says first about each target that needs attention."""
    return [
        Attention(target_row(facts, metric), since_when(facts, metric), comment(facts, metric))
        for metric in attention(facts)
    ]


def featured(facts: Facts) -> Chart | None:
    """Return the one chart that stands beside the answer; the others are folded up further down.

    Of the targets that need attention it is the one that changed most since the quarter before; if
    none does, the first metric that has a chart.
    """
    ranked = sorted(attention(facts), key=lambda metric: -distance(facts, metric))
    charts = (chart(facts, metric) for metric in ranked or [*facts.targets, *facts.result_rows])
    return next((one for one in charts if one), None)
