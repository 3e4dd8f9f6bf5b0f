"""Quarters and ranges of quarters."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.errors import ParameterError
from kpi.periods import Quarter, parse_range

QUARTERS = st.builds(Quarter, st.integers(1996, 2059), st.integers(1, 4))


@pytest.mark.parametrize("text", ["2019Q4", "2019q4", "2019-Q4", "2019K4", " 2019Q4 "])
def test_reads_a_quarter(text: str) -> None:
    """The usual spellings, the Danish K among them."""
    assert Quarter.parse(text) == Quarter(2019, 4)


@pytest.mark.parametrize("text", ["2019Q5", "2019", "Q4 2019", "20194", ""])
def test_refuses_what_is_no_quarter(text: str) -> None:
    """The error shows how to write one."""
    with pytest.raises(ParameterError, match="2019Q4"):
        Quarter.parse(text)


def test_days_and_neighbours() -> None:
    """First and last day, the quarter before and a year ago."""
    quarter = Quarter(2019, 4)
    assert (quarter.first_day, quarter.last_day) == (dt.date(2019, 10, 1), dt.date(2019, 12, 31))
    assert str(quarter.previous) == "2019Q3"
    assert str(quarter.year_ago) == "2018Q4"
    assert str(quarter.shift(1)) == "2020Q1"


@given(QUARTERS)
def test_every_day_of_a_quarter_lies_in_it(quarter: Quarter) -> None:
    """The day before its first and after its last lie in its neighbours."""
    day = dt.timedelta(days=1)
    assert Quarter.of(quarter.first_day) == Quarter.of(quarter.last_day) == quarter
    assert Quarter.of(quarter.first_day - day) == quarter.previous
    assert Quarter.of(quarter.last_day + day) == quarter.shift(1)
    assert Quarter.parse(str(quarter)) == quarter


def test_ranges() -> None:
    """Both ends are included; the wrong way round is an error."""
    assert [str(q) for q in parse_range("2018Q3..2019Q1")] == ["2018Q3", "2018Q4", "2019Q1"]
    assert parse_range("2019Q4") == [Quarter(2019, 4)]
    with pytest.raises(ParameterError, match=r"2018Q1\.\.2019Q4"):
        parse_range("2019Q4..2018Q1")
