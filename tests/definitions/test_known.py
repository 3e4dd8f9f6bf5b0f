"""An extract of a later day tells no more than that of the day: cells, values, rows, plans."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kpi.definitions.known import events, known_on, planned_by
from kpi.definitions.subject import Subject
from kpi.definitions.subjects import SUBJECTS
from tests.drawn import drawn, small_engine

DAY = dt.date(2020, 1, 15)


def known(table: str, text: str) -> list[dict[str, Any]]:
    """Return what was known of drawn rows on the day, as texts."""
    backend = small_engine()
    backend.create_table("rows", drawn(table, text))
    rows = known_on(backend.table("rows"), SUBJECTS[table], DAY).order_by("row_no")
    header = [name.strip() for name in text.strip().splitlines()[0].split("|")]
    texts = rows.select(*header).cast(dict.fromkeys(header, "string"))
    return backend.to_pyarrow(texts).to_pylist()


def test_a_conversation_held_later_is_open() -> None:
    """And one held that day, at whatever hour, is held; one that was cancelled stays so."""
    found = known(
        "conversations",
        """
        conversation_id | ordered_at | held_at             | status
        that day        | 2020-01-10 | 2020-01-15T23:59:00 | held
        later           | 2020-01-10 | 2020-01-16          | held
        cancelled       | 2020-01-10 |                     | cancelled
        ordered later   | 2020-01-16 | 2020-01-16          | held
        """,
    )
    told = {one["conversation_id"]: one["status"] for one in found}
    assert told == {"that day": "held", "later": "open", "cancelled": "cancelled"}
    assert found[1]["held_at"] is None


def test_a_decision_to_come_has_no_result() -> None:
    """Nor has a bill that was paid later been paid."""
    (application,) = known(
        "applications",
        """
        application_id | received_at | decided_at | result
        later          | 2020-01-10  | 2020-01-16 | granted
        """,
    )
    assert (application["decided_at"], application["result"]) == (None, None)
    paid = known(
        "bills",
        """
        bill_id  | received_at | due_at     | paid_at    | is_paid
        later    | 2020-01-10  | 2020-02-10 | 2020-01-16 | yes
        no date  | 2020-01-10  | 2020-02-10 |            | yes
        """,
    )
    assert [bill["is_paid"] for bill in paid] == ["false", "true"]
    assert all(bill["due_at"].startswith("2020-02-10") for bill in paid)


def test_a_period_that_ended_later_still_ran() -> None:
    """A date that stands for none stays what it is."""
    found = known(
        "match_groups",
        """
        citizen | from_date  | to_date
        ended   | 2019-10-01 | 2020-01-15
        ran on  | 2019-10-01 | 2020-01-16
        open    | 2019-10-01 | 9999-12-31
        old     | 2019-10-01 | 1900-01-01
        later   | 2020-01-16 | 1900-01-01
        """,
    )
    ends = {one["citizen"]: one["to_date"] for one in found}
    assert ends == {
        "ended": "2020-01-15",
        "ran on": None,
        "open": "9999-12-31",
        "old": "1900-01-01",
    }


def test_a_plan_is_there_and_its_days_to_come_are_not_looked_at() -> None:
    """A window of tomorrow is planned; whether it was open nobody knows yet."""
    text = """
        date       | planned_minutes | open_minutes
        2020-01-15 | 60              | 60
        2020-01-16 | 60              | 60
        """
    assert [one["open_minutes"] for one in known("phone_windows", text)] == ["60.0", None]
    backend = small_engine()
    backend.create_table("rows", drawn("phone_windows", text))
    seen = planned_by(backend.table("rows"), SUBJECTS["phone_windows"], DAY)
    assert backend.execute(seen.date.max()).date() == DAY


@pytest.mark.parametrize("table", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_what_an_event_gives_names_its_event(table: Subject) -> None:
    """A value is known by a date of its own table; a table dated by events has some."""
    for column in table.columns:
        if column.known_by:
            assert table.by_name[column.known_by].type in ("date", "moment")
    assert events(table) or table.by_name[table.dated_by].planned
