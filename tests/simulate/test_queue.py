"""A waiting list for conversations: who is held when."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpi.simulate.queue import (
    CAME_TO_NOTHING,
    CANCELS,
    COMES,
    NOT_HELD,
    STAYS_AWAY,
    Bookings,
    days_held,
    room_by,
    room_by_day,
)


def held(room, *bookings):
    """Draw bookings as (day, ready, wish, fate)."""
    columns = [np.array(column) for column in zip(*bookings, strict=True)]
    return days_held(Bookings(*columns), room).tolist()


def test_first_come_first_served():
    """One a day: three of day 0 are held on days 0, 1 and 2; the one of day 1 comes after them."""
    assert held([1] * 5, *[(0, 0, 0, COMES)] * 3, (1, 0, 0, COMES)) == [0, 1, 2, 3]


def test_without_room_nobody_is_held():
    assert held([0, 0, 1], (0, 0, 0, COMES), (0, 0, 0, COMES)) == [2, NOT_HELD]


def test_a_contact_is_not_offered_anything_before_it_is_ready():
    assert held([1] * 5, (0, 3, 0, COMES), (1, 0, 0, COMES)) == [3, 1]


def test_who_asks_for_a_later_day_gets_it_and_leaves_the_day_to_the_next():
    assert held([1] * 5, (0, 0, 2, COMES), (0, 0, 0, COMES), (1, 0, 0, COMES)) == [2, 0, 1]


def test_who_stays_away_takes_up_a_conversation_and_who_cancels_does_not():
    away, off, comes = ((0, 0, 0, fate) for fate in (STAYS_AWAY, CANCELS, COMES))
    assert held([1] * 3, away, off, comes) == [CAME_TO_NOTHING, CAME_TO_NOTHING, 1]


def test_conversations_are_spread_over_the_days_of_a_week():
    assert room_by_day(2, 5) == [0, 0, 1, 0, 1]
    assert sum(room_by_day(20.6, 50)) == 206


bookings = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 3), st.integers(0, 6), st.sampled_from([0, 1, 2])),
    min_size=1,
    max_size=40,
)


@given(bookings, st.integers(1, 30))
def test_no_day_holds_more_than_it_has_room_for_and_nobody_comes_too_soon(rows, per_week):
    rows = sorted(rows)
    room = room_by_day(per_week, 60)
    days = held(room, *rows)
    assert all(days.count(day) <= free for day, free in enumerate(room))
    for day, (came, ready, wish, fate) in zip(days, rows, strict=True):
        if day >= 0:
            assert fate == COMES
            assert day >= came + ready + wish


@given(bookings)
def test_more_room_lets_all_that_wait_for_room_only_be_held_no_later(rows):
    """With wishes an earlier offer can end later, so there are none here."""
    rows = sorted((came, ready, 0, COMES) for came, ready, _, _ in rows)
    fewer, more = held([1] * 80, *rows), held([2] * 80, *rows)
    assert all(late >= early for late, early in zip(fewer, more, strict=True))


def test_a_wait_is_for_room_only_until_someone_later_was_offered_an_earlier_day():
    """Ready on 0, 0 and 2, offered 9, 1 and 3: on day 3 there was room for the first, too."""
    assert room_by(np.array([0, 0, 2]), np.array([9, 1, 3])).tolist() == [3, 1, 3]


def test_nobody_later_was_offered_an_earlier_day_so_all_of_the_wait_was_for_room():
    assert room_by(np.array([0, 1, 2]), np.array([5, 6, 7])).tolist() == [5, 6, 7]
