"""Conversations: which are counted, and how soon they were held."""

from __future__ import annotations

from kpi.params import Counting, Due
from tests.drawn import measured, outcomes

TEN_DAYS = Counting(due=Due(days=10), quarter_by="stop")
FOURTEEN_DAYS = Counting(due=Due(days=14), quarter_by="stop")


def test_both_sides_of_ten_days() -> None:
    """Day 0 is the day of contact; the tenth day is in time, the eleventh is not."""
    assert outcomes(
        "conversations_within_10_days",
        {
            "conversations": """
            conversation_id | contact_at | ordered_at | held_at
            same day        | 2019-10-01 | 2019-10-01 | 2019-10-01
            tenth day       | 2019-10-01 | 2019-10-03 | 2019-10-11
            eleventh day    | 2019-10-01 | 2019-10-03 | 2019-10-12
            """
        },
        as_of="2020-01-15",
        counting=TEN_DAYS,
    ) == {"same day": "met", "tenth day": "met", "eleventh day": "missed"}


def test_the_order_stands_in_for_a_contact_that_nobody_recorded() -> None:
    """Without either date the case is unknown."""
    assert outcomes(
        "conversations_within_10_days",
        {
            "conversations": """
            conversation_id | contact_at | ordered_at | held_at
            from order      |            | 2019-10-01 | 2019-10-12
            no date at all  |            |            | 2019-10-12
            """
        },
        as_of="2020-01-15",
        counting=TEN_DAYS,
    ) == {"from order": "missed", "no date at all": "unknown"}


def test_acute_cancelled_and_missed_ones_do_not_count() -> None:
    """The headline figure is about booked conversations that took place or still should."""
    assert outcomes(
        "conversation_wait",
        {
            "conversations": """
            conversation_id | kind       | status    | ordered_at | held_at
            booked          | booked     | held      | 2019-10-01 | 2019-10-15
            home visit      | home_visit | held      | 2019-10-01 | 2019-10-16
            acute           | acute      | held      | 2019-10-01 | 2019-10-01
            telephone       | telephone  | held      | 2019-10-01 | 2019-10-01
            no-show         | booked     | no_show   | 2019-10-01 |
            cancelled       | booked     | cancelled | 2019-10-01 |
            """
        },
        as_of="2020-01-15",
        counting=FOURTEEN_DAYS,
    ) == {"booked": "met", "home visit": "missed"}


def test_open_orders_past_the_limit_are_late() -> None:
    """They count in the quarter in which their limit ended; younger ones are not yet due."""
    cases = measured(
        "conversation_wait",
        {
            "conversations": """
            conversation_id | status | ordered_at | held_at
            forgotten       | open   | 2019-12-10 |
            recent          | open   | 2020-01-10 |
            """
        },
        as_of="2020-01-15",
        counting=FOURTEEN_DAYS,
    )
    assert dict(cases["outcome"]) == {"forgotten": "missed", "recent": "not_yet_due"}
    assert str(cases.loc["forgotten", "period_on"])[:10] == "2019-12-24"


def test_what_is_held() -> None:
    """Acute conversations are among the held ones; telephone ones are not."""
    conversations = """
        conversation_id | kind       | status  | held_at
        booked          | booked     | held    | 2019-10-01
        acute           | acute      | held    | 2019-10-01
        home visit      | home_visit | held    | 2019-10-01
        telephone       | telephone  | held    | 2019-10-01
        no-show         | booked     | no_show |
        """
    tables = {"conversations": conversations}
    how = {"as_of": "2020-01-15"}
    assert set(outcomes("conversations_held", tables, **how)) == {"booked", "acute", "home visit"}
    assert set(outcomes("acute_conversations", tables, **how)) == {"acute"}
    assert set(outcomes("home_visits", tables, **how)) == {"home visit"}
    assert set(outcomes("phone_conversations", tables, **how)) == {"telephone"}
