"""What the administration says about a missed target, and what is missing."""

from __future__ import annotations

import pytest

from kpi.page.reasons import comment, figures_beside
from kpi.record import without_comment
from tests.page.test_late import NOW

RESULTS = """
metric                           | period | n    | met  | missed | unknown
application_time                 | 2019Q4 | 250  | 220  | 30     |
payments_on_time                 | 2019Q4 | 1000 | 930  | 30     | 40
conversations_within_10_days     | 2019Q4 | 500  | 300  | 200    |
action_plan_coverage             | 2019Q4 | 240  | 240  | 0      |
"""
SAID = {"cause": "Sickness.", "action": "A temp.", "owner": "The head", "due": "2020-03-01"}


def test_missed_targets_that_nobody_explained_are_named(report):
    """Not those that are met, cannot be documented, or were accepted by the committee."""
    facts = report(
        RESULTS,
        accepted_deviations={
            "conversations_within_10_days": {"until": "2020-06-30", "reason": "A new system."}
        },
    )
    assert without_comment(facts.run) == ["application_time"]


@pytest.mark.parametrize(("said", "missing"), [({"application_time": SAID}, False), ({}, True)])
def test_a_comment_has_its_date_in_words(report, said, missing):
    found = comment(report(RESULTS, comments=said), "application_time")
    assert found.is_missing is missing
    assert found.due == ("" if missing else "1 March 2020")


MONTHS = """
payments_on_time | 2019-10 | 365 | 321 | 22 | 22
payments_on_time | 2019-11 | 327 | 310 | 17 |
payments_on_time | 2019-12 | 360 | 350 | 10 |
"""


@pytest.mark.parametrize("cause", ["In November dates are missing.", "I november mangler datoer."])
def test_what_the_months_say_stands_beside_a_comment_that_names_one(report, cause):
    said = {"payments_on_time": {"cause": {"en": "Nothing.", "da": cause}}}
    if cause.startswith("In"):
        said = {"payments_on_time": {"cause": cause}}
    language = "en" if cause.startswith("In") else "da"
    facts = report(RESULTS + MONTHS, comments=said, languages=["en", "da"], language=language)
    told = {
        "en": "October 22 missed, 22 unknown; November 17 missed; December 10 missed.",
        "da": "oktober 22 ikke nået, 22 ukendte; november 17 ikke nået; december 10 ikke nået.",
    }
    assert figures_beside(facts, "payments_on_time") == told[language]


def test_what_the_stages_say_stands_beside_a_comment_that_names_one(report):
    said = {"payments_on_time": {"cause": "Bills wait to be posted."}}
    results = RESULTS.replace("930  | 30 ", "702  | 258")
    facts = report(results, comments=said, lateness=NOW)
    assert figures_beside(facts, "payments_on_time") == (
        "Most late bills got stuck from sent to the ledger to posted: about 210 of 258."
    )


def test_a_comment_that_names_neither_stands_alone(report):
    facts = report(RESULTS + MONTHS, comments={"payments_on_time": SAID}, lateness=NOW)
    assert figures_beside(facts, "payments_on_time") == ""
