"""Checking tables: every row read is accepted or set aside, and what the report says of it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.definitions.subject import Rule, Subject
from kpi.definitions.subjects import SUBJECTS
from kpi.errors import ContractError, DefinitionError
from kpi.periods import Period
from kpi.quality import QualityReport, StopRuleError, TableReport, check_tables
from tests.quality.extracts import read
from tests.tried import tried

Q4 = Period(2019, 4)
BILLS = """
    bill_id | received_at | approved_at | paid_at    | kind        | source_file
    fine    | 2019-10-01  | 2019-10-02  | 2019-10-03 | bill        | ledger.csv
    odd     | 2019-10-01  | 2019-10-02  | 2019-10-03 | gift        | ledger.csv
    twice   | 2019-10-02  | 2019-10-01  | 2019-09-30 | bill        | ledger.csv
    noted   | 2019-10-01  | 2019-10-02  | 2019-10-03 | credit_note | ledger.csv
    """
MANY, FEW = 5, 2
Checked = tuple[Any, QualityReport]


def check(tables: dict[str, str], **how: Any) -> Checked:
    backend, context = read(tables)
    contracts = how.pop("contracts", {name: SUBJECTS[name] for name in tables})
    report = check_tables(backend, contracts, context, quarter=Q4, docs=None, **how)
    return backend, report


@pytest.fixture(scope="module")
def plain() -> Checked:
    """Check the drawn bills as the declared rules have it."""
    return check({"bills": BILLS})


def roster(*, before: int, now: int) -> str:
    """Return a duty roster with so many rows in the third and in the fourth quarter."""
    days = [f"2019-09-{day:02}" for day in range(1, before + 1)]
    days += [f"2019-10-{day:02}" for day in range(1, now + 1)]
    return "\n".join(["caseworker | date | duty", *(f"abc | {day} | casework" for day in days)])


def test_rows_are_accepted_or_set_aside(plain: Checked) -> None:
    """A note keeps a row; several reasons set it aside once."""
    backend, report = plain
    (bills,) = report.tables
    assert (bills.rows_read, bills.rows_accepted, bills.rows_set_aside) == (4, 2, 2)
    accepted = backend.table("accepted_bills")
    assert accepted.columns == ("row_no", *(column.name for column in SUBJECTS["bills"].columns))
    assert set(backend.execute(accepted.bill_id)) == {"fine", "noted"}


def test_the_list_of_rows_set_aside_tells_where_they_are_and_why(
    plain: Checked,
) -> None:
    """A line for each row and reason, without anything that is in the row."""
    _, report = plain
    listed = report.set_aside_frame()
    assert list(listed.columns) == ["table", "rule", "words", "source_file", "row_no"]
    assert set(listed[["rule", "row_no"]].itertuples(index=False, name=None)) == {
        ("kind_unknown", 2),
        ("paid_before_approved", 3),
        ("approved_before_received", 3),
    }
    assert set(listed["source_file"]) == {"ledger.csv"}


def test_rows_that_nobody_asks_for_are_counted_and_not_listed(
    plain: Checked,
) -> None:
    """As `kpi check` does: the findings are the same."""
    _, listed = plain
    _, counted = check({"bills": BILLS}, lists_rows=False)
    assert counted.tables == listed.tables
    assert counted.set_aside_frame().empty


def test_nothing_set_aside_is_an_empty_list() -> None:
    _, report = check({"bills": "bill_id\nfine"})
    assert report.set_aside_frame().empty


def test_the_findings_as_a_frame_and_as_a_record() -> None:
    """The frame has every rule that was checked, the record those that were broken."""
    follow_ups = """
        follow_up_id | plan_id | citizen
        1            | 1       | ane
        """
    _, report = check({"bills": BILLS, "follow_ups": follow_ups})
    frame = report.findings_frame().set_index(["table", "rule"])
    assert frame.loc[("bills", "credit_note"), "rows"] == 1
    assert frame.loc[("bills", "amount_not_positive"), "rows"] == 0
    assert set(frame["rows_read"]) == {4, 1}
    record = json.loads(json.dumps(report.as_record()))
    bills, follow_ups = record["tables"]
    assert bills["rows_read"] == bills["rows_accepted"] + bills["rows_set_aside"]
    assert {finding["rule"] for finding in bills["findings"]} >= {"kind_unknown", "credit_note"}
    assert "amount_not_positive" not in {finding["rule"] for finding in bills["findings"]}
    assert follow_ups["not_checked"] == ["follow_up_before_plan", "plan_not_found"]


def test_a_rule_can_be_made_to_stop_the_run_or_only_to_note() -> None:
    """The parameters may give a rule another severity."""
    lenient = SUBJECTS["bills"].with_severities(
        {"kind_unknown": "note", "paid_before_approved": "note", "approved_before_received": "note"}
    )
    _, report = check({"bills": BILLS}, contracts={"bills": lenient})
    assert report.tables[0].rows_set_aside == 0
    strict = SUBJECTS["bills"].with_severities({"credit_note": "stop"})
    with pytest.raises(StopRuleError, match=r"credit_note, 1 row") as stopped:
        check({"bills": BILLS}, contracts={"bills": strict})
    assert stopped.value.report.tables[0].rows_set_aside == 3


def test_an_empty_extract_stops_the_run() -> None:
    """It is an error, never a zero; the other tables are checked all the same."""
    with pytest.raises(StopRuleError, match="conversations: An extract has rows") as stopped:
        check({"conversations": "conversation_id\n", "bills": BILLS})
    assert [table.rows_read for table in stopped.value.report.tables] == [0, 4]
    assert stopped.value.exit_code == 5


def test_a_quarter_without_data_stops_the_run() -> None:
    """An extract of another quarter; the message has counts and names only."""
    with pytest.raises(StopRuleError) as stopped:
        check({"duty_roster": roster(before=MANY, now=0)})
    assert str(stopped.value) == (
        "An extract breaks a rule that stops the run; no figure is made.\n"
        "Found: duty_roster: An extract has rows dated in the quarter "
        "(no_rows_in_quarter, 0 rows)\n"
        "Ask the system owner for new extracts that cover 2019Q4."
    )


def test_some_tables_may_be_without_a_row_in_the_quarter() -> None:
    """Nobody need change match group in a quarter: that is noted."""
    _, report = check({"match_groups": "citizen | match_group | from_date\nane | 3 | 2019-01-01"})
    assert [finding.rule for finding in report.tables[0].broken] == ["no_rows_in_quarter"]


@pytest.mark.parametrize(
    ("before", "now", "is_broken"),
    [(4, 2, False), (5, 2, True), (2, 4, False), (2, 5, True), (4, 4, False)],
)
def test_an_unusual_volume_is_noted(before: int, now: int, is_broken: bool) -> None:
    """Less than half or more than twice the rows of the quarter before."""
    _, report = check({"duty_roster": roster(before=before, now=now)})
    (table,) = report.tables
    found = {finding.rule: finding for finding in table.findings}["volume_outside_band"]
    assert (found.severity, found.is_broken) == ("note", is_broken)
    assert (table.rows_in_quarter, table.rows_in_previous_quarter) == (now, before)


def test_the_usual_band_is_a_parameter() -> None:
    _, report = check({"duty_roster": roster(before=MANY, now=FEW)}, band=(0.3, 3))
    assert not report.tables[0].broken


def test_without_a_quarter_before_no_volume_is_judged() -> None:
    _, report = check({"duty_roster": roster(before=0, now=MANY)})
    assert "volume_outside_band" not in {finding.rule for finding in report.tables[0].findings}


def test_an_absent_column_is_named() -> None:
    backend, context = read({"bills": BILLS})
    backend.raw_sql("ALTER TABLE read_bills DROP COLUMN due_at")
    with pytest.raises(ContractError, match="bills: without due_at"):
        check_tables(backend, {"bills": SUBJECTS["bills"]}, context, quarter=Q4, docs=None)


def test_rows_need_numbers_of_their_own() -> None:
    """Two files of one table, each numbered from 1, would be mixed up."""
    backend, context = read({"bills": BILLS})
    backend.raw_sql("UPDATE read_bills SET row_no = 1")
    with pytest.raises(DefinitionError, match="bills: 4 rows, 1 numbers"):
        check_tables(backend, {"bills": SUBJECTS["bills"]}, context, quarter=Q4, docs=None)


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ([Rule("wrong", "note", "", lambda rows, _: rows.nothing)], "bills.wrong: AttributeError"),
        ([Rule("kind_unknown", "note", "", lambda rows, _: rows.is_paid)], "bills: kind_unknown"),
    ],
)
def test_a_rule_that_cannot_be_right_is_named(rules: list[Rule], found: str) -> None:
    """A rule that does not fit its table, and two rules of one name."""
    table: Subject = dataclasses.replace(SUBJECTS["bills"], rules=tuple(rules))
    with pytest.raises(DefinitionError, match=found):
        check({"bills": BILLS}, contracts={"bills": table})


def test_a_join_tells_how_many_rows_could_be_lost() -> None:
    """Both ways: bills that had time to reach the ledger, and steps that name a bill."""
    bills = """
        bill_id | received_at | approved_at | paid_at
        paid    | 2019-10-01  | 2019-10-02  | 2019-10-03
        lost    | 2019-10-01  | 2019-10-02  |
        young   | 2020-01-10  | 2020-01-12  |
        """
    steps = """
        bill_id | step | happened_at
        paid    | Paid | 2019-10-03
        strange | Paid | 2019-10-03
                | Paid | 2019-10-03
        """
    _, report = check({"bills": bills, "bill_steps": steps})
    found = {f.rule: (f.rows, f.among) for table in report.tables for f in table.findings}
    assert found["absent_from_ledger"] == (1, 2)
    assert found["bill_not_found"] == (1, 2)
    assert found["credit_note"] == (0, None)


def test_the_office_finds_the_rows_by_their_numbers() -> None:
    """Its list has the case number and the pseudonym, save where that number may be a person's."""
    bills = """
        bill_id    | citizen | kind | received_at
        REG-1      | ane     | gift | 2019-10-01
        0101801234 | bo      | gift | 2019-10-01
        2019000123 |         | gift | 2019-10-01
        """
    _, report = check({"bills": bills})
    cases = report.cases_frame()
    assert cases["case_number"].fillna("").tolist() == ["REG-1", "", "2019000123"]
    assert cases["person"].fillna("").tolist() == ["ane", "bo", ""]
    assert {"case_number", "person"}.isdisjoint(report.set_aside_frame().columns)


def test_a_reason_lets_a_run_go_on_past_a_broken_stop_rule() -> None:
    """What was broken stays in the record; without a broken rule there is nothing to say."""
    _, report = check({"duty_roster": roster(before=MANY, now=0)}, override="For the spring budget")
    record = report.as_record()
    assert record["override"] == "For the spring budget"
    assert record["stops"] == ["duty_roster: no_rows_in_quarter"]
    _, report = check({"duty_roster": roster(before=MANY, now=MANY)}, override="Not needed at all")
    assert report.as_record()["override"] == ""


def test_a_report_that_does_not_add_up_is_a_fault() -> None:
    """Rows read = accepted + set aside, and each row set aside has a reason."""
    whole = TableReport("bills", 3, 2, 1, None, None, (), reasons={"kind_unknown": 1})
    assert whole.rows_set_aside == 1
    changes: tuple[dict[str, Any], ...] = (
        {"rows_read": 4}, {"reasons": {}}, {"reasons": {"kind_unknown": 2}},
    )  # fmt: skip
    for wrong in changes:
        with pytest.raises(DefinitionError, match="either accepted, or set aside for a reason"):
            dataclasses.replace(whole, **wrong)


def test_importing_the_step_does_not_load_great_expectations() -> None:
    code = "import sys, kpi.quality; print({'great_expectations', 'sqlalchemy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


CELLS = {
    "caseworker": st.sampled_from(["abc", "def", None]),
    "date": st.sampled_from(["2019-10-01", "2019-10-02", None]),
    "duty": st.sampled_from(["casework", "absent", "lunch", None]),
    "office": st.sampled_from(["Paamiut", "Ã†rø", None]),
    "unreadable": st.sampled_from(["", "date"]),
}


@settings(max_examples=tried(12))
@given(rows=st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=30))
def test_nothing_disappears(rows: list[dict[str, str | None]]) -> None:
    """Whatever is broken: rows read = accepted + set aside, each of these with a reason."""
    lines = [" | ".join(row[column] or "" for column in CELLS) for row in rows]
    contract = dataclasses.replace(
        SUBJECTS["duty_roster"],
        severities={
            "no_rows_in_quarter": "note",
            "most_rows_set_aside": "note",
            "key_with_other_content": "set_aside",
        },
    )
    backend, report = check(
        {"duty_roster": "\n".join([" | ".join(CELLS), *lines])}, contracts={"duty_roster": contract}
    )
    (found,) = report.tables
    accepted = set(backend.execute(backend.table("accepted_duty_roster").row_no))
    aside = set(report.set_aside_frame()["row_no"])
    assert accepted | aside == set(range(1, len(rows) + 1))
    assert not accepted & aside
    assert (found.rows_accepted, found.rows_set_aside) == (len(accepted), len(aside))
    reasons = report.set_aside_frame()["rule"].value_counts().to_dict()
    assert reasons == {
        finding.rule: finding.rows for finding in found.broken if finding.severity == "set_aside"
    }


BROKEN_BILLS = {
    "bill_id": st.sampled_from(["1", "2", "3", None]),
    "citizen": st.sampled_from(["ane", None]),
    "citizen_check": st.sampled_from(["", "malformed", "nine_digits"]),
    "kind": st.sampled_from(["bill", "credit_note", "gift", None]),
    "received_at": st.sampled_from(["2019-10-01", "2019-10-09", "2020-02-01", None]),
    "approved_at": st.sampled_from(["2019-10-02", None]),
    "paid_at": st.sampled_from(["2019-09-30", "2019-10-05", None]),
    "supplier": st.sampled_from(["s", None]),
    "invoice_number": st.sampled_from(["i", "k"]),
    "municipality_code": st.sampled_from(["956", "955", None]),
    "unreadable": st.sampled_from(["", "due_at"]),
}
SEVERITIES = st.fixed_dictionaries(
    {},
    optional={
        "paid_before_approved": st.sampled_from(["note", "off", "stop"]),
        "credit_note": st.sampled_from(["set_aside", "off"]),
    },
)


@settings(max_examples=tried(10))
@given(
    rows=st.lists(st.fixed_dictionaries(BROKEN_BILLS), min_size=1, max_size=20), given=SEVERITIES
)
def test_every_row_is_accounted_for_by_reason(
    rows: list[dict[str, str | None]], given: dict[str, Any]
) -> None:
    """Whatever is broken and however strict: read = accepted + the rows of each first reason."""
    lines = [" | ".join(row[column] or "" for column in BROKEN_BILLS) for row in rows]
    contract = SUBJECTS["bills"].with_severities({"no_rows_in_quarter": "note", **given})
    _, report = check(
        {"bills": "\n".join([" | ".join(BROKEN_BILLS), *lines])},
        contracts={"bills": contract},
        override="A reason for going on",
    )
    (found,) = report.tables
    assert found.rows_read == len(rows) == found.rows_accepted + sum(found.reasons.values())
    listed = report.set_aside_frame()
    assert set(found.reasons) <= set(listed["rule"])
    order = {rule.id: place for place, rule in enumerate(contract.all_rules())}
    first = listed.assign(place=listed["rule"].map(order)).sort_values("place")
    by_first = first.drop_duplicates("row_no")["rule"].value_counts().to_dict()
    assert by_first == dict(found.reasons)
