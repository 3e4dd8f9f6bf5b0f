"""What is said of cases that were late hangs on the step where the metric's clock stops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kpi.definitions.kinds import Duration, ShareWithinLimit, Timed
from kpi.definitions.metrics.payments import PAYMENTS_ON_TIME
from kpi.definitions.subjects.bills import BILLS
from kpi.page.reasons import reason

RESULTS = "metric | period | n | met | missed | unknown\npayments_on_time | 2019Q4 | 100 | {rest}"
TO_APPROVAL = replace(
    PAYMENTS_ON_TIME, id="approved_in_time", stop="approved_at", steps=(), arrivals=""
)


@pytest.fixture
def said(report):
    """Say what a figure of a share over bills rests on, as if its clock stopped at a step."""

    def say(definition: Timed, *, rest="60 | 30 | 10", language="en", own_title=""):
        facts = report(RESULTS.format(rest=rest), language=language)
        changed = {
            "late": definition.words_of_late,
            "unknown": definition.words_of_unknown,
            "last_step": definition.last_step,
            "kind": definition.kind,
            "own_title": own_title,
        }
        (metric,) = facts.run.metrics
        metrics = (metric.model_copy(update=changed),)
        return reason(
            replace(facts, run=facts.run.model_copy(update={"metrics": metrics})), metric.id
        )

    return say


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "30 bills were not approved in time, and 10 bills lack a date that decides them."),
        (
            "da",
            (
                "30 regninger blev ikke godkendt til tiden, og 10 regninger mangler en dato, "
                "der er afgørende."
            ),
        ),
    ],
)
def test_bills_that_must_be_approved_were_not_approved_in_time(said, language, text):
    assert said(TO_APPROVAL, language=language) == text


def test_bills_that_must_be_paid_were_not_paid(said):
    text = "30 bills were not paid on time, and 10 bills lack their date of payment."
    assert said(PAYMENTS_ON_TIME) == text


def test_a_clock_that_stops_at_no_step_says_that_cases_were_late(said):
    nowhere = replace(TO_APPROVAL, stop="approved_at + INTERVAL '1 day'")
    assert said(nowhere, rest="70 | 30 | 0") == "30 bills were late."


def test_own_words_of_a_metric_come_first(said):
    own = replace(TO_APPROVAL, late=("{n} bill lay", "{n} bills lay"))
    assert said(own, rest="70 | 30 | 0") == "30 bills lay."


def test_a_metric_that_the_parameters_call_otherwise_has_neutral_words(said):
    text = "30 cases were late."
    assert said(PAYMENTS_ON_TIME, rest="70 | 30 | 0", own_title="Requests paid") == text


@pytest.mark.parametrize("kind", [ShareWithinLimit, Duration])
def test_the_last_step_is_that_of_the_stop_unless_steps_are_named(kind):
    bare = kind(id="a", title="", words="", subject=BILLS, start="received_at", stop="sent_at")
    assert bare.last_step == "sent"
    assert replace(bare, steps=("received", "posted")).last_step == "posted"
    assert replace(bare, stop="due_at").last_step == ""
