"""What is found of a table as a whole: most rows set aside, keys that do not meet, fewer rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kpi.definitions.subjects import SUBJECTS
from kpi.params.quarter_file import Limits
from kpi.quality import Finding, QualityReport
from tests.quality.extracts import breaking
from tests.quality.test_check_tables import check as check_by

ROWS = 12


def check(tables: dict[str, str], **how: Any) -> tuple[Any, QualityReport]:
    """Check drawn tables as wholes; of single bills by the rules of their columns alone."""
    bills = replace(SUBJECTS["bills"], rules=())
    rules = {name: bills if name == "bills" else SUBJECTS[name] for name in tables}
    return check_by(tables, contracts=rules, **how)


def bills(*, kinds: list[str]) -> str:
    """Draw a bill of each kind, with numbers from 1."""
    lines = [f"{number} | 2019-10-01 | {kind}" for number, kind in enumerate(kinds, 1)]
    return "\n".join(["bill_id | received_at | kind", *lines])


def steps(*numbers: int | str) -> str:
    """Draw a step of each of these bills."""
    lines = [f"{number} | paid | 2019-10-02" for number in numbers]
    return "\n".join(["bill_id | step | happened_at", *lines])


def found(report: QualityReport, rule: str, table: str) -> Finding:
    """Return what was found of a rule."""
    (finding,) = (
        finding
        for one in report.tables
        if one.table == table
        for finding in one.findings
        if finding.rule == rule
    )
    return finding


@pytest.mark.parametrize(
    ("odd", "limit", "is_broken"), [(7, 0.5, True), (6, 0.5, False), (3, 0.2, True)]
)
def test_most_rows_set_aside_stop_the_run(odd: int, limit: float, is_broken: bool) -> None:
    """How many are most is a parameter."""
    drawn = bills(kinds=["gift"] * odd + ["bill"] * (ROWS - odd))
    limits = Limits(set_aside=limit)
    _, report = check({"bills": drawn}, limits=limits, override="To see all that is found")
    finding = found(report, "most_rows_set_aside", "bills")
    assert (finding.severity, finding.is_broken) == ("stop", is_broken)
    assert finding.rows == (odd if is_broken else 0)
    assert finding.casts_doubt


def test_rows_that_are_no_case_are_not_missed() -> None:
    """Of twelve rows ten repeat others: nothing is lost."""
    lines = [line for _ in range(6) for line in bills(kinds=["bill", "bill"]).splitlines()[1:]]
    _, report = check({"bills": "\n".join(["bill_id | received_at | kind", *lines])})
    assert report.tables[0].rows_set_aside == 10
    assert not found(report, "most_rows_set_aside", "bills").is_broken


@pytest.mark.parametrize(
    ("numbers", "is_broken"),
    [
        ([f"{number}.0" for number in range(1, ROWS + 1)], True),
        (list(range(1, ROWS + 1)), False),
        (list(range(1, 4 * ROWS)), False),
        ([1, 2, 3, *(f"{number}.0" for number in range(4, ROWS + 1))], True),
    ],
)
def test_keys_that_do_not_meet_stop_the_run(numbers: list[int | str], is_broken: bool) -> None:
    """Both sides are counted: that a ledger knows other bills besides is usual."""
    drawn = {"bills": bills(kinds=["bill"] * ROWS), "bill_steps": steps(*numbers)}
    _, report = check(drawn, override="To see all that is found")
    finding = found(report, "keys_not_met", "bill_steps")
    assert (finding.severity, finding.is_broken) == ("stop", is_broken)
    if is_broken:
        lost = sum(str(number).endswith(".0") for number in numbers)
        assert finding.rows == lost
        assert finding.where == (
            f"{lost} of {ROWS} rows of bill_steps lead to no row of bills, "
            f"to {lost} of {ROWS} rows of bills leads none"
        )


@pytest.mark.parametrize(
    ("before", "is_broken"), [({"bills": 17}, True), ({"bills": 16}, False), ({}, None)]
)
def test_far_fewer_rows_than_before_are_noted(
    before: dict[str, int], is_broken: bool | None
) -> None:
    """Compared with the extracts of the last published report, where there is one."""
    _, report = check({"bills": bills(kinds=["bill"] * ROWS)}, rows_before=before)
    told = [one for one in report.tables[0].findings if one.rule == "fewer_rows_than_before"]
    assert [(one.severity, one.is_broken) for one in told] == (
        [] if is_broken is None else [("note", is_broken)]
    )


def test_a_value_that_no_figure_reads_is_set_aside_and_not_its_row() -> None:
    """Together with one that is read, the row is set aside all the same."""
    drawn = """
        office | bill_id | kind | received_at | unreadable
        whole  | 1       | bill | 2019-10-01  |
        amount | 2       | bill | 2019-10-01  | amount_dkk
        date   | 3       | bill | 2019-10-01  | due_at
        both   | 4       | bill | 2019-10-01  | amount_dkk,due_at
        two    | 5       | bill | 2019-10-01  | amount_dkk,is_cancelled
        """
    table = replace(SUBJECTS["bills"], unread=frozenset({"amount_dkk", "is_cancelled"}))
    assert breaking("unreadable_value", "bills", drawn, contract=table) == {"date", "both"}
    assert breaking("value_set_aside", "bills", drawn, contract=table) == {"amount", "two"}
