"""What got slower since the quarter before, in words."""

import pytest

from kpi.page.slower import slower_in_words

METRIC = "payments_on_time"
RESULTS = """metric | period | n | met | missed
payments_on_time | 2019Q3 | 1000 | 950 | 50
payments_on_time | 2019Q4 | 1000 | 740 | 260
"""
STAGES = """period | stage | outcome | n | median_days | p90_days
2019Q3 | sent-posted | all | 1000 | 1 | 2
2019Q4 | sent-posted | all | 1000 | 4 | 9.5
"""
LATENESS = """
payments_on_time | 2019Q3 | working_days | received-approved | 20  | 40  | 50  | 100
payments_on_time | 2019Q3 | working_days | sent-posted       | 30  | 60  | 50  | 100
payments_on_time | 2019Q4 | working_days | received-approved | 10  | 50  | 260 | 1700
payments_on_time | 2019Q4 | working_days | sent-posted       | 250 | 700 | 260 | 1700
"""


@pytest.fixture
def told(report):
    def tell(results=RESULTS, language="en", lateness=LATENESS):
        facts = report(results, stages=STAGES, lateness=lateness, language=language)
        return slower_in_words(facts, METRIC)

    return tell


def test_the_stage_that_made_more_late_than_before_is_named_with_its_days(told):
    """5 in a hundred were late, then 26: 21 more, of which posting made 25 - 3."""
    assert told() == (
        "Since Q3 2019 the share that was late has risen by 21.0 percentage points. By the stage "
        "that made cases late: 22 from sent to the ledger to posted (nine in ten took at most 9.5 "
        "days there, before it was 2)."
    )


def test_in_danish(told):
    assert told(language="da").startswith(
        "Siden 3. kvartal 2019 er andelen af forsinkede steget med 21,0 procentpoint. "
    )


def test_what_got_faster_is_told_too(told):
    swapped = LATENESS.replace("2019Q3", "x").replace("2019Q4", "2019Q3").replace("x", "2019Q4")
    better = RESULTS.replace("950 | 50", "740 | 260").replace(
        "Q4 | 1000 | 740 | 260", "Q4 | 1000 | 950 | 50"
    )
    assert "has fallen by 21.0 percentage points" in told(better, lateness=swapped)


def test_a_change_too_small_to_tell_and_a_quarter_without_another_before_it(told):
    same = RESULTS.replace("740 | 260", "949 | 51")
    assert told(same) == ""
    assert told("\n".join(RESULTS.splitlines()[::2])) == ""


def test_hidden_stages_are_not_told(told):
    assert (
        told(lateness=LATENESS.replace("30  | 60", "*   | *").replace("20  | 40", "*   | *")) == ""
    )
