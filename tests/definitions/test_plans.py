"""Action plans for match group 3."""

from __future__ import annotations

from tests.drawn import measured, outcomes

GROUPS = """
    citizen   | match_group | from_date  | to_date
    third     | 3           | 2019-01-01 |
    left      | 3           | 2019-01-01 | 2019-11-30
    default   | 3           | 2019-01-01 | 9999-12-31
    old style | 3           | 2019-01-01 | 1900-01-01
    first     | 1           | 2019-01-01 |
    unstated  | 0           | 2019-01-01 |
    new       | 3           | 2019-12-31 |
    """


def test_only_plans_of_group_3_on_that_day_count() -> None:
    """The group on the day of the plan decides; both default end dates mean open."""
    plans = """
        plan_id          | citizen   | made_at
        in group         | third     | 2019-10-01
        before leaving   | left      | 2019-11-30
        after leaving    | left      | 2019-12-01
        open end         | default   | 2019-12-01
        old open end     | old style | 2019-12-01
        another group    | first     | 2019-10-01
        """
    tables = {"action_plans": plans, "match_groups": GROUPS}
    assert set(outcomes("action_plans_made", tables, as_of="2020-01-15")) == {
        "in group",
        "before leaving",
        "open end",
        "old open end",
    }


def test_coverage_on_the_last_day() -> None:
    """Each person once; a plan counts from its day until it is closed."""
    plans = """
        plan_id | citizen   | made_at    | closed_at
        1       | third     | 2019-10-01 |
        2       | third     | 2019-11-01 |
        3       | default   | 2019-10-01 | 2019-12-31
        4       | old style | 2020-01-02 |
        """
    cases = measured(
        "action_plan_coverage",
        {"action_plans": plans, "match_groups": GROUPS},
        as_of="2020-01-15",
    )
    assert dict(zip(cases["person"], cases["outcome"], strict=True)) == {
        "third": "met",
        "default": "missed",
        "old style": "missed",
        "new": "missed",
    }


def test_follow_ups_of_group_3() -> None:
    """The group on the day of the follow-up decides."""
    follow_ups = """
        follow_up_id | plan_id | citizen | followed_up_at
        counted      | 1       | third   | 2019-10-01
        left by then | 2       | left    | 2019-12-24
        """
    tables = {"follow_ups": follow_ups, "match_groups": GROUPS}
    assert set(outcomes("action_plan_follow_ups", tables, as_of="2020-01-15")) == {"counted"}
