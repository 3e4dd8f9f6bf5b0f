"""Which stage made cases late, in words."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.page.lateness import (
    Made,
    days_lost_in_words,
    made_late,
    made_late_in_short,
    made_late_in_words,
    shown_days,
    worst,
)
from kpi.page.wording import rounded

RESULTS = """metric | period | n | met | missed
payments_on_time | 2019Q3 | 1000 | 948 | 52
payments_on_time | 2019Q4 | 1000 | 742 | 258
"""
METRIC = "payments_on_time"
NOW = """
payments_on_time | 2019Q4 | working_days | received-approved | 20  | 150 | 260 | 1700
payments_on_time | 2019Q4 | working_days | approved-sent     | *   | *     | 260 | 1700
payments_on_time | 2019Q4 | working_days | sent-posted       | 210 | 700 | 260 | 1700
payments_on_time | 2019Q4 | working_days | received_too_late | 25  | 10    | 260 | 1700
"""
BEFORE = "payments_on_time | 2019Q3 | working_days | posted-paid | 30 | 75 | 50 | 475"


@pytest.fixture
def told(report):
    def tell(*rows, language="en"):
        facts = report(RESULTS, lateness="\n".join(rows), language=language)
        return made_late_in_words(facts, METRIC)

    return tell


def test_the_stage_that_made_most_late_is_named_with_its_part_of_the_delay(told):
    assert told(NOW) == (
        "Of 258 late bills, about 210 lost most time from sent to the ledger to posted."
    )
    assert told(NOW, language="da") == (
        "Af 258 forsinkede regninger mistede omkring 210 mest tid fra sendt til økonomi til "
        "bogført."
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "About 700 of the 1,700 days of delay were lost from sent to the ledger to posted."),
        ("da", "Omkring 700 af de 1.700 dages forsinkelse opstod fra sendt til økonomi til bog"),
    ],
)  # fmt: skip
def test_the_annex_tells_of_the_days_lost_in_the_stage_that_leads(report, language, said):
    facts = report(RESULTS, lateness=NOW, language=language)
    assert days_lost_in_words(facts, METRIC).startswith(said)


def gate(by_due, after_due):
    """How many late bills were approved by their due day, and how many after it."""
    return pd.DataFrame(
        {
            "metric": METRIC,
            "period": "2019Q4",
            "circumstance": "approval",
            "value": ["by_due", "after_due"],
            "missed": [by_due, after_due],
            "rounded_to": 5,
        }
    )


def test_late_bills_approved_in_time_are_told_with_where_they_waited_then(report):
    """The stage up to the approval took more than any after it, and is not named for it."""
    lateness = NOW.replace("received-approved | 20", "received-approved | 220")
    facts = report(RESULTS, lateness=lateness, frames={"circumstances": gate(235, 25)})
    assert made_late_in_words(facts, METRIC) == (
        "Of 258 late bills, about 235 were approved in time, by their due day, about 25 too late. "
        "After approval, about 210 of the late bills lost most time from sent to the ledger to "
        "posted."
    )


def test_the_quarter_before_is_told_of_the_stages_after_the_gate_too(report):
    """The stage up to the approval led then: it is not held against one after the approval."""
    then = """
    payments_on_time | 2019Q3 | working_days | received-approved | 45 | 60 | 52 | 99
    payments_on_time | 2019Q3 | working_days | approved-sent     | 0  | 0  | 52 | 99
    payments_on_time | 2019Q3 | working_days | posted-paid       | 30 | 39 | 52 | 99
    """
    frames = {"circumstances": gate(235, 25)}
    with_gate = days_lost_in_words(report(RESULTS, lateness=NOW + then, frames=frames), METRIC)
    assert with_gate.endswith(
        " In Q3 2019, about 30 of 52 late bills lost most time from posted to paid."
    )


def test_a_hidden_count_at_the_gate_tells_of_neither(report, told):
    facts = report(RESULTS, lateness=NOW, frames={"circumstances": gate(235, None)})
    assert made_late_in_words(facts, METRIC) == told(NOW)


def test_another_stage_in_the_quarter_before_is_told(report):
    facts = report(RESULTS, lateness=f"{NOW}{BEFORE}")
    assert days_lost_in_words(facts, METRIC).endswith(
        " In Q3 2019, about 30 of 52 late bills lost most time from posted to paid."
    )


def test_the_same_stage_in_the_quarter_before_is_not_repeated(report):
    same = BEFORE.replace("posted-paid", "sent-posted")
    assert "Q3 2019" not in days_lost_in_words(report(RESULTS, lateness=f"{NOW}{same}"), METRIC)


def test_cases_that_no_stage_made_late_name_none(report, told):
    line = "payments_on_time | 2019Q4 | working_days | received_too_late | 60 | 10 | 60 | 70"
    assert told(line) == "No stage stands out, or too few were late to name one."
    assert made_late_in_short(report(RESULTS, lateness=line), METRIC) == ""


def test_hidden_stages_are_not_named(told):
    line = "payments_on_time | 2019Q4 | working_days | sent-posted | * | * | 7 | 70"
    assert told(line) == "No stage stands out, or too few were late to name one."


def test_two_stages_alike_name_none(report):
    lines = [
        f"payments_on_time | 2019Q4 | working_days | {stage} | 20 | 80 | 40 | 160"
        for stage in ("sent-posted", "posted-paid")
    ]
    assert worst(made_late(report(RESULTS, lateness="\n".join(lines)), METRIC)) is None


@pytest.mark.parametrize(
    ("missed", "said"),
    [
        ("0", "None was late."),
        ("3", "No stage stands out, or too few were late to name one."),
    ],
)
def test_none_was_late_only_where_the_figure_says_so(report, missed, said):
    """Stages are counted from drawn cases: of few that were late, none may be among them."""
    line = "payments_on_time | 2019Q4 | working_days | sent-posted | 0 | 0 | 0 | 0"
    results = f"metric | period | n | met | missed\n{METRIC} | 2019Q4 | 1000 | 997 | {missed}"
    assert made_late_in_words(report(results, lateness=line), METRIC) == said


def test_without_stages_nothing_is_said(told):
    assert told() == ""


def test_the_short_form_names_the_stage(report):
    facts = report(RESULTS, lateness=NOW, language="da")
    assert made_late_in_short(facts, METRIC) == (
        "De fleste forsinkede regninger gik i stå fra sendt til økonomi til bogført: omkring 210 "
        "af 258."
    )


@pytest.mark.parametrize(
    ("late", "said"),
    [
        ((30, 20), "Most late bills got stuck {first}: about 30 of 258."),
        ((25, 20), "Of 258 late bills, about 25 got stuck {first} and about 20 "),
        ((25, 0), "Of 258 late bills, about 25 got stuck {first}."),
        ((20, 20), "Of 258 late bills, about 20 got stuck {first} and about 20 "),
        ((0, 0), ""),
    ],
)
def test_most_is_said_only_above_one_half(report, late, said):
    lines = [
        f"payments_on_time | 2019Q4 | working_days | {stage} | {n} | {n} | 50 | 475"
        for stage, n in zip(("sent-posted", "posted-paid"), late, strict=True)
    ]
    facts = report(RESULTS, lateness="\n".join(lines))
    told = said.format(first="from sent to the ledger to posted")
    assert made_late_in_short(facts, METRIC).startswith(told)
    assert bool(made_late_in_short(facts, METRIC)) is bool(said)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=6))
def test_the_days_of_the_picture_add_up_to_those_of_the_text(days):
    total = sum(days)
    made = [Made(f"a-{n}", 1, one, len(days), total, "working_days") for n, one in enumerate(days)]
    shown = shown_days(made)
    assert sum(shown) == rounded(total)
    assert all(abs(a - b) < 1 for a, b in zip(shown, days, strict=True))
