"""Units side by side: exact limits, and wider ones where chance does not explain the units."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.figures.funnel import TAILS, Funnel, Limit, funnel


def chance(n: int, share: float, counts: range) -> float:
    """Return how likely one of these counts is, written out."""
    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in counts)


@pytest.mark.parametrize("limit", list(TAILS))
@given(n=st.integers(1, 60), share=st.floats(0.01, 0.99))
def test_no_unit_like_the_whole_is_blamed_more_often_than_said(
    limit: Limit, n: int, share: float
) -> None:
    """And one case further would be blamed too often: the limits are exact."""
    lower, upper = Funnel(share, share).limits(np.array([float(n)]), limit)
    low, high = round(lower[0] * n), round(upper[0] * n)
    tail = TAILS[limit] + 1e-9
    assert chance(n, share, range(low)) <= tail
    assert chance(n, share, range(high + 1, n + 1)) <= tail
    assert chance(n, share, range(low + 1)) >= tail - 2e-9
    assert chance(n, share, range(high, n + 1)) >= tail - 2e-9


def test_a_small_unit_may_lie_further_off_than_a_large_one() -> None:
    """Of 10 cases 7 are no news where 90 % are usual; of 1,000 cases 860 are."""
    n, met = np.array([10.0, 10.0, 1000.0, 1000.0]), np.array([7.0, 4.0, 860.0, 885.0])
    assert Funnel(0.9, 0.9).beyond(n, met / n, met / n) == ["", "99.8", "99.8", ""]


def test_a_share_that_is_a_range_is_beyond_only_if_all_of_it_is() -> None:
    n = np.array([1000.0, 1000.0])
    low, high = np.array([0.80, 0.80]), np.array([0.85, 0.90])
    assert Funnel(0.9, 0.9).beyond(n, low, high) == ["99.8", ""]


def test_units_that_differ_by_chance_alone_have_exact_limits() -> None:
    drawn = np.random.default_rng(1)
    n = drawn.integers(20, 2000, 200).astype(float)
    shares = drawn.binomial(n.astype(int), 0.8) / n
    found = funnel((0.8, 0.8), n, shares, shares)
    assert found.tau == 0
    assert sum(map(bool, found.beyond(n, shares, shares))) < 20


def test_units_that_differ_by_themselves_widen_the_limits() -> None:
    """Otherwise most of the large ones lie outside; who differs from the others still does."""
    drawn = np.random.default_rng(2)
    n = np.full(100, 5000.0)
    shares = np.clip(drawn.normal(0.8, 0.05, 100), 0, 1)
    shares[0] = 0.4
    exact = Funnel(0.8, 0.8).beyond(n, shares, shares)
    assert sum(map(bool, exact)) > 70
    found = funnel((0.8, 0.8), n, shares, shares)
    assert found.tau == pytest.approx(0.05, rel=0.35)
    beyond = found.beyond(n, shares, shares)
    assert beyond[0] == "99.8"
    assert sum(map(bool, beyond)) < 15


def test_few_units_cannot_tell() -> None:
    n = np.full(5, 5000.0)
    shares = np.array([0.6, 0.7, 0.8, 0.9, 0.95])
    assert funnel((0.8, 0.8), n, shares, shares).tau == 0
