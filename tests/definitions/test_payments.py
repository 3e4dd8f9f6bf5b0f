"""Payments on time: what counts, and as what."""

from __future__ import annotations

from kpi.params import Counting, Due
from tests.drawn import measured, outcomes

BY_DUE_DATE = Counting(due=Due(column="due_at"), quarter_by="due")


def test_both_sides_of_the_due_date() -> None:
    """Paid on the due date is on time, the day after is late; the time of day does not matter."""
    assert outcomes(
        "payments_on_time",
        {
            "bills": """
            bill_id    | due_at     | paid_at             | is_paid
            day before | 2019-10-31 | 2019-10-30          | yes
            same day   | 2019-10-31 | 2019-10-31T17:31:00 | yes
            day after  | 2019-10-31 | 2019-11-01          | yes
            """
        },
        as_of="2020-01-15",
        counting=BY_DUE_DATE,
    ) == {"day before": "met", "same day": "met", "day after": "missed"}


def test_unpaid_bills() -> None:
    """Open at the end of its last day it is late; due later it is not yet due."""
    assert outcomes(
        "payments_on_time",
        {
            "bills": """
            bill_id         | due_at     | paid_at | is_paid
            past due        | 2020-01-14 |         | no
            due that day    | 2020-01-15 |         | no
            due later       | 2020-02-01 |         | no
            """
        },
        as_of="2020-01-15",
        counting=BY_DUE_DATE,
    ) == {"past due": "missed", "due that day": "missed", "due later": "not_yet_due"}


def test_paid_without_a_date_is_unknown() -> None:
    """The ledger marks it as paid, nobody knows when: never counted as on time."""
    assert outcomes(
        "payments_on_time",
        {
            "bills": """
            bill_id     | due_at     | paid_at | is_paid
            undated     | 2019-10-31 |         | yes
            not due yet | 2020-01-16 |         | yes
            """
        },
        as_of="2020-01-15",
        counting=BY_DUE_DATE,
    ) == {"undated": "unknown", "not due yet": "not_yet_due"}


def test_what_lies_outside_the_population() -> None:
    """Only approved bills with a due date count."""
    assert outcomes(
        "payments_on_time",
        {
            "bills": """
            bill_id      | kind        | approved_at | due_at     | paid_at    | is_cancelled
            counts       | bill        | 2019-10-02  | 2019-10-31 | 2019-10-20 |
            credit note  | credit_note | 2019-10-02  | 2019-10-31 | 2019-10-20 |
            benefit run  | benefit_run | 2019-10-02  | 2019-10-31 | 2019-10-20 |
            cancelled    | bill        | 2019-10-02  | 2019-10-31 | 2019-10-20 | yes
            not approved | bill        |             | 2019-10-31 |            |
            no due date  | bill        | 2019-10-02  |            | 2019-10-20 |
            """
        },
        as_of="2020-01-15",
        counting=BY_DUE_DATE,
    ) == {"counts": "met"}


def test_what_happened_after_the_extract_has_not_happened() -> None:
    """A report as of a day gives the same figures whenever it is made."""
    bills = """
        bill_id    | due_at     | paid_at    | is_paid
        paid later | 2020-01-10 | 2020-01-20 | yes
        in time    | 2020-01-25 | 2020-01-20 | yes
        """
    assert outcomes(
        "payments_on_time", {"bills": bills}, as_of="2020-01-15", counting=BY_DUE_DATE
    ) == {"paid later": "missed", "in time": "not_yet_due"}


def test_due_in_working_days_around_christmas() -> None:
    """Received Friday 20 December, 5 working days: 23, 27, 30 December, 2 and 3 January."""
    cases = measured(
        "payments_on_time",
        {
            "bills": """
            bill_id | received_at | approved_at | paid_at    | is_paid
            third   | 2019-12-20  | 2019-12-20  | 2020-01-03 | yes
            sixth   | 2019-12-20  | 2019-12-20  | 2020-01-06 | yes
            """
        },
        as_of="2020-01-15",
        counting=Counting(due=Due(days=5, unit="working_days"), quarter_by="due"),
    )
    assert dict(cases["outcome"]) == {"third": "met", "sixth": "missed"}
    assert [str(day.date()) for day in cases["due_at"]] == ["2020-01-03", "2020-01-03"]
    assert dict(cases["days"]) == {"third": 5, "sixth": 6}


def test_the_due_date_to_the_second() -> None:
    """Where the parameters say so, the time of day decides."""
    assert outcomes(
        "payments_on_time",
        {
            "bills": """
            bill_id | due_at              | paid_at
            in time | 2019-10-31T12:00:00 | 2019-10-31T12:00:00
            late    | 2019-10-31T12:00:00 | 2019-10-31T12:00:01
            """
        },
        as_of="2020-01-15",
        counting=Counting(due=Due(column="due_at", precision="second"), quarter_by="due"),
    ) == {"in time": "met", "late": "missed"}
