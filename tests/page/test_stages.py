"""The stages of a metric's cases, and how long cases spent in them."""

import math

import pytest

from kpi.page.stages import days, share_of_widest, stage_name, stages

RESULTS = "metric | period | n | met | missed\npayments_on_time | 2019Q4 | 1000 | 940 | 60"
HEAD = "period | stage | outcome | n | median_days | p90_days\n"
QUICK = """
2019Q4 | received-approved | met    | 900 | 2 | 3
2019Q4 | received-approved | missed | 60  | 2 | 3
"""
SLOW = """
2019Q4 | sent-posted | met    | 900 | 1 | 2
2019Q4 | sent-posted | missed | 60  | 9 | 11
"""


@pytest.fixture
def drawn(report):
    return lambda *rows, **more: report(RESULTS, stages=HEAD + "".join(rows), **more)


def test_a_stage_has_the_times_of_late_cases_and_of_those_on_time(drawn):
    _, posting = stages(drawn(QUICK, SLOW))
    assert (posting.name, posting.norm) == ("sent-posted", 2.0)
    assert (posting.on_time, posting.on_time_p90, posting.late, posting.late_p90) == (1, 2, 9, 11)


@pytest.mark.parametrize(("below", "sign"), [(5, "hidden"), (0, "\u2013")])
def test_few_persons_and_nobody_are_one_sign_where_counts_are_rounded(drawn, below, sign):
    facts = drawn(QUICK, SLOW, disclosure={"hide_persons_below": below})
    assert [days(facts.labels, stage, math.nan) for stage in stages(facts)] == [sign, sign]
    assert days(facts.labels, stages(facts)[1], 9.0) != sign


def test_bars_are_as_long_as_the_longest_tells(drawn):
    found = stages(drawn(QUICK, SLOW))
    assert (share_of_widest(found, 11), share_of_widest(found, 5.5)) == (100.0, 50.0)
    assert share_of_widest(found, math.nan) == 0.0


def test_without_stages_there_are_none(report):
    assert stages(report(RESULTS)) == []


@pytest.mark.parametrize(
    ("metric", "stage", "name"),
    [
        ("payments_on_time", "sent-posted", "Fra sendt til økonomi til bogført"),
        ("conversations_within_10_days", "contact-ordered", "Fra henvendelse til bestilt"),
        ("application_time", "waiting_for_citizen", "Venter på borgeren"),
        ("payments_on_time", "checked_twice-paid", "Fra checked twice til betalt"),
    ],
)
def test_stages_have_the_names_of_their_subject(report, metric, stage, name):
    results = "metric | period | n | met | missed\n" + "".join(
        f"{one} | 2019Q4 | 1000 | 940 | 60\n"
        for one in ("payments_on_time", "conversations_within_10_days", "application_time")
    )
    assert stage_name(report(results, language="da"), metric, stage) == name
