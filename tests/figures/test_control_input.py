"""Points and options of a control chart: what is taken, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpi.errors import DefinitionError
from kpi.figures.control_charts import xmr
from tests.figures.test_control_charts import CALM, chart, frame


@pytest.mark.parametrize(
    "x",
    [
        [date(2015, 1, 1), date(2015, 2, 1)],
        pd.array([date(2015, 1, 1), date(2015, 2, 1)], dtype="date32[pyarrow]"),
        np.array(["2015-01-01", "2015-02-01"], dtype="datetime64[ns]"),
    ],
    ids=["dates", "arrow dates", "timestamps"],
)
def test_any_kind_of_date_will_do(x: Any) -> None:
    """Dates come out as timestamps."""
    points = pd.DataFrame({"series": "s", "x": x, "y": pd.array([1, None], dtype="Int64")})
    charts = xmr(points, direction="increase")
    assert charts.points["x"].to_list() == [pd.Timestamp(2015, 1, 1), pd.Timestamp(2015, 2, 1)]
    assert charts.points["y"].isna().to_list() == [False, True]


def with_column(name: str, value: Any) -> pd.DataFrame:
    """Return a good frame with one column replaced."""
    return frame(CALM).assign(**{name: value})


@pytest.mark.parametrize(
    ("points", "found"),
    [
        (frame(CALM).drop(columns=["x", "y"]), "no column x, y"),
        (frame(CALM).head(0), "no rows"),
        (with_column("x", pd.Timestamp(2015, 1, 1)), "12 repeated dates, the first in series 's'"),
        (with_column("x", "2015-01-01"), "a column of type str"),
        (with_column("x", pd.Timestamp(2015, 1, 1, tz="UTC")), "a column of type datetime64"),
        (with_column("x", pd.NaT), "13 rows empty"),
        (with_column("x", 7), "a column of type int64"),
        (with_column("y", "7"), "a column of type str"),
        (with_column("y", True), "a column of type bool"),
        (with_column("y", math.inf), "13 infinite values"),
        (with_column("series", None), "13 rows without one"),
    ],
)
def test_bad_points_are_refused(points: pd.DataFrame, found: str) -> None:
    """The message says what was found."""
    with pytest.raises(DefinitionError, match=f"Found: .*{found}"):
        xmr(points, direction="increase")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"direction": "up"}, "'up' for 1 series"),
        ({"direction": {}}, "None for 1 series"),
        ({"direction": {"s": "increase", "t": "increase"}}, "1 others, the first 't'"),
        ({"target": {"t": 1}}, "1 others, the first 't'"),
        ({"target": "5"}, "'5' for 1 series"),
        ({"target": True}, "True for 1 series"),
        ({"target": math.inf}, "inf for 1 series"),
        ({"fix_after": 11}, "fix_after=11"),
        ({"fix_after": 12.5}, "fix_after=12.5"),
        ({"fix_after": "12"}, "fix_after='12'"),
        ({"fix_after": True}, "fix_after=True"),
        ({"fix_after": 11.5, "compatibility": "ptd"}, "fix_after=11.5"),
        ({"rebase": ["2015-06-01"]}, "2015-06-01"),
        ({"rebase": "2015-06-01"}, "2015-06-01"),
        ({"rebase": date(2015, 6, 1)}, "2015, 6, 1"),
        ({"rebase": [datetime(2015, 6, 1, tzinfo=UTC)]}, "2015, 6, 1"),
        ({"rebase": [pd.NaT]}, "NaT"),
        ({"rebase": {"t": []}}, "1 others, the first 't'"),
        ({"screen_outliers": "no"}, "'no'"),
        ({"compatibility": "excel"}, "'excel'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], found: str) -> None:
    """The message says what was found."""
    with pytest.raises(DefinitionError, match=f"Found: .*{found}"):
        chart(CALM, **options)


def test_ptd_lets_infinite_values_in() -> None:
    """As the reference does: mean and limits become infinite or unknown."""
    points = frame(CALM)
    points.loc[3, "y"] = math.inf
    charts = xmr(points, direction="increase", compatibility="ptd")
    assert np.isinf(charts.points["mean"]).all()


def test_input_is_not_changed() -> None:
    """Neither the frame nor the options."""
    points, rebase = frame(f"{CALM} ? 5").iloc[::-1], {"s": [date(2015, 6, 1)]}
    before = points.copy(deep=True)
    xmr(points, direction="increase", rebase=rebase)
    pd.testing.assert_frame_equal(points, before)
    assert rebase == {"s": [date(2015, 6, 1)]}
