"""The control charts against NHSRplotthedots 0.2.2, on real series and on 80 edge cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpi.errors import DefinitionError
from kpi.figures.control_charts import ControlCharts, xmr

REFERENCE = Path(__file__).parents[2].parent / "shared" / "expected" / "spc"
EDGE_CASES = 80

pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(),
    reason="needs ../shared/expected/spc: the output of NHSRplotthedots",
)


def read(name: str) -> pd.DataFrame:
    """Read a file of the reference; only NA and NaN are null."""
    return pd.read_csv(
        REFERENCE / name,
        keep_default_na=False,
        na_values=["NA", "NaN"],
        parse_dates=["x"] if "x" in pd.read_csv(REFERENCE / name, nrows=0) else [],
    )


def dates(text: str | float) -> list[date]:
    """Read the reference's list of rebase dates; null is none."""
    return [date.fromisoformat(day) for day in text.split(";")] if isinstance(text, str) else []


def real_series(variant: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the reference's points and series of a variant, sorted as `xmr` sorts them."""
    points, series = read(f"points_{variant}.csv.gz"), read("series.csv")
    series = series[series["variant"] == variant]
    for frame in (points, series):
        frame["series"] = frame["org_code"] + " " + frame["type"]
    return (
        points.sort_values(["series", "x"], ignore_index=True),
        series.sort_values("series", ignore_index=True),
    )


def options(variant: str, series: pd.DataFrame) -> dict[str, Any]:
    """Return how the reference was asked for a variant."""
    asked: dict[str, Any] = {"direction": "decrease", "target": 0.05}
    if variant.endswith("rebase_fix12"):
        asked["fix_after"] = 12
        asked["rebase"] = {
            name: dates(text)
            for name, text in zip(series["series"], series["rebase_dates"], strict=True)
        }
    return asked


def assert_equal_points(charts: ControlCharts, expected: pd.DataFrame) -> None:
    """Compare limits to 1e-12 relative, and labels, types and groups exactly."""
    points = charts.points
    for ours, theirs in (("mean", "mean_col"), ("lower_limit", "lpl"), ("upper_limit", "upl")):
        np.testing.assert_allclose(
            points[ours], expected[theirs].astype(float), rtol=1e-12, atol=0, err_msg=ours
        )
    assert points["x"].to_list() == expected["x"].to_list()
    assert points["group"].to_list() == expected["rebase_group"].to_list()
    assert points["special_cause"].to_list() == expected["special_cause_type"].to_list()
    assert points["point_type"].to_list() == expected["point_type"].to_list()


def assert_equal_verdicts(charts: ControlCharts, expected: pd.DataFrame) -> None:
    """Compare verdicts and icons; the reference's NA is our none."""

    def words(column: str) -> list[str]:
        return expected[column].fillna("none").str.removesuffix(".svg").to_list()

    assert charts.verdicts["variation"].to_list() == words("variation_type")
    assert charts.verdicts["assurance"].to_list() == words("assurance_type")
    assert charts.readings["variation_icon"].to_list() == words("variation_icon")
    assert charts.readings["assurance_icon"].to_list() == words("assurance_icon")


@pytest.mark.parametrize("variant", ["breach_dec", "breach_dec_rebase_fix12"])
def test_ptd_equals_the_reference_on_real_series(variant: str) -> None:
    """All 326 emergency departments in one call, given in no particular order."""
    expected, series = real_series(variant)
    shuffled = expected[["series", "x", "y"]].sample(frac=1, random_state=1)
    charts = xmr(shuffled, compatibility="ptd", **options(variant, series))
    assert_equal_points(charts, expected)
    assert_equal_verdicts(charts, series)


@pytest.mark.parametrize("variant", ["breach_dec", "breach_dec_rebase_fix12"])
def test_default_departs_only_where_it_says_so(variant: str) -> None:
    """Series without a note have the reference's labels and verdicts, and its limits."""
    expected, series = real_series(variant)
    charts = xmr(expected[["series", "x", "y"]], **options(variant, series))
    noted = set(charts.notes["series"])
    plain = ~charts.points["series"].isin(noted)
    assert plain.any()
    own, theirs = charts.points[plain], expected[plain.to_numpy()]
    assert own["special_cause"].to_list() == theirs["special_cause_type"].to_list()
    assert own["upper_limit"].to_list() == theirs["upl"].to_list()
    verdicts = charts.verdicts.merge(series, on="series", validate="one_to_one")
    verdicts = verdicts[~verdicts["series"].isin(noted)]
    assert verdicts["variation"].to_list() == verdicts["variation_type"].to_list()
    assert verdicts["assurance"].to_list() == verdicts["assurance_type"].to_list()


def edge_cases() -> list[Any]:
    """List the edge cases by name; none where the reference is absent."""
    if not REFERENCE.is_dir():
        return []
    return [pytest.param(row, id=str(row.case)) for row in read("edge_params.csv").itertuples()]


def edge_chart(case: Any) -> ControlCharts:
    """Compute an edge case as the reference was asked to."""
    inputs = read("edge_inputs.csv")
    return xmr(
        inputs[inputs["case"] == case.case].rename(columns={"case": "series"}),
        direction=case.improvement_direction,
        target=None if pd.isna(case.target) else case.target,
        rebase=dates(case.rebase_dates),
        fix_after=None if pd.isna(case.fix_after_n_points) else case.fix_after_n_points,
        screen_outliers=bool(case.screen_outliers),
        compatibility="ptd",
    )


@pytest.mark.parametrize("case", edge_cases())
def test_ptd_equals_the_reference_on_an_edge_case(case: Any) -> None:
    """Where the reference stops with an error, so do we; else all is equal."""
    series = read("series_edge.csv")
    series = series[series["case"] == case.case]
    if series["error"].notna().all():
        with pytest.raises(DefinitionError, match="missing value"):
            edge_chart(case)
        return
    charts, expected = edge_chart(case), read("points_edge.csv.gz")
    assert_equal_points(charts, expected[expected["case"] == case.case])
    assert_equal_verdicts(charts, series)


def test_no_edge_case_is_left_out() -> None:
    """The reference has 80 edge cases, and four of them are errors."""
    assert len(edge_cases()) == EDGE_CASES
    errors = read("series_edge.csv")["error"].notna()
    assert errors.sum() == 4
