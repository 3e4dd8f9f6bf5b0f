"""How far cases had come by each week's end: counted as a person would, whatever the dates."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import ibis
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.figures.paths import reached
from tests.drawn import small_engine
from tests.figures.test_stuck import METRIC, all_drawn, town
from tests.tried import tried

STEPS = ("received", "approved", "sent", "posted", "paid")
FIRST = dt.date(2019, 9, 1)
DAY = st.none() | st.integers(0, 140)
CASE = st.tuples(DAY, DAY, DAY, DAY, DAY, st.booleans(), DAY, st.integers(1, 3))


def on(number: int | None) -> dt.date | None:
    return None if number is None else FIRST + dt.timedelta(days=number)


def counted(cases: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Count cases drawn as: days of the five steps, open, day of return for good, person."""
    rows = [
        {f"{step}_on": on(day) for step, day in zip(STEPS, case, strict=False)}
        | {"is_open": case[5], "left_on": on(case[6]), "person": f"person {case[7]}"}
        for case in cases
    ]
    names = [f"{step}_on" for step in STEPS] + ["left_on"]
    kinds = dict.fromkeys(names, "date") | {"is_open": "boolean", "person": "string"}
    table = pd.DataFrame(rows).assign(row_no=range(len(rows)), period="", month="", outcome="")
    kinds |= {"row_no": "int64", "period": "string", "month": "string", "outcome": "string"}
    backend = small_engine()
    backend.create_table(f"steps_{METRIC}", ibis.memtable(table, schema=kinds))
    return reached(backend, town(), [METRIC], all_drawn(METRIC, range(len(rows))))


def slowly(cases: list[tuple[Any, ...]], sunday: dt.date, place: int) -> int:
    """Count the cases that had come to a step, or to one after it, by a Sunday."""
    found = 0
    for case in cases:
        days, is_open, left = [on(day) for day in case[:5]], case[5], case[6]
        paid = days[-1]
        known = (is_open or paid is not None) and left is None
        under_way = paid is None or paid >= dt.date(2019, 10, 1)
        came = [day for day in days[place:] if day is not None]
        found += known and under_way and bool(came) and min(came) <= sunday
    return found


@settings(max_examples=tried(15), deadline=None)
@given(st.lists(CASE, min_size=1, max_size=8))
def test_each_number_is_what_a_person_counts(cases):
    found = counted(cases)
    for row in found.to_dict("records"):
        assert row["cases"] == slowly(cases, row["on_date"], STEPS.index(row["step"]))


@settings(max_examples=tried(15), deadline=None)
@given(st.lists(CASE, min_size=1, max_size=8))
def test_numbers_only_grow_and_no_step_is_ahead_of_the_one_before_it(cases):
    found = counted(cases)
    for _, weeks in found.groupby("step"):
        assert weeks["cases"].is_monotonic_increasing
    for _, steps in found.groupby("on_date"):
        assert all(before >= after for before, after in pairwise(steps["cases"]))


def test_the_weeks_end_at_the_day_of_the_extract():
    """As of 15 January all Sundays of the quarter are seen."""
    sundays = counted([(40, None, None, None, None, True, None, 1)])["on_date"].unique()
    assert (str(sundays[0]), str(sundays[-1]), len(sundays)) == ("2019-10-06", "2019-12-29", 13)
