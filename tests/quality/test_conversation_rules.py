"""Which conversations break which rule."""

from __future__ import annotations

from tests.quality.extracts import breaking


def test_held_before_ordered() -> None:
    """Only an earlier day breaks the rule; an earlier time of the same day does not."""
    assert breaking(
        "held_before_ordered",
        "conversations",
        """
        conversation_id | ordered_at          | held_at
        day before      | 2019-10-02          | 2019-10-01
        hour before     | 2019-10-02T12:00:00 | 2019-10-02T10:00:00
        day after       | 2019-10-02          | 2019-10-03
        not held        | 2019-10-02          |
        not ordered     |                     | 2019-10-01
        """,
    ) == {"day before"}


def test_held_before_contact() -> None:
    """What the order date shows already is not told twice."""
    assert breaking(
        "held_before_contact",
        "conversations",
        """
        conversation_id | contact_at | ordered_at | held_at
        before contact  | 2019-10-03 |            | 2019-10-01
        before ordered  | 2019-10-03 | 2019-10-02 | 2019-10-01
        ordered earlier | 2019-10-03 | 2019-09-30 | 2019-10-01
        same day        | 2019-10-01 |            | 2019-10-01
        """,
    ) == {"before contact", "ordered earlier"}


def test_recorded_twice() -> None:
    """Same citizen, day and kind: the first row stays, those after it break the rule."""
    assert breaking(
        "recorded_twice",
        "conversations",
        """
        conversation_id | citizen | held_at             | kind
        first           | ane     | 2019-10-01T09:00:00 | booked
        again           | ane     | 2019-10-01T15:00:00 | booked
        a third time    | ane     | 2019-10-01          | booked
        another kind    | ane     | 2019-10-01          | acute
        another day     | ane     | 2019-10-02          | booked
        another citizen | bo      | 2019-10-01          | booked
        not held        | ane     |                     | booked
        not held either | ane     |                     | booked
        """,
    ) == {"again", "a third time"}


def test_no_show_recorded_as_held() -> None:
    """A citizen who stayed away has no date held."""
    assert breaking(
        "no_show_recorded_as_held",
        "conversations",
        """
        conversation_id | held_at    | status
        stayed away     |            | no_show
        contradiction   | 2019-10-01 | no_show
        held            | 2019-10-01 | held
        """,
    ) == {"contradiction"}


def test_held_on_closed_day() -> None:
    """Weekends, holidays and the municipality's own closing days; acute ones may be then."""
    assert breaking(
        "held_on_closed_day",
        "conversations",
        """
        conversation_id | held_at             | kind
        friday          | 2019-10-04          | booked
        saturday        | 2019-10-05T11:00:00 | booked
        christmas eve   | 2019-12-24          | home_visit
        acute           | 2019-12-25          | acute
        open            |                     | booked
        """,
    ) == {"saturday", "christmas eve"}


def test_order_date_missing() -> None:
    """Acute and telephone conversations are not ordered."""
    assert breaking(
        "order_date_missing",
        "conversations",
        """
        conversation_id | ordered_at | held_at    | kind      | status
        with            | 2019-10-01 | 2019-10-02 | booked    | held
        without         |            | 2019-10-02 | booked    | held
        acute           |            | 2019-10-02 | acute     | held
        by telephone    |            | 2019-10-02 | telephone | held
        not held        |            |            | booked    | open
        """,
    ) == {"without"}
