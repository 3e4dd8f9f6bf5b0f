"""Quantiles of counted values, against those of the values listed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.figures.durations import quantile_of


@given(
    counted=st.dictionaries(st.integers(-10, 400), st.integers(1, 50), min_size=1),
    share=st.floats(0, 1),
)
def test_a_quantile_of_counted_times_is_that_of_all_the_times(
    counted: dict[int, int], share: float
) -> None:
    times = pd.DataFrame({"period": "2019Q4", "days": counted.keys(), "cases": counted.values()})
    found = quantile_of(times, ["period"], "days", share)
    every_one = np.repeat(times["days"], times["cases"])
    assert found["2019Q4"] == pytest.approx(np.quantile(every_one, share))


@given(
    drawn=st.lists(
        st.tuples(
            st.sampled_from(["2019Q3", "2019Q4"]),
            st.sampled_from(["", "north"]),
            st.one_of(st.none(), st.integers(0, 5)),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=20,
    ),
    share=st.sampled_from([0, 0.5, 0.9, 1]),
)
def test_each_key_has_its_own_quantile_and_null_counts_for_nothing(
    drawn: list[tuple[str, str, int | None, int]], share: float
) -> None:
    keys = ["period", "group"]
    counted = pd.DataFrame(drawn, columns=[*keys, "days", "cases"]).astype({"days": "float64"})
    found = quantile_of(counted, keys, "days", share)
    known = counted.dropna()
    expected = {
        key: np.quantile(np.repeat(rows["days"], rows["cases"]), share)
        for key, rows in known.groupby(keys)
    }
    assert found.to_dict() == pytest.approx(expected)
