"""What the administration says about a missed target, and what is missing."""

from __future__ import annotations

import pytest

from kpi.page.reasons import comment, without_comment

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
