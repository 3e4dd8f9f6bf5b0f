"""Which action plans, follow-ups and match-group periods break which rule."""

from __future__ import annotations

from tests.quality.extracts import breaking

GROUPS = """
    citizen   | match_group | from_date  | to_date
    third     | 3           | 2019-01-01 |
    left      | 3           | 2019-01-01 | 2019-09-30
    old style | 3           | 2019-01-01 | 1900-01-01
    first     | 1           | 2019-01-01 |
    """
PLANS = """
    plan_id | citizen | made_at
    one     | ane     | 2019-10-01T10:00:00
    """


def test_not_in_group_3() -> None:
    """The group on the day of the plan decides; the default end dates mean open."""
    plans = """
        plan_id       | citizen   | made_at
        in the group  | third     | 2019-10-01
        last day      | left      | 2019-09-30
        day after     | left      | 2019-10-01
        default end   | old style | 2019-10-01
        other group   | first     | 2019-10-01
        unknown       | stranger  | 2019-10-01
        """
    found = breaking("not_in_group_3", "action_plans", plans, match_groups=GROUPS)
    assert found == {"day after", "other group", "unknown"}


def test_two_open_plans() -> None:
    """The later row of two open plans; a closed one does not count."""
    assert breaking(
        "two_open_plans",
        "action_plans",
        """
        plan_id | citizen | made_at    | closed_at
        first   | ane     | 2019-01-01 |
        second  | ane     | 2019-10-01 |
        closed  | bo      | 2019-01-01 | 2019-09-01
        only    | bo      | 2019-10-01 |
        """,
    ) == {"second"}


def test_no_next_follow_up() -> None:
    """Only an open plan needs a next date."""
    assert breaking(
        "no_next_follow_up",
        "action_plans",
        """
        plan_id      | citizen | made_at    | closed_at  | next_follow_up_at
        with date    | ane     | 2019-10-01 |            | 2019-12-01
        without date | bo      | 2019-10-01 |            |
        closed       | cara    | 2019-10-01 | 2019-11-01 |
        """,
    ) == {"without date"}


def test_author_unknown() -> None:
    """A plan names its author."""
    plans = """
        plan_id | citizen | made_at    | author
        signed  | ane     | 2019-10-01 | abc
        blank   | bo      | 2019-10-01 |
        """
    assert breaking("author_unknown", "action_plans", plans) == {"blank"}


def test_follow_up_before_plan() -> None:
    """An earlier day than the plan's; an earlier time of that day does not matter."""
    follow_ups = """
        follow_up_id | plan_id | citizen | followed_up_at
        day before   | one     | ane     | 2019-09-30
        same day     | one     | ane     | 2019-10-01T08:00:00
        no such plan | two     | ane     | 2019-09-30
        """
    found = breaking("follow_up_before_plan", "follow_ups", follow_ups, action_plans=PLANS)
    assert found == {"day before"}


FOLLOW_UPS = """
    follow_up_id | plan_id | citizen | followed_up_at
    known        | one     | ane     | 2019-10-02
    unknown      | two     | ane     | 2019-10-02
    """


def test_plan_not_found() -> None:
    """A follow-up of a plan that is not in the extract of plans."""
    found = breaking("plan_not_found", "follow_ups", FOLLOW_UPS, action_plans=PLANS)
    assert found == {"unknown"}


def test_plan_not_found_beside_a_plan_without_number() -> None:
    """A plan without a number does not hide the missing one."""
    plans = PLANS.rstrip() + "\n            | bo      | 2019-10-01\n"
    found = breaking("plan_not_found", "follow_ups", FOLLOW_UPS, action_plans=plans)
    assert found == {"unknown"}


def test_group_not_stated() -> None:
    """Code 0 and nothing are both not stated."""
    groups = """
        citizen | match_group | from_date
        stated  | 3           | 2019-01-01
        zero    | 0           | 2019-01-01
        empty   |             | 2019-01-01
        """
    assert breaking("group_not_stated", "match_groups", groups) == {"zero", "empty"}


def test_ends_before_it_begins() -> None:
    """The default date 01-01-1900 is no end."""
    groups = """
        citizen  | match_group | from_date  | to_date
        backward | 3           | 2019-02-01 | 2019-01-31
        one day  | 3           | 2019-02-01 | 2019-02-01
        default  | 3           | 2019-02-01 | 1900-01-01
        running  | 3           | 2019-02-01 |
        """
    assert breaking("ends_before_it_begins", "match_groups", groups) == {"backward"}


def test_overlapping_periods() -> None:
    """A period that begins while the citizen's previous one still runs."""
    groups = """
        office   | citizen | match_group | from_date  | to_date
        before   | ane     | 3           | 2019-01-01 | 2019-06-30
        overlap  | ane     | 2           | 2019-06-30 | 2019-09-30
        next     | ane     | 3           | 2019-10-01 |
        open     | bo      | 3           | 2019-01-01 | 9999-12-31
        within   | bo      | 2           | 2019-03-01 |
        old open | cara    | 3           | 2019-01-01 | 1900-01-01
        beside   | cara    | 2           | 2019-03-01 |
        """
    found = breaking("overlapping_periods", "match_groups", groups)
    assert found == {"overlap", "within", "beside"}


def test_gap_between_periods() -> None:
    """A period that begins more than a day after the citizen's previous one ended."""
    groups = """
        office  | citizen | match_group | from_date  | to_date
        before  | ane     | 3           | 2019-01-01 | 2019-06-30
        on time | ane     | 2           | 2019-07-01 | 2019-09-30
        late    | ane     | 3           | 2019-10-02 |
        another | bo      | 3           | 2019-12-01 |
        """
    assert breaking("gap_between_periods", "match_groups", groups) == {"late"}


def test_default_end_date() -> None:
    """Both systems' default end dates are found."""
    groups = """
        citizen   | match_group | from_date  | to_date
        far       | 3           | 2019-01-01 | 9999-12-31
        long gone | 3           | 2019-01-01 | 1900-01-01
        real      | 3           | 2019-01-01 | 2019-06-30
        open      | 3           | 2019-01-01 |
        """
    assert breaking("default_end_date", "match_groups", groups) == {"far", "long gone"}


def test_group_3_with_pension() -> None:
    """In group 3 after the pension was granted; a refusal or another benefit does not count."""
    groups = """
        citizen    | match_group | from_date  | to_date
        granted    | 3           | 2019-01-01 |
        left first | 3           | 2019-01-01 | 2019-05-31
        old style  | 3           | 2019-01-01 | 1900-01-01
        refused    | 3           | 2019-01-01 |
        housing    | 3           | 2019-01-01 |
        in group 1 | 1           | 2019-01-01 |
        """
    applications = """
        application_id | citizen    | kind                     | received_at | decided_at | result
        1              | granted    | early_retirement_pension | 2019-01-01  | 2019-06-01 | granted
        2              | left first | early_retirement_pension | 2019-01-01  | 2019-06-01 | granted
        3              | old style  | early_retirement_pension | 2019-01-01  | 2019-06-01 | granted
        4              | refused    | early_retirement_pension | 2019-01-01  | 2019-06-01 | refused
        5              | housing    | housing_benefit          | 2019-01-01  | 2019-06-01 | granted
        6              | in group 1 | early_retirement_pension | 2019-01-01  | 2019-06-01 | granted
        """
    found = breaking("group_3_with_pension", "match_groups", groups, applications=applications)
    assert found == {"granted", "old style"}
