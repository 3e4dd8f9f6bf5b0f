"""Runs are decided by the seed; their interval holds nine in ten; quarters differ by more."""

from __future__ import annotations

import numpy as np
import pytest

from kpi.errors import ParameterError
from kpi.periods import Period, WorkCalendar, parse_range
from kpi.simulate.days import Workdays, whole_weeks
from kpi.simulate.replicate import replicate, replicate_next, spread

YEAR = parse_range("2018Q1..2018Q4")


def noise(rng):
    return float(rng.random())


def test_the_same_seed_gives_the_same_runs():
    assert replicate(noise, 20, 7) == replicate(noise, 20, 7)
    assert replicate(noise, 20, 7) != replicate(noise, 20, 8)


def test_more_runs_begin_with_the_same_ones():
    assert replicate(noise, 40, 7)[:20] == replicate(noise, 20, 7)


@pytest.mark.parametrize(("runs", "seed"), [(19, 1), (10_001, 1), (20, -1)])
def test_runs_and_seeds_without_sense_are_refused(runs, seed):
    with pytest.raises(ParameterError):
        replicate(noise, runs, seed)


def test_nine_runs_in_ten_lie_in_the_interval():
    assert spread([float(value) for value in range(101)]) == pytest.approx((50, 5, 95))


def test_quarters_alike_leave_nothing_but_chance():
    shares = replicate_next(lambda _, __: 0.9, YEAR, 100, 1)
    assert shares == pytest.approx([0.9] * 100)


def test_the_next_quarter_is_less_sure_the_more_the_past_ones_differ():
    past = dict(zip(YEAR, (0.7, 0.8, 0.9, 0.95), strict=True))
    middle, lower, upper = spread(replicate_next(lambda q, _: past[q], YEAR, 2000, 1))
    assert 0.8 < middle < 0.92
    assert lower < 0.7
    assert 0.95 < upper < 1


def test_the_interval_of_the_next_quarter_holds_nine_in_ten():
    """Levels drawn alike: the fifth lies in the interval made of four about as often as it says."""
    rng = np.random.default_rng(5)
    inside = 0
    for seed in range(200):
        levels = 1 / (1 + np.exp(-rng.normal(2, 0.5, 5)))
        past = dict(zip(YEAR, levels[:4].tolist(), strict=True))
        _, lower, upper = spread(replicate_next(lambda q, _, p=past: p[q], YEAR, 200, seed))
        inside += lower <= levels[4] <= upper
    assert 0.83 <= inside / 200 <= 0.96


@pytest.fixture(scope="module")
def days():
    return Workdays.of(WorkCalendar("GL"))


def test_a_day_of_one_quarter_keeps_its_weekday_in_another():
    moved = whole_weeks(Period(2019, 3), Period(2019, 4))
    assert moved == np.timedelta64(91, "D")


def test_a_quarter_has_its_working_days(days):
    first_and_last = days.dates[days.in_quarter(Period(2019, 4))[[0, -1]]]
    assert first_and_last.astype(str).tolist() == ["2019-10-01", "2019-12-31"]
    assert len(days.in_quarter(Period(2019, 4))) == 64


def test_a_run_on_a_closed_day_is_on_the_next_working_day(days):
    """25 December 2019 is a Wednesday; the 26th is closed as well."""
    places = days.in_quarter(Period(2019, 4))
    runs = days.runs(frozenset({2}), int(places[0]), int(places[-1]))
    found = days.dates[sorted(runs)].astype(str).tolist()
    assert found[:2] == ["2019-10-02", "2019-10-09"]
    assert found[-1] == "2019-12-27"
