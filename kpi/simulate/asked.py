"""What is asked of a simulation of conversations: a goal, and numbers a week to try."""

from __future__ import annotations

from typing import NamedTuple

from kpi.errors import ParameterError
from kpi.params import Due
from kpi.simulate.contacts import PastContacts
from kpi.simulate.past import Past

MOST_A_WEEK = 1000


class Goal(NamedTuple):
    """The share that is to be held within a limit."""

    limit: Due
    share: float


def goal_of(past: Past, within: int | None, share: float | None) -> Goal:
    """Return the goal asked for; what is None is the metric's own limit or target.

    Raises ParameterError for a goal that makes no sense, or where there is no target to take.
    """
    limit = past.limit if within is None else past.limit.model_copy(update={"days": within})
    wanted = past.goal if share is None else share
    if wanted is None or not 0 < wanted <= 1:
        raise ParameterError(
            "The goal is a ratio above 0, at most 1.",
            "none in targets.yaml" if wanted is None else f"{wanted:g}",
            "Write --share 0.9 for 90 %.",
        )
    if within is not None and within < 0:
        raise ParameterError("A limit is 0 days or more.", str(within), "Add --within 10.")
    return Goal(limit, wanted)


def numbers_to_try(text: str | None, past: PastContacts) -> list[int]:
    """Read the numbers a week to try: "22", "18..30", or "18,22,26".

    Without a text they lie about those that were needed. Raises ParameterError for others.
    """
    if text is None:
        needed = past.needed_a_week(past.recent())
        return list(range(max(int(needed * 0.85), 1), int(needed * 1.4) + 2))
    try:
        if ".." in text:
            first, last = (int(end) for end in text.split(".."))
            numbers = list(range(first, last + 1))
        else:
            numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1 or max(numbers) > MOST_A_WEEK:
        raise ParameterError(
            f"Conversations a week are whole numbers from 1 to {MOST_A_WEEK}, at least one.",
            f'"{text}"',
            "Write --per-week 18..30.",
        )
    return numbers
