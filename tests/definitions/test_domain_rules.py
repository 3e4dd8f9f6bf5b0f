"""Every data-quality rule that the domain calls for is declared."""

from __future__ import annotations

import re

import pytest

from kpi.definitions.subject import ABOUT_A_TABLE_WORDS
from kpi.definitions.subjects import SUBJECTS

# What the domain calls for, and the rules that answer it: table.rule, or a rule of every table.
CALLED_FOR = {
    "a conversation held before it was ordered": "conversations.held_before_ordered",
    "a conversation held in the future": "conversations.dates_after_extraction",
    "the same citizen, date and kind twice": "conversations.recorded_twice",
    "a conversation on a closed day": "conversations.held_on_closed_day",
    "a missing order date": "conversations.order_date_missing",
    "a no-show recorded as held": "conversations.no_show_recorded_as_held",
    "a plan for a person not in group 3": "action_plans.not_in_group_3",
    "a follow-up before its plan": "follow_ups.follow_up_before_plan",
    "two open plans": "action_plans.two_open_plans",
    "a plan without a next follow-up": "action_plans.no_next_follow_up",
    "a plan of an unknown author": "action_plans.author_unknown",
    "match group 0 or empty": "match_groups.group_not_stated",
    "a match group outside 1 to 3": "match_groups.match_group_unknown",
    "overlapping periods": "match_groups.overlapping_periods",
    "gapped periods": "match_groups.gap_between_periods",
    "group 3 with a granted pension": "match_groups.group_3_with_pension",
    "default end dates": "match_groups.default_end_date",
    "paid before approved": "bills.paid_before_approved",
    "approved before received": "bills.approved_before_received",
    "due before received": "bills.due_before_received",
    "an amount of zero or less": "bills.amount_not_positive",
    "a credit note": "bills.credit_note",
    "the same supplier and invoice twice": "bills.invoice_recorded_twice",
    "no due date": "bills.due_date_missing",
    "approved but absent from the ledger": "bills.absent_from_ledger",
    "in the ledger but not in the extract": "bill_steps.bill_not_found",
    "a decision before receipt": "applications.decided_before_received",
    "a reopened case": "applications.reopened",
    "several applications on one case": "applications.several_on_one_case",
    "the result FEJL left standing": "applications.error_left_standing",
    "bulk closing": "applications.bulk_closing",
    "a wait of an application that is not known": "application_waits.application_not_found",
    "nine digits": "bills.citizen_nine_digits",
    "modulus 11, as information": "bills.citizen_modulus_11",
    "a malformed number": "bills.citizen_malformed",
    "another municipality": "bills.another_municipality",
    "damaged letters": "bills.damaged_letters",
    "rows after the extraction": "bills.after_extraction",
    "no rows in the quarter": "no_rows_in_quarter",
    "an unusual volume": "volume_outside_band",
    "columns missing or renamed": "columns_present",
    "an empty extract": "empty_extract",
}
INFORMATION = ("citizen_nine_digits", "citizen_modulus_11")


@pytest.mark.parametrize("called_for", CALLED_FOR)
def test_the_domain_calls_for_it(called_for):
    table, _, name = CALLED_FOR[called_for].rpartition(".")
    declared = {rule.id for rule in SUBJECTS[table].all_rules()} if table else ABOUT_A_TABLE_WORDS
    assert name in declared


def test_information_rejects_nobody():
    """A lost zero is put back, and valid numbers may fail modulus 11."""
    rules = [rule for table in SUBJECTS.values() for rule in table.all_rules()]
    severities = {rule.severity for rule in rules if rule.id in INFORMATION}
    assert severities == {"note"}


def test_an_empty_extract_always_stops():
    """It is an error, never a zero, whatever the parameters say."""
    for table in SUBJECTS.values():
        lenient = table.with_severities({"empty_extract": "note"})
        severities = {name: severity for name, severity, _ in lenient.about_table()}
        assert severities["empty_extract"] == "stop"


@pytest.mark.parametrize("name", SUBJECTS)
def test_rules_are_worded_for_people(name):
    """No name of a column stands in what a reader is told."""
    columns = {column for column in SUBJECTS[name].by_name if "_" in column}
    for rule in SUBJECTS[name].all_rules():
        assert not columns & set(re.findall(r"\w+", rule.words)), rule.words
        assert "The  " not in rule.words


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_column_in_a_rule_has_a_name_for_people(name):
    table = SUBJECTS[name]
    for column in table.columns:
        if not column.nullable or column.allowed or column.name in table.key:
            assert column.label, column.name


@pytest.mark.parametrize("name", SUBJECTS)
def test_numbers_have_a_unit(name):
    for column in SUBJECTS[name].columns:
        assert bool(column.unit) == (column.type in ("amount", "number")), column.name


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_row_is_found_by_columns_that_name_nobody(name):
    table = SUBJECTS[name]
    found_by = [table.by_name[column].type for column in table.found_by or table.key]
    assert found_by
    assert not {"person", "staff"} & set(found_by)
