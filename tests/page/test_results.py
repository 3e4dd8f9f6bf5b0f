"""The results beside what was published: parts that add up, and what the published notes say."""

from __future__ import annotations

import pytest

from kpi.definitions.overlapping import SUMS
from kpi.page.reasons import among_in_words, parts_in_words
from kpi.page.sections import results
from kpi.page.targets import result_rows

HELD = "conversations_held"
DRAWN = """
metric                                   | period | n   | weeks
booked_conversations_per_caseworker_week | 2019Q4 | 230 | 13.2
acute_conversations                      | 2019Q4 | 40  |
home_visits                              | 2019Q4 | 15  |
conversations_held                       | 2019Q4 | 270 |
"""
PUBLISHED = """metric,period,text,low,high,source,note
conversations_held,2019Q4,270,270,270,Agenda 1,method unknown
acute_conversations,2019Q4,40,40,40,Agenda 1,method unknown
conversations_a_week,2019Q4,22,22,22,Agenda 1,a week within the target; method unknown
"""


@pytest.mark.parametrize(
    ("language", "said", "among"),
    [
        (
            "en",
            "40 acute and 230 booked, 15 of these at home",
            "Counted among the booked conversations.",
        ),
        (
            "da",
            "40 akutte og 230 kalendersatte, heraf 15 hjemmebesøg",
            "Indgår i de kalendersatte samtaler.",
        ),
    ],
)
def test_the_parts_that_are_listed_add_up(report, language, said, among):
    facts = report(DRAWN, language=language)
    assert parts_in_words(facts, HELD) == said
    assert among_in_words(facts, "home_visits") == among
    row = next(row for row in result_rows(facts) if row.metric == HELD)
    assert row.now_basis == said


def test_a_part_that_is_hidden_or_not_listed_is_not_told(report):
    few = DRAWN.replace("| 15  |", "| 3   |")
    assert parts_in_words(report(few), HELD) == "40 acute and 230 booked"
    alone = "metric | period | n\nconversations_held | 2019Q4 | 270\nhome_visits | 2019Q4 | 15"
    assert parts_in_words(report(alone), HELD) == ""
    assert among_in_words(report(alone), "home_visits") == ""


def test_what_is_said_of_a_sum_names_each_of_its_parts():
    for one in SUMS:
        places = ("{first}", "{second}", "{third}")[: len(one.parts)]
        assert not one.words or all(place in one.words for place in places)


def test_a_note_that_only_one_published_figure_has_stands_below_it(report, tmp_path):
    (tmp_path / "published.csv").write_text(PUBLISHED, encoding="utf-8")
    facts = report(DRAWN, published="published.csv")
    notes = {row.title: (row.published_now, row.note_now) for row in result_rows(facts)}
    assert notes["Conversations held"] == ("270", "")
    assert notes["Conversations a week"] == ("22", "a week within the target")
    html = results(facts).html
    assert '22 <span class="basis">a week within the target</span>' in html
    assert "Beside what was published, as it was printed. Method unknown." in html
