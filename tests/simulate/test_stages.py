"""Cases pass stages in working days; some stages end in runs, some have little room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.errors import ParameterError
from kpi.simulate.stage_change import StageChange
from kpi.simulate.stages import Stage, pass_through

NEVER = float("inf")


def left(started, *stages, until=100):
    return pass_through(np.array(started), list(stages), until).tolist()


def test_days_in_the_stages_add_up():
    assert left([3, 5], Stage([1, 0]), Stage([2, 0])) == [6, 5]


def test_a_run_takes_what_is_ready():
    """Runs on days 4 and 9: ready on 4 goes with the first, ready on 5 waits for the second."""
    assert left([3, 3], Stage([1, 2], runs={4, 9})) == [4, 9]


def test_what_follows_a_run_moves_with_it():
    assert left([3], Stage([0], runs={9}), Stage([2])) == [11]


def test_the_room_of_a_day_goes_to_those_who_were_ready_first():
    """Two a day; the third of day 3 comes before the one of day 4."""
    assert left([3, 3, 3, 4], Stage([0] * 4, room=2)) == [3, 3, 4, 4]


def test_a_stuck_case_holds_nobody_up():
    assert left([3, 3], Stage([NEVER, 0], room=1)) == [NEVER, 3]


def test_who_has_not_left_by_the_last_day_has_not_left():
    assert left([3, 3], Stage([1, 2]), until=4) == [4, NEVER]


bills = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(0, 5)), min_size=1)


@given(bills)
def test_without_runs_and_with_room_nobody_waits(rows):
    started, first, second = (list(column) for column in zip(*rows, strict=True))
    expected = [sum(row) for row in rows]
    assert left(started, Stage(first), Stage(second)) == expected


@given(bills, st.integers(1, 5))
def test_little_room_lets_no_more_leave_on_a_day_and_nobody_sooner(rows, room):
    started, first, _ = (list(column) for column in zip(*rows, strict=True))
    days = left(started, Stage(first, room=room), until=1000)
    assert max(np.unique(days, return_counts=True)[1]) <= room
    assert all(day >= row[0] + row[1] for day, row in zip(days, rows, strict=True))


@pytest.mark.parametrize(
    ("rhythm", "runs"),
    [
        ("daily", frozenset()),
        ("weekly:thu", frozenset({3})),
        ("Weekly: mon, thu", frozenset({0, 3})),
        (None, None),
    ],
)
def test_a_rhythm_is_read(rhythm, runs):
    assert StageChange.parse("sent-posted", rhythm, 20) == StageChange("sent-posted", runs, 20)


@pytest.mark.parametrize(
    ("stage", "rhythm", "room", "message"),
    [
        (None, "daily", None, "Add --stage"),
        ("sent-posted", None, None, "--rhythm daily"),
        ("sent-posted", "monthly", None, "weekly:thu"),
        ("sent-posted", "daily:thu", None, "weekly:thu"),
        ("sent-posted", "weekly", None, "weekly:thu"),
        ("sent-posted", "weekly:thr", None, 'Did you mean "thu"'),
        ("sent-posted", "weekly:sat", None, "from mon to fri"),
        ("sent-posted", None, 0, "1 a day or more"),
    ],
)
def test_a_change_without_sense_is_refused(stage, rhythm, room, message):
    with pytest.raises(ParameterError, match=message):
        StageChange.parse(stage, rhythm, room)
