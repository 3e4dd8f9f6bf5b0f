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
