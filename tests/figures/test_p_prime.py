"""Laney's p' chart: limits that know n, against qicharts2 and against plain arithmetic."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.errors import DefinitionError
from kpi.figures.control_charts import ControlCharts, p_prime, xmr

N = [
    506, 498, 511, 487, 29, 502, 455, 520, 61, 480, 133, 505,
    497, 310, 512, 488, 75, 503, 499, 250, 501, 36, 490, 515,
]  # fmt: skip
MET = [
    440, 431, 450, 415, 20, 436, 401, 455, 52, 420, 110, 441,
    398, 269, 449, 425, 60, 440, 437, 222, 380, 26, 425, 447,
]  # fmt: skip
# qic.pp of qicharts2 0.8.1 on R 4.2.2: the same whether limits are cut at 1 or not.
CENTRE = 0.859660365267542
QIC = {
    0: (0.778086757389061, 0.941233973146024),
    4: (0.518918159539394, None),
    10: (0.700549766948263, None),
    13: (0.755442041818717, 0.963878688716368),
    20: (0.777680714024662, 0.941640016510423),
    23: (0.778802678081789, 0.940518052453296),
}
QIC_SCREENED = {
    0: (0.788957708808978, 0.930363021726107),
    4: (0.564327355742954, None),
    10: (0.721753727759946, 0.997567002775139),
    20: (0.788605777035369, 0.930714953499715),
}


def frame(met: list[float], n: list[float], series: str = "s") -> pd.DataFrame:
    """Return the points of months from January 2018; no cases are a missing value."""
    y = [m / of if of else math.nan for m, of in zip(met, n, strict=True)]
    months = pd.date_range("2018-01-01", periods=len(n), freq="MS")
    return pd.DataFrame({"series": series, "x": months, "y": y, "n": n})


def chart(met: list[float], n: list[float], **options: Any) -> ControlCharts:
    return p_prime(frame(met, n), **({"direction": "increase"} | options))


@pytest.mark.parametrize(("screen", "expected"), [(False, QIC), (True, QIC_SCREENED)])
def test_the_limits_are_those_of_qicharts2(screen, expected):
    points = chart(MET, N, screen_outliers=screen).points
    assert points["mean"].unique() == pytest.approx([CENTRE], abs=1e-14)
    for place, (lower, upper) in expected.items():
        assert points["lower_limit"][place] == pytest.approx(lower, abs=1e-13)
        if upper:
            assert points["upper_limit"][place] == pytest.approx(upper, abs=1e-13)
        else:
            assert points["upper_limit"][place] > 1, "qicharts2 cuts at 1"


def test_a_large_month_is_flagged_where_a_small_one_of_the_same_share_is_not():
    """80 % of 29 cases is what chance gives; 76 % of 501 is not."""
    points = chart(MET, N).points
    flagged = points.loc[points["special_cause"] == "Below LCL", "y"]
    assert flagged.tolist() == [380 / 501]
    assert points["y"][4] == 20 / 29 < 380 / 501


@st.composite
def shares(draw):
    n = draw(st.lists(st.integers(20, 900), min_size=14, max_size=40))
    return [draw(st.integers(0, of)) for of in n], n


@given(shares())
def test_limits_are_the_plain_formula(drawn):
    met, n = drawn
    mean = sum(met) / sum(n)
    points = chart(met, n).points
    if mean in {0, 1} or len({m / of for m, of in zip(met, n, strict=True)}) == 1:
        assert (points["lower_limit"] == points["y"]).all()
        return
    sigma = [math.sqrt(mean * (1 - mean) / of) for of in n]
    z = [(m / of - mean) / s for m, of, s in zip(met, n, sigma, strict=True)]
    spread = sum(abs(b - a) for a, b in pairwise(z)) / (len(z) - 1) / 1.128
    for place, of in enumerate(n):
        low, high = points["lower_limit"][place], points["upper_limit"][place]
        if of * min(mean, 1 - mean) < 1:
            assert math.isnan(low)
        else:
            assert low == pytest.approx(mean - 3 * sigma[place] * spread, abs=1e-9)
            assert high == pytest.approx(mean + 3 * sigma[place] * spread, abs=1e-9)


@given(st.lists(st.integers(100, 300), min_size=14, max_size=40), st.integers(310, 900))
def test_with_one_n_it_is_the_xmr_chart(met, n):
    """But for 2.66, which is 3 / 1.128 rounded."""
    ours = chart(met, [n] * len(met)).points
    theirs = xmr(frame(met, [n] * len(met)), direction="increase", screen_outliers=False).points
    reach = (theirs["upper_limit"] - theirs["mean"]).to_numpy()
    assert ours["mean"].to_numpy() == pytest.approx(theirs["mean"].to_numpy(), abs=1e-9)
    found = (ours["upper_limit"] - ours["mean"]).to_numpy()
    assert found == pytest.approx(reach, rel=2e-4, abs=1e-9)


def test_a_month_of_too_few_cases_is_not_judged():
    met, n = [95] * 13 + [0], [100] * 7 + [99] * 6 + [3]
    points = chart(met, n).points
    assert np.isnan(points["lower_limit"].iloc[-1])
    assert pd.isna(points["special_cause"].iloc[-1])
    notes = chart(met, n).notes
    assert notes.loc[notes["kind"] == "few_cases", "count"].tolist() == [1]


def test_there_is_no_verdict_where_too_few_months_have_cases_enough():
    few, many = chart([9, 10] * 12, [10] * 24), chart([99, 98] * 12, [100] * 24)
    assert few.verdicts["assurance"].tolist() == ["none"]
    charts = chart([99, 98] * 12, [100] * 24, target=0.5)
    assert charts.verdicts["assurance"].tolist() == ["consistent_pass"]
    assert many.readings["is_trial"].tolist() == [False]
    assert few.readings["is_trial"].tolist() == [True]


def test_shares_that_are_all_one_lie_on_their_limits_whatever_their_n():
    charts = chart([270, 90, 450] * 5, [300, 100, 500] * 5, target=0.9)
    assert set(charts.points["special_cause"]) == {"Common Cause"}
    assert charts.verdicts["assurance"].tolist() == ["consistent_pass"]
    assert chart(N, N, target=1.0).verdicts["assurance"].tolist() == ["consistent_pass"]


def test_a_month_without_cases_or_without_a_row_breaks_runs_and_ranges():
    met, n = [*MET], [*N]
    met[10], n[10] = 0, 0
    empty = chart(met, n).points
    gone = p_prime(frame(met, n).drop(index=10), direction="increase").points
    assert pd.isna(empty["special_cause"][10])
    kept = empty.drop(index=10)
    assert kept["lower_limit"].tolist() == gone["lower_limit"].tolist()


def test_several_series_are_charted_as_each_by_itself():
    two = pd.concat([frame(MET, N, "b"), frame(MET[::-1], N[::-1], "a")]).sample(frac=1)
    together = p_prime(two, direction="increase").points
    alone = p_prime(frame(MET, N, "b"), direction="increase").points
    found = together[together["series"] == "b"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, alone)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"n": None}, "column n"), ({"n": 0}, "between 0 and 1"), ({"y": 1.2}, "between 0 and 1")],
)
def test_what_is_no_share_is_refused(change, message):
    points = frame(MET, N).assign(**change)
    if change.get("n", 0) is None:
        points = points.drop(columns="n")
    with pytest.raises(DefinitionError, match=message):
        p_prime(points, direction="increase")


def test_the_points_are_not_changed():
    points = frame(MET, N)
    before = points.copy()
    p_prime(points, direction="increase")
    pd.testing.assert_frame_equal(points, before)
