"""What it would take, in words."""

import pytest

from kpi.page.remedies import remedies, remedy_in_words

RESULTS = "metric | period | n | met | missed\npayments_on_time | 2019Q4 | 1040 | 780 | 260"
STAGES = """period | stage | outcome | n | median_days | p90_days
2019Q4 | sent-posted | met | 900 | 1 | 2
2019Q4 | posted-paid | met | 900 | 1 | 2
"""
METRIC = "payments_on_time"
AS_IT_WAS = "payments_on_time | 2019Q4 | | kept | 0.75 | 0.75"
POSTING = "payments_on_time | 2019Q4 | sent-posted | kept | 0.951 | 0.951"
PAYING = "payments_on_time | 2019Q4 | posted-paid | kept | 0.77 | 0.79"
BOTH = "payments_on_time | 2019Q4 | sent-posted+posted-paid | kept | 0.971 | 0.98"
FREE = "payments_on_time | 2019Q4 | sent-posted | free | 1 | 1"


@pytest.fixture
def told(report):
    def tell(*rows, language="en"):
        drawn = "\n".join(rows)
        facts = report(RESULTS, stages=STAGES, counterfactual=drawn, language=language)
        return remedy_in_words(facts, METRIC)

    return tell


def test_the_stage_that_would_have_helped_most_and_the_best_two(told):
    assert told(AS_IT_WAS, PAYING, POSTING, BOTH) == (
        "Had none taken longer than 2 working days from sent to the ledger to posted, 95% would "
        "have been on time instead of 75.0%. Had two stages kept to their norms, from sent to the "
        "ledger to posted and from posted to paid, the share would have been 97\u201398%."
    )


def test_a_norm_that_is_not_known_is_not_written(told, monkeypatch):
    monkeypatch.setattr("kpi.page.remedies.norm_of", lambda *_: (float("nan"), "working_days"))
    assert told(AS_IT_WAS, POSTING).startswith(
        "Had none taken longer than its norm from sent to the ledger to posted, 95%"
    )


def test_in_danish(told):
    assert told(AS_IT_WAS, POSTING, language="da") == (
        "Havde ingen taget længere end 2 arbejdsdage fra sendt til økonomi til bogført, ville "
        "95\xa0% have været til tiden i stedet for 75,0\xa0%."
    )


def test_a_stage_that_would_have_changed_nothing_is_not_praised(told):
    same = POSTING.replace("0.951 | 0.951", "0.75 | 0.75")
    assert told(AS_IT_WAS, same).startswith("No single stage would have changed the figure")


def test_hidden_shares_are_not_told(told):
    hidden = POSTING.replace("0.951 | 0.951", "* | *")
    assert told(AS_IT_WAS, hidden).startswith("No single stage would have changed the figure")
    assert told(AS_IT_WAS.replace("0.75 | 0.75", "* | *"), POSTING) == ""


def test_without_stages_nothing_is_told(told):
    assert told() == ""


def test_only_one_way_of_counting_payment_runs_is_read(report):
    facts = report(RESULTS, counterfactual=f"{AS_IT_WAS}\n{POSTING}\n{FREE}")
    assert [one.lower for one in remedies(facts, METRIC)] == [0.75, 0.951]
    assert [one.lower for one in remedies(facts, METRIC, runs="free")] == [1.0]
