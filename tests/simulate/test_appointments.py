"""How many appointments a week keep the target?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from kpi.errors import ParameterError
from kpi.language import Labels
from kpi.periods import Period
from kpi.simulate import (
    appointment_frame,
    appointments_text,
    goal_of,
    numbers_to_try,
    past_bookings,
    predicted_appointments,
    tried,
    validate,
)
from kpi.simulate.appointments import Tried, enough
from kpi.simulate.replicate import Spread
from tests.simulate.offices import front_desk

QUARTER = Period(2019, 4)
METRIC = "conversations_within_10_days"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return past_bookings(
        METRIC, QUARTER, front_desk(tmp_path_factory.mktemp("desk")), lambda _: None
    )


@pytest.fixture(scope="module")
def goal(desk):
    return goal_of(desk.past, None, None)


def test_twenty_contacts_a_week_take_twenty_conversations(desk, goal):
    """With 20 all are held in time. With 16 the list grows by 10 a working fortnight and more."""
    found = tried(desk, [16, 20], goal, 20, 1)
    assert [one.per_week for one in found] == [16, 20]
    assert found[0].share.middle < 0.2
    assert found[1].share == Spread(1, 1, 1)
    assert (enough(found, 0.5, 20), enough(found, 0.95, 20)) == (20, 20)


def with_small_hidden(desk):
    """Return the same bookings of a report that hides small counts."""
    report = desk.past.params.report
    disclosure = report.disclosure.model_copy(update={"hide_persons_below": 5})
    report = report.model_copy(update={"disclosure": disclosure})
    past = replace(desk.past, params=replace(desk.past.params, report=report))
    return replace(desk, past=past)


def test_what_is_told_of_bookings_and_runs_comes_in_steps(desk, goal):
    """Bookings are counted in fives, runs in twentieths, shares by that of five cases."""
    desk = with_small_hidden(desk)
    quarters = desk.recent()
    days = sum(len(desk.past.days.in_quarter(quarter)) for quarter in quarters)
    needed = desk.needed_a_week(quarters) * days / 5
    assert needed == pytest.approx(5 * round(needed / 5))
    step = desk.past.step(QUARTER)
    assert step == pytest.approx(5 / desk.past.actual.loc[str(QUARTER), "n"])
    for one in tried(desk, [17, 18, 19], goal, 30, 1):
        assert one.kept * 20 == pytest.approx(round(one.kept * 20))
        for share in one.share:
            assert share / step == pytest.approx(round(share / step))


def test_the_goal_is_the_metric_s_own_unless_another_is_asked_for(desk, goal):
    assert (goal.limit.days, goal.share) == (10, 0.9)
    other = goal_of(desk.past, 5, 0.8)
    assert (other.limit.days, other.limit.unit, other.share) == (5, "calendar_days", 0.8)


@pytest.mark.parametrize(("within", "share"), [(-1, None), (None, 0.0), (None, 90)])
def test_a_goal_without_sense_is_refused(desk, within, share):
    with pytest.raises(ParameterError):
        goal_of(desk.past, within, share)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("22", [22]), ("18..20", [18, 19, 20]), ("18,22", [18, 22]), (None, list(range(17, 30)))],
)
def test_the_numbers_to_try(desk, text, numbers):
    """By themselves they lie about the 20 bookings that came a week."""
    assert numbers_to_try(text, desk) == numbers


@pytest.mark.parametrize("text", ["0", "0..4", "30..18", "many", "18..", "2000", "-3", "2.5"])
def test_numbers_without_sense_are_refused(desk, text):
    with pytest.raises(ParameterError, match=r"18\.\.30"):
        numbers_to_try(text, desk)


def drawn(*kept):
    """Draw what was found with 18 a week and more."""
    return [
        Tried(number, Spread(share, share, share), share) for number, share in enumerate(kept, 18)
    ]


def test_enough_is_the_least_from_which_on_all_keep_the_goal():
    assert enough(drawn(0.6, 0.4, 0.6, 0.97), 0.5, 1) == 20
    assert enough(drawn(0.6, 0.4, 0.6, 0.97), 0.95, 1) == 21
    assert enough(drawn(0.6, 0.4), 0.5, 1) is None


def test_fewer_than_are_needed_are_not_enough_even_where_a_quarter_does_not_show_it():
    assert enough(drawn(0.9, 0.9, 0.9), 0.5, 18.4) == 19


def test_a_held_back_quarter_is_predicted(desk):
    found = validate(
        desk.past, [QUARTER], lambda quarter: predicted_appointments(desk, quarter, 20, 1)
    )
    assert found["actual_lower"].tolist() == [1.0]
    assert found["error"].abs().max() < 0.05


AT_LEAST_19 = "With at least 19 conversations a week 90% are held within 10 days in most runs."


@pytest.mark.parametrize(
    ("kept", "answer"),
    [
        ((0.2, 0.6, 0.97), f"{AT_LEAST_19} It takes 20 to keep it in 19 of 20."),
        ((0.2, 0.6), f"{AT_LEAST_19} No number tried keeps it in 19 of 20."),
        ((0.2, 0.4), "With up to 19 a week, fewer than 90% are held within 10 days in most runs."),
    ],
)
def test_the_answer_in_words(desk, goal, kept, answer):
    text = appointments_text(desk.past, drawn(*kept), goal, 18.2, Labels("en"))
    came = "18.2 bookings a week came, without those that were cancelled."
    assert text.splitlines()[0] == f"{answer} {came}"


def test_the_answer_as_a_table():
    frame = appointment_frame("2019Q4", drawn(0.5))
    assert frame.to_dict("records") == [
        {"period": "2019Q4", "per_week": 18, "share": 0.5, "lower": 0.5, "upper": 0.5, "kept": 0.5}
    ]
