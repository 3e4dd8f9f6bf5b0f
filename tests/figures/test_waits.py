"""The stop-clock in the engine against a count of days with numpy, on random cases and waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kpi.engine import load_calendar
from kpi.figures.clocks import (
    pauses,
    standing,
    waits_in_clock,
    with_days,
    with_due,
    with_net_days,
    with_outcome,
)
from kpi.params import Counting, Due
from kpi.periods import WorkCalendar
from tests.drawn import small_engine
from tests.tried import tried

AS_OF = dt.date(2021, 12, 30)
A_DAY = dt.timedelta(days=1)
START = st.dates(dt.date(2021, 8, 1), AS_OF)
LENGTH = st.none() | st.integers(0, 60)
WAIT = st.tuples(st.integers(-10, 70), st.none() | st.integers(0, 30))
CASES = st.lists(st.tuples(START, LENGTH, st.lists(WAIT, max_size=4)), min_size=1, max_size=25)
LIMIT = st.integers(0, 20)
UNIT = st.sampled_from(["working_days", "calendar_days"])
CALENDAR = WorkCalendar(
    "GL",
    closed_once=tuple((dt.date(2021, 9, day), "lukket") for day in (2, 3, 6, 17, 18, 30)),
    open_anyway=(dt.date(2021, 10, 16), dt.date(2021, 12, 26)),
)
WORKDAYS = CALENDAR.table.loc[CALENDAR.table["is_workday"], "date"].to_numpy("datetime64[D]")


class Case(NamedTuple):
    """A drawn case: when it began and ended, and its waits (first and last day)."""

    start: dt.date
    stop: dt.date | None
    waits: list[tuple[dt.date, dt.date | None]]


def drawn_case(start: dt.date, length: int | None, waits: list[tuple[int, int | None]]) -> Case:
    """Return a case from what was drawn; what ends after `as_of` has not ended."""

    def later(day: dt.date, days: int | None) -> dt.date | None:
        return None if days is None else day + dt.timedelta(days=days)

    stop = later(start, length)
    begun = [(start + dt.timedelta(days=offset), extent) for offset, extent in waits]
    return Case(
        start,
        stop if stop and stop <= AS_OF else None,
        [(first, later(first, extent)) for first, extent in begun],
    )


@cache
def engine() -> Any:
    """Return a connection that holds the calendar."""
    backend = small_engine()
    load_calendar(backend, CALENDAR)
    return backend


def in_engine(cases: list[Case], due: Due) -> pd.DataFrame:
    """Return days, net_days, due_at and outcome of cases judged on their net time."""
    backend = engine()
    rows: Any = _table(
        backend,
        "cases",
        {
            "row_no": pa.array(range(len(cases))),
            "case_id": pa.array([str(place) for place in range(len(cases))]),
            "start_at": _moments([case.start for case in cases]),
            "stop_at": _moments([case.stop for case in cases]),
            "is_done": pa.array([False] * len(cases)),
        },
    )
    waits = [(str(place), *wait) for place, case in enumerate(cases) for wait in case.waits]
    periods: Any = _table(
        backend,
        "waits",
        {
            "case_id": pa.array([wait[0] for wait in waits], pa.string()),
            "from_date": pa.array([wait[1] for wait in waits], pa.date32()),
            "to_date": pa.array([wait[2] for wait in waits], pa.date32()),
        },
    )
    days = backend.table("calendar")
    rows = with_days(rows, days, due.unit)
    waited = waits_in_clock(rows, periods, days, due.unit, AS_OF)
    rows = with_net_days(rows, waited)
    pause = pauses(waited, standing(rows, periods, AS_OF), due.days or 0)
    rows = with_due(rows, due, days, pause)
    found = backend.execute(with_outcome(rows, AS_OF, "day"))
    return found.sort_values("row_no", ignore_index=True)


def _moments(days: Sequence[dt.date | None]) -> pa.Array:
    return pa.array(days, pa.date32()).cast(pa.timestamp("us"))


def _table(backend: Any, name: str, columns: dict[str, pa.Array]) -> Any:
    backend.con.register(f"drawn_{name}", pa.table(columns))
    return backend.table(f"drawn_{name}")


def counted_days(case: Case, due: Due) -> tuple[int, int]:
    """Count in numpy the days until the stop, or `as_of`, and those of them that were waited."""
    start, stop = np.datetime64(case.start), np.datetime64(case.stop or AS_OF)
    days = np.arange(start + 1, stop + 1)
    waited = np.zeros(len(days), dtype=bool)
    for first, last in case.waits:
        waited |= (days >= np.datetime64(first)) & (days <= np.datetime64(last or AS_OF))
    if due.unit == "calendar_days":
        return len(days), int(waited.sum())
    is_open = np.isin(days, WORKDAYS)
    on_closed_day = case.stop is not None and len(days) > 0 and not is_open[-1]
    return int(is_open.sum()) + on_closed_day, int((waited & is_open).sum())


def stands_still(case: Case) -> bool:
    """Tell whether the clock stands still when `as_of` ends: a day more costs it nothing."""
    return any(first <= AS_OF and (last is None or last > AS_OF) for first, last in case.waits)


@settings(max_examples=tried(25))
@given(CASES, LIMIT, UNIT)
def test_net_time_as_numpy_counts_it(drawn: list[Any], limit: int, unit: Any) -> None:
    """Net days are the days not waited, and a case is met or late as they are within the limit."""
    cases = [drawn_case(*case) for case in drawn]
    due = Due(days=limit, unit=unit)
    found = in_engine(cases, due)
    for case, row in zip(cases, found.to_dict("records"), strict=True):
        days, waited = counted_days(case, due)
        is_within = days - waited <= limit
        if case.stop is None:
            assert pd.isna(row["net_days"])
            is_over = days - waited >= limit + stands_still(case)
            assert row["outcome"] == ("missed" if is_over else "not_yet_due")
        else:
            assert (row["days"], row["net_days"]) == (days, days - waited)
            assert 0 <= row["net_days"] <= row["days"]
            assert row["outcome"] == ("met" if is_within else "missed")


def test_a_case_whose_clock_stands_still_is_not_late_yet() -> None:
    """Both have used their 5 days when the day ends; the one that waits may still be in time."""
    start = AS_OF - 10 * A_DAY
    waits = (start + 6 * A_DAY, None), (start + 1 * A_DAY, start + 5 * A_DAY)
    cases = [Case(start, None, [wait]) for wait in waits]
    found = in_engine(cases, Due(days=5))
    assert found["outcome"].tolist() == ["not_yet_due", "missed"]


@settings(max_examples=tried(10))
@given(CASES, LIMIT, UNIT)
def test_without_waits_net_and_gross_are_the_same(drawn: list[Any], limit: int, unit: Any) -> None:
    """Nothing is deducted where nobody waited."""
    cases = [drawn_case(start, length, []) for start, length, _ in drawn]
    found = in_engine(cases, Due(days=limit, unit=unit))
    assert found["net_days"].equals(found["days"])
    assert (found["stop_at"].isna() == found["net_days"].isna()).all()


def test_the_net_clock_needs_a_number_of_days() -> None:
    """A due date that the case system writes is not moved by waits that it may know already."""
    with pytest.raises(ValidationError, match="a due date from the data is not moved"):
        Counting(due=Due(column="due_at"), clock="net")
