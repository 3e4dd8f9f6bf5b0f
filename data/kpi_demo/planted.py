"""The defects in the extracts: how many rows break which rule, over all quarters.

`ROWS` says how many rows were made to break a rule. Rows that break a set-aside rule are additional
and change no figure; a rule that only notes marks ordinary rows. Some defects break a second rule
as well (`ALSO_BREAKS`): a malformed number gives no person, an unreadable date is a missing date.
`PLANTED` is what a program must find, each rule checked on all rows; rules that are not named must
find nothing.

Not planted: damaged letters in the telephone windows, whose only text is a time of day.
"""

from __future__ import annotations

from kpi.definitions.subjects import SUBJECTS
from kpi_demo.calibration import BILLS, BULK_IN_TIME, BULK_LATE

# Rules that rows at the end of an extract break; they were added when all else had been drawn.
AT_THE_END = {
    "follow_ups": ("after_extraction",),
    "applications": ("after_extraction",),
    "application_waits": ("application_not_found",),
    "bills": ("after_extraction",),
    "bill_steps": ("after_extraction",),
}
PAID_WITHOUT_DATE = sum(bills.unknown for bills in BILLS.values())

ROWS: dict[str, dict[str, int]] = {
    "conversations": {
        "unreadable_value": 4,
        "conversation_id_missing": 2,
        "citizen_malformed": 4,
        "citizen_impossible_date": 3,
        "citizen_missing": 3,
        "citizen_nine_digits": 12,
        "citizen_modulus_11": 9,
        "kind_missing": 2,
        "kind_unknown": 3,
        "status_missing": 2,
        "status_unknown": 3,
        "repeated_key": 4,
        "damaged_letters": 6,
        "another_municipality": 5,
        "held_before_ordered": 6,
        "held_before_contact": 3,
        "dates_after_extraction": 3,
        "recorded_twice": 7,
        "no_show_recorded_as_held": 5,
        "held_on_closed_day": 6,
        "order_date_missing": 10,
    },
    "action_plans": {
        "unreadable_value": 2,
        "plan_id_missing": 2,
        "citizen_malformed": 2,
        "citizen_impossible_date": 2,
        "citizen_missing": 2,
        "citizen_nine_digits": 14,
        "citizen_modulus_11": 3,
        "made_at_missing": 2,
        "repeated_key": 3,
        "damaged_letters": 5,
        "not_in_group_3": 12,
        "two_open_plans": 5,
        "no_next_follow_up": 15,
        "author_unknown": 8,
        "after_extraction": 2,
    },
    "follow_ups": {
        "unreadable_value": 2,
        "follow_up_id_missing": 1,
        "plan_id_missing": 2,
        "citizen_malformed": 2,
        "citizen_impossible_date": 1,
        "citizen_missing": 1,
        "citizen_nine_digits": 6,
        "citizen_modulus_11": 3,
        "followed_up_at_missing": 2,
        "repeated_key": 2,
        "damaged_letters": 3,
        "follow_up_before_plan": 4,
        "after_extraction": 2,
        "plan_not_found": 3,
    },
    "match_groups": {
        "unreadable_value": 2,
        "citizen_malformed": 2,
        "citizen_impossible_date": 2,
        "citizen_missing": 2,
        "citizen_nine_digits": 10,
        "citizen_modulus_11": 3,
        "match_group_unknown": 3,
        "from_date_missing": 2,
        "damaged_letters": 4,
        "another_municipality": 4,
        "group_not_stated": 14,
        "ends_before_it_begins": 3,
        "overlapping_periods": 6,
        "gap_between_periods": 9,
        "default_end_date": 90,
        "group_3_with_pension": 4,
    },
    "applications": {
        "unreadable_value": 3,
        "application_id_missing": 2,
        "citizen_malformed": 4,
        "citizen_impossible_date": 3,
        "citizen_nine_digits": 15,
        "citizen_modulus_11": 10,
        "kind_missing": 2,
        "kind_unknown": 3,
        "received_at_missing": 3,
        "result_unknown": 3,
        "repeated_key": 4,
        "damaged_letters": 5,
        "another_municipality": 6,
        "decided_before_received": 8,
        "after_extraction": 3,
        "reopened": 12,
        "several_open": 7,
        "several_on_one_case": 6,
        "error_left_standing": 5,
        "bulk_closing": BULK_LATE + BULK_IN_TIME,
    },
    "application_waits": {
        "unreadable_value": 2,
        "application_id_missing": 2,
        "from_date_missing": 2,
        "damaged_letters": 3,
        "wait_ends_before_it_begins": 4,
        "application_not_found": 3,
    },
    "bills": {
        "unreadable_value": 4,
        "bill_id_missing": 3,
        "citizen_malformed": 4,
        "citizen_impossible_date": 3,
        "citizen_nine_digits": 16,
        "citizen_modulus_11": 12,
        "kind_missing": 3,
        "kind_unknown": 5,
        "received_at_missing": 3,
        "repeated_key": 4,
        "damaged_letters": 8,
        "another_municipality": 6,
        "paid_before_approved": 7,
        "approved_before_received": 6,
        "after_extraction": 4,
        "due_before_received": sum(bills.handed_in_late for bills in BILLS.values()),
        "amount_not_positive": 7,
        "credit_note": 48,
        "invoice_recorded_twice": 9,
        "due_date_missing": 8,
        "paid_without_date": PAID_WITHOUT_DATE,
        "absent_from_ledger": sum(bills.absent for bills in BILLS.values()),
    },
    "bill_steps": {
        "unreadable_value": 5,
        "bill_id_missing": 4,
        "step_missing": 4,
        "damaged_letters": 8,
        "step_without_time": PAID_WITHOUT_DATE,
        "after_extraction": 3,
        "step_unknown": 3,
        "step_recorded_twice": 4,
        "bill_not_found": 9,
    },
    "duty_roster": {
        "unreadable_value": 2,
        "caseworker_missing": 3,
        "date_missing": 2,
        "duty_missing": 2,
        "duty_unknown": 3,
        "repeated_key": 4,
        "damaged_letters": 5,
    },
    "phone_windows": {
        "unreadable_value": 3,
        "date_missing": 2,
        "from_time_missing": 2,
        "planned_minutes_missing": 2,
        "repeated_key": 3,
    },
}

ALSO_BREAKS: dict[str, dict[str, tuple[str, ...]]] = {
    "conversations": {"citizen_malformed": ("citizen_missing",)},
    "action_plans": {
        "unreadable_value": ("two_open_plans",),
        "citizen_missing": ("not_in_group_3",),
        "citizen_malformed": ("citizen_missing", "not_in_group_3"),
        "citizen_impossible_date": ("not_in_group_3",),
        "made_at_missing": ("not_in_group_3",),
    },
    "follow_ups": {
        "unreadable_value": ("followed_up_at_missing",),
        "citizen_malformed": ("citizen_missing",),
    },
    "match_groups": {"citizen_malformed": ("citizen_missing",)},
    "applications": {"repeated_key": ("several_on_one_case",)},
    "application_waits": {"damaged_letters": ("application_not_found",)},
    "bill_steps": {
        "unreadable_value": ("step_without_time",),
        "damaged_letters": ("step_unknown",),
    },
    "duty_roster": {"unreadable_value": ("date_missing",)},
}


def _found(table: str) -> dict[str, int]:
    """Add what the defects of a table break beside the rule that they were made for."""
    found = dict(ROWS[table])
    for defect, rules in ALSO_BREAKS.get(table, {}).items():
        for rule in rules:
            found[rule] = found.get(rule, 0) + ROWS[table][defect]
    return found


PLANTED: dict[str, dict[str, int]] = {table: _found(table) for table in ROWS}


def defects_of_spare_rows(table: str) -> list[str]:
    """List the rules that a table's spare rows break, each as often as it is planted, in order."""
    own = {rule.id for rule in SUBJECTS[table].all_rules() if rule.severity == "set_aside"}
    own |= {"dates_after_extraction"}
    among = [rule for rule in ROWS[table] if rule in own - {*AT_THE_END.get(table, ())}]
    return [rule for rule in among for _ in range(ROWS[table][rule])]
