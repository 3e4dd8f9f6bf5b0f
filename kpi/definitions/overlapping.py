"""What is said of metrics that count the same cases, so that readers do not count them twice.

That they do follows from their definitions (kpi.definitions.shared_cases).
"""

from __future__ import annotations

from dataclasses import dataclass

from kpi.definitions.metrics.conversations import (
    ACUTE_CONVERSATIONS,
    BOOKED_PER_CASEWORKER_WEEK,
    CONVERSATIONS_HELD,
    HOME_VISITS,
)


@dataclass(frozen=True)
class Sum:
    """The cases of `parts` are among those of `whole`.

    `words` say of the whole how many cases are of the first and second part, `among` of each part
    where its cases are counted as well.
    """

    whole: str
    parts: tuple[str, ...]
    words: str = ""
    among: str = ""


SUMS = (
    Sum(
        CONVERSATIONS_HELD.id,
        (ACUTE_CONVERSATIONS.id, BOOKED_PER_CASEWORKER_WEEK.id),
        words="{first} acute and {second} booked",
        among="Counted among the conversations held.",
    ),
    Sum(
        BOOKED_PER_CASEWORKER_WEEK.id,
        (HOME_VISITS.id,),
        words="{first} of these at home",
        among="Counted among the booked conversations.",
    ),
)
