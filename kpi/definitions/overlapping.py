"""Metrics that count the same cases: what one figure tells about another."""

from __future__ import annotations

from dataclasses import dataclass

from kpi.definitions.metrics.conversations import (
    ACUTE_CONVERSATIONS,
    BOOKED_PER_CASEWORKER_WEEK,
    CONVERSATIONS_HELD,
    CONVERSATIONS_PER_WORKING_WEEK,
    HOME_VISITS,
)
from kpi.definitions.metrics.plans import (
    ACTION_PLAN_COVERAGE,
    ACTION_PLANS_MADE,
    ACTION_PLANS_PER_CASEWORKER_WEEK,
    PERSONS_IN_MATCH_GROUP_3,
)


@dataclass(frozen=True)
class Sum:
    """In every period the cases of `whole` are those of `parts` together, each in one of them.

    With `rest` there are cases of `whole` in none of the parts, and no metric counts them. `words`
    say of the whole how many cases are of the first and second part, `among` of each part where its
    cases are counted as well, so that readers of both do not count them twice.
    """

    whole: str
    parts: tuple[str, ...]
    rest: bool = False
    words: str = ""
    among: str = ""


SUMS = (
    Sum(
        CONVERSATIONS_HELD.id,
        (ACUTE_CONVERSATIONS.id, BOOKED_PER_CASEWORKER_WEEK.id),
        words="{first} acute and {second} booked",
        among="Counted among the conversations held.",
    ),
    Sum(CONVERSATIONS_PER_WORKING_WEEK.id, (CONVERSATIONS_HELD.id,)),
    Sum(
        BOOKED_PER_CASEWORKER_WEEK.id,
        (HOME_VISITS.id,),
        rest=True,
        words="{first} of these at home",
        among="Counted among the booked conversations.",
    ),
    Sum(ACTION_PLANS_PER_CASEWORKER_WEEK.id, (ACTION_PLANS_MADE.id,)),
    Sum(PERSONS_IN_MATCH_GROUP_3.id, (ACTION_PLAN_COVERAGE.id,)),
)
