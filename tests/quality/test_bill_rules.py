"""Which bills and steps of bills break which rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi.params import load_params
from kpi.periods import Period
from kpi.sources.milestones import known_steps
from tests.quality.extracts import breaking

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("rule", "earlier", "later"),
    [
        ("paid_before_approved", "approved_at", "paid_at"),
        ("approved_before_received", "received_at", "approved_at"),
        ("due_before_received", "received_at", "due_at"),
    ],
)
def test_the_order_of_dates(rule: str, earlier: str, later: str) -> None:
    """An earlier day breaks the rule; the same day and a missing date do not."""
    bills = f"""
        bill_id    | {earlier}           | {later}
        day before | 2019-10-02          | 2019-10-01
        same day   | 2019-10-02T12:00:00 | 2019-10-02T08:00:00
        day after  | 2019-10-02          | 2019-10-03
        missing    | 2019-10-02          |
        """
    assert breaking(rule, "bills", bills) == {"day before"}


def test_amount_not_positive() -> None:
    """Credit notes may be negative."""
    bills = """
        bill_id     | amount_dkk | kind
        positive    | 0.01       | bill
        zero        | 0.00       | bill
        negative    | -10.00     | bill
        credit note | -10.00     | credit_note
        unknown     |            | bill
        """
    assert breaking("amount_not_positive", "bills", bills) == {"zero", "negative"}


def test_credit_note() -> None:
    """Credit notes are listed."""
    bills = """
        bill_id     | kind
        bill        | bill
        credit note | credit_note
        """
    assert breaking("credit_note", "bills", bills) == {"credit note"}


def test_invoice_recorded_twice() -> None:
    """Same supplier and invoice number; a credit note of that number is no repetition."""
    bills = """
        bill_id          | supplier | invoice_number | kind
        credit note      | 10       | 77             | credit_note
        first            | 10       | 77             | bill
        again            | 10       | 77             | bill
        another supplier | 11       | 77             | bill
        no number        | 10       |                | bill
        no number either | 10       |                | bill
        """
    assert breaking("invoice_recorded_twice", "bills", bills) == {"again"}


def test_due_date_missing() -> None:
    """Only a bill needs a due date."""
    bills = """
        bill_id     | due_at     | kind
        with        | 2019-10-31 | bill
        without     |            | bill
        benefit run |            | benefit_run
        """
    assert breaking("due_date_missing", "bills", bills) == {"without"}


def test_paid_without_date() -> None:
    """Marked as paid, but nobody knows when."""
    bills = """
        bill_id    | paid_at    | is_paid
        dated      | 2019-10-31 | yes
        undated    |            | yes
        unpaid     |            | no
        not marked |            |
        """
    assert breaking("paid_without_date", "bills", bills) == {"undated"}


def test_absent_from_ledger() -> None:
    """Approved more than 30 days before 15 January, and no trace in the ledger."""
    bills = """
        bill_id     | approved_at | sent_at    | posted_at  | paid_at    | is_paid
        lost        | 2019-12-15  |            |            |            | no
        still young | 2019-12-16  |            |            |            | no
        sent        | 2019-10-01  | 2019-10-02 |            |            | no
        posted      | 2019-10-01  |            | 2019-10-02 |            | no
        paid        | 2019-10-01  |            |            | 2019-10-02 | yes
        marked paid | 2019-10-01  |            |            |            | yes
        not marked  | 2019-10-01  |            |            |            |
        """
    assert breaking("absent_from_ledger", "bills", bills) == {"lost", "not marked"}


def test_step_without_time() -> None:
    """A step that was taken, at a time that nobody recorded."""
    steps = """
        bill_id | step     | happened_at
        timed   | approved | 2019-10-01
        untimed | approved |
        """
    assert breaking("step_without_time", "bill_steps", steps) == {"untimed"}


STEPS = """
    bill_id | step     | happened_at
    known   | approved | 2019-10-01
    lost    | approved | 2019-10-01
    """
NUMBERED_BILLS = """
    bill_id | supplier
    known   | 10
    """


def test_bill_not_found() -> None:
    """Steps of a bill that the case system does not know."""
    assert breaking("bill_not_found", "bill_steps", STEPS, bills=NUMBERED_BILLS) == {"lost"}


def test_bill_not_found_beside_a_bill_without_number() -> None:
    """A bill without a number does not hide the missing one."""
    bills = NUMBERED_BILLS.rstrip() + "\n            | 11\n"
    assert breaking("bill_not_found", "bill_steps", STEPS, bills=bills) == {"lost"}


def test_a_step_that_the_parameters_do_not_declare() -> None:
    """Neither a milestone, nor a return, nor another step; without a name there is none."""
    steps = """
        bill_id | step
        paid    | Betalt
        back    | Returneret
        came    | Modtaget
        odd     | Betallt
        damaged | Bogf?rt
        no name |
        """
    params = load_params(ROOT / "params", Period(2019, 4))
    assert breaking("step_unknown", "bill_steps", steps, known_steps=known_steps(params)) == {
        "odd",
        "damaged",
    }
    assert breaking("step_unknown", "bill_steps", steps) == set()


def test_a_step_recorded_twice() -> None:
    """The later row of the same bill, step and moment; another moment is another step."""
    steps = """
        bill_id | step    | happened_at
        paid    | Betalt  | 2019-10-01T08:00:00
        posted  | Betalt  | 2019-10-01T08:00:00
        again   | Betalt  | 2019-10-02T08:00:00
        no time | Betalt  |
        no time | Betalt  |
        """
    assert breaking("step_recorded_twice", "bill_steps", steps) == set()
    twice = steps + "        again   | Betalt  | 2019-10-02T08:00:00\n"
    assert breaking("step_recorded_twice", "bill_steps", twice) == {"again"}
