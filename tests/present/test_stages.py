"""Where payments get stuck."""

import pytest

from kpi.present.stages import stages, stuck, stuck_in_short, stuck_in_words

RESULTS = "metric | period | n | met | missed\npayments_on_time | 2019Q4 | 1000 | 940 | 60"
HEAD = "period | stage | outcome | n | median_workdays | p90_workdays\n"
QUICK = """
2019Q4 | received-approved | met    | 900 | 2 | 3
2019Q4 | received-approved | missed | 60  | 2 | 3
"""
SLOW = """
2019Q4 | sent-posted | met    | 900 | 1 | 2
2019Q4 | sent-posted | missed | 60  | 9 | 11
"""
BEFORE = """
2019Q3 | posted-paid | met    | 900 | 1 | 2
2019Q3 | posted-paid | missed | 60  | 6 | 8
"""


@pytest.fixture
def drawn(report):
    return lambda *rows, **more: report(RESULTS, stages=HEAD + "".join(rows), **more)


def test_the_stage_in_which_late_bills_lost_most_time_is_named(drawn):
    facts = drawn(QUICK, SLOW, language="da")
    assert stuck_in_short(facts) == (
        "Forsinkede regninger går i stå, fra de er sendt til økonomi, til de er bogført."
    )
    assert stuck_in_words(facts) == (
        "Forsinkede regninger mistede mest tid, fra de var sendt til økonomi, til de var bogført: "
        "halvdelen ventede her 9 arbejdsdage eller mere og hver tiende 11 eller mere, mod 1 og 2 "
        "for regninger betalt til tiden."
    )


def test_another_stage_in_the_quarter_before_is_told(drawn):
    assert stuck_in_words(drawn(QUICK, SLOW, BEFORE)).endswith(
        "In Q3 2019 it was between being posted and being paid: 6 and 8 working days, against 1 "
        "and 2."
    )


def test_no_stage_is_named_where_none_is_slower_for_late_bills(drawn):
    facts = drawn(QUICK)
    assert stuck(facts) is None
    assert stuck_in_short(facts) == ""
    assert stuck_in_words(facts).startswith("No stage stands out")


def test_a_stage_of_few_persons_is_hidden_and_not_named(drawn):
    few = SLOW.replace("| 60 ", "| 3 ")
    facts = drawn(QUICK, few)
    assert stuck(facts) is None
    assert [stage.is_hidden for stage in stages(facts)] == [False, True]


def test_without_payments_there_are_no_stages(report):
    assert stages(report(RESULTS)) == []
