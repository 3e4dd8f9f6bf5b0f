"""Answers of what-if, asked several times in a row and read beside the reports."""

from __future__ import annotations

import pytest

from kpi.params import Counting
from tests.disclosure.joint.answers import relate
from tests.disclosure.joint.found import told
from tests.disclosure.joint.reading import Reading, Rows

RULES = {"conversations": Counting.model_validate({"due": {"days": 14}, "quarter_by": "stop"})}


KEYS = {"metric": "conversations", "period": "2001Q2", "group": ""}


def result_of(n: int | None) -> Rows:
    """A quarter in which all of n cases were in time; null: it is hidden."""
    others = None if n is None else 0
    return Rows([KEYS | {"n": n, "met": n, "missed": others, "unknown": others}])


def answers_of(n: int | None) -> dict[int, Rows]:
    """Answers to 9 and 11 days, in which all of n cases are in time; null: both are hidden."""
    share = None if n is None else 1.0
    row = KEYS | {"n_what_if": n, "lower_what_if": share, "upper_what_if": share}
    return {days: Rows([row]) for days in (9, 11)}


@pytest.mark.parametrize(("hidden", "found"), [(True, 0), (False, 2)])
def test_the_cases_behind_a_hidden_answer_are_of_the_whole(hidden: bool, found: int) -> None:
    """Without them, all 26 of the whole would be the other unit's, of which an answer tells 8."""
    reading = Reading(closeness=19)
    for tag, n in {"whole": 26, "north": 8, "south": None}.items():
        reading.note_counts("results", result_of(n), tag)
        if tag != "south" or hidden:
            relate(reading, answers_of(n), tag, RULES)
    reading.add_units("whole", ["north", "south"])
    between = [one for one in told(reading) if " less " in one.what]
    assert len(between) == found
