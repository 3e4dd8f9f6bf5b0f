"""Which metrics count each other's cases follows from their definitions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kpi.definitions.kinds import Count, ShareOfFlag, ShareWithinLimit
from kpi.definitions.metrics.conversations import CONVERSATION_WAIT
from kpi.definitions.shared_cases import ALL, Cell, Rule, Sum, sums_of, undecided
from kpi.definitions.subjects.applications import APPLICATIONS
from kpi.definitions.subjects.conversations import CONVERSATIONS
from kpi.definitions.subjects.plans import ACTION_PLANS
from kpi.params.targets_file import MetricParams
from tests.disclosure.careful import SUMS

HELD = "status = 'held'"
BILL_LIKE = "kind = 'other'"


def cells(*names: str, of: str = ALL) -> tuple[Cell, ...]:
    """Return the same cell of several metrics."""
    return tuple((name, of) for name in names)


def total(whole: str, *parts: str, rest: bool = False, of: str = ALL) -> Sum:
    """Return the sum of the same cells of several metrics."""
    return Sum((whole, of), cells(*parts, of=of), rest)


def count(name: str, condition: str, exclude: str = "", happened: str = "held_at") -> Count:
    """Return a metric that counts conversations."""
    return Count(
        id=name, title=name, words=name, subject=CONVERSATIONS, filter=condition, exclude=exclude,
        happened=happened,
    )  # fmt: skip


def test_the_metrics_that_come_with_the_program() -> None:
    """What the municipality counts twice."""
    booked, acute = "booked_conversations_per_caseworker_week", "acute_conversations"
    covered = [
        total("persons_in_match_group_3", "action_plan_coverage", of=of)
        for of in (ALL, "met", "missed")
    ]
    assert set(SUMS) == {
        total("conversations_per_working_week", "conversations_held"),
        total("conversations_held", booked, acute),
        total(booked, "home_visits", rest=True),
        *covered,
        total("action_plans_made", "action_plans_per_caseworker_week"),
    }


AMONG, SAME, TURNED = "among", "same", "turned"
SUMS_BY = {
    AMONG: [total("one", "other", rest=True)],
    TURNED: [total("other", "one", rest=True)],
    SAME: [total("other", "one")],
    "": [],
}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (HELD, f"{HELD} AND kind = 'acute'", AMONG),
        ("", f"NOT kind = 'acute' AND {HELD}", AMONG),
        (f"{HELD} AND kind <> 'acute'", f"({HELD}) AND kind = 'acute'", ""),
        (f"kind = 'acute' AND {HELD}", f"{HELD} AND kind = 'acute'", SAME),
        ("kind IN ('a', 'b')", "kind IN ('b', 'a')", SAME),
        ("kind IN ('a', 'b')", "kind = 'a' OR 'b' = kind", SAME),
        ("kind IN ('a', 'b')", "kind IN ('b', 'c')", ""),
        ("kind IN ('a', 'b')", "NOT kind IN ('a', 'b', 'c')", ""),
        ("contact_at IS NULL", "contact_at IS NOT NULL", ""),
        ("kind = 'a'", "kind IS NOT NULL", TURNED),
        ("length(kind) > 3", f"length(kind) > 3 AND {HELD}", AMONG),
        ("length(kind) > 3", "length(kind) > 4", AMONG),
        ("4 < length(kind)", "length(kind) >= 4", TURNED),
        ("length(kind) BETWEEN 3 AND 9", "length(kind) > 2 AND length(kind) < 9.5", TURNED),
        ("length(kind) BETWEEN 3 AND 9", "NOT (length(kind) < 3 OR length(kind) > 9)", SAME),
        ("length(kind) < 3", "length(kind) > 9", ""),
        ("ordered_at >= '2019-01-01'", "ordered_at > '2019-06-30 12:00'", AMONG),
        ("ordered_at >= '2019-01-01'", "ordered_at >= CAST('2019-01-01' AS DATE)", SAME),
        ("held_at > ordered_at", f"held_at > ordered_at AND {HELD}", AMONG),
        ("held_at > ordered_at", "ordered_at < held_at", ""),
    ],
)
def test_two_metrics(one: str, other: str, expected: str) -> None:
    """Among the other, the same, or apart; the last cannot be told."""
    assert list(sums_of([count("one", one), count("other", other)])) == SUMS_BY[expected]


def test_null_is_never_other_than_a_value_but_is_not_excluded() -> None:
    """What is not asked for and what is excluded differ by those of which nothing is known."""
    asked, excluded = count("asked", "kind <> 'acute'"), count("excluded", "", "kind = 'acute'")
    assert sums_of([asked, excluded]) == (total("excluded", "asked", rest=True),)


def test_either_of_two_that_are_excluded_is_out() -> None:
    both = count("both", "", "kind = 'acute' OR status = 'cancelled'")
    one = count("one", "", "kind = 'acute'")
    assert sums_of([one, both]) == (total("one", "both", rest=True),)


def test_parts_that_are_all_of_a_whole() -> None:
    """Nothing is left over between what is asked and what is not; else something may be."""
    whole, rest = count("whole", HELD), count("rest", HELD, "kind = 'acute'")
    visits = count("visits", f"{HELD} AND kind = 'home_visit'")
    acute = count("acute", f"{HELD} AND kind = 'acute'")
    assert total("whole", "visits", "acute", rest=True) in sums_of([whole, visits, acute])
    asked = count("asked", f"{HELD} AND kind = 'acute' AND kind IS NOT NULL")
    assert total("whole", "rest", "asked") in sums_of([whole, rest, asked])


def test_what_is_less_and_what_is_more_than_a_number_leave_those_without_one() -> None:
    whole = count("whole", "length(kind) IS NOT NULL")
    more, less = count("more", "length(kind) > 4"), count("less", "length(kind) <= 4")
    assert total("whole", "more", "less") in sums_of([whole, more, less])
    everything = count("whole", "")
    assert total("whole", "more", "less", rest=True) in sums_of([everything, more, less])


def flagged(name: str, flag: str, condition: str = "") -> ShareOfFlag:
    """Return a metric that is the share of conversations of which something is true."""
    return ShareOfFlag(
        id=name, title=name, words=name, subject=CONVERSATIONS, on="held_at", flag=flag,
        filter=condition,
    )  # fmt: skip


def test_flags_of_the_same_rows() -> None:
    """Those of whom more is asked are among those of whom less is, and are cases of a count."""
    more, less = flagged("more", "length(kind) > 4"), flagged("less", "length(kind) > 3")
    found = set(sums_of([more, less, count("counted", "length(kind) > 4")]))
    assert found >= {
        total("less", "more"),
        total("less", "more", rest=True, of="met"),
        total("more", "less", rest=True, of="missed"),
        Sum(("counted", ALL), (("more", "met"),)),
    }


def timed(name: str, condition: str = "") -> ShareWithinLimit:
    """Return a metric whose cases have the clock of an application."""
    return ShareWithinLimit(
        id=name, title=name, words=name, subject=APPLICATIONS, filter=condition,
        start="received_at", stop="decided_at",
    )  # fmt: skip


def rule(days: int, quarter_by: str = "start", **more: Any) -> Rule:
    """Return the rule of a limit of so many days."""
    counting = {"due": {"days": days, **more}, "quarter_by": quarter_by}
    return MetricParams.model_validate({"counting": [counting]}).rule


def test_a_rule_is_told_by_what_decides_and_not_by_its_words() -> None:
    worded = {"due": {"days": 10}, "quarter_by": "start", "reason": "decided", "what": "ten days"}
    assert MetricParams.model_validate({"counting": [worded]}).rule == rule(10)
    assert rule(10) != rule(10, unit="working_days")


def test_cases_within_ten_days_are_within_twenty() -> None:
    """Late by the longer limit is late by the shorter; who is known by it, is by the shorter."""
    found = sums_of([timed("ten"), timed("twenty")], {"ten": rule(10), "twenty": rule(20)})
    assert set(found) == {
        total("twenty", "ten", rest=True, of="met"),
        total("ten", "twenty", rest=True, of="missed"),
        total("ten", "twenty", rest=True),
    }


def test_cases_of_some_within_ten_days_are_among_those_of_all_within_twenty() -> None:
    rules = {"ten": rule(10), "twenty": rule(20)}
    found = set(sums_of([timed("ten", BILL_LIKE), timed("twenty")], rules))
    assert found == {total("twenty", "ten", rest=True, of="met")}


def test_where_the_stop_decides_the_period_those_in_time_are_nested() -> None:
    """Cases that are open belong where their limit ended, which another limit moves."""
    rules = {"ten": rule(10, "stop"), "twenty": rule(20, "stop")}
    found = sums_of([timed("ten"), timed("twenty")], rules)
    assert found == (total("twenty", "ten", rest=True, of="met"),)


@pytest.mark.parametrize(
    "other",
    [
        rule(20, "due"),
        rule(20, unit="working_days"),
        rule(20, roll_forward=True),
        rule(20, by="kind", values={"other": {"days": 30}}),
    ],
)
def test_limits_that_cannot_be_compared(other: Rule) -> None:
    """By the day due, in other days, or with limits of its own for some."""
    start = "due" if other.period_by == "due" else "start"
    rules = {"ten": rule(10, start), "other": other}
    assert sums_of([timed("ten"), timed("other")], rules) == ()


def test_limits_by_category_are_compared_one_by_one() -> None:
    """All are longer, or nothing is known."""
    less = rule(10, by="kind", values={"other": {"days": 20}})
    longer = rule(12, by="kind", values={"other": {"days": 20}})
    mixed = rule(12, by="kind", values={"other": {"days": 15}})
    metrics = [timed("one"), timed("other")]
    found = sums_of(metrics, {"one": less, "other": longer})
    assert total("other", "one", rest=True, of="met") in found
    assert sums_of(metrics, {"one": less, "other": mixed}) == ()


def test_limits_to_the_second_are_compared_in_hours_and_minutes() -> None:
    hours, minutes = (
        MetricParams.model_validate({"counting": [{"due": due, "quarter_by": "stop"}]}).rule
        for due in ({"hours": 2}, {"minutes": 150})
    )
    found = sums_of([timed("two"), timed("more")], {"two": hours, "more": minutes})
    assert found == (total("more", "two", rest=True, of="met"),)


def test_other_days_other_rows_and_other_rules() -> None:
    """Only what is counted by the same day can be subtracted."""
    assert sums_of([count("one", ""), count("other", HELD, happened="ordered_at")]) == ()
    on_duty = replace(count("duty", ""), subject=ACTION_PLANS, happened="held_at")
    assert sums_of([count("one", ""), on_duty]) == ()
    wait = CONVERSATION_WAIT
    fewer = replace(wait, id="acute", filter=f"{wait.filter} AND kind = 'booked'")
    assert sums_of([wait, fewer]) == ()
    same = sums_of([wait, fewer], {wait.id: rule(10), "acute": rule(10)})
    assert set(same) == {
        total(wait.id, "acute", rest=True, of=of) for of in (ALL, "met", "missed", "unknown")
    }


def test_of_which_metrics_nobody_can_tell() -> None:
    """Conditions that compare columns, clocks that start on other days, limits in other days."""
    one, other = count("one", "held_at > ordered_at"), count("other", "ordered_at > contact_at")
    assert undecided([one, other], {}) == (("one", "other"),)
    more = count("more", f"held_at > ordered_at AND {HELD}")
    assert undecided([one, more], {}) == ()
    apart = count("apart", "kind = 'acute' AND ordered_at > contact_at")
    assert undecided([count("one", "kind = 'booked' AND held_at > ordered_at"), apart], {}) == ()
    assert (
        undecided([one, count("day", "ordered_at > contact_at", happened="ordered_at")], {}) == ()
    )
    ten, twenty = timed("ten"), timed("twenty")
    assert undecided([ten, twenty], {"ten": rule(10), "twenty": rule(20)}) == ()
    working = {"ten": rule(10), "twenty": rule(20, unit="working_days")}
    by_due = {"ten": rule(10, "due"), "twenty": rule(20, "due")}
    for rules in (working, by_due):
        assert undecided([ten, twenty], rules) == (("ten", "twenty"),)
    later = replace(twenty, start="decision_at")
    assert undecided([ten, later], {"ten": rule(10), "twenty": rule(10)}) == (("ten", "twenty"),)
