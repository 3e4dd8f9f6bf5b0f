"""Milestones of bills from the steps of an extract: which names are meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ibis
import pytest

from kpi.definitions.subject import Steps as Declared
from kpi.definitions.subject import Subject
from kpi.definitions.subjects.bills import BILLS
from kpi.errors import ParameterError
from kpi.params.source import Source, Steps
from kpi.sources.milestones import check_milestones, with_milestones
from tests.drawn import connect

NAMES = {"Invoice APPROVED by OFFICE": 90, "Booked": 80, "Paid": 70, "Paid to Mrs Olsen": 1}


def meant(**names: list[str]) -> Source:
    """Declare the milestone of payment."""
    return Source.model_validate({"milestones": {"paid": {**names, "take": "last"}}})


@pytest.mark.parametrize(
    "source",
    [meant(steps=["Paid"]), meant(steps=["Settled", "Paid"]), meant(ends_with=["by OFFICE"])],
    ids=["named", "one of two", "ending"],
)
def test_a_milestone_has_a_step_of_the_extract(source):
    check_milestones("bills", NAMES, source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (meant(steps=["Payd"]), 'no step "Payd" for paid\nDid you mean "Paid"'),
        (
            meant(ends_with=["by NOBODY AT ALL"]),
            "Known here: Booked, Invoice APPROVED by OFFICE, Paid",
        ),
        (
            meant(steps=["Paid"]).model_copy(update={"ends": Steps(steps=("Withdrawn",))}),
            'no step "Withdrawn" for ends',
        ),
    ],
    ids=["written wrong", "of another system", "no such end"],
)
def test_a_milestone_without_a_step_would_leave_every_bill_without_its_date(source, message):
    with pytest.raises(ParameterError, match=message) as raised:
        check_milestones("bills", NAMES, source)
    assert "Olsen" not in str(raised.value)


STEPS = """
    bill_id   | step      | happened_at
    paid      | Submitted | 2019-10-01
    paid      | Rejected  | 2019-10-02
    paid      | Submitted | 2019-10-03
    paid      | Paid      | 2019-10-08
    rejected  | Submitted | 2019-10-01
    rejected  | Rejected  | 2019-10-02
    again     | Submitted | 2019-10-01
    again     | Rejected  | 2019-10-02
    again     | Submitted | 2019-10-03
    after all | Paid      | 2019-10-02
    after all | Rejected  | 2019-10-05
    """
ENDS = {
    "milestones": {"paid": {"steps": ["Paid"], "take": "last"}},
    "ends": {"steps": ["Rejected"]},
}


def closed(subject: Subject, source: dict[str, Any], cases: str = "") -> dict[str, bool]:
    """Return which bills ended in another way than by being paid."""
    drawn = {"bill_steps": STEPS} | ({"bills": cases} if cases else {})
    backend, tables = connect(drawn)
    steps = tables["bill_steps"].mutate(source_file=ibis.literal("steps.csv"))
    bills = tables["bills"] if cases else None
    made = with_milestones(subject, bills, steps, Source.model_validate(source))
    found = backend.execute(made.select("bill_id", "is_cancelled"))
    return dict(zip(found["bill_id"], found["is_cancelled"].astype(bool), strict=True))


def test_a_case_whose_last_step_ends_it_in_another_way_is_closed():
    """Not where it was submitted again, and not where it was paid."""
    assert closed(BILLS, ENDS) == {
        "paid": False,
        "rejected": True,
        "again": False,
        "after all": False,
    }


def test_without_ends_no_case_is_closed_by_its_steps():
    told = {name: value for name, value in ENDS.items() if name != "ends"}
    assert not any(closed(BILLS, told).values())


def test_what_the_extract_of_cases_says_is_kept():
    cases = """
        bill_id  | is_cancelled
        paid     | yes
        rejected | no
        """
    assert closed(BILLS, ENDS, cases) == {"paid": True, "rejected": True}


def test_ends_need_a_column_that_tells_so():
    subject = replace(BILLS, steps=replace(BILLS.steps or Declared(()), closed=""))
    with pytest.raises(ParameterError, match="which column tells so"):
        closed(subject, ENDS)
