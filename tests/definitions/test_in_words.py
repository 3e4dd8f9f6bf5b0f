"""Expressions as readers see them: in the labels of the columns, in each language."""

from __future__ import annotations

import pytest

from kpi.definitions.columns import Column
from kpi.definitions.in_words import condition_in_words, value_in_words
from kpi.language import NBSP, Labels
from kpi.language.words import ByLanguage

COLUMNS = {
    one.name: one
    for one in (
        Column("priority", "text", ByLanguage({"en": "final priority", "da": "prioritet"})),
        Column("arrived_at", "moment", "arrival"),
        Column("planned", "number", ByLanguage({"en": "planned trains", "da": "planlagte tog"})),
        Column("cancelled", "number", "cancelled trains"),
        Column("is_test", "yes_no", "a test"),
    )
}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("priority = '3'", "“final priority” is “3”"),
        ("NOT priority <> '3'", "it is not so that “final priority” is not “3”"),
        ("arrived_at IS NOT NULL AND NOT is_test", "“arrival” is there and “a test” is false"),
        ("arrived_at IS NULL OR is_test", "“arrival” is missing or “a test” is true"),
        (
            "planned > 1.5 AND (is_test OR arrived_at IS NULL)",
            "“planned trains” is over 1.5 and (“a test” is true or “arrival” is missing)",
        ),
        ("priority IN ('1', '2')", "“final priority” is one of “1” and “2”"),
        ("priority NOT IN ('1')", "“final priority” is none of “1”"),
        ("planned BETWEEN 10 AND 2000", "“planned trains” is from 10 to 2,000"),
        ("planned - cancelled <= 0", "“planned trains” − “cancelled trains” is at most 0"),
        ("left(priority, 1) = 'A'", "the expression “left(priority, 1) = 'A'” is true"),
        ("arrived_at IS TRUE", "the expression “arrived_at IS TRUE” is true"),
        ("nowhere = 1", "the expression “nowhere = 1” is true"),
    ],
)
def test_conditions_are_said(expression: str, words: str) -> None:
    said = condition_in_words(expression, COLUMNS, Labels("en"))
    assert said.replace(NBSP, " ") == words


def test_conditions_are_said_in_danish() -> None:
    said = condition_in_words("priority <> '3' AND planned >= 2", COLUMNS, Labels("da"))
    assert said == "“prioritet” ikke er “3” og “planlagte tog” er mindst 2"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("planned", "planned trains"),
        ("planned - coalesce(cancelled, 0)", "“planned trains” − “cancelled trains”"),
        ("coalesce(planned, 7)", "“planned trains” (or 7 where it is missing)"),
        ("(planned - cancelled) * 2", "(“planned trains” − “cancelled trains”) × 2"),
        ("abs(planned)", "“abs(planned)”"),
    ],
)
def test_values_are_said(expression: str, words: str) -> None:
    assert value_in_words(expression, COLUMNS, Labels("en")).replace(NBSP, " ") == words
