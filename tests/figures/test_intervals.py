"""The interval of a share that rests on a sample, and that full counts carry none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.figures.cases import measure
from kpi.figures.results import evaluate, wilson_interval
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.drawn import connect
from tests.tried import tried

BILLS = """
    bill_id | due_at     | paid_at    | is_paid
    on time | 2019-10-10 | 2019-10-09 | yes
    again   | 2019-10-11 | 2019-10-09 | yes
    third   | 2019-10-12 | 2019-10-09 | yes
    undated | 2019-10-12 |            | yes
    late    | 2019-10-12 | 2019-10-15 | yes
"""


def test_a_known_interval() -> None:
    """Wilson's interval of 81 of 263 (Newcombe 1998, table I: 0.2553 to 0.3662); null of none."""
    lower, upper = wilson_interval(np.array([81.0, 0.0]), np.array([263.0, 0.0]))
    assert (round(lower[0], 4), round(upper[0], 4)) == (0.2553, 0.3662)
    assert np.isnan(lower[1])
    assert np.isnan(upper[1])


@settings(max_examples=tried(50))
@given(st.integers(1, 500), st.integers(0, 500))
def test_the_share_lies_within_its_interval(n: int, count: int) -> None:
    """And the interval within 0 and 1."""
    met = min(n, count)
    (lower,), (upper,) = wilson_interval(np.array([met]), np.array([n]))
    assert 0 <= lower <= met / n + 1e-12
    assert met / n - 1e-12 <= upper <= 1


def bounds(counting: dict[str, Any]) -> Any:
    """Return the result of five bills in the fourth quarter: three met, one unknown, one missed."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": "2020-01-15",
            "history_from": "2019Q4",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": 0},
            "sources": {"bills": {"file": "drawn"}},
        }
    )
    rules = {"due": {"column": "due_at"}, "quarter_by": "due"} | counting
    metrics = {"payments_on_time": {"counting": [rules]}}
    params = Params(report, TargetsFile.model_validate({"metrics": metrics}).metrics)
    backend, _ = connect({"bills": BILLS})
    results = evaluate(backend, params, measure(backend, params))
    return results.set_index("period").loc["2019Q4"]


@pytest.mark.parametrize(
    ("counting", "expected"),
    [({}, [0.6, 0.6, 0.8]), ({"is_sample": True}, [0.2307, 0.6, 0.9638])],
)
def test_only_a_sample_widens_the_bounds(counting: dict[str, Any], expected: list[float]) -> None:
    """Lower: of 3 in 5, which is the value; upper: of 4 in 5. The value stays."""
    found = bounds(counting)[["lower", "value", "upper"]].astype(float)
    assert found.round(4).tolist() == expected
