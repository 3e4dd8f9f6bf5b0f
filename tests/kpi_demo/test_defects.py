"""The defects planted in the synthetic extracts, each found again."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from kpi_demo.calibration import SLOWED_STAGE
from kpi_demo.planted import PLANTED

from kpi.definitions.subject import AFTER_EXTRACTION, DATES_AFTER_EXTRACTION
from kpi.definitions.subjects import SUBJECTS
from tests.kpi_demo.extracts import AS_OF, days, form_of, in_group_3, persons


def test_planted_rules_are_rules_of_the_contract():
    for name, planted in PLANTED.items():
        assert set(planted) <= {rule.id for rule in SUBJECTS[name].all_rules()}


def test_every_rule_is_broken_somewhere():
    never = {
        (name, rule.id)
        for name, table in SUBJECTS.items()
        for rule in table.all_rules()
        if not PLANTED[name].get(rule.id)
        and rule.id not in {AFTER_EXTRACTION, DATES_AFTER_EXTRACTION, "key_with_other_content"}
    }
    assert never == {("phone_windows", "damaged_letters")}


@pytest.mark.parametrize(
    "name", ["conversations", "action_plans", "follow_ups", "match_groups", "applications", "bills"]
)
def test_forms_of_person_numbers(extract, name):
    forms = Counter(extract(name)["citizen"].map(form_of))
    del forms[""]
    planted = {rule: count for rule, count in PLANTED[name].items() if rule.startswith("citizen_")}
    planted.pop("citizen_missing", None)
    assert {f"citizen_{form}": count for form, count in forms.items()} == planted


@pytest.mark.parametrize("name", list(SUBJECTS))
def test_damaged_letters(extract, name):
    texts = extract(name).astype(str)
    is_damaged = texts.apply(lambda column: column.str.contains("Ã")).any(axis=1)
    assert is_damaged.sum() == PLANTED[name].get("damaged_letters", 0)


@pytest.mark.parametrize("name", [name for name, table in SUBJECTS.items() if table.key])
def test_repeated_keys(extract, name):
    keys = extract(name)[list(SUBJECTS[name].key)]
    whole = keys[(keys != "").all(axis=1)]
    assert whole.duplicated().sum() == PLANTED[name]["repeated_key"]


def test_planted_conversations(extract, office_days):
    table, planted = extract("conversations"), PLANTED["conversations"]
    contact, ordered, on = (days(table[name]) for name in ("contact_at", "ordered_at", "held_at"))
    person = persons(table["citizen"])
    open_day = pd.Series(
        np.is_busday(on.fillna(AS_OF).to_numpy().astype("datetime64[D]"), busdaycal=office_days)
    )
    whole = person.notna() & on.notna()
    again = pd.DataFrame({"person": person, "on": on, "kind": table["kind"]})[whole].duplicated()
    booked_and_held = (table["status"] == "held") & ~table["kind"].isin(["acute", "telephone"])
    found = {
        "held_before_ordered": (on < ordered).sum(),
        "held_before_contact": ((on < contact) & ~(on < ordered)).sum(),
        "recorded_twice": again.sum(),
        "no_show_recorded_as_held": ((table["status"] == "no_show") & on.notna()).sum(),
        "held_on_closed_day": (~open_day & (table["kind"] != "acute")).sum(),
        "order_date_missing": (booked_and_held & (table["ordered_at"] == "")).sum(),
        "citizen_missing": person.isna().sum(),
    }
    assert found == {rule: planted[rule] for rule in found}


def test_planted_match_group_periods(extract):
    table, planted = extract("match_groups"), PLANTED["match_groups"]
    table = table.assign(person=persons(table["citizen"]), first=days(table["from_date"]))
    default = table["to_date"].isin(["31-12-9999", "01-01-1900"])
    last = days(table["to_date"]).where(~default)
    table["last"] = last.fillna(pd.Timestamp("9999-12-31"))
    known = table[table["person"].notna()].sort_values("first", kind="stable")
    after = known.groupby("person")["last"].shift()
    found = {
        "default_end_date": default.sum(),
        "group_not_stated": table["match_group"].isin(["", "0"]).sum(),
        "ends_before_it_begins": (last < table["first"]).sum(),
        "overlapping_periods": (known["first"] <= after).sum(),
        "gap_between_periods": ((known["first"] - after).dt.days > 1).sum(),
    }
    assert found == {rule: planted[rule] for rule in found}


def test_planted_applications(extract):
    table, planted = extract("applications"), PLANTED["applications"]
    received, decided = days(table["received_at"]), days(table["decided_at"])
    keys = ["kind", decided.rename("on")]
    counts = table[decided.notna()].groupby(keys)["kind"].transform("size")
    usual = table.groupby(keys).size().groupby("kind").median()
    piled = (counts >= 20) & (counts > 6 * table.loc[counts.index, "kind"].map(usual))
    ordered = table.assign(person=persons(table["citizen"]), received=received, decided=decided)
    ordered = ordered[ordered["person"].notna()].sort_values("received", kind="stable")
    earlier = ordered.groupby(["person", "kind"])[["received", "decided"]].shift()
    waiting = earlier["received"].notna() & ~(earlier["decided"] <= ordered["received"])
    found = {
        "bulk_closing": piled.sum(),
        "several_open": (waiting & (ordered["is_rollover"] == "Nej")).sum(),
        "decided_before_received": (decided < received).sum(),
        "error_left_standing": (table["result"] == "error").sum(),
        "reopened": (table["is_reopened"] == "Ja").sum(),
        "several_on_one_case": table.loc[table["case_number"] != "", "case_number"]
        .duplicated()
        .sum(),
    }
    assert found == {rule: planted[rule] for rule in found}
    assert set(decided[piled.index[piled]]) == {pd.Timestamp("2019-12-30")}


def test_planted_plans_and_follow_ups(extract, group_3):
    table, planted = extract("action_plans"), PLANTED["action_plans"]
    person, made = persons(table["citizen"]), days(table["made_at"])
    is_open = table["closed_at"].isin(["", "uge 42", "snarest"])  # what cannot be read is none
    found = {
        "not_in_group_3": (~in_group_3(group_3, person, made)).sum(),
        "two_open_plans": person[is_open & person.notna()].duplicated().sum(),
        "no_next_follow_up": (is_open & (table["next_follow_up_at"] == "")).sum(),
        "author_unknown": (table["author"] == "").sum(),
    }
    assert found == {rule: planted[rule] for rule in found}
    follow_ups = extract("follow_ups")
    known = follow_ups["plan_id"].isin(table["plan_id"]) | (follow_ups["plan_id"] == "")
    assert (~known).sum() == PLANTED["follow_ups"]["plan_not_found"]


def test_planted_bills(extract, steps):
    table, planted = extract("bills"), PLANTED["bills"]
    is_bill = table["kind"] == "bill"
    invoices = table.loc[is_bill, ["supplier", "invoice_number"]]
    numbers = table["amount_dkk"].str.replace(".", "").str.replace(",", ".")
    is_negative = numbers.str.startswith("-") | numbers.str.endswith("-") | (numbers == "0.00")
    undated = (steps["step"] == "Betalt") & (steps["happened_at"] == "")
    ledger = set(steps.loc[steps["step"].isin([*SLOWED_STAGE, "Betalt"]), "bill_id"])
    approved = steps[steps["step"] == "Godkendt"].groupby("bill_id")["day"].max()
    approved = table["bill_id"].map(approved)
    absent = (approved < "2019-12-16") & ~table["bill_id"].isin(ledger)
    found = {
        "credit_note": (table["kind"] == "credit_note").sum(),
        "invoice_recorded_twice": invoices.duplicated().sum(),
        "amount_not_positive": (is_bill & is_negative).sum(),
        "due_date_missing": (is_bill & (table["due_at"] == "")).sum(),
        "due_before_received": (days(table["due_at"]) < days(table["received_at"])).sum(),
        "paid_without_date": undated.sum(),
        "absent_from_ledger": absent.sum(),
    }
    assert found == {rule: planted[rule] for rule in found}
    strange = (steps["bill_id"] != "") & ~steps["bill_id"].isin(table["bill_id"])
    assert strange.sum() == PLANTED["bill_steps"]["bill_not_found"]
