"""Milestones of bills from the steps of an extract: which names are meant."""

from __future__ import annotations

import pytest

from kpi.errors import ParameterError
from kpi.params.quarter_file import Milestone
from kpi.sources.milestones import check_milestones

NAMES = {"Invoice APPROVED by OFFICE": 90, "Booked": 80, "Paid": 70, "Paid to Mrs Olsen": 1}


def meant(**names: list[str]) -> dict[str, Milestone]:
    """Declare the milestone of payment."""
    return {"paid": Milestone.model_validate({**names, "take": "last"})}


@pytest.mark.parametrize(
    "milestones",
    [meant(steps=["Paid"]), meant(steps=["Settled", "Paid"]), meant(ends_with=["by OFFICE"])],
    ids=["named", "one of two", "ending"],
)
def test_a_milestone_has_a_step_of_the_extract(milestones):
    check_milestones("bills", NAMES, milestones)


@pytest.mark.parametrize(
    ("milestones", "message"),
    [
        (meant(steps=["Payd"]), 'no step "Payd" for paid\nDid you mean "Paid"'),
        (
            meant(ends_with=["by NOBODY AT ALL"]),
            "Known here: Booked, Invoice APPROVED by OFFICE, Paid",
        ),
    ],
    ids=["written wrong", "of another system"],
)
def test_a_milestone_without_a_step_would_leave_every_bill_without_its_date(milestones, message):
    with pytest.raises(ParameterError, match=message) as raised:
        check_milestones("bills", NAMES, milestones)
    assert "Olsen" not in str(raised.value)
