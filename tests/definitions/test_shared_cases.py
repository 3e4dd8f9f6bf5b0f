"""Which metrics count each other's cases follows from their definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kpi.definitions.kinds import Count, Timed
from kpi.definitions.metrics.conversations import CONVERSATION_WAIT
from kpi.definitions.shared_cases import Sum, shipped_sums, sums_of
from kpi.definitions.subjects.conversations import CONVERSATIONS
from kpi.definitions.subjects.plans import ACTION_PLANS

HELD = "status = 'held'"


def count(name: str, condition: str, exclude: str = "", happened: str = "held_at") -> Count:
    """Return a metric that counts conversations."""
    return Count(
        id=name, title=name, words=name, subject=CONVERSATIONS, filter=condition, exclude=exclude,
        happened=happened,
    )  # fmt: skip


def test_the_metrics_that_come_with_the_program() -> None:
    """What the municipality counts twice."""
    booked, acute = "booked_conversations_per_caseworker_week", "acute_conversations"
    assert set(shipped_sums()) == {
        Sum("conversations_per_working_week", ("conversations_held",)),
        Sum("conversations_held", (booked, acute)),
        Sum(booked, ("home_visits",), rest=True),
        Sum("persons_in_match_group_3", ("action_plan_coverage",)),
        Sum("action_plans_made", ("action_plans_per_caseworker_week",)),
    }


@pytest.mark.parametrize(
    ("one", "other", "sums"),
    [
        (HELD, f"{HELD} AND kind = 'acute'", [Sum("one", ("other",), rest=True)]),
        ("", f"NOT kind = 'acute' AND {HELD}", [Sum("one", ("other",), rest=True)]),
        (f"{HELD} AND kind <> 'acute'", f"({HELD}) AND kind = 'acute'", []),
        (f"kind = 'acute' AND {HELD}", f"{HELD} AND kind = 'acute'", [Sum("other", ("one",))]),
        ("kind IN ('a', 'b')", "kind IN ('b', 'a')", [Sum("other", ("one",))]),
        ("kind IN ('a', 'b')", "kind IN ('b', 'c')", []),
        ("contact_at IS NULL", "contact_at IS NOT NULL", []),
        ("kind = 'a'", "kind IS NOT NULL", [Sum("other", ("one",), rest=True)]),
        ("length(kind) > 3", f"length(kind) > 3 AND {HELD}", [Sum("one", ("other",), rest=True)]),
        ("length(kind) > 3", "length(kind) > 4", []),
    ],
)
def test_two_metrics(one: str, other: str, sums: list[Sum]) -> None:
    """Among the other, the same, or apart."""
    assert list(sums_of([count("one", one), count("other", other)])) == sums


def test_null_is_never_other_than_a_value_but_is_not_excluded() -> None:
    """What is not asked for and what is excluded differ by those of which nothing is known."""
    asked, excluded = count("asked", "kind <> 'acute'"), count("excluded", "", "kind = 'acute'")
    assert sums_of([asked, excluded]) == (Sum("excluded", ("asked",), rest=True),)


def test_parts_that_are_all_of_a_whole() -> None:
    """Nothing is left over between what is asked and what is not; else something may be."""
    whole = count("whole", HELD)
    acute, rest = count("acute", HELD, "kind <> 'acute'"), count("rest", HELD, "kind = 'acute'")
    visits = count("visits", f"{HELD} AND kind = 'home_visit'")
    assert Sum("whole", ("visits", "acute"), rest=True) in sums_of(
        [whole, visits, count("acute", f"{HELD} AND kind = 'acute'")]
    )
    del acute
    asked = count("asked", f"{HELD} AND kind = 'acute' AND kind IS NOT NULL")
    assert Sum("whole", ("rest", "asked")) in sums_of([whole, rest, asked])


def test_other_days_other_rows_and_other_rules() -> None:
    """Only what is counted by the same day, and late by the same rule, can be subtracted."""
    assert sums_of([count("one", ""), count("other", HELD, happened="ordered_at")]) == ()
    on_duty = replace(count("duty", ""), subject=ACTION_PLANS, happened="held_at")
    assert sums_of([count("one", ""), on_duty]) == ()
    wait: Timed = CONVERSATION_WAIT
    fewer = replace(wait, id="acute", filter=f"{wait.filter} AND kind = 'booked'")
    assert sums_of([wait, fewer]) == ()
    same = sums_of([wait, fewer], {wait.id: "ten days", "acute": "ten days"})
    assert same == (Sum(wait.id, ("acute",), rest=True),)
    assert sums_of([wait, fewer], {wait.id: "ten days", "acute": "five"}) == ()
