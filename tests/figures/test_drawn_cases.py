"""Of every few cases that are alike one is drawn, and counts for all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.figures.drawn_cases import draw, in_multiples
from tests.tried import tried

CASE = st.tuples(st.sampled_from(["met", "missed"]), st.integers(0, 3), st.integers(0, 4))


def cases(rows: list[tuple[str, int, int]]) -> pd.DataFrame:
    """Draw cases: outcome, stage, weekday."""
    drawn = pd.DataFrame(rows, columns=["outcome", "stage", "weekday"])
    return drawn.assign(case_id=[f"case {number}" for number in range(len(rows))])


def weights(drawn: pd.DataFrame, of: int = 5) -> pd.Series[int]:
    return pd.Series(draw(drawn, ["outcome"], ["stage", "weekday"], of), drawn.index)


@settings(max_examples=tried(40))
@given(st.lists(CASE, max_size=60))
def test_one_in_five_of_each_class_is_drawn(rows):
    drawn = cases(rows)
    stands_for = weights(drawn)
    assert set(stands_for) <= {0, 5}
    for _, of_class in drawn.groupby("outcome"):
        assert stands_for[of_class.index].sum() == len(of_class) // 5 * 5
        free = (stands_for[of_class.index] == 0).sum()
        assert free >= min(4, len(of_class))  # nobody can tell what these are like


@settings(max_examples=tried(15))
@given(st.lists(CASE, min_size=1, max_size=40), st.randoms())
def test_the_same_cases_give_the_same_drawing_in_any_order(rows, chance):
    drawn = cases(rows)
    order = list(drawn.index)
    chance.shuffle(order)
    assert weights(drawn).equals(weights(drawn.loc[order]).loc[drawn.index])


def test_a_class_is_drawn_by_itself():
    """What happens to those that were late does not draw others among those on time."""
    rng = np.random.default_rng(1)
    rows = [("met", int(rng.integers(4)), int(rng.integers(5))) for _ in range(60)]
    alone = weights(cases(rows))
    together = weights(cases([*rows, *[("missed", 1, 1)] * 23]))
    assert together.iloc[:60].equals(alone)


def test_counts_come_near_the_true_ones():
    rng = np.random.default_rng(2)
    rows = [
        (["met", "missed"][int(rng.random() < 0.2)], int(rng.integers(4)), int(rng.integers(5)))
        for _ in range(600)
    ]
    drawn = cases(rows)
    stands_for = weights(drawn)
    for column in ("stage", "weekday"):
        counted = stands_for.groupby([drawn["outcome"], drawn[column]]).sum()
        true = drawn.groupby(["outcome", column]).size()
        assert (counted - true).abs().max() <= 10
        assert (counted - true).abs().mean() < 3.5


def test_with_one_every_case_stands_for_itself():
    assert set(weights(cases([("met", 1, 1)] * 7), of=1)) == {1}
    assert len(draw(cases([]), ["outcome"], ["stage", "weekday"], 5)) == 0


PARTS = st.lists(st.integers(0, 12), min_size=1, max_size=5)


@given(PARTS, st.text(max_size=5))
def test_rounded_parts_are_near_and_add_up_to_the_whole_rounded_down(parts, secret):
    rounded = in_multiples(parts, 5, secret, sum(parts))
    assert sum(rounded) == sum(parts) // 5 * 5
    assert all(one % 5 == 0 and one >= 0 for one in rounded)
    assert max(abs(one - part) for one, part in zip(rounded, parts, strict=True)) <= 8
    assert in_multiples(parts, 1, secret, sum(parts)) == parts


@given(st.integers(0, 40), st.integers(0, 40), st.text(max_size=5))
def test_a_larger_part_is_never_told_to_be_smaller(one, other, secret):
    small, large = sorted((one, other))
    told = [in_multiples([part], 5, secret, 50)[0] for part in (small, large)]
    assert told[0] <= told[1]


def test_what_a_rounded_part_may_be_is_one_of_five_numbers():
    """Whatever the start that the secret decides: told 0 of 6, there are 0 to 4; told 5, 1 to 6."""
    told = {
        (part, in_multiples([part, 6 - part], 5, str(secret), 6)[0])
        for part in range(7)
        for secret in range(50)
    }
    assert {part for part, count in told if count == 0} == {0, 1, 2, 3, 4}
    assert {part for part, count in told if count == 5} == {1, 2, 3, 4, 5, 6}
