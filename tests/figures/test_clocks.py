"""The clock in the engine against numpy's, on random dates, holidays and limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kpi.engine import load_calendar
from kpi.figures.clocks import with_days, with_due, with_outcome
from kpi.params import Due
from kpi.periods import WorkCalendar
from tests.drawn import small_engine
from tests.tried import tried

DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2021, 12, 31))
OUTCOMES = {"met", "missed", "not_yet_due", "unknown"}


def clocked(
    starts: Sequence[dt.date], stops: Sequence[dt.date | None], due: Due, calendar: WorkCalendar
) -> pd.DataFrame:
    """Return due day, days and outcome (as of the end of 2021) of drawn cases, in their order."""
    backend = small_engine()
    load_calendar(backend, calendar)
    frame = pd.DataFrame(
        {
            "place": range(len(starts)),
            "start_at": pd.to_datetime(pd.Series(list(starts))),
            "stop_at": pd.to_datetime(pd.Series(list(stops))),
            "is_done": False,
        }
    )
    backend.con.register("drawn_cases", frame)
    rows: Any = backend.table("drawn_cases").mutate(
        start_at=ibis._.start_at.cast("timestamp"), stop_at=ibis._.stop_at.cast("timestamp")
    )
    days = backend.table("calendar")
    rows = with_due(with_days(rows, days, due.unit), due, days)
    rows = with_outcome(rows, dt.date(2021, 12, 31), due.precision)
    return backend.execute(rows).sort_values("place", ignore_index=True)


@settings(max_examples=tried(12))
@given(
    st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=30),
    st.lists(DAYS, max_size=12, unique=True),
    st.integers(0, 30),
)
def test_working_days_as_numpy_counts_them(
    dates: list[tuple[dt.date, dt.date]], closed: list[dt.date], limit: int
) -> None:
    """The due day is numpy's N-th working day; the outcome follows from it."""
    calendar = WorkCalendar("GL", closed_once=tuple((day, "lukket") for day in closed))
    holidays = np.array(
        calendar.table.loc[calendar.table["closed_name"].notna(), "date"], dtype="datetime64[D]"
    )
    starts = [min(pair) for pair in dates]
    stops = [max(pair) for pair in dates]
    found = clocked(starts, list(stops), Due(days=limit, unit="working_days"), calendar)
    start, stop = (np.array(days, dtype="datetime64[D]") for days in (starts, stops))
    expected = np.busday_offset(start, limit, roll="backward", holidays=holidays)
    expected = np.maximum(expected, start)
    assert list(found["due_at"].to_numpy("datetime64[D]")) == list(expected)
    assert list(found["outcome"] == "met") == list(stop <= expected)
    on_workday = np.is_busday(stop, holidays=holidays)
    elapsed = np.busday_count(start + 1, stop + 1, holidays=holidays)
    assert list(found["days"][on_workday]) == list(elapsed[on_workday])
    assert list(found["days"] <= limit) == list(stop <= expected)


@settings(max_examples=tried(12))
@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=30), st.integers(0, 60))
def test_calendar_days(dates: list[tuple[dt.date, dt.date]], limit: int) -> None:
    """The start is day 0; nothing rolls forward over a closed day."""
    starts = [min(pair) for pair in dates]
    stops = [max(pair) for pair in dates]
    found = clocked(starts, list(stops), Due(days=limit), WorkCalendar("GL"))
    elapsed = [(stop - start).days for start, stop in zip(starts, stops, strict=True)]
    assert list(found["days"]) == elapsed
    assert list(found["outcome"] == "met") == [days <= limit for days in elapsed]


def test_rolling_forward_is_a_parameter() -> None:
    """Due on Saturday 7 December 2019: as it is, or on Monday 9."""
    start, stop = [dt.date(2019, 12, 2)], [dt.date(2019, 12, 9)]
    calendar = WorkCalendar("GL")
    plain = clocked(start, [*stop], Due(days=5), calendar)
    rolled = clocked(start, [*stop], Due(days=5, roll_forward=True), calendar)
    assert [plain["outcome"].item(), rolled["outcome"].item()] == ["missed", "met"]
    assert str(rolled["due_at"].item().date()) == "2019-12-09"


@settings(max_examples=tried(12))
@given(st.lists(st.tuples(DAYS, st.none() | DAYS), min_size=1, max_size=30), st.integers(0, 30))
def test_every_case_has_one_outcome(
    dates: list[tuple[dt.date, dt.date | None]], limit: int
) -> None:
    """Met, missed, not yet due or unknown; a stop before the start is unknown."""
    starts = [start for start, _ in dates]
    stops = [stop for _, stop in dates]
    found = clocked(starts, stops, Due(days=limit), WorkCalendar("GL"))
    assert len(found) == len(dates)
    assert set(found["outcome"]) <= OUTCOMES
    impossible = [stop is not None and stop < start for start, stop in dates]
    assert list(found["outcome"] == "unknown") == impossible


MOMENTS = st.datetimes(dt.datetime(2019, 1, 1), dt.datetime(2019, 12, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@settings(max_examples=tried(12))
@given(
    st.lists(st.tuples(MOMENTS, st.integers(0, 3 * 3600)), min_size=1, max_size=30),
    st.integers(0, 120),
)
def test_a_limit_in_minutes_ends_to_the_second(
    cases: list[tuple[dt.datetime, int]], minutes: int
) -> None:
    """It is met at the very second, and late one second after."""
    due = Due.model_validate({"minutes": minutes})
    at_the_very_second = [(start, 60 * minutes + late) for start, _ in cases for late in (0, 1)]
    cases = [*cases, *at_the_very_second]
    starts = [start for start, _ in cases]
    stops = [start + dt.timedelta(seconds=seconds) for start, seconds in cases]
    found = clocked(starts, [*stops], due, WorkCalendar("GL"))
    for row, (start, seconds) in zip(found.to_dict("records"), cases, strict=True):
        assert row["due_at"] == start + dt.timedelta(minutes=minutes)
        assert row["outcome"] == ("met" if seconds <= 60 * minutes else "missed")
        assert row["days"] == pytest.approx(seconds / 60)


def test_hours_are_counted_in_hours() -> None:
    start, stop = dt.datetime(2019, 5, 6, 22), dt.datetime(2019, 5, 7, 1, 30)
    due = Due.model_validate({"hours": 4})
    (found,) = clocked([start], [stop], due, WorkCalendar("GL")).to_dict("records")
    assert (found["days"], found["outcome"]) == (3.5, "met")


def test_a_stop_before_the_start_is_impossible_to_the_second() -> None:
    start, stop = dt.datetime(2019, 5, 6, 22), dt.datetime(2019, 5, 6, 21)
    calendar = WorkCalendar("GL")
    for due, outcome in (({"hours": 4}, "unknown"), ({"days": 4}, "met")):
        (found,) = clocked([start], [stop], Due.model_validate(due), calendar).to_dict("records")
        assert found["outcome"] == outcome


def test_days_to_the_second_are_whole_days_after_the_moment() -> None:
    due = Due(days=2, precision="second")
    start = dt.datetime(2019, 5, 6, 11, 5, 11)
    stops = [start + dt.timedelta(days=2), start + dt.timedelta(days=2, seconds=1)]
    found = clocked([start, start], stops, due, WorkCalendar("GL"))
    assert list(found["outcome"]) == ["met", "missed"]


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ({"minutes": 10, "hours": 1}, "given once"),
        ({"minutes": 10, "unit": "working_days"}, "given once"),
        ({"days": 10, "by": "kind"}, "have both"),
        ({"column": "due_at", "by": "kind", "values": {"a": {"days": 2}}}, "no limits by category"),
        ({"days": 10, "by": "kind", "values": {"a": {"hours": 2}}}, "days: 10, precision: second"),
        (
            {"hours": 10, "by": "kind", "values": {"a": {"days": 2, "unit": "working_days"}}},
            "to the second",
        ),
        ({"days": 10, "unit": "working_days", "precision": "second"}, "end of a day"),
        ({"minutes": 10, "roll_forward": True}, "does not move"),
        ({"minutes": -1}, "greater than or equal"),
    ],
)
def test_limits_that_contradict_themselves_are_refused(due: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Due.model_validate(due)
