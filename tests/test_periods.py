"""Periods of a year that starts in any month: their days, names, neighbours and ranges."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.errors import ParameterError
from kpi.periods import MONTHS_OF, Cycle, Period, parse_range

CYCLES = st.builds(Cycle, st.sampled_from(list(MONTHS_OF)), st.integers(1, 12))
DAYS = st.dates(dt.date(1997, 1, 1), dt.date(2058, 12, 31))
A_DAY = dt.timedelta(days=1)


@pytest.mark.parametrize("text", ["2019Q4", "2019q4", "2019-Q4", "2019K4", " 2019Q4 "])
def test_reads_a_quarter(text: str) -> None:
    """The usual spellings, the Danish K among them."""
    assert Period.parse(text) == Period(2019, 4)


@pytest.mark.parametrize("text", ["2019Q5", "2019", "Q4 2019", "20194", ""])
def test_refuses_what_is_no_quarter(text: str) -> None:
    """The error shows how to write one."""
    with pytest.raises(ParameterError, match="2019Q4"):
        Cycle().parse(text)


def test_days_and_neighbours() -> None:
    """First and last day, the quarter before and a year ago."""
    quarter = Period(2019, 4)
    assert (quarter.first_day, quarter.last_day) == (dt.date(2019, 10, 1), dt.date(2019, 12, 31))
    assert str(quarter.previous) == "2019Q3"
    assert str(quarter.year_ago) == "2018Q4"
    assert str(quarter.shift(1)) == "2020Q1"


@given(CYCLES, DAYS)
def test_periods_part_time_without_gap_or_overlap(cycle: Cycle, day: dt.date) -> None:
    """A day lies in one period; the days before and after it lie in its neighbours."""
    period = cycle.at(day)
    assert period.first_day <= day <= period.last_day
    assert cycle.at(period.first_day) == cycle.at(period.last_day) == period
    assert cycle.at(period.first_day - A_DAY) == period.previous < period
    assert cycle.at(period.last_day + A_DAY) == period.shift(1) > period


@given(CYCLES, DAYS)
def test_the_periods_of_a_year_make_it_up(cycle: Cycle, day: dt.date) -> None:
    """For every start month: each begins the day after the one before it ends."""
    year = Cycle("year", cycle.year_starts).at(day)
    periods = cycle.at(year.last_day).since(cycle.at(year.first_day))
    assert len(periods) == cycle.in_a_year
    assert (periods[0].first_day, periods[-1].last_day) == (year.first_day, year.last_day)
    for before, after in itertools.pairwise(periods):
        assert before.last_day + A_DAY == after.first_day
    assert [name for one in periods for name in one.months] == year.months
    assert {one.year_name for one in periods} == {str(year)}
    assert [one.year_so_far for one in periods] == [periods[: n + 1] for n in range(len(periods))]


@given(CYCLES, DAYS, st.integers(-40, 40))
def test_neighbours_undo_each_other(cycle: Cycle, day: dt.date, many: int) -> None:
    """So many periods later and earlier; a year ago is as many as a year has."""
    period = cycle.at(day)
    assert period.shift(many).shift(-many) == period
    assert period.shift(1).previous == period == period.previous.shift(1)
    ago = period.year_ago.first_day
    assert (ago.year + 1, ago.month) == (period.first_day.year, period.first_day.month)


@given(CYCLES, DAYS)
def test_a_name_is_read_back(cycle: Cycle, day: dt.date) -> None:
    """As it is written, as files are called, and without knowing its kind."""
    period = cycle.at(day)
    assert cycle.parse(str(period)) == cycle.parse(period.file_name) == period
    assert Period.parse(str(period), cycle.year_starts) == period
    assert "/" not in period.file_name
    assert Period.is_name(str(period))
    for month in period.months:
        assert cycle.holding(month) == cycle.holding(str(period)) == period


@pytest.mark.parametrize(
    ("cycle", "text", "rule", "remedy"),
    [
        (Cycle("quarter", 4), "2018/19Q5", "Q1 to Q4", "2018/19Q4, or 2019/20Q1"),
        (Cycle("year", 4), "2018/20", "in which it lies", "2018/19, or 2019/20"),
        (Cycle("year", 4), "2018", "in which it lies", "2018/19, or 2017/18"),
        (Cycle("quarter", 4), "2019Q4", "in which it lies", "2019/20Q4, or 2018/19Q4"),
        (Cycle("year"), "2018/19", "starts in January", "Write 2018."),
        (Cycle("month"), "2019-13", "01 to 12", "2019-12, or 2020-01"),
        (Cycle("month"), "2019-1", "for example 2019-12", "Write the month so"),
        (Cycle(), "2019-03", "about quarters", "Write 2019Q1."),
        (Cycle("quarter", 4), "2019-03", "about quarters", "Write 2018/19Q4."),
        (Cycle("month", 4), "2018/19Q4", "about months", "2019-01..2019-03"),
        (Cycle("month", 4), "2019-13", "01 to 12", "2019-12, or 2020-01"),
        (Cycle("month"), "2018/19", "about months", "for example 2019-12"),
        (Cycle("month", 4), "2019Q4", "about months", "for example 2019-12"),
        (Cycle("year", 7), "2019-03", "about years", "Write 2018/19."),
        (Cycle(), "1066Q4", "1996 to 2059", "of those years"),
    ],
)
def test_a_period_that_does_not_exist(cycle: Cycle, text: str, rule: str, remedy: str) -> None:
    """The error says the rule and what may have been meant."""
    with pytest.raises(ParameterError) as caught:
        cycle.parse(text)
    assert rule in caught.value.rule
    assert remedy in caught.value.remedy


def test_a_year_that_starts_in_april() -> None:
    """Its days, its quarters' names and its months."""
    quarter = Cycle("quarter", 4).parse("2018-19Q4")
    assert (str(quarter), quarter.file_name) == ("2018/19Q4", "2018-19Q4")
    assert (quarter.first_day, quarter.last_day) == (dt.date(2019, 1, 1), dt.date(2019, 3, 31))
    assert quarter.months == ["2019-01", "2019-02", "2019-03"]
    assert str(quarter.shift(1)) == "2019/20Q1"
    assert str(Cycle("year", 4).parse("1999/00").shift(1)) == "2000/01"


def test_ranges() -> None:
    """Both ends are included; the wrong way round is an error."""
    assert [str(q) for q in parse_range("2018Q3..2019Q1")] == ["2018Q3", "2018Q4", "2019Q1"]
    assert parse_range("2019Q4") == [Period(2019, 4)]
    with pytest.raises(ParameterError, match=r"2018Q1\.\.2019Q4"):
        parse_range("2019Q4..2018Q1")
