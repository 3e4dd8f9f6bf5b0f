"""Limits in business hours: against a clock that counts minute by minute, on every engine."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kpi.engine import load_calendar, open_engine
from kpi.figures.business_time import business_days
from kpi.figures.clocks import BUSINESS_DAYS, days_of, with_days, with_due, with_outcome
from kpi.language import NBSP, Labels
from kpi.office_hours import OfficeHours
from kpi.page.methods import limit_in_words
from kpi.params import Due
from kpi.periods import Period, WorkCalendar
from kpi.simulate.what_if import Trial, what_if
from tests.drawn import small_engine
from tests.foreign import Administration
from tests.tried import tried

HOURS = [
    "08:00-16:00",
    "mon-thu 09:00-15:00, fri 09:00-12:00",
    "tue 10:00-10:30, sat 00:00-24:00",
    "mon-sun 00:00-24:00",
]
# Maundy Thursday to Easter Monday 2019 are closed, and one day that the office chose itself
CALENDAR = WorkCalendar("DK", closed_once=((dt.date(2019, 4, 24), "lukket"),))
CLOSED = set(CALENDAR.table.loc[CALENDAR.table["closed_name"].notna(), "date"])
AS_OF = dt.date(2019, 6, 30)
A_MINUTE = dt.timedelta(minutes=1)
MOMENTS = st.datetimes(dt.datetime(2019, 4, 15), dt.datetime(2019, 4, 28)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


def is_open(moment: dt.datetime, hours: OfficeHours) -> bool:
    """Tell whether the office is open in the minute that begins at a moment."""
    today = hours.days[moment.weekday()]
    minute = 60 * moment.hour + moment.minute
    opens, closes = today or (0, 0)
    return moment.date() not in CLOSED and opens <= minute < closes


def slow_minutes(start: dt.datetime, stop: dt.datetime, hours: OfficeHours) -> int:
    """Count the minutes of office time from one moment to another, one by one."""
    minutes, at = 0, start
    while at < stop:
        minutes += is_open(at, hours)
        at += A_MINUTE
    return minutes


def slow_due(start: dt.datetime, minutes: int, hours: OfficeHours) -> dt.datetime:
    """Walk on until the office has been open for so many minutes."""
    at = start
    while minutes:
        minutes -= is_open(at, hours)
        at += A_MINUTE
    return at


def prepared(backend: Any) -> Any:
    """Give an engine the calendar and the days of all office hours."""
    load_calendar(backend, CALENDAR)
    days = [business_days(OfficeHours.parse(hours), CALENDAR) for hours in HOURS]
    backend.create_table(BUSINESS_DAYS, pd.concat(days))
    return backend


@cache
def on_duckdb() -> Any:
    return prepared(small_engine())


def timed(
    backend: Any, starts: Sequence[dt.datetime | None], stops: list[dt.datetime | None], due: Due
) -> pd.DataFrame:
    """Return due_at, days and outcome of drawn cases in an engine, in their order."""
    assert due.business_hours
    frame = pd.DataFrame({"place": range(len(starts)), "start_at": starts, "stop_at": stops})
    frame = frame.astype({"start_at": "datetime64[us]", "stop_at": "datetime64[us]"})
    backend.create_table("drawn_cases", frame.assign(is_done=False, before=0), overwrite=True)
    rows = backend.table("drawn_cases").mutate(
        start_at=ibis._.start_at.cast("timestamp"), stop_at=ibis._.stop_at.cast("timestamp")
    )
    days = days_of(backend.table(BUSINESS_DAYS), due.business_hours)
    calendar = backend.table("calendar")
    rows = with_days(rows, calendar, due.shown_in, days)
    rows = with_due(rows, due, calendar, None, days)
    rows = with_outcome(rows, AS_OF, due.precision)
    return backend.execute(rows).sort_values("place", ignore_index=True)


def within(hours: str, minutes: int) -> Due:
    return Due.model_validate({"minutes": minutes, "business_hours": hours})


@settings(max_examples=tried(12))
@given(
    cases=st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=20),
    hours=st.sampled_from(HOURS),
    minutes=st.integers(0, 1500),
)
def test_the_clock_is_the_one_that_counts_minute_by_minute(
    cases: list[tuple[dt.datetime, dt.datetime]], hours: str, minutes: int
) -> None:
    """Due when the office has been open that long, counted while it is; the outcome follows."""
    starts, stops = [min(pair) for pair in cases], [max(pair) for pair in cases]
    found = timed(on_duckdb(), starts, [*stops], within(hours, minutes))
    office = OfficeHours.parse(hours)
    assert list(found["days"]) == [
        slow_minutes(*ends, office) for ends in zip(starts, stops, strict=True)
    ]
    due = [slow_due(start, minutes, office) for start in starts]
    assert [moment.to_pydatetime() for moment in found["due_at"]] == due
    on_time = [stop <= end for stop, end in zip(stops, due, strict=True)]
    assert list(found["outcome"] == "met") == on_time
    in_office = [is_open(stop - A_MINUTE, office) for stop in stops]
    judged = [one <= minutes for one in found["days"]]
    assert [a for a, b in zip(on_time, in_office, strict=True) if b] == [
        a for a, b in zip(judged, in_office, strict=True) if b
    ]


@pytest.mark.parametrize(
    ("stop", "outcome", "minutes"),
    [
        ("2019-05-06 08:59:59", "met", 119 + 59 / 60),
        ("2019-05-06 09:00:00", "met", 120),
        ("2019-05-06 09:00:01", "missed", 120 + 1 / 60),
    ],
)
def test_a_limit_ends_to_the_second(stop: str, outcome: str, minutes: float) -> None:
    """From Friday at three, two hours: until Monday at nine."""
    start = dt.datetime(2019, 5, 3, 15)
    stops = [dt.datetime.fromisoformat(stop)]
    (found,) = timed(on_duckdb(), [start], [*stops], within("08:00-16:00", 120)).to_dict("records")
    assert found["due_at"] == dt.datetime(2019, 5, 6, 9)
    assert (found["outcome"], found["days"]) == (outcome, pytest.approx(minutes))


def test_what_stops_after_the_limit_is_late_though_the_office_was_closed() -> None:
    """An hour from Friday at three has run out at four; Saturday is too late."""
    start = dt.datetime(2019, 5, 3, 15)
    stops = [dt.datetime(2019, 5, 3, 16), dt.datetime(2019, 5, 4, 10)]
    found = timed(on_duckdb(), [start, start], [*stops], within("08:00-16:00", 60))
    assert list(found["days"]) == [60, 60]
    assert list(found["outcome"]) == ["met", "missed"]


def test_no_start_and_no_stop_are_what_they_are_elsewhere() -> None:
    """Without a start nothing is known; what runs on is late once its limit has run out."""
    known = dt.datetime(2019, 5, 3, 15)
    starts = [None, known, dt.datetime(2019, 6, 28, 15, 30)]
    found = timed(
        on_duckdb(),
        starts,
        [known, None, None],
        within("08:00-16:00", 60),
    )
    assert list(found["outcome"]) == ["unknown", "missed", "not_yet_due"]
    assert found["days"].isna().all()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres_server", "spark_master"])
def test_each_engine_has_the_same_clock(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    chance = random.Random(5)  # noqa: S311 - a drawn example
    first = dt.datetime(2019, 4, 1)
    starts = [first + dt.timedelta(seconds=chance.randrange(40 * 86_400)) for _ in range(60)]
    stops: list[dt.datetime | None] = [
        start + dt.timedelta(seconds=chance.randrange(9 * 86_400)) for start in starts
    ]
    stops[::7] = [None] * len(stops[::7])
    due = Due.model_validate({"hours": 11, "business_hours": HOURS[1]})
    expected = timed(on_duckdb(), starts, stops, due)
    with open_engine(tmp_path / "cases.duckdb", request.getfixturevalue(engine)) as backend:
        found = timed(prepared(backend), starts, stops, due)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)
    assert set(expected["outcome"]) >= {"met", "missed"}


def test_hours_by_weekday_are_read() -> None:
    due = Due.model_validate(
        {"hours": 4, "business_hours": {"mon-thu": "09:00-15:00", "fri": "9:00-12:00"}}
    )
    assert str(due.business_hours) == HOURS[1]
    assert (due.shown_in, due.is_to_the_second) == ("business_hours", True)
    assert Due.model_validate(due.model_dump(mode="json")) == due


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ({"days": 2, "business_hours": "08:00-16:00"}, "hours or minutes"),
        ({"column": "due_at", "business_hours": "08:00-16:00"}, "hours or minutes"),
        ({"hours": 2, "business_hours": {"mon": "16:00-08:00"}}, "opens before it closes"),
        ({"hours": 2, "business_hours": {"mon-wed": "8:00-9:00", "tue": "8:00-9:00"}}, "once"),
        ({"hours": 2, "business_hours": {}}, "times of the day"),
        (
            {
                "hours": 2, "business_hours": "08:00-16:00", "by": "kind",
                "values": {"a": {"days": 2, "precision": "second"}},
            },
            "hours or minutes",
        ),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused(due: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Due.model_validate(due)


REQUESTS = """Nr;Kind;Opened;Closed
1;sewer;2019-02-01 15:00:00;2019-02-04 09:00:00
2;sewer;2019-02-01 15:00:00;2019-02-04 09:00:01
3;leak;2019-02-01 15:59:00;2019-02-04 08:29:00
4;leak;2019-02-02 12:00:00;2019-02-04 08:31:00
5;sewer;2019-02-05 08:00:00;2019-02-05 09:30:00
"""
BY_KIND = {
    "hours": 2, "business_hours": {"mon-thu": "08:00-16:00", "fri": "08:00-16:00"},
    "by": "kind", "values": {"leak": {"minutes": 30}},
}  # fmt: skip


def office(folder: Path, *countings: dict[str, Any]) -> Administration:
    """Return an office with requests, and how it counted from when."""
    moment = {"type": "moment", "required": True}
    subject = {
        "key": "request", "dated_by": "opened_at",
        "columns": {"request": {"required": True}, "kind": "text", "opened_at": moment,
                    "closed_at": "moment"},
    }  # fmt: skip
    columns = {"request": "Nr", "kind": "Kind", "opened_at": "Opened", "closed_at": "Closed"}
    clock = {"subject": "requests", "start": "opened_at", "stop": "closed_at"}
    return Administration(
        folder,
        {"requests": subject},
        {"in_time": clock | {"kind": "share_within_limit", "title": "In time"},
         "took": clock | {"kind": "duration", "title": "How long it took"}},
        {"in_time": {"counting": [*countings],
                     "targets": [{"direction": "at_least", "value": 0.5}]},
         "took": {"counting": [countings[0] | {"quarter_by": "stop"}]}},
        {"requests": {"file": "r.csv", "columns": columns, "timezone": "Europe/Paris"}},
        {"r.csv": REQUESTS},
        report={"disclosure": {"hide_persons_below": 0}},
    )  # fmt: skip


def test_a_limit_of_office_hours_by_category(tmp_path: Path) -> None:
    """Friday 1 February at three and two hours, or half an hour of a leak: Monday morning."""
    where = office(tmp_path, {"due": BY_KIND, "quarter_by": "due"})
    _, _, figures = where.measured()
    of_all = figures[(figures["period"] == "2019Q1") & (figures["group"] == "")]
    found = of_all.set_index("metric").loc["in_time"]
    assert [found["n"], found["met"], found["missed"]] == [5, 3, 2]
    assert found["max_days"] == pytest.approx(120 + 1 / 60)
    assert of_all.set_index("metric").loc["took", "median_days"] == 90


def test_other_office_hours_from_a_day_on(tmp_path: Path) -> None:
    """Each case by the hours in force when it began; a quarter's times by those of its last day."""
    first = {"due": {"hours": 2, "business_hours": "08:00-16:00"}, "quarter_by": "due"}
    later = first | {"due": {"hours": 2, "business_hours": "08:00-10:00"}, "version": "2"}
    where = office(
        tmp_path, first | {"valid_to": "2019-02-01"}, later | {"valid_from": "2019-02-02"}
    )
    found = where.figures("in_time").loc["2019Q1"]
    assert [found["met"], found["missed"]] == [4, 1]
    assert found["max_days"] == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("trial", "met"),
    [
        (Trial(minutes=90), 3),
        pytest.param(Trial(hours=1), 2, marks=pytest.mark.slow),
        pytest.param(Trial(hours=2), 4, marks=pytest.mark.slow),
    ],
)
def test_hours_that_are_tried_are_office_hours_too(tmp_path: Path, trial: Trial, met: int) -> None:
    due = {"hours": 2, "business_hours": "08:00-16:00"}
    where = office(tmp_path, {"due": due, "quarter_by": "due"})
    found = what_if("in_time", [Period(2019, 1)], where.places, trial, lambda _: None)
    (row,) = found.to_dict("records")
    assert [row["value_then"], row["value_what_if"]] == [pytest.approx(0.8), met / 5]


SAID = {
    "en": "2 business hours; for leak 30 business minutes (the office is open "
    "Monday–Thursday 09:00–15:00 and Friday 09:00–12:00; closed days do not count)",
    "da": "2 timer i åbningstiden; for leak 30 minutter i åbningstiden (åbent "
    "mandag–torsdag 09:00–15:00 og fredag 09:00–12:00; lukkedage tæller ikke)",
}


@pytest.mark.parametrize("language", SAID)
def test_a_limit_says_when_the_office_is_open(language: str) -> None:
    due = Due.model_validate(BY_KIND | {"business_hours": HOURS[1]})
    assert str(limit_in_words(Labels(language), due)).replace(NBSP, " ") == SAID[language]
