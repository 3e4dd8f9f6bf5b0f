"""Rows that are already counts: they add up, and what cannot be a count stops the run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.definitions.columns import Column
from kpi.definitions.kinds import OfCounts, RatioOfSums, Sum
from kpi.definitions.subject import Subject
from kpi.errors import QualityError
from kpi.figures.already_counted import see_counts
from kpi.figures.cases import cases_of
from kpi.params import Counting
from tests.drawn import small_engine
from tests.tried import tried

WARDS = Subject(
    "wards",
    "ward",
    (Column("month", "date", ""), Column("seen", "number", ""), Column("all_of", "number", "")),
)
SHARE = RatioOfSums(
    id="a", title="", words="", subject=WARDS, on="month", numerator="seen", denominator="all_of"
)
TOTAL = Sum(id="b", title="", words="", subject=WARDS, on="month", value="all_of")
AS_OF = dt.date(2019, 12, 31)
COUNTS = st.integers(0, 10**12)


def drawn(rows: list[tuple[float | None, float | None]]) -> tuple[Any, dict[str, Any]]:
    backend = small_engine()
    frame = pd.DataFrame(rows, columns=["seen", "all_of"]).astype("float64")
    frame = frame.assign(row_no=range(len(rows)), month=dt.date(2019, 11, 1))
    schema = {"seen": "float64", "all_of": "float64", "row_no": "int64", "month": "date"}
    return backend, {"wards": backend.create_table("wards", ibis.memtable(frame, schema=schema))}


def counted(definition: OfCounts, rows: list[tuple[float | None, float | None]]) -> dict[str, int]:
    backend, tables = drawn(rows)
    see_counts(backend, definition, tables)
    cases = cases_of(definition, Counting(), (), tables, AS_OF)
    found = backend.execute(cases.group_by("outcome").agg(n=cases.weight.sum()))
    return {str(row["outcome"]): int(row["n"]) for row in found.to_dict("records")}


@given(rows=st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=6))
@settings(max_examples=tried(15), deadline=None)
def test_every_case_of_a_count_has_one_outcome(rows: list[tuple[int, int]]) -> None:
    parts: list[tuple[float | None, float | None]] = [(min(row), max(row)) for row in rows]
    met, all_of = sum(min(row) for row in rows), sum(max(row) for row in rows)
    found = counted(SHARE, parts)
    assert found.get("met", 0) == met
    assert sum(found.values()) == all_of
    assert counted(TOTAL, parts).get("counted", 0) == all_of


def test_of_a_row_without_its_numerator_nobody_knows() -> None:
    assert counted(SHARE, [(3, 5), (None, 7)]) == {"met": 3, "missed": 2, "unknown": 7}


def test_rows_of_a_later_day_count_for_nothing() -> None:
    backend, tables = drawn([(3, 5)])
    cases = cases_of(SHARE, Counting(), (), tables, dt.date(2019, 10, 31))
    assert backend.execute(cases.count()) == 0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((6, 5), "numerator is at most denominator"),
        ((-1, 5), "numerator is a whole number, zero or more"),
        ((1, 5.5), "denominator is a whole number, zero or more"),
        ((1, None), "denominator is filled in"),
    ],
)
def test_what_is_no_count_stops_the_run(row: tuple[float | None, float | None], words: str) -> None:
    with pytest.raises(QualityError, match=words) as told:
        counted(SHARE, [(3, 5), row, row])
    assert "2 rows of wards" in str(told.value)
