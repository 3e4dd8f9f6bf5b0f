"""The Kaplan-Meier median against curves worked out by hand, and on drawn cases of a quarter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from kpi.figures.cases import measure
from kpi.figures.durations import _curve, km_median
from kpi.figures.results import evaluate
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.drawn import connect
from tests.tried import tried

PENSION: dict[str, Any] = {"early_retirement_pension_time": {}}


def spells(*drawn: tuple[int, int, bool]) -> pd.DataFrame:
    """Draw cases one by one: entered, left and whether it ended, in days of its life."""
    return pd.DataFrame(drawn, columns=["entered", "left", "is_end"]).assign(n=1)


def parameters(metrics: dict[str, Any], *sources: str, as_of: str = "2020-01-15") -> Params:
    """Return the parameters of a report on 2019Q3 and 2019Q4."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": as_of,
            "history_from": "2019Q3",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": 0},
            "sources": {name: {"file": "drawn"} for name in sources},
        }
    )
    return Params(report, TargetsFile.model_validate({"metrics": metrics}).metrics)


def last_quarter(metrics: dict[str, Any], as_of: str = "2020-01-15", **tables: str) -> Any:
    """Return the result of the first metric for 2019Q4, on drawn tables."""
    backend, _ = connect(tables)
    params = parameters(metrics, *tables, as_of=as_of)
    results = evaluate(backend, params, measure(backend, params))
    results = results[results["metric"] == next(iter(metrics))]
    return results.set_index("period").loc["2019Q4"]


def test_without_open_cases_it_is_the_ordinary_median() -> None:
    """Ended after 0, 2, 5 days: 2; with a fourth after 9 days: half way from 2 to 5."""
    ended = [(0, 1, True), (0, 3, True), (0, 6, True)]
    assert km_median(spells(*ended)) == 2
    assert km_median(spells(*ended, (0, 10, True))) == 3.5


def test_an_open_case_makes_the_median_longer() -> None:
    """The curve by hand: 4/5 after 1 day, 3/5 after 2, open at 3 days, 3/10 after 4 days."""
    cases = spells((0, 2, True), (0, 3, True), (0, 4, False), (0, 5, True), (0, 9, True))
    assert km_median(cases) == 4
    assert np.median([1, 2, 4, 8]) == 3


def test_null_where_fewer_than_half_are_seen_to_end() -> None:
    """Two of five ended, the others are open: 3/5 is as low as the curve comes."""
    still_open = [(0, 30, False)] * 3
    assert np.isnan(km_median(spells((0, 5, True), (0, 9, True), *still_open)))
    assert np.isnan(km_median(spells(*still_open)))


def test_one_half_is_reached_where_nothing_comes_after_it() -> None:
    """Two of four ended, the second after 8 days, and the others are open since."""
    cases = spells((0, 5, True), (0, 9, True), (0, 30, False), (0, 30, False))
    assert km_median(cases) == 8


def test_old_cases_count_from_the_age_at_which_the_quarter_found_them() -> None:
    """By hand: after 10 days one of four ends, 3/4; after 40 one of three, 1/2; after 45 1/4.

    Two were 30 days old when the quarter began and say nothing about younger days. Counted from
    their start they would make six at risk after 10 days, and a median of 45.
    """
    young = [(0, 11, True), (0, 80, False), (0, 20, False), (0, 20, False)]
    old = [(30, 41, True), (30, 46, True)]
    assert km_median(spells(*young, *old)) == 42.5
    as_if_young = [(0, left, is_end) for _, left, is_end in old]
    assert km_median(spells(*young, *as_if_young)) == 45


def test_a_curve_that_breaks_off_has_no_median() -> None:
    """The one young case ended: nobody was left at its age, and the old ones are not counted."""
    assert np.isnan(km_median(spells((0, 3, True), (50, 61, True), (50, 90, False))))


def test_cases_alike_are_counted_together() -> None:
    """Seven that ended on their second day and five on their ninth are twelve cases."""
    alike = pd.DataFrame({"entered": 0, "left": [2, 9], "is_end": True, "n": [7, 5]})
    assert km_median(alike) == 1


@settings(max_examples=tried(50))
@given(st.lists(st.integers(0, 40), min_size=1, max_size=40))
def test_the_ordinary_median_of_ended_cases(days: list[int]) -> None:
    """Where every case is seen from start to end, numpy's median is the same."""
    assert km_median(spells(*((0, day + 1, True) for day in days))) == np.median(days)


@settings(max_examples=tried(100))
@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 20), st.booleans(), st.integers(1, 9)),
        min_size=1,
        max_size=30,
    )
)
def test_the_curve_is_that_of_statsmodels(drawn: list[tuple[int, int, bool, int]]) -> None:
    """It is its curve up to where that breaks off: nobody at risk, although older ones were."""
    cases = spells(*((entered, entered + ran, is_end) for entered, ran, is_end, _ in drawn))
    cases["n"] = [n for *_, n in drawn]
    curve = SurvfuncRight(
        cases["left"].to_numpy(),
        cases["is_end"].to_numpy(dtype=int),
        entry=cases["entered"].to_numpy(),
        freq_weights=cases["n"].to_numpy(),
    )
    gone = curve.surv_times[(curve.surv_prob == 0) & (curve.surv_times < cases["left"].max())]
    is_whole = curve.surv_times < gone.min(initial=1000)
    alive, age = _curve(cases)
    np.testing.assert_array_equal(age, curve.surv_times[is_whole] - 1)
    np.testing.assert_allclose(alive, curve.surv_prob[is_whole], atol=1e-12)


PENSIONS = """
    application_id     | kind                     | received_at | decided_at
    ended before       | early_retirement_pension | 2019-06-01  | 2019-09-30
    on the first day   | early_retirement_pension | 2019-09-11  | 2019-10-01
    after 40 days      | early_retirement_pension | 2019-10-01  | 2019-11-10
    on the last day    | early_retirement_pension | 2019-12-01  | 2019-12-31
    after the quarter  | early_retirement_pension | 2019-12-01  | 2020-01-10
    open since October | early_retirement_pension | 2019-10-01  |
    open since August  | early_retirement_pension | 2019-08-01  |
    begun afterwards   | early_retirement_pension | 2020-01-02  | 2020-01-03
"""


def test_the_cases_under_way_in_a_quarter() -> None:
    """By hand, at 20 days one of five at risk ends: 4/5; at 30 one of four: 3/5; at 40 one of two.

    The first was 20 days old when the quarter began and ended that day. The one that ended after
    the quarter was 30 days old at its end and at risk until then. The one since August was 61 days
    old when the quarter began: it says nothing about the first 60.
    """
    row = last_quarter(PENSION, applications=PENSIONS)
    assert row["km_median_days"] == 40
    assert row[["n", "median_days", "open", "persons_ended"]].tolist() == [3, 30, 3, 3]
    assert row[["overdue", "median_net_days"]].isna().all()


def test_a_quarter_that_still_runs() -> None:
    """On 15 November two of three have ended, at 20 and 40 days; December is not known yet."""
    row = last_quarter(PENSION, as_of="2019-11-15", applications=PENSIONS)
    assert row["km_median_days"] == 40
    assert row[["n", "median_days", "open", "persons_ended"]].tolist() == [2, 30, 2, 2]


def test_days_are_those_of_the_limit() -> None:
    """Working days over a weekend, and a decision on a Saturday, as in the ordinary median."""
    limit = {"due": {"days": 10, "unit": "working_days"}, "quarter_by": "stop"}
    row = last_quarter(
        {"application_time": {"counting": [limit]}},
        applications="""
        application_id | received_at | decided_at
        same day       | 2019-11-04  | 2019-11-04
        over a weekend | 2019-11-08  | 2019-11-12
        on a saturday  | 2019-11-04  | 2019-11-09
        a week         | 2019-11-04  | 2019-11-11
        two weeks      | 2019-11-09  | 2019-11-25
        """,
    )
    assert row[["median_days", "km_median_days", "max_days"]].tolist() == [5, 5, 11]


def test_cases_without_a_clock_have_no_durations() -> None:
    """Conversations held are counted; nothing is open."""
    conversations = """
        conversation_id | citizen | held_at
        held            | 1       | 2019-11-04
    """
    row = last_quarter({"conversations_held": {}}, conversations=conversations)
    assert row[["km_median_days", "median_net_days", "open"]].isna().all()
    assert row["n"] == 1


@pytest.mark.parametrize(("clock", "value"), [("gross", 35), ("net", 30)])
def test_a_duration_is_judged_on_the_clock_of_its_parameters(clock: str, value: int) -> None:
    """Decided after 30 and 40 days, of which the second waited for 10: both medians are told."""
    row = last_quarter(
        {"early_retirement_pension_time": {"counting": [{"clock": clock}]}},
        applications=PENSIONS.replace("2019-09-11  | 2019-10-01", "2019-09-11  | 2019-09-20"),
        application_waits="""
        application_id | from_date  | to_date
        after 40 days  | 2019-10-10 | 2019-10-19
        """,
    )
    assert row[["value", "median_days", "median_net_days"]].tolist() == [value, 35, 30]
