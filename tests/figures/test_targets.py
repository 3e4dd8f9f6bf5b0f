"""Figures judged between their bounds."""

from __future__ import annotations

import math
from typing import Any, cast

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kpi.definitions.metrics import METRICS
from kpi.figures.results import Goal, goal_of, judge, with_status, with_values
from kpi.params import Counting, MetricParams, Params, Target
from kpi.params.quarter_file import QuarterFile

REPORT = QuarterFile.model_validate(
    {
        "quarter": "2019Q4",
        "as_of": "2020-01-15",
        "history_from": "2019Q3",
        "organisation": {"name": "A town"},
        "calendar": {"country": "GL"},
        "sources": {"bills": {"file": "drawn"}},
    }
)
NO_ENGINE = cast("Any", None)
AT_LEAST_95 = Goal(0.95, "at_least")


@pytest.mark.parametrize(
    ("met", "unknown", "n", "status"),
    [
        (95, 0, 100, "met"),
        (94, 0, 100, "not_met"),
        (951, 52, 1055, "not_documented"),
        (940, 10, 1000, "not_documented"),
        (939, 10, 1000, "not_met"),
        (950, 50, 1000, "met"),
        (9495, 0, 10000, "not_met"),
    ],
)
def test_share_against_95_per_cent(met: int, unknown: int, n: int, status: str) -> None:
    """Met only if even the lower bound is; 94.95 % prints as 95.0 % and still is not met."""
    assert judge(AT_LEAST_95, 0, met / n, (met + unknown) / n) == status


def test_nothing_to_judge() -> None:
    """No cases: not due yet where some are coming, else no data; without a target, no verdict.

    A count of nothing is a figure: none at most is met, one at least is not.
    """
    nothing = math.nan
    assert judge(AT_LEAST_95, 3, nothing, nothing) == "not_due"
    assert judge(AT_LEAST_95, 0, nothing, nothing) == "no_data"
    assert judge(None, 0, 0.5, 0.5) == "no_target"
    assert judge(Goal(0, "at_most"), 0, 0.0, 0.0) == "met"
    assert judge(Goal(1, "at_least"), 0, 0.0, 0.0) == "not_met"


def test_falling_means_lower_than_the_baseline() -> None:
    """As long as last year is not shorter."""
    target = Target(direction="at_most", baseline="year_ago")
    goal = goal_of(target, 141.0)
    assert goal == Goal(141.0, "at_most", strictly=True)
    assert [judge(goal, 0, days, days) for days in (140.0, 141.0, 142.0)] == [
        "met",
        "not_met",
        "not_met",
    ]
    assert goal_of(target, None) is None


@given(
    st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.floats(0, 1), st.booleans()
)
def test_a_verdict_stands_whatever_the_unknown_cases_were(
    met: int, missed: int, unknown: int, value: float, is_floor: bool
) -> None:
    """If met (or not met) is said, no way of deciding the unknown cases contradicts it."""
    n = met + missed + unknown
    goal = Goal(value, "at_least" if is_floor else "at_most")
    if n == 0:
        return
    status = judge(goal, 0, met / n, (met + unknown) / n)
    decided = [goal.is_reached_by((met + more) / n) for more in range(unknown + 1)]
    if status == "met":
        assert all(decided)
    elif status == "not_met":
        assert not any(decided)
    else:
        assert True in decided
        assert False in decided


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.booleans())
def test_the_value_is_what_numerator_and_denominator_give(
    met: int, missed: int, unknown: int, is_sample: bool
) -> None:
    """Of a share it is the lower bound, but for a sample; no cases have no value."""
    n = met + missed + unknown
    counts = {"n": n, "met": met, "missed": missed, "unknown": unknown, "version": "1"}
    rows = pd.DataFrame([counts | {"persons": n}]).astype({"n": "Int64"})
    settings = MetricParams(counting=(Counting(is_sample=is_sample),))
    share = METRICS["payments_on_time"]
    params = Params(REPORT, {share.id: settings})
    row = with_values(NO_ENGINE, params, rows, share).iloc[0]
    if n == 0:
        assert row[["value", "lower", "upper"]].isna().all()
        return
    assert row["value"] == row["numerator"] / row["denominator"] == met / n
    tiny = 1e-12  # the bounds of a sample are roots
    assert row["lower"] - tiny <= row["value"] <= row["upper"] + tiny
    assert is_sample or (row["lower"], row["upper"]) == (met / n, (met + unknown) / n)


SHARE = METRICS["payments_on_time"]


def status_of(target: Target, lower: float, upper: float) -> str:
    """Judge a share of the quarter by a target, as results are."""
    settings = MetricParams(targets=(target,))
    row = {
        "metric": SHARE.id, "period": "2019Q4", "period_kind": "quarter", "group": "", "n": 100,
        "not_yet_due": 0, "value": lower, "lower": lower, "upper": upper, "unit": "share",
    }  # fmt: skip
    judged = with_status(pd.DataFrame([row]), Params(REPORT, {SHARE.id: settings}))
    return str(judged["status"].iloc[0])


@pytest.mark.parametrize(
    ("lower", "upper", "status"),
    [
        (0.90, 0.90, "met"),
        (0.899, 0.899, "close"),
        (0.88, 0.88, "close"),
        (0.8799, 0.8799, "not_met"),
        (0.879, 0.885, "not_met"),
        (0.889, 0.901, "not_documented"),
    ],
)
def test_close_is_a_miss_within_the_band(lower: float, upper: float, status: str) -> None:
    """The whole range is; 0.90 - 0.02 is no more and no less than 0.88."""
    target = Target(direction="at_least", value=0.9, near=2)
    assert status_of(target, lower, upper) == status


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 10), st.booleans())
def test_a_band_changes_nothing_but_a_miss(
    value: float, figure: float, near: float, is_floor: bool
) -> None:
    direction: Any = "at_least" if is_floor else "at_most"
    plain = status_of(Target(direction=direction, value=value), figure, figure)
    banded = status_of(Target(direction=direction, value=value, near=near), figure, figure)
    assert banded == plain or (plain, banded) == ("not_met", "close")


BETWEEN = Target.model_validate({"between": [0.8, 0.9], "near": 2})


@pytest.mark.parametrize(
    ("lower", "upper", "status"),
    [
        (0.80, 0.90, "met"),
        (0.85, 0.85, "met"),
        (0.79, 0.79, "close"),
        (0.919, 0.919, "close"),
        (0.77, 0.79, "not_met"),
        (0.7, 0.7999, "not_met"),
        (0.95, 0.96, "not_met"),
        (0.79, 0.81, "not_documented"),
        (0.89, 0.91, "not_documented"),
        (0.7, 0.95, "not_documented"),
    ],
)
def test_between_two_values_is_met_inside_and_missed_outside(
    lower: float, upper: float, status: str
) -> None:
    """Met only if the whole range lies inside, not met only if it lies outside."""
    assert status_of(BETWEEN, lower, upper) == status


COUNTS, SHARES = st.integers(0, 300), st.floats(0, 1)


@given(COUNTS, COUNTS, st.integers(0, 60), SHARES, SHARES)
def test_a_verdict_between_two_values_stands_whatever_the_unknown_cases_were(
    met: int, missed: int, unknown: int, one: float, other: float
) -> None:
    n = met + missed + unknown
    if n == 0 or one == other:
        return
    goal = Goal(min(one, other), "between", to=max(one, other))
    status = judge(goal, 0, met / n, (met + unknown) / n)
    decided = [goal.is_reached_by((met + more) / n) for more in range(unknown + 1)]
    assert (status == "met") == all(decided)
    if status == "not_met":
        assert not any(decided)
    assert goal.lacking(met / n) >= 0
    assert (goal.lacking(met / n) == 0) == goal.is_reached_by(met / n)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"between": [0.9, 0.8]}, "lower value first"),
        ({"between": [0.8]}, "two values"),
        ({"between": [0.8, 0.9], "direction": "at_least"}, "no direction"),
        ({"between": [0.8, 0.9], "value": 0.85}, "no direction or value"),
        ({"direction": "between", "value": 0.8}, "names both"),
        ({"between": [0.8, 0.9], "groups": {"office": {"A": 0.7}}}, "no values of groups"),
        ({"between": [0.8, 0.9], "baseline": "previous"}, "either a value or a baseline"),
    ],
)
def test_a_target_between_two_values_that_cannot_be_is_refused(
    target: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        Target.model_validate(target)


def test_a_target_between_two_values_is_kept_as_it_is_written() -> None:
    assert (BETWEEN.direction, BETWEEN.value, BETWEEN.to) == ("between", 0.8, 0.9)
    assert Target.model_validate(BETWEEN.model_dump(mode="json")) == BETWEEN
